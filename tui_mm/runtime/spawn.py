"""Starts an engine process that outlives its terminal, and waits until it can be talked to."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tui_mm.domain.errors import DeskError
from tui_mm.domain.text import clean
from tui_mm.runtime.client import EngineLine, EngineSilent, NoEngine
from tui_mm.runtime.lock import holder_pid
from tui_mm.runtime.log import opened_log
from tui_mm.runtime.session_files import SessionFiles

START_WITHIN_S = 20.0
STOP_WITHIN_S = 15.0  # the engine itself waits ten seconds for proof
LOG_LINES_SHOWN = 12
_POLL_S = 0.02


class EngineDidNotStart(DeskError):
    """The engine process ended, or stayed silent; the text ends with its last words."""


def spawn_engine(argv: Sequence[str], files: SessionFiles) -> subprocess.Popen[bytes]:
    """Start the engine in a session of its own, without a terminal; returns when it answers.

    Raises:
        EngineDidNotStart: it died or did not answer; nothing of it is left running.
    """
    files.prepare()
    with opened_log(files.log) as log:
        log_began = log.seek(0, 2)
        engine = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    give_up = time.monotonic() + START_WITHIN_S
    while time.monotonic() < give_up:
        if engine.poll() is not None:
            raise EngineDidNotStart(
                f"the engine ended at once (exit code {engine.returncode})"
                f"{_last_words(files.log, log_began)}"
            )
        if holder_pid(files.lock) == engine.pid and _says_hello(files.socket):
            return engine
        time.sleep(_POLL_S)
    engine.terminate()  # it may have quotes: let it cancel them
    try:
        engine.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.wait()
    raise EngineDidNotStart(
        f"the engine did not answer within {START_WITHIN_S:.0f} s"
        f"{_last_words(files.log, log_began)}"
    )


def _says_hello(path: Path) -> bool:
    try:
        with EngineLine(path) as line:
            line.picture()
    except (NoEngine, EngineSilent):
        return False
    return True


def _last_words(log: Path, began: int) -> str:
    with log.open("rb") as file:
        file.seek(began)
        lines = file.read().decode(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    return "".join(f"\n  {clean(line)}" for line in lines)
