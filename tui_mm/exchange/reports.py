"""What the exchange says happened, public and private.

The reports of one action stand together: first what the owners of the orders learn, then what
everybody sees. All public changes of one action share its `clock`, which rises per contract.
"""

import msgspec

from tui_mm.domain.contract import Contract, ContractStatus, EventGroup, Side
from tui_mm.domain.ids import ClientOrderId, ContractId, TradeId, VenueOrderId
from tui_mm.domain.units import Money, Nanos, Price, Qty
from tui_mm.exchange.orders import AccountId, EndReason


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True):
    """Anything that happened at the exchange, at `at`."""

    at: Nanos


# -- for everybody ----------------------------------------------------------------------------


class Listed(Report, frozen=True, kw_only=True):
    """A contract exists; its book is empty."""

    contract: Contract
    group: EventGroup


class StatusChanged(Report, frozen=True, kw_only=True):
    """A contract opened, closed, was decided or was paid."""

    contract: ContractId
    status: ContractStatus


class LevelChanged(Report, frozen=True, kw_only=True):
    """One resting order changed a level of the book by a signed quantity.

    `account` and `client_order_id` name the order's owner, for whom alone they are meant.
    """

    contract: ContractId
    clock: int
    side: Side
    price: Price
    change: int
    account: AccountId
    client_order_id: ClientOrderId | None


class Traded(Report, frozen=True, kw_only=True):
    """One taker met one resting order."""

    contract: ContractId
    trade_id: TradeId
    price: Price
    qty: Qty
    taker_side: Side


class BookEmptied(Report, frozen=True, kw_only=True):
    """The full book is published once more after the close: nothing is left in it."""

    contract: ContractId
    clock: int


class Settled(Report, frozen=True, kw_only=True):
    """Every position was paid: `yes_payout` per YES, its complement per NO."""

    contract: ContractId
    yes_payout: Price


# -- for the owner of an order ----------------------------------------------------------------


class PrivateReport(Report, frozen=True, kw_only=True):
    """Something that happened to one order, for its account's eyes."""

    account: AccountId
    order_id: VenueOrderId
    client_order_id: ClientOrderId | None
    contract: ContractId


class Accepted(PrivateReport, frozen=True, kw_only=True):
    """The order was taken; fills and an end may follow at once."""


class Filled(PrivateReport, frozen=True, kw_only=True):
    """One execution, with the account's signed position after it."""

    trade_id: TradeId
    side: Side
    price: Price
    qty: Qty
    fee: Money
    is_maker: bool
    position_after: Qty


class Ended(PrivateReport, frozen=True, kw_only=True):
    """The order left the exchange with something unfilled."""

    reason: EndReason


class Changed(PrivateReport, frozen=True, kw_only=True):
    """The order was decreased or amended to this price and remaining quantity.

    An amended order may trade at once: its fills are told after this and come out of `remaining`.
    """

    price: Price
    remaining: Qty
