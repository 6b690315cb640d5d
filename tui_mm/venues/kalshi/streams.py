"""What Kalshi's session knows of each stream and of each market, and how a full book is read.

A stream is one subscription of one connection: it has its own numbers and its own way to price the
NO side, and it feeds the books of its contracts.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import final

from tui_mm.domain.contract import Contract, TickGrid
from tui_mm.domain.events import AnyFact, GridChanged
from tui_mm.domain.ids import ContractId, SubscriptionId
from tui_mm.domain.units import DOLLAR, Price, Qty
from tui_mm.venues.kalshi.codec import Level
from tui_mm.venues.kalshi.no_side import Levels, NoSideDoubt
from tui_mm.venues.kalshi.wire_numbers import LEVELS, QUANTITIES


@final
class Stream:
    """One subscription of one connection, and the contracts whose books it feeds.

    `seq` is its last number, zero before the first. `doubt` is None once it is certain how the NO
    side is priced; `asks` reads it. `unfed` are the markets whose changes here concern no book.
    """

    __slots__ = ("asks", "contracts", "doubt", "is_confirmed", "seq", "subscription", "unfed")

    def __init__(self, subscription: SubscriptionId, asks: Mapping[str, Price]) -> None:
        self.subscription = subscription
        self.asks = asks
        self.doubt: NoSideDoubt | None = NoSideDoubt()
        self.is_confirmed = False
        self.seq = 0
        self.contracts: dict[str, ContractId] = {}
        self.unfed: set[str] = set()

    @property
    def is_yes_priced(self) -> bool:
        """True when the NO side is read as YES prices."""
        return self.asks is LEVELS

    def count(self, seq: int) -> None:
        """Take note of a number; after a break nothing is known of the books in doubt."""
        if self.doubt is not None and seq != self.seq + 1:
            self.doubt.forget_all()
        self.seq = seq


@final
class Listed:
    """A contract the engine has been told of."""

    __slots__ = ("connection", "contract", "payout", "stream")

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.connection: int | None = None
        self.stream: Stream | None = None
        self.payout: Price | None = None

    def after_grid(self, grid: TickGrid) -> AnyFact:
        """Take another grid, and say so."""
        self.contract = replace(self.contract, grid=grid)
        return GridChanged(contract=self.contract.id, grid=grid)


def spelled_levels(levels: list[Level] | None) -> Levels:
    """The levels of a side at the prices on the wire.

    Raises:
        ValueError: a price or quantity is none, or a price comes twice.
    """
    found: dict[Price, Qty] = {}
    for price_text, qty_text in levels or ():
        at = LEVELS[price_text]
        if at in found:
            raise ValueError(f"level price {price_text} comes twice")
        found[at] = unsigned(qty_text)
    return tuple(found.items())


def asks_of(spelled: Levels, stream: Stream) -> Levels:
    """The NO side in YES prices."""
    if stream.is_yes_priced:
        return spelled
    return tuple((Price(DOLLAR - at), size) for at, size in spelled)


def unsigned(text: str) -> Qty:
    """A quantity that is there.

    Raises:
        ValueError: it is no quantity, or below zero.
    """
    size = QUANTITIES[text]
    if size < 0:
        raise ValueError(f"quantity {text} is below zero")
    return size
