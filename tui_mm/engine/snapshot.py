"""The immutable picture of the engine that observers get: rows ready to be formatted.

Every number keeps its exact unit; how it looks is decided on the screen. Snapshots may be
dropped: the newest wins.
"""

from enum import Enum

import msgspec

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId, ContractId, EventGroupId
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.order import OrderState
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import Money, Nanos, Price, Qty


class QuotingState(Enum):
    """What one contract is doing now, as the trader reads it in the State column."""

    QUOTE = "QUOTE"
    BID_ONLY = "BIDONLY"
    ASK_ONLY = "ASKONLY"
    OFF = "OFF"
    PAUSED = "PAUSED"
    STALE = "STALE!"
    GAP = "GAP!"
    CROSSED = "CROSSED"
    CLOSED = "CLOSED"
    KILLED = "KILLED"


class Severity(Enum):
    """How much an alert or log line matters, least first."""

    INFO = "info"
    WARNING = "warning"
    ALARM = "alarm"


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a pane."""


class MarketRow(Row, frozen=True, kw_only=True):
    """One contract: the others' touch, our quotes in it, and what we hold.

    Bid and ask are the best prices of the others, with our own orders taken out; None where that
    side is empty. `my_bid` and `my_ask` are the prices at which orders of ours rest, with what is
    left of them. `skew_micros` is the shift of the quotes' centre because of inventory.
    `spread_ticks` and `size` are what the operator's keys have made of the strategy's own, and
    `size_step` is what one press of a size key changes.
    """

    contract: ContractId
    title: str
    venue: str
    group: EventGroupId
    strategy: str
    closes_at: Nanos
    bid: Price | None
    bid_qty: Qty
    ask: Price | None
    ask_qty: Qty
    market_spread_ticks: int | None
    last: Price | None
    my_bid: Price | None
    my_bid_qty: Qty
    my_ask: Price | None
    my_ask_qty: Qty
    my_spread_ticks: int | None
    inventory: Qty
    max_position: Qty
    fair_micros: Money | None
    skew_micros: Money
    state: QuotingState
    reason: Reason | None
    book_age_ms: int | None
    spread_ticks: int
    size: Qty
    size_step: Qty
    is_paused: bool
    realised: Money
    unrealised: Money
    fees: Money
    if_yes: Money
    if_no: Money


class LadderLevel(Row, frozen=True, kw_only=True):
    """One price of the ladder: the others' quantity on each side and ours."""

    price: Price
    bid_qty: Qty
    ask_qty: Qty
    my_bid_qty: Qty
    my_ask_qty: Qty


class MarketDetail(Row, frozen=True, kw_only=True):
    """What the detail screen shows besides the market's row."""

    contract: ContractId
    ladder: tuple[LadderLevel, ...]
    yes_qty: Qty
    no_qty: Qty
    pairs_closed: Qty
    yes_cost: Money
    no_cost: Money
    mids_micros: tuple[Money, ...]
    explanation: tuple[str, ...]


class OrderRow(Row, frozen=True, kw_only=True):
    """One live order of ours; `queue_ahead` is None where nobody can say."""

    client_order_id: ClientOrderId
    contract: ContractId
    side: Side
    price: Price
    remaining: Qty
    qty: Qty
    queue_ahead: Qty | None
    sent_at: Nanos
    state: OrderState


class FillRow(Row, frozen=True, kw_only=True):
    """One execution of ours; `edge_micros` is per contract, against fair value at the fill."""

    seq: int
    at: Nanos
    contract: ContractId
    client_order_id: ClientOrderId
    side: Side
    price: Price
    qty: Qty
    fee: Money
    is_maker: bool
    edge_micros: Money | None


class LimitUnit(Enum):
    """How to read the two numbers of a limit."""

    MONEY = "money"
    QTY = "qty"
    COUNT = "count"
    PER_SECOND = "per_second"


class LimitRow(Row, frozen=True, kw_only=True):
    """One risk limit: what is used, what is allowed, and what happens at the limit.

    `where` names the contract or event group that is closest to a limit which exists many times;
    empty for limits of the account.
    """

    name: str
    where: str
    unit: LimitUnit
    used: int
    limit: int
    consequence: str


class LogLine(Row, frozen=True, kw_only=True):
    """Something worth telling, in one sentence; `seq` numbers the lines without holes."""

    seq: int
    at: Nanos
    severity: Severity
    text: str


class PnlTotals(Row, frozen=True, kw_only=True):
    """Profit and loss of the session; `total` is realised + unrealised - fees."""

    realised: Money
    unrealised: Money
    fees: Money
    total: Money
    today: Money


class KillReport(Row, frozen=True, kw_only=True):
    """How far a kill has come; present from the first press until trading is resumed.

    `open_at_venue` is what the venue's last complete read showed, None before the first.
    `proven_at` is when a complete read showed nothing and no order of ours was live or unknown.
    `resume_locked` says why the word would not work yet; empty when it would.
    """

    source: str
    presses: int
    killed_at: Nanos
    cancels_sent: int
    cancels_confirmed: int
    orders_live: int
    orders_unknown: int
    open_at_venue: int | None
    reads: int
    latch_saved: bool
    proven_at: Nanos | None
    fills_since: int
    resume_locked: str


class Snapshot(Row, frozen=True, kw_only=True):
    """Everything the desk shows at one moment.

    `is_paper` is true when no order can reach a venue that takes money. `halt_reason` says why
    nothing is quoted although nobody paused or killed. `undo` describes the change that undoing
    would take back. `worst_case` is the loss of the account if everything goes against it.
    """

    seq: int
    at: Nanos
    session: str
    venue: str
    is_paper: bool
    mode: TradingMode
    is_all_paused: bool
    is_lease_lost: bool
    halt_reason: str
    markets: tuple[MarketRow, ...]
    orders: tuple[OrderRow, ...]
    fills: tuple[FillRow, ...]
    fills_count: int
    limits: tuple[LimitRow, ...]
    pnl: PnlTotals
    cash: Money
    worst_case: Money
    undo: str
    kill: KillReport | None
    log: tuple[LogLine, ...]
    detail: MarketDetail | None = None
