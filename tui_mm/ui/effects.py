"""What the desk wants done, as values; the app carries them out."""

from dataclasses import dataclass
from enum import Enum

from tui_mm.domain.operator import AnyAction


class DeskResult(Enum):
    """Why the screen closed; the value is the sentence for the terminal it leaves behind."""

    DETACHED = "detached: the engine goes on as it was"
    PAUSED_AND_QUIT = "everything is paused; the engine holds no quotes"
    STOP_ENGINE = "the engine was told to cancel everything and has ended"
    ENGINE_GONE = "the engine was not there any more"
    FAILED = "the desk failed; the engine goes on as it was"

    @property
    def exit_code(self) -> int:
        """Zero only when the trader left as intended."""
        return 1 if self in (DeskResult.ENGINE_GONE, DeskResult.FAILED) else 0


@dataclass(frozen=True, slots=True)
class Send:
    """Send this action; the answer comes back under the number."""

    request: int
    action: AnyAction


@dataclass(frozen=True, slots=True)
class PressKill:
    """The kill key was pressed; make sure that the engine hears of it."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Close the screen."""

    result: DeskResult


@dataclass(frozen=True, slots=True)
class Repaint:
    """Send the whole screen again."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring the bell for this cause; the same cause rings at most once in a while."""

    cause: str


Effect = Send | PressKill | Leave | Repaint | Ring
