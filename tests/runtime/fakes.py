"""An engine and a venue of a few lines each, for tests of what surrounds them."""

from collections.abc import Callable, Sequence

from tests.engine.orders import A
from tests.strategy.views import a_contract
from tui_mm.domain.commands import AnyCommand, CancelAll, PlaceOrder, ReadOpenOrders
from tui_mm.domain.contract import EventGroup, Side
from tui_mm.domain.events import (
    AnyFact,
    OpenOrdersRead,
    OperatorActed,
    OperatorLost,
    Stamped,
    TimePassed,
)
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueId
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.operator import RESUME_WORD, Kill, Resume, StopEngine
from tui_mm.domain.units import CONTRACT, Money, Nanos, Price, Qty, money
from tui_mm.engine.snapshot import KillReport, LogLine, PnlTotals, Severity, Snapshot
from tui_mm.portfolio.exposure import Exposure
from tui_mm.portfolio.positions import Position
from tui_mm.risk.gate import Account, Approved, RiskGate, always
from tui_mm.risk.limits import Limits
from tui_mm.venues.base import Capabilities

START = Nanos(1_800_000_000 * 10**9)


def an_approved_order(name: str) -> Approved[PlaceOrder]:
    """A small order that really went through the gate."""
    contract = a_contract()
    exposure = Exposure()
    exposure.add(A, EventGroup(id=contract.group, title="e", is_exclusive=True))
    verdict = RiskGate(Limits()).admit(
        PlaceOrder(
            client_order_id=ClientOrderId(name),
            contract=A,
            side=Side.BUY,
            price=Price(5_000),
            qty=Qty(CONTRACT),
            post_only=True,
            expires_at=Nanos(START + 10**18),
        ),
        contract=contract,
        position=Position(contract=A),
        live=(),
        exposure=exposure,
        account=Account(
            mode=TradingMode.ACTIVE,
            cash=money("1000"),
            day_loss=Money(0),
            open_orders=0,
            unknown_orders=0,
            messages_in_last_second=0,
            is_journal_failed=False,
        ),
    )
    assert isinstance(verdict, Approved)
    return verdict


class FakeVenue:
    """Remembers what it was sent; answers reads with an empty list, if it answers at all."""

    def __init__(self, *, answers_reads: bool = True) -> None:
        self.sent: list[AnyCommand] = []
        self.on_send: Callable[[AnyCommand], None] = lambda _: None
        self.coming: list[tuple[Nanos, AnyFact]] = []
        self._answers_reads = answers_reads

    @property
    def id(self) -> VenueId:
        """A name."""
        return VenueId("fake")

    @property
    def capabilities(self) -> Capabilities:
        """Paper."""
        return Capabilities(takes_money=False, book_shows_own_orders=False)

    def next_at(self) -> Nanos | None:
        """The time of the first fact that is still to come."""
        return self.coming[0][0] if self.coming else None

    def advance(self, now: Nanos) -> list[AnyFact]:
        """The facts whose time has come."""
        due = [fact for at, fact in self.coming if at <= now]
        self.coming = [(at, fact) for at, fact in self.coming if at > now]
        return due

    def send(self, command: AnyCommand, now: Nanos) -> None:
        """Note the command."""
        self.on_send(command)
        self.sent.append(command)
        if isinstance(command, ReadOpenOrders) and self._answers_reads:
            self.coming.append((now, OpenOrdersRead(orders=(), as_of=now)))

    def sent_kinds(self) -> list[str]:
        """The names of the commands sent so far, reads left out."""
        return [type(c).__name__ for c in self.sent if not isinstance(c, ReadOpenOrders)]


