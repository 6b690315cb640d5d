"""Weeks of a music chart: the slow market, wide and thin."""

from random import Random

from tui_mm.domain.contract import LINEAR_CENT, EventGroup
from tui_mm.domain.ids import EventGroupId
from tui_mm.domain.units import DAY, HOUR, MINUTE, Nanos
from tui_mm.exchange.belief import ThresholdBelief
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


class ChartWeek:
    """Whether the chart gets a new number one this week; slow, wide and thin."""

    _PROFILE = CrowdProfile(
        makers=2,
        half_spread=0.13,
        levels=3,
        level_gap=0.03,
        level_size=80.0,
        refresh_s=40.0,
        error=0.015,
        error_memory_s=600.0,
        noise_per_minute=2.0,
        noise_size=6.0,
        noise_reach=0.12,
        noise_lean=0.3,
        informed_per_minute=0.1,
        informed_size=10.0,
        has_constant_width=True,
    )

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def edition(self, opens_at: Nanos) -> Edition:
        """The first week that has more than a day left; weeks end on Friday at 10:00."""
        friday = Nanos(DAY + 15 * HOUR)  # the epoch was a Thursday
        closes_at = next_boundary(Nanos(opens_at + DAY), every=Nanos(7 * DAY), offset=friday)
        day = eastern(closes_at)
        date = date_code(day)
        random = Random(f"{self._seed}/chart/{date}")
        walk = latent_walk(random, opens_at, closes_at, step=Nanos(MINUTE), news=(0.5, 4))
        group = EventGroup(
            id=EventGroupId(f"KXTOPSONG-{date}"),
            title=f"Streaming chart of {day:%b %d, %Y}",
            is_exclusive=False,
        )
        contract = contract_of(
            group,
            suffix="NEW",
            title=f"New number one song on the {day:%b %d} chart?",
            grid=LINEAR_CENT,
            fees=PLAIN_FEES,
            closes_at=closes_at,
        )
        belief = ThresholdBelief(walk, start=random.gauss(0.0, 0.3))
        return Edition(
            group=group,
            offerings=[Offering(contract=contract, belief=belief, profile=self._PROFILE)],
            closes_at=closes_at,
            decided_after=Nanos(HOUR),
            paid_after=Nanos(HOUR),
        )
