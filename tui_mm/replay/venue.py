"""A recorded session as a venue: the market plays back, our orders are filled by a model.

Time is the recording's own. The venue says what the recording says, when it says it, and answers
our commands after a latency; it never knows more than the recording does. After a gap the true
book is unknown, so a request for a snapshot stays unanswered until the recording brings one.

Limitation: in a recording of a session that traded, our orders of then are still in the books, as
if they were somebody else's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Final, NamedTuple, assert_never, final

from tui_mm.domain.commands import (
    AnyCommand,
    CancelAll,
    CancelOrder,
    DecreaseOrder,
    ExtendOrder,
    PlaceOrder,
    ReadOpenOrders,
    RequestSnapshot,
)
from tui_mm.domain.contract import ContractStatus
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    CloseTimeChanged,
    ContractListed,
    ContractSettled,
    ContractStatusChanged,
    FeedLost,
    FrameRejected,
    GridChanged,
    OpenOrdersRead,
    OrderAccepted,
    OrderExtended,
    SequenceConsumed,
    TickerReceived,
    TradePrinted,
)
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueId
from tui_mm.domain.units import MILLISECOND, Money, Nanos, Qty
from tui_mm.market.book import NegativeLevel
from tui_mm.market.feed_health import FeedHealth
from tui_mm.replay.checks import RecordedBook
from tui_mm.replay.ledger import AccountStatement
from tui_mm.replay.orders import OrderDesk, RecordedMarket
from tui_mm.replay.playback import Playback
from tui_mm.replay.report import CaptureReport, Tally, report_of
from tui_mm.venues.base import Capabilities

REPLAY: Final = VenueId("replay")
_Happening = Callable[[Nanos], list[AnyFact]]
_LifeFact = ContractStatusChanged | CloseTimeChanged | GridChanged | ContractSettled


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long a command takes to the venue; its answer is there at the same moment."""

    place: Nanos = Nanos(150 * MILLISECOND)
    cancel: Nanos = Nanos(100 * MILLISECOND)


class _Appointment(NamedTuple):
    """Something that will happen by itself; the number decides between equal times."""

    at: Nanos
    number: int
    is_answer: bool
    happens: _Happening


