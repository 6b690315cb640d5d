"""The embedded exchange through the eyes of a desk: facts, their order, their moments."""

from collections import Counter

import pytest

from tui_mm.domain.commands import (
    AnyCommand,
    CancelAll,
    CancelOrder,
    DecreaseOrder,
    PlaceOrder,
    ReadOpenOrders,
    RequestSnapshot,
    TimeInForce,
)
from tui_mm.domain.contract import Contract, ContractStatus, Side
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    CancelRefused,
    ContractListed,
    ContractSettled,
    ContractStatusChanged,
    FeedConnected,
    OpenOrdersRead,
    OrderAccepted,
    OrderCanceled,
    OrderDecreased,
    OrderFilled,
    OrderRejected,
    TradePrinted,
)
from tui_mm.domain.fees import FeeType
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import (
    DOLLAR,
    MILLISECOND,
    MINUTE,
    SECOND,
    Money,
    Nanos,
    Price,
    Qty,
    complement,
    money,
    notional,
    price,
    qty,
)
from tui_mm.exchange.latency import Latency
from tui_mm.venues.base import Venue
from tui_mm.venues.embedded import OPENING_CASH, EmbeddedVenue

STARTS_AT = Nanos(1_795_176_660 * SECOND)  # 07:11 Eastern: four minutes to the quarter
QUARTER_AT = Nanos(STARTS_AT + 4 * MINUTE)
AT_ONCE = Latency(command=Nanos(0), jitter=Nanos(0), feed=Nanos(0))

Book = dict[Side, dict[Price, int]]


class Desk:
    """A desk that believes nothing but the facts it was given."""

    def __init__(self, *, seed: int = 7, latency: Latency = AT_ONCE) -> None:
        self.venue = EmbeddedVenue(seed=seed, starts_at=STARTS_AT, latency=latency)
        self.now = STARTS_AT
        self.contracts: dict[ContractId, Contract] = {}
        self.status: dict[ContractId, ContractStatus] = {}
        self.books: dict[ContractId, Book] = {}
        self.cash: int = OPENING_CASH
        self.inventory = Counter[ContractId]()
        self.open: dict[ClientOrderId, int] = {}
        self.fees = 0
        self.seq = 0
        self.sent = 0
        self.wait(Nanos(latency.feed))

    def wait(self, span: Nanos) -> list[AnyFact]:
        """Let time pass and apply what arrives."""
        self.now = Nanos(self.now + span)
        facts = self.venue.advance(self.now)
        for fact in facts:
            self._apply(fact)
        return facts

    def send(self, command: AnyCommand) -> None:
        """Send a command now."""
        self.venue.send(command, self.now)

    def place(
        self,
        contract: ContractId,
        side: Side,
        at: Price,
        *,
        size: str = "10",
        post_only: bool = False,
        tif: TimeInForce = TimeInForce.GOOD_TILL_CANCELED,
        lives: Nanos = MINUTE,
    ) -> ClientOrderId:
        """Send an order under a new name."""
        self.sent += 1
        name = ClientOrderId(f"desk-{self.sent}")
        self.open[name] = qty(size)
        command = PlaceOrder(
            client_order_id=name,
            contract=contract,
            side=side,
            price=at,
            qty=qty(size),
            post_only=post_only,
            expires_at=Nanos(self.now + lives),
            time_in_force=tif,
        )
        self.send(command)
        return name

    def contract(self, series: str) -> ContractId:
        """The newest open contract of a series."""
        return [
            name
            for name, status in self.status.items()
            if name.startswith(series) and status is ContractStatus.OPEN
        ][-1]

    def best(self, contract: ContractId, side: Side) -> Price:
        """The best price of one side."""
        prices = self.books[contract][side]
        return max(prices) if side is Side.BUY else min(prices)

    def _apply(self, fact: AnyFact) -> None:
        match fact:
            case ContractListed():
                self.contracts[fact.contract.id] = fact.contract
                self.status[fact.contract.id] = ContractStatus.OPEN
            case ContractStatusChanged():
                self.status[fact.contract] = fact.status
            case BookSnapshotReceived():
                self._count(fact.seq)
                self.books[fact.contract] = {
                    Side.BUY: dict(fact.bids),
                    Side.SELL: dict(fact.asks),
                }
            case BookDeltaReceived():
                self._count(fact.seq)
                levels = self.books[fact.contract][fact.side]
                levels[fact.price] = levels.get(fact.price, 0) + fact.change
                assert levels[fact.price] >= 0
                if not levels[fact.price]:
                    del levels[fact.price]
            case OrderFilled():
                self._fill(fact)
            case OrderCanceled() | OrderRejected():
                del self.open[fact.client_order_id]
            case OrderDecreased():
                self.open[fact.client_order_id] = fact.remaining
            case ContractSettled():
                held = self.inventory.pop(fact.contract, 0)
                each = fact.yes_payout if held > 0 else complement(fact.yes_payout)
                self.cash += notional(each, Qty(abs(held)))
            case _:
                pass

    def _count(self, seq: int) -> None:
        assert seq == self.seq + 1
        self.seq = seq

    def _fill(self, fill: OrderFilled) -> None:
        held = self.inventory[fill.contract]
        closing = min(fill.qty, max(0, -held * fill.side.sign))
        other = complement(fill.price)
        buys = fill.side is Side.BUY
        opens_at, closes_at = (fill.price, other) if buys else (other, fill.price)
        self.cash += notional(closes_at, Qty(closing)) - fill.fee
        self.cash -= notional(opens_at, Qty(fill.qty - closing))
        self.fees += fill.fee
        self.inventory[fill.contract] += fill.side.sign * fill.qty
        self.open[fill.client_order_id] -= fill.qty
        if not self.open[fill.client_order_id]:
            del self.open[fill.client_order_id]


