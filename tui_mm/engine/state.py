"""Everything the engine knows, in one place: what happened so far and nothing of what to do next.

The parts of the engine (feed facts, order facts, quoting, the desk's actions) share this and change
it; observers get a picture made from it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tui_mm.domain.contract import Contract, Side
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.order import OrderState
from tui_mm.domain.units import SECOND, Money, Nanos, Price, Qty
from tui_mm.engine.market_state import Market
from tui_mm.engine.snapshot import FillRow, LogLine, Severity
from tui_mm.engine.sweep import Sweep
from tui_mm.execution.order_store import OrderStore
from tui_mm.execution.rate_budget import RateBudget
from tui_mm.market.book import Bbo
from tui_mm.market.feed_health import FeedHealth
from tui_mm.portfolio.exposure import Exposure, contract_losses, resting
from tui_mm.portfolio.ledger import Ledger
from tui_mm.risk.gate import RiskGate
from tui_mm.risk.kill_switch import KillSwitch
from tui_mm.risk.limits import Limits, RefusalReason
from tui_mm.strategy.base import Strategy

LOG_KEPT = 60  # what a screen can show
STALE_AFTER = Nanos(5 * SECOND)  # strategy specification, section 2, step 1
REQUOTE_EVERY = Nanos(SECOND)  # strategy specification, C30: at most once a second per market


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What the engine is told once, at its start.

    `run` prefixes our order names, so that no two runs share one. `strategy_for` decides which
    strategy quotes a contract when it is listed.
    """

    session: str
    venue: str
    run: str
    is_paper: bool
    book_shows_own_orders: bool
    opening_cash: Money
    limits: Limits
    strategy_for: Callable[[Contract], Strategy]
    stale_after: Nanos = STALE_AFTER


class Diary:
    """The last lines of the log that every desk shows, numbered without holes."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=LOG_KEPT)
        self._next = 1

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """Oldest first."""
        return tuple(self._lines)

    def write(self, severity: Severity, text: str, *, at: Nanos) -> None:
        """Note one sentence."""
        self._lines.append(LogLine(seq=self._next, at=at, severity=severity, text=text))
        self._next += 1


class EngineState:
    """The books, orders, positions, limits and latches of one session.

    `touched` markets are looked at when their last look is old enough, `urgent` ones in this very
    step, and `due_at` is when anything is to be looked at if no fact comes.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.now = Nanos(0)
        self.seq = 0
        self.markets: dict[ContractId, Market] = {}
        self.health = FeedHealth()
        self.orders = OrderStore()
        self.ledger = Ledger(opening_cash=settings.opening_cash)
        self.exposure = Exposure()
        self.gate = RiskGate(settings.limits)
        self.kill_switch = KillSwitch()
        self.rate = RateBudget()
        self.diary = Diary()
        self.sweep: Sweep | None = None
        self.is_all_paused = False
        self.is_lease_lost = False
        self.is_stopping = False
        self.journal_failure = ""
        self.fills: list[FillRow] = []
        self.fills_count = 0
        self.fills_since_kill = 0
        self.queue_ahead: dict[ClientOrderId, Qty] = {}
        self.day = 0
        self.total_before_today = Money(0)
        self.refusals: dict[RefusalReason, int] = {}
        self.decreasing: set[ClientOrderId] = set()
        self.extending: dict[ClientOrderId, Nanos] = {}
        self.touched: dict[ContractId, None] = {}
        self.urgent: dict[ContractId, None] = {}
        self.look_at = Nanos(0)
        self.read_orders_at = Nanos(0)
        self.due_at = Nanos(0)

    @property
    def is_safe_to_exit(self) -> bool:
        """True when everything was cancelled and the venue has shown it."""
        return self.sweep is not None and self.sweep.proven_at is not None

    def kill(self, source: str) -> None:
        """Latch, and cancel everything until the venue shows that nothing rests."""
        if not self.kill_switch.is_killed:
            self.fills_since_kill = 0
            self.sweep = None
        self.kill_switch.kill(source, at=self.now)
        self.start_sweep()
        self.tell(Severity.ALARM, f"KILLED by {source}")

    def pull(self, market: Market) -> None:
        """Look at a market at once, because something about it may not rest any longer."""
        self.urgent[market.id] = None

    def pull_all(self) -> None:
        """Look at every market at once."""
        for market in self.markets.values():
            self.pull(market)

    def touch(self, market: Market) -> None:
        """Look at a market as soon as its last look is old enough."""
        if market.id not in self.touched:
            self.touched[market.id] = None
            self.due_at = min(self.due_at, Nanos(market.quoted_at + REQUOTE_EVERY))

    def read_orders_soon(self) -> None:
        """Ask the venue what rests with the very next turn."""
        self.read_orders_at = self.look_at = self.due_at = self.now

    def start_sweep(self) -> None:
        """Cancel everything now, and go on until it is proven."""
        if self.sweep is None:
            self.sweep = Sweep(self.orders, at=self.now)
        else:
            self.sweep.again()
        self.due_at = self.now
        self.pull_all()

    def end_sweep(self) -> None:
        """Nothing needs to be proven any more."""
        self.sweep = None
        self.pull_all()

    def total_pnl(self) -> Money:
        """Realised and unrealised profit of the session less fees."""
        return Money(self.ledger.realised + self.unrealised() - self.ledger.fees)

    def day_loss(self) -> Money:
        """What the session has lost since the day began; negative when it has gained."""
        return Money(self.total_before_today - self.total_pnl())

    def unrealised(self) -> Money:
        """Value of what is held at the last fair values, less its cost."""
        return Money(sum(self.unrealised_in(market) for market in self.markets.values()))

    def unrealised_in(self, market: Market) -> Money:
        """The same for one contract; zero where no fair value was ever seen."""
        fair = market.last_fair
        if fair is None:
            return Money(0)
        position = self.ledger.position(market.id)
        return position.unrealised_rounded_down(mark_micros=fair.micros)

    def tell(self, severity: Severity, text: str) -> None:
        """Write a line every desk will show."""
        self.diary.write(severity, text, at=self.now)

    def recount(self, contract: ContractId) -> None:
        """Bring the worst case of a contract up to date with its position and its live orders."""
        orders = resting(self.orders.live(contract))
        self.exposure.update(contract, contract_losses(self.ledger.position(contract), orders))

    def others_touch(self, market: Market) -> Bbo:
        """Best prices of the others: our acknowledged orders are taken out of the book."""
        if not self.settings.book_shows_own_orders:
            return market.book.bbo()
        own: dict[tuple[Side, Price], int] = {at: size for at, (size, _) in market.fading.items()}
        for order in self.orders.live(market.id):
            if order.state in (OrderState.WORKING, OrderState.CANCELING):
                at = (order.side, order.price)
                own[at] = own.get(at, 0) + order.remaining
        return market.book.without(own)
