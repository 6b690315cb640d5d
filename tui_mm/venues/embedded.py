"""The embedded exchange as a venue: paper money, real rules, no network.

The desk is one account among the crowd's. A command takes its time to arrive and so does every
fact; the facts of one moment at the exchange arrive together, what concerns our own orders before
what everybody sees. All books come numbered in one subscription.
"""

from collections import deque
from random import Random

from tui_mm.domain.commands import (
    AnyCommand,
    CancelAll,
    CancelOrder,
    DecreaseOrder,
    ExtendOrder,
    PlaceOrder,
    ReadOpenOrders,
    RequestSnapshot,
    TimeInForce,
)
from tui_mm.domain.contract import Side
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    CancelRefused,
    ContractListed,
    ContractSettled,
    ContractStatusChanged,
    FeedConnected,
    OpenOrder,
    OpenOrdersRead,
    OrderAccepted,
    OrderCanceled,
    OrderDecreased,
    OrderExtended,
    OrderFilled,
    OrderRejected,
    TradePrinted,
)
from tui_mm.domain.ids import ClientOrderId, ContractId, SubscriptionId, VenueId
from tui_mm.domain.units import DOLLAR_OF_MONEY, Money, Nanos, Qty
from tui_mm.exchange.accounts import Statement
from tui_mm.exchange.latency import CommandLines, Latency, Line
from tui_mm.exchange.matching import Levels
from tui_mm.exchange.orders import AccountId, BookOrder, NewOrder, OrderRefused, RefusalCode
from tui_mm.exchange.reports import (
    Accepted,
    BookEmptied,
    Changed,
    Ended,
    Filled,
    LevelChanged,
    Listed,
    PrivateReport,
    Report,
    Settled,
    StatusChanged,
    Traded,
)
from tui_mm.exchange.schedule import Schedule
from tui_mm.exchange.series.edition import EXCHANGE
from tui_mm.exchange.world import World
from tui_mm.venues.base import Capabilities

DESK = AccountId("desk")
OPENING_CASH = Money(5_000 * DOLLAR_OF_MONEY)
USUAL_LATENCY = Latency()
_SUBSCRIPTION = SubscriptionId(1)
_CONNECTION = 1
OWN_FACTS = (
    OrderAccepted,
    OrderRejected,
    OrderFilled,
    OrderCanceled,
    OrderDecreased,
    OrderExtended,
    CancelRefused,
    ContractSettled,
)
_LINES = {
    PlaceOrder: Line.ORDERS,
    DecreaseOrder: Line.CANCELS,
    ExtendOrder: Line.CANCELS,
    CancelOrder: Line.CANCELS,
    CancelAll: Line.CANCELS,
    ReadOpenOrders: Line.READS,
    RequestSnapshot: Line.READS,
}


