"""What can be asked of the exchange, what it keeps of it, and how it refuses.

Prices are on the YES scale; a bid for NO at n arrives here as an ask at the complement of n.
"""

from enum import Enum
from typing import NewType

import msgspec

from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import Side
from tui_mm.domain.errors import Refused
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueOrderId
from tui_mm.domain.units import Money, Nanos, Price, Qty

AccountId = NewType("AccountId", str)


class SelfTradePrevention(Enum):
    """Who gives way when an order meets another one of the same account."""

    TAKER_AT_CROSS = "taker_at_cross"
    MAKER = "maker"


class EndReason(Enum):
    """Why an order ended without being filled; the venue's own words where it has one."""

    CANCEL = "Cancel"
    IMMEDIATE_OR_CANCEL = "ImmediateOrCancel"
    SELF_TRADE = "SelfTradeCancel"
    EXPIRY = "ExpiryCancel"
    CLOSE = "CloseCancel"


class RefusalCode(Enum):
    """A definite no, as the venue spells it."""

    NOT_FOUND = "not_found"
    MARKET_INACTIVE = "MARKET_INACTIVE"
    INVALID_PRICE = "invalid_price"
    INVALID_ORDER_SIZE = "invalid_order_size"
    INVALID_ORDER = "invalid_order"
    ORDER_ALREADY_EXISTS = "order_already_exists"
    FILL_OR_KILL_VOLUME = "fill_or_kill_insufficient_resting_volume"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    SELF_CROSS_ATTEMPT = "SELF_CROSS_ATTEMPT"
    INVALID_AMEND_QTY = "INVALID_AMEND_QTY_FOR_ORDER"


class OrderRefused(Refused):
    """The exchange did nothing; `code` says why and `detail` adds what the code leaves open."""

    def __init__(self, code: RefusalCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A wish for an order; `expires_at` None lives until cancelled or the contract closes.

    Without a `client_order_id` nothing protects the sender from placing the order twice.
    """

    contract: ContractId
    side: Side
    price: Price
    qty: Qty
    client_order_id: ClientOrderId | None = None
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.TAKER_AT_CROSS
    expires_at: Nanos | None = None


class BookOrder(msgspec.Struct, kw_only=True, eq=False, gc=False):
    """An order the exchange has taken; changed by its book and its account alone.

    `qty` is the total, filled part included; it falls when the order is decreased.
    `rounding_collected` is the rounding its fills have been charged so far: it belongs to the order
    and survives the change from taker to maker.
    """

    id: VenueOrderId
    account: AccountId
    client_order_id: ClientOrderId | None
    contract: ContractId
    side: Side
    price: Price
    qty: Qty
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    expires_at: Nanos | None
    created_at: Nanos
    filled: Qty = Qty(0)
    rounding_collected: Money = Money(0)

    @property
    def remaining(self) -> Qty:
        """Quantity that has not been filled."""
        return Qty(self.qty - self.filled)


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a new or amended order came to: filled by this action, left resting after it."""

    order_id: VenueOrderId
    filled: Qty
    remaining: Qty
