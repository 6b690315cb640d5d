"""Temperature days: a bracketed event in which exactly one contract pays."""

from random import Random

from tui_mm.domain.contract import LINEAR_CENT, EventGroup
from tui_mm.domain.ids import EventGroupId
from tui_mm.domain.units import DAY, HOUR, MINUTE, SECOND, Nanos
from tui_mm.exchange.belief import BracketBelief, borders
from tui_mm.exchange.crowd import CrowdProfile
from tui_mm.exchange.series.edition import (
    PLAIN_FEES,
    Edition,
    Offering,
    contract_of,
    date_code,
    eastern,
    latent_walk,
    next_boundary,
)


class WeatherDay:
    """The day's highest temperature in New York, in six brackets of which exactly one pays."""

    _PROFILE = CrowdProfile(
        makers=3,
        half_spread=0.035,
        levels=4,
        level_gap=0.02,
        level_size=220.0,
        refresh_s=12.0,
        error=0.006,
        error_memory_s=300.0,
        noise_per_minute=4.0,
        noise_size=8.0,
        noise_reach=0.05,
        noise_lean=0.2,
        informed_per_minute=0.2,
        informed_size=20.0,
    )

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def edition(self, opens_at: Nanos) -> Edition:
        """The first day that has more than two hours left."""
        closes_at = next_boundary(Nanos(opens_at + 2 * HOUR), every=DAY, offset=Nanos(5 * HOUR))
        day = eastern(Nanos(closes_at - SECOND))
        date = date_code(day)
        random = Random(f"{self._seed}/weather/{date}")
        walk = latent_walk(random, opens_at, closes_at, step=Nanos(5 * SECOND), news=(0.3, 6))
        first = random.randint(38, 78)
        centre = first + 3.5 + random.uniform(-1.5, 1.5)
        group = EventGroup(
            id=EventGroupId(f"KXHIGHNY-{date}"),
            title=f"Highest temperature in NYC on {day:%b %d, %Y}?",
            is_exclusive=True,
        )
        names = [(f"T{first}", f"{first - 1}° or below")]
        names += [(f"B{low}.5", f"{low}° to {low + 1}°") for low in range(first, first + 8, 2)]
        names.append((f"T{first + 7}", f"{first + 8}° or above"))
        offerings = [
            Offering(
                contract=contract_of(
                    group,
                    suffix=suffix,
                    title=f"High temp in NYC on {day:%b %d}: {words}",
                    grid=LINEAR_CENT,
                    fees=PLAIN_FEES,
                    closes_at=closes_at,
                ),
                belief=BracketBelief(walk, centre=centre, scale=2.5, low=low, high=high),
                profile=self._PROFILE,
            )
            for (suffix, words), (low, high) in zip(
                names, borders(first - 0.5, width=2.0, count=6), strict=True
            )
        ]
        return Edition(
            group=group,
            offerings=offerings,
            closes_at=closes_at,
            decided_after=Nanos(10 * MINUTE),
            paid_after=Nanos(30 * MINUTE),
        )
