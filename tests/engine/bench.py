"""A bench for the engine: facts by hand, commands to look at, and a venue that obeys when told."""

from dataclasses import replace
from typing import TypeVar

from tests.strategy.views import NOW, a_contract
from tui_mm.domain.commands import (
    AnyCommand,
    CancelOrder,
    DecreaseOrder,
    ReadOpenOrders,
)
from tui_mm.domain.contract import Contract, EventGroup, Side
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    ContractListed,
    OpenOrdersRead,
    OperatorActed,
    OrderAccepted,
    OrderCanceled,
    OrderDecreased,
    OrderFilled,
    SequenceConsumed,
    Stamped,
    TimePassed,
)
from tui_mm.domain.ids import (
    ClientOrderId,
    ContractId,
    EventGroupId,
    SubscriptionId,
    TradeId,
    VenueOrderId,
)
from tui_mm.domain.operator import AnyAction
from tui_mm.domain.order import Order
from tui_mm.domain.units import CONTRACT, SECOND, Money, Nanos, Qty, money, price
from tui_mm.engine.engine import Engine
from tui_mm.engine.snapshot import MarketRow
from tui_mm.engine.state import EngineSettings
from tui_mm.risk.limits import Limits
from tui_mm.strategy.penny import Penny

STREAM = SubscriptionId(1)
C = TypeVar("C", bound=AnyCommand)


class Bench:
    """An engine with one listed contract per name, quoting the penny rule."""

    def __init__(self, *names: str, limits: Limits | None = None) -> None:
        self.engine = Engine(
            EngineSettings(
                session="bench",
                venue="EX",
                run="r",
                is_paper=True,
                book_shows_own_orders=True,
                opening_cash=money("1000"),
                limits=limits or Limits(),
                strategy_for=lambda _: Penny(),
            )
        )
        self.now = NOW
        self.seq = 0
        self.feed_seq = 0
        self.requests = 0
        self.trades = 0
        self.sent: list[AnyCommand] = []
        for name in names or ("A",):
            self.list_contract(name)
            self.book(name, "0.42", "0.48")

    def happens(self, fact: AnyFact) -> list[AnyCommand]:
        """Apply a fact; what the engine sends because of it."""
        self.seq += 1
        commands = [each.command for each in self.engine.step(Stamped(self.seq, self.now, fact))]
        self.sent += commands
        return commands

    def passes(self, seconds: int = 1) -> list[AnyCommand]:
        """Let time pass second by second, with a sign of life of the feed in each."""
        commands: list[AnyCommand] = []
        for _ in range(seconds):
            self.now = Nanos(self.now + SECOND)
            self.feed_seq += 1
            commands += self.happens(SequenceConsumed(subscription=STREAM, seq=self.feed_seq))
            commands += self.happens(TimePassed())
        return commands

    def list_contract(self, name: str, *, contract: Contract | None = None) -> None:
        """A contract appears, alone in its event."""
        group = EventGroup(id=EventGroupId(f"E-{name}"), title=name, is_exclusive=False)
        listed = replace(contract or a_contract(), id=ContractId(name), group=group.id)
        self.happens(ContractListed(contract=listed, group=group))

    def book(self, name: str, bid: str, ask: str, *, contracts: int = 100) -> list[AnyCommand]:
        """The venue sends a full book with one level on each side."""
        self.feed_seq += 1
        size = Qty(contracts * CONTRACT)
        return self.happens(
            BookSnapshotReceived(
                contract=ContractId(name),
                subscription=STREAM,
                seq=self.feed_seq,
                bids=((price(bid), size),),
                asks=((price(ask), size),),
                exchange_at=self.now,
            )
        )

    def delta(
        self, name: str, side: Side, at: str, contracts: int, *, skipped: int = 0
    ) -> list[AnyCommand]:
        """One level changes; `skipped` loses so many numbered frames before it."""
        self.feed_seq += 1 + skipped
        return self.happens(
            BookDeltaReceived(
                contract=ContractId(name),
                subscription=STREAM,
                seq=self.feed_seq,
                side=side,
                price=price(at),
                change=contracts * CONTRACT,
                exchange_at=self.now,
            )
        )

    def acts(self, action: AnyAction) -> tuple[bool, str]:
        """The operator asks for something; whether it was done, and what he is told."""
        self.requests += 1
        self.happens(OperatorActed(action=action, request=self.requests))
        outcome = self.engine.outcome(self.requests)
        assert outcome is not None
        return outcome

    def accepts(self) -> None:
        """The venue accepts every order on its way, and shows it in the book."""
        for order in list(self.engine.state.orders):
            if order.venue_order_id is None:
                name = VenueOrderId(f"v-{order.client_order_id}")
                self.happens(
                    OrderAccepted(client_order_id=order.client_order_id, venue_order_id=name)
                )
                self.delta(order.contract, order.side, _text(order), order.qty // CONTRACT)

    def fills(self, name: str, contracts: int, *, at: str, side: Side) -> list[AnyCommand]:
        """One order of ours trades."""
        self.trades += 1
        order = self.engine.state.orders.find(ClientOrderId(name))
        assert order is not None
        commands = self.happens(
            OrderFilled(
                trade_id=TradeId(f"t-{self.trades}"),
                client_order_id=ClientOrderId(name),
                contract=order.contract,
                side=side,
                price=price(at),
                qty=Qty(contracts * CONTRACT),
                fee=Money(0),
                is_maker=True,
                exchange_at=self.now,
            )
        )
        return commands + self.delta(order.contract, order.side, _text(order), -contracts)

    def obeys(self) -> None:
        """The venue confirms every cancel and decrease that was sent, then answers reads."""
        sent, self.sent = self.sent, []
        for command in sent:
            order = self._live_order(command)
            if order is None:
                continue
            left = Qty(0)
            if isinstance(command, CancelOrder):
                self.happens(OrderCanceled(client_order_id=command.client_order_id, why="asked"))
            elif isinstance(command, DecreaseOrder):
                left = command.remaining
                self.happens(
                    OrderDecreased(client_order_id=command.client_order_id, remaining=left)
                )
            if (
                order.venue_order_id is not None
                and order.contract in self.engine.state.health.trusted
            ):
                gone = (order.remaining - left) // CONTRACT
                self.delta(order.contract, order.side, _text(order), -gone)
        if any(isinstance(command, ReadOpenOrders) for command in sent):
            self.happens(OpenOrdersRead(orders=(), as_of=self.now))

    def _live_order(self, command: AnyCommand) -> Order | None:
        if not isinstance(command, CancelOrder | DecreaseOrder):
            return None
        order = self.engine.state.orders.find(command.client_order_id)
        return order if order is not None and order.is_live else None

    def row(self, name: str = "A") -> MarketRow:
        """What the screen would show of a contract."""
        markets = self.engine.snapshot(watched=None).markets
        return next(row for row in markets if row.contract == name)

    def prices(self, name: str = "A") -> tuple[int | None, int | None]:
        """Our live bid and ask."""
        row = self.row(name)
        return row.my_bid, row.my_ask


def only(commands: list[AnyCommand], kind: type[C]) -> list[C]:
    """The commands of one kind."""
    return [command for command in commands if isinstance(command, kind)]


def _text(order: Order) -> str:
    return f"{order.price // 100 / 100:.2f}"
