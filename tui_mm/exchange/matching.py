"""One contract's book: price-time priority on the YES scale.

An order is first planned (`arrival`, `amendment`) and then executed, so that everything that can
refuse it happens while nothing has changed. The book publishes one change per resting order it
touched: makers best price first and first come first, then what is left of the taker.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import Contract, Side
from tui_mm.domain.ids import VenueOrderId
from tui_mm.domain.units import Nanos, Price, Qty
from tui_mm.exchange.orders import (
    BookOrder,
    EndReason,
    OrderRefused,
    RefusalCode,
    SelfTradePrevention,
)
from tui_mm.exchange.reports import LevelChanged

Levels = tuple[tuple[Price, Qty], ...]
"""Prices with their total quantities, best first."""


class Meeting(msgspec.Struct, frozen=True, gc=False):
    """A taker comes to one resting order: a trade at its price, or its own order gives way."""

    resting: BookOrder
    qty: Qty
    is_trade: bool


@dataclass(slots=True, kw_only=True)
class Plan:
    """What will happen to an order when it is executed.

    `rest` stays in the book; `end` is why the unfilled part does not, None when it does or when
    there is none.
    """

    order: BookOrder
    price: Price
    qty: Qty
    meetings: list[Meeting]
    rest: Qty
    end: EndReason | None

    @property
    def trades(self) -> list[Meeting]:
        """The executions, in order."""
        return [meeting for meeting in self.meetings if meeting.is_trade]

    @property
    def meets_own(self) -> bool:
        """True when another order of the same account is in the way."""
        return self.end is EndReason.SELF_TRADE or any(
            not meeting.is_trade for meeting in self.meetings
        )


class MatchingBook:
    """The resting orders of one contract and the rules by which they trade."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract.id
        self._bids = _HalfBook(Side.BUY)
        self._asks = _HalfBook(Side.SELL)
        self._clock = 0

    @property
    def clock(self) -> int:
        """How many actions have changed this book."""
        return self._clock

    @property
    def bid(self) -> Price | None:
        """The best price to sell YES at."""
        return self._bids.best

    @property
    def ask(self) -> Price | None:
        """The best price to buy YES at."""
        return self._asks.best

    def depth(self, side: Side) -> Levels:
        """All levels of one side."""
        return self._half(side).levels()

    def queue_ahead(self, order: BookOrder) -> Qty:
        """Quantity that trades before this order at its price."""
        return self._half(order.side).ahead_of(order)

    def arrival(self, order: BookOrder, time_in_force: TimeInForce) -> Plan:
        """What a new order would do.

        Raises:
            OrderRefused: a post-only order would cross, or a fill-or-kill cannot be filled.
        """
        if order.post_only and self._crosses(order.side, order.price):
            raise OrderRefused(RefusalCode.INVALID_ORDER, "post only cross")
        plan = self._walk(order, price=order.price, qty=order.qty)
        if time_in_force is TimeInForce.FILL_OR_KILL and plan.rest and not plan.meets_own:
            raise OrderRefused(RefusalCode.FILL_OR_KILL_VOLUME)
        # A fill-or-kill that meets an order of its own account goes on as immediate-or-cancel.
        if time_in_force is not TimeInForce.GOOD_TILL_CANCELED and plan.rest:
            plan.rest = Qty(0)
            plan.end = EndReason.IMMEDIATE_OR_CANCEL
        return plan

    def amendment(self, order: BookOrder, *, price: Price, qty: Qty) -> Plan:
        """What a resting order would do with another price or total quantity.

        Raises:
            OrderRefused: it would meet an order of its own account, or it is post-only and would
                cross. The order stays as it is.
        """
        if keeps_place(order, price=price, qty=qty):
            rest = Qty(qty - order.filled)
            return Plan(order=order, price=price, qty=qty, meetings=[], rest=rest, end=None)
        if order.post_only and self._crosses(order.side, price):
            raise OrderRefused(RefusalCode.INVALID_ORDER, "post only cross")
        plan = self._walk(order, price=price, qty=qty)
        if plan.meets_own:
            raise OrderRefused(RefusalCode.SELF_CROSS_ATTEMPT)
        return plan

    def execute(self, plan: Plan, at: Nanos) -> list[LevelChanged]:
        """Carry out the plan of a new order."""
        self._clock += 1
        changes = self._take(plan, at)
        if plan.rest:
            self._half(plan.order.side).add(plan.order)
            changes.append(self._change(plan.order, plan.rest, at))
        return changes

    def execute_amendment(self, plan: Plan, at: Nanos) -> list[LevelChanged]:
        """Carry out the plan of an amended order: makers go, the old level falls, the new rises."""
        self._clock += 1
        order = plan.order
        if keeps_place(order, price=plan.price, qty=plan.qty):
            return self._shrink(order, Qty(plan.qty - order.filled), at)
        old = self._change(order, -order.remaining, at)
        half = self._half(order.side)
        half.remove(order)
        changes = self._take(plan, at)
        changes.append(old)
        order.price, order.qty = plan.price, plan.qty
        if plan.rest:
            half.add(order)
            changes.append(self._change(order, plan.rest, at))
        return changes

    def decrease(self, order: BookOrder, remaining: Qty, at: Nanos) -> list[LevelChanged]:
        """Leave only so much of an order, in its place in the queue."""
        self._clock += 1
        return self._shrink(order, remaining, at)

    def remove(self, order: BookOrder, at: Nanos) -> list[LevelChanged]:
        """Take an order out of the book."""
        self._clock += 1
        self._half(order.side).remove(order)
        return [self._change(order, -order.remaining, at)]

    def sweep(self, at: Nanos) -> tuple[list[BookOrder], list[LevelChanged]]:
        """Take everything out, bids and then asks, each from best to worst."""
        self._clock += 1
        swept = [*self._bids, *self._asks]
        self._bids.clear()
        self._asks.clear()
        return swept, [self._change(order, -order.remaining, at) for order in swept]

    def _half(self, side: Side) -> "_HalfBook":
        return self._bids if side is Side.BUY else self._asks

    def _crosses(self, side: Side, price: Price) -> bool:
        best = self._half(side.opposite).best
        return best is not None and _is_marketable(side, price=price, resting=best)

    def _walk(self, order: BookOrder, *, price: Price, qty: Qty) -> Plan:
        wanted = qty - order.filled
        meetings: list[Meeting] = []
        end: EndReason | None = None
        for resting in self._half(order.side.opposite):
            if not wanted or not _is_marketable(order.side, price=price, resting=resting.price):
                break
            if resting.account != order.account:
                size = min(wanted, resting.remaining)
                meetings.append(Meeting(resting, Qty(size), True))
                wanted -= size
            elif order.self_trade_prevention is SelfTradePrevention.MAKER:
                meetings.append(Meeting(resting, resting.remaining, False))
            else:
                end, wanted = EndReason.SELF_TRADE, 0
        return Plan(order=order, price=price, qty=qty, meetings=meetings, rest=Qty(wanted), end=end)

    def _take(self, plan: Plan, at: Nanos) -> list[LevelChanged]:
        half = self._half(plan.order.side.opposite)
        changes: list[LevelChanged] = []
        for meeting in plan.meetings:
            resting = meeting.resting
            changes.append(self._change(resting, -meeting.qty, at))
            if meeting.is_trade:
                resting.filled = Qty(resting.filled + meeting.qty)
                plan.order.filled = Qty(plan.order.filled + meeting.qty)
            if not (meeting.is_trade and resting.remaining):
                half.remove(resting)
        return changes

    def _shrink(self, order: BookOrder, remaining: Qty, at: Nanos) -> list[LevelChanged]:
        change = remaining - order.remaining
        order.qty = Qty(order.filled + remaining)
        return [self._change(order, change, at)] if change else []

    def _change(self, order: BookOrder, change: int, at: Nanos) -> LevelChanged:
        return LevelChanged(
            at=at,
            contract=self._contract,
            clock=self._clock,
            side=order.side,
            price=order.price,
            change=change,
            account=order.account,
            client_order_id=order.client_order_id,
        )


