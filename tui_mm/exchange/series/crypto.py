"""Quarters of an hour of bitcoin: the fast market, on a tapered grid."""

from random import Random

from tui_mm.domain.contract import TAPERED_DECI_CENT, EventGroup
from tui_mm.domain.ids import EventGroupId
from tui_mm.domain.units import MINUTE, SECOND, Nanos
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


class CryptoQuarter:
    """Whether bitcoin ends the next quarter of an hour higher than it began; fast and deep."""

    _PROFILE = CrowdProfile(
        makers=5,
        half_spread=0.016,
        levels=3,
        level_gap=0.012,
        level_size=350.0,
        refresh_s=0.6,
        error=0.004,
        error_memory_s=60.0,
        noise_per_minute=35.0,
        noise_size=15.0,
        noise_reach=0.025,
        noise_lean=0.2,
        informed_per_minute=2.0,
        informed_size=40.0,
        has_fractions=True,
    )

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def edition(self, opens_at: Nanos) -> Edition:
        """The quarter under way, or the next one when this one is nearly over."""
        quarter = Nanos(15 * MINUTE)
        closes_at = next_boundary(Nanos(opens_at + 3 * MINUTE), every=quarter, offset=Nanos(0))
        close = eastern(closes_at)
        code = f"{date_code(close)}{close:%H%M}"
        random = Random(f"{self._seed}/crypto/{code}")
        walk = latent_walk(random, opens_at, closes_at, step=Nanos(SECOND // 4), news=(0.15, 3))
        group = EventGroup(
            id=EventGroupId(f"KXBTC15M-{code}"),
            title=f"Bitcoin up or down by {close:%H:%M} EST",
            is_exclusive=False,
        )
        contract = contract_of(
            group,
            suffix=f"{close:%M}",
            title=f"BTC price up in the 15 minutes to {close:%H:%M} EST?",
            grid=TAPERED_DECI_CENT,
            fees=PLAIN_FEES,
            closes_at=closes_at,
        )
        belief = ThresholdBelief(walk, start=random.gauss(0.0, 0.15))
        return Edition(
            group=group,
            offerings=[Offering(contract=contract, belief=belief, profile=self._PROFILE)],
            closes_at=closes_at,
            decided_after=Nanos(10 * SECOND),
            paid_after=Nanos(30 * SECOND),
        )