@final
class ReplayVenue:
    """Plays one recording once, from front to back.

    Raises:
        OSError: from the constructor, when the file cannot be opened.
    """

    def __init__(self, path: Path, *, cash: Money, latency: Latency | None = None) -> None:
        self._latency = latency or Latency()
        self._tally = Tally()
        self._playback = Playback(path, self._tally)
        self._health = FeedHealth()
        self._gaps_noted = 0
        self._desk = OrderDesk(cash)
        self._markets: dict[ContractId, RecordedMarket] = {}
        self._unlisted: set[ContractId] = set()
        self._on_the_way: dict[ClientOrderId, Nanos] = {}
        self._agenda: list[_Appointment] = []
        self._appointments = 0
        self._now = Nanos(0)

    @property
    def id(self) -> VenueId:
        """The name of the place, whatever was recorded."""
        return REPLAY

    @property
    def capabilities(self) -> Capabilities:
        """Paper only, and the recorded books never contained our orders."""
        return Capabilities(takes_money=False, book_shows_own_orders=False)

    @property
    def filled_through(self) -> Qty:
        """What of our orders was filled because the market traded through their price."""
        return self._desk.filled_through

    @property
    def filled_in_queue(self) -> Qty:
        """What of our orders was filled by trades at their price, after those who were ahead."""
        return self._desk.filled_in_queue

    @property
    def is_over(self) -> bool:
        """True once the last line was played; answers to commands still come."""
        return self._playback.at is None

    def next_at(self) -> Nanos | None:
        """When the next line, close, answer or expiry is due; None when nothing is left.

        A close or an expiry that lies behind the end of the recording never comes: the market's
        time ends there, and only commands are still answered.
        """
        line_at = self._playback.at
        due_at = self._agenda[0].at if self._agenda else None
        if line_at is None or (due_at is not None and due_at < line_at):
            return None if due_at is None else max(due_at, self._now)
        return line_at if line_at > self._now else self._now

    def advance(self, now: Nanos) -> list[AnyFact]:
        """Everything up to `now`; of one moment, the recording first and our answers last."""
        facts: list[AnyFact] = []
        agenda, playback = self._agenda, self._playback
        while True:
            line_at = playback.at
            if agenda and agenda[0].at <= now and (line_at is None or agenda[0].at < line_at):
                due = heappop(agenda)
                self._now = max(self._now, due.at)
                facts += due.happens(self._now)
            elif line_at is not None and line_at <= now:
                self._now = line_at
                self._apply(playback.play(), facts)
                if playback.at is None:
                    playback.finish()
                    self._end_market_time()
            else:
                if now > self._now:
                    self._now = now
                return facts

    def send(self, command: AnyCommand, now: Nanos) -> None:
        """Start a command on its way; commands about one order arrive in order."""
        match command:
            case PlaceOrder():
                at = Nanos(now + self._latency.place)
                self._on_the_way[command.client_order_id] = at
                self._answer_at(at, lambda then: self._place(command, then))
            case CancelOrder():
                at = self._behind(command.client_order_id, now)
                self._answer_at(at, lambda _: [self._desk.cancel(command.client_order_id)])
            case DecreaseOrder():
                at = self._behind(command.client_order_id, now)
                self._answer_at(at, lambda _: [self._desk.decrease(command)])
            case ExtendOrder():
                at = self._behind(command.client_order_id, now)
                self._answer_at(at, lambda _: self._extend(command))
            case CancelAll():
                # It reaches what is still on its way as well, as it does at the venue.
                at = max([Nanos(now + self._latency.cancel), *self._on_the_way.values()])
                self._answer_at(at, lambda _: self._desk.cancel_all("cancelled with all others"))
            case ReadOpenOrders():
                at = Nanos(now + self._latency.cancel)
                self._answer_at(at, self._open_orders_read)
            case RequestSnapshot():
                # What we distrust the recording cannot repair; its own next snapshot will.
                pass
            case _:
                assert_never(command)

    def statement(self) -> AccountStatement:
        """What our account has now."""
        return self._desk.statement()

    def report(self) -> CaptureReport:
        """What the recording contained so far, and whether it holds together."""
        if self.is_over:
            for market in self._markets.values():
                market.recorded.finish()
        self._tally.gaps = self._health.gaps
        return report_of(self._tally, lines=self._playback.number)

    def close(self) -> None:
        """Let go of the file."""
        self._playback.close()

    def _apply(self, news: Iterable[AnyFact], facts: list[AnyFact]) -> None:
        """Hand on what the recording says, each fact followed by what it does to our orders."""
        for fact in news:
            facts.append(fact)
            if type(fact) is BookDeltaReceived:
                self._on_delta(fact, facts)
            else:
                self._on_rare(fact, facts)

    def _on_delta(self, fact: BookDeltaReceived, facts: list[AnyFact]) -> None:
        contract = fact.contract
        spoiled = self._health.on_delta(contract, fact.subscription, fact.seq, fact.exchange_at)
        if spoiled or self._health.gaps != self._gaps_noted:
            self._after_gap(spoiled)
        market = self._markets.get(contract)
        if market is None:
            self._note_unlisted(contract)
            return
        if not market.recorded.is_trusted:
            return
        try:
            if market.queues.orders or market.queues.taken:
                facts += self._desk.on_delta(market, fact, self._now)
            else:
                market.recorded.on_delta(fact)
        except NegativeLevel as problem:
            self._tally.negative_levels += 1
            self._tally.note(self._playback.number, f"{contract}: {problem}")
            self._health.on_rejected((contract,))

    def _note_unlisted(self, contract: ContractId) -> None:
        if contract not in self._unlisted:
            self._unlisted.add(contract)
            self._tally.note(self._playback.number, f"deltas of {contract} without a snapshot")

    def _on_rare(self, fact: AnyFact, facts: list[AnyFact]) -> None:
        match fact:
            case BookSnapshotReceived():
                facts += self._on_snapshot(fact)
            case TickerReceived():
                if (market := self._markets.get(fact.contract)) is not None:
                    market.recorded.on_ticker(fact, line=self._playback.number)
            case TradePrinted():
                if (market := self._markets.get(fact.contract)) is not None:
                    facts += self._desk.on_trade(market, fact, self._now)
            case SequenceConsumed():
                self._after_gap(self._health.on_other(fact.subscription, fact.seq, self._now))
            case FeedLost():
                self._health.on_lost(fact.contracts)
                self._distrust(fact.contracts)
            case FrameRejected():
                self._tally.note(self._playback.number, fact.why)
                self._health.on_rejected(fact.contracts)
                self._distrust(fact.contracts)
            case ContractListed():
                recorded = RecordedBook(self._tally)
                self._markets[fact.contract.id] = RecordedMarket(fact.contract, recorded)
                self._expect_close(fact.contract.id, fact.contract.closes_at)
            case (
                ContractStatusChanged() | CloseTimeChanged() | GridChanged() | ContractSettled()
            ) if (market := self._markets.get(fact.contract)) is not None:
                facts += self._on_life(fact, market)

    def _on_snapshot(self, fact: BookSnapshotReceived) -> list[AnyFact]:
        gaps = self._health.gaps
        spoiled = self._health.on_snapshot(fact.contract, fact.subscription, fact.seq, self._now)
        self._after_gap(spoiled)
        market = self._markets.get(fact.contract)
        if market is None:
            return []
        if self._health.gaps != gaps:
            market.recorded.distrust()
        try:
            market.recorded.on_snapshot(fact)
        except NegativeLevel as problem:
            self._tally.negative_levels += 1
            self._tally.note(self._playback.number, f"{fact.contract}: {problem}")
            self._health.on_rejected((fact.contract,))
            return []
        if fact.contract not in self._health.trusted:
            market.recorded.distrust()
            return []
        market.queues.after_break(market.recorded.book)
        return self._desk.on_touch(market, self._now)

    def _on_life(self, fact: _LifeFact, market: RecordedMarket) -> list[AnyFact]:
        match fact:
            case ContractStatusChanged(status=status):
                was_open, market.is_open = market.is_open, status is ContractStatus.OPEN
                if status in (ContractStatus.OPEN, ContractStatus.PAUSED):
                    return []
                self._tally.market_closes += was_open
                return self._desk.cancel_all("the market closed", market)
            case CloseTimeChanged():
                market.contract = replace(market.contract, closes_at=fact.closes_at)
                self._expect_close(fact.contract, fact.closes_at)
            case GridChanged():
                market.contract = replace(market.contract, grid=fact.grid)
            case ContractSettled():
                self._desk.settle(market, fact.yes_payout)
        return []

    def _close(self, contract: ContractId, closes_at: Nanos) -> list[AnyFact]:
        """The moment a market was to close, unless it closed before or the moment was moved."""
        market = self._markets[contract]
        facts: list[AnyFact] = []
        if market.is_open and market.contract.closes_at == closes_at:
            closed = ContractStatusChanged(contract=contract, status=ContractStatus.CLOSED)
            self._apply((closed,), facts)
        return facts

    def _expect_close(self, contract: ContractId, closes_at: Nanos) -> None:
        # A recording of facts tells its closes itself.
        if not self._playback.is_fact:
            self._market_at(closes_at, lambda _: self._close(contract, closes_at))

    def _after_gap(self, spoiled: Iterable[ContractId]) -> None:
        self._distrust(spoiled)
        if self._health.gaps != self._gaps_noted:
            self._gaps_noted = self._health.gaps
            names = ", ".join(spoiled) or "no trusted book"
            self._tally.note(self._playback.number, f"sequence gap: {names}")

    def _distrust(self, contracts: Iterable[ContractId]) -> None:
        for contract in contracts:
            if (market := self._markets.get(contract)) is not None:
                market.recorded.distrust()

    def _place(self, command: PlaceOrder, now: Nanos) -> list[AnyFact]:
        self._on_the_way.pop(command.client_order_id, None)
        facts = self._desk.place(command, self._markets.get(command.contract), now)
        if isinstance(facts[0], OrderAccepted):
            self._expect_expiry(command.client_order_id, command.expires_at)
        return facts

    def _extend(self, command: ExtendOrder) -> list[AnyFact]:
        fact = self._desk.extend(command)
        if isinstance(fact, OrderExtended):
            self._expect_expiry(command.client_order_id, command.expires_at)
        return [fact]

    def _expect_expiry(self, client_order_id: ClientOrderId, expires_at: Nanos) -> None:
        self._market_at(expires_at, lambda then: self._desk.expire(client_order_id, then))

    def _open_orders_read(self, now: Nanos) -> list[AnyFact]:
        return [OpenOrdersRead(orders=self._desk.open_orders(), as_of=now)]

    def _behind(self, client_order_id: ClientOrderId, now: Nanos) -> Nanos:
        """When a cancel arrives: not before the order it is about."""
        sent = Nanos(now + self._latency.cancel)
        return max(sent, self._on_the_way.get(client_order_id, sent))

    def _answer_at(self, at: Nanos, happens: _Happening) -> None:
        self._schedule(at, happens, is_answer=True)

    def _market_at(self, at: Nanos, happens: _Happening) -> None:
        if not self.is_over:
            self._schedule(at, happens, is_answer=False)

    def _schedule(self, at: Nanos, happens: _Happening, *, is_answer: bool) -> None:
        self._appointments += 1
        heappush(self._agenda, _Appointment(at, self._appointments, is_answer, happens))

    def _end_market_time(self) -> None:
        self._agenda[:] = [each for each in self._agenda if each.is_answer]
        heapify(self._agenda)
