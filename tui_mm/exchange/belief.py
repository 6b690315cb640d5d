"""What the best informed trader knows: probabilities that are exact martingales ending in 0 or 1.

A latent walk `Y` runs on an information clock from 0 to 1. Part of the clock runs evenly with time,
part of it jumps when news arrives; when and how far is drawn in advance and nobody in the crowd
knows it. Whatever the clock does, `Phi(Y / sqrt(1 - theta))` is the probability that the walk ends
above zero, so it drifts nowhere on average and is decided at the end.

The walk is drawn on a fixed grid of time, so the same seed gives the same truth whoever looks and
however often.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Protocol

from tui_mm.domain.units import Nanos


class Belief(Protocol):
    """The truth about one contract as far as it can be known."""

    def at(self, now: Nanos) -> float:
        """Probability of YES; 0 or 1 from the close on. Times never go back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """How a market's information arrives: over which time, on what grid, how much as news.

    `news_share` of it comes in `news_count` equal jumps at random moments.
    """

    opens_at: Nanos
    closes_at: Nanos
    step: Nanos
    news_share: float
    news_count: int


class LatentWalk:
    """The walk behind one market or one group of markets."""

    def __init__(self, information: Information, random: Random) -> None:
        self._information = information
        self._random = random
        span = information.closes_at - information.opens_at
        self._news = sorted(random.randrange(span) for _ in range(information.news_count))
        self._elapsed = 0
        self._value = 0.0
        self._theta = 0.0

    def at(self, now: Nanos) -> tuple[float, float]:
        """The walk's value and the information clock, both as of the last grid step."""
        information = self._information
        span = information.closes_at - information.opens_at
        target = min(now - information.opens_at, span)
        while self._elapsed < target:
            elapsed = min(self._elapsed + information.step, span)
            if elapsed > target:
                break
            self._step_to(elapsed, span)
        return self._value, self._theta

    def _step_to(self, elapsed: int, span: int) -> None:
        information = self._information
        share = information.news_share if self._news else 0.0
        theta = (1 - share) * elapsed / span
        if share:
            theta += share * bisect_right(self._news, elapsed) / len(self._news)
        if elapsed == span:
            theta = 1.0
        self._value += math.sqrt(max(0.0, theta - self._theta)) * self._random.gauss(0.0, 1.0)
        self._theta = theta
        self._elapsed = elapsed


class ThresholdBelief:
    """YES if the walk, started where the first probability says, ends above zero."""

    def __init__(self, walk: LatentWalk, *, start: float) -> None:
        self._walk = walk
        self._start = start

    def at(self, now: Nanos) -> float:
        """Probability that the walk ends above zero."""
        value, theta = self._walk.at(now)
        return chance_above(0.0, mean=self._start + value, variance=1.0 - theta)


class BracketBelief:
    """YES if a final value, known better and better, lands above `low` and not above `high`.

    The value is `centre` plus `scale` times the walk. Brackets that share a walk and their borders
    have probabilities that add up to one.
    """

    def __init__(
        self, walk: LatentWalk, *, centre: float, scale: float, low: float, high: float
    ) -> None:
        self._walk = walk
        self._centre = centre
        self._scale = scale
        self._low = low
        self._high = high

    def at(self, now: Nanos) -> float:
        """Probability that the final value lands in the bracket."""
        value, theta = self._walk.at(now)
        mean = self._centre + self._scale * value
        variance = self._scale**2 * (1.0 - theta)
        above_low = chance_above(self._low, mean=mean, variance=variance)
        return above_low - chance_above(self._high, mean=mean, variance=variance)


def chance_above(border: float, *, mean: float, variance: float) -> float:
    """Probability that a normal value ends above a border; 0 or 1 once it is certain."""
    if variance <= 0.0:
        return 1.0 if mean > border else 0.0
    return 0.5 * math.erfc((border - mean) / math.sqrt(2.0 * variance))


def borders(first: float, *, width: float, count: int) -> Sequence[tuple[float, float]]:
    """Neighbouring brackets that cover every value; the outer two are open-ended."""
    inner = [first + width * index for index in range(count - 1)]
    edges = [-math.inf, *inner, math.inf]
    return list(pairwise(edges))
