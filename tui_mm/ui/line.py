"""Rows of the screen: pieces of styled text fitted to an exact number of cells.

Law: every row a pane returns is as wide as it was asked to be, whatever a title contains. Text of
others goes through `shown`, which also takes away what terminals disagree about (marks without a
width), so that no row can shear.
"""

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_mm.domain.text import clean
from tui_mm.ui.look import Glyphs, Styles

Piece = tuple[str, Style]


@lru_cache(maxsize=4096)
def shown(text: str, glyphs: Glyphs) -> str:
    """Somebody else's text, harmless and of a width every terminal agrees on."""
    kept = "".join(char for char in clean(text) if cell_len(char) > 0)
    if not glyphs.is_ascii:
        return kept
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in kept)


def left(text: str, width: int) -> str:
    """Exactly this many cells, text at the left, cut at the right."""
    return set_cell_size(text, max(0, width))


def right(text: str, width: int) -> str:
    """Exactly this many cells, text at the right; what does not fit shows as hashes.

    A number that lost digits would be another number.
    """
    missing = width - cell_len(text)
    return " " * missing + text if missing >= 0 else "#" * max(0, width)


def middle_cut(text: str, width: int, *, glyphs: Glyphs) -> str:
    """Exactly this many cells, keeping both ends: ids of one event differ in their tails."""
    if cell_len(text) <= width or width < 8 or cell_len(text) != len(text):
        return left(text, width)
    tail = width // 2 - 1
    return text[: width - tail - 1] + glyphs.cut + text[-tail:]


def row(width: int, *pieces: Piece, fill: Style = Styles.plain) -> Strip:
    """One row of these pieces, cut or padded to the width."""
    segments = [Segment(text, style) for text, style in pieces if text]
    return Strip(segments).adjust_cell_length(width, fill)


def blank(width: int) -> Strip:
    """An empty row."""
    return Strip([Segment(" " * width, Styles.plain)], width)


def filled(rows: Sequence[Strip], *, width: int, height: int) -> list[Strip]:
    """Exactly this many rows: the first ones, then empty ones."""
    kept = list(rows[:height])
    kept.extend(blank(width) for _ in range(height - len(kept)))
    return kept


def beside(*columns: Sequence[Strip], separator: str) -> list[Strip]:
    """Columns of rows put next to each other, with a line between them."""
    between = Strip([Segment(separator, Styles.dim)])
    joined: list[Strip] = []
    for strips in zip(*columns, strict=True):
        parts = [strips[0]]
        for strip in strips[1:]:
            parts += [between, strip]
        joined.append(Strip.join(parts))
    return joined


def over(rows: Sequence[Strip], box: Sequence[Strip], *, width: int) -> list[Strip]:
    """The rows with a box laid over their middle."""
    result = list(rows)
    box_width = box[0].cell_length
    x = max(0, (width - box_width) // 2)
    y = max(0, (len(rows) - len(box)) // 2)
    for offset, strip in enumerate(box[: len(rows)]):
        under = result[y + offset]
        parts = [under.crop(0, x), strip, under.crop(x + box_width, width)]
        result[y + offset] = Strip.join(parts).adjust_cell_length(width, Styles.plain)
    return result


def heading(text: str, width: int, *, glyphs: Glyphs, is_active: bool = False) -> Strip:
    """The line above a pane: its digit, its name, and a rule to the edge."""
    name = f"{glyphs.horizontal}{text}"
    rule = glyphs.horizontal * max(0, width - cell_len(name))
    return row(width, (name, Styles.bold if is_active else Styles.title), (rule, Styles.title))


def wrapped(text: str, width: int) -> list[str]:
    """A sentence broken at spaces into rows of at most this many cells."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        candidate = f"{current} {word}" if current else word
        if current and cell_len(candidate) > width:
            lines.append(current)
            current = word
        else:
            current = candidate
    if current:
        lines.append(current)
    return lines
