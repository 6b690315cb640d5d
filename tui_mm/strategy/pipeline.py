"""From raw prices to quotes: the steps every strategy shares, in one order.

Round outwards, apply the operator's ticks, clamp into the grid, stay a maker, never lock
ourselves, test the edge, size. Each step may drop a side and says why; none moves a price towards
the other side to repair something. (Strategy specification, section 2, steps 7 to 12.)
"""

from dataclasses import dataclass

from tui_mm.domain.contract import MICROS_PER_PRICE, Contract, Side
from tui_mm.domain.fees import model_fee_rounded_up
from tui_mm.domain.quote import Quote, QuoteSet, Reason, pulled
from tui_mm.domain.units import CONTRACT, DOLLAR_OF_MONEY, MINUTE, Money, Nanos, Price, Qty
from tui_mm.pricing.fair_value import micros
from tui_mm.strategy.base import MarketView

LAST_FAIR_FRESH_FOR = Nanos(15 * MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a strategy would quote before the grid and the rest of the market are considered.

    Prices are raw micro-dollars; a None price means the side is not wanted, for `bid_missing` or
    `ask_missing`. `fair` is the value before the inventory shift and `centre` after it.
    """

    fair: Money
    centre: Money
    bid: int | None
    ask: int | None
    bid_qty: Qty
    ask_qty: Qty
    bid_missing: Reason | None = None
    ask_missing: Reason | None = None


def quoted(view: MarketView, wish: Wish, *, min_edge: int = 0) -> QuoteSet:
    """The quotes a wish becomes in this market.

    Args:
        min_edge: micro-dollars per contract a side must be away from the centre after the maker
            fee; a side that reduces inventory may be up to one tick short of zero.
    """
    bid, no_bid = _bid_on_grid(view, wish)
    ask, no_ask = _ask_on_grid(view, wish)
    if bid is not None and ask is not None and bid >= ask:
        inventory = view.inventory
        if inventory >= 0:
            bid, no_bid = None, Reason.LOCKED
        if inventory <= 0:
            ask, no_ask = None, Reason.LOCKED
    if bid is not None and not _has_edge(view, wish, Side.BUY, bid, min_edge=min_edge):
        bid, no_bid = None, Reason.NO_EDGE
    if ask is not None and not _has_edge(view, wish, Side.SELL, ask, min_edge=min_edge):
        ask, no_ask = None, Reason.NO_EDGE
    if bid is not None and wish.bid_qty < view.contract.lot:
        bid, no_bid = None, Reason.SIZE_ZERO
    if ask is not None and wish.ask_qty < view.contract.lot:
        ask, no_ask = None, Reason.SIZE_ZERO
    missing = ((Side.BUY, no_bid), (Side.SELL, no_ask))
    return QuoteSet(
        contract=view.contract.id,
        bid=None if bid is None else Quote(Side.BUY, bid, wish.bid_qty),
        ask=None if ask is None else Quote(Side.SELL, ask, wish.ask_qty),
        fair_micros=wish.fair,
        reservation_micros=wish.centre,
        missing=tuple((side, why) for side, why in missing if why is not None),
    )


def one_sided(view: MarketView) -> QuoteSet:
    """What book-based strategies do while a side of the book is empty.

    Nothing, unless one side is there, we hold inventory and remember a fair value younger than 15
    minutes: then one order that reduces the inventory, at that value rounded outwards.
    """
    if view.others.bid is None and view.others.ask is None:
        return pulled(view.contract.id, Reason.EMPTY_BOOK)
    nothing = pulled(view.contract.id, Reason.ONE_SIDED)
    fair = view.last_fair
    if view.inventory == 0 or fair is None or view.now - fair.at >= LAST_FAIR_FRESH_FOR:
        return nothing
    is_long = view.inventory > 0
    size = Qty(min(view.size, abs(view.inventory)))
    why = Reason.ONE_SIDED
    wish = Wish(
        fair=fair.micros,
        centre=fair.micros,
        bid=None if is_long else fair.micros,
        ask=fair.micros if is_long else None,
        bid_qty=size,
        ask_qty=size,
        bid_missing=why if is_long else None,
        ask_missing=None if is_long else why,
    )
    return quoted(view, wish)


def _bid_on_grid(view: MarketView, wish: Wish) -> tuple[Price | None, Reason | None]:
    if wish.bid is None:
        return None, wish.bid_missing
    grid = view.contract.grid
    # The odd tick of the operator goes to the ask: any fixed rule will do, one that depends on
    # inventory would move quotes and lose their places in the queue.
    price = grid.floor_micros(wish.bid)
    price = None if price is None else grid.below(price, ticks=view.spread_ticks // 2)
    if price is None:
        if view.inventory >= 0:
            return None, Reason.OFF_GRID
        price = grid.lowest
    opposite = view.everyone.ask
    if opposite is not None and price >= opposite:
        price = grid.below(opposite)
        if price is None:
            return None, Reason.OFF_GRID
    return price, None


def _ask_on_grid(view: MarketView, wish: Wish) -> tuple[Price | None, Reason | None]:
    if wish.ask is None:
        return None, wish.ask_missing
    grid = view.contract.grid
    price = grid.ceil_micros(wish.ask)
    ticks = view.spread_ticks - view.spread_ticks // 2
    price = None if price is None else grid.above(price, ticks=ticks)
    if price is None:
        if view.inventory <= 0:
            return None, Reason.OFF_GRID
        price = grid.highest
    opposite = view.everyone.bid
    if opposite is not None and price <= opposite:
        price = grid.above(opposite)
        if price is None:
            return None, Reason.OFF_GRID
    return price, None


def _has_edge(view: MarketView, wish: Wish, side: Side, at: Price, *, min_edge: int) -> bool:
    edge = side.sign * (wish.centre - micros(at)) - maker_fee_micros(view.contract, at)
    reduces = view.inventory * side.sign < 0
    return edge >= (-_tick_micros(view, at) if reduces else min_edge)


def maker_fee_micros(contract: Contract, at: Price) -> Money:
    """Maker fee of one contract at a price; a dollar while fees are unknown, so nothing passes."""
    if contract.fees is None:
        return DOLLAR_OF_MONEY
    return model_fee_rounded_up(contract.fees, at=at, size=CONTRACT, is_maker=True)


def _tick_micros(view: MarketView, at: Price) -> int:
    above = view.contract.grid.above(at)
    below = view.contract.grid.below(at)
    step = above - at if above is not None else at - (below or Price(0))
    return step * MICROS_PER_PRICE
