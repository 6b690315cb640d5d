"""The terminal driver: kill keys before anything else, output that never blocks, clean endings.

What a stock driver does and this one does not (each was measured on Textual 8.2.8):
* a stalled terminal froze the event loop after thirty writes; here writing never waits;
* the kill key waited in that loop; here it leaves from the input thread;
* input that the parser cannot take ended the app; here the parser starts afresh;
* a closed terminal left the input thread spinning and a SIGCONT doubled every thread; here the
  process ends, and going on after a stop only draws the screen again.

It replaces private names, so Textual is pinned and a test checks that they still exist.
"""

import os
import select
import signal
import sys
import termios
import tty
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, Protocol, TextIO, cast

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_mm.ui.actions import is_kill
from tui_mm.ui.kill_line import KillLine
from tui_mm.ui.writer import DrainingWriter

_WRITER: Final = "WriterThread"  # the name by which Textual makes its writer
_READ_BYTES: Final = 4096
_POLL_MS: Final = 100
_KILL_READS: Final = frozenset({b"k", b"K", b"\x1bk"})
_MALFORMED: Final = (
    *(ValueError, OverflowError, LookupError, TypeError),
    *(EOFError, RuntimeError, StopIteration, ParseError),
)
_RESTORE: Final = b"\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1049l\x1b[?25h\x1b[?1004l"


class HasKillLine(Protocol):
    """What the driver needs of its app."""

    kill_line: KillLine

    def draw_again(self) -> None:
        """Send the whole screen; called on the event loop."""

    def note_lost_terminal(self) -> None:
        """The terminal is gone; called on any thread and does not return."""


class SafeDriver(LinuxDriver):
    """Textual's driver with the kill key in front and no way to make the desk wait."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._desk = cast(HasKillLine, app)
        self.is_started = False
        self._kill_was_sent_raw = False

    @property
    def writer(self) -> DrainingWriter | None:
        """The output thread, for those who watch how far the terminal is behind."""
        return cast("DrainingWriter | None", self._writer_thread)

    def start_application_mode(self) -> None:
        """Take the terminal; a second start would double every thread and is refused."""
        if self.is_started:
            return
        self.is_started = True
        with _writer_replaced_by(self._new_writer):
            super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Give the terminal back, before anything that still waits to be written."""
        self.is_started = False
        if self.writer is not None:
            self.writer.forget_waiting()
        super().stop_application_mode()

    def close(self) -> None:
        """End the output; what is printed later must not wait for a terminal that takes nothing."""
        super().close()
        if self.writer is not None and self.writer.is_alive():
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)
            os.dup2(nowhere, sys.__stderr__.fileno() if sys.__stderr__ else 2)
            os.close(nowhere)

    def process_message(self, message: Message) -> None:
        """On the input thread: the kill key leaves here, before the event loop hears of it."""
        if isinstance(message, events.Key):
            line = self._desk.kill_line
            if is_kill(
                key=message.key, character=message.character, capitals_type=line.capitals_type
            ):
                if not self._kill_was_sent_raw:
                    line.press()
                self._kill_was_sent_raw = False
        super().process_message(message)

    def run_input_thread(self) -> None:
        """Read keys until the end; nothing that arrives can end this but a closed terminal."""
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        decoder = getincrementaldecoder("utf-8")(errors="replace")
        parser = XTermParser(self._debug)
        while not self.exit_event.is_set():
            ready = poll.poll(_POLL_MS)
            text = ""
            if ready:
                data = self._read()
                if not data:
                    self._desk.note_lost_terminal()
                    return
                self._kill_was_sent_raw = self._kill_at_once(data)
                text = decoder.decode(data)
            try:
                for message in parser.feed(text) if text else parser.tick():
                    self.process_message(message)
            except _MALFORMED:
                # Bytes no terminal should send. What was half read is lost, the keyboard is not.
                parser = XTermParser(self._debug)
            if self._kill_was_sent_raw:
                # The parser swallowed it, as it does inside a paste that never ends.
                self._kill_was_sent_raw = False
                parser = XTermParser(self._debug)

    def _read(self) -> bytes:
        """What was typed; nothing when the terminal is gone."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""

    def _kill_at_once(self, data: bytes) -> bool:
        """Press the line when all that was read is the key; True when it was."""
        line = self._desk.kill_line
        if data not in _KILL_READS or (data == b"K" and line.capitals_type):
            return False
        line.press()
        return True

    def _sigtstp_application(self, *_: object) -> None:
        """A stop of the desk would leave the trader blind while the engine quotes; ignore it."""

    def _sigcont_application(self, *_: object) -> None:
        """Going on after a stop from outside: the shell has had the terminal, so take it again."""
        if not self.is_started:
            return
        take_terminal(self.fileno)
        self.write("\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?7l")
        self._draw_again_soon()

    def _draw_again_soon(self) -> None:
        """Have the whole screen sent; for threads and signal handlers."""
        self._loop.call_soon_threadsafe(self._desk.draw_again)

    def _new_writer(self, file: TextIO) -> DrainingWriter:
        return DrainingWriter(
            file,
            on_drained=self._draw_again_soon,
            on_lost=self._desk.note_lost_terminal,
        )


def take_terminal(fileno: int) -> None:
    """Set the terminal to raw input, as Textual does when it starts."""
    try:
        attributes = termios.tcgetattr(fileno)
        attributes[tty.LFLAG] = LinuxDriver._patch_lflag(attributes[tty.LFLAG])
        attributes[tty.IFLAG] = LinuxDriver._patch_iflag(attributes[tty.IFLAG])
        termios.tcsetattr(fileno, termios.TCSANOW, attributes)
    except termios.error:
        return  # no terminal any more; the input thread finds that out by itself


def end_on_signals() -> None:
    """On SIGHUP and SIGTERM: give the terminal back as far as it goes, and end at once.

    These are plain signal handlers and not the loop's, because they must run while the loop hangs.
    The engine learns of the end by the closed socket and applies its own policy.
    """
    attributes = _attributes(sys.__stdin__.fileno()) if sys.__stdin__ else None

    def end(number: int, _frame: FrameType | None) -> None:
        # Should the terminal take nothing, the alarm ends the process in the middle of the write.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        if number == signal.SIGTERM and sys.__stderr__ is not None and sys.__stdin__ is not None:
            if attributes is not None:
                termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, attributes)
            os.write(sys.__stderr__.fileno(), _RESTORE)
        os._exit(128 + number)

    signal.signal(signal.SIGHUP, end)
    signal.signal(signal.SIGTERM, end)


def _attributes(fileno: int) -> list[Any] | None:
    try:
        return termios.tcgetattr(fileno)
    except termios.error:
        return None


@contextmanager
def _writer_replaced_by(make: Callable[[TextIO], DrainingWriter]) -> Iterator[None]:
    """Let Textual make our writer where it makes its own; it has no other door for one."""
    original = getattr(linux_driver, _WRITER)
    setattr(linux_driver, _WRITER, make)
    try:
        yield
    finally:
        setattr(linux_driver, _WRITER, original)
