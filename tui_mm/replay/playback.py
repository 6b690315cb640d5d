"""A recording line by line as facts: frames through the venue's session, the recorder's notes.

Law: a line that could not be understood becomes a FrameRejected that names its line, and with it
the books it may have belonged to; it is counted and never passed over.
"""

from pathlib import Path
from typing import final

from tui_mm.domain.errors import FrameNotUnderstood
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    ContractListed,
    FrameRejected,
    TickerReceived,
    TradePrinted,
)
from tui_mm.domain.ids import ContractId
from tui_mm.domain.text import clean
from tui_mm.domain.units import Nanos
from tui_mm.replay.capture import AnyLine, Aside, Capture, Damage, FeedFact, Line, OddNote
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

    def __init__(self, path: Path, tally: Tally) -> None:
        self._capture = Capture(path, tally)
        self._clock = self._capture.clock
        self._session = KalshiSession(self._remark)
        self._tally = tally
        self._line: AnyLine | None = self._capture.read()
        self._listed_by_facts: list[ContractId] = []
        self.at: Nanos | None = None if self._line is None else self._clock.at
        self.number = 0
        self.is_fact = False

    def close(self) -> None:
        """Let go of the file."""
        self._capture.close()

    def finish(self) -> None:
        """Say what is still uncertain at the end."""
        if doubtful := self._session.doubtful_tickers():
            names = clean(", ".join(doubtful))
            unclear = f"whether the NO side of {names} is in NO or in YES prices"
            self._remark(f"nothing says {unclear}; it is read as NO prices")

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
        self._line = following = self._capture.read()
        self.at = None if following is None else self._clock.at
        return facts

    def _frame(self, connection: int, frame: AnyFrame) -> list[AnyFact]:
        tally = self._tally
        tally.frames += 1
        try:
            facts = self._session.facts(connection, frame)
        except FrameNotUnderstood as problem:
            tally.frames_rejected += 1
            tally.unknown_types += isinstance(frame, Other)
            return self._rejected(connection, _address(frame), why=str(problem))
        if type(frame) is OrderbookDelta:
            tally.deltas += 1
        else:
            self._count(frame)
        return facts

    def _rare(self, line: AnyLine) -> list[AnyFact]:
        match line:
            case Aside():
                return self._frame(line.connection, line.frame)
            case Damage():
                self._tally.lines_damaged += 1
                return self._rejected(line.connection, line.address, why=line.why)
            case OddNote():
                self._tally.events += 1
                return self._odd_note(line.why)
            case Line(fact=fact) if fact is not None:
                self.is_fact = True
                self._tally.frames += 1
                self._count(fact)
                if isinstance(fact, ContractListed):
                    self._listed_by_facts.append(fact.contract.id)
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
        return self._odd_note(why)

    def _odd_note(self, why: str) -> list[AnyFact]:
        # A note is not market data: no book depends on it.
        self._tally.events_rejected += 1
        return [FrameRejected(where=self._where, why=why, contracts=())]

    def _rejected(
        self, connection: int | None, address: Other | None, *, why: str
    ) -> list[AnyFact]:
        if self.is_fact:
            # Facts come without a session: the line may have been about any of their contracts.
            contracts = tuple(self._listed_by_facts)
            return [FrameRejected(where=self._where, why=why, contracts=contracts)]
        return self._session.rejected(connection, address, where=self._where, why=why)

    def _remark(self, what: str) -> None:
        self._tally.remark(self.number, what)

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


def _address(frame: AnyFrame) -> Other:
    """Type, stream and number of a frame, as far as its type has them."""
    sid: int | None
    seq: int | None
    match frame:
        case Other():
            return frame
        case Subscribed():
            sid, seq = frame.msg.sid, None
        case Ticker():
            sid, seq = frame.sid, None
        case _:
            sid, seq = frame.sid, frame.seq
    return Other(type=str(frame.__struct_config__.tag), sid=sid, seq=seq)
