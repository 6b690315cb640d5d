"""The durable, append-only record of everything money depends on.

Law: an intent is on the disk before the order leaves the process. The database is SQLite in WAL
mode with `synchronous=FULL`, set and read back; rows are only ever added (the database itself
refuses the rest). Raw market data does not come here but into the capture, under the same
sequence numbers. After the first error the journal has failed for the run: nothing is retried and
assumed.

`append_*` belong to the thread of the engine and never touch the disk; `commit` belongs to the
thread of the disk.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock

import msgspec

from tui_mm.domain.commands import AnyCommand
from tui_mm.domain.errors import DeskError
from tui_mm.domain.events import (
    CancelRefused,
    CloseTimeChanged,
    ContractListed,
    ContractSettled,
    ContractStatusChanged,
    GridChanged,
    JournalFailed,
    OpenOrdersRead,
    OperatorActed,
    OperatorLost,
    OrderAccepted,
    OrderCanceled,
    OrderDecreased,
    OrderExtended,
    OrderFilled,
    OrderRejected,
    OutcomeLost,
    Stamped,
)
from tui_mm.domain.units import Nanos

JOURNALED_FACTS = frozenset(
    {
        ContractListed,
        ContractStatusChanged,
        CloseTimeChanged,
        GridChanged,
        ContractSettled,
        OrderAccepted,
        OrderRejected,
        OrderFilled,
        OrderCanceled,
        OrderDecreased,
        OrderExtended,
        CancelRefused,
        OutcomeLost,
        OpenOrdersRead,
        OperatorActed,
        OperatorLost,
        JournalFailed,
    }
)
"""Facts that money depends on; the others can be read in the capture."""

BUSY_TIMEOUT_S = (
    1  # readers do not block a WAL writer, so waiting longer would be waiting for a bug
)

_SYNCHRONOUS_FULL = 2  # what `PRAGMA synchronous` answers for FULL
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    row INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    wall_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    client_order_id TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_run ON entries (run, row);
CREATE TRIGGER IF NOT EXISTS entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entries_are_never_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""
_INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ENCODER = msgspec.json.Encoder(order="sorted")

_Row = tuple[int, int, int, int, int, str, str | None, str]


class JournalBroken(DeskError):
    """The journal cannot be written; send nothing more that adds risk in this run."""


class JournalWriter:
    """Appends the facts and commands of one run.

    Raises:
        JournalBroken: on opening, when the disk or the settings of the database cannot be trusted.
    """

    def __init__(self, path: Path, *, wall_now: Callable[[], Nanos]) -> None:
        self._wall_now = wall_now
        self._pending: deque[_Row] = deque()
        self._commit_lock = Lock()
        self.failure = ""
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._database = _opened(path)
            last_row, last_run = self._database.execute(
                "SELECT coalesce(max(row), 0), coalesce(max(run), 0) FROM entries"
            ).fetchone()
        except (sqlite3.Error, OSError) as error:
            raise JournalBroken(f"the journal {path} cannot be opened: {error}") from error
        self.run: int = last_run + 1
        self._last_row: int = last_row
        self.durable_row: int = last_row

    @property
    def has_pending(self) -> bool:
        """True while something was appended that is not on the disk yet."""
        return bool(self._pending)

    def append_fact(self, stamped: Stamped) -> None:
        """Remember a fact for the next commit, if money depends on it."""
        if type(stamped.fact) in JOURNALED_FACTS:
            self._append(stamped.fact, seq=stamped.seq, at=stamped.at)

    def append_command(self, command: AnyCommand, *, seq: int, at: Nanos) -> int:
        """Remember a command under the number of the fact that caused it; returns its row."""
        self._append(command, seq=seq, at=at)
        return self._last_row

    def commit(self) -> None:
        """Put everything appended so far on the disk, as one transaction.

        Raises:
            JournalBroken: nothing may be assumed durable beyond `durable_row`, now or later.
        """
        with self._commit_lock:
            if self.failure:
                raise JournalBroken(self.failure)
            rows: list[_Row] = []
            while self._pending:
                rows.append(self._pending.popleft())
            if not rows:
                return
            try:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.executemany(_INSERT, rows)
                self._database.execute("COMMIT")
            except (sqlite3.Error, OSError) as error:
                with suppress(sqlite3.Error):  # readers must not find a half-open transaction
                    self._database.execute("ROLLBACK")
                self.fail(f"the journal cannot be written: {error}")
                raise JournalBroken(self.failure) from error
            self.durable_row = rows[-1][0]

    def fail(self, why: str) -> None:
        """Declare the journal failed for this run; the first reason stays."""
        self.failure = self.failure or why

    def close(self) -> None:
        """Let go of the file; what was not committed is not written."""
        with self._commit_lock:
            self._database.close()

    def _append(self, entry: msgspec.Struct, *, seq: int, at: Nanos) -> None:
        self._last_row += 1
        if self.failure:
            return  # kept nowhere: a failed journal must not grow in memory either
        client_order_id: str | None = getattr(entry, "client_order_id", None)
        self._pending.append(
            (
                self._last_row,
                self.run,
                seq,
                at,
                self._wall_now(),
                type(entry).__name__,
                client_order_id,
                _ENCODER.encode(entry).decode(),
            )
        )


def _opened(path: Path) -> sqlite3.Connection:
    # Commits run on the disk's thread, one at a time; opening and closing on the engine's.
    database = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone stops at the drive's cache
        _read_back(database, "journal_mode", "wal")
        _read_back(database, "synchronous", _SYNCHRONOUS_FULL)
        with closing(database.executescript(_SCHEMA)):
            pass
    except sqlite3.Error:
        database.close()
        raise
    return database


def _read_back(database: sqlite3.Connection, name: str, wanted: str | int) -> None:
    (found,) = database.execute(f"PRAGMA {name}").fetchone()
    if found != wanted:
        raise sqlite3.OperationalError(f"{name} is {found!r} where {wanted!r} is needed")
