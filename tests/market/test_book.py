"""The book against the simplest thing that could be right: two dictionaries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.contract import Side
from tui_mm.domain.units import Price, Qty, price, qty
from tui_mm.market.book import Bbo, NegativeLevel, OrderBook

BUY, SELL = Side.BUY, Side.SELL

_prices = st.integers(1, 9_999).map(Price)
_few_prices = st.integers(4_995, 5_005).map(Price)  # so that levels meet, empty and cross
_levels = st.dictionaries(_few_prices | _prices, st.integers(0, 5_000_000).map(Qty), max_size=12)
_changes = st.tuples(
    st.sampled_from(Side), _few_prices | _prices, st.integers(-3_000_000, 3_000_000)
)
_steps = st.lists(_changes | st.tuples(_levels, _levels), max_size=60)


def _book(*, bids: str = "", asks: str = "") -> OrderBook:
    """A book from "0.47:3 0.46:10" on each side."""
    book = OrderBook()
    sides = [
        [(price(at), qty(size)) for at, size in (level.split(":") for level in text.split())]
        for text in (bids, asks)
    ]
    book.replace(*sides)
    return book


class _Reference:
    """Two dictionaries and the definitions, word for word."""

    def __init__(self) -> None:
        self.sides: dict[Side, dict[Price, int]] = {BUY: {}, SELL: {}}

    def best(self, side: Side, own: dict[tuple[Side, Price], int]) -> tuple[Price | None, int]:
        left = {at: size - own.get((side, at), 0) for at, size in self.sides[side].items()}
        prices = [at for at, size in left.items() if size > 0]
        if not prices:
            return None, 0
        best = max(prices) if side is BUY else min(prices)
        return best, left[best]

    def bbo(
        self, own: dict[tuple[Side, Price], int]
    ) -> tuple[Price | None, int, Price | None, int]:
        return *self.best(BUY, own), *self.best(SELL, own)


def _fields(bbo: Bbo) -> tuple[Price | None, int, Price | None, int]:
    return bbo.bid, bbo.bid_qty, bbo.ask, bbo.ask_qty


@given(
    _steps, st.dictionaries(st.tuples(st.sampled_from(Side), _few_prices), st.integers(0, 10**7))
)
def test_book_is_what_two_dictionaries_say(
    steps: list[tuple[dict[Price, Qty], dict[Price, Qty]] | tuple[Side, Price, int]],
    own: dict[tuple[Side, Price], int],
) -> None:
    """After any snapshots and changes every answer follows from the levels alone."""
    book, reference = OrderBook(), _Reference()
    for step in steps:
        touch = reference.bbo({})
        if len(step) == 2:
            bids, asks = step
            book.replace(bids.items(), asks.items())
            reference.sides = {
                BUY: {at: size for at, size in bids.items() if size},
                SELL: {at: size for at, size in asks.items() if size},
            }
        else:
            side, at, change = step
            levels = reference.sides[side]
            after = levels.get(at, 0) + change
            if after < 0:
                with pytest.raises(NegativeLevel):
                    book.change(side, at, change)
            else:
                if after:
                    levels[at] = after
                else:
                    levels.pop(at, None)
                has_moved = book.change(side, at, change)
                assert has_moved == (reference.bbo({}) != touch)
        assert _fields(book.bbo()) == reference.bbo({})
    assert _fields(book.without(own)) == reference.bbo(own)
    for side in Side:
        expected = sorted(reference.sides[side].items(), reverse=side is BUY)
        assert book.levels(side, 100) == expected
        assert book.levels(side, 3) == expected[:3]
        assert all(book.quantity(side, at) == size for at, size in expected)
    bid, _, ask, _ = reference.bbo({})
    assert book.is_crossed == (bid is not None and ask is not None and bid >= ask)


def test_a_refused_change_leaves_the_level_alone() -> None:
    """Half a change would be a book that nobody sent."""
    book = _book(bids="0.47:3")
    with pytest.raises(NegativeLevel, match=r"buy 0\.4700 has 3 and cannot change by -3\.01"):
        book.change(BUY, price("0.47"), qty("-3.01"))
    assert book.bbo() == Bbo(price("0.47"), qty("3"), None, Qty(0))


def test_a_negative_snapshot_level_leaves_the_old_book() -> None:
    """A snapshot is taken whole or not at all."""
    book = _book(bids="0.47:3")
    with pytest.raises(NegativeLevel):
        book.replace([(price("0.40"), qty("1"))], [(price("0.60"), qty("-1"))])
    assert book.best_bid == price("0.47")


def test_a_price_without_quantity_of_others_is_skipped() -> None:
    """Quoting one tick better than ourselves would walk our quotes away."""
    book = _book(bids="0.47:3 0.46:10", asks="0.50:2 0.53:7")
    own = {(BUY, price("0.47")): qty("3"), (SELL, price("0.50")): qty("5")}
    assert book.without(own) == Bbo(price("0.46"), qty("10"), price("0.53"), qty("7"))


def test_equal_bid_and_ask_count_as_crossed() -> None:
    """A locked book is no place to compute a mid from."""
    assert _book(bids="0.50:1", asks="0.50:1").is_crossed
    assert not _book(bids="0.49:1", asks="0.50:1").is_crossed
    assert not _book(bids="0.49:1").is_crossed


def test_both_deltas_of_an_amend_restore_the_touch() -> None:
    """Between the two the level is gone; after both it is there again, as the venue meant it."""
    book = _book(bids="0.47:3 0.46:1")
    assert book.change(BUY, price("0.47"), qty("-3"))
    assert book.best_bid == price("0.46")
    assert book.change(BUY, price("0.48"), qty("3"))
    assert book.best_bid == price("0.48")


def test_a_cleared_book_is_empty() -> None:
    """What cannot be trusted must not be quoted from."""
    book = _book(bids="0.47:3", asks="0.50:1")
    book.clear()
    assert book.bbo() == Bbo(None, Qty(0), None, Qty(0))
    assert book.bbo() == Bbo(None, Qty(0), None, Qty(0))
