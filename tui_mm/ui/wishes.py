"""What the trader has asked for: staged until confirmed, sent under a number, answered.

Law: an action that could cost money leaves only by `confirm`, and only while it is shown.
"""

from dataclasses import dataclass
from typing import Final

from tui_mm.domain.operator import AnyAction, PauseAll, StopEngine
from tui_mm.engine.snapshot import MarketRow
from tui_mm.ui.dialogs import QuitChoice
from tui_mm.ui.effects import DeskResult, Effect, Leave, Send
from tui_mm.ui.staging import Staged, must_be_staged, staged_with

ANSWER_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Leaving:
    """A way out that waits for the engine: for its answer, or (without a time) for its end."""

    request: int
    result: DeskResult
    gives_up_at: float | None


class Wishes:
    """The staged change, the numbers of requests, and the way out that waits for an answer."""

    def __init__(self) -> None:
        self.staged: Staged | None = None
        self._requests = 0
        self._leaving: _Leaving | None = None

    @property
    def is_leaving(self) -> bool:
        """True while a way out waits for the engine."""
        return self._leaving is not None

    def ask(self, action: AnyAction, row: MarketRow | None, *, now: float) -> list[Effect]:
        """Send what is safe; stage what is not, as a change of this row."""
        if must_be_staged(action, row):
            self.staged = staged_with(self.staged, action, now=now)
            return []
        self.staged = None
        return [self.send(action)]

    def send(self, action: AnyAction) -> Send:
        """The action under the next number."""
        self._requests += 1
        return Send(self._requests, action)

    def confirm(self) -> list[Effect]:
        """Send what is staged."""
        waiting, self.staged = self.staged, None
        return [] if waiting is None else [self.send(waiting.action)]

    def drop(self) -> bool:
        """Forget what is staged; True when there was something."""
        had_something = self.staged is not None
        self.staged = None
        return had_something

    def drop_expired(self, now: float) -> bool:
        """Forget what was not confirmed in time; True when that happened now."""
        return self.staged is not None and now >= self.staged.drops_at and self.drop()

    def leave_by(self, choice: QuitChoice, *, is_attached: bool, now: float) -> list[Effect]:
        """Go by this way out; those that need the engine wait for it."""
        match choice:
            case QuitChoice.STAY:
                return []
            case QuitChoice.DETACH:
                return [Leave(DeskResult.DETACHED if is_attached else DeskResult.ENGINE_GONE)]
            case QuitChoice.PAUSE_AND_QUIT:
                send = self.send(PauseAll())
                self._leaving = _Leaving(
                    send.request, DeskResult.PAUSED_AND_QUIT, now + ANSWER_WITHIN_S
                )
                return [send]
            case QuitChoice.STOP_ENGINE:
                send = self.send(StopEngine())
                self._leaving = _Leaving(send.request, DeskResult.STOP_ENGINE, None)
                return [send]

    def answered(self, request: int, *, is_done: bool) -> list[Effect]:
        """The engine answered; a way out that only waited for that is free, a refused one ends."""
        leaving = self._leaving
        if leaving is None or leaving.request != request:
            return []
        if not is_done:
            self._leaving = None
            return []
        return [Leave(leaving.result)] if leaving.gives_up_at is not None else []

    def engine_ended(self) -> list[Effect]:
        """The engine is gone: that was the aim, or it was not."""
        leaving = self._leaving
        if leaving is None or leaving.result is not DeskResult.STOP_ENGINE:
            return []
        return [Leave(DeskResult.STOP_ENGINE)]

    def gave_up(self, now: float) -> bool:
        """True once, when the answer that a way out waited for is overdue."""
        leaving = self._leaving
        if leaving is None or leaving.gives_up_at is None or now < leaving.gives_up_at:
            return False
        self._leaving = None
        return True
