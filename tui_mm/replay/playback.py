"""A recording line by line as facts: frames through the venue's session, the recorder's notes.

Law: a line that could not be understood becomes a FrameRejected that names its line, so that the
books it may have belonged to are distrusted; it is counted and never passed over.
"""

from pathlib import Path
from typing import final

from tui_mm.domain.errors import FrameNotUnderstood
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    FrameRejected,
    TickerReceived,
    TradePrinted,
)
from tui_mm.domain.text import clean
from tui_mm.domain.units import Nanos
from tui_mm.replay.capture import Aside, Capture, Damage, FeedFact, Line
from tui_mm.replay.report import Tally
from tui_mm.venues.kalshi.codec import (
    AnyFrame,
    OrderbookDelta,
    OrderbookSnapshot,
    Other,
    Subscribed,
    Ticker,
    Trade,
)
from tui_mm.venues.kalshi.session import KalshiSession
from tui_mm.venues.kalshi.wire_numbers import moment

_CONNECTED = frozenset({"connected", "ws_connected"})
_DISCONNECTED = frozenset({"disconnected", "ws_disconnected"})
_WATCHED = "watch_market"
_WITHOUT_NEWS = frozenset({"market_rotated", "ws_subscribed"})  # the frames say the same


@final
class Playback:
    """Holds the next line ready: `at` is when it was received, None after the last.

    `number` is the line that was played last, and `is_fact` says that it held a fact of ours: such
    a recording tells the life of its contracts itself.
    """

    def __init__(self, path: Path, tally: Tally, *, use_yes_price: bool) -> None:
        self._capture = Capture(path)
        self._session = KalshiSession(use_yes_price=use_yes_price)
        self._tally = tally
        self._line: Line | Aside | Damage | None = None
        self.at: Nanos | None = None
        self.number = 0
        self.is_fact = False
        self._fetch()

    def close(self) -> None:
        """Let go of the file."""
        self._capture.close()

    def play(self) -> list[AnyFact]:
        """The facts of the line that is ready; the one after it becomes ready."""
        line = self._line
        self.number = self._capture.number
        if type(line) is Line and line.frame is not None:
            facts = self._frame(line.conn, line.frame)
        elif line is not None:
            facts = self._rare(line)
        else:
            facts = []
        self._fetch()
        return facts

    def _fetch(self) -> None:
        self._line = self._capture.read()
        self.at = None if self._line is None else self._capture.at
        self._tally.steps_back = self._capture.steps_back

    def _frame(self, connection: int, frame: AnyFrame) -> list[AnyFact]:
        tally = self._tally
        tally.frames += 1
        try:
            facts = self._session.facts(connection, frame)
        except FrameNotUnderstood as problem:
            tally.frames_rejected += 1
            tally.unknown_types += isinstance(frame, Other)
            sid, seq = _address(frame)
            return self._rejected(connection, sid=sid, seq=seq, why=str(problem))
        if type(frame) is OrderbookDelta:
            tally.deltas += 1
        else:
            self._count(frame)
        return facts

    def _rare(self, line: Line | Aside | Damage) -> list[AnyFact]:
        match line:
            case Aside():
                return self._frame(line.connection, line.frame)
            case Damage():
                self._tally.lines_damaged += 1
                return self._rejected(line.connection, sid=line.sid, seq=line.seq, why=line.why)
            case Line(fact=fact) if fact is not None:
                self.is_fact = True
                self._tally.frames += 1
                self._count(fact)
                return [fact]
            case Line():
                self._tally.events += 1
                return self._event(line)

    def _event(self, line: Line) -> list[AnyFact]:
        event = line.event
        if event in _CONNECTED:
            return self._session.connected(line.conn)
        if event in _DISCONNECTED:
            return self._session.lost(line.conn, "the recorder was disconnected")
        if event in _WITHOUT_NEWS:
            return []
        why = f"the recorder's {clean(event or '')!r} is not understood"
        market = line.market
        if event == _WATCHED and market is not None and market.market_ticker is not None:
            try:
                closes_at = moment(market.close_time or "")
            except ValueError as problem:
                why = f"close time of {clean(market.market_ticker)}: {clean(str(problem))}"
            else:
                return self._session.closes(market.market_ticker, closes_at)
        # A note is not market data: no book depends on it.
        return [FrameRejected(where=self._where, why=why, contracts=())]

    def _rejected(
        self, connection: int | None, *, sid: int | None, seq: int | None, why: str
    ) -> list[AnyFact]:
        return self._session.rejected(connection, sid=sid, seq=seq, where=self._where, why=why)

    def _count(self, content: AnyFrame | FeedFact) -> None:
        match content:
            case OrderbookDelta() | BookDeltaReceived():
                self._tally.deltas += 1
            case OrderbookSnapshot() | BookSnapshotReceived():
                self._tally.snapshots += 1
            case Ticker() | TickerReceived():
                self._tally.tickers += 1
            case Trade() | TradePrinted():
                self._tally.trades += 1

    @property
    def _where(self) -> str:
        return f"line {self.number}"


def _address(frame: AnyFrame) -> tuple[int | None, int | None]:
    """Stream and number of a frame, as far as its type has them."""
    match frame:
        case Subscribed():
            return frame.msg.sid, None
        case Ticker():
            return frame.sid, None
        case _:
            return frame.sid, frame.seq
