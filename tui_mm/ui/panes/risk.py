"""Every limit: what is used, what is allowed, and what happens when the bar is full."""

from textual.strip import Strip

from tui_mm.domain.units import Money, Qty
from tui_mm.engine.snapshot import LimitRow, LimitUnit, MarketRow
from tui_mm.ui.format import (
    contract_name,
    dollars,
    place,
    quantity,
    signed_dollars,
    signed_quantity,
)
from tui_mm.ui.line import Piece, filled, heading, left, middle_cut, right, row, shown
from tui_mm.ui.look import Glyphs, Styles
from tui_mm.ui.scene import Scene, View

_BAR = 10
_NEAR_PERCENT = 80  # from here on the row is worth a look before it is full
_WORST_SHOWN = 8


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """The limits, and below them the contracts with the most to lose."""
    name_width = max(12, min(34, width - 56))
    titles = f"  {left('Limit', name_width)} {'used':>10} {'limit':>10}  {'room':<14}at the limit"
    rows = [
        heading("[4]Risk", width, glyphs=scene.glyphs, is_active=scene.view is View.RISK),
        row(width, (titles, Styles.dim)),
    ]
    snapshot = scene.snapshot
    if snapshot is None or not snapshot.limits:
        rows.append(row(width, ("  The engine has reported no limits yet.", Styles.plain)))
        return filled(rows, width=width, height=height)
    rows += [
        _limit_row(scene, limit, name_width=name_width, width=width) for limit in snapshot.limits
    ]
    if height - len(rows) >= 4:
        rows += _worst_cases(scene, snapshot.markets, name_width=name_width, width=width)
    return filled(rows, width=width, height=height)


def summary(scene: Scene) -> str:
    """The fullest limit, in one line."""
    limits = scene.snapshot.limits if scene.snapshot else ()
    counted = [limit for limit in limits if limit.limit > 0]
    if not counted:
        return "[4]Risk: no limits reported"
    fullest = max(counted, key=lambda limit: limit.used * 1000 // limit.limit)
    used, allowed = _in_its_unit(fullest.used, fullest), _in_its_unit(fullest.limit, fullest)
    return shown(
        f"[4]Risk: {place(fullest.name, where=fullest.where)} {used}/{allowed}", scene.glyphs
    )


def _limit_row(scene: Scene, limit: LimitRow, *, name_width: int, width: int) -> Strip:
    glyphs = scene.glyphs
    percent = _percent(limit)
    name = shown(place(limit.name, where=limit.where), glyphs)
    style = Styles.warning if percent >= _NEAR_PERCENT else Styles.plain
    mark = "<-" if percent >= 100 else "  "
    bar = f"[{_bar(percent, glyphs)}]{mark}"
    return row(
        width,
        (f"  {middle_cut(name, name_width, glyphs=glyphs)}", style),
        (f" {right(_in_its_unit(limit.used, limit), 10)}", style),
        (f" {right(_in_its_unit(limit.limit, limit), 10)}  ", Styles.plain),
        (bar, style),
        (shown(limit.consequence, glyphs), style),
    )


def _percent(limit: LimitRow) -> int:
    if limit.limit <= 0:
        return 100 if limit.used > 0 else 0
    return max(0, limit.used * 100 // limit.limit)


def _bar(percent: int, glyphs: Glyphs) -> str:
    used = min(_BAR, -(-percent * _BAR // 100))
    return glyphs.full * used + glyphs.empty * (_BAR - used)


def _in_its_unit(value: int, limit: LimitRow) -> str:
    match limit.unit:
        case LimitUnit.MONEY:
            return f"${dollars(Money(value))}"
        case LimitUnit.QTY:
            return quantity(Qty(value))
        case LimitUnit.COUNT:
            return str(value)
        case LimitUnit.PER_SECOND:
            return f"{value}/s"


def _worst_cases(
    scene: Scene, markets: tuple[MarketRow, ...], *, name_width: int, width: int
) -> list[Strip]:
    held = [market for market in markets if market.inventory]
    worst = sorted(held, key=lambda market: min(market.if_yes, market.if_no))[:_WORST_SHOWN]
    title = f"  {left('Held, worst first', name_width)} {'if YES':>10} {'if NO':>10}  position"
    rows = [row(width), row(width, (title, Styles.dim))]
    if not worst:
        rows.append(row(width, ("  Nothing is held.", Styles.plain)))
    for market in worst:
        name = shown(contract_name(market.contract), scene.glyphs)
        pieces: list[Piece] = [
            (f"  {middle_cut(name, name_width, glyphs=scene.glyphs)}", Styles.plain),
            (f" {right(signed_dollars(market.if_yes), 10)}", Styles.plain),
            (f" {right(signed_dollars(market.if_no), 10)}", Styles.plain),
            (f"  {signed_quantity(market.inventory)}", Styles.plain),
        ]
        rows.append(row(width, *pieces))
    return rows
