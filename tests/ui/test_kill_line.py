"""The straight line from the key to the engine."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_mm.runtime.messages import KILL_LINE
from tui_mm.ui.kill_line import ANSWER_WITHIN_S, KillLine, KillWatch


@pytest.fixture
def engine() -> Iterator[tuple[Path, socket.socket]]:
    """A socket that listens."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder) / "engine.sock"
        listener.bind(str(path))
        listener.listen()
        yield path, listener


def test_the_first_byte_says_what_the_line_is_for_and_each_press_is_one_byte(
    engine: tuple[Path, socket.socket],
) -> None:
    """No framing, no parser: nothing that could be in the way."""
    path, listener = engine
    line = KillLine(path)
    assert line.open()
    connection, _ = listener.accept()
    line.press()
    line.press()
    with connection:
        assert connection.recv(3, socket.MSG_WAITALL) == KILL_LINE + b"kk"
    assert line.presses == 2
    assert line.undelivered == 0


def test_a_press_without_a_line_is_counted_as_undelivered() -> None:
    """And raises nothing on the input thread."""
    line = KillLine(Path("/nonexistent/engine.sock"))
    assert not line.open()
    line.press()
    assert (line.presses, line.undelivered) == (1, 1)


def test_a_press_into_a_closed_line_is_counted_as_undelivered(
    engine: tuple[Path, socket.socket],
) -> None:
    """The engine may be gone since the last look."""
    path, listener = engine
    line = KillLine(path)
    line.open()
    connection, _ = listener.accept()
    connection.close()
    line.press()
    line.press()
    assert line.undelivered >= 1
    assert not line.is_open


def test_an_engine_that_closes_its_end_is_noticed(engine: tuple[Path, socket.socket]) -> None:
    """So that the line is opened again before it is needed."""
    path, listener = engine
    line = KillLine(path)
    line.open()
    connection, _ = listener.accept()
    assert line.is_alive()
    connection.close()
    assert not line.is_alive()
    assert not line.is_open


def test_a_key_the_input_thread_has_sent_is_not_sent_again(
    engine: tuple[Path, socket.socket],
) -> None:
    """One key is one press, by whichever way it is heard first."""
    path, _ = engine
    line = KillLine(path)
    line.open()
    watch = KillWatch(line)
    line.press()
    assert watch.note_key(0.0)
    assert line.presses == 1
    assert watch.note_key(1.0)
    assert line.presses == 2


def test_a_press_whose_key_never_arrives_is_noticed(engine: tuple[Path, socket.socket]) -> None:
    """A parser can swallow the key after the line has sent it; the screen must still turn."""
    path, _ = engine
    line = KillLine(path)
    line.open()
    watch = KillWatch(line)
    assert not watch.has_unseen_press()
    line.press()
    assert not watch.has_unseen_press()
    assert watch.has_unseen_press()


def test_an_engine_that_stays_silent_is_asked_once_more() -> None:
    """Once for each key, and not at all when it has answered."""
    watch = KillWatch(KillLine(Path("/nonexistent/engine.sock")))
    watch.note_key(10.0)
    assert not watch.is_unanswered(10.0)
    assert watch.is_unanswered(10.0 + ANSWER_WITHIN_S)
    assert not watch.is_unanswered(99.0)
    watch.note_key(100.0)
    watch.note_answer()
    assert not watch.is_unanswered(200.0)
