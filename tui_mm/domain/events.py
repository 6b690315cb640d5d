"""Facts: what happened, in the past tense, frozen.

These are msgspec structs and not dataclasses because one is made for every message of a feed: a
frozen struct costs 0.08 us where a frozen dataclass costs 1.1 us, and the journal can write and
read them back by their tag without code of ours.
"""

import msgspec

from tui_mm.domain.contract import Contract, ContractStatus, EventGroup, Side, TickGrid
from tui_mm.domain.ids import (
    ClientOrderId,
    ContractId,
    SubscriptionId,
    TradeId,
    VenueOrderId,
)
from tui_mm.domain.operator import AnyAction
from tui_mm.domain.units import Money, Nanos, Price, Qty


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True):
    """Anything that happened; applied by the engine in one order."""


# -- the feed ---------------------------------------------------------------------------------


class ContractListed(Fact, frozen=True, kw_only=True):
    """A contract can be traded from now on."""

    contract: Contract
    group: EventGroup


class ContractStatusChanged(Fact, frozen=True, kw_only=True):
    """A contract opened, paused, closed, was decided or was paid."""

    contract: ContractId
    status: ContractStatus


class CloseTimeChanged(Fact, frozen=True, kw_only=True):
    """The venue moved the moment a contract stops trading."""

    contract: ContractId
    closes_at: Nanos


class GridChanged(Fact, frozen=True, kw_only=True):
    """The tick grid of an open contract became another one; resting orders stay."""

    contract: ContractId
    grid: TickGrid


class ContractSettled(Fact, frozen=True, kw_only=True):
    """The contract paid `yes_payout` per YES and the complement per NO."""

    contract: ContractId
    yes_payout: Price


class BookSnapshotReceived(Fact, frozen=True, kw_only=True):
    """The full book of a contract; replaces whatever we had.

    Levels are in YES terms, in no particular order: `bids` buy YES, `asks` sell YES.
    """

    contract: ContractId
    subscription: SubscriptionId
    seq: int
    bids: tuple[tuple[Price, Qty], ...]
    asks: tuple[tuple[Price, Qty], ...]
    exchange_at: Nanos


class BookDeltaReceived(Fact, frozen=True, kw_only=True):
    """One level of a book changed by a signed quantity."""

    contract: ContractId
    subscription: SubscriptionId
    seq: int
    side: Side
    price: Price
    change: int
    exchange_at: Nanos


class SequenceConsumed(Fact, frozen=True, kw_only=True):
    """A numbered frame that carries no book change, such as an acknowledgement."""

    subscription: SubscriptionId
    seq: int


class TradePrinted(Fact, frozen=True, kw_only=True):
    """Somebody's execution, seen on the feed; `taker_side` is None when the venue hides it."""

    contract: ContractId
    price: Price
    qty: Qty
    taker_side: Side | None
    exchange_at: Nanos


class TickerReceived(Fact, frozen=True, kw_only=True):
    """The venue's own summary of a book: a check on ours, not a feed to quote from."""

    contract: ContractId
    bid: Price
    bid_qty: Qty
    ask: Price
    ask_qty: Qty
    last: Price | None
    exchange_at: Nanos


class FeedConnected(Fact, frozen=True, kw_only=True):
    """A connection carries data; books come back with their snapshots."""

    connection: int


class FeedLost(Fact, frozen=True, kw_only=True):
    """A connection ended; every book it fed is worthless until its next snapshot."""

    connection: int
    contracts: tuple[ContractId, ...]
    why: str


class FrameRejected(Fact, frozen=True, kw_only=True):
    """A message could not be understood; the books of these contracts cannot be trusted.

    `where` names the place (a line of a file, a frame of a connection).
    """

    where: str
    why: str
    contracts: tuple[ContractId, ...]


# -- our orders -------------------------------------------------------------------------------


class OrderAccepted(Fact, frozen=True, kw_only=True):
    """The venue took an order; it may already have been filled in part."""

    client_order_id: ClientOrderId
    venue_order_id: VenueOrderId


class OrderRejected(Fact, frozen=True, kw_only=True):
    """The venue refused an order for good; nothing of it rests."""

    client_order_id: ClientOrderId
    why: str


class OrderFilled(Fact, frozen=True, kw_only=True):
    """One execution of ours; the same trade id is never booked twice."""

    trade_id: TradeId
    client_order_id: ClientOrderId
    contract: ContractId
    side: Side
    price: Price
    qty: Qty
    fee: Money
    is_maker: bool
    exchange_at: Nanos


class OrderCanceled(Fact, frozen=True, kw_only=True):
    """An order ended without being filled completely; `why` is the venue's reason."""

    client_order_id: ClientOrderId
    why: str


class OrderDecreased(Fact, frozen=True, kw_only=True):
    """An order now has this much left, and kept its place in the queue."""

    client_order_id: ClientOrderId
    remaining: Qty


class OrderExtended(Fact, frozen=True, kw_only=True):
    """An order will end by itself only at this later moment."""

    client_order_id: ClientOrderId
    expires_at: Nanos


class CancelRefused(Fact, frozen=True, kw_only=True):
    """The venue did not cancel, decrease or extend: the order may be done, or still rest."""

    client_order_id: ClientOrderId
    why: str


class OutcomeLost(Fact, frozen=True, kw_only=True):
    """A write got no usable answer; the order may or may not exist."""

    client_order_id: ClientOrderId
    why: str


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order as the venue lists it; `queue_ahead` where the venue tells."""

    client_order_id: ClientOrderId
    venue_order_id: VenueOrderId
    contract: ContractId
    side: Side
    price: Price
    remaining: Qty
    queue_ahead: Qty | None = None


class OpenOrdersRead(Fact, frozen=True, kw_only=True):
    """Every order of ours that rested at the venue at `as_of`; complete or not reported at all."""

    orders: tuple[OpenOrder, ...]
    as_of: Nanos


# -- time, operator, runtime ------------------------------------------------------------------


class TimePassed(Fact, frozen=True, kw_only=True):
    """Nothing happened for a while; what depends on time is looked at again."""


class OperatorActed(Fact, frozen=True, kw_only=True):
    """The trader asked for something; `request` numbers it for the answer."""

    action: AnyAction
    request: int = 0


class OperatorLost(Fact, frozen=True, kw_only=True):
    """The desk that watched the engine is gone and nobody took its place in time."""

    why: str


class JournalFailed(Fact, frozen=True, kw_only=True):
    """The journal cannot be written; nothing that adds risk may be sent in this run."""

    why: str


AnyFact = (
    ContractListed
    | ContractStatusChanged
    | CloseTimeChanged
    | GridChanged
    | ContractSettled
    | BookSnapshotReceived
    | BookDeltaReceived
    | SequenceConsumed
    | TradePrinted
    | TickerReceived
    | FeedConnected
    | FeedLost
    | FrameRejected
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCanceled
    | OrderDecreased
    | OrderExtended
    | CancelRefused
    | OutcomeLost
    | OpenOrdersRead
    | TimePassed
    | OperatorActed
    | OperatorLost
    | JournalFailed
)


class Stamped(msgspec.Struct, frozen=True, gc=False):
    """A fact with its place in the one history: sequence number and the engine's time."""

    seq: int
    at: Nanos
    fact: AnyFact
