"""Output that never makes anybody wait, whatever the terminal does.

Law: `write` returns at once. What a stalled terminal does not take is held up to a bound and then
dropped by whole writes, so that no escape sequence is ever cut; when the terminal has caught up,
the screen is drawn anew.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, TextIO

BACKLOG_MAX: Final = 64 * 1024
_CHUNK: Final = 1024  # small, so that a terminal that stalls in the middle is seen soon
_STOP_WITHIN_S: Final = 0.5


class DrainingWriter(threading.Thread):
    """Stands in for Textual's writer thread.

    Args:
        file: where the terminal is.
        on_drained: called from this thread when everything is written after something was dropped.
        on_lost: called from this thread when the terminal is gone for good.
    """

    def __init__(
        self,
        file: TextIO,
        *,
        on_drained: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__(daemon=True, name="desk-output")
        self.dropped_writes = 0
        self.written_bytes = 0
        self._fileno = file.fileno()
        self._encoding = file.encoding or "ascii"
        self._on_drained = on_drained
        self._on_lost = on_lost
        self._waiting: deque[bytes] = deque()
        self._backlog = 0
        self._must_redraw = False
        self._is_stopping = False
        self._changed = threading.Condition()

    @property
    def backlog_bytes(self) -> int:
        """What the terminal has not taken yet."""
        return self._backlog

    def write(self, text: str) -> None:
        """Queue this text, or drop it when the terminal is too far behind."""
        data = text.encode(self._encoding, errors="replace")
        with self._changed:
            # A single write larger than the bound must pass, or a large screen is never drawn.
            if self._backlog and self._backlog + len(data) > BACKLOG_MAX:
                self.dropped_writes += 1
                self._must_redraw = True
                return
            self._waiting.append(data)
            self._backlog += len(data)
            self._changed.notify()

    def forget_waiting(self) -> None:
        """Drop what has not begun to be written, so that the last words get through."""
        with self._changed:
            self._backlog -= sum(map(len, self._waiting))
            self._waiting.clear()

    def flush(self) -> None:
        """Nothing to do: the thread writes as fast as the terminal takes it."""

    def isatty(self) -> bool:
        """It stands in front of a terminal."""
        return True

    def fileno(self) -> int:
        """The terminal's file descriptor."""
        return self._fileno

    def run(self) -> None:
        """Write until stopped or the terminal is gone."""
        while True:
            with self._changed:
                while not self._waiting and not self._is_stopping:
                    self._changed.wait()
                if not self._waiting:
                    return
                data = self._waiting.popleft()
            try:
                self._write_out(data)
            except OSError:
                self._on_lost()
                return
            with self._changed:
                must_redraw = self._must_redraw and self._backlog == 0
                if must_redraw:
                    self._must_redraw = False
            if must_redraw:
                self._on_drained()

    def stop(self) -> None:
        """End the thread; a terminal that takes nothing is left behind after half a second."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self.join(_STOP_WITHIN_S)

    def _write_out(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            count = os.write(self._fileno, view[:_CHUNK])
            view = view[count:]
            with self._changed:
                self._backlog -= count
                self.written_bytes += count
