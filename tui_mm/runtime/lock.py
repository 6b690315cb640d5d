"""One engine per session: two would quote against each other's idea of the account."""

import fcntl
import os
from pathlib import Path

from tui_mm.domain.errors import DeskError


class EngineAlreadyRuns(DeskError):
    """Another engine owns the session; attach to it or stop it first."""


class SessionLock:
    """Held by the engine process as long as it lives; the kernel lets go when it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock and write our process id into it.

        Raises:
            EngineAlreadyRuns: somebody else has it; the text names the process.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            holder = holder_pid(self._path)
            raise EngineAlreadyRuns(
                f"an engine already runs in session {self._path.parent.name}"
                f" (process {holder if holder is not None else 'unknown'}):"
                " tui-mm attach opens its desk, tui-mm stop ends it"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another engine start. The file stays: removing it would race with that engine."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def holder_pid(path: Path) -> int | None:
    """The process id the lock file names; None when it names none."""
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
    return int(text) if text.isascii() and text.isdigit() else None