def _kinds(facts: list[AnyFact]) -> list[type]:
    return [type(fact) for fact in facts]


def test_it_is_a_venue_whose_books_show_our_orders_and_that_takes_no_money() -> None:
    """What the engine must know before it quotes."""
    venue: Venue = EmbeddedVenue(seed=1, starts_at=STARTS_AT)
    assert venue.capabilities.book_shows_own_orders
    assert not venue.capabilities.takes_money
    assert {fact.contract.venue for fact in _listed(venue)} == {venue.id}


def _listed(venue: Venue) -> list[ContractListed]:
    facts = venue.advance(Nanos(STARTS_AT + SECOND))
    return [fact for fact in facts if isinstance(fact, ContractListed)]


def test_contracts_come_first_then_the_connection_then_numbered_books() -> None:
    """Nothing about a contract is said before it is listed; books are whole from the start."""
    facts = EmbeddedVenue(seed=1, starts_at=STARTS_AT).advance(Nanos(STARTS_AT + 20 * MILLISECOND))
    assert _kinds(facts) == [ContractListed] * 13 + [FeedConnected] + [BookSnapshotReceived] * 13
    books = [fact for fact in facts if isinstance(fact, BookSnapshotReceived)]
    assert [book.seq for book in books] == list(range(1, 14))
    assert all(book.bids and book.asks for book in books)


def test_contracts_say_what_they_cost_and_when_they_close() -> None:
    """Makers pay in basketball and nowhere else."""
    contracts = [fact.contract for fact in _listed(EmbeddedVenue(seed=1, starts_at=STARTS_AT))]
    for contract in contracts:
        assert contract.fees is not None
        pays = contract.fees.fee_type is FeeType.QUADRATIC_WITH_MAKER_FEES
        assert pays == contract.id.startswith("KXNBASPREAD")
        assert contract.lot == qty("0.01")
        assert contract.closes_at > STARTS_AT


def test_nothing_is_known_before_it_has_travelled() -> None:
    """The first fact needs the feed's latency."""
    venue = EmbeddedVenue(seed=1, starts_at=STARTS_AT)
    assert venue.advance(Nanos(STARTS_AT + 20 * MILLISECOND - 1)) == []


def test_an_order_is_answered_after_it_has_travelled_there_and_back() -> None:
    """150 to 250 ms to the exchange and 20 ms back."""
    desk = Desk(latency=Latency())
    contract = desk.contract("KXHIGHNY")
    desk.place(contract, Side.BUY, price("0.01"))
    sent_at = desk.now
    answered: list[AnyFact] = []
    while not answered:
        facts = desk.wait(MILLISECOND)
        answered = [fact for fact in facts if isinstance(fact, OrderAccepted)]
    assert 170 * MILLISECOND <= desk.now - sent_at <= 271 * MILLISECOND


