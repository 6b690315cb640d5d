"""What outlives a process: the kill latch; and what dies with it: the lock."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tui_mm.domain.units import Nanos
from tui_mm.runtime.latch import KillLatch, LatchRecord
from tui_mm.runtime.lock import EngineAlreadyRuns, SessionLock

RECORD = LatchRecord(source="key k", killed_at=Nanos(7))


def test_a_latch_survives(tmp_path: Path):
    """Another process reads who killed, and when."""
    KillLatch(tmp_path / "kill.json").save(RECORD)
    assert KillLatch(tmp_path / "kill.json").read() == RECORD
    assert stat.S_IMODE((tmp_path / "kill.json").stat().st_mode) == 0o600


def test_without_a_latch_nothing_is_killed(tmp_path: Path):
    """Only a file that is provably absent lets an engine quote."""
    latch = KillLatch(tmp_path / "kill.json")
    assert latch.read() is None
    latch.save(RECORD)
    latch.clear()
    assert latch.read() is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"source": 3}', b"\xff\xfe"])
def test_a_corrupt_latch_counts_as_killed(tmp_path: Path, content: bytes):
    """Half a file is what a crash leaves; it must not let the next engine quote."""
    (tmp_path / "kill.json").write_bytes(content)
    assert KillLatch(tmp_path / "kill.json").read() is not None


def test_a_latch_that_cannot_be_opened_counts_as_killed(tmp_path: Path):
    """Something is there, and nobody can say what."""
    (tmp_path / "kill.json").mkdir()
    assert KillLatch(tmp_path / "kill.json").read() is not None


def test_a_second_engine_is_refused_and_told_who_runs(tmp_path: Path):
    """Two engines would quote against each other's idea of the account."""
    folder = tmp_path / "embedded"
    folder.mkdir()
    first = SessionLock(folder / "lock")
    first.acquire()
    with pytest.raises(EngineAlreadyRuns, match=rf"session embedded \(process {os.getpid()}\)"):
        SessionLock(folder / "lock").acquire()
    first.release()
    SessionLock(folder / "lock").acquire()


def test_a_dead_engine_holds_nothing(tmp_path: Path):
    """The kernel lets go, also when the process was killed."""
    code = (
        "import os, sys; from pathlib import Path; from tui_mm.runtime.lock import SessionLock;"
        f"SessionLock(Path({str(tmp_path / 'lock')!r})).acquire(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    SessionLock(tmp_path / "lock").acquire()
