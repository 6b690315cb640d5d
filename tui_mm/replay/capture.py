"""Reads recorded sessions line by line.

Law: every line becomes something: a frame, a fact, a note of the recorder, or damage with a
sentence. Only empty lines pass without a word, because nothing can hide in them.

Known kinds of line: `{"recv_ns" or "recv_ms", "conn"?, "frame"}`; the same envelope with `"event"`,
a recorder's note, or `"fact"`, one of ours, instead of a frame; and a bare frame as the venue sent
it. A line without a receive time happens when its frame says that it was sent, or else together
with the line before it.
"""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Final, TypeVar, final

import msgspec

from tui_mm.domain.errors import FrameNotUnderstood
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
from tui_mm.domain.units import DAY, MILLISECOND, Nanos
from tui_mm.replay.recorded_clock import RecordedClock, is_usable, near
from tui_mm.replay.report import Tally
from tui_mm.replay.text_lines import CaptureDamaged, text_lines
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

_TIME_IN_FRAME = re.compile(rb'"(?:sending_)?ts_ms":\s?([0-9]{13})\b')
_UNDATED_LINES_MAX: Final = 10_000  # what is read ahead to find the first time
_UNDATED_BYTES_MAX: Final = 64 * 1024 * 1024
_T = TypeVar("_T")

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


class OddNote(msgspec.Struct, frozen=True, gc=False):
    """A recorder's note of a shape that says nothing to us."""

    why: str


class Damage(msgspec.Struct, frozen=True, gc=False):
    """A line that could not be understood, with all that is known of where it belongs."""

    why: str
    connection: int | None = None
    address: Other | None = None


AnyLine = Line | Aside | OddNote | Damage


class _Envelope(msgspec.Struct, frozen=True, gc=False):
    """A line of which nothing is asked but that it is an object."""

    recv_ns: msgspec.Raw = msgspec.Raw()
    recv_ms: msgspec.Raw = msgspec.Raw()
    conn: msgspec.Raw = msgspec.Raw()
    frame: msgspec.Raw = msgspec.Raw()
    fact: msgspec.Raw = msgspec.Raw()
    event: msgspec.Raw = msgspec.Raw()
    market: msgspec.Raw = msgspec.Raw()


_LINES: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
_ENVELOPES: msgspec.json.Decoder[_Envelope] = msgspec.json.Decoder(_Envelope)
_NULL = b"null"


@final
class Capture:
    """An open recording, read once from front to back.

    `number` and the clock's time belong to what `read` returned last. What is wrong with times is
    noted in the tally.

    Raises:
        OSError: from the constructor, when the file cannot be opened.
    """

    def __init__(self, path: Path, tally: Tally) -> None:
        self._file = path.open("rb")
        self._lines: Iterator[bytes | CaptureDamaged] = text_lines(self._file)
        self.number = 0
        self.clock = RecordedClock(self._first_times(), tally)

    def close(self) -> None:
        """Let go of the file; nothing more can be read."""
        self._file.close()

    def read(self) -> AnyLine | None:
        """The next line, None after the last."""
        for raw in self._lines:
            self.number += 1
            if type(raw) is not bytes:
                return Damage(why=str(raw))
            try:
                line = _LINES.decode(raw)
            except MALFORMED as problem:
                if not raw.strip():
                    continue
                return self._second_look(raw, sentence(problem))
            at = line.recv_ns
            if at is not None and (line.frame is not None or _has_content(line)):
                clock = self.clock
                if 0 <= at - clock.at <= DAY:
                    clock.at = at
                else:
                    clock.hear(at, line=self.number)
                return line
            return self._unusual(raw, line)
        return None

    def _unusual(self, raw: bytes, line: Line) -> AnyLine:
        """A line without nanoseconds: in milliseconds, or bare."""
        at = line.recv_ns if line.recv_ms is None else line.recv_ms * MILLISECOND
        self._hear(raw, at)
        if _has_content(line):
            return line
        if at is not None:
            return Damage(why="neither a frame nor an event", connection=line.conn)
        try:
            frame = decode(raw)
        except FrameNotUnderstood as problem:
            found = envelope(raw)
            connection = None if found is None else 0
            return Damage(why=str(problem), connection=connection, address=found)
        return Aside(connection=0, frame=frame) if isinstance(frame, Other) else Line(frame=frame)

    def _second_look(self, raw: bytes, why: str) -> AnyLine:
        """A line that is not what we read at full speed: of another type, odd, or broken."""
        try:
            outer = _ENVELOPES.decode(raw)
        except MALFORMED:
            return Damage(why=why)
        self._hear(raw, _stated(outer))
        connection = _read(outer.conn, int, default=0)
        if connection is not None and connection < 0:
            connection = None
        if _is_there(outer.event):
            event = _read(outer.event, str, default="")
            if event is None or connection is None or bytes(outer.conn) == _NULL:
                return OddNote(why=f"the recorder's note is not understood: {why}")
            market = _read(outer.market, RecordedMarket, default=RecordedMarket())
            return Line(event=event, conn=connection, market=market)
        raw_frame = bytes(outer.frame)
        found = envelope(raw_frame)
        if found is None:
            return Damage(why=why, connection=connection)
        try:
            frame = decode(raw_frame)
        except FrameNotUnderstood as problem:
            return Damage(why=str(problem), connection=connection, address=found)
        if connection is None:
            return Damage(why=why, address=found)
        if isinstance(frame, Other):
            return Aside(connection=connection, frame=frame)
        return Line(conn=connection, frame=frame)

    def _hear(self, raw: bytes, at: int | None) -> None:
        """Take the time a line states, or else the one in its frame."""
        stated = _time_in(raw) if at is None else at
        if stated is not None:
            self.clock.hear(stated, line=self.number)

    def _first_times(self) -> list[int]:
        """What the first lines state, read ahead until two of them in a row agree."""
        ahead: list[bytes | CaptureDamaged] = []
        times: list[int] = []
        size = 0
        for raw in self._lines:
            ahead.append(raw)
            at = _time_of(raw)
            if at is not None:
                times.append(at)
                if len(times) > 1 and near(times[-2], at):
                    break
            size += len(raw) if type(raw) is bytes else 0
            if len(ahead) >= _UNDATED_LINES_MAX or size > _UNDATED_BYTES_MAX:
                break
        self._lines = chain(ahead, self._lines)
        return times


def _has_content(line: Line) -> bool:
    return line.frame is not None or line.event is not None or line.fact is not None


def _time_of(raw: bytes | CaptureDamaged) -> int | None:
    """The usable time a line states, if it does."""
    if type(raw) is not bytes:
        return None
    try:
        outer = _ENVELOPES.decode(raw)
    except MALFORMED:
        return None
    at = _stated(outer)
    if at is None:
        at = _time_in(raw)
    return at if at is not None and is_usable(at) else None


def _stated(outer: _Envelope) -> int | None:
    at = _read(outer.recv_ns, int, default=None)
    if at is not None:
        return at
    at = _read(outer.recv_ms, int, default=None)
    return None if at is None else at * MILLISECOND


def _time_in(raw: bytes) -> int | None:
    found = _TIME_IN_FRAME.search(raw)
    return None if found is None else int(found.group(1)) * MILLISECOND


def _is_there(part: msgspec.Raw) -> bool:
    return bool(part) and bytes(part) != _NULL


def _read(part: msgspec.Raw, kind: type[_T], *, default: _T | None) -> _T | None:
    """A part that is of this kind; the default where it is not there, None where it is odd."""
    if not _is_there(part):
        return default
    try:
        return msgspec.json.decode(part, type=kind)
    except MALFORMED:
        return None
