"""The commands, as a shell runs them against real engine processes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.test_process import ROOT, argv
from tui_mm.runtime.latch import KillLatch
from tui_mm.runtime.session_files import SessionFiles
from tui_mm.runtime.spawn import spawn_engine


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionFiles:
    """The files of a session that has never run."""
    monkeypatch.chdir(ROOT)
    return SessionFiles(tmp_path / "embedded")


@pytest.fixture
def engine(files: SessionFiles) -> Iterator["subprocess.Popen[bytes]"]:
    """A running engine."""
    process = spawn_engine(argv(files), files)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def silent_engine(files: SessionFiles) -> Iterator["subprocess.Popen[bytes]"]:
    """A running engine whose venue never confirms anything."""
    process = spawn_engine(argv(files, "--silent-venue", "--patience=0.3"), files)
    yield process
    process.kill()
    process.wait()


def tui_mm(
    *arguments: str, files: SessionFiles, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command on the state folder of the session."""
    return subprocess.run(
        [sys.executable, "-m", "tui_mm", *arguments, f"--state-dir={files.folder.parent}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=30,
    )


@pytest.mark.usefixtures("engine")
def test_status_prints_one_object(files: SessionFiles):
    """A script reads the snapshot, exact integers included."""
    done = tui_mm("status", "--json", files=files)
    assert done.returncode == 0
    status = json.loads(done.stdout)
    assert status["is_running"] is True
    assert status["snapshot"]["cash"] == 0


@pytest.mark.usefixtures("engine")
def test_status_prints_plain_text(files: SessionFiles):
    """One fact per line."""
    done = tui_mm("status", "--plain", files=files)
    assert done.returncode == 0
    assert "mode: active" in done.stdout.splitlines()


def test_status_without_an_engine_fails_with_a_sentence(files: SessionFiles):
    """And, for scripts, with an object that says so."""
    done = tui_mm("status", files=files)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tui-mm: no engine runs under")
    done = tui_mm("status", "--json", files=files)
    assert (done.returncode, json.loads(done.stdout)["is_running"]) == (1, False)


def test_stop_ends_the_engine_and_says_what_is_held(
    engine: "subprocess.Popen[bytes]", files: SessionFiles
):
    """The exit code is the engine's own."""
    done = tui_mm("stop", files=files)
    assert done.stdout.splitlines() == ["stopped: no order rests", "A  3 YES net"]
    assert done.returncode == 0
    assert engine.wait(5) == 0


@pytest.mark.usefixtures("silent_engine")
def test_stop_without_proof_exits_three(files: SessionFiles):
    """Nobody reads zero and believes that nothing rests."""
    done = tui_mm("stop", "--json", files=files)
    assert (done.returncode, json.loads(done.stdout)["code"]) == (3, 3)


@pytest.mark.usefixtures("engine")
def test_kill_is_done_when_it_is_proven(files: SessionFiles):
    """It also works while the configuration does not."""
    done = tui_mm("kill", files=files, TUI_MM_NO_SUCH="1")
    assert done.stdout == "embedded: KILLED by tui-mm kill: proven, no order rests\n"
    assert done.returncode == 0
    assert KillLatch(files.latch).read() is not None


@pytest.mark.usefixtures("silent_engine")
def test_kill_without_proof_exits_three(files: SessionFiles):
    """The kill happened; that nothing rests was not shown."""
    done = tui_mm("kill", "--within=0.5", "--json", files=files)
    assert done.returncode == 3
    [result] = json.loads(done.stdout)["sessions"]
    assert result["is_done"] is False
    assert result["text"].startswith("KILLED by tui-mm kill: NOT PROVEN")


def test_kill_without_an_engine_makes_the_next_one_start_killed(files: SessionFiles):
    """The latch is all there is to set, and that is said."""
    done = tui_mm("kill", files=files)
    assert done.returncode == 0
    assert "the next engine starts killed" in done.stdout
    process = spawn_engine(argv(files), files)
    try:
        shown = json.loads(tui_mm("status", "--json", files=files).stdout)
    finally:
        process.kill()
        process.wait()
    assert shown["snapshot"]["kill"]["source"] == "tui-mm kill (before this start)"


@pytest.mark.parametrize("command", ["status", "kill", "stop"])
def test_what_must_work_in_a_hurry_imports_nothing_heavy(command: str, files: SessionFiles):
    """Neither the screen nor the settings nor the engine."""
    code = (
        f"import sys; sys.argv = ['tui-mm', {command!r}, '--state-dir', {str(files.folder)!r}]\n"
        "from tui_mm.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'textual', 'rich', 'structlog', 'asyncio', 'tui_mm.config', 'tui_mm.wiring'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_help_names_every_exit_code():
    """Scripts are written from it."""
    done = subprocess.run(
        [sys.executable, "-m", "tui_mm", "--help"], capture_output=True, text=True, check=True
    )
    for words in ("0 done", "1 not done", "2 wrong", "3 NOT", "4 the engine failed"):
        assert words in " ".join(done.stdout.split())


def test_a_simulation_in_its_own_time_prints_one_object(files: SessionFiles):
    """No wall clock, no socket and no file: seconds of the venue, at once."""
    done = tui_mm(
        "sim", "--headless", "--virtual", "--seconds=20", "--seed=7", "--json", files=files
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seed"] == 7
    assert not files.folder.exists()


def test_a_headless_session_tells_what_it_does_and_ends_proven(files: SessionFiles):
    """The story goes to standard error, the result alone to standard output."""
    done = tui_mm("sim", "--headless", "--seconds=2", "--speed=5", "--json", files=files)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["code"], result["text"]) == (0, "stopped: no order rests")
    assert "QUOTE" in done.stderr


def test_a_wrong_setting_starts_nothing(files: SessionFiles):
    """The sentence names it."""
    done = tui_mm("sim", "--headless", "--seconds=1", files=files, TUI_MM_PRICE_MIN="0.03")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("tui-mm: TUI_MM_PRICE_MIN: '0.03' lacks its unit")


def test_an_option_that_would_be_ignored_is_refused(files: SessionFiles):
    """Before the command, the folder would not reach it."""
    done = subprocess.run(
        [sys.executable, "-m", "tui_mm", f"--state-dir={files.folder}", "status"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "stands behind the command" in done.stderr
