"""The limits of the account: one small class each, one setting, one reason.

A limit refuses an order only if the order would make things worse than they are: whatever reduces
what could be lost is let through, even while a limit is exceeded.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from tui_mm.domain.commands import PlaceOrder
from tui_mm.domain.units import (
    CONTRACT,
    DOLLAR_OF_MONEY,
    Money,
    Price,
    Qty,
    money_text,
    notional,
    price_text,
    qty_text,
)


class RefusalReason(Enum):
    """Why our own gate said no; one code per limit."""

    KILLED = "killed"
    REDUCE_ONLY = "reduce_only"
    OFF_GRID = "off_grid"
    PRICE_BOUNDS = "price_bounds"
    ORDER_QTY = "order_qty"
    ORDER_VALUE = "order_value"
    POSITION = "position"
    GROUP_EXPOSURE = "group_exposure"
    TOTAL_EXPOSURE = "total_exposure"
    CASH = "cash"
    OPEN_ORDERS = "open_orders"
    DAILY_LOSS = "daily_loss"
    MESSAGE_RATE = "message_rate"
    SELF_CROSS = "self_cross"
    UNKNOWN_ORDER = "unknown_order"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Hard limits; they come from the configuration and no key raises them."""

    price_min: Price = Price(300)
    """Refuse an order that adds inventory below this price."""
    price_max: Price = Price(9_700)
    """Refuse an order that adds inventory above this price."""
    order_qty_max: Qty = Qty(100 * CONTRACT)
    """Refuse an order of more contracts than this."""
    order_value_max: Money = Money(100 * DOLLAR_OF_MONEY)
    """Refuse an order that could cost more than this to fill."""
    position_max: Qty = Qty(200 * CONTRACT)
    """Refuse an order that could bring the inventory of one contract beyond this, either way."""
    group_exposure_max: Money = Money(500 * DOLLAR_OF_MONEY)
    """Refuse an order whose event group could then lose more than this."""
    total_exposure_max: Money = Money(2_000 * DOLLAR_OF_MONEY)
    """Refuse an order after which the account could lose more than this."""
    open_orders_max: int = 200
    """Refuse an order beyond so many live ones."""
    daily_loss_max: Money = Money(250 * DOLLAR_OF_MONEY)
    """Kill once the day's profit, marked at mid, is this far below zero."""
    messages_per_second_max: int = 20
    """Refuse an order once so many messages went out within a second; cancels are never refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An order with everything a limit may look at, as if it and all other orders were filled.

    `adds_inventory` says whether the order could leave us with more YES or NO than we hold;
    `position_if_filled` is the inventory if every order of its side were filled, unsigned.
    """

    order: PlaceOrder
    adds_inventory: bool
    position_if_filled: Qty
    position_now: Qty
    group_worst: Money
    group_worst_now: Money
    total_worst: Money
    total_worst_now: Money
    cash: Money
    day_loss: Money
    open_orders: int
    messages_in_last_second: int


class Limit(Protocol):
    """One limit of the account."""

    @property
    def reason(self) -> RefusalReason:
        """The code of its refusals."""

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Why the order may not be sent, with both numbers; None when it may."""


class PriceBounds:
    """Adding inventory at the far ends costs much and earns little."""

    reason = RefusalReason.PRICE_BOUNDS

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse prices outside the band for orders that add inventory."""
        at = proposal.order.price
        if not proposal.adds_inventory or limits.price_min <= at <= limits.price_max:
            return None
        band = f"{price_text(limits.price_min)} to {price_text(limits.price_max)}"
        return f"price {price_text(at)} is outside {band}"


class OrderQty:
    """No order of ours is larger than this."""

    reason = RefusalReason.ORDER_QTY

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse an order of too many contracts."""
        if proposal.order.qty <= limits.order_qty_max:
            return None
        return _over("order quantity", qty_text(proposal.order.qty), qty_text(limits.order_qty_max))


class OrderValue:
    """No order of ours costs more than this to fill."""

    reason = RefusalReason.ORDER_VALUE

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse an order whose own cost is too high."""
        value = order_value(proposal.order)
        if value <= limits.order_value_max:
            return None
        return _over("order value", money_text(value), money_text(limits.order_value_max))


class PositionPerMarket:
    """Inventory of one contract, either way."""

    reason = RefusalReason.POSITION

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse an order that could bring the inventory beyond the limit."""
        position = proposal.position_if_filled
        if position <= limits.position_max or position <= proposal.position_now:
            return None
        return _over("position", qty_text(position), qty_text(limits.position_max))


class GroupExposure:
    """Worst case of contracts that settle together."""

    reason = RefusalReason.GROUP_EXPOSURE

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse an order after which the event group could lose too much."""
        worst = proposal.group_worst
        if worst <= limits.group_exposure_max or worst <= proposal.group_worst_now:
            return None
        return _over("event exposure", money_text(worst), money_text(limits.group_exposure_max))


class TotalExposure:
    """Worst case of the account."""

    reason = RefusalReason.TOTAL_EXPOSURE

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse an order after which the account could lose too much."""
        worst = proposal.total_worst
        if worst <= limits.total_exposure_max or worst <= proposal.total_worst_now:
            return None
        return _over("total exposure", money_text(worst), money_text(limits.total_exposure_max))


class Cash:
    """What we could be asked to pay is there."""

    reason = RefusalReason.CASH

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:  # noqa: ARG002 - protocol
        """Refuse an order that the account's cash might not cover."""
        value = order_value(proposal.order)
        if not proposal.adds_inventory or value <= proposal.cash:
            return None
        return _over("order value", money_text(value), f"{money_text(proposal.cash)} of free cash")


class DailyLoss:
    """What the day has cost, marked at mid; the kill follows with the engine's next look."""

    reason = RefusalReason.DAILY_LOSS

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse every order once the day's loss has reached its limit."""
        if proposal.day_loss < limits.daily_loss_max:
            return None
        loss, limit = money_text(proposal.day_loss), money_text(limits.daily_loss_max)
        return f"daily loss {loss} has reached {limit}"


class OpenOrders:
    """Live orders of the account, unknown ones included."""

    reason = RefusalReason.OPEN_ORDERS

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse an order beyond the permitted number."""
        count = proposal.open_orders + 1
        if count <= limits.open_orders_max:
            return None
        return _over("open orders", str(count), str(limits.open_orders_max))


class MessageRate:
    """Messages that went out within the last second."""

    reason = RefusalReason.MESSAGE_RATE

    def breach(self, proposal: Proposal, limits: Limits) -> str | None:
        """Refuse an order that would exceed the rate; it is tried again when there is room."""
        count = proposal.messages_in_last_second + 1
        if count <= limits.messages_per_second_max:
            return None
        return _over("messages in a second", str(count), str(limits.messages_per_second_max))


LIMITS: tuple[Limit, ...] = (
    PriceBounds(),
    OrderQty(),
    OrderValue(),
    PositionPerMarket(),
    GroupExposure(),
    TotalExposure(),
    Cash(),
    DailyLoss(),
    OpenOrders(),
    MessageRate(),
)


def order_value(order: PlaceOrder) -> Money:
    """What filling an order completely would cost if it reduces nothing."""
    at = order.price if order.side.sign > 0 else Price(10_000 - order.price)
    return notional(at, order.qty)


def _over(what: str, value: str, limit: str) -> str:
    return f"{what} {value} would exceed {limit}"
