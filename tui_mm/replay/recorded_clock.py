"""The time of a replay, taken from what its lines say about when they were received.

Law: time never goes back and never leaps on one line's word. A line whose clock is behind happens
at the time of the line before it. A line whose clock is more than a day ahead does as well, unless
the next one agrees: then the recorder was off in between, and up to a week of that is believed.
"""

from itertools import pairwise
from typing import Final, final

from tui_mm.domain.units import DAY, SECOND, Nanos
from tui_mm.replay.report import Tally

EARLIEST: Final = Nanos(1_420_070_400 * SECOND)  # 2015: older than any of these venues
LATEST: Final = Nanos(4_102_444_800 * SECOND)  # 2100: later times do not fit everywhere
PAUSE_MAX: Final = Nanos(7 * DAY)  # an engine looks around once a second of all that silence
_STEP_BACK_NOTED = SECOND  # less is two channels out of step, and not a clock that was set


def is_usable(at: int) -> bool:
    """True for a time at which a recording can have been made."""
    return EARLIEST <= at <= LATEST


@final
class RecordedClock:
    """`at` is the time of the line that was read last; what is odd about times goes to the tally.

    Built from the times that the first lines state, in their order. It stands still when they
    state none: a time that came later would have to be leapt to.
    """

    __slots__ = ("_doubted", "_has_told_back", "_is_running", "_tally", "at")

    def __init__(self, first: list[int], tally: Tally) -> None:
        self._tally = tally
        self._doubted = 0
        self._has_told_back = False
        self._is_running = bool(first)
        agreed = next(
            (later for earlier, later in pairwise(first) if near(earlier, later)),
            first[0] if first else 0,
        )
        self.at = Nanos(next((each for each in first if near(each, agreed)), agreed))

    def hear(self, at: int, *, line: int) -> None:
        """A line states this receive time."""
        if not self._is_running:
            return
        since = at - self.at
        if not is_usable(at):
            self._tally.note(line, f"its time {at} ns is no time of a recording")
        elif 0 <= since <= DAY or (0 <= at - self._doubted <= DAY and since <= PAUSE_MAX):
            self.at = Nanos(at)
        elif since > DAY:
            self._doubted = at
            self._tally.note(line, f"its time is {since // SECOND} s after the line before")
        else:
            self._step_back(-since, line=line)

    def _step_back(self, span: int, *, line: int) -> None:
        self._tally.steps_back += 1
        if span >= _STEP_BACK_NOTED and not self._has_told_back:
            self._has_told_back = True
            why = f"the clock goes back by {span // SECOND} s; time stands still until it is past"
            self._tally.note(line, why)


def near(earlier: int, later: int) -> bool:
    """True for times that can be those of two lines in a row."""
    return -DAY <= later - earlier <= DAY
