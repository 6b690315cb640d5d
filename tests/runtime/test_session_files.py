"""Where a session keeps its files."""

import os
import stat
from pathlib import Path

import pytest

from tui_mm.runtime.session_files import (
    SOCKET_PATH_BYTES_MAX,
    STATE_DIR_VARIABLE,
    SessionFiles,
    StateFolderUnusable,
    state_root,
)


def test_folders_are_for_nobody_else(tmp_path: Path):
    """Also when somebody had made them wider."""
    folder = tmp_path / "embedded"
    folder.mkdir(mode=0o755)
    SessionFiles(folder).prepare()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "capture")} == {0o700}


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path):
    """It could point into somebody else's hands."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "embedded").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateFolderUnusable, match="is not a folder of this user"):
        SessionFiles(tmp_path / "embedded").prepare()


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The system binds no path over a hundred bytes; two such sessions still differ."""
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    deep = tmp_path / ("d" * SOCKET_PATH_BYTES_MAX)
    first, second = SessionFiles(deep / "a"), SessionFiles(deep / "b")
    first.prepare()
    assert len(os.fsencode(first.socket)) <= SOCKET_PATH_BYTES_MAX
    assert first.socket != second.socket
    assert stat.S_IMODE(first.socket.parent.stat().st_mode) == 0o700


def test_the_option_beats_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The nearest wish counts; without any, the platform's place for state is used."""
    monkeypatch.chdir(tmp_path)
    assert state_root(None, {}).name == "tui-mm"
    (tmp_path / ".env").write_text(f"{STATE_DIR_VARIABLE}=/from/file\n")
    assert state_root(None, {}) == Path("/from/file")
    assert state_root(None, {STATE_DIR_VARIABLE: "/from/env"}) == Path("/from/env")
    assert state_root(Path("/option"), {STATE_DIR_VARIABLE: "/from/env"}) == Path("/option")


def test_a_log_that_has_grown_is_moved_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A session's folder has a largest size."""
    monkeypatch.setattr("tui_mm.runtime.session_files.LOG_BYTES_MAX", 10)
    files = SessionFiles(tmp_path / "embedded")
    files.prepare()
    files.log.write_text("a line of more than ten bytes\n")
    files.prepare()
    assert not files.log.exists()
    assert (files.folder / "log.1.jsonl").exists()
