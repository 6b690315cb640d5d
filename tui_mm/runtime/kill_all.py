"""Kills every engine under a state folder from outside, and says what was proven.

Law: whatever happens here, the next engine does not quote. All engines are asked before any proof
is waited for; one that does not answer gets a press on the kill line and a latch on its disk.
"""

import time
from contextlib import suppress
from pathlib import Path

import msgspec

from tui_mm.domain.operator import Kill
from tui_mm.runtime.client import (
    EngineLine,
    EngineSaidGoodbye,
    EngineSilent,
    NoEngine,
    press_kill,
)
from tui_mm.runtime.clocks import wall_now
from tui_mm.runtime.latch import KillLatch, LatchRecord
from tui_mm.runtime.running import running
from tui_mm.runtime.session_files import EMBEDDED_SESSION, SessionFiles
from tui_mm.runtime.status_text import kill_text

SOURCE = "tui-mm kill"


class KillResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one session; done means proven, or that no engine was there to prove it."""

    session: str
    is_done: bool
    text: str


def kill_all(root: Path, chosen: str | None, *, within_s: float) -> list[KillResult]:
    """Kill the chosen session, or all that run; without any, latch the next one."""
    asked = [(files, _asked(files)) for files in running(root, chosen)]
    return [_proof(files, line, within_s=within_s) for files, line in asked] or [
        _latched(SessionFiles(root / (chosen or EMBEDDED_SESSION)))
    ]


def _asked(files: SessionFiles) -> EngineLine | None:
    try:
        line = EngineLine(files.socket)
        line.ask(Kill(source=SOURCE))
    except (NoEngine, EngineSilent):
        return None
    return line


def _proof(files: SessionFiles, line: EngineLine | None, *, within_s: float) -> KillResult:
    text = "NOT PROVEN: the engine does not show a kill"
    is_done = False
    give_up = time.monotonic() + within_s
    try:
        if line is None:
            raise EngineSilent("the engine hung up")
        with line:
            line.answer()  # a picture from before it could show the proof of an earlier kill
            while not is_done and time.monotonic() < give_up:
                report = line.picture().kill
                if report is not None:
                    text = kill_text(report)
                    is_done = report.proven_at is not None
    except (EngineSilent, EngineSaidGoodbye) as error:
        with suppress(NoEngine):
            press_kill(files.socket)
        text = f"NOT PROVEN: {error}; {_latched(files).text}"
    return KillResult(session=files.name, is_done=is_done, text=text)


def _latched(files: SessionFiles) -> KillResult:
    files.prepare()
    latch = KillLatch(files.latch)
    if latch.read() is None:
        latch.save(LatchRecord(source=SOURCE, killed_at=wall_now()))
    text = "no engine answers; the kill latch is set, so the next engine starts killed"
    return KillResult(session=files.name, is_done=True, text=text)
