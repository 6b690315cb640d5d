"""Reads recorded sessions line by line: plain, gzip or zstd, told apart by their first bytes.

Law: every line becomes something: a frame, an event of the recorder, or damage with a sentence.
Only empty lines pass without a word, because nothing can hide in them.

Known kinds of line: `{"recv_ns" or "recv_ms", "conn"?, "frame"}`; the same envelope with `"event"`,
a recorder's note, or `"fact"`, one of ours, instead of a frame; and a bare frame as the venue sent
it, whose time is the venue's.
"""

import re
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Protocol, final

import msgspec
import zstandard

from tui_mm.domain.errors import DeskError, FrameNotUnderstood
from tui_mm.domain.events import (
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
    TickerReceived,
    TradePrinted,
)
from tui_mm.domain.units import MILLISECOND, Nanos
from tui_mm.venues.kalshi.codec import (
    MALFORMED,
    Frame,
    Milliseconds,
    Number,
    Other,
    decode,
    envelope,
    sentence,
)

LINE_BYTES_MAX: Final = 16 * 1024 * 1024  # a full book of the finest grid is under 1 MB
_CHUNK_BYTES = 64 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_TIME_IN_FRAME = re.compile(rb'"(?:sending_)?ts_ms":\s?([0-9]{13})\b')

FeedFact = (
    ContractListed
    | ContractStatusChanged
    | CloseTimeChanged
    | GridChanged
    | ContractSettled
    | BookSnapshotReceived
    | BookDeltaReceived
    | SequenceConsumed
    | TradePrinted
    | TickerReceived
    | FeedConnected
    | FeedLost
    | FrameRejected
)
"""What a feed can say; our own orders are never played back."""

_Nanoseconds = Annotated[Nanos, msgspec.Meta(ge=0, le=4_102_444_800_000_000_000)]


class CaptureDamaged(DeskError):
    """The file cannot be decompressed any further; what came before it is good."""


class RecordedMarket(msgspec.Struct, frozen=True, gc=False):
    """What a recorder noted about the market it turned to."""

    market_ticker: str | None = None
    close_time: str | None = None


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line as it was written; it has a frame, a fact or an event."""

    recv_ns: _Nanoseconds | None = None
    recv_ms: Milliseconds | None = None
    conn: Number = 0
    frame: Frame | None = None
    fact: FeedFact | None = None
    event: str | None = None
    market: RecordedMarket | None = None


class Aside(msgspec.Struct, frozen=True, gc=False):
    """A whole frame of a type that is not for the feed."""

    connection: int
    frame: Other


class Damage(msgspec.Struct, frozen=True, gc=False):
    """A line that could not be understood, with all that is known of where it belongs."""

    why: str
    connection: int | None = None
    sid: int | None = None
    seq: int | None = None


class _Envelope(msgspec.Struct, frozen=True, gc=False):
    """A line whose frame or market may have any shape."""

    recv_ns: _Nanoseconds | None = None
    recv_ms: Milliseconds | None = None
    conn: Number = 0
    frame: msgspec.Raw = msgspec.Raw()


_LINES: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
_ENVELOPES: msgspec.json.Decoder[_Envelope] = msgspec.json.Decoder(_Envelope)


@final
class Capture:
    """An open recording, read once from front to back.

    `number` and `at` belong to what `read` returned last: its line, and its receive time, which
    never goes back. `steps_back` counts the lines whose own time did.

    Raises:
        OSError: from the constructor, when the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._lines: Iterator[bytes | CaptureDamaged] = _lines(self._file)
        self.number = 0
        self.at = Nanos(0)
        self.steps_back = 0

    def close(self) -> None:
        """Let go of the file; nothing more can be read."""
        self._file.close()

    def read(self) -> Line | Aside | Damage | None:
        """The next line, None after the last."""
        for raw in self._lines:
            self.number += 1
            if isinstance(raw, CaptureDamaged):
                return Damage(why=str(raw))
            try:
                line = _LINES.decode(raw)
            except MALFORMED as problem:
                if not raw.strip():
                    continue
                return self._second_look(raw, sentence(problem))
            at = line.recv_ns
            if at is not None and (line.frame is not None or _has_content(line)):
                if at >= self.at:
                    self.at = at
                else:
                    self.steps_back += 1
                return line
            return self._unusual(raw, line)
        return None

    def _unusual(self, raw: bytes, line: Line) -> Line | Aside | Damage:
        """A line without nanoseconds: in milliseconds, or bare."""
        if _has_content(line):
            if line.recv_ms is None:
                return Damage(why="no receive time", connection=line.conn)
            self._pass(line.recv_ms * MILLISECOND)
            return line
        try:
            frame = decode(raw)
        except FrameNotUnderstood as problem:
            found = envelope(raw)
            if found is None:
                return Damage(why=str(problem))
            return Damage(why=str(problem), connection=0, sid=found.sid, seq=found.seq)
        if (at := _time_in(raw)) is not None:
            self._pass(at)
        elif self.at == 0:
            self._start_with_first_time()
        return Aside(connection=0, frame=frame) if isinstance(frame, Other) else Line(frame=frame)

    def _second_look(self, raw: bytes, why: str) -> Aside | Damage:
        """A line that is not what we read at full speed: of another type, or broken."""
        try:
            outer = _ENVELOPES.decode(raw)
        except MALFORMED:
            return Damage(why=why)
        if outer.recv_ns is not None:
            self._pass(outer.recv_ns)
        elif outer.recv_ms is not None:
            self._pass(outer.recv_ms * MILLISECOND)
        raw_frame = bytes(outer.frame)
        found = envelope(raw_frame)
        if found is None:
            return Damage(why=why, connection=outer.conn)
        try:
            frame = decode(raw_frame)
        except FrameNotUnderstood as problem:
            return Damage(why=str(problem), connection=outer.conn, sid=found.sid, seq=found.seq)
        if isinstance(frame, Other):
            return Aside(connection=outer.conn, frame=frame)
        return Damage(why=why, connection=outer.conn, sid=found.sid, seq=found.seq)

    def _start_with_first_time(self) -> None:
        """Date the first bare frames, which carry no time, by the first one that does."""
        ahead: list[bytes | CaptureDamaged] = []
        for raw in self._lines:
            ahead.append(raw)
            at = None if isinstance(raw, CaptureDamaged) else _time_in(raw)
            if at is not None:
                self.at = Nanos(at)
                break
        self._lines = chain(ahead, self._lines)

    def _pass(self, at: int) -> None:
        if at >= self.at:
            self.at = Nanos(at)
        else:
            self.steps_back += 1


