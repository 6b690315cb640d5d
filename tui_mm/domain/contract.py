"""What can be traded: contracts, their tick grids, and the groups they settle in."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from tui_mm.domain.fees import FeeSchedule
from tui_mm.domain.ids import ContractId, EventGroupId, VenueId
from tui_mm.domain.units import DOLLAR, Nanos, Price, Qty, price_text

MICROS_PER_PRICE = 100
"""Micro-dollars in one Price unit: raw prices are rounded to the grid from micro-dollars."""


class Side(Enum):
    """Which way an order or a trade goes, always in YES."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The side that trades against this one."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 when a fill adds YES, -1 when it takes YES away."""
        return 1 if self is Side.BUY else -1


class Outcome(Enum):
    """The two ways a contract can end."""

    YES = "yes"
    NO = "no"


class ContractStatus(Enum):
    """Where a contract is in its life; only OPEN takes orders."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    DETERMINED = "determined"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class PriceRange:
    """One band of a tick grid: prices from start to end, a step apart, both ends included."""

    start: Price
    end: Price
    step: Price


@dataclass(frozen=True, slots=True)
class TickGrid:
    """The prices a contract may trade at; built from the venue's price ranges, never from a label.

    A price belongs to the grid when any band that contains it reaches it in whole steps. Zero and
    one dollar are on no grid.
    """

    ranges: tuple[PriceRange, ...]

    def __post_init__(self) -> None:
        if not _grid_prices(self.ranges):
            raise ValueError("a tick grid needs at least one price between zero and one dollar")

    @property
    def prices(self) -> Sequence[Price]:
        """Every tradable price, ascending."""
        return _grid_prices(self.ranges)

    @property
    def lowest(self) -> Price:
        """The smallest tradable price: one step above zero."""
        return self.prices[0]

    @property
    def highest(self) -> Price:
        """The largest tradable price: one step below a dollar."""
        return self.prices[-1]

    def has(self, at: Price) -> bool:
        """True when an order may carry this price."""
        prices = self.prices
        index = bisect_left(prices, at)
        return index < len(prices) and prices[index] == at

    def floor_micros(self, micros: int) -> Price | None:
        """Highest tradable price not above a raw price in micro-dollars; None below the grid."""
        index = bisect_right(self.prices, micros // MICROS_PER_PRICE)
        return self.prices[index - 1] if index else None

    def ceil_micros(self, micros: int) -> Price | None:
        """Lowest tradable price not below a raw price in micro-dollars; None above the grid."""
        index = bisect_left(self.prices, -(-micros // MICROS_PER_PRICE))
        return self.prices[index] if index < len(self.prices) else None

    def above(self, at: Price, *, ticks: int = 1) -> Price | None:
        """The tradable price so many ticks above; None past an end of the grid."""
        return self._at(bisect_right(self.prices, at) - 1 + ticks)

    def below(self, at: Price, *, ticks: int = 1) -> Price | None:
        """The tradable price so many ticks below; None past an end of the grid."""
        return self._at(bisect_left(self.prices, at) - ticks)

    def _at(self, index: int) -> Price | None:
        # A negative index would count from the other end: a price of the wrong side.
        return self.prices[index] if 0 <= index < len(self.prices) else None

    def ticks_between(self, low: Price, high: Price) -> int:
        """Steps from one price up to another, counted on the grid; negative when high is lower."""
        return bisect_left(self.prices, high) - bisect_left(self.prices, low)


def uniform_grid(step: Price) -> TickGrid:
    """A grid with one step everywhere, such as 0.01 from 0.01 to 0.99."""
    return TickGrid((PriceRange(Price(0), DOLLAR, step),))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGroup:
    """Contracts that settle together; their worst case is joint.

    `is_exclusive` says that at most one contract of the group can settle YES.
    """

    id: EventGroupId
    title: str
    is_exclusive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One tradable yes/no question at one venue; pays one dollar if YES.

    `fees` is None while the venue's schedule is unknown; such a contract is not quoted.
    `closes_at` is when the venue stops taking orders, cancels included.
    """

    id: ContractId
    venue: VenueId
    group: EventGroupId
    title: str
    grid: TickGrid
    lot: Qty
    fees: FeeSchedule | None
    closes_at: Nanos


@lru_cache(maxsize=64)
def _grid_prices(ranges: tuple[PriceRange, ...]) -> tuple[Price, ...]:
    found: set[Price] = set()
    for band in ranges:
        if band.step <= 0 or band.start > band.end:
            raise ValueError(
                f"price range {price_text(band.start)} to {price_text(band.end)} "
                f"step {price_text(band.step)} has no prices"
            )
        found.update(Price(p) for p in range(band.start, band.end + 1, band.step))
    return tuple(sorted(p for p in found if 0 < p < DOLLAR))


LINEAR_CENT = uniform_grid(Price(100))
DECI_CENT = uniform_grid(Price(10))
TAPERED_DECI_CENT = TickGrid(
    (
        PriceRange(Price(0), Price(1_000), Price(10)),
        PriceRange(Price(1_000), Price(9_000), Price(100)),
        PriceRange(Price(9_000), DOLLAR, Price(10)),
    )
)
