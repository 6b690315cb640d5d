"""Output that never makes anybody wait; a pipe stands in for a terminal that takes nothing."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

import pytest

from tui_mm.ui.writer import BACKLOG_MAX, DrainingWriter

WITHIN_S = 5.0


@dataclass
class Pipe:
    """A writer on a pipe whose other end a test reads when it likes."""

    reader: int
    file: TextIO
    drained: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.writer = DrainingWriter(self.file, on_drained=self.drained.set, on_lost=self.lost.set)
        self.writer.start()

    def fill(self) -> None:
        """Fill the pipe first, without a drop, and then the backlog."""
        capacity = fcntl.fcntl(self.reader, fcntl.F_GETPIPE_SZ)
        while self.writer.written_bytes < capacity - 4_096:
            if self.writer.backlog_bytes < BACKLOG_MAX // 2:
                self.writer.write("x" * 4_000)
            time.sleep(0)
        while not self.writer.dropped_writes:
            self.writer.write("x" * 4_000)

    def read_all(self, count: int) -> bytes:
        """Take so many bytes."""
        data = b""
        while len(data) < count:
            data += os.read(self.reader, count - len(data))
        return data


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A stalled terminal."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as file:
        pipe = Pipe(reader, file)
        yield pipe
        # A blocked thread must not outlive its pipe: the next one gets the same numbers.
        os.close(reader)
        pipe.writer.stop()


def test_writing_to_a_stalled_terminal_returns_and_is_bounded(pipe: Pipe) -> None:
    """The event loop calls this; it must come back, and memory must not grow."""
    pipe.fill()
    for _ in range(100):
        pipe.writer.write("y" * 4_000)
    assert pipe.writer.dropped_writes >= 100
    assert pipe.writer.backlog_bytes <= BACKLOG_MAX


def test_only_whole_writes_are_dropped(pipe: Pipe) -> None:
    """Half an escape sequence would garble everything after it."""
    pieces = [f"<{number:04d}{'.' * 2_000}>" for number in range(100)]
    for piece in pieces:
        pipe.writer.write(piece)
    kept = len(pieces) - pipe.writer.dropped_writes
    text = pipe.read_all(kept * 2_006).decode()
    assert text.count("<") == text.count(">") == kept
    assert all(piece in pieces for piece in text.replace("><", ">|<").split("|"))


def test_catching_up_after_a_drop_asks_for_the_whole_screen(pipe: Pipe) -> None:
    """Nobody knows what the terminal shows by then."""
    pipe.fill()
    assert not pipe.drained.is_set()
    pipe.read_all(pipe.writer.written_bytes + pipe.writer.backlog_bytes)
    assert pipe.drained.wait(WITHIN_S)


def test_stopping_leaves_a_stalled_terminal_behind(pipe: Pipe) -> None:
    """Quitting must end."""
    pipe.fill()
    pipe.writer.stop()
    assert pipe.writer.is_alive()


def test_stopping_writes_what_is_left(pipe: Pipe) -> None:
    """The last words give the terminal back."""
    pipe.writer.write("goodbye")
    pipe.writer.stop()
    assert not pipe.writer.is_alive()
    assert pipe.read_all(7) == b"goodbye"


def test_a_first_write_of_any_size_is_taken(pipe: Pipe) -> None:
    """Or a large screen could never be drawn."""
    pipe.writer.write("x" * (BACKLOG_MAX * 2))
    assert len(pipe.read_all(BACKLOG_MAX * 2)) == BACKLOG_MAX * 2
    assert pipe.writer.dropped_writes == 0


def test_a_terminal_that_is_gone_is_reported() -> None:
    """At once, and from this thread."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as file:
        pipe = Pipe(reader, file)
        os.close(reader)
        pipe.writer.write("anybody?")
        assert pipe.lost.wait(WITHIN_S)
