"""Fair value from what the market shows, in whole micro-dollars per contract.

Everything here is integer arithmetic: a mid of two prices is exact, and the weighted ones are
rounded to the nearest micro-dollar, a hundred times finer than any tick.
"""

from tui_mm.domain.contract import MICROS_PER_PRICE
from tui_mm.domain.units import MINUTE, Money, Nanos, Price
from tui_mm.market.book import Bbo

LAST_TRADE_FRESH_FOR = Nanos(15 * MINUTE)  # strategy specification, section 3.2
_BOOK_WEIGHT, _LAST_WEIGHT, _WEIGHTS = 7, 3, 10


def micros(at: Price) -> Money:
    """A price as micro-dollars per contract."""
    return Money(at * MICROS_PER_PRICE)


def mid(touch: Bbo) -> Money | None:
    """Mean of bid and ask; None while a side is empty. Exact."""
    if touch.bid is None or touch.ask is None:
        return None
    return Money((touch.bid + touch.ask) * MICROS_PER_PRICE // 2)


def microprice(touch: Bbo) -> Money | None:
    """Mid weighted by the opposite quantities: `(bid * ask_qty + ask * bid_qty) / (sum)`.

    A long queue on the bid pushes it towards the ask (Stoikov 2018, the first-order term).
    """
    if touch.bid is None or touch.ask is None:
        return None
    weight = touch.bid_qty + touch.ask_qty
    weighted = touch.bid * touch.ask_qty + touch.ask * touch.bid_qty
    return Money(_divided_to_nearest(weighted * MICROS_PER_PRICE, weight))


def last_trade(touch: Bbo, *, last: Price | None, traded_at: Nanos, now: Nanos) -> Money | None:
    """The last trade moved into the touch; None when it is older than 15 minutes or unknown."""
    if last is None or now - traded_at >= LAST_TRADE_FRESH_FOR:
        return None
    low = touch.bid if touch.bid is not None else last
    high = touch.ask if touch.ask is not None else last
    return micros(Price(min(max(last, low), high)))


def blend(touch: Bbo, *, last: Price | None, traded_at: Nanos, now: Nanos) -> Money | None:
    """0.7 of the mid and 0.3 of the last trade; all of the mid without a fresh trade.

    Weights from the strategy specification, section 3.2.
    """
    middle = mid(touch)
    if middle is None:
        return None
    traded = last_trade(touch, last=last, traded_at=traded_at, now=now)
    if traded is None:
        return middle
    return Money(_divided_to_nearest(_BOOK_WEIGHT * middle + _LAST_WEIGHT * traded, _WEIGHTS))


def _divided_to_nearest(value: int, by: int) -> int:
    return (2 * value + by) // (2 * by)
