"""The list of markets: the others' touch, our quotes, what we hold, and what each one is doing.

Columns leave from the right of their worth when the window is narrow; inventory and state never do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual.strip import Strip

from tui_mm.domain.units import Money
from tui_mm.engine.snapshot import MarketRow, QuotingState
from tui_mm.ui.format import (
    NOTHING,
    age_of_ms,
    cents_of_micros,
    cents_or_nothing,
    contract_name,
    price_and_quantity,
    signed_dollars,
    signed_quantity,
)
from tui_mm.ui.line import Piece, filled, heading, left, middle_cut, right, row, shown
from tui_mm.ui.look import Glyphs, Styles
from tui_mm.ui.scene import Scene, View

OLD_AFTER_MS: Final = 2_000
_NAME_MIN: Final = 12
_NAME_MAX: Final = 34
_LEAD: Final = 2
_UNTRUSTED = frozenset({QuotingState.STALE, QuotingState.GAP, QuotingState.CROSSED})
_LOUD = frozenset({QuotingState.KILLED, *_UNTRUSTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """One column; those with the lowest `worth` leave first, None never leaves."""

    title: str
    width: int
    worth: int | None
    cell: Callable[[MarketRow, Glyphs], Piece]
    is_left: bool = False


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """A heading with the column names, and the page of rows the cursor is on."""
    snapshot = scene.snapshot
    if snapshot is None:
        return filled([], width=width, height=height)
    columns, name_width = _fitting(width)
    titles = " ".join(
        left(c.title, c.width) if c.is_left else right(c.title, c.width) for c in columns
    )
    rows = [
        heading(
            f"[1]Markets {len(scene.markets)}",
            width,
            glyphs=scene.glyphs,
            is_active=scene.view is View.MARKETS,
        ),
        row(width, (" " * _LEAD + left("Market", name_width) + " " + titles, Styles.dim)),
    ]
    if not scene.markets:
        rows.append(row(width, (_why_empty(scene), Styles.plain)))
        return filled(rows, width=width, height=height)
    page = max(1, height - len(rows))
    keys = [market.contract for market in scene.markets]
    index = keys.index(scene.selected) if scene.selected in keys else 0
    first = index // page * page
    rows += [
        _market_row(scene, market, columns, name_width=name_width, width=width)
        for market in scene.markets[first : first + page]
    ]
    return filled(rows, width=width, height=height)


def about(scene: Scene, *, width: int) -> Strip:
    """The selected market in words: its question, and why it is not quoted in full."""
    market = scene.selected_market
    if market is None:
        return row(width)
    why = f"{market.state.value}: {market.reason.value}" if market.reason else market.state.value
    room = max(0, width - len(why) - 3)
    title = left(shown(market.title, scene.glyphs), room)
    return row(width, (f" {title}  ", Styles.dim), (why, _state_style(market)))


def _why_empty(scene: Scene) -> str:
    if scene.filter_text:
        return "  No market matches the filter: Esc clears it."
    return "  No markets yet: the engine has not listed any. 5 shows its log."


def _market_row(
    scene: Scene,
    market: MarketRow,
    columns: list[_Column],
    *,
    name_width: int,
    width: int,
) -> Strip:
    glyphs = scene.glyphs
    is_selected = market.contract == scene.selected
    base = Styles.cursor if is_selected else Styles.plain
    lead = (">" if is_selected else " ") + ("*" if market.contract in scene.marked else " ")
    name = middle_cut(shown(contract_name(market.contract), glyphs), name_width, glyphs=glyphs)
    pieces: list[Piece] = [(f"{lead}{name}", base)]
    is_old = market.state in _UNTRUSTED
    for column in columns:
        text, style = column.cell(market, glyphs)
        fitted = left(text, column.width) if column.is_left else right(text, column.width)
        shade = Styles.dim if is_old and column.title in _FEED_COLUMNS else style
        pieces.append((f" {fitted}", base + shade))
    return row(width, *pieces)


def _fitting(width: int) -> tuple[list[_Column], int]:
    """The columns that fit, and the width that is left for the name."""
    kept = list(_COLUMNS)

    def room() -> int:
        return width - _LEAD - sum(column.width + 1 for column in kept)

    for column in sorted((c for c in _COLUMNS if c.worth is not None), key=lambda c: c.worth or 0):
        if room() >= _NAME_MIN + (2 if width >= 78 else 0):
            break
        kept.remove(column)
    return kept, max(4, min(_NAME_MAX, room()))


def _bar(market: MarketRow, glyphs: Glyphs) -> Piece:
    """Inventory around zero, long to the right; a full side is the position limit."""
    half = _BAR_WIDTH // 2
    filled_cells = 0
    if market.max_position > 0:
        used = abs(market.inventory) * half
        filled_cells = min(half, -(-used // market.max_position))
    short = filled_cells if market.inventory < 0 else 0
    long = filled_cells if market.inventory > 0 else 0
    text = (
        glyphs.empty * (half - short)
        + glyphs.full * short
        + glyphs.centre
        + glyphs.full * long
        + glyphs.empty * (half - long)
    )
    return text, Styles.plain


def _my_quote(price_text: str, style: Style) -> Piece:
    return price_text, Styles.plain if price_text == NOTHING else style


def _my_bid(market: MarketRow, _glyphs: Glyphs) -> Piece:
    return _my_quote(price_and_quantity(market.my_bid, market.my_bid_qty), Styles.own_bid)


def _my_ask(market: MarketRow, _glyphs: Glyphs) -> Piece:
    return _my_quote(price_and_quantity(market.my_ask, market.my_ask_qty), Styles.own_ask)


def _spread(market: MarketRow, _glyphs: Glyphs) -> Piece:
    ticks = market.market_spread_ticks
    return (NOTHING if ticks is None else f"{ticks}t"), Styles.plain


def _age(market: MarketRow, _glyphs: Glyphs) -> Piece:
    ms = market.book_age_ms
    if ms is None or ms < OLD_AFTER_MS:
        return "", Styles.plain
    return age_of_ms(ms - ms % 1000).replace(".0s", "s"), Styles.warning


def _state(market: MarketRow, _glyphs: Glyphs) -> Piece:
    return market.state.value, _state_style(market)


def _state_style(market: MarketRow) -> Style:
    if market.state in _LOUD:
        return Styles.warning
    return Styles.plain if market.state is QuotingState.QUOTE else Styles.bold


def _reason(market: MarketRow, _glyphs: Glyphs) -> Piece:
    return (market.reason.value if market.reason else ""), Styles.dim


def _fair(market: MarketRow, _glyphs: Glyphs) -> Piece:
    return (
        NOTHING if market.fair_micros is None else cents_of_micros(market.fair_micros)
    ), Styles.plain


def _pnl(market: MarketRow, _glyphs: Glyphs) -> Piece:
    total = Money(market.realised + market.unrealised - market.fees)
    return signed_dollars(total), Styles.plain


_BAR_WIDTH: Final = 7
_FEED_COLUMNS: Final = frozenset({"Bid", "Ask", "Sp", "Fair"})
_COLUMNS: Final = (
    _Column(
        title="V", width=1, worth=12, cell=lambda m, g: (shown(m.venue, g)[:1].upper(), Styles.dim)
    ),
    _Column(
        title="Bid", width=4, worth=None, cell=lambda m, _: (cents_or_nothing(m.bid), Styles.bid)
    ),
    _Column(
        title="Ask", width=4, worth=None, cell=lambda m, _: (cents_or_nothing(m.ask), Styles.ask)
    ),
    _Column(title="Sp", width=3, worth=13, cell=_spread),
    _Column(title="MyBid", width=8, worth=None, cell=_my_bid),
    _Column(title="MyAsk", width=8, worth=None, cell=_my_ask),
    _Column(
        title="Inv",
        width=6,
        worth=None,
        cell=lambda m, _: (signed_quantity(m.inventory), Styles.plain),
    ),
    _Column(title="Skew", width=_BAR_WIDTH, worth=11, cell=_bar, is_left=True),
    _Column(title="Fair", width=4, worth=3, cell=_fair),
    _Column(title="P&L", width=9, worth=2, cell=_pnl),
    _Column(title="State", width=7, worth=None, cell=_state, is_left=True),
    _Column(title="Age", width=3, worth=10, cell=_age),
    _Column(title="Why", width=22, worth=1, cell=_reason, is_left=True),
)