def test_we_know_our_order_before_we_see_it_in_the_book() -> None:
    """Accepted, then the level, in one batch."""
    desk = Desk()
    contract = desk.contract("KXHIGHNY")
    desk.place(contract, Side.BUY, price("0.01"))
    facts = desk.wait(Nanos(0))
    assert _kinds(facts) == [OrderAccepted, BookDeltaReceived]
    delta = facts[1]
    assert isinstance(delta, BookDeltaReceived)
    assert (delta.contract, delta.side, delta.change) == (contract, Side.BUY, qty("10"))


def test_a_taking_order_is_accepted_filled_and_only_then_seen() -> None:
    """And what immediate-or-cancel leaves over ends with the venue's reason."""
    desk = Desk()
    contract = desk.contract("KXHIGHNY")
    ask = desk.best(contract, Side.SELL)
    there = desk.books[contract][Side.SELL][ask]
    size = str(there // 1_000_000 + 5)
    desk.place(contract, Side.BUY, ask, size=size, tif=TimeInForce.IMMEDIATE_OR_CANCEL)
    kinds = _kinds(desk.wait(Nanos(0)))
    fills = kinds.count(OrderFilled)
    assert fills >= 1
    assert kinds == (
        [OrderAccepted]
        + [OrderFilled] * fills
        + [OrderCanceled]
        + [BookDeltaReceived] * fills
        + [TradePrinted] * fills
    )


@pytest.mark.parametrize(
    ("at", "size", "post_only", "why"),
    [
        ("0.015", "10", False, "invalid_price"),
        ("0.01", "0.005", False, "invalid_order_size"),
        ("0.99", "10", True, "invalid_order: post only cross"),
        ("0.01", "1000000", False, "insufficient_balance"),
    ],
)
def test_a_refused_order_says_why_in_the_venues_words(
    at: str, size: str, post_only: bool, why: str
) -> None:
    """One fact, and nothing in the book."""
    desk = Desk()
    desk.place(desk.contract("KXHIGHNY"), Side.BUY, price(at), size=size, post_only=post_only)
    [fact] = desk.wait(Nanos(0))
    assert isinstance(fact, OrderRejected)
    assert fact.why == why


def test_an_order_that_travels_longer_than_it_may_live_is_refused() -> None:
    """The exchange decides when it arrives, not when it was sent."""
    desk = Desk(latency=Latency())
    desk.place(desk.contract("KXHIGHNY"), Side.BUY, price("0.01"), lives=Nanos(100 * MILLISECOND))
    [fact] = [fact for fact in desk.wait(SECOND) if isinstance(fact, OrderRejected)]
    assert fact.why == "invalid_order: expiration must be in the future"


def test_an_order_ends_at_its_expiry() -> None:
    """The last line of defence needs nobody alive on our side."""
    desk = Desk()
    name = desk.place(desk.contract("KXHIGHNY"), Side.BUY, price("0.01"), lives=SECOND)
    facts = desk.wait(Nanos(2 * SECOND))
    ends = [fact for fact in facts if isinstance(fact, OrderCanceled)]
    assert ends == [OrderCanceled(client_order_id=name, why="ExpiryCancel")]


def test_cancel_and_decrease_are_answered_and_refused_when_there_is_nothing_left() -> None:
    """Done, unknown and never seen get the same answer."""
    desk = Desk()
    name = desk.place(desk.contract("KXHIGHNY"), Side.BUY, price("0.01"))
    desk.wait(Nanos(0))
    desk.send(DecreaseOrder(client_order_id=name, remaining=qty("4")))
    [decreased, _] = desk.wait(Nanos(0))
    assert decreased == OrderDecreased(client_order_id=name, remaining=qty("4"))
    desk.send(CancelOrder(client_order_id=name))
    [canceled, delta] = desk.wait(Nanos(0))
    assert canceled == OrderCanceled(client_order_id=name, why="Cancel")
    assert isinstance(delta, BookDeltaReceived)
    assert delta.change == -qty("4")
    for command in (
        CancelOrder(client_order_id=name),
        DecreaseOrder(client_order_id=ClientOrderId("never"), remaining=qty("1")),
    ):
        desk.send(command)
        [refused] = desk.wait(Nanos(0))
        assert isinstance(refused, CancelRefused)
        assert refused.why == "not_found"


def test_cancel_all_reaches_orders_in_every_contract() -> None:
    """Each of them is confirmed by itself."""
    desk = Desk()
    names = {
        desk.place(desk.contract(series), Side.BUY, price("0.01"))
        for series in ("KXHIGHNY", "KXNBASPREAD", "KXTOPSONG")
    }
    desk.wait(Nanos(0))
    desk.send(CancelAll())
    ends = [fact for fact in desk.wait(Nanos(0)) if isinstance(fact, OrderCanceled)]
    assert {end.client_order_id for end in ends} == names
    assert desk.venue.statement().open_orders == ()


def test_the_open_orders_are_those_of_the_moment_they_were_read() -> None:
    """With our place in the queue, and the time the answer is true for."""
    desk = Desk(latency=Latency())
    contract = desk.contract("KXHIGHNY")
    bid = desk.best(contract, Side.BUY)
    name = desk.place(contract, Side.BUY, bid)
    desk.wait(SECOND)
    desk.send(ReadOpenOrders())
    sent_at = desk.now
    [read] = [fact for fact in desk.wait(SECOND) if isinstance(fact, OpenOrdersRead)]
    assert sent_at + 150 * MILLISECOND <= read.as_of <= sent_at + 250 * MILLISECOND
    [order] = read.orders
    assert (order.client_order_id, order.price, order.remaining) == (name, bid, qty("10"))
    assert order.queue_ahead is not None
    assert order.queue_ahead > 0


def test_a_requested_book_takes_the_next_number_and_is_the_book_we_have() -> None:
    """Deltas applied one by one lead to the same levels, minute after minute."""
    desk = Desk()
    for _ in range(3):
        desk.wait(Nanos(10 * SECOND))
        for name, book in desk.books.items():
            kept = {side: dict(levels) for side, levels in book.items()}
            desk.send(RequestSnapshot(contract=name))
            [snapshot] = desk.wait(Nanos(0))
            assert isinstance(snapshot, BookSnapshotReceived)
            assert snapshot.seq == desk.seq
            assert desk.books[name] == kept


def test_facts_are_the_same_however_time_is_cut() -> None:
    """One leap of a minute or six thousand small steps: what happened does not change."""
    leap = EmbeddedVenue(seed=3, starts_at=STARTS_AT)
    steps = EmbeddedVenue(seed=3, starts_at=STARTS_AT)
    end = Nanos(STARTS_AT + 30 * SECOND)
    stepped: list[AnyFact] = []
    at = STARTS_AT
    while at < end:
        at = Nanos(min(at + 10 * MILLISECOND, end))
        stepped += steps.advance(at)
    assert leap.advance(end) == stepped


def test_going_from_next_to_next_misses_nothing() -> None:
    """Before the time it names there is nothing to hear; walking along it hears everything."""
    walker = EmbeddedVenue(seed=3, starts_at=STARTS_AT)
    end = Nanos(STARTS_AT + 5 * SECOND)
    walked: list[AnyFact] = []
    at = walker.next_at()
    while at is not None and at <= end:
        assert walker.advance(Nanos(at - 1)) == []
        walked += walker.advance(at)
        at = walker.next_at()
    assert walked == EmbeddedVenue(seed=3, starts_at=STARTS_AT).advance(end)


def test_another_seed_is_another_market() -> None:
    """Or being the same would mean nothing."""
    end = Nanos(STARTS_AT + 5 * SECOND)
    first = EmbeddedVenue(seed=3, starts_at=STARTS_AT).advance(end)
    assert first != EmbeddedVenue(seed=4, starts_at=STARTS_AT).advance(end)


def _quote(desk: Desk) -> None:
    """Cancel everything, then join one tick inside wherever there is room."""
    desk.send(CancelAll())
    for name, contract in desk.contracts.items():
        book = desk.books[name]
        is_open = desk.status[name] is ContractStatus.OPEN
        if not is_open or not book[Side.BUY] or not book[Side.SELL]:
            continue
        bid = contract.grid.above(desk.best(name, Side.BUY))
        ask = contract.grid.below(desk.best(name, Side.SELL))
        if bid is not None and ask is not None and bid < ask:
            desk.place(name, Side.BUY, bid, post_only=True)
            desk.place(name, Side.SELL, ask, post_only=True)


def test_a_ledger_made_of_facts_equals_the_statement_to_the_micro_dollar() -> None:
    """Six minutes of quoting everywhere, fills, fees, a close and a settlement included."""
    desk = Desk(latency=Latency())
    settled: list[ContractSettled] = []
    for second in range(6 * 60):
        facts = desk.wait(SECOND)
        settled += [fact for fact in facts if isinstance(fact, ContractSettled)]
        if second % 2:
            _quote(desk)
    desk.wait(SECOND)
    desk.send(CancelAll())
    desk.wait(SECOND)
    statement = desk.venue.statement()
    assert settled
    assert desk.fees > 0
    assert statement.cash == desk.cash
    assert statement.fees_paid == desk.fees
    held = {position.contract: position.inventory for position in statement.positions}
    assert held == {name: size for name, size in desk.inventory.items() if size}
    assert len(held) > 5
    assert (statement.open_orders, desk.open) == ((), {})


def test_a_quarter_of_an_hour_closes_pays_and_is_followed_by_the_next() -> None:
    """Our orders end with it, its book is empty, and the next one is there at once."""
    desk = Desk()
    old = desk.contract("KXBTC15M")
    desk.wait(Nanos(QUARTER_AT - desk.now - SECOND))
    name = desk.place(old, Side.BUY, desk.contracts[old].grid.lowest, size="1")
    desk.wait(Nanos(0))
    facts = desk.wait(Nanos(70 * SECOND))
    about = [fact for fact in facts if getattr(fact, "contract", None) == old]
    statuses = [fact.status for fact in about if isinstance(fact, ContractStatusChanged)]
    assert statuses == [
        ContractStatus.CLOSED,
        ContractStatus.DETERMINED,
        ContractStatus.SETTLED,
    ]
    assert OrderCanceled(client_order_id=name, why="CloseCancel") in facts
    [empty] = [fact for fact in about if isinstance(fact, BookSnapshotReceived)]
    assert (empty.bids, empty.asks) == ((), ())
    assert isinstance(about[-1], ContractSettled)
    assert about[-1].yes_payout in {Price(0), DOLLAR}
    new = desk.contract("KXBTC15M")
    assert new != old
    assert desk.contracts[new].closes_at == QUARTER_AT + 15 * MINUTE
    assert desk.books[new][Side.BUY]


def test_after_the_close_a_cancel_is_refused_although_the_order_still_rests() -> None:
    """The venue ends it itself a moment later."""
    desk = Desk()
    contract = desk.contract("KXBTC15M")
    desk.wait(Nanos(QUARTER_AT - desk.now - SECOND))
    name = desk.place(contract, Side.BUY, desk.contracts[contract].grid.lowest, size="1")
    desk.wait(Nanos(SECOND))
    desk.send(CancelOrder(client_order_id=name))
    facts = desk.wait(SECOND)
    refused = facts.index(CancelRefused(client_order_id=name, why="MARKET_INACTIVE"))
    ended = facts.index(OrderCanceled(client_order_id=name, why="CloseCancel"))
    assert refused < ended


def test_trades_of_others_are_printed_with_the_takers_side() -> None:
    """Nobody else's name, but which way it went."""
    facts = Desk().wait(MINUTE)
    prints = [fact for fact in facts if isinstance(fact, TradePrinted)]
    assert {fact.taker_side for fact in prints} == set(Side)


def test_the_desk_starts_with_five_thousand_dollars_or_what_it_is_given() -> None:
    """Paper money, exactly."""
    assert EmbeddedVenue(seed=1, starts_at=STARTS_AT).statement().cash == money("5000")
    rich = EmbeddedVenue(seed=1, starts_at=STARTS_AT, opening_cash=Money(7))
    assert rich.statement().cash == Money(7)
