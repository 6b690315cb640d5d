"""Which engines run under a state folder, and what the last one said before it ended."""

import time
from pathlib import Path

import msgspec

from tui_mm.domain.errors import DeskError
from tui_mm.runtime.client import EngineLine, EngineSaidGoodbye, EngineSilent, NoEngine, answers
from tui_mm.runtime.session_files import SessionFiles

_LOG_TAIL_BYTES = 256 * 1024  # the last words are among the last lines
_POLL_S = 0.1


class WhichSession(DeskError):
    """Several engines run; name the session that is meant."""


class LastWords(msgspec.Struct, frozen=True):
    """The line an engine logs when it ends."""

    event: str
    code: int
    text: str
    positions: tuple[str, ...] = ()


def sessions(root: Path) -> list[SessionFiles]:
    """Every session that ever ran under this folder."""
    if not root.is_dir():
        return []
    return [SessionFiles(folder) for folder in sorted(root.iterdir()) if folder.is_dir()]


def running(root: Path, chosen: str | None) -> list[SessionFiles]:
    """The sessions an engine answers in; only the chosen one if there is a choice."""
    candidates = sessions(root) if chosen is None else [SessionFiles(root / chosen)]
    return [files for files in candidates if answers(files.socket)]


def the_running(root: Path, chosen: str | None) -> SessionFiles:
    """The one session that runs.

    Raises:
        NoEngine: none does.
        WhichSession: several do.
    """
    found = running(root, chosen)
    if not found:
        raise NoEngine(f"no engine runs under {root}" + (f" as {chosen}" if chosen else ""))
    if len(found) > 1:
        names = ", ".join(files.name for files in found)
        raise WhichSession(f"several engines run ({names}): say which with --session")
    return found[0]


def is_going_on(files: SessionFiles, *, patience_s: float) -> bool:
    """False once the engine has ended; waits for one that is on its way out.

    Raises:
        EngineSilent: it has not ended in time and does not answer either.
    """
    give_up = time.monotonic() + patience_s
    while time.monotonic() < give_up:
        try:
            with EngineLine(files.socket) as line:
                line.picture()
        except NoEngine:
            return False
        except (EngineSaidGoodbye, EngineSilent):
            time.sleep(_POLL_S)
        else:
            return True
    raise EngineSilent("the engine neither answers nor ends: look at its log")


def last_words(files: SessionFiles) -> LastWords | None:
    """What the engine that ran last said at its end; None when it died without a word."""
    try:
        with files.log.open("rb") as log:
            log.seek(max(0, files.log.stat().st_size - _LOG_TAIL_BYTES))
            lines = log.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        if b'"engine_started"' in line:
            return None
        if b'"engine_stopped"' in line:
            try:
                # What the process wrote to its standard error may stand before it.
                return msgspec.json.decode(line[line.index(b"{") :], type=LastWords)
            except msgspec.DecodeError:
                return None
    return None