class FakeEngine:
    """Kills, stops, resumes and notes; `answer` says what else it does about a fact."""

    def __init__(self) -> None:
        self.seen: list[Stamped] = []
        self.answer: Callable[[AnyFact], Sequence[Approved[AnyCommand]]] = lambda _: ()
        self.wake_at: Nanos | None = None
        self.log: list[LogLine] = []
        self.picture_text = ""
        self._kill_source = ""
        self._presses = 0
        self._is_stopping = False
        self._proven_at: Nanos | None = None
        self._outcome: tuple[int, bool, str] | None = None

    @property
    def is_killed(self) -> bool:
        """True from a kill to a resume."""
        return self._presses > 0

    @property
    def is_safe_to_exit(self) -> bool:
        """True when a read after a kill or stop showed nothing."""
        return self._proven_at is not None

    @property
    def facts(self) -> list[AnyFact]:
        """What happened so far, passing time left out."""
        return [s.fact for s in self.seen if not isinstance(s.fact, TimePassed)]

    def step(self, stamped: Stamped) -> Sequence[Approved[AnyCommand]]:
        """Apply one fact."""
        self.seen.append(stamped)
        fact = stamped.fact
        sweeps = False
        if isinstance(fact, OperatorActed):
            sweeps = self._operator(fact)
        elif isinstance(fact, OpenOrdersRead) and (self.is_killed or self._is_stopping):
            self._proven_at = stamped.at
        elif isinstance(fact, OperatorLost):
            sweeps = True
        if sweeps:
            return [always(CancelAll()), always(ReadOpenOrders()), *self.answer(fact)]
        return self.answer(fact)

    def outcome(self, request: int) -> tuple[bool, str] | None:
        """What became of the last action."""
        if self._outcome is None or self._outcome[0] != request:
            return None
        return self._outcome[1:]

    def next_wake_at(self) -> Nanos | None:
        """When a TimePassed is wanted."""
        return self.wake_at

    def positions_text(self) -> tuple[str, ...]:
        """One line."""
        return ("A  3 YES net",)

    def snapshot(self, *, watched: ContractId | None) -> Snapshot:
        """A picture without markets."""
        return Snapshot(
            seq=len(self.seen),
            at=self.seen[-1].at if self.seen else START,
            session="fake",
            venue="fake",
            is_paper=True,
            mode=TradingMode.HALTED if self.is_killed else TradingMode.ACTIVE,
            is_all_paused=False,
            is_lease_lost=any(isinstance(fact, OperatorLost) for fact in self.facts),
            halt_reason=self.picture_text,
            markets=(),
            orders=(),
            fills=(),
            fills_count=0,
            limits=(),
            pnl=PnlTotals(
                realised=Money(0),
                unrealised=Money(0),
                fees=Money(0),
                total=Money(0),
                today=Money(0),
            ),
            cash=Money(0),
            worst_case=Money(0),
            undo=watched or "",
            kill=self._report() if self.is_killed else None,
            log=tuple(self.log),
        )

    def say(self, text: str) -> None:
        """Add a line to the log."""
        self.log.append(LogLine(seq=len(self.log) + 1, at=START, severity=Severity.INFO, text=text))

    def _operator(self, acted: OperatorActed) -> bool:
        match acted.action:
            case Kill(source=source):
                self._kill_source = self._kill_source or source
                self._presses += 1
                self._proven_at = None
                self._outcome = (acted.request, True, "killed")
                return True
            case Resume(word=word):
                is_done = word == RESUME_WORD
                if is_done:
                    self._presses, self._kill_source = 0, ""
                self._outcome = (acted.request, is_done, "resumed" if is_done else "wrong word")
            case StopEngine():
                self._is_stopping = True
                self._outcome = (acted.request, True, "stopping")
                return True
            case _:
                self._outcome = (acted.request, True, "done")
        return False

    def _report(self) -> KillReport:
        return KillReport(
            source=self._kill_source,
            presses=self._presses,
            killed_at=START,
            cancels_sent=0,
            cancels_confirmed=0,
            orders_live=0,
            orders_unknown=0,
            open_at_venue=None,
            reads=0,
            latch_saved=False,
            proven_at=self._proven_at,
            fills_since=0,
            resume_locked="",
        )