def _has_content(line: Line) -> bool:
    return line.frame is not None or line.event is not None or line.fact is not None


def _time_in(raw: bytes) -> int | None:
    found = _TIME_IN_FRAME.search(raw)
    return None if found is None else int(found.group(1)) * MILLISECOND


def _lines(file: BinaryIO) -> Iterator[bytes | CaptureDamaged]:
    """Lines without their ends; damage to the file comes last, in the place of what it cut off."""
    rest = b""
    try:
        for chunk in _chunks(file):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if len(rest) > LINE_BYTES_MAX:
                raise CaptureDamaged(f"a line is longer than {LINE_BYTES_MAX} bytes")
    except CaptureDamaged as damage:
        yield damage
        return
    if rest:
        yield rest


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file's text, decompressed, in pieces.

    Raises:
        CaptureDamaged: the rest cannot be decompressed, or ends too soon.
    """
    first = file.read(_CHUNK_BYTES)
    if not first.startswith((_GZIP, _ZSTD)):
        while first:
            yield first
            first = file.read(_CHUNK_BYTES)
        return
    is_gzip = first.startswith(_GZIP)
    inflater = _inflater(is_gzip=is_gzip)
    data = first
    try:
        while data:
            yield inflater.decompress(data)
            if inflater.eof and inflater.unused_data:
                # Compressed files may be joined end to end.
                data = inflater.unused_data
                inflater = _inflater(is_gzip=is_gzip)
            else:
                data = file.read(_CHUNK_BYTES)
                if inflater.eof and data:
                    inflater = _inflater(is_gzip=is_gzip)
    except (zlib.error, zstandard.ZstdError) as problem:
        raise CaptureDamaged(f"the file is damaged: {sentence(problem)}") from problem
    if not inflater.eof:
        raise CaptureDamaged("the file is cut off: its compressed data has no end")


class _Inflater(Protocol):
    """What both decompressors offer."""

    @property
    def eof(self) -> bool:
        """True once the end mark of the data was seen."""

    @property
    def unused_data(self) -> bytes:
        """What came after the end mark."""

    def decompress(self, data: bytes, /) -> bytes:
        """The text of this much more of the data."""


def _inflater(*, is_gzip: bool) -> _Inflater:
    return zlib.decompressobj(wbits=31) if is_gzip else zstandard.ZstdDecompressor().decompressobj()
