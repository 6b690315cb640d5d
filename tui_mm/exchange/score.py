"""A basketball game as the crowd sees it: possessions, a margin, and what it may still become.

Both teams take turns; each possession brings 0 to 3 points with known chances. The chance that the
home team ends more than so many points ahead is computed from those very chances for the
possessions that are left, so it is an exact martingale, and a higher hurdle is never likelier than
a lower one.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from tui_mm.domain.units import Nanos

MARGIN_MAX = 90
"""Margins beyond this are counted as this: no game gets there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Chances of 0, 1, 2 and 3 points from one possession."""

    none: float
    one: float
    two: float
    three: float

    @property
    def chances(self) -> tuple[float, float, float, float]:
        """By points."""
        return (self.none, self.one, self.two, self.three)


class Game:
    """One game: when each possession ends, what it brings, what may follow."""

    def __init__(
        self,
        *,
        opens_at: Nanos,
        closes_at: Nanos,
        home: Team,
        away: Team,
        possessions: int,
        random: Random,
    ) -> None:
        span = closes_at - opens_at
        self._moments = sorted(opens_at + random.randrange(1, span) for _ in range(possessions))
        self._moments[-1] = closes_at  # the last possession ends with the buzzer
        self._margins = [0]
        for index in range(possessions):
            team, sign = (home, 1) if index % 2 == 0 else (away, -1)
            points = random.choices((0, 1, 2, 3), weights=team.chances)[0]
            self._margins.append(self._margins[-1] + sign * points)
        self._tails = _tails(home, away, possessions)

    def margin(self, now: Nanos) -> int:
        """Points by which the home team leads."""
        return self._margins[bisect_right(self._moments, now)]

    def chance_above(self, points: float, now: Nanos) -> float:
        """Probability that the home team ends more than so many points ahead."""
        played = bisect_right(self._moments, now)
        needed = int(points) + 1 - self._margins[played]  # hurdles are halves: 3.5 needs 4
        tail = self._tails[len(self._moments) - played]
        return tail[min(max(needed, -MARGIN_MAX), MARGIN_MAX) + MARGIN_MAX]


class SpreadBelief:
    """YES if the home team wins by more than `points`."""

    def __init__(self, game: Game, points: float) -> None:
        self._game = game
        self._points = points

    def at(self, now: Nanos) -> float:
        """Probability of that, given the score and what is left to play."""
        return self._game.chance_above(self._points, now)


@lru_cache(maxsize=4)
def _tails(home: Team, away: Team, possessions: int) -> list[list[float]]:
    """By possessions left and points needed (from -MARGIN_MAX up): chance to gain at least them.

    Built from the end of the game backwards; the parity of what is left says whose turn it is.
    """
    width = 2 * MARGIN_MAX + 1
    tails = [[1.0 if needed <= MARGIN_MAX else 0.0 for needed in range(width)]]
    for left in range(1, possessions + 1):
        is_home = (possessions - left) % 2 == 0
        none, one, two, three = (home if is_home else away).chances
        after = tails[-1]
        if is_home:
            padded = [1.0, 1.0, 1.0, *after]
            tails.append(
                [
                    none * padded[i + 3]
                    + one * padded[i + 2]
                    + two * padded[i + 1]
                    + three * padded[i]
                    for i in range(width)
                ]
            )
        else:
            padded = [*after, 0.0, 0.0, 0.0]
            tails.append(
                [
                    none * padded[i]
                    + one * padded[i + 1]
                    + two * padded[i + 2]
                    + three * padded[i + 3]
                    for i in range(width)
                ]
            )
    return tails
