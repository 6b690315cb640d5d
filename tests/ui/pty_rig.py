"""A real terminal for the tests: a pty with the desk on it, an engine process, and a screen model.

`pyte` stands in for the terminal's screen. What the desk writes is fed to it with the private
sequences it does not know taken out.
"""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte

ROOT = Path(__file__).parents[2]
WITHIN_S = 15.0  # generous: two processes start on a machine that may be busy
_PRIVATE = re.compile(rb"\x1b\[[?>=<][0-9;]*(?:\$p|[a-zA-Z])")


@dataclass
class Terminal:
    """The desk's process and what its terminal shows."""

    pid: int
    master: int
    screen: pyte.Screen
    notes: Path
    slave_name: str
    received: int = 0
    raw: bytearray = field(default_factory=bytearray)
    _status: int | None = None
    _held: bytes = b""

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self.screen)

    @property
    def lines(self) -> list[str]:
        """The rows of the screen."""
        return list(self.screen.display)

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    def type(self, keys: str) -> None:
        """Press keys, as the bytes a terminal sends for them."""
        os.write(self.master, keys.encode())

    def stall(self) -> None:
        """Take nothing more: whatever writes to the terminal blocks from now on."""
        self._flow(termios.TCOOFF)

    def go_on(self) -> None:
        """Take output again."""
        self._flow(termios.TCOON)

    def resize(self, *, width: int, height: int) -> None:
        """Drag the window to another size."""
        self.screen.resize(height, width)
        _resize(self.master, width=width, height=height)
        os.kill(self.pid, signal.SIGWINCH)

    def read_for(self, seconds: float) -> None:
        """Take output for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)

    def shows(self, text: str, *, within_s: float = WITHIN_S) -> bool:
        """Take output until the screen has this text."""
        until = time.monotonic() + within_s
        while text not in self.text and (left := until - time.monotonic()) > 0:
            if not self._read(min(left, 0.2)):
                time.sleep(0.02)
        return text in self.text

    def prints(self, text: str, *, within_s: float = WITHIN_S) -> bool:
        """Take output until this text was among it, on whatever screen."""
        until = time.monotonic() + within_s
        while text.encode() not in self.raw and (left := until - time.monotonic()) > 0:
            if not self._read(min(left, 0.2)):
                time.sleep(0.02)
        return text.encode() in self.raw

    def hears(self, what: str, *, within_s: float = WITHIN_S) -> dict[str, object] | None:
        """Wait, taking no output, until the engine has noted this; the note, or None."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            for note in self.heard():
                if note["what"] == what:
                    return note
            time.sleep(0.01)
        return None

    def heard(self) -> list[dict[str, object]]:
        """Everything the engine has noted so far."""
        lines = self.notes.read_text().splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def threads(self) -> int:
        """How many threads the desk's process has."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def ends(self, *, within_s: float) -> int | None:
        """Wait, taking no output, for the process to end; its wait status, or None."""
        until = time.monotonic() + within_s
        while self._status is None and time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
            else:
                time.sleep(0.02)
        return self._status

    def close(self) -> None:
        """Hang up."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def _flow(self, action: int) -> None:
        slave = os.open(self.slave_name, os.O_RDWR | os.O_NOCTTY)
        try:
            termios.tcflow(slave, action)
        finally:
            os.close(slave)

    def _read(self, timeout_s: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], timeout_s)
        if not ready:
            return False
        try:
            data = os.read(self.master, 65_536)
        except OSError:
            return False
        self.received += len(data)
        self.raw += data
        data = self._held + data
        # A sequence may be cut by the end of a read; hold its beginning back.
        cut = data.rfind(b"\x1b", len(data) - 24)
        ends_whole = cut < 0 or re.match(rb"\x1b\[[0-9;?<>=$]*[a-zA-Z]", data[cut:]) is not None
        self._held = b"" if ends_whole else data[cut:]
        data = data if ends_whole else data[:cut]
        self._stream.feed(_PRIVATE.sub(b"", data))
        return True


@contextlib.contextmanager
def engine_process(folder: Path, *, hertz: int = 0) -> Iterator[tuple[Path, Path]]:
    """A fake engine in a process of its own; yields its socket and its notes."""
    socket_path, notes = folder / "engine.sock", folder / "notes"
    notes.touch()
    command = [sys.executable, "-m", "tests.ui.fake_engine", str(socket_path), str(notes)]
    with subprocess.Popen([*command, str(hertz)], cwd=ROOT, env=_environment()) as process:
        try:
            until = time.monotonic() + WITHIN_S
            while not socket_path.exists() and time.monotonic() < until:
                time.sleep(0.01)
            yield socket_path, notes
        finally:
            process.kill()


def terminal(
    socket_path: Path, notes: Path, *, width: int, height: int, **environment: str
) -> contextlib.AbstractContextManager[Terminal]:
    """The desk alone, on a pty of this size, attached to an engine that runs."""
    module = ("tests.ui.desk_process", str(socket_path))
    return on_pty(module, notes=notes, width=width, height=height, **environment)


@contextlib.contextmanager
def on_pty(
    module: Sequence[str], *, notes: Path, width: int, height: int, **environment: str
) -> Iterator[Terminal]:
    """A Python module with its arguments, on a pty of this size."""
    master, slave = pty.openpty()
    _resize(master, width=width, height=height)
    pid = os.fork()
    if pid == 0:  # pragma: no cover - the child becomes the desk
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fileno in (0, 1, 2):
            os.dup2(slave, fileno)
        os.close(slave)
        os.chdir(ROOT)
        argv = [sys.executable, "-m", *module]
        os.execve(sys.executable, argv, _environment() | environment)
    slave_name = os.ttyname(slave)
    os.close(slave)
    screen = pyte.Screen(width, height)
    shown = Terminal(pid=pid, master=master, screen=screen, notes=notes, slave_name=slave_name)
    try:
        yield shown
    finally:
        shown.close()
        if shown.ends(within_s=1.0) is None:
            os.kill(pid, signal.SIGKILL)
            shown.ends(within_s=5.0)


def _resize(master: int, *, width: int, height: int) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }
