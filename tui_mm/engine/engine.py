"""The one function every fact goes through: `step(fact) -> approved commands`.

Law: nothing here reads a clock, draws a number or waits. The same facts in the same order give the
same commands, whether they come from a venue, a recording or a test.
"""

from collections.abc import Callable, Sequence

from tui_mm.domain import events
from tui_mm.domain.commands import AnyCommand
from tui_mm.domain.events import AnyFact, Stamped
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import Nanos, dollars, qty_text
from tui_mm.engine.desk_actions import DeskActions
from tui_mm.engine.feed_facts import FeedFacts
from tui_mm.engine.order_facts import OrderFacts
from tui_mm.engine.picture import picture
from tui_mm.engine.quoting import Quoting
from tui_mm.engine.snapshot import Severity, Snapshot
from tui_mm.engine.state import EngineSettings, EngineState
from tui_mm.portfolio.positions import Position
from tui_mm.risk.gate import Approved


class Engine:
    """One session: facts in, approved commands out, a picture for whoever watches."""

    def __init__(self, settings: EngineSettings) -> None:
        self.state = EngineState(settings)
        self._desk = DeskActions(self.state)
        self._quoting = Quoting(self.state)
        orders = OrderFacts(self.state)
        feed = FeedFacts(self.state, orders, on_settled=self._desk.forget)
        self._handlers = self._handler_table(feed, orders)

    def step(self, stamped: Stamped) -> Sequence[Approved[AnyCommand]]:
        """Apply one fact and return what must be sent because of it, in order."""
        state = self.state
        state.now = now = stamped.at
        state.seq = stamped.seq
        fact = stamped.fact
        commands = self._handlers[type(fact)](fact)
        for _ in commands or ():
            state.rate.count(now)
        if state.urgent or now >= state.due_at:
            return [*(commands or ()), *self._quoting.turn()]
        return commands or ()

    def next_wake_at(self) -> Nanos:
        """When a TimePassed fact is wanted if nothing else happens."""
        return self.state.due_at

    def outcome(self, request: int) -> tuple[bool, str] | None:
        """What became of the operator action with this number, just after its step."""
        return self._desk.outcome(request)

    @property
    def is_killed(self) -> bool:
        """True while the kill switch is latched; the shell keeps this on disk."""
        return self.state.kill_switch.is_killed

    @property
    def is_safe_to_exit(self) -> bool:
        """True when everything was cancelled and the venue has shown it."""
        return self.state.is_safe_to_exit

    def snapshot(self, *, watched: ContractId | None) -> Snapshot:
        """The picture for observers, with the detail of one contract if one is watched."""
        return picture(self.state, self._desk, watched=watched)

    def positions_text(self) -> tuple[str, ...]:
        """What is held, one line a contract, and what it made; for the end of a run."""
        held = tuple(
            f"{position.contract}  {_held(position)}, "
            f"cost {dollars(position.cost)}, realised {dollars(position.realised)}"
            for position in self.state.ledger
            if position.inventory or position.realised
        )
        profit, fees = self.state.total_pnl(), self.state.ledger.fees
        total = f"profit {dollars(profit)} with fees {dollars(fees)} paid"
        return (*(held or ("no positions",)), total)

    def _handler_table(
        self, feed: FeedFacts, orders: OrderFacts
    ) -> dict[type[AnyFact], Callable[[AnyFact], list[Approved[AnyCommand]] | None]]:
        # Each handler takes the very fact it is filed under; the table cannot say so in types.
        table: dict[type[AnyFact], Callable[..., list[Approved[AnyCommand]] | None]] = {
            events.BookDeltaReceived: feed.on_delta,
            events.BookSnapshotReceived: feed.on_book,
            events.SequenceConsumed: feed.on_sequence,
            events.TradePrinted: feed.on_trade,
            events.TickerReceived: feed.on_ticker,
            events.ContractListed: feed.on_listed,
            events.ContractStatusChanged: feed.on_status,
            events.CloseTimeChanged: feed.on_close_time,
            events.GridChanged: feed.on_grid,
            events.ContractSettled: feed.on_settled,
            events.FeedConnected: feed.on_connected,
            events.FeedLost: feed.on_feed_lost,
            events.FrameRejected: feed.on_frame_rejected,
            events.OrderAccepted: orders.on_accepted,
            events.OrderRejected: orders.on_rejected,
            events.OrderFilled: orders.on_filled,
            events.OrderCanceled: orders.on_canceled,
            events.OrderDecreased: orders.on_decreased,
            events.OrderExtended: orders.on_extended,
            events.CancelRefused: orders.on_cancel_refused,
            events.OutcomeLost: orders.on_outcome_lost,
            events.OpenOrdersRead: orders.on_orders_read,
            events.TimePassed: self._on_time,
            events.OperatorActed: self._on_operator,
            events.OperatorLost: self._on_operator_lost,
            events.JournalFailed: self._on_journal_failed,
        }
        return table

    def _on_time(self, fact: events.TimePassed) -> None:
        del fact

    def _on_operator(self, fact: events.OperatorActed) -> None:
        self._desk.act(fact.action, request=fact.request)

    def _on_operator_lost(self, fact: events.OperatorLost) -> None:
        self.state.is_lease_lost = True
        self.state.tell(Severity.ALARM, f"operator lost: {fact.why}; quotes are pulled")
        self.state.pull_all()

    def _on_journal_failed(self, fact: events.JournalFailed) -> None:
        self.state.journal_failure = fact.why
        self.state.tell(Severity.ALARM, f"journal failed: {fact.why}; nothing new is sent")
        self.state.pull_all()


def _held(position: Position) -> str:
    return (
        f"{qty_text(position.no_qty)} NO"
        if position.no_qty
        else f"{qty_text(position.yes_qty)} YES"
    )
