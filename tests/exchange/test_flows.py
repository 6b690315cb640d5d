"""Random flows of orders: against a slow reference, and against the laws that always hold."""

import tracemalloc
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.exchange.pit import ANN, BOB, CAT, CLOSES_AT, FREE, PIT, WITH_MAKER_FEES, Pit
from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import Side
from tui_mm.domain.ids import VenueOrderId
from tui_mm.domain.units import CONTRACT, DOLLAR, HOUR, SECOND, Money, Nanos, Price, Qty, money
from tui_mm.exchange.orders import AccountId, NewOrder, OrderRefused, SelfTradePrevention
from tui_mm.exchange.reports import Filled, LevelChanged, Traded

TRADERS = (ANN, BOB, CAT)
_LOT = 10_000


@dataclass(slots=True)
class _Resting:
    order_id: VenueOrderId
    account: AccountId
    side: Side
    price: int
    remaining: int


@dataclass(frozen=True, slots=True)
class _Wish:
    account: AccountId
    side: Side
    price: int
    size: int
    tif: TimeInForce
    stp: SelfTradePrevention


class _Reference:
    """Price-time priority as one would explain it: a list in order of arrival, searched each time.

    Knows placing and cancelling; says what trades, as (maker, size), and keeps what rests.
    """

    def __init__(self) -> None:
        self.resting: list[_Resting] = []

    def place(self, wish: _Wish, order_id: VenueOrderId) -> list[tuple[VenueOrderId, int]]:
        trades: list[tuple[VenueOrderId, int]] = []
        left, keeps = wish.size, wish.tif is TimeInForce.GOOD_TILL_CANCELED
        while left and (best := self._best_for(wish)) is not None:
            if best.account == wish.account:
                if wish.stp is SelfTradePrevention.TAKER_AT_CROSS:
                    return trades
                self.resting.remove(best)
                continue
            size = min(left, best.remaining)
            trades.append((best.order_id, size))
            left -= size
            best.remaining -= size
            if not best.remaining:
                self.resting.remove(best)
        if left and keeps:
            self.resting.append(_Resting(order_id, wish.account, wish.side, wish.price, left))
        return trades

    def depth(self, side: Side) -> list[tuple[int, int]]:
        levels = Counter[int]()
        for order in self.resting:
            if order.side is side:
                levels[order.price] += order.remaining
        return sorted(levels.items(), reverse=side is Side.BUY)

    def _best_for(self, wish: _Wish) -> _Resting | None:
        sign = wish.side.sign
        met = [o for o in self.resting if o.side is not wish.side]
        met = [o for o in met if (wish.price - o.price) * sign >= 0]
        return min(met, key=lambda order: order.price * sign, default=None)


_wishes = st.builds(
    _Wish,
    st.sampled_from(TRADERS),
    st.sampled_from(Side),
    st.sampled_from([4_800, 4_900, 5_000, 5_100, 5_200]),
    st.integers(1, 500).map(lambda lots: lots * _LOT),
    st.sampled_from([TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL]),
    st.sampled_from(SelfTradePrevention),
)
_cancels = st.integers(0, 50)


@given(st.lists(_wishes | _cancels, max_size=40))
@settings(max_examples=150, deadline=None)
def test_matching_equals_the_slow_reference(steps: list[_Wish | int]) -> None:
    """The same trades with the same orders, and the same book after every step."""
    pit, reference = Pit(cash="100000"), _Reference()
    for step in steps:
        if isinstance(step, int):
            if reference.resting:
                order = reference.resting.pop(step % len(reference.resting))
                pit.exchange.cancel(order.account, order.order_id, pit.now)
            continue
        pit.reports()
        receipt = pit.exchange.place(step.account, _order(step), pit.now)
        expected = reference.place(step, receipt.order_id)
        fills = [report for report in pit.reports() if isinstance(report, Filled)]
        assert [(fill.order_id, fill.qty) for fill in fills if fill.is_maker] == expected
        _assert_same_book(pit, reference)


