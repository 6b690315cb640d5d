"""The market's resting interest in one contract, in YES terms, with the touch always at hand.

Law: a level is exactly what the venue's numbers add up to. Nothing is rounded, nothing below zero
is kept, and a change that would go below zero is refused whole.

An amend reaches us as two deltas with the same exchange time, first the old level down, then the
new one up, so for a moment liquidity seems to vanish and the book may be locked. The book shows
every such moment. Who reads it per delta must bear that; who acts at most once a second, as
quoting does, sees finished actions nearly always and is corrected by the next look when not.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

from tui_mm.domain.contract import Side
from tui_mm.domain.errors import DeskError
from tui_mm.domain.units import Price, Qty, price_text, qty_text

_NOTHING = Qty(0)
_BUY = Side.BUY  # a class attribute of an enum costs more to read than a global


class NegativeLevel(DeskError):
    """A change takes more from a level than it has; the book cannot be trusted any more."""


@dataclass(frozen=True, slots=True)
class Bbo:
    """Best bid and ask with their quantities; None and zero where a side is empty."""

    bid: Price | None
    bid_qty: Qty
    ask: Price | None
    ask_qty: Qty


@final
class OrderBook:
    """All levels of one contract, changed in place.

    `best_bid`, `bid_qty`, `best_ask` and `ask_qty` are plain attributes because they are read for
    every delta; nobody else may assign them.
    """

    __slots__ = (
        "_ask_prices",
        "_asks",
        "_bid_prices",
        "_bids",
        "ask_qty",
        "best_ask",
        "best_bid",
        "bid_qty",
    )

    def __init__(self) -> None:
        self._bids: dict[Price, int] = {}
        self._asks: dict[Price, int] = {}
        # Ascending on both sides: the best bid is the last, the best ask the first.
        self._bid_prices: list[Price] = []
        self._ask_prices: list[Price] = []
        self.best_bid: Price | None = None
        self.bid_qty: Qty = _NOTHING
        self.best_ask: Price | None = None
        self.ask_qty: Qty = _NOTHING

    def replace(self, bids: Iterable[tuple[Price, Qty]], asks: Iterable[tuple[Price, Qty]]) -> None:
        """Forget everything and take these levels; levels of zero are left out.

        Raises:
            NegativeLevel: a quantity is below zero; the book is left as it was.
        """
        new_bids, new_asks = _positive(bids), _positive(asks)
        self._bids, self._asks = new_bids, new_asks
        self._bid_prices, self._ask_prices = sorted(new_bids), sorted(new_asks)
        self._find_bid()
        self._find_ask()

    def change(self, side: Side, price: Price, change: int) -> bool:
        """Add a signed quantity to a level; True when the touch of that side moved.

        The touch is the best price together with its quantity.

        Raises:
            NegativeLevel: the level does not have that much; it is left as it was.
        """
        if side is _BUY:
            levels, prices, best = self._bids, self._bid_prices, self.best_bid
        else:
            levels, prices, best = self._asks, self._ask_prices, self.best_ask
        before = levels.get(price, 0)
        after = before + change
        if after < 0:
            raise _negative(side, price, before=before, change=change)
        if after == before:
            return False
        if not after:
            del levels[price]
            del prices[bisect_left(prices, price)]
        else:
            levels[price] = after
            if not before:
                insort(prices, price)
        # At the best price its quantity has changed, and beyond it there was nothing.
        if side is _BUY:
            if best is not None and price < best:
                return False
            self._find_bid()
        else:
            if best is not None and price > best:
                return False
            self._find_ask()
        return True

    def clear(self) -> None:
        """Forget everything; for a book that cannot be trusted."""
        self.replace((), ())

    def quantity(self, side: Side, price: Price) -> Qty:
        """What rests at a price; zero where nothing does."""
        return Qty((self._bids if side is _BUY else self._asks).get(price, 0))

    def levels(self, side: Side, depth: int) -> list[tuple[Price, Qty]]:
        """The first levels of a side, best first."""
        if depth <= 0:
            return []
        if side is _BUY:
            prices, levels = self._bid_prices[: -depth - 1 : -1], self._bids
        else:
            prices, levels = self._ask_prices[:depth], self._asks
        return [(price, Qty(levels[price])) for price in prices]

    @property
    def is_crossed(self) -> bool:
        """True when the best bid reaches the best ask; equal prices count."""
        bid, ask = self.best_bid, self.best_ask
        return bid is not None and ask is not None and bid >= ask

    def bbo(self) -> Bbo:
        """The touch as it is now, to keep."""
        return Bbo(self.best_bid, self.bid_qty, self.best_ask, self.ask_qty)

    def without(self, own: Mapping[tuple[Side, Price], int]) -> Bbo:
        """The touch of the others: what is left once our own remaining quantities are taken out.

        A level of which nothing is left is skipped, and so is one where we believe to have more
        than is displayed, because our belief may be ahead of the feed.
        """
        if not own:
            return self.bbo()
        bid, bid_qty = _first_left(reversed(self._bid_prices), self._bids, Side.BUY, own)
        ask, ask_qty = _first_left(self._ask_prices, self._asks, Side.SELL, own)
        return Bbo(bid, bid_qty, ask, ask_qty)

    def _find_bid(self) -> None:
        if self._bid_prices:
            self.best_bid = self._bid_prices[-1]
            self.bid_qty = Qty(self._bids[self.best_bid])
        else:
            self.best_bid, self.bid_qty = None, _NOTHING

    def _find_ask(self) -> None:
        if self._ask_prices:
            self.best_ask = self._ask_prices[0]
            self.ask_qty = Qty(self._asks[self.best_ask])
        else:
            self.best_ask, self.ask_qty = None, _NOTHING


def _positive(levels: Iterable[tuple[Price, Qty]]) -> dict[Price, int]:
    kept: dict[Price, int] = dict(levels)
    for price, quantity in kept.items():
        if quantity < 0:
            raise NegativeLevel(f"level {price_text(price)} has {qty_text(Qty(quantity))}")
    return {price: quantity for price, quantity in kept.items() if quantity}


def _first_left(
    prices: Iterable[Price],
    levels: Mapping[Price, int],
    side: Side,
    own: Mapping[tuple[Side, Price], int],
) -> tuple[Price | None, Qty]:
    for price in prices:
        left = levels[price] - own.get((side, price), 0)
        if left > 0:
            return price, Qty(left)
    return None, _NOTHING


def _negative(side: Side, price: Price, *, before: int, change: int) -> NegativeLevel:
    return NegativeLevel(
        f"level {side.value} {price_text(price)} has {qty_text(Qty(before))} "
        f"and cannot change by {qty_text(Qty(change))}"
    )
