"""Kalshi's frames of every connection as facts, in YES terms.

Owns which stream of which connection feeds which contract. Law: a book change becomes a fact only
for a contract whose snapshot came on the same stream; on any other stream it merely uses up its
number. The snapshot that came last decides which stream that is, contract by contract, so two
connections may carry the same contract; an earlier connection is lost once the later ones have
taken all it fed. A stream whose numbers begin again at one is another stream.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import final

from tui_mm.domain.contract import Side
from tui_mm.domain.errors import FrameNotUnderstood
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    CloseTimeChanged,
    ContractListed,
    FeedConnected,
    FeedLost,
    FrameRejected,
    SequenceConsumed,
)
from tui_mm.domain.ids import ContractId, SubscriptionId
from tui_mm.domain.text import clean
from tui_mm.domain.units import SECOND, Nanos, Price
from tui_mm.venues.kalshi.codec import (
    AnyFrame,
    Error,
    LifecycleBody,
    MarketLifecycle,
    Ok,
    OrderbookDelta,
    OrderbookSnapshot,
    Other,
    Subscribed,
    Ticker,
    Trade,
    Unsubscribed,
)
from tui_mm.venues.kalshi.contracts import (
    NO_CLOSE,
    contract_named,
    finer_grid,
    group_of,
    refuse_unless_plain,
)
from tui_mm.venues.kalshi.market_news import life_facts, ticker_fact, trade_facts
from tui_mm.venues.kalshi.no_side import Levels, yes_pricing
from tui_mm.venues.kalshi.streams import Listed, Stream, asks_of, spelled_levels
from tui_mm.venues.kalshi.wire_numbers import (
    COMPLEMENT_LEVELS,
    LEVELS,
    QUANTITIES,
    exchange_time,
)

_BUY, _SELL = Side.BUY, Side.SELL
_BOOK_TYPES = frozenset({"orderbook_delta", "orderbook_snapshot"})


@final
class KalshiSession:
    """Turns decoded frames into facts; told which connection each frame came from.

    `remark` is told in a sentence what somebody may want to know and nobody has to mend.
    """

    def __init__(self, remark: Callable[[str], None]) -> None:
        self._remark = remark
        self._asks: Mapping[str, Price] = COMPLEMENT_LEVELS
        self._connections: dict[int, dict[int, Stream]] = {}
        self._listed: dict[str, Listed] = {}
        self._closes_at: dict[str, Nanos] = {}
        self._subscriptions = 0

    def facts(self, connection: int, frame: AnyFrame) -> list[AnyFact]:
        """What this frame says happened.

        Raises:
            FrameNotUnderstood: a number in it is none; nothing of the frame was taken. Tell
                `rejected`.
        """
        try:
            if type(frame) is OrderbookDelta:
                return self._delta(connection, frame)
            return self._rare(connection, frame)
        except ValueError as problem:
            raise FrameNotUnderstood(clean(f"{problem}")) from problem

    def connected(self, connection: int) -> list[AnyFact]:
        """A connection begins; one of the same number before it has ended."""
        ended = self.lost(connection, "a new connection took its place")
        self._connections[connection] = {}
        return [*ended, FeedConnected(connection=connection)]

    def lost(self, connection: int, why: str) -> list[AnyFact]:
        """A connection ended; the books it fed are worthless."""
        if connection not in self._connections:
            return []
        contracts = self._released(self._connections.pop(connection))
        return [FeedLost(connection=connection, contracts=contracts, why=why)]

    def rejected(
        self, connection: int | None, address: Other | None, *, where: str, why: str
    ) -> list[AnyFact]:
        """A frame that could not be understood: the books it may have belonged to are spoiled.

        A frame that is known to have no number cannot have changed a book and spoils none.

        Args:
            connection: None when not even that is known; then every book may be meant.
            address: what could be read of its type, stream and number; None when nothing could.
        """
        sid, seq = (None, None) if address is None else (address.sid, address.seq)
        spoiled: list[ContractId] = []
        if address is None or seq is not None or address.type in _BOOK_TYPES:
            for stream in self._streams_meant(connection, sid):
                spoiled.extend(stream.contracts.values())
                if stream.doubt is not None:
                    stream.doubt.forget_all()
        facts: list[AnyFact] = [FrameRejected(where=where, why=why, contracts=tuple(spoiled))]
        if connection is not None:
            facts.extend(self._numbered(connection, sid, seq))
        return facts

    def closes(self, ticker: str, at: Nanos) -> list[AnyFact]:
        """Somebody said when a market stops trading."""
        self._closes_at[ticker] = at
        listed = self._listed.get(ticker)
        if listed is None or listed.contract.closes_at == at:
            return []
        listed.contract = replace(listed.contract, closes_at=at)
        return [CloseTimeChanged(contract=listed.contract.id, closes_at=at)]

    def doubtful_tickers(self) -> list[str]:
        """The markets whose NO side is read as NO prices though nothing so far says that it is."""
        return [
            ticker
            for streams in self._connections.values()
            for stream in streams.values()
            if stream.doubt is not None and not stream.is_yes_priced
            for ticker in stream.doubt.tickers
        ]

    def _delta(self, connection: int, frame: OrderbookDelta) -> list[AnyFact]:
        msg = frame.msg
        streams = self._connections.get(connection)
        stream = None if streams is None else streams.get(frame.sid)
        contract = None if stream is None else stream.contracts.get(msg.market_ticker)
        if stream is None or contract is None:
            return self._unbooked(connection, frame)
        is_bid = msg.side == "yes"
        fact = BookDeltaReceived(
            contract=contract,
            subscription=stream.subscription,
            seq=frame.seq,
            side=_BUY if is_bid else _SELL,
            price=(LEVELS if is_bid else stream.asks)[msg.price_dollars],
            change=QUANTITIES[msg.delta_fp],
            exchange_at=exchange_time(msg.ts_ms, msg.ts),
        )
        if stream.doubt is None:
            stream.seq = frame.seq
        else:
            stream.count(frame.seq)
            at = LEVELS[msg.price_dollars]
            stream.doubt.change(msg.market_ticker, is_yes=is_bid, at=at, change=fact.change)
        return [fact]

    def _unbooked(self, connection: int, frame: OrderbookDelta) -> list[AnyFact]:
        """A change of a book we do not have from this stream."""
        ticker = frame.msg.market_ticker
        facts = self._numbered(connection, frame.sid, frame.seq)
        listed = self._listed.get(ticker)
        fed_by = None if listed is None else listed.connection
        stream = self._connections[connection][frame.sid]
        if ticker in stream.unfed or (fed_by is not None and fed_by > connection):
            return facts
        stream.unfed.add(ticker)
        spoiled: tuple[ContractId, ...] = ()
        if listed is not None and fed_by is not None and fed_by < connection:
            # A later connection has it, and its snapshot must have been missed.
            facts.extend(self._lost_with(fed_by, ticker, f"replaced by connection {connection}"))
            spoiled = (listed.contract.id,)
        where = f"connection {connection}"
        why = f"deltas of {clean(ticker)} without a snapshot"
        return [*facts, FrameRejected(where=where, why=why, contracts=spoiled)]

    def _rare(self, connection: int, frame: AnyFrame) -> list[AnyFact]:
        match frame:
            case Ticker():
                return self._ticker(frame)
            case Trade():
                return self._trade(connection, frame)
            case OrderbookSnapshot():
                return self._snapshot(connection, frame)
            case MarketLifecycle():
                life = self._life(frame.msg)
                return life + self._numbered(connection, frame.sid, frame.seq)
            case Subscribed():
                return self._subscribed(connection, frame)
            case Error():
                return self._error(connection, frame)
            case Unsubscribed():
                facts = self._numbered(connection, frame.sid, frame.seq)
                return facts + self._ended(connection, frame.sid, "unsubscribed")
            case Ok():
                return self._numbered(connection, frame.sid, frame.seq)
            case Other():
                if frame.is_known:
                    return self._numbered(connection, frame.sid, frame.seq)
                raise FrameNotUnderstood(f"unknown type {clean(frame.type)!r}")
        raise AssertionError("every frame has a case")

    def _snapshot(self, connection: int, frame: OrderbookSnapshot) -> list[AnyFact]:
        msg = frame.msg
        ticker = msg.market_ticker
        bids, spelled = spelled_levels(msg.yes_dollars_fp), spelled_levels(msg.no_dollars_fp)
        refuse_unless_plain(ticker)
        facts, stream = self._stream_at(connection, frame.sid, frame.seq)
        facts.extend(self._read_no_side(stream, frame, yes=bids, no=spelled))
        stream.seq = frame.seq
        asks = asks_of(spelled, stream)
        prices = [at for at, _ in (*bids, *asks)]
        listed = self._listed.get(ticker)
        news: list[AnyFact] = []
        if listed is None:
            closes_at = self._closes_at.get(ticker, NO_CLOSE)
            contract = contract_named(ticker, prices=prices, closes_at=closes_at)
            listed = self._listed[ticker] = Listed(contract)
            news.append(ContractListed(contract=contract, group=group_of(contract)))
        elif (grid := finer_grid(listed.contract.grid, prices)) is not None:
            news.append(listed.after_grid(grid))
        if listed.stream is not stream:
            facts.extend(self._feed_with(stream, connection, ticker, listed))
        return [
            *facts,
            *news,
            BookSnapshotReceived(
                contract=listed.contract.id,
                subscription=stream.subscription,
                seq=frame.seq,
                bids=bids,
                asks=asks,
                exchange_at=exchange_time(frame.sending_ts_ms, None),
            ),
        ]

    def _read_no_side(
        self, stream: Stream, frame: OrderbookSnapshot, *, yes: Levels, no: Levels
    ) -> list[AnyFact]:
        """Let a full book decide how its stream prices the NO side, as far as it can."""
        ticker, is_first = frame.msg.market_ticker, not stream.contracts
        facts: list[AnyFact] = []
        if stream.doubt is not None:
            stream.doubt.forget(ticker)
            if frame.seq != stream.seq + 1:
                stream.doubt.forget_all()
            decision = yes_pricing(yes=yes, no=no)
            if decision is None:
                stream.doubt.keep(ticker, yes=yes, no=no)
            else:
                facts = self._decided(stream, ticker, is_yes_priced=decision)
        if is_first and stream.is_yes_priced:
            self._remark(f"the NO side of {clean(ticker)} is read as YES prices")
        return facts

    def _decided(self, stream: Stream, ticker: str, *, is_yes_priced: bool) -> list[AnyFact]:
        """The doubt is over; books that were read the other way are told again.

        They come under a new subscription, as full books of the last numbers of the old one.
        """
        doubt, stream.doubt = stream.doubt, None
        was_yes_priced = stream.is_yes_priced
        self._asks = stream.asks = LEVELS if is_yes_priced else COMPLEMENT_LEVELS
        if doubt is None or is_yes_priced == was_yes_priced:
            return []
        if stream.contracts:
            how = "YES" if is_yes_priced else "NO"
            self._remark(f"the NO side of {clean(ticker)} is read as {how} prices from here on")
        books = list(doubt.books())
        if not books:
            return []
        stream.subscription = self._new_subscription()
        first_seq = stream.seq - len(books) + 1
        return [
            BookSnapshotReceived(
                contract=stream.contracts[ticker],
                subscription=stream.subscription,
                seq=seq,
                bids=bids,
                asks=asks_of(spelled, stream),
                exchange_at=Nanos(0),
            )
            for seq, (ticker, bids, spelled) in enumerate(books, first_seq)
        ]

    def _feed_with(
        self, stream: Stream, connection: int, ticker: str, listed: Listed
    ) -> list[AnyFact]:
        """From now on this stream feeds the contract, and the one before it does not."""
        facts: list[AnyFact] = []
        before, fed_by = listed.stream, listed.connection
        if before is not None and fed_by is not None:
            if fed_by < connection:
                facts = self._lost_with(fed_by, ticker, f"replaced by connection {connection}")
            if ticker in before.contracts:
                del before.contracts[ticker]
                before.unfed.add(ticker)
                if before.doubt is not None:
                    before.doubt.forget(ticker)
        stream.contracts[ticker] = listed.contract.id
        stream.unfed.discard(ticker)
        listed.stream, listed.connection = stream, connection
        return facts

    def _lost_with(self, connection: int, ticker: str, why: str) -> list[AnyFact]:
        """An earlier connection is lost when the market it is about to lose is its last."""
        streams = self._connections.get(connection, {}).values()
        if any(fed != ticker for stream in streams for fed in stream.contracts):
            return []
        return self.lost(connection, why)

    def _subscribed(self, connection: int, frame: Subscribed) -> list[AnyFact]:
        sid = frame.msg.sid
        ended: list[AnyFact] = []
        known = self._connections.get(connection, {}).get(sid)
        if known is not None and known.is_confirmed:
            # Numbers start again: the recording does not tell its connections apart.
            ended = self._ended(connection, sid, "subscribed again")
        facts, stream = self._stream(connection, sid)
        stream.is_confirmed = True
        return ended + facts

    def _error(self, connection: int, frame: Error) -> list[AnyFact]:
        why = f"error {frame.msg.code}: {clean(frame.msg.msg)}"
        facts = self._numbered(connection, frame.sid, frame.seq)
        if not frame.is_terminal:
            return [*facts, FrameRejected(where="venue", why=why, contracts=())]
        if frame.sid is None:
            return facts + self.lost(connection, why)
        return facts + self._ended(connection, frame.sid, why)

    def _ticker(self, frame: Ticker) -> list[AnyFact]:
        msg = frame.msg
        listed = self._listed.get(msg.market_ticker)
        if listed is None:
            return []
        fact = ticker_fact(msg, listed)
        stream = listed.stream
        if stream is None or stream.doubt is None:
            return [fact]
        is_yes_priced = stream.doubt.yes_pricing_by_ticker(
            msg.market_ticker, ask=fact.ask, ask_qty=fact.ask_qty
        )
        if is_yes_priced is None:
            return [fact]
        return [*self._decided(stream, msg.market_ticker, is_yes_priced=is_yes_priced), fact]

    def _trade(self, connection: int, frame: Trade) -> list[AnyFact]:
        msg = frame.msg
        listed = self._listed.get(msg.market_ticker)
        traded = trade_facts(msg, listed)
        return self._numbered(connection, frame.sid, frame.seq) + traded

    def _life(self, msg: LifecycleBody) -> list[AnyFact]:
        listed = self._listed.get(msg.market_ticker)
        if listed is None:
            return []
        if msg.event_type == "close_date_updated" and msg.close_ts is not None:
            return self.closes(msg.market_ticker, Nanos(msg.close_ts * SECOND))
        return life_facts(msg, listed)

    def _stream(self, connection: int, sid: int) -> tuple[list[AnyFact], Stream]:
        """The stream of this number, made when it is new; with the news that made it new."""
        facts: list[AnyFact] = []
        streams = self._connections.get(connection)
        if streams is None:
            facts = self.connected(connection)
            streams = self._connections[connection]
        stream = streams.get(sid)
        if stream is None:
            stream = streams[sid] = Stream(self._new_subscription(), self._asks)
        return facts, stream

    def _stream_at(self, connection: int, sid: int, seq: int) -> tuple[list[AnyFact], Stream]:
        """The stream a number belongs to: where the numbers begin again, it is a new one."""
        known = self._connections.get(connection, {}).get(sid)
        ended: list[AnyFact] = []
        if known is not None and seq == 1 and known.seq > 1:
            # Nobody said so, but the venue counts from one only on a new connection.
            ended = self._ended(connection, sid, "its numbers begin again")
        facts, stream = self._stream(connection, sid)
        return ended + facts, stream

    def _new_subscription(self) -> SubscriptionId:
        self._subscriptions += 1
        return SubscriptionId(self._subscriptions)

    def _streams_meant(self, connection: int | None, sid: int | None) -> list[Stream]:
        connections = self._connections if connection is None else (connection,)
        return [
            stream
            for each in connections
            for number, stream in self._connections.get(each, {}).items()
            if sid is None or number == sid
        ]

    def _numbered(self, connection: int, sid: int | None, seq: int | None) -> list[AnyFact]:
        if sid is None or seq is None:
            return []
        facts, stream = self._stream_at(connection, sid, seq)
        stream.count(seq)
        return [*facts, SequenceConsumed(subscription=stream.subscription, seq=seq)]

    def _ended(self, connection: int, sid: int, why: str) -> list[AnyFact]:
        stream = self._connections.get(connection, {}).pop(sid, None)
        if stream is None or not stream.contracts:
            return []
        contracts = self._released({sid: stream})
        return [FeedLost(connection=connection, contracts=contracts, why=why)]

    def _released(self, streams: dict[int, Stream]) -> tuple[ContractId, ...]:
        """The contracts these streams fed, which nothing feeds now."""
        contracts: list[ContractId] = []
        for stream in streams.values():
            for ticker, contract in stream.contracts.items():
                listed = self._listed[ticker]
                listed.stream = listed.connection = None
                contracts.append(contract)
        return tuple(contracts)
