"""The straight line from the kill key to the engine: one byte on a socket that is already open.

Law: `press` may run on any thread at any time. It takes no lock, waits for nothing and never
raises; a press that could not be sent is remembered where everybody can see it.
"""

import contextlib
import socket
from pathlib import Path
from typing import Final

from tui_mm.runtime.messages import KILL_LINE

_PRESS: Final = b"k"
ANSWER_WITHIN_S: Final = 0.5
_CONNECT_WITHIN_S: Final = 0.2  # a local socket answers at once or not at all


class KillLine:
    """A connection that carries nothing but presses of the kill key.

    `presses` counts them all, `undelivered` those that found no open line. `capitals_type` is set
    while a text field is open, where a capital K is a letter.
    """

    def __init__(self, socket_path: Path) -> None:
        self.presses = 0
        self.undelivered = 0
        self.capitals_type = False
        self._path = socket_path
        self._socket: socket.socket | None = None

    @property
    def is_open(self) -> bool:
        """True when a press would leave at once."""
        return self._socket is not None

    def press(self) -> None:
        """Send one press."""
        line = self._socket
        self.presses += 1
        if line is None:
            self.undelivered += 1
            return
        try:
            line.send(_PRESS)
        except OSError:
            self._socket = None
            self.undelivered += 1

    def open(self) -> bool:
        """Connect again; called where waiting does no harm. True when the line is open."""
        self.close()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(_CONNECT_WITHIN_S)
        try:
            line.connect(str(self._path))
            line.sendall(KILL_LINE)
        except OSError:
            line.close()
            return False
        line.setblocking(False)
        self._socket = line
        return True

    def is_alive(self) -> bool:
        """Look whether the engine has closed its end; it never sends anything on this line."""
        line = self._socket
        if line is None:
            return False
        try:
            alive = line.recv(64) != b""
        except BlockingIOError:
            return True
        except OSError:
            alive = False
        if not alive:
            self.close()
        return alive

    def close(self) -> None:
        """Give the connection up."""
        line, self._socket = self._socket, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.close()


class KillWatch:
    """Looks after the presses: that each key was sent once, and that the engine answers.

    The input thread presses first and the app hears of the key later, or never; both count here so
    that one key is one press.
    """

    def __init__(self, line: KillLine) -> None:
        self._line = line
        self._seen = 0
        self._undelivered_seen = 0
        self._presses_before = 0
        self._answer_due: float | None = None

    def note_key(self, now: float) -> bool:
        """The app has a kill key: press unless it was pressed already. True when it has left."""
        if self._line.presses <= self._seen:
            self._line.press()
        self._seen += 1
        self._answer_due = now + ANSWER_WITHIN_S
        is_delivered = self._line.undelivered == self._undelivered_seen
        self._undelivered_seen = self._line.undelivered
        return is_delivered

    def has_unseen_press(self) -> bool:
        """True when the input thread pressed and no key event followed; asked at every tick."""
        presses = self._line.presses
        is_left_over = presses > self._seen and presses == self._presses_before
        self._presses_before = presses
        return is_left_over

    def is_unanswered(self, now: float) -> bool:
        """True once, when the engine has not shown a kill in time: ask on the other connection."""
        if self._answer_due is None or now < self._answer_due:
            return False
        self._answer_due = None
        return True

    def note_answer(self) -> None:
        """The engine shows that it killed."""
        self._answer_due = None
