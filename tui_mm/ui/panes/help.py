"""Help, made from the table of verbs: what a key does is written once."""

from itertools import zip_longest

from textual.strip import Strip

from tui_mm.ui.actions import VERBS, Direction
from tui_mm.ui.line import Piece, filled, heading, left, row
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Scene

_GROUPS = (
    ("SAFER, AT ONCE", Direction.SAFE),
    ("RISKIER, THEN ENTER", Direction.RISKY),
    ("LOOK", Direction.LOOK),
    ("MOVE", Direction.MOVE),
)
_COLUMNS = 3
_TOP = (
    " k  KILL: cancel everything, stop quoting. No question asked, from anywhere.",
    "    also K (outside text fields), Ctrl+K, F9, Ctrl+C, Alt+K",
)
_BOTTOM = (
    " j i l o u m and , do nothing on purpose: they surround k.",
    " In the filter small k still kills; type K for the letter.",
)


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """Kill on top, and below it every verb, flowing through three columns."""
    lines = [line for title, direction in _GROUPS for line in _group(title, direction)]
    depth = -(-len(lines) // _COLUMNS)
    columns = [lines[start : start + depth] for start in range(0, len(lines), depth)]
    column_width = width // _COLUMNS
    rows = [heading("?Help  (Esc closes)", width, glyphs=scene.glyphs, is_active=True)]
    rows += [row(width, (text, Styles.bold)) for text in _TOP]
    for cells in zip_longest(*columns, fillvalue=("", Styles.plain)):
        rows.append(row(width, *((left(f" {text}", column_width), style) for text, style in cells)))
    rows += [row(width, (text, Styles.dim)) for text in _BOTTOM]
    return filled(rows, width=width, height=height)


def _group(title: str, direction: Direction) -> list[Piece]:
    verbs = [verb for verb in VERBS if verb.direction is direction]
    return [(title, Styles.bold), *((verb.help, Styles.plain) for verb in verbs)]