def _order(wish: _Wish) -> NewOrder:
    return NewOrder(
        contract=PIT,
        side=wish.side,
        price=Price(wish.price),
        qty=Qty(wish.size),
        time_in_force=wish.tif,
        self_trade_prevention=wish.stp,
    )


def _assert_same_book(pit: Pit, reference: _Reference) -> None:
    book = pit.exchange.book(PIT)
    assert book is not None
    for side in Side:
        assert list(book.depth(side)) == reference.depth(side)
    queues = Counter[tuple[Side, int]]()
    for resting in reference.resting:
        order = pit.exchange.order(resting.order_id)
        assert order is not None
        assert pit.exchange.queue_ahead(order) == queues[resting.side, resting.price]
        queues[resting.side, resting.price] += resting.remaining


class _Flow:
    """A pit in which everybody does anything, drawn from one seed, and every law is looked at."""

    def __init__(self, seed: int, cash: str) -> None:
        self.random = Random(seed)
        self.pit = Pit(fees=WITH_MAKER_FEES, cash=cash)
        self.orders: list[tuple[AccountId, VenueOrderId]] = []
        self.levels = Counter[tuple[Side, Price]]()
        self.refusals = Counter[str]()
        self.fees = Counter[AccountId]()
        self.trades = 0

    def step(self) -> None:
        """One action, refused or not, and the laws after it."""
        self.pit.now = Nanos(self.pit.now + self.random.randrange(SECOND))
        try:
            self.random.choices(
                (self._place, self._amend, self._decrease, self._cancel), weights=(6, 2, 1, 1)
            )[0]()
        except OrderRefused as refused:
            self.refusals[refused.code.value] += 1
        self._look()

    def _place(self) -> None:
        random = self.random
        account = random.choice(TRADERS)
        tif = random.choice(list(TimeInForce))
        rests = tif is TimeInForce.GOOD_TILL_CANCELED
        order = NewOrder(
            contract=PIT,
            side=random.choice(list(Side)),
            price=self._price(),
            qty=Qty(random.randrange(1, 3_000) * _LOT),
            post_only=rests and random.random() < 0.3,
            time_in_force=tif,
            self_trade_prevention=random.choice(list(SelfTradePrevention)),
            expires_at=Nanos(self.pit.now + 30 * SECOND) if rests else None,
        )
        receipt = self.pit.exchange.place(account, order, self.pit.now)
        self.orders.append((account, receipt.order_id))

    def _amend(self) -> None:
        account, order_id = self._some_order()
        qty = Qty(self.random.randrange(1, 3_000) * _LOT)
        self.pit.exchange.amend(account, order_id, price=self._price(), qty=qty, at=self.pit.now)

    def _decrease(self) -> None:
        account, order_id = self._some_order()
        remaining = Qty(self.random.randrange(0, 1_000) * _LOT)
        self.pit.exchange.decrease(account, order_id, remaining=remaining, at=self.pit.now)

    def _cancel(self) -> None:
        account, order_id = self._some_order()
        self.pit.exchange.cancel(account, order_id, self.pit.now)

    def _price(self) -> Price:
        return Price(100 * self.random.choice((1, 30, 47, 48, 49, 50, 51, 52, 53, 70, 99)))

    def _some_order(self) -> tuple[AccountId, VenueOrderId]:
        recent = self.orders[-12:]
        return self.random.choice(recent) if recent else (ANN, VenueOrderId("none"))

    def _look(self) -> None:
        exchange = self.pit.exchange
        for report in exchange.take_reports():
            if isinstance(report, LevelChanged):
                self.levels[report.side, report.price] += report.change
                assert self.levels[report.side, report.price] >= 0
            elif isinstance(report, Filled):
                self.fees[report.account] += report.fee
            elif isinstance(report, Traded):
                self.trades += 1
            assert report.at <= self.pit.now
        assert exchange.imbalance() == 0
        assert sum(self.pit.held(trader) for trader in TRADERS) == 0
        book = exchange.book(PIT)
        assert book is not None
        assert book.bid is None or book.ask is None or book.bid < book.ask
        for side in Side:
            published = {at: size for (s, at), size in self.levels.items() if s is side and size}
            assert dict(book.depth(side)) == published