def keeps_place(order: BookOrder, *, price: Price, qty: Qty) -> bool:
    """True when an order changed like this stays where it is in its queue."""
    return price == order.price and qty <= order.qty


def _is_marketable(side: Side, *, price: Price, resting: Price) -> bool:
    return price >= resting if side is Side.BUY else price <= resting


class _HalfBook:
    """One side's orders; iterating gives them in the order in which they trade."""

    def __init__(self, side: Side) -> None:
        self._sign = side.sign
        # Price times sign, ascending: the best price is the last one on either side.
        self._keys: list[int] = []
        # A dict keeps the order in which orders came and lets any of them leave at once.
        self._queues: dict[int, dict[VenueOrderId, BookOrder]] = {}

    def __iter__(self) -> Iterator[BookOrder]:
        for key in reversed(self._keys):
            yield from self._queues[key].values()

    @property
    def best(self) -> Price | None:
        return Price(self._keys[-1] * self._sign) if self._keys else None

    def levels(self) -> Levels:
        return tuple(
            (
                Price(key * self._sign),
                Qty(sum(order.remaining for order in self._queues[key].values())),
            )
            for key in reversed(self._keys)
        )

    def ahead_of(self, order: BookOrder) -> Qty:
        ahead = 0
        for other in self._queues[order.price * self._sign].values():
            if other is order:
                break
            ahead += other.remaining
        return Qty(ahead)

    def add(self, order: BookOrder) -> None:
        key = order.price * self._sign
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = {}
            insort(self._keys, key)
        queue[order.id] = order

    def remove(self, order: BookOrder) -> None:
        key = order.price * self._sign
        queue = self._queues[key]
        del queue[order.id]
        if not queue:
            del self._queues[key]
            del self._keys[bisect_left(self._keys, key)]

    def clear(self) -> None:
        self._keys.clear()
        self._queues.clear()
