"""The latch that keeps the engine from quoting, and who may lift it.

Killing is always possible and always immediate. Only a person lifts the latch, by a typed word,
and only after the venue has shown that nothing of ours rests.
"""

from tui_mm.domain.mode import TradingMode
from tui_mm.domain.operator import RESUME_WORD
from tui_mm.domain.units import Nanos


class KillSwitch:
    """ACTIVE, REDUCING or HALTED, and why.

    REDUCING comes and goes with the day's loss; HALTED stays.
    """

    def __init__(self) -> None:
        self.source = ""
        self.presses = 0
        self.killed_at = Nanos(0)
        self.is_reducing = False

    @property
    def is_killed(self) -> bool:
        """True from the first press until the word is accepted."""
        return self.presses > 0

    @property
    def mode(self) -> TradingMode:
        """What may be sent now."""
        if self.is_killed:
            return TradingMode.HALTED
        return TradingMode.REDUCING if self.is_reducing else TradingMode.ACTIVE

    def kill(self, source: str, *, at: Nanos) -> None:
        """Latch; the first source and moment are kept, further presses are counted."""
        if not self.is_killed:
            self.source, self.killed_at = source, at
        self.presses += 1

    def refusal_to_resume(self, word: str, *, locked_because: str) -> str:
        """Why the latch stays; empty when the word is right and nothing stands against it."""
        if word != RESUME_WORD:
            return f"type {RESUME_WORD} to resume, not {word[:20]!r}"
        return locked_because

    def release(self) -> None:
        """Lift the latch; the caller has checked that it may be."""
        self.source, self.presses, self.killed_at = "", 0, Nanos(0)