class EmbeddedVenue:
    """The world's exchange, for the account of the desk."""

    def __init__(
        self,
        *,
        seed: int,
        starts_at: Nanos,
        opening_cash: Money = OPENING_CASH,
        latency: Latency = USUAL_LATENCY,
    ) -> None:
        self._feed_latency = latency.feed
        self._lines = CommandLines(latency, Random(f"{seed}/latency"))
        self._arrivals: Schedule[AnyCommand] = Schedule()
        self._outbox: deque[tuple[Nanos, AnyFact]] = deque()
        self._seq = 0
        self._world = World(seed=seed, starts_at=starts_at)
        self._exchange = self._world.exchange
        self._exchange.open_account(DESK, opening_cash, is_watched=True)
        self._connect(starts_at)

    @property
    def id(self) -> VenueId:
        """The name its contracts carry."""
        return EXCHANGE

    @property
    def capabilities(self) -> Capabilities:
        """No real money; our own orders are in the published books."""
        return Capabilities(takes_money=False, book_shows_own_orders=True)

    def statement(self) -> Statement:
        """The desk's account as the exchange has it, for the desk's own ledger to equal."""
        return self._exchange.statement(DESK)

    @property
    def is_quiet(self) -> bool:
        """True when nothing of ours is on its way: no command there, no answer or fill back."""
        return self._arrivals.next_at is None and not any(
            isinstance(fact, OWN_FACTS) for _, fact in self._outbox
        )

    def next_at(self) -> Nanos | None:
        """When a fact may reach us; something at the exchange is a fact one feed latency later."""
        moments = [Nanos(self._world.next_at() + self._feed_latency)]
        if self._outbox:
            moments.append(self._outbox[0][0])
        if self._arrivals.next_at is not None:
            moments.append(Nanos(self._arrivals.next_at + self._feed_latency))
        return min(moments)

    def advance(self, now: Nanos) -> list[AnyFact]:
        """Let the exchange run up to now; returns the facts that have reached us by then."""
        while self._arrivals.next_at is not None and self._arrivals.next_at <= now:
            at, command = self._arrivals.pop()
            self._run(at)
            self._arrive(command, at)
            self._collect()
        self._run(now)
        facts: list[AnyFact] = []
        while self._outbox and self._outbox[0][0] <= now:
            facts.append(self._outbox.popleft()[1])
        return facts

    def send(self, command: AnyCommand, now: Nanos) -> None:
        """Start a command on its way."""
        self._arrivals.add(self._lines.arrival(_LINES[type(command)], now), command)

    def _connect(self, at: Nanos) -> None:
        """List what is open, then publish the books the crowd has made by now."""
        self._world.advance(at)
        for report in self._exchange.take_reports():
            if isinstance(report, Listed):
                self._tell(ContractListed(contract=report.contract, group=report.group), at)
        self._tell(FeedConnected(connection=_CONNECTION), at)
        for contract in self._exchange.contracts:
            self._publish_book(contract.id, at)

    def _run(self, now: Nanos) -> None:
        self._world.advance(now)
        self._collect()

    def _collect(self) -> None:
        for report in self._exchange.take_reports():
            if isinstance(report, PrivateReport):
                self._tell(_private_fact(report), report.at)
            else:
                self._tell_public(report)

    def _tell(self, fact: AnyFact, at: Nanos) -> None:
        self._outbox.append((Nanos(at + self._feed_latency), fact))

    def _tell_public(self, report: Report) -> None:
        match report:
            case LevelChanged():
                fact: AnyFact = BookDeltaReceived(
                    contract=report.contract,
                    subscription=_SUBSCRIPTION,
                    seq=self._next_seq(),
                    side=report.side,
                    price=report.price,
                    change=report.change,
                    exchange_at=report.at,
                )
            case Traded():
                fact = TradePrinted(
                    contract=report.contract,
                    price=report.price,
                    qty=report.qty,
                    taker_side=report.taker_side,
                    exchange_at=report.at,
                )
            case Listed():
                self._tell(ContractListed(contract=report.contract, group=report.group), report.at)
                fact = self._snapshot(report.contract.id, bids=(), asks=(), at=report.at)
            case BookEmptied():
                fact = self._snapshot(report.contract, bids=(), asks=(), at=report.at)
            case StatusChanged():
                fact = ContractStatusChanged(contract=report.contract, status=report.status)
            case Settled():
                fact = ContractSettled(contract=report.contract, yes_payout=report.yes_payout)
            case _:
                raise TypeError(f"no fact for {type(report).__name__}")
        self._tell(fact, report.at)

    def _snapshot(
        self, contract: ContractId, *, bids: Levels, asks: Levels, at: Nanos
    ) -> BookSnapshotReceived:
        return BookSnapshotReceived(
            contract=contract,
            subscription=_SUBSCRIPTION,
            seq=self._next_seq(),
            bids=bids,
            asks=asks,
            exchange_at=at,
        )

    def _publish_book(self, contract: ContractId, at: Nanos) -> None:
        book = self._exchange.book(contract)
        if book is None:
            # It has been paid and has no book any more; its settlement is the last word on it.
            return
        bids, asks = book.depth(Side.BUY), book.depth(Side.SELL)
        self._tell(self._snapshot(contract, bids=bids, asks=asks, at=at), at)

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _arrive(self, command: AnyCommand, at: Nanos) -> None:
        match command:
            case PlaceOrder():
                self._place(command, at)
            case CancelOrder() | DecreaseOrder() | ExtendOrder():
                self._change(command, at)
            case CancelAll():
                self._exchange.cancel_all(DESK, at)
            case ReadOpenOrders():
                orders = tuple(self._open_order(order) for order in self._exchange.orders(DESK))
                self._tell(OpenOrdersRead(orders=orders, as_of=at), at)
            case RequestSnapshot():
                self._publish_book(command.contract, at)

    def _place(self, command: PlaceOrder, at: Nanos) -> None:
        rests = command.time_in_force is TimeInForce.GOOD_TILL_CANCELED
        order = NewOrder(
            contract=command.contract,
            side=command.side,
            price=command.price,
            qty=command.qty,
            client_order_id=command.client_order_id,
            post_only=command.post_only,
            time_in_force=command.time_in_force,
            expires_at=command.expires_at if rests else None,
        )
        try:
            self._exchange.place(DESK, order, at)
        except OrderRefused as refused:
            self._tell(OrderRejected(client_order_id=command.client_order_id, why=str(refused)), at)

    def _change(self, command: CancelOrder | DecreaseOrder | ExtendOrder, at: Nanos) -> None:
        name = command.client_order_id
        order = self._exchange.order_named(DESK, name)
        try:
            if order is None:
                raise OrderRefused(RefusalCode.NOT_FOUND)
            match command:
                case CancelOrder():
                    self._exchange.cancel(DESK, order.id, at)
                case DecreaseOrder():
                    self._exchange.decrease(DESK, order.id, remaining=command.remaining, at=at)
                case ExtendOrder():
                    later = command.expires_at
                    total = Qty(order.filled + order.remaining)
                    self._exchange.amend(
                        DESK, order.id, price=order.price, qty=total, at=at, expires_at=later
                    )
                    self._tell(OrderExtended(client_order_id=name, expires_at=later), at)
        except OrderRefused as refused:
            self._tell(CancelRefused(client_order_id=name, why=str(refused)), at)

    def _open_order(self, order: BookOrder) -> OpenOrder:
        return OpenOrder(
            client_order_id=_named(order.client_order_id),
            venue_order_id=order.id,
            contract=order.contract,
            side=order.side,
            price=order.price,
            remaining=order.remaining,
            queue_ahead=self._exchange.queue_ahead(order),
        )


def _private_fact(report: PrivateReport) -> AnyFact:
    name = _named(report.client_order_id)
    match report:
        case Accepted():
            return OrderAccepted(client_order_id=name, venue_order_id=report.order_id)
        case Filled():
            return OrderFilled(
                trade_id=report.trade_id,
                client_order_id=name,
                contract=report.contract,
                side=report.side,
                price=report.price,
                qty=report.qty,
                fee=report.fee,
                is_maker=report.is_maker,
                exchange_at=report.at,
            )
        case Ended():
            return OrderCanceled(client_order_id=name, why=report.reason.value)
        case Changed():
            return OrderDecreased(client_order_id=name, remaining=report.remaining)
        case _:
            raise TypeError(f"no fact for {type(report).__name__}")


def _named(client_order_id: ClientOrderId | None) -> ClientOrderId:
    if client_order_id is None:
        raise ValueError("an order of the desk without a client order id")
    return client_order_id
