"""What a ticker alone says about a contract, for feeds that come without the venue's market list.

Law: a guess is never finer than the evidence. A grid that is too coarse still carries only prices
the venue takes, because whole cents are on every grid it has.
"""

from collections.abc import Iterable
from typing import Final

from tui_mm.domain.contract import (
    DECI_CENT,
    LINEAR_CENT,
    TAPERED_DECI_CENT,
    Contract,
    EventGroup,
    PriceRange,
    TickGrid,
    uniform_grid,
)
from tui_mm.domain.errors import FrameNotUnderstood
from tui_mm.domain.fees import FeeSchedule, FeeType
from tui_mm.domain.ids import ContractId, EventGroupId, VenueId
from tui_mm.domain.text import clean
from tui_mm.domain.units import DOLLAR, Nanos, Price, Qty

KALSHI: Final = VenueId("kalshi")
LOT: Final = Qty(10_000)  # 0.01 contract on every market since 2026
NO_CLOSE: Final = Nanos(4_102_444_800_000_000_000)
"""When a market closes of which nobody said when: in the year 2100."""

_TAPERED_SERIES = ("KXBTC",)
_HALF_CENT_EDGES = TickGrid(
    (
        PriceRange(Price(0), Price(1_000), Price(50)),
        PriceRange(Price(1_000), Price(9_000), Price(100)),
        PriceRange(Price(9_000), DOLLAR, Price(50)),
    )
)
_COARSE_TO_FINE = (
    LINEAR_CENT,
    _HALF_CENT_EDGES,
    TAPERED_DECI_CENT,
    uniform_grid(Price(50)),
    DECI_CENT,
    uniform_grid(Price(1)),
)


def contract_named(ticker: str, *, prices: Iterable[Price], closes_at: Nanos) -> Contract:
    """The contract a ticker stands for, with the coarsest grid that has all these prices.

    Raises:
        FrameNotUnderstood: the ticker is not plain text, so it could not be shown as it is.
    """
    refuse_unless_plain(ticker)
    grid = TAPERED_DECI_CENT if ticker.startswith(_TAPERED_SERIES) else LINEAR_CENT
    return Contract(
        id=ContractId(ticker),
        venue=KALSHI,
        group=EventGroupId(ticker.rpartition("-")[0] or ticker),
        title=ticker,
        grid=finer_grid(grid, prices) or grid,
        lot=LOT,
        fees=FeeSchedule(fee_type=FeeType.QUADRATIC),
        closes_at=closes_at,
    )


def refuse_unless_plain(ticker: str) -> None:
    """Let only tickers pass that can be shown as they are.

    Raises:
        FrameNotUnderstood: it is empty, or holds what a terminal would not show.
    """
    if not ticker or clean(ticker) != ticker:
        raise FrameNotUnderstood(f"{clean(ticker)!r} is not a plain market ticker")


def group_of(contract: Contract) -> EventGroup:
    """The event of a contract; exclusiveness is unknown, so its worst cases add up."""
    return EventGroup(id=contract.group, title=contract.group, is_exclusive=False)


def finer_grid(grid: TickGrid, prices: Iterable[Price]) -> TickGrid | None:
    """The coarsest known grid with all these prices and all of this grid; None when it has them."""
    missing = {price for price in prices if not grid.has(price)}
    if not missing:
        return None
    wanted = missing.union(grid.prices)
    return next(each for each in _COARSE_TO_FINE if wanted.issubset(each.prices))
