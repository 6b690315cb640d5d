"""Executions of ours, newest first, with what each one cost and what it was worth."""

from textual.strip import Strip

from tui_mm.domain.contract import Side
from tui_mm.engine.snapshot import FillRow
from tui_mm.ui.format import (
    NOTHING,
    cents,
    clock,
    contract_name,
    dollars,
    quantity,
    signed_cents_of_micros,
)
from tui_mm.ui.line import filled, heading, left, middle_cut, right, row, shown
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Scene, View

_FIXED = 46  # cells of every column but the name, with a role of one letter
_ROLE_FROM = 66


def draw(scene: Scene, *, width: int, height: int, has_titles: bool = True) -> list[Strip]:
    """A heading and the newest fills, or the older ones scrolled to."""
    snapshot = scene.snapshot
    count = snapshot.fills_count if snapshot else 0
    skipped = scene.fills_skipped if scene.view is View.FILLS else 0
    older = f"  {skipped} newer above" if skipped else ""
    name = f"[3]Fills {count}{older}"
    has_role = width >= _ROLE_FROM
    name_width = max(10, min(30, width - (_FIXED + 4 if has_role else _FIXED)))
    rows = [heading(name, width, glyphs=scene.glyphs, is_active=scene.view is View.FILLS)]
    if has_titles:
        role = "Role " if has_role else "R"
        titles = f" Time     {left('Market', name_width)} Side    Px     Size {role}    Fee   Edge"
        rows.append(row(width, (titles, Styles.dim)))
    if snapshot is None or not snapshot.fills:
        rows.append(row(width, (" No fills yet: 2 shows what rests.", Styles.plain)))
        return filled(rows, width=width, height=height)
    newest_first = sorted(snapshot.fills, key=lambda fill: fill.seq, reverse=True)
    rows += [
        _fill_row(scene, fill, name_width=name_width, width=width)
        for fill in newest_first[skipped : skipped + height - len(rows)]
    ]
    return filled(rows, width=width, height=height)


def _fill_row(scene: Scene, fill: FillRow, *, name_width: int, width: int) -> Strip:
    name = shown(contract_name(fill.contract), scene.glyphs)
    side, style = ("BOT ", Styles.bid) if fill.side is Side.BUY else ("SOLD", Styles.ask)
    edge = NOTHING if fill.edge_micros is None else signed_cents_of_micros(fill.edge_micros)
    role = "maker" if fill.is_maker else "TAKER"
    if width < _ROLE_FROM:
        role = role[:1]
    return row(
        width,
        (f" {clock(fill.at)} {middle_cut(name, name_width, glyphs=scene.glyphs)} ", Styles.plain),
        (f"{side} {right(cents(fill.price) + 'c', 5)}", style),
        (f" {right('x' + quantity(fill.qty), 8)}", Styles.plain),
        (f" {role}", Styles.plain if fill.is_maker else Styles.warning),
        (f" {right(dollars(fill.fee), 6)} {right(edge, 6)}", Styles.plain),
    )
