"""The desk on a real pseudo-terminal: what a test without one cannot see."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.pty_rig import engine_process, terminal

STALL_S = 5.0


@pytest.fixture(scope="module")
def quiet_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """An engine whose pictures change only when it is asked for something."""
    with engine_process(tmp_path_factory.mktemp("quiet")) as engine:
        yield engine


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_it_comes_up_at_every_size(
    quiet_engine: tuple[Path, Path], width: int, height: int
) -> None:
    """State on the first row, keys on the last, the selected market between them."""
    with terminal(*quiet_engine, width=width, height=height) as shown:
        assert shown.shows("> FED-26DEC-T4.00")
        assert shown.shows("[k KILL]")
        assert shown.lines[0].startswith("PAPER QUOTING 4/8")
        assert shown.lines[-1].startswith("[k KILL]")


def test_kill_reaches_the_engine_while_the_terminal_is_stalled(tmp_path: Path) -> None:
    """A terminal that takes nothing stops the picture, but neither the key nor the desk.

    The heartbeat stops with the terminal, so the engine knows that nobody sees the screen; after
    the stall the whole screen is right again.
    """
    with (
        engine_process(tmp_path, hertz=20) as engine,
        terminal(*engine, width=120, height=40) as shown,
    ):
        assert shown.shows("QUOTING 4/8")
        shown.stall()
        stalled_at = time.monotonic()
        time.sleep(1.0)
        shown.type("k")
        press = shown.hears("press", within_s=STALL_S - 1.5)
        time.sleep(max(0.0, stalled_at + STALL_S - time.monotonic()))
        last_beat = [note for note in shown.heard() if note["what"] == "beat"][-1]
        shown.go_on()
        assert press is not None
        assert float(str(last_beat["at"])) < stalled_at + STALL_S / 2
        assert shown.shows("[k SWEEP AGAIN]")
        assert "K I L L E D" in shown.text
        assert shown.lines[0].startswith("PAPER KILLED")
        assert shown.lines[-1].startswith("[k SWEEP AGAIN]")


def test_the_cells_sent_one_by_one_add_up_to_the_whole_screen(tmp_path: Path) -> None:
    """After a busy while the terminal shows exactly what drawing everything anew shows."""
    with (
        engine_process(tmp_path, hertz=20) as engine,
        terminal(*engine, width=200, height=60) as shown,
    ):
        assert shown.shows("QUOTING 4/8")
        shown.read_for(1.5)
        shown.type("\x1b[B5")
        assert shown.shows("FOLLOW")
        shown.read_for(0.5)
        by_cells = shown.lines
        shown.screen.reset()
        shown.type("\x0c")
        assert shown.shows("FOLLOW")
        shown.read_for(0.5)
        assert shown.lines[1:] == by_cells[1:]  # the first row has the time of day


def test_leaving_during_a_stall_ends_the_desk(tmp_path: Path) -> None:
    """The way out does not wait for a terminal that takes nothing, and says the right code."""
    with (
        engine_process(tmp_path, hertz=20) as engine,
        terminal(*engine, width=80, height=24) as shown,
    ):
        assert shown.shows("QUOTING 4/8")
        shown.stall()
        shown.type("q")
        time.sleep(0.8)
        shown.type("\x1b[B\r")
        status = shown.ends(within_s=5.0)
        assert shown.hears("detach") is not None
        assert status is not None
        assert os.waitstatus_to_exitcode(status) == 0


def test_leaving_gives_the_terminal_back_and_says_how_it_ended(tmp_path: Path) -> None:
    """The shell's screen and its cursor, and then whatever the caller has to say."""
    with (
        engine_process(tmp_path) as engine,
        terminal(*engine, width=80, height=24) as shown,
    ):
        assert shown.shows("QUOTING 4/8")
        shown.type("q")
        assert shown.shows("Leave the desk?")
        shown.read_for(0.5)
        shown.type("\x1b[B\r")
        assert shown.ends(within_s=5.0) == 0
        shown.read_for(0.2)
        assert b"\x1b[?25h" in shown.raw
        after = bytes(shown.raw).rpartition(b"\x1b[?1049l")[2]
        assert b"detached: the engine goes on as it was" in after


