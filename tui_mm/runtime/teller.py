"""Lines for a human, told on a thread of their own.

A terminal that takes nothing blocks whoever writes to it, for as long as it likes. Here that is
this thread and nobody else; what it could not tell in time is in the log file.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

TOLD_AHEAD_MAX: Final = 200  # some seconds of a busy session


class Teller:
    """Hands lines to a writer that may block; a line too many is dropped."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=TOLD_AHEAD_MAX)
        self._thread = threading.Thread(target=self._work, name="teller", daemon=True)
        self._thread.start()

    def say(self, line: str) -> None:
        """Have a line told, or dropped when too many wait."""
        with suppress(queue.Full):
            self._lines.put_nowait(line)

    def close(self, *, patience_s: float) -> None:
        """Tell what still waits, as far as the terminal takes it in this time."""
        with suppress(queue.Full):
            self._lines.put(None, timeout=patience_s)
        self._thread.join(patience_s)

    def _work(self) -> None:
        while (line := self._lines.get()) is not None:
            with suppress(OSError):  # the terminal that listened has gone
                self._tell(line)
