"""The log for humans and their tools: one JSON object per line, known fields only.

A field that is not on the list does not reach the file, so a secret cannot slip in with an object
somebody thought harmless.
"""

import os
from pathlib import Path
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from tui_mm.runtime.disk import DiskThread

LOGGED_FIELDS = frozenset(
    {
        "action",
        "after_s",
        "at",
        "code",
        "contract",
        "desk",
        "error",
        "event",
        "is_proven",
        "level",
        "lines_lost",
        "pid",
        "positions",
        "reason",
        "run",
        "session",
        "severity",
        "source",
        "speed",
        "state",
        "task",
        "text",
        "timestamp",
        "trace",
        "why",
    }
)


def opened_log(path: Path) -> TextIO:
    """The log file, for appending, readable by its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "a", encoding="utf-8", buffering=1)


def logger_to(file: TextIO, disk: DiskThread) -> FilteringBoundLogger:
    """A logger that hands lines of JSON to the disk's thread; a full disk costs lines, not more."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _DiskLogger(file, disk),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _known_fields_only,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("INFO"),
    )
    return logger


class _DiskLogger:
    def __init__(self, file: TextIO, disk: DiskThread) -> None:
        self._file = file
        self._disk = disk

    def msg(self, line: str) -> None:
        self._disk.submit(lambda: self._write(line))

    info = warning = error = msg

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")


def _known_fields_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    kept = {name: value for name, value in event.items() if name in LOGGED_FIELDS}
    if isinstance(error := kept.get("error"), BaseException):
        # The kind and the text of an error, never the frames with their variables.
        kept["error"] = f"{type(error).__name__}: {error}"
    return kept
