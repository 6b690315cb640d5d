"""The engine as a real process: signals, last words, and what it leaves behind."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.rig import PATIENCE_S
from tui_mm.domain.operator import Kill, PauseAll, Resume, StopEngine
from tui_mm.journal.reader import entries, runs
from tui_mm.runtime.client import EngineLine, EngineSilent, NoEngine, press_kill
from tui_mm.runtime.latch import KillLatch
from tui_mm.runtime.running import last_words
from tui_mm.runtime.session_files import SessionFiles
from tui_mm.runtime.spawn import EngineDidNotStart, spawn_engine

ROOT = Path(__file__).parent.parent.parent


def argv(files: SessionFiles, *options: str) -> list[str]:
    """The command line of a fake session."""
    return [sys.executable, "-m", "tests.runtime.engine_process", str(files.folder), *options]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionFiles:
    """The files of a session that has never run."""
    monkeypatch.chdir(ROOT)
    return SessionFiles(tmp_path / "fake")


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(files: SessionFiles) -> Iterator[Start]:
    """Starts engines, and ends those a failed test leaves behind."""
    engines: list[subprocess.Popen[bytes]] = []

    def starting(*options: str) -> "subprocess.Popen[bytes]":
        engines.append(spawn_engine(argv(files, *options), files))
        return engines[-1]

    yield starting
    for engine in engines:
        if engine.poll() is None:
            engine.kill()
        engine.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is true, or fail."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_cancels_proves_and_exits_zero(
    start: Start, files: SessionFiles, number: signal.Signals
):
    """The last words name what is still held."""
    engine = start()
    engine.send_signal(number)
    assert engine.wait(PATIENCE_S) == 0
    words = last_words(files)
    assert words is not None
    assert (words.code, words.text) == (0, "stopped: no order rests")
    assert words.positions == ("A  3 YES net",)


def test_a_stop_that_cannot_be_proven_exits_three(start: Start, files: SessionFiles):
    """The venue never confirms; nobody is told that all is well."""
    engine = start("--silent-venue", "--patience=0.3")
    engine.terminate()
    assert engine.wait(PATIENCE_S) == 3
    words = last_words(files)
    assert words is not None
    assert words.text.startswith("NOT PROVEN")


def test_a_desk_that_stops_the_engine_hears_its_last_words(start: Start, files: SessionFiles):
    """The verdict first, then what is held."""
    engine = start()
    with EngineLine(files.socket) as line:
        assert line.act(StopEngine()).is_done
        assert line.goodbye(within_s=PATIENCE_S).splitlines() == [
            "stopped: no order rests",
            "A  3 YES net",
        ]
    assert engine.wait(PATIENCE_S) == 0


def test_user_signal_one_kills_and_a_restart_comes_back_killed(start: Start, files: SessionFiles):
    """The latch outlives the process, and only a resume removes it."""
    engine = start()
    engine.send_signal(signal.SIGUSR1)
    wait_for(lambda: KillLatch(files.latch).read() is not None)
    engine.kill()  # not even a chance to tidy up
    engine.wait()
    start()
    with EngineLine(files.socket) as line:
        report = line.picture().kill
        assert report is not None
        assert report.source == "signal USR1 (before this start)"
        assert report.latch_saved
        assert line.act(Resume(word="RESUME")).is_done
        wait_for(lambda: not files.latch.exists())


def test_a_hangup_is_a_lost_operator_and_not_the_end(start: Start, files: SessionFiles):
    """The terminal has gone; the engine pulls its quotes and can still be attached to."""
    engine = start()
    engine.send_signal(signal.SIGHUP)
    with EngineLine(files.socket) as line:
        wait_for(lambda: line.picture().is_lease_lost)
    assert engine.poll() is None


@pytest.mark.parametrize("expects_desk", [True, False])
def test_only_an_engine_started_for_a_desk_misses_one_that_never_came(
    start: Start, files: SessionFiles, expects_desk: bool
):
    """A desk that died before its first heartbeat leaves no quotes; a headless run had none."""
    engine = start(*(["--expects-desk"] if expects_desk else []))
    if expects_desk:
        wait_for(lambda: "operator_lost" in files.log.read_text())
    else:
        time.sleep(1.0)
        assert "operator_lost" not in files.log.read_text()
    assert engine.poll() is None


def test_a_hangup_changes_nothing_where_quotes_are_held(start: Start, files: SessionFiles):
    """The trader decided that; the log still says that nobody watches."""
    engine = start("--hold")
    engine.send_signal(signal.SIGHUP)
    wait_for(lambda: b"operator_lost" in files.log.read_bytes())
    with EngineLine(files.socket) as line:
        assert not line.picture().is_lease_lost


def test_a_press_from_any_shell_kills(start: Start, files: SessionFiles):
    """The kill line needs nothing but a socket."""
    start()
    press_kill(files.socket)
    with EngineLine(files.socket) as line:
        wait_for(lambda: (kill := line.picture().kill) is not None and kill.proven_at is not None)


def test_an_engine_that_fails_is_cancelled_for_and_exits_four(start: Start, files: SessionFiles):
    """Its own state counts for nothing any more: the venue's answers are the proof."""
    engine = start()
    with EngineLine(files.socket) as line, pytest.raises(EngineSilent):
        line.act(PauseAll(), within_s=0.2)
    assert engine.wait(PATIENCE_S) == 4
    words = last_words(files)
    assert words is not None
    assert "a bug in the engine" in words.text
    assert "the venue shows no order" in words.text
    latch = KillLatch(files.latch).read()
    assert latch is not None
    assert latch.source == "failure of the engine loop"


