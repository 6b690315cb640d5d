"""What a series describes: an edition, its contracts, what is true of them and who trades them.

A series only describes its next edition; the world opens it, lets the crowd loose on it and pays
it. Times of day are Eastern Standard Time all year round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Protocol

from tui_mm.domain.contract import Contract, EventGroup, TickGrid
from tui_mm.domain.fees import FeeSchedule, FeeType
from tui_mm.domain.ids import ContractId, VenueId
from tui_mm.domain.units import SECOND, Nanos, Qty
from tui_mm.exchange.belief import Belief, Information, LatentWalk
from tui_mm.exchange.crowd import CrowdProfile

EXCHANGE = VenueId("embedded")
LOT = Qty(10_000)  # a hundredth of a contract
_EASTERN = timezone(timedelta(hours=-5))
PLAIN_FEES = FeeSchedule(fee_type=FeeType.QUADRATIC)
MAKER_FEES = FeeSchedule(fee_type=FeeType.QUADRATIC_WITH_MAKER_FEES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """One contract of an edition with what is true about it and who trades it."""

    contract: Contract
    belief: Belief
    profile: CrowdProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Contracts that open together now, close together, and are decided and paid after that."""

    group: EventGroup
    offerings: Sequence[Offering]
    closes_at: Nanos
    decided_after: Nanos
    paid_after: Nanos


class Series(Protocol):
    """Something that takes place again and again."""

    def edition(self, opens_at: Nanos) -> Edition:
        """What opens at this moment; it closes later than that."""


def contract_of(
    group: EventGroup,
    *,
    suffix: str,
    title: str,
    grid: TickGrid,
    fees: FeeSchedule,
    closes_at: Nanos,
) -> Contract:
    """A contract of a group, named by the group and a suffix."""
    return Contract(
        id=ContractId(f"{group.id}-{suffix}"),
        venue=EXCHANGE,
        group=group.id,
        title=title,
        grid=grid,
        lot=LOT,
        fees=fees,
        closes_at=closes_at,
    )


def latent_walk(
    random: Random, opens_at: Nanos, closes_at: Nanos, *, step: Nanos, news: tuple[float, int]
) -> LatentWalk:
    """A latent walk; `news` is the share of information that comes in so many jumps."""
    share, count = news
    information = Information(
        opens_at=opens_at, closes_at=closes_at, step=step, news_share=share, news_count=count
    )
    return LatentWalk(information, random)


def next_boundary(after: Nanos, *, every: Nanos, offset: Nanos) -> Nanos:
    """The first multiple of a period, shifted by an offset, that is later than a moment."""
    return Nanos((after - offset) // every * every + every + offset)


def eastern(at: Nanos) -> datetime:
    """The date and time of day on the east coast."""
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(_EASTERN)


def date_code(day: datetime) -> str:
    """A day as tickers write it: 26NOV20."""
    return f"{day:%y%b%d}".upper()