@given(st.integers(0, 10**9))
@settings(max_examples=25, deadline=None)
def test_the_laws_hold_after_every_action_of_any_flow(seed: int) -> None:
    """No money made, positions cancel out, deltas add up to the book, the book never crossed."""
    flow = _Flow(seed, cash="200")
    for _ in range(120):
        flow.step()


def test_a_long_flow_ends_with_every_micro_dollar_accounted_for() -> None:
    """Six thousand actions, all kinds of refusals, settlement: cash and fees are what came in."""
    flow = _Flow(11, cash="200")
    for _ in range(6_000):
        flow.pit.now = Nanos(min(flow.pit.now, CLOSES_AT - 2 * SECOND))
        flow.step()
    exchange = flow.pit.exchange
    exchange.advance(CLOSES_AT)
    exchange.determine(PIT, DOLLAR, pays_at=Nanos(CLOSES_AT + HOUR), at=CLOSES_AT)
    exchange.advance(Nanos(CLOSES_AT + HOUR))
    statements = [exchange.statement(trader) for trader in TRADERS]
    fees = sum(statement.fees_paid for statement in statements)
    assert sum(statement.cash for statement in statements) + fees == 3 * money("200")
    assert [statement.fees_paid for statement in statements] == [flow.fees[t] for t in TRADERS]
    assert [statement.available for statement in statements] == [s.cash for s in statements]
    assert flow.trades > 500
    assert {"insufficient_balance", "not_found", "invalid_order", "SELF_CROSS_ATTEMPT"} <= set(
        flow.refusals
    )


def test_what_is_reserved_is_never_more_than_the_cash_but_for_maker_fees() -> None:
    """Whatever fills, every resting order stays covered."""
    flow = _Flow(5, cash="100")
    lowest = Money(0)
    for _ in range(3_000):
        flow.step()
        for trader in TRADERS:
            lowest = min(lowest, flow.pit.exchange.statement(trader).available)
    assert lowest > -money("5")


_size, _cents = st.integers(1, 40), st.sampled_from([10, 50, 90])


@given(
    st.integers(0, 10),
    st.lists(st.tuples(_cents, st.integers(1, 12)), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), _cents | st.none(), _size), min_size=1, max_size=3),
)
@example(held=10, asks=[(90, 10), (10, 10)], changes=[(0, None, 20)])
@settings(max_examples=400, deadline=None)
def test_no_amendment_leaves_an_order_uncovered(
    held: int, asks: list[tuple[int, int]], changes: list[tuple[int, int | None, int]]
) -> None:
    """Asks over a holding that covers some of them: whatever becomes of one, there is cash."""
    pit = Pit(fees=FREE, cash="10")
    if held:
        pit.sell(BOB, f"{held}", at="0.05")
        pit.buy(ANN, f"{held}", at="0.05")
    with suppress(OrderRefused):
        for cents, size in asks:
            pit.sell(ANN, f"{size}", at=f"0.{cents}")
    for which, new_cents, size in changes:
        own = pit.exchange.orders(ANN)
        if not own:
            break
        order = own[which % len(own)]
        at = order.price if new_cents is None else Price(100 * new_cents)
        with suppress(OrderRefused):
            pit.exchange.amend(ANN, order.id, price=at, qty=Qty(size * CONTRACT), at=pit.now)
        assert pit.exchange.statement(ANN).available >= 0


def test_orders_that_are_done_leave_nothing_behind() -> None:
    """Thousands of orders that were cancelled long before they would have expired cost nothing."""

    def kept_after(orders: int) -> int:
        pit = Pit()
        tracemalloc.start()
        for number in range(orders):
            expires_at = Nanos(CLOSES_AT - SECOND)
            order = pit.buy(ANN, "1", at="0.50", name=f"run-{number}", expires_at=expires_at)
            pit.cancel(ANN, order)
            pit.reports()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return kept

    assert kept_after(4_000) < kept_after(1_000) + 50_000
