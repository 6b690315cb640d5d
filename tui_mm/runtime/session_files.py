"""Where a session keeps its files, and with which permissions: folders 0700, files 0600."""

import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui_mm.domain.errors import DeskError

STATE_DIR_VARIABLE = "TUI_MM_STATE_DIR"
EMBEDDED_SESSION = "embedded"
REPLAY_SESSION = "replay"

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
SOCKET_PATH_BYTES_MAX = 107 if sys.platform == "linux" else 103
LOG_BYTES_MAX = 16 * 1024 * 1024  # above this, a new run moves the log aside


class StateFolderUnusable(DeskError):
    """The session's folder or socket cannot be made safe; nothing was started."""


@dataclass(frozen=True, slots=True)
class SessionFiles:
    """The files of one session under one folder."""

    folder: Path

    @property
    def name(self) -> str:
        """The session's name."""
        return self.folder.name

    @property
    def lock(self) -> Path:
        """Held by the engine that runs; names its process."""
        return self.folder / "lock"

    @property
    def journal(self) -> Path:
        """The durable record."""
        return self.folder / "journal.sqlite"

    @property
    def capture(self) -> Path:
        """The folder of the captures."""
        return self.folder / "capture"

    @property
    def log(self) -> Path:
        """What the engine did, for humans and their tools."""
        return self.folder / "log.jsonl"

    @property
    def latch(self) -> Path:
        """The kill latch."""
        return self.folder / "kill.json"

    @property
    def socket(self) -> Path:
        """Where desks connect.

        A folder so deep that the system could not bind the path gets a socket in the user's
        runtime folder instead, named after the session's folder.
        """
        natural = self.folder / "engine.sock"
        if len(os.fsencode(natural)) <= SOCKET_PATH_BYTES_MAX:
            return natural
        digest = hashlib.sha256(os.fsencode(self.folder.absolute())).hexdigest()[:16]
        return _runtime_folder() / f"{digest}.sock"

    def prepare(self) -> None:
        """Make the folders, for nobody's eyes but the owner's.

        Raises:
            StateFolderUnusable: a folder cannot be made, or belongs to somebody else.
        """
        for folder in (self.folder, self.capture, self.socket.parent):
            make_private(folder)
        if len(os.fsencode(self.socket)) > SOCKET_PATH_BYTES_MAX:
            raise StateFolderUnusable(
                f"the socket path {self.socket} has {len(os.fsencode(self.socket))} bytes where the"
                f" system allows {SOCKET_PATH_BYTES_MAX}: choose a shorter --state-dir"
            )
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES_MAX:
            self.log.replace(self.log.with_suffix(".1.jsonl"))


def state_root(chosen: Path | None, environment: Mapping[str, str]) -> Path:
    """The folder of all sessions: the option, the environment, `.env`, or the platform's place."""
    if chosen is not None:
        return chosen.expanduser()
    if named := environment.get(STATE_DIR_VARIABLE) or _named_in_dotenv():
        return Path(named).expanduser()
    from platformdirs import user_state_path

    return user_state_path("tui-mm")


def make_private(folder: Path) -> None:
    """Make a folder that only its owner can enter.

    Raises:
        StateFolderUnusable: it cannot be made, is no folder, or belongs to somebody else.
    """
    try:
        for above in reversed(folder.parents):
            above.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise StateFolderUnusable(f"{folder} is not a folder of this user: remove it first")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        raise StateFolderUnusable(f"the folder {folder} cannot be used: {error}") from error


def _named_in_dotenv() -> str | None:
    if not Path(".env").is_file():
        return None
    from dotenv import dotenv_values

    return dotenv_values(".env").get(STATE_DIR_VARIABLE)


def _runtime_folder() -> Path:
    from platformdirs import user_runtime_path

    return user_runtime_path("tui-mm")
