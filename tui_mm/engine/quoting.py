"""Looking at markets: what should rest in each, and the commands that bring it there.

Work is done once per change and not once per message: a market is looked at again when its touch
moved and its last look is a second old, or at once when something happened that cannot wait.
"""

from dataclasses import replace

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
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.order import Order, OrderState, Trigger
from tui_mm.domain.quote import QuoteSet, Reason, pulled
from tui_mm.domain.units import DAY, DOLLAR, SECOND, Money, Nanos, Price, dollars
from tui_mm.engine.market_state import Market
from tui_mm.engine.snapshot import Severity
from tui_mm.engine.state import REQUOTE_EVERY, EngineState
from tui_mm.execution.reconcile import reconcile
from tui_mm.market.book import Bbo
from tui_mm.pricing.fair_value import mid
from tui_mm.risk.gate import Account, Approved, Refusal, always, collateral
from tui_mm.risk.limits import RefusalReason
from tui_mm.strategy.base import LastFair, MarketView

LOOK_EVERY = Nanos(SECOND)  # staleness, closing times and the day's loss are looked at this often
LOOK_AGAIN_AFTER = Nanos(5 * SECOND)  # time alone can change what is wanted
ASK_AGAIN_AFTER = Nanos(5 * SECOND)  # before a refused extension or a lost snapshot is asked again
READ_ORDERS_EVERY = Nanos(5 * SECOND)
ORDER_LIFETIME = Nanos(120 * SECOND)  # the last line of defence when engine and host are gone
CLOSING_BEFORE = Nanos(60 * SECOND)  # after its close a venue refuses even cancels
MID_EVERY = SECOND
KEPT_FOR_KEYS_ONE_IN = 4  # of the message rate: a key must not wait for a busy quoter
OPERATOR_GOES_FIRST_FOR = Nanos(2 * SECOND)  # a cancel there and back, and the order after it
REDUCING_FROM_PERCENT = 80  # of the day's loss limit: adding inventory stops before everything does

_MAY_BE_DELAYED = frozenset({RefusalReason.SELF_CROSS, RefusalReason.MESSAGE_RATE})


