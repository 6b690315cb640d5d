"""The engine's clock: time that never goes back, at the speed the session asks for."""

import time
from typing import final

from tui_mm.domain.units import SECOND, Nanos


def wall_now() -> Nanos:
    """The machine's own idea of the time; it may jump, so nothing is decided by it."""
    return Nanos(time.time_ns())


@final
class EngineClock:
    """The time of the venue's world: starts at a given moment and follows the monotonic clock.

    A jump of the wall clock does not reach it. `speed` is how many seconds pass in the venue's
    world during one of ours.
    """

    def __init__(self, *, start: Nanos, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._origin = time.monotonic_ns()

    def now(self) -> Nanos:
        """The moment it is in the venue's world."""
        return Nanos(self._start + int((time.monotonic_ns() - self._origin) * self._speed))

    def seconds_until(self, at: Nanos) -> float:
        """How long to sleep before `at` is reached; negative when it has passed."""
        return (at - self.now()) / SECOND / self._speed
