"""Basketball games: a ladder of nested contracts that one score moves."""

from random import Random

from tui_mm.domain.contract import EventGroup, uniform_grid
from tui_mm.domain.ids import EventGroupId
from tui_mm.domain.units import MINUTE, Nanos, Price
from tui_mm.exchange.crowd import CrowdProfile
from tui_mm.exchange.score import Game, SpreadBelief, Team
from tui_mm.exchange.series.edition import (
    MAKER_FEES,
    Edition,
    Offering,
    contract_of,
    date_code,
    eastern,
)


class BasketballGame:
    """One game after another, with a ladder of winning margins that the score moves together."""

    _TEAMS = (
        ("BOS", "Boston"), ("NYK", "New York"), ("MIL", "Milwaukee"), ("DEN", "Denver"),
        ("LAL", "Los Angeles"), ("CHI", "Chicago"), ("MIA", "Miami"), ("DAL", "Dallas"),
    )  # fmt: skip
    _HURDLES = (1.5, 4.5, 7.5, 10.5, 13.5)
    _POSSESSIONS = 200
    _PROFILE = CrowdProfile(
        makers=3,
        half_spread=0.028,
        levels=4,
        level_gap=0.015,
        level_size=200.0,
        refresh_s=8.0,
        error=0.006,
        error_memory_s=300.0,
        noise_per_minute=5.0,
        noise_size=8.0,
        noise_reach=0.045,
        noise_lean=0.2,
        informed_per_minute=0.3,
        informed_size=20.0,
    )

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def edition(self, opens_at: Nanos) -> Edition:
        """A game that tips off now and lasts two and a quarter hours."""
        closes_at = Nanos(opens_at + 135 * MINUTE)
        tip_off = eastern(opens_at)
        random = Random(f"{self._seed}/basketball/{opens_at}")
        (home_code, home), (away_code, away) = random.sample(self._TEAMS, 2)
        game = Game(
            opens_at=opens_at,
            closes_at=closes_at,
            home=Team(none=0.45, one=0.03, two=0.38, three=0.14),
            away=Team(none=0.48, one=0.03, two=0.36, three=0.13),
            possessions=self._POSSESSIONS,
            random=random,
        )
        group = EventGroup(
            id=EventGroupId(
                f"KXNBASPREAD-{date_code(tip_off)}{tip_off:%H%M}{away_code}{home_code}"
            ),
            title=f"{away} at {home}: Spread",
            is_exclusive=False,
        )
        offerings = [
            Offering(
                contract=contract_of(
                    group,
                    suffix=f"{home_code}{int(hurdle) + 1}",
                    title=f"{home} wins by over {hurdle} points against {away}?",
                    grid=uniform_grid(Price(50)),
                    fees=MAKER_FEES,
                    closes_at=closes_at,
                ),
                belief=SpreadBelief(game, hurdle),
                profile=self._PROFILE,
            )
            for hurdle in self._HURDLES
        ]
        return Edition(
            group=group,
            offerings=offerings,
            closes_at=closes_at,
            decided_after=Nanos(2 * MINUTE),
            paid_after=Nanos(10 * MINUTE),
        )
