"""One recorded book, rebuilt, and held against what the venue itself says about it.

The check: a ticker states the touch at a moment of the exchange's clock, and the rebuilt touch of
that moment must be the same, both prices and both quantities. Frames of the two channels arrive
interleaved, so the touch is kept by exchange time, and a ticker is judged when its moment is
settled: once a delta of a later moment has come, all of its own moment have come before it. Deltas
of one moment are one action; a ticker of that very moment is made after it.

Law: a ticker is compared only where exactly one touch is possible. It is left unchecked when its
moment lies before the first delta since a snapshot, because a snapshot does not say how old it is;
when the recording or the trust in the book ends first; and when either clock is only known to the
millisecond and the touch moved in that millisecond.
"""

from collections import deque
from typing import Final, final

from tui_mm.domain.events import BookDeltaReceived, BookSnapshotReceived, TickerReceived
from tui_mm.domain.ids import SubscriptionId
from tui_mm.domain.units import MILLISECOND, Nanos, Price, Qty, price_text, qty_text
from tui_mm.market.book import Bbo, NegativeLevel, OrderBook
from tui_mm.replay.report import Tally

HISTORY_MAX: Final = 4_096  # touches; tens of seconds of the busiest market, tickers lag by one
_WAITING_MAX = 256


@final
class RecordedBook:
    """The book of one contract as the recording tells it, and the record of its touch.

    `is_trusted` is false before the first snapshot and from any break until the next one; then
    deltas are not applied. `latest_at` is the latest exchange time that anything told us of.
    """

    __slots__ = (
        "_group_at",
        "_has_moved",
        "_history",
        "_subscription",
        "_tally",
        "_waiting",
        "book",
        "is_trusted",
        "latest_at",
    )

    def __init__(self, tally: Tally) -> None:
        self.book = OrderBook()
        self.is_trusted = False
        self.latest_at = Nanos(0)
        self._tally = tally
        self._subscription: SubscriptionId | None = None
        self._group_at = Nanos(0)
        self._has_moved = False
        # The touch from each moment on, until the next entry's; the first entry is where we know.
        self._history: deque[tuple[Nanos, Bbo]] = deque(maxlen=HISTORY_MAX)
        self._waiting: deque[tuple[int, TickerReceived]] = deque()

    def on_delta(self, fact: BookDeltaReceived) -> bool:
        """Apply a delta of a trusted book; True when the touch moved.

        Raises:
            NegativeLevel: it does not fit; the book is not trusted any more.
        """
        at = fact.exchange_at
        if at != self._group_at or not at:
            self._start_group(at)
        try:
            if self.book.change(fact.side, fact.price, fact.change):
                self._has_moved = True
                return True
        except NegativeLevel:
            self.distrust()
            raise
        return False

    def on_snapshot(self, fact: BookSnapshotReceived) -> None:
        """Take a full book; tickers of the last action before it can be judged first."""
        if self.is_trusted and fact.subscription == self._subscription:
            self._end_group()
            self._judge(settled_to=self._group_at)
        self.distrust()
        self.heard(fact.exchange_at)
        self._subscription = fact.subscription
        self.book.replace(fact.bids, fact.asks)
        self.is_trusted = True
        self._count_crossed()

    def on_ticker(self, fact: TickerReceived, *, line: int) -> None:
        """Judge a ticker now or when its moment is settled."""
        self.heard(fact.exchange_at)
        if self.is_trusted and len(self._waiting) < _WAITING_MAX:
            self._waiting.append((line, fact))
            self._judge(settled_to=Nanos(self._group_at - 1))

    def heard(self, at: Nanos) -> None:
        """Something happened at the exchange at this moment."""
        if at > self.latest_at:
            self.latest_at = at

    def distrust(self) -> None:
        """Something is missing or wrong: what was known is worth nothing until a snapshot."""
        self.is_trusted = False
        self._waiting.clear()
        self._history.clear()
        self._has_moved = False
        self._group_at = Nanos(0)

    def finish(self) -> None:
        """The recording ends: its last action may be cut short, so nothing more is judged."""
        self._end_group()
        self._waiting.clear()

    def _start_group(self, at: Nanos) -> None:
        self._end_group()
        self.heard(at)
        if at < self._group_at:
            # The exchange's clock went back: moments are in no order any more.
            self._history.clear()
            self._waiting.clear()
        elif self._waiting:
            self._judge(settled_to=Nanos(at - 1))
        self._group_at = at

    def _end_group(self) -> None:
        if self._group_at and (self._has_moved or not self._history):
            self._history.append((self._group_at, self.book.bbo()))
        if self._has_moved:
            self._has_moved = False
            self._count_crossed()

    def _count_crossed(self) -> None:
        bid, ask = self.book.best_bid, self.book.best_ask
        if bid is not None and ask is not None and bid > ask:
            self._tally.crossed_books += 1

    def _judge(self, *, settled_to: Nanos) -> None:
        while self._waiting and _last_moment(self._waiting[0][1].exchange_at) <= settled_to:
            line, ticker = self._waiting.popleft()
            touch = self._touch_at(ticker.exchange_at)
            if touch is None:
                continue
            self._tally.ticker_checks += 1
            stated = Bbo(
                ticker.bid if ticker.bid_qty else None,
                ticker.bid_qty,
                ticker.ask if ticker.ask_qty else None,
                ticker.ask_qty,
            )
            if stated != touch:
                self._tally.ticker_mismatches += 1
                said, found = _text(stated), _text(touch)
                self._tally.note(line, f"ticker of {ticker.contract} says {said}, book is {found}")

    def _touch_at(self, at: Nanos) -> Bbo | None:
        """The one touch possible at a moment; None where there may have been another."""
        last = _last_moment(at)
        history = self._history
        while len(history) > 1 and _last_moment(history[1][0]) < at:
            history.popleft()  # tickers come in order: nobody will ask for what is older
        found: Bbo | None = None
        for moment, touch in history:
            if moment > last:
                break
            if _last_moment(moment) < at or moment == at == last:
                found = touch
            else:
                return None
        return found


def _last_moment(at: Nanos) -> Nanos:
    """The end of what a time may stand for: whole milliseconds may have been cut to it."""
    return at if at % MILLISECOND else Nanos(at + MILLISECOND - 1)


def _text(touch: Bbo) -> str:
    return f"{_side(touch.bid, touch.bid_qty)} / {_side(touch.ask, touch.ask_qty)}"


def _side(at: Price | None, size: Qty) -> str:
    return "nothing" if at is None else f"{qty_text(size)} at {price_text(at)}"
