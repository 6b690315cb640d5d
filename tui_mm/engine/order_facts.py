"""What facts about our own orders do to the engine's state.

Law: an order ends only by evidence. A refused cancel is a question; an order that the venue's
complete reads lack, twice and long after its last news, is over; one that is over for us and still
rests is cancelled and told.
"""

from collections.abc import Callable

from tui_mm.domain import events
from tui_mm.domain.commands import AnyCommand, CancelOrder
from tui_mm.domain.contract import Side
from tui_mm.domain.errors import IllegalTransition
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.order import Order, OrderState, Trigger
from tui_mm.domain.units import SECOND, Money, Nanos, Qty, price_text, qty_text
from tui_mm.engine.snapshot import FillRow, Severity
from tui_mm.engine.state import EngineState
from tui_mm.risk.gate import Approved, always

ABSENT_AFTER = Nanos(2 * SECOND)  # a read this much later than an order's last news is about it
ABSENT_TWICE_WITHIN = Nanos(SECOND)  # and a second one must agree, at least this much later
BOOK_FOLLOWS_WITHIN = Nanos(SECOND)  # public news of our own order trails or leads the private
FILLS_KEPT = 200


class OrderFacts:
    """Applies what the venue says of our orders."""

    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._absent_since: dict[ClientOrderId, Nanos] = {}
        self._foreign = 0

    def on_accepted(self, fact: events.OrderAccepted) -> None:
        """The venue has it; a second acknowledgement says nothing new."""
        order = self._ours(fact.client_order_id)
        if order is None or order.venue_order_id is not None or not order.is_live:
            return

        def accepted(before: Order) -> Order:
            known = before if before.state is OrderState.WORKING else before.after(Trigger.ACCEPTED)
            return known.with_venue_id(fact.venue_order_id)

        self.change(order, accepted)

    def on_rejected(self, fact: events.OrderRejected) -> None:
        """Nothing of it rests."""
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            # One that we had already given up is no news.
            given_up = order.state is OrderState.CANCELING
            severity = Severity.INFO if given_up else Severity.WARNING
            self._state.tell(severity, f"{order.contract} order rejected: {fact.why}")
            self.apply(order, Trigger.REJECTED, why=fact.why)

    def on_filled(self, fact: events.OrderFilled) -> None:
        """Booked once, by its trade id, and the market looked at at once."""
        try:
            is_new = self._state.ledger.book(fact)
        except ValueError as error:
            # What we hold is not known any more; nobody may quote on it.
            self._state.kill(f"a fill that cannot be booked: {error}")
            return
        if not is_new:
            return
        self._state.fills_count += 1
        if self._state.kill_switch.is_killed:
            self._state.fills_since_kill += 1
        market = self._state.markets.get(fact.contract)
        fair = market.last_fair if market is not None else None
        edge = None
        if fair is not None:
            edge = Money(fact.side.sign * (fair.micros - fact.price * 100))
        self._state.fills.append(
            FillRow(
                seq=self._state.fills_count,
                at=self._state.now,
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
        del self._state.fills[:-FILLS_KEPT]
        order = self._ours(fact.client_order_id)
        if order is not None:
            self.change(order, lambda before: before.after_fill(fact.qty))
        if market is not None:
            self._state.recount(market.id)
            self._state.pull(market)
        word = "bought" if fact.side is Side.BUY else "sold"
        self._state.tell(
            Severity.INFO,
            f"{fact.contract} {word} {qty_text(fact.qty)} at {price_text(fact.price)}",
        )

    def on_canceled(self, fact: events.OrderCanceled) -> None:
        """Gone, for whatever reason of the venue."""
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self.apply(order, Trigger.CANCELED, why=fact.why)

    def on_decreased(self, fact: events.OrderDecreased) -> None:
        """Smaller, in its place in the queue."""
        self._state.decreasing.discard(fact.client_order_id)
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self.change(order, lambda before: before.decreased_to(fact.remaining))

    def on_extended(self, fact: events.OrderExtended) -> None:
        """It ends by itself only later."""
        self._state.extending.pop(fact.client_order_id, None)
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self.change(order, lambda before: before.extended_to(fact.expires_at))

    def on_cancel_refused(self, fact: events.CancelRefused) -> None:
        """The order may be done, may not have arrived yet, or may rest: ask."""
        self._state.decreasing.discard(fact.client_order_id)
        order = self._ours(fact.client_order_id)
        if order is None or not order.is_live:
            return  # it was filled or cancelled while the cancel was on its way
        if order.state is OrderState.CANCELING:
            is_known = order.venue_order_id is not None
            self.apply(order, Trigger.CANCEL_REFUSED if is_known else Trigger.CANCEL_TOO_EARLY)
        self._state.read_orders_soon()

    def on_outcome_lost(self, fact: events.OutcomeLost) -> None:
        """It may or may not exist, and counts in every limit until that is known."""
        order = self._ours(fact.client_order_id)
        if order is not None and order.is_live:
            self._state.tell(Severity.ALARM, f"{order.contract} order outcome unknown: {fact.why}")
            self.apply(order, Trigger.LOST)
            self._state.read_orders_soon()

    def on_orders_read(self, fact: events.OpenOrdersRead) -> list[Approved[AnyCommand]] | None:
        """Hold what the venue shows against what we believe."""
        self._state.queue_ahead = {
            each.client_order_id: each.queue_ahead
            for each in fact.orders
            if each.queue_ahead is not None
        }
        foreign = 0
        commands: list[Approved[AnyCommand]] = []
        for each in fact.orders:
            order = self._state.orders.find(each.client_order_id)
            if order is None:
                foreign += 1
            elif order.state is OrderState.UNKNOWN:
                self.apply(order, Trigger.ACCEPTED)
            elif not order.is_live and fact.as_of - order.changed_at >= ABSENT_AFTER:
                self._state.tell(Severity.ALARM, f"{order.client_order_id} is done and still rests")
                commands.append(always(CancelOrder(client_order_id=order.client_order_id)))
        self._finish_absent(fact)
        if foreign != self._foreign and foreign:
            self._state.tell(
                Severity.ALARM, f"{foreign} orders rest at the venue that are not ours"
            )
        self._foreign = foreign
        if self._state.sweep is not None and self._state.sweep.on_read(fact, now=self._state.now):
            self._state.tell(Severity.WARNING, "proven: the venue shows no order of ours")
        if self._state.sweep is not None and self._state.sweep.proven_at is None:
            self._state.due_at = self._state.now  # a read that proved nothing is asked again
        return commands

    def _finish_absent(self, read: events.OpenOrdersRead) -> None:
        """Give up live orders that two complete reads in a row, long after their news, lack.

        Whatever was filled of them meanwhile comes as a fill, and late fills are booked.
        """
        listed = {each.client_order_id for each in read.orders}
        for order in tuple(self._state.orders):
            name = order.client_order_id
            if name in listed or read.as_of - order.changed_at < ABSENT_AFTER:
                self._absent_since.pop(name, None)
            elif read.as_of - self._absent_since.setdefault(name, read.as_of) >= (
                ABSENT_TWICE_WITHIN
            ):
                self._state.tell(
                    Severity.ALARM, f"{order.contract}: {name} is not at the venue any more"
                )
                self.change(
                    order,
                    lambda before: (
                        before.after(Trigger.LOST)
                        .after(Trigger.CANCELED)
                        .with_why("not at the venue")
                    ),
                )

    def _ours(self, name: ClientOrderId) -> Order | None:
        order = self._state.orders.find(name)
        if order is None:
            self._state.tell(Severity.ALARM, f"a fact names order {name}, which is not ours")
        return order

    def apply(self, order: Order, trigger: Trigger, *, why: str = "") -> None:
        """Let one thing happen to an order."""
        self.change(order, lambda before: before.after(trigger).with_why(why))

    def change(self, order: Order, becomes: Callable[[Order], Order]) -> None:
        """Replace an order by what a fact made of it, and look at what hangs on it.

        A fact that does not fit changes nothing; it is told, and the venue is asked.
        """
        try:
            changed = self._state.orders.change(order, becomes, at=self._state.now)
        except IllegalTransition as error:
            self._state.tell(Severity.ALARM, str(error))
            self._state.read_orders_soon()
            return
        market = self._state.markets.get(order.contract)
        if market is None:
            return
        self._state.recount(market.id)
        gone = order.remaining - (changed.remaining if changed.is_live else 0)
        if gone > 0 and order.venue_order_id is not None:
            market.expects_less(
                order, Qty(gone), until=Nanos(self._state.now + BOOK_FOLLOWS_WITHIN)
            )
        if not changed.is_live:
            self._state.decreasing.discard(order.client_order_id)
            self._state.extending.pop(order.client_order_id, None)
            self._absent_since.pop(order.client_order_id, None)
            self._state.queue_ahead.pop(order.client_order_id, None)
            if self._state.sweep is not None:
                self._state.sweep.confirmed(at=self._state.now)
                self._state.due_at = self._state.now
            if market.is_waiting:
                self._state.pull(market)
        self._state.touch(market)
