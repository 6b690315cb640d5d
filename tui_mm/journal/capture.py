"""The capture: everything a feed said, in compressed files that can be replayed.

One line of JSON per message: when it was received, on which connection, its number in the
engine's history, and the fact itself. Appending costs an encoding and no disk; `flush` belongs to
another thread. A capture observes: when it falls behind it loses lines and says how many, and it
never holds the engine up.

Limitation: a part begins where the one before it ended, so a part can only be replayed together
with those before it.
"""

import os
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    CloseTimeChanged,
    ContractListed,
    ContractSettled,
    ContractStatusChanged,
    FeedConnected,
    FeedLost,
    FrameRejected,
    GridChanged,
    SequenceConsumed,
    Stamped,
    TickerReceived,
    TradePrinted,
)
from tui_mm.domain.units import Nanos

CAPTURED_FACTS = frozenset(
    {
        ContractListed,
        ContractStatusChanged,
        CloseTimeChanged,
        GridChanged,
        ContractSettled,
        BookSnapshotReceived,
        BookDeltaReceived,
        SequenceConsumed,
        TradePrinted,
        TickerReceived,
        FeedConnected,
        FeedLost,
        FrameRejected,
    }
)
"""What a feed says; our own orders are in the journal, under numbers of the same history."""

PART_BYTES_MAX = 64 * 1024 * 1024  # compressed; about an hour of a busy feed
PARTS_KEPT = 16  # so captures never take more than 1 GiB of one session's folder
WAITING_BYTES_MAX = 16 * 1024 * 1024  # some twenty seconds of a busy feed
PART_SUFFIX = ".jsonl.zst"


class CaptureLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a capture of an exchange that has no wire."""

    recv_ns: Nanos
    conn: int
    seq: int
    fact: AnyFact


_ENCODER = msgspec.json.Encoder()


class CaptureWriter:
    """Writes the captures of one run into a folder, part by part."""

    def __init__(
        self,
        folder: Path,
        *,
        run: int,
        part_bytes_max: int = PART_BYTES_MAX,
        parts_kept: int = PARTS_KEPT,
    ) -> None:
        self._folder = folder
        self._run = run
        self._part_bytes_max = part_bytes_max
        self._parts_kept = parts_kept
        self._parts = 0
        self._waiting: deque[bytes] = deque()
        # Two counters, each with one writer: their difference is what waits.
        self._bytes_appended = 0
        self._bytes_taken = 0
        self._file: BinaryIO | None = None
        self._stream: zstandard.ZstdCompressionWriter | None = None
        self.lines_lost = 0

    def append(self, stamped: Stamped, *, connection: int) -> None:
        """Remember what a feed said; facts of another kind are not captured."""
        if type(stamped.fact) not in CAPTURED_FACTS:
            return
        line = _ENCODER.encode(
            CaptureLine(recv_ns=stamped.at, conn=connection, seq=stamped.seq, fact=stamped.fact)
        )
        if self._bytes_appended + len(line) - self._bytes_taken > WAITING_BYTES_MAX:
            self.lines_lost += 1
            return
        self._waiting.append(line)
        self._bytes_appended += len(line)

    def flush(self) -> None:
        """Write what is waiting so that a reader sees it, and start a new part when one is full.

        Raises:
            OSError: the disk refused; the part is closed, the next call starts another.
        """
        lines: list[bytes] = []
        while self._waiting:
            lines.append(self._waiting.popleft())
        if not lines:
            return
        self._bytes_taken += sum(map(len, lines))
        try:
            stream, file = self._open_part()
            stream.write(b"\n".join(lines) + b"\n")
            stream.flush(zstandard.FLUSH_BLOCK)
            file.flush()
            is_full = file.tell() >= self._part_bytes_max
        except OSError:
            self.lines_lost += len(lines)
            self._abandon_part()
            raise
        if is_full:
            self.close()

    def close(self) -> None:
        """End the current part; a later flush would begin another."""
        if self._stream is not None and self._file is not None:
            stream, file = self._stream, self._file
            self._stream = self._file = None
            with file:
                stream.flush(zstandard.FLUSH_FRAME)

    def _open_part(self) -> tuple[zstandard.ZstdCompressionWriter, BinaryIO]:
        if self._stream is not None and self._file is not None:
            return self._stream, self._file
        self._parts += 1
        path = self._folder / f"{self._run:06d}-{self._parts:04d}{PART_SUFFIX}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._stream = zstandard.ZstdCompressor().stream_writer(self._file, closefd=False)
        for old in sorted(self._folder.glob(f"*{PART_SUFFIX}"))[: -self._parts_kept]:
            old.unlink(missing_ok=True)
        return self._stream, self._file

    def _abandon_part(self) -> None:
        file, self._file, self._stream = self._file, None, None
        if file is not None:
            with suppress(OSError):  # closing writes what the disk has just refused
                file.close()
