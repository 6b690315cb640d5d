"""What we want resting, and why a side is missing."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import Money, Price, Qty


class Reason(Enum):
    """Why a contract or a side of it is not quoted; the value is what the trader reads."""

    NO_BOOK = "no book yet"
    STALE = "book is stale"
    GAP = "sequence gap: waiting for a snapshot"
    CROSSED = "book is crossed"
    CLOSED = "market is not open"
    CLOSING = "too close to the market's close"
    FEES_UNKNOWN = "fees are unknown"
    KILLED = "kill switch"
    STOPPING = "engine is stopping"
    PAUSED = "paused by the operator"
    LEASE = "operator lost"
    HELD = "side held by the operator"
    EMPTY_BOOK = "book is empty"
    ONE_SIDED = "book is one-sided"
    NARROW = "spread too narrow"
    NO_EDGE = "no edge after fees"
    OUTSIDE_BAND = "price outside the quoting band"
    OFF_GRID = "price outside the grid"
    LOCKED = "own quotes would lock"
    INVENTORY = "inventory limit"
    SIZE_ZERO = "size is zero"
    REDUCING = "reducing only"
    LIMIT = "risk limit"


@dataclass(frozen=True, slots=True)
class Quote:
    """One side, price and quantity we want resting."""

    side: Side
    price: Price
    qty: Qty


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSet:
    """Everything wanted in one contract; empty means pull.

    `reservation_micros` is the shifted centre the quotes were made around and `fair_micros` the
    fair value before the shift, both in micro-dollars; None when there was none. `missing` says
    why each absent side is absent.
    """

    contract: ContractId
    bid: Quote | None = None
    ask: Quote | None = None
    fair_micros: Money | None = None
    reservation_micros: Money | None = None
    missing: tuple[tuple[Side, Reason], ...] = ()

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The wanted quotes, bid first."""
        return tuple(quote for quote in (self.bid, self.ask) if quote is not None)

    def without_sides(self, sides: Collection[Side], why: Reason) -> "QuoteSet":
        """The set with these sides taken out, for one reason."""
        gone = tuple((quote.side, why) for quote in self.quotes if quote.side in sides)
        return replace(
            self,
            bid=None if Side.BUY in sides else self.bid,
            ask=None if Side.SELL in sides else self.ask,
            missing=self.missing + gone,
        )

    def reason(self, side: Side) -> Reason | None:
        """Why this side is absent; None when it is quoted."""
        return next((why for where, why in self.missing if where is side), None)


def pulled(contract: ContractId, why: Reason) -> QuoteSet:
    """Nothing wanted on either side, for one reason."""
    return QuoteSet(contract=contract, missing=((Side.BUY, why), (Side.SELL, why)))
