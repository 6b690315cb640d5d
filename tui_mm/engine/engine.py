"""The one function every fact goes through: `step(fact) -> approved commands`.

Law: nothing here reads a clock, draws a number or waits. The same facts in the same order give the
same commands, whether they come from a venue, a recording or a test.

Work is done once per change and not once per message: a fact marks what it touches, and a market is
looked at again when its touch moved and its last look is a second old, or at once when something
happened that cannot wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tui_mm.domain import events
from tui_mm.domain.commands import (
    AnyCommand,
    CancelOrder,
    DecreaseOrder,
    ExtendOrder,
    PlaceOrder,
    ReadOpenOrders,
    RequestSnapshot,
)
from tui_mm.domain.contract import ContractStatus, Side
from tui_mm.domain.errors import IllegalTransition
from tui_mm.domain.events import AnyFact, Stamped
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.order import Order, OrderState, Trigger
from tui_mm.domain.quote import QuoteSet, Reason, pulled
from tui_mm.domain.units import (
    DAY,
    DOLLAR,
    SECOND,
    Money,
    Nanos,
    Price,
    Qty,
    dollars,
    price_text,
    qty_text,
)
from tui_mm.engine.desk_actions import DeskActions
from tui_mm.engine.picture import picture
from tui_mm.engine.snapshot import FillRow, Severity, Snapshot
from tui_mm.engine.state import (
    BOOK_FOLLOWS_WITHIN,
    CLOSING_BEFORE,
    MID_EVERY,
    ORDER_LIFETIME,
    Diary,
    EngineSettings,
    Market,
    new_market,
)
from tui_mm.engine.sweep import Sweep
from tui_mm.execution.order_store import OrderStore
from tui_mm.execution.rate_budget import RateBudget
from tui_mm.execution.reconcile import reconcile
from tui_mm.market.book import Bbo, NegativeLevel
from tui_mm.market.feed_health import FeedHealth
from tui_mm.portfolio.exposure import Exposure, contract_losses, resting
from tui_mm.portfolio.ledger import Ledger
from tui_mm.pricing.fair_value import mid
from tui_mm.risk.gate import Account, Approved, Refusal, RiskGate, always, collateral
from tui_mm.risk.kill_switch import KillSwitch
from tui_mm.risk.limits import RefusalReason
from tui_mm.strategy.base import LastFair, LastTrade, MarketView

REQUOTE_EVERY = Nanos(SECOND)  # strategy specification, C30: at most once a second per market
LOOK_EVERY = Nanos(SECOND)  # staleness, closing times and the day's loss are looked at this often
LOOK_AGAIN_AFTER = Nanos(5 * SECOND)
ASK_AGAIN_AFTER = Nanos(5 * SECOND)  # before a refused extension or a lost snapshot is asked again
READ_ORDERS_EVERY = Nanos(5 * SECOND)
ABSENT_AFTER = Nanos(2 * SECOND)  # a read this much later than an order's last news is about it
ABSENT_TWICE_WITHIN = Nanos(SECOND)  # and a second one must agree, at least this much later
REDUCING_FROM_PERCENT = 80  # of the day's loss limit: adding inventory stops before everything does
FILLS_KEPT = 200

_BUY = Side.BUY  # a class attribute of an enum costs more to read than a global
_MAY_BE_DELAYED = frozenset({RefusalReason.SELF_CROSS, RefusalReason.MESSAGE_RATE})


class Engine:
    """Owns books, orders, positions and the kill switch of one session.

    Attributes other than the methods below are read by the snapshot builder of this package and by
    nobody else.
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
        self.desk = DeskActions(self)
        self._order_number = 0
        self._touched: dict[ContractId, None] = {}
        self._urgent: dict[ContractId, None] = {}
        self._foreign = 0
        self._decreasing: set[ClientOrderId] = set()
        self._extending: dict[ClientOrderId, Nanos] = {}
        self._absent_since: dict[ClientOrderId, Nanos] = {}
        self._snapshots_asked_at = Nanos(0)
        self._look_at = Nanos(0)
        self._read_orders_at = Nanos(0)
        self._due_at = Nanos(0)
        self._handlers = self._handler_table()

    # What the shell uses.

    def step(self, stamped: Stamped) -> Sequence[Approved[AnyCommand]]:
        """Apply one fact and return what must be sent because of it, in order."""
        self.now = now = stamped.at
        self.seq = stamped.seq
        fact = stamped.fact
        commands = self._handlers[type(fact)](fact)
        if self._urgent or now >= self._due_at:
            return [*(commands or ()), *self._turn()]
        return commands or ()

    def next_wake_at(self) -> Nanos:
        """When a TimePassed fact is wanted if nothing else happens."""
        return self._due_at

    def outcome(self, request: int) -> tuple[bool, str] | None:
        """What became of the operator action with this number, just after its step."""
        return self.desk.outcome(request)

    @property
    def is_killed(self) -> bool:
        """True while the kill switch is latched; the shell keeps this on disk."""
        return self.kill_switch.is_killed

    @property
    def is_safe_to_exit(self) -> bool:
        """True when everything was cancelled and the venue has shown it."""
        return self.sweep is not None and self.sweep.proven_at is not None

    # What the desk's actions use.

    def pull(self, market: Market) -> None:
        """Look at a market at once, because something about it may not rest any longer."""
        self._urgent[market.id] = None

    def pull_all(self) -> None:
        """Look at every market at once."""
        for market in self.markets.values():
            self.pull(market)

    def start_sweep(self) -> None:
        """Cancel everything now, and go on until it is proven."""
        if self.sweep is None:
            self.sweep = Sweep(self.orders, at=self.now)
        else:
            self.sweep.again()
        self._due_at = self.now
        self.pull_all()

    def end_sweep(self) -> None:
        """Nothing needs to be proven any more."""
        self.sweep = None
        self.pull_all()

    def snapshot(self, *, watched: ContractId | None) -> Snapshot:
        """The picture for observers, with the detail of one contract if one is watched."""
        return picture(self, watched=watched)

    def positions_text(self) -> tuple[str, ...]:
        """What is held, one line a contract, and what it made; for the end of a run."""
        held = tuple(
            f"{position.contract}  {qty_text(position.inventory)} YES net, "
            f"cost {dollars(position.cost)}, realised {dollars(position.realised)}"
            for position in self.ledger
            if position.inventory or position.realised
        )
        total = f"profit {dollars(self.total_pnl())} with fees {dollars(self.ledger.fees)} paid"
        return (*(held or ("no positions",)), total)

    def total_pnl(self) -> Money:
        """Realised and unrealised profit of the session less fees."""
        return Money(self.ledger.realised + self.unrealised() - self.ledger.fees)

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

    # Facts.

    def _handler_table(
        self,
    ) -> dict[type[AnyFact], Callable[[AnyFact], list[Approved[AnyCommand]] | None]]:
        # Each handler takes the very fact it is filed under; the table cannot say so in types.
        table: dict[type[AnyFact], Callable[..., list[Approved[AnyCommand]] | None]] = {
            events.BookDeltaReceived: self._on_delta,
            events.BookSnapshotReceived: self._on_book,
            events.SequenceConsumed: self._on_sequence,
            events.TradePrinted: self._on_trade,
            events.TickerReceived: self._on_ticker,
            events.ContractListed: self._on_listed,
            events.ContractStatusChanged: self._on_status,
            events.CloseTimeChanged: self._on_close_time,
            events.GridChanged: self._on_grid,
            events.ContractSettled: self._on_settled,
            events.FeedConnected: self._on_connected,
            events.FeedLost: self._on_feed_lost,
            events.FrameRejected: self._on_frame_rejected,
            events.OrderAccepted: self._on_accepted,
            events.OrderRejected: self._on_rejected,
            events.OrderFilled: self._on_filled,
            events.OrderCanceled: self._on_canceled,
            events.OrderDecreased: self._on_decreased,
            events.OrderExtended: self._on_extended,
            events.CancelRefused: self._on_cancel_refused,
            events.OutcomeLost: self._on_outcome_lost,
            events.OpenOrdersRead: self._on_orders_read,
            events.TimePassed: self._on_time,
            events.OperatorActed: self._on_operator,
            events.OperatorLost: self._on_operator_lost,
            events.JournalFailed: self._on_journal_failed,
        }
        return table

    def _on_delta(self, fact: events.BookDeltaReceived) -> list[Approved[AnyCommand]] | None:
        spoiled = self.health.on_delta(fact.contract, fact.subscription, fact.seq, self.now)
        if spoiled:
            return self._distrust(spoiled)
        if fact.contract not in self.health.trusted:
            return None
        market = self.markets[fact.contract]
        side, price, change = fact.side, fact.price, fact.change
        try:
            market.book.change(side, price, change)
        except NegativeLevel as error:
            self.tell(Severity.ALARM, f"{fact.contract}: {error}; waiting for a snapshot")
            self.health.on_rejected((fact.contract,))
            return self._distrust((fact.contract,))
        if change < 0 and market.fading:
            market.saw_less(side, price, -change)
        if price >= market.others_bid if side is _BUY else price <= market.others_ask:
            self._touch(market)
        return None

    def _on_book(self, fact: events.BookSnapshotReceived) -> list[Approved[AnyCommand]] | None:
        market = self.markets.get(fact.contract)
        if market is None:
            self.tell(Severity.ALARM, f"a book of {fact.contract} came before its listing")
            return self._distrust(self.health.on_other(fact.subscription, fact.seq, self.now))
        spoiled = self.health.on_snapshot(fact.contract, fact.subscription, fact.seq, self.now)
        try:
            market.book.replace(fact.bids, fact.asks)
        except NegativeLevel as error:
            self.tell(Severity.ALARM, f"{fact.contract}: {error}; the snapshot is not used")
            self.health.on_rejected((fact.contract,))
            return self._distrust((*spoiled, fact.contract))
        self.pull(market)
        return self._distrust(spoiled) if spoiled else None

    def _on_sequence(self, fact: events.SequenceConsumed) -> list[Approved[AnyCommand]] | None:
        spoiled = self.health.on_other(fact.subscription, fact.seq, self.now)
        return self._distrust(spoiled) if spoiled else None

    def _on_trade(self, fact: events.TradePrinted) -> None:
        market = self.markets.get(fact.contract)
        if market is not None:
            market.last_trade = LastTrade(price=fact.price, at=self.now)
            self._touch(market)

    def _on_ticker(self, fact: events.TickerReceived) -> None:
        market = self.markets.get(fact.contract)
        if market is not None and fact.last is not None and market.last_trade is None:
            market.last_trade = LastTrade(price=fact.last, at=self.now)

    def _on_listed(self, fact: events.ContractListed) -> None:
        contract = fact.contract
        known = self.markets.get(contract.id)
        if known is not None:
            if contract.group != known.group.id:
                self.tell(Severity.ALARM, f"{contract.id} cannot move to {contract.group}")
            known.contract = replace(contract, group=known.group.id)
            self.pull(known)
            return
        strategy = self.settings.strategy_for(contract)
        market = new_market(contract, fact.group, strategy)
        self.markets[contract.id] = market
        self.exposure.add(contract.id, fact.group)
        self.tell(Severity.INFO, f"{contract.id} listed, {strategy.name}")

    def _on_status(self, fact: events.ContractStatusChanged) -> None:
        market = self.markets.get(fact.contract)
        if market is None:
            return
        market.status = fact.status
        self.tell(Severity.INFO, f"{fact.contract} is {fact.status.value}")
        self.pull(market)

    def _on_close_time(self, fact: events.CloseTimeChanged) -> None:
        market = self.markets.get(fact.contract)
        if market is not None:
            market.contract = replace(market.contract, closes_at=fact.closes_at)
            self.pull(market)

    def _on_grid(self, fact: events.GridChanged) -> None:
        market = self.markets.get(fact.contract)
        if market is not None:
            market.contract = replace(market.contract, grid=fact.grid)
            self.tell(Severity.WARNING, f"{fact.contract} has a new tick grid")
            self.pull(market)

    def _on_settled(self, fact: events.ContractSettled) -> None:
        if fact.contract not in self.markets:
            return
        for order in self.orders.live(fact.contract):
            self.tell(Severity.ALARM, f"{order.client_order_id} was live when its contract settled")
            self._change(
                order,
                lambda before: before.after(Trigger.LOST).after(Trigger.CANCELED).with_why("paid"),
            )
        del self.markets[fact.contract]
        before = self.ledger.position(fact.contract)
        after = self.ledger.settle(fact.contract, yes_payout=fact.yes_payout)
        self.exposure.remove(fact.contract)
        self.desk.forget(fact.contract)
        self.health.on_lost((fact.contract,))
        self._touched.pop(fact.contract, None)
        self._urgent.pop(fact.contract, None)
        self.tell(
            Severity.INFO,
            f"{fact.contract} settled at {price_text(fact.yes_payout)}, "
            f"{qty_text(before.inventory)} held, realised {dollars(after.realised)}",
        )

    def _on_connected(self, fact: events.FeedConnected) -> None:
        self.tell(Severity.INFO, f"connection {fact.connection} is up")

    def _on_feed_lost(self, fact: events.FeedLost) -> list[Approved[AnyCommand]]:
        self.tell(Severity.ALARM, f"connection {fact.connection} lost: {fact.why}")
        self.health.on_lost(fact.contracts)
        return self._distrust(fact.contracts)

    def _on_frame_rejected(self, fact: events.FrameRejected) -> list[Approved[AnyCommand]]:
        self.tell(Severity.ALARM, f"{fact.where}: {fact.why}")
        self.health.on_rejected(fact.contracts)
        return self._distrust(fact.contracts)

    def _on_accepted(self, fact: events.OrderAccepted) -> None:
        order = self._ours(fact.client_order_id)
        if order is None or order.venue_order_id is not None or not order.is_live:
            return

        def accepted(before: Order) -> Order:
            known = before if before.state is OrderState.WORKING else before.after(Trigger.ACCEPTED)
            return known.with_venue_id(fact.venue_order_id)

        self._change(order, accepted)

    def _on_rejected(self, fact: events.OrderRejected) -> None:
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            # One that we had already given up is no news.
            given_up = order.state is OrderState.CANCELING
            severity = Severity.INFO if given_up else Severity.WARNING
            self.tell(severity, f"{order.contract} order rejected: {fact.why}")
            self._apply(order, Trigger.REJECTED, why=fact.why)

    def _on_filled(self, fact: events.OrderFilled) -> None:
        try:
            is_new = self.ledger.book(fact)
        except ValueError as error:
            # What we hold is not known any more; nobody may quote on it.
            self.desk.kill(f"a fill that cannot be booked: {error}")
            return
        if not is_new:
            return
        self.fills_count += 1
        if self.kill_switch.is_killed:
            self.fills_since_kill += 1
        market = self.markets.get(fact.contract)
        fair = market.last_fair if market is not None else None
        edge = None
        if fair is not None:
            edge = Money(fact.side.sign * (fair.micros - fact.price * 100))
        self.fills.append(
            FillRow(
                seq=self.fills_count,
                at=self.now,
                contract=fact.contract,
                client_order_id=fact.client_order_id,
                side=fact.side,
                price=fact.price,
                qty=fact.qty,
                fee=fact.fee,
                is_maker=fact.is_maker,
                edge_micros=edge,
            )
        )
        del self.fills[:-FILLS_KEPT]
        order = self._ours(fact.client_order_id)
        if order is not None:
            self._change(order, lambda before: before.after_fill(fact.qty))
        if market is not None:
            self._recount(market.id)
            self.pull(market)
        word = "bought" if fact.side is Side.BUY else "sold"
        self.tell(
            Severity.INFO,
            f"{fact.contract} {word} {qty_text(fact.qty)} at {price_text(fact.price)}",
        )

    def _on_canceled(self, fact: events.OrderCanceled) -> None:
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self._apply(order, Trigger.CANCELED, why=fact.why)

    def _on_decreased(self, fact: events.OrderDecreased) -> None:
        self._decreasing.discard(fact.client_order_id)
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self._change(order, lambda before: before.decreased_to(fact.remaining))

    def _on_extended(self, fact: events.OrderExtended) -> None:
        self._extending.pop(fact.client_order_id, None)
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self._change(order, lambda before: before.extended_to(fact.expires_at))

    def _on_cancel_refused(self, fact: events.CancelRefused) -> None:
        self._decreasing.discard(fact.client_order_id)
        order = self._ours(fact.client_order_id)
        if order is None or not order.is_live:
            return  # it was filled or cancelled while the cancel was on its way
        if order.state is OrderState.CANCELING:
            is_known = order.venue_order_id is not None
            self._apply(order, Trigger.CANCEL_REFUSED if is_known else Trigger.CANCEL_TOO_EARLY)
        self._read_orders_soon()  # a refusal is a question, not an answer: the order may be done

    def _on_outcome_lost(self, fact: events.OutcomeLost) -> None:
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self.tell(Severity.ALARM, f"{order.contract} order outcome unknown: {fact.why}")
            self._apply(order, Trigger.LOST)
            self._read_orders_soon()

    def _on_orders_read(self, fact: events.OpenOrdersRead) -> list[Approved[AnyCommand]] | None:
        self.queue_ahead = {
            each.client_order_id: each.queue_ahead
            for each in fact.orders
            if each.queue_ahead is not None
        }
        foreign = 0
        commands: list[Approved[AnyCommand]] = []
        for each in fact.orders:
            order = self.orders.find(each.client_order_id)
            if order is None:
                foreign += 1
            elif order.state is OrderState.UNKNOWN:
                self._apply(order, Trigger.ACCEPTED)
            elif not order.is_live and fact.as_of - order.changed_at >= ABSENT_AFTER:
                self.tell(Severity.ALARM, f"{order.client_order_id} is done and still rests")
                commands.append(always(CancelOrder(client_order_id=order.client_order_id)))
        self._finish_absent(fact)
        if foreign != self._foreign and foreign:
            self.tell(Severity.ALARM, f"{foreign} orders rest at the venue that are not ours")
        self._foreign = foreign
        if self.sweep is not None and self.sweep.on_read(fact, now=self.now):
            self.tell(Severity.WARNING, "proven: the venue shows no order of ours")
        self._due_at = min(self._due_at, self._next_due())
        return commands

    def _finish_absent(self, read: events.OpenOrdersRead) -> None:
        """Give up live orders that two complete reads in a row, long after their news, lack.

        Whatever was filled of them meanwhile comes as a fill, and late fills are booked.
        """
        listed = {each.client_order_id for each in read.orders}
        for order in tuple(self.orders):
            name = order.client_order_id
            if name in listed or read.as_of - order.changed_at < ABSENT_AFTER:
                self._absent_since.pop(name, None)
            elif read.as_of - self._absent_since.setdefault(name, read.as_of) >= (
                ABSENT_TWICE_WITHIN
            ):
                self.tell(Severity.ALARM, f"{order.contract}: {name} is not at the venue any more")
                self._change(
                    order,
                    lambda before: (
                        before.after(Trigger.LOST)
                        .after(Trigger.CANCELED)
                        .with_why("not at the venue")
                    ),
                )

    def _on_time(self, fact: events.TimePassed) -> None:
        del fact

    def _on_operator(self, fact: events.OperatorActed) -> None:
        self.desk.act(fact.action, request=fact.request)

    def _on_operator_lost(self, fact: events.OperatorLost) -> None:
        self.is_lease_lost = True
        self.tell(Severity.ALARM, f"operator lost: {fact.why}; quotes are pulled")
        self.pull_all()

    def _on_journal_failed(self, fact: events.JournalFailed) -> None:
        self.journal_failure = fact.why
        self.tell(Severity.ALARM, f"journal failed: {fact.why}; nothing new is sent")
        self.pull_all()

    # Looking at markets.

    def _turn(self) -> list[Approved[AnyCommand]]:
        commands: list[Approved[AnyCommand]] = []
        if self.now >= self._look_at:
            commands += self._look()
        if self.sweep is not None:
            commands += self.sweep.round(self.now)
        for approved in commands:
            self._note_sent(approved)
        urgent, self._urgent = self._urgent, {}
        for contract in urgent:
            market = self.markets.get(contract)
            if market is not None:
                self._touched.pop(contract, None)
                commands += self._requote(market)
        due = [
            contract
            for contract in self._touched
            if self.now - self.markets[contract].quoted_at >= REQUOTE_EVERY
        ]
        for contract in due:
            del self._touched[contract]
            commands += self._requote(self.markets[contract])
        self._due_at = self._next_due()
        return commands

    def _next_due(self) -> Nanos:
        due = self._look_at
        for contract in self._touched:
            due = min(due, Nanos(self.markets[contract].quoted_at + REQUOTE_EVERY))
        if self.sweep is not None and self.sweep.next_at is not None:
            due = min(due, self.sweep.next_at)
        return due

    def _look(self) -> list[Approved[AnyCommand]]:
        """What depends on time alone: stale books, closing contracts, the day's loss, a read."""
        self._look_at = Nanos(self.now + LOOK_EVERY)
        self._watch_daily_loss()
        for market in self.markets.values():
            if self._gate_reason(market) is not market.blocked:
                self.pull(market)
            elif self.now - market.quoted_at >= LOOK_AGAIN_AFTER:
                self._touch(market)  # time alone can change what is wanted
        commands = self._extensions() + self._missing_snapshots()
        if self.now >= self._read_orders_at:
            self._read_orders_at = Nanos(self.now + READ_ORDERS_EVERY)
            commands.append(always(ReadOpenOrders()))
        return commands

    def _missing_snapshots(self) -> list[Approved[AnyCommand]]:
        """Ask again for books that are still not trusted: a request or its answer may be lost."""
        if self.now - self._snapshots_asked_at < ASK_AGAIN_AFTER:
            return []
        self._snapshots_asked_at = self.now
        return [
            always(RequestSnapshot(contract=market.id))
            for market in self.markets.values()
            if market.blocked is Reason.GAP
        ]

    def _extensions(self) -> list[Approved[AnyCommand]]:
        """Let orders that are still wanted rest longer: expiring would cost their places."""
        approved: list[Approved[AnyCommand]] = []
        room = self.settings.limits.messages_per_second_max - self.rate.in_last_second(self.now)
        for order in self.orders:
            market = self.markets.get(order.contract)
            is_wanted = market is not None and market.blocked is None
            if (
                not is_wanted
                or order.state is not OrderState.WORKING
                or order.expires_at - self.now > ORDER_LIFETIME // 2
                or self._extending.get(order.client_order_id, self.now) > self.now
            ):
                continue
            if len(approved) >= room:
                break  # the next look goes on; half a lifetime is left
            longer = ExtendOrder(
                client_order_id=order.client_order_id,
                expires_at=Nanos(self.now + ORDER_LIFETIME),
            )
            verdict = self.gate.admit_longer(longer, mode=self.kill_switch.mode)
            if isinstance(verdict, Approved):
                self._extending[order.client_order_id] = Nanos(self.now + ASK_AGAIN_AFTER)
                approved.append(verdict)
        return approved

    def _watch_daily_loss(self) -> None:
        total = self.total_pnl()
        day = self.now // DAY
        if day != self.day:
            self.day, self.total_before_today = day, total
        lost = self.total_before_today - total
        limit = self.settings.limits.daily_loss_max
        is_reducing = lost * 100 >= limit * REDUCING_FROM_PERCENT
        if is_reducing is not self.kill_switch.is_reducing:
            self.kill_switch.is_reducing = is_reducing
            self.pull_all()
        if lost >= limit and not self.kill_switch.is_killed:
            self.desk.kill(f"daily loss {dollars(Money(lost))} reached {dollars(limit)}")

    def _gate_reason(self, market: Market) -> Reason | None:
        """Why nothing may be quoted in a market at all; None when a strategy may be asked."""
        if self.kill_switch.is_killed:
            return Reason.KILLED
        if self.is_stopping:
            return Reason.STOPPING
        if self.is_lease_lost:
            return Reason.LEASE
        if self.is_all_paused or market.is_paused:
            return Reason.PAUSED
        if market.status is not ContractStatus.OPEN:
            return Reason.CLOSED
        if market.contract.closes_at - self.now <= CLOSING_BEFORE:
            return Reason.CLOSING
        if market.contract.fees is None:
            return Reason.FEES_UNKNOWN
        return self.health.problem(
            market.id,
            self.now,
            stale_after=self.settings.stale_after,
            is_crossed=market.book.is_crossed,
        )

    def _requote(self, market: Market) -> list[Approved[AnyCommand]]:
        market.quoted_at = self.now
        market.is_waiting = False
        market.blocked = self._gate_reason(market)
        market.forget_faded(self.now)
        others = self.others_touch(market)
        market.others_bid = Price(0) if others.bid is None else others.bid
        market.others_ask = DOLLAR if others.ask is None else others.ask
        if market.blocked not in (Reason.NO_BOOK, Reason.GAP, Reason.CROSSED):
            self._remember_fair(market, others)
        if market.blocked is not None:
            wanted = pulled(market.id, market.blocked)
        else:
            wanted = self._wanted(market, others)
        market.quotes = wanted
        live = self.orders.live(market.id)
        commands = reconcile(
            wanted,
            live,
            next_id=self._next_order_id,
            expires_at=Nanos(self.now + ORDER_LIFETIME),
        )
        approved: list[Approved[AnyCommand]] = []
        for command in commands:
            match command:
                case PlaceOrder():
                    admitted = self._admitted(market, command)
                    if admitted is not None:
                        approved.append(admitted)
                case DecreaseOrder():
                    if command.client_order_id not in self._decreasing:
                        self._decreasing.add(command.client_order_id)
                        approved.append(always(command))
                        self._note_sent(approved[-1])
                case CancelOrder():
                    approved.append(always(command))
                    self._note_sent(approved[-1])
        return approved

    def _wanted(self, market: Market, others: Bbo) -> QuoteSet:
        position = self.ledger.position(market.id)
        parameters = market.parameters
        view = MarketView(
            contract=market.contract,
            now=self.now,
            others=others,
            everyone=self._everyone_touch(market),
            last_trade=market.last_trade,
            last_fair=market.last_fair,
            yes_held=position.yes_qty,
            no_held=position.no_qty,
            size=parameters.size,
            max_position=parameters.max_position,
            spread_ticks=parameters.spread_ticks,
        )
        wanted = self.gate.shape(
            market.strategy.quotes(view),
            contract=market.contract,
            position=position,
            exposure=self.exposure,
            mode=self.kill_switch.mode,
        )
        return wanted.without_sides(market.held, Reason.HELD) if market.held else wanted

    def _admitted(self, market: Market, order: PlaceOrder) -> Approved[AnyCommand] | None:
        live = self.orders.live(market.id)
        verdict = self.gate.admit(
            order,
            contract=market.contract,
            position=self.ledger.position(market.id),
            live=live,
            exposure=self.exposure,
            account=self._account(),
        )
        if isinstance(verdict, Refusal):
            is_leaving = any(each.state is OrderState.CANCELING for each in live)
            if is_leaving or verdict.reason in _MAY_BE_DELAYED:
                market.is_waiting = True
                self._touch(market)
                return None
            self.refusals[verdict.reason] = self.refusals.get(verdict.reason, 0) + 1
            market.quotes = market.quotes.without_sides({order.side}, Reason.LIMIT)
            if market.refused.get(order.side) is not verdict.reason:
                market.refused[order.side] = verdict.reason  # told once, not at every look
                self.tell(Severity.WARNING, f"{market.id}: {verdict.text}")
            return None
        market.refused.pop(order.side, None)
        self.orders.add_sent(order, at=self.now)
        self.rate.count(self.now)
        self._recount(market.id)
        return verdict

    def _account(self) -> Account:
        return Account(
            mode=self.kill_switch.mode,
            cash=Money(self.ledger.cash - collateral(tuple(self.orders))),
            open_orders=len(self.orders),
            unknown_orders=self.orders.unknown,
            messages_in_last_second=self.rate.in_last_second(self.now),
            is_journal_failed=bool(self.journal_failure),
        )

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

    def _everyone_touch(self, market: Market) -> Bbo:
        touch = market.book.bbo()
        if self.settings.book_shows_own_orders:
            return touch
        for order in self.orders.live(market.id):
            touch = _joined(touch, order)
        return touch

    def _remember_fair(self, market: Market, others: Bbo) -> None:
        fair = mid(others)
        if fair is None:
            return
        market.last_fair = LastFair(micros=fair, at=self.now)
        if self.now - market.mid_taken_at >= MID_EVERY:
            market.mid_taken_at = self.now
            market.mids.append(fair)

    # Orders.

    def _ours(self, name: ClientOrderId) -> Order | None:
        order = self.orders.find(name)
        if order is None:
            self.tell(Severity.ALARM, f"a fact names order {name}, which is not ours")
        return order

    def _apply(self, order: Order, trigger: Trigger, *, why: str = "") -> None:
        self._change(order, lambda before: before.after(trigger).with_why(why))

    def _change(self, order: Order, becomes: Callable[[Order], Order]) -> None:
        try:
            changed = self.orders.change(order, becomes, at=self.now)
        except IllegalTransition as error:
            self.tell(Severity.ALARM, str(error))
            self._read_orders_soon()
            return
        market = self.markets.get(order.contract)
        if market is None:
            return
        self._recount(market.id)
        gone = order.remaining - (changed.remaining if changed.is_live else 0)
        if gone > 0 and order.venue_order_id is not None:
            market.expects_less(order, Qty(gone), until=Nanos(self.now + BOOK_FOLLOWS_WITHIN))
        if not changed.is_live:
            self._decreasing.discard(order.client_order_id)
            self._extending.pop(order.client_order_id, None)
            self._absent_since.pop(order.client_order_id, None)
            self.queue_ahead.pop(order.client_order_id, None)
            if self.sweep is not None:
                self.sweep.confirmed(at=self.now)
            if market.is_waiting:
                self.pull(market)
        self._touch(market)

    def _read_orders_soon(self) -> None:
        self._read_orders_at = self._look_at = self._due_at = self.now

    def _note_sent(self, approved: Approved[AnyCommand]) -> None:
        command = approved.command
        self.rate.count(self.now)
        if isinstance(command, CancelOrder):
            order = self.orders.find(command.client_order_id)
            if order is not None and order.is_live:
                sent = Trigger.CANCEL_SENT
                self.orders.change(order, lambda before: before.after(sent), at=self.now)

    def _recount(self, contract: ContractId) -> None:
        orders = resting(self.orders.live(contract))
        self.exposure.update(contract, contract_losses(self.ledger.position(contract), orders))

    def _next_order_id(self) -> ClientOrderId:
        self._order_number += 1
        return ClientOrderId(f"{self.settings.run}-{self._order_number}")

    def _touch(self, market: Market) -> None:
        if market.id not in self._touched:
            self._touched[market.id] = None
            self._due_at = min(self._due_at, Nanos(market.quoted_at + REQUOTE_EVERY))

    def _distrust(self, contracts: tuple[ContractId, ...]) -> list[Approved[AnyCommand]]:
        known = [contract for contract in contracts if contract in self.markets]
        for contract in known:
            self.pull(self.markets[contract])
        if known:
            names = ", ".join(known[:3]) + (", ..." if len(known) > 3 else "")
            self.tell(Severity.ALARM, f"book not trusted until a snapshot: {names}")
        return [always(RequestSnapshot(contract=contract)) for contract in known]


def _joined(touch: Bbo, order: Order) -> Bbo:
    """The touch with one order of ours in it, where the venue's book does not show ours."""
    if order.side is Side.BUY and (touch.bid is None or order.price > touch.bid):
        return replace(touch, bid=order.price, bid_qty=order.remaining)
    if order.side is Side.SELL and (touch.ask is None or order.price < touch.ask):
        return replace(touch, ask=order.price, ask_qty=order.remaining)
    return touch