def test_a_termination_gives_the_terminal_back(quiet_engine: tuple[Path, Path]) -> None:
    """Textual alone would leave the alternate screen and raw input behind."""
    with terminal(*quiet_engine, width=80, height=24) as shown:
        assert shown.shows("QUOTING 4/8")
        os.kill(shown.pid, signal.SIGTERM)
        status = shown.ends(within_s=5.0)
        shown.read_for(0.2)
        assert status is not None
        assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGTERM
        assert b"\x1b[?1049l" in shown.raw


def test_a_resized_window_is_laid_out_anew(quiet_engine: tuple[Path, Path]) -> None:
    """Larger, and too small, where k still works and the state is still told."""
    with terminal(*quiet_engine, width=80, height=24) as shown:
        assert shown.shows("QUOTING 4/8")
        shown.resize(width=120, height=40)
        assert shown.shows("Parameters and what if")
        shown.resize(width=60, height=15)
        assert shown.shows("Make the window larger: 60x15")
        assert "PAPER QUOTING 4/8" in shown.text


def test_no_color_and_ascii_are_respected(quiet_engine: tuple[Path, Path]) -> None:
    """Nothing is lost but comfort: the same words, no colours, no other characters."""
    with terminal(*quiet_engine, width=120, height=40, NO_COLOR="1", TUI_MM_ASCII="1") as shown:
        assert shown.shows("QUOTING 4/8")
        assert shown.shows("[k KILL]")
        assert b"38;2;" not in shown.raw
        assert bytes(shown.raw).isascii()


def test_going_on_after_a_stop_starts_nothing_twice(quiet_engine: tuple[Path, Path]) -> None:
    """A stray SIGCONT would add a writer and an input thread in Textual's own driver."""
    with terminal(*quiet_engine, width=80, height=24) as shown:
        assert shown.shows("QUOTING 4/8")
        before = shown.threads()
        for _ in range(3):
            os.kill(shown.pid, signal.SIGCONT)
            shown.read_for(0.2)
        assert shown.threads() == before
        shown.type("2")
        assert shown.shows("[2]Orders 4")


def test_closing_the_terminal_ends_the_desk_and_the_engine_hears_it(tmp_path: Path) -> None:
    """The operator's connection is gone: the engine must learn it from the socket at once."""
    with (
        engine_process(tmp_path) as engine,
        terminal(*engine, width=80, height=24) as shown,
    ):
        assert shown.shows("QUOTING 4/8")
        shown.close()
        status = shown.ends(within_s=5.0)
        assert status is not None
        assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
        assert shown.hears("eof") is not None


def test_malformed_input_does_not_take_the_keyboard_away(
    quiet_engine: tuple[Path, Path],
) -> None:
    """Bytes no terminal should send, among them ones that make the parser raise."""
    with terminal(*quiet_engine, width=80, height=24) as shown:
        assert shown.shows("QUOTING 4/8")
        os.write(shown.master, b"\x1b[:;:u\x1b[1114112u\xff\xfe\x1b[<99;99")
        shown.read_for(0.5)
        shown.type("4")
        assert shown.shows("cash at risk")


def test_kill_works_inside_a_paste_that_never_ends(tmp_path: Path) -> None:
    """A lost end of a bracketed paste swallows every later key; not this one."""
    with (
        engine_process(tmp_path) as engine,
        terminal(*engine, width=80, height=24) as shown,
    ):
        assert shown.shows("QUOTING 4/8")
        shown.type("\x1b[200~pasted")
        shown.read_for(0.3)
        assert shown.hears("press", within_s=0.1) is None
        shown.type("k")
        assert shown.hears("press") is not None
        assert shown.shows("K I L L E D")


def test_hostile_titles_reach_no_terminal(tmp_path: Path) -> None:
    """No escape sequence, bell or direction mark of a venue's text is ever written."""
    with (
        engine_process(tmp_path, hertz=-1) as engine,
        terminal(*engine, width=120, height=40) as shown,
    ):
        assert shown.shows("QUOTING")
        shown.type("5")
        assert shown.shows("[5]Log")
        shown.read_for(0.5)
        written = bytes(shown.raw)
        assert set(re.findall(rb"\x1b\]([0-9]+)", written)) <= {b"22"}  # the pointer's shape
        for payload in ("\x1b[2J\x1b", "\u202e", "\u2066", "\x9b", "\x85", "\u200b"):
            assert payload.encode() not in written
        assert shown.shows("[/b]")