class Quoting:
    """Asks strategies, the gate and reconciling, market by market."""

    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._order_number = 0
        self._snapshots_asked_at = Nanos(0)

    def turn(self) -> list[Approved[AnyCommand]]:
        """Look at what is due, and say what must be sent because of it."""
        commands: list[Approved[AnyCommand]] = []
        if self._state.now >= self._state.look_at:
            commands += self._look()
        if self._state.sweep is not None:
            commands += self._state.sweep.round(self._state.now)
        for approved in commands:
            self._note_sent(approved)
        urgent, self._state.urgent = self._state.urgent, {}
        for contract in urgent:
            market = self._state.markets.get(contract)
            if market is not None:
                self._state.touched.pop(contract, None)
                commands += self._requote(market)
        due = [
            contract
            for contract in self._state.touched
            if self._state.now - self._state.markets[contract].quoted_at >= REQUOTE_EVERY
        ]
        for contract in due:
            del self._state.touched[contract]
            commands += self._requote(self._state.markets[contract])
        self._state.due_at = self._next_due()
        return commands

    def _next_due(self) -> Nanos:
        due = self._state.look_at
        for contract in self._state.touched:
            due = min(due, Nanos(self._state.markets[contract].quoted_at + REQUOTE_EVERY))
        if self._state.sweep is not None and self._state.sweep.next_at is not None:
            due = min(due, self._state.sweep.next_at)
        return due

    def _look(self) -> list[Approved[AnyCommand]]:
        """What depends on time alone: stale books, closing contracts, the day's loss, a read."""
        self._state.look_at = Nanos(self._state.now + LOOK_EVERY)
        self._watch_daily_loss()
        for market in self._state.markets.values():
            if self._gate_reason(market) is not market.blocked:
                self._state.pull(market)
            elif self._state.now - market.quoted_at >= LOOK_AGAIN_AFTER:
                self._state.touch(market)  # time alone can change what is wanted
        commands = self._extensions() + self._missing_snapshots()
        if self._state.now >= self._state.read_orders_at:
            self._state.read_orders_at = Nanos(self._state.now + READ_ORDERS_EVERY)
            commands.append(always(ReadOpenOrders()))
        return commands

    def _missing_snapshots(self) -> list[Approved[AnyCommand]]:
        """Ask again for books that are still not trusted: a request or its answer may be lost."""
        if self._state.now - self._snapshots_asked_at < ASK_AGAIN_AFTER:
            return []
        self._snapshots_asked_at = self._state.now
        return [
            always(RequestSnapshot(contract=market.id))
            for market in self._state.markets.values()
            if market.blocked is Reason.GAP
        ]

    def _extensions(self) -> list[Approved[AnyCommand]]:
        """Let orders that are still wanted rest longer: expiring would cost their places."""
        state = self._state
        approved: list[Approved[AnyCommand]] = []
        room = state.settings.limits.messages_per_second_max - self._messages_spoken_for(None)
        for order in state.orders:
            market = state.markets.get(order.contract)
            is_wanted = market is not None and market.blocked is None
            if (
                not is_wanted
                or order.state is not OrderState.WORKING
                or order.expires_at - state.now > ORDER_LIFETIME // 2
                or state.extending.get(order.client_order_id, state.now) > state.now
            ):
                continue
            if len(approved) >= room:
                break  # the next look goes on; half a lifetime is left
            longer = ExtendOrder(
                client_order_id=order.client_order_id,
                expires_at=Nanos(state.now + ORDER_LIFETIME),
            )
            verdict = state.gate.admit_longer(longer, mode=state.kill_switch.mode)
            if isinstance(verdict, Approved):
                state.extending[order.client_order_id] = Nanos(state.now + ASK_AGAIN_AFTER)
                approved.append(verdict)
        return approved

    def _watch_daily_loss(self) -> None:
        day = self._state.now // DAY
        if day != self._state.day:
            self._state.day, self._state.total_before_today = day, self._state.total_pnl()
        lost = self._state.day_loss()
        limit = self._state.settings.limits.daily_loss_max
        is_reducing = lost * 100 >= limit * REDUCING_FROM_PERCENT
        if is_reducing is not self._state.kill_switch.is_reducing:
            self._state.kill_switch.is_reducing = is_reducing
            self._state.pull_all()
        if lost >= limit and not self._state.kill_switch.is_killed:
            self._state.kill(f"daily loss {dollars(lost)} reached {dollars(limit)}")

    def _gate_reason(self, market: Market) -> Reason | None:
        """Why nothing may be quoted in a market at all; None when a strategy may be asked."""
        if self._state.kill_switch.is_killed:
            return Reason.KILLED
        if self._state.is_stopping:
            return Reason.STOPPING
        if self._state.is_lease_lost:
            return Reason.LEASE
        if self._state.is_all_paused or market.is_paused:
            return Reason.PAUSED
        if market.status is not ContractStatus.OPEN:
            return Reason.CLOSED
        if market.contract.closes_at - self._state.now <= CLOSING_BEFORE:
            return Reason.CLOSING
        if market.contract.fees is None:
            return Reason.FEES_UNKNOWN
        return self._state.health.problem(
            market.id,
            self._state.now,
            stale_after=self._state.settings.stale_after,
            is_crossed=market.book.is_crossed,
        )

    def _requote(self, market: Market) -> list[Approved[AnyCommand]]:
        market.quoted_at = self._state.now
        market.is_waiting = False
        market.blocked = self._gate_reason(market)
        market.forget_faded(self._state.now)
        others = self._state.others_touch(market)
        market.others_bid = Price(0) if others.bid is None else others.bid
        market.others_ask = DOLLAR if others.ask is None else others.ask
        if market.blocked not in (Reason.NO_BOOK, Reason.GAP, Reason.CROSSED):
            self._remember_fair(market, others)
        if market.blocked is not None:
            wanted = pulled(market.id, market.blocked)
        else:
            wanted = self._wanted(market, others)
        market.quotes = wanted
        live = self._state.orders.live(market.id)
        commands = reconcile(
            wanted,
            live,
            next_id=self._next_order_id,
            expires_at=Nanos(self._state.now + ORDER_LIFETIME),
        )
        approved: list[Approved[AnyCommand]] = []
        for command in commands:
            match command:
                case PlaceOrder():
                    admitted = self._admitted(market, command)
                    if admitted is not None:
                        approved.append(admitted)
                case DecreaseOrder():
                    if command.client_order_id not in self._state.decreasing:
                        self._state.decreasing.add(command.client_order_id)
                        approved.append(always(command))
                        self._note_sent(approved[-1])
                case CancelOrder():
                    approved.append(always(command))
                    self._note_sent(approved[-1])
        return approved

    def _wanted(self, market: Market, others: Bbo) -> QuoteSet:
        position = self._state.ledger.position(market.id)
        parameters = market.parameters
        view = MarketView(
            contract=market.contract,
            now=self._state.now,
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
        wanted = self._state.gate.shape(
            market.strategy.quotes(view),
            contract=market.contract,
            position=position,
            exposure=self._state.exposure,
            mode=self._state.kill_switch.mode,
        )
        return wanted.without_sides(market.held, Reason.HELD) if market.held else wanted

    def _admitted(self, market: Market, order: PlaceOrder) -> Approved[AnyCommand] | None:
        live = self._state.orders.live(market.id)
        verdict = self._state.gate.admit(
            order,
            contract=market.contract,
            position=self._state.ledger.position(market.id),
            live=live,
            exposure=self._state.exposure,
            account=self._account(market),
        )
        if isinstance(verdict, Refusal):
            is_leaving = any(each.state is OrderState.CANCELING for each in live)
            if is_leaving or verdict.reason in _MAY_BE_DELAYED:
                market.is_waiting = True
                self._state.touch(market)
                return None
            self._state.refusals[verdict.reason] = self._state.refusals.get(verdict.reason, 0) + 1
            market.quotes = market.quotes.without_sides({order.side}, Reason.LIMIT)
            if market.refused.get(order.side) is not verdict.reason:
                market.refused[order.side] = verdict.reason  # told once, not at every look
                self._state.tell(Severity.WARNING, f"{market.id}: {verdict.text}")
            return None
        market.refused.pop(order.side, None)
        self._state.orders.add_sent(order, at=self._state.now)
        self._state.rate.count(self._state.now)
        self._state.recount(market.id)
        return verdict

    def _messages_spoken_for(self, market: Market | None) -> int:
        """Messages of the last second, and those kept for keys that the operator may press."""
        sent = self._state.rate.in_last_second(self._state.now)
        if market is not None and self._state.now - market.asked_at <= OPERATOR_GOES_FIRST_FOR:
            return sent
        kept = self._state.settings.limits.messages_per_second_max // KEPT_FOR_KEYS_ONE_IN
        return sent + kept

    def _account(self, market: Market) -> Account:
        return Account(
            mode=self._state.kill_switch.mode,
            cash=Money(self._state.ledger.cash - collateral(tuple(self._state.orders))),
            day_loss=self._state.day_loss(),
            open_orders=len(self._state.orders),
            unknown_orders=self._state.orders.unknown,
            messages_in_last_second=self._messages_spoken_for(market),
            is_journal_failed=bool(self._state.journal_failure),
        )

    def _everyone_touch(self, market: Market) -> Bbo:
        touch = market.book.bbo()
        if self._state.settings.book_shows_own_orders:
            return touch
        for order in self._state.orders.live(market.id):
            touch = _joined(touch, order)
        return touch

    def _remember_fair(self, market: Market, others: Bbo) -> None:
        fair = mid(others)
        if fair is None:
            return
        market.last_fair = LastFair(micros=fair, at=self._state.now)
        if self._state.now - market.mid_taken_at >= MID_EVERY:
            market.mid_taken_at = self._state.now
            market.mids.append(fair)

    def _note_sent(self, approved: Approved[AnyCommand]) -> None:
        command = approved.command
        self._state.rate.count(self._state.now)
        if isinstance(command, CancelOrder):
            order = self._state.orders.find(command.client_order_id)
            if order is not None and order.is_live:
                sent = Trigger.CANCEL_SENT
                self._state.orders.change(
                    order, lambda before: before.after(sent), at=self._state.now
                )

    def _next_order_id(self) -> ClientOrderId:
        self._order_number += 1
        return ClientOrderId(f"{self._state.settings.run}-{self._order_number}")


def _joined(touch: Bbo, order: Order) -> Bbo:
    """The touch with one order of ours in it, where the venue's book does not show ours."""
    if order.side is Side.BUY and (touch.bid is None or order.price > touch.bid):
        return replace(touch, bid=order.price, bid_qty=order.remaining)
    if order.side is Side.SELL and (touch.ask is None or order.price < touch.ask):
        return replace(touch, ask=order.price, ask_qty=order.remaining)
    return touch