def test_an_engine_that_fails_at_a_silent_venue_exits_three(start: Start, files: SessionFiles):
    """Without the venue's word nothing is proven."""
    engine = start("--silent-venue", "--patience=0.3")
    with EngineLine(files.socket) as line, pytest.raises(EngineSilent):
        line.act(PauseAll(), within_s=0.2)
    assert engine.wait(PATIENCE_S) == 3


def test_nothing_is_traded_where_no_desk_could_reach_it(files: SessionFiles):
    """A file that is no socket stands where the socket belongs: the engine does not start."""
    files.prepare()
    files.socket.write_text("not a socket")
    with pytest.raises(EngineDidNotStart, match=re.escape(str(files.socket))):
        spawn_engine(argv(files), files)


def test_impatience_does_not_spoil_a_proven_end(start: Start, files: SessionFiles):
    """Ctrl-C again and again: the exit is still 0 and the last words are still said."""
    engine = start()
    while engine.poll() is None:
        engine.send_signal(signal.SIGINT)
        time.sleep(0.02)
    assert engine.returncode == 0
    words = last_words(files)
    assert words is not None
    assert words.text == "stopped: no order rests"


def test_a_second_engine_does_not_start(start: Start, files: SessionFiles):
    """Its last words name the first one's process."""
    first = start()
    with pytest.raises(
        EngineDidNotStart, match=rf"already runs in session fake \(process {first.pid}\)"
    ):
        spawn_engine(argv(files), files)
    assert first.poll() is None


def test_an_engine_that_dies_at_once_shows_its_last_words(files: SessionFiles):
    """The reason reaches the terminal the trader looks at, not only a file."""
    with pytest.raises(EngineDidNotStart, match=r"exit code 2\)\n.*no such option|usage"):
        spawn_engine(argv(files, "--no-such-option"), files)


def test_everything_it_writes_is_the_owners_alone(start: Start, files: SessionFiles):
    """Folders 0700, files 0600, the socket included."""
    engine = start()
    engine.terminate()
    engine.wait(PATIENCE_S)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files.folder.rglob("*")}
    assert modes.pop("capture") == 0o700
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700


def test_it_has_no_terminal_and_leaves_no_core(start: Start):
    """Closing the terminal cannot reach it, and a crash writes no memory to the disk."""
    engine = start()
    assert os.getsid(engine.pid) == engine.pid
    limits = Path(f"/proc/{engine.pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_what_it_does_can_be_read_in_log_and_journal(start: Start, files: SessionFiles):
    """One line of JSON per thing it did; the operator's actions durably."""
    engine = start()
    with EngineLine(files.socket) as line:
        line.act(Kill(source="test"))
    engine.terminate()
    engine.wait(PATIENCE_S)
    lines = [line for line in files.log.read_text().splitlines() if line.startswith("{")]
    events = [json.loads(line)["event"] for line in lines]
    assert events[0] == "engine_started"
    assert {"news", "operator_acted", "engine_stopped"} <= set(events)
    [run] = runs(files.journal)
    kinds = [type(entry.entry).__name__ for entry in entries(files.journal, run=run)]
    assert kinds.count("OperatorActed") == 2
    assert "CancelAll" in kinds


def test_nobody_answers_where_no_engine_runs(files: SessionFiles):
    """A sentence with the path instead of a traceback."""
    with pytest.raises(NoEngine, match=r"no engine answers on .*engine\.sock"):
        EngineLine(files.socket)
