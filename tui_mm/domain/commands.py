"""Wishes addressed to a venue, in the imperative, frozen."""

from enum import Enum

import msgspec

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import Nanos, Price, Qty


class TimeInForce(Enum):
    """How long an order lives when it is not filled at once."""

    GOOD_TILL_CANCELED = "good_till_canceled"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"


class Command(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True):
    """Anything we ask a venue to do; only an approved one can be sent."""


class PlaceOrder(Command, frozen=True, kw_only=True):
    """Ask the venue for a new order; sent at most once per client order id."""

    client_order_id: ClientOrderId
    contract: ContractId
    side: Side
    price: Price
    qty: Qty
    post_only: bool
    expires_at: Nanos
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED


class CancelOrder(Command, frozen=True, kw_only=True):
    """Ask the venue to stop an order; harmless if it is already done."""

    client_order_id: ClientOrderId


class DecreaseOrder(Command, frozen=True, kw_only=True):
    """Ask the venue to leave only this much of an order resting, in its place in the queue."""

    client_order_id: ClientOrderId
    remaining: Qty


class ExtendOrder(Command, frozen=True, kw_only=True):
    """Ask the venue to let a resting order end later; it keeps its place in the queue."""

    client_order_id: ClientOrderId
    expires_at: Nanos


class CancelAll(Command, frozen=True, kw_only=True):
    """Ask the venue to cancel every order of the account, known to us or not."""


class ReadOpenOrders(Command, frozen=True, kw_only=True):
    """Ask the venue what rests; the answer is the evidence that a kill is complete."""


class RequestSnapshot(Command, frozen=True, kw_only=True):
    """Ask the venue for the full book of a contract, because ours cannot be trusted."""

    contract: ContractId


AnyCommand = (
    PlaceOrder
    | CancelOrder
    | DecreaseOrder
    | ExtendOrder
    | CancelAll
    | ReadOpenOrders
    | RequestSnapshot
)
