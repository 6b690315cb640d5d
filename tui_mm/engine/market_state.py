"""What the engine remembers about one contract."""

from collections import deque
from dataclasses import dataclass, field, replace

from tui_mm.domain.contract import Contract, ContractStatus, EventGroup, Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import Parameters
from tui_mm.domain.order import Order
from tui_mm.domain.quote import QuoteSet, Reason, pulled
from tui_mm.domain.units import CONTRACT, DOLLAR, Money, Nanos, Price, Qty
from tui_mm.market.book import OrderBook
from tui_mm.risk.limits import RefusalReason
from tui_mm.strategy.base import LastFair, LastTrade, Strategy

MIDS_KEPT = 60


@dataclass(slots=True)
class Market:
    """One contract with its book, what we want in it and what the operator asked of it."""

    contract: Contract
    group: EventGroup
    strategy: Strategy
    parameters: Parameters
    quotes: QuoteSet
    status: ContractStatus = ContractStatus.OPEN
    book: OrderBook = field(default_factory=OrderBook)
    is_paused: bool = False
    held: set[Side] = field(default_factory=set)
    last_trade: LastTrade | None = None
    last_fair: LastFair | None = None
    quoted_at: Nanos = Nanos(0)
    asked_at: Nanos = Nanos(0)
    """When the operator last asked for something here; his keys have messages kept for them."""
    blocked: Reason | None = Reason.NO_BOOK
    refused: dict[Side, RefusalReason] = field(default_factory=dict)
    """Why the gate refused the last placement of a side, while it goes on refusing."""
    is_waiting: bool = False
    """A placement was refused because of an order that is on its way out; try again when it is."""
    others_bid: Price = Price(0)
    others_ask: Price = DOLLAR
    """The others' touch at the last look: what happens behind it cannot change a quote."""
    fading: dict[tuple[Side, Price], tuple[Qty, Nanos]] = field(default_factory=dict)
    """What left our orders and may still be in the book, and until when we wait for that delta."""
    mids: deque[Money] = field(default_factory=lambda: deque(maxlen=MIDS_KEPT))
    mid_taken_at: Nanos = Nanos(0)

    def expects_less(self, order: Order, size: Qty, *, until: Nanos) -> None:
        """Part of an order is gone; the book will say so too, sooner or later."""
        at = (order.side, order.price)
        waiting, _ = self.fading.get(at, (Qty(0), until))
        self.fading[at] = (Qty(waiting + size), until)

    def saw_less(self, side: Side, price: Price, size: int) -> None:
        """The book lost this much at a price: what was expected there has arrived."""
        waiting, until = self.fading.pop((side, price), (Qty(0), Nanos(0)))
        if waiting > size:
            self.fading[side, price] = (Qty(waiting - size), until)

    def forget_faded(self, now: Nanos) -> None:
        """Stop waiting for deltas that came before our own news, or never."""
        for at in [at for at, (_, until) in self.fading.items() if until <= now]:
            del self.fading[at]

    @property
    def size_step(self) -> Qty:
        """What one press of a size key adds or takes: half the strategy's own size."""
        return max(CONTRACT, Qty(self.strategy.size // 2))

    @property
    def id(self) -> ContractId:
        """The contract's name."""
        return self.contract.id


def new_market(contract: Contract, group: EventGroup, strategy: Strategy) -> Market:
    """A market as it is when its contract is listed."""
    return Market(
        contract=contract,
        group=group,
        strategy=strategy,
        parameters=Parameters(
            spread_ticks=0, size=strategy.size, max_position=strategy.max_position
        ),
        quotes=pulled(contract.id, Reason.NO_BOOK),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A change of parameters that can be taken back."""

    text: str
    before: tuple[tuple[ContractId, Parameters], ...]


def changed(
    parameters: Parameters,
    *,
    spread_ticks: int | None = None,
    size: Qty | None = None,
    max_position: Qty | None = None,
) -> Parameters:
    """The parameters with some of them replaced; None leaves one as it is."""
    return replace(
        parameters,
        spread_ticks=parameters.spread_ticks if spread_ticks is None else spread_ticks,
        size=parameters.size if size is None else size,
        max_position=parameters.max_position if max_position is None else max_position,
    )
