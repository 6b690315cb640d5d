"""The truth behind the markets: martingales that end in 0 or 1."""

from random import Random
from statistics import fmean, stdev

import pytest

from tui_mm.domain.units import HOUR, SECOND, Nanos
from tui_mm.exchange.belief import (
    BracketBelief,
    Information,
    LatentWalk,
    ThresholdBelief,
    borders,
)
from tui_mm.exchange.score import Game, SpreadBelief, Team

OPENS_AT = Nanos(0)
CLOSES_AT = HOUR
TEAM = Team(none=0.45, one=0.03, two=0.38, three=0.14)
OTHER = Team(none=0.48, one=0.03, two=0.36, three=0.13)
MOMENTS = [Nanos(CLOSES_AT * tenth // 10) for tenth in range(11)]


def _walk(seed: int, *, news_share: float = 0.4) -> LatentWalk:
    information = Information(
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        step=Nanos(10 * SECOND),
        news_share=news_share,
        news_count=3,
    )
    return LatentWalk(information, Random(seed))


def _game(seed: int) -> Game:
    return Game(
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        home=TEAM,
        away=OTHER,
        possessions=60,
        random=Random(seed),
    )


@pytest.mark.parametrize("start", [-0.8, 0.0, 0.5])
def test_a_threshold_belief_drifts_nowhere(start: float) -> None:
    """At every moment its mean over many markets is where it began, within three errors."""
    runs = [ThresholdBelief(_walk(seed), start=start) for seed in range(1_500)]
    first = runs[0].at(OPENS_AT)
    for moment in MOMENTS[2::4]:
        values = [belief.at(moment) for belief in runs]
        assert abs(fmean(values) - first) < 3 * stdev(values) / len(runs) ** 0.5


def test_a_threshold_belief_ends_in_zero_or_one() -> None:
    """The close decides, whatever share of the information was news."""
    ends = {
        ThresholdBelief(_walk(seed, news_share=share), start=0.1).at(CLOSES_AT)
        for seed in range(20)
        for share in (0.0, 0.5, 1.0)
    }
    assert ends == {0.0, 1.0}


def test_the_truth_does_not_depend_on_how_often_somebody_looks() -> None:
    """A busy market and an idle one with the same seed end the same."""
    busy, idle = _walk(3), _walk(3)
    for second in range(3_600):
        seen = busy.at(Nanos(second * SECOND))
    assert seen == idle.at(Nanos(3_599 * SECOND))
    assert busy.at(CLOSES_AT) == idle.at(CLOSES_AT)


def test_brackets_add_up_to_one_and_exactly_one_pays() -> None:
    """At every moment of many days."""
    for seed in range(40):
        walk = _walk(seed)
        brackets = [
            BracketBelief(walk, centre=55.3, scale=2.5, low=low, high=high)
            for low, high in borders(52.5, width=2.0, count=6)
        ]
        for moment in MOMENTS:
            assert abs(sum(bracket.at(moment) for bracket in brackets) - 1.0) < 1e-9
        assert sorted(bracket.at(CLOSES_AT) for bracket in brackets) == [0.0] * 5 + [1.0]


def test_a_higher_hurdle_is_never_likelier() -> None:
    """The ladder is monotone at every moment of many games, the end included."""
    for seed in range(40):
        game = _game(seed)
        ladder = [SpreadBelief(game, hurdle) for hurdle in (1.5, 4.5, 7.5, 10.5, 13.5)]
        for moment in MOMENTS:
            chances = [belief.at(moment) for belief in ladder]
            assert chances == sorted(chances, reverse=True)


def test_a_spread_belief_drifts_nowhere_and_ends_with_the_score() -> None:
    """The chance given before the game is how often it happens; the final margin decides."""
    games = [_game(seed) for seed in range(1_500)]
    beliefs = [SpreadBelief(game, 4.5) for game in games]
    before = beliefs[0].at(OPENS_AT)
    for moment in MOMENTS[3::3]:
        values = [belief.at(moment) for belief in beliefs]
        assert abs(fmean(values) - before) < 3 * stdev(values) / len(values) ** 0.5
    for game, belief in zip(games, beliefs, strict=True):
        assert belief.at(CLOSES_AT) == (1.0 if game.margin(CLOSES_AT) > 4.5 else 0.0)
