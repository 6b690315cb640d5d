"""Kalshi's frames of every connection as facts, in YES terms.

Owns which stream of which connection feeds which contract. Law: a book change becomes a fact only
for a contract whose snapshot came on the same stream; on any other stream it merely uses up its
number. A later connection that brings a contract's snapshot replaces the earlier one, because the
venue remembers nothing across connections.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import final

from tui_mm.domain.contract import Contract, ContractStatus, PriceRange, Side, TickGrid
from tui_mm.domain.errors import FrameNotUnderstood
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
    TickerReceived,
    TradePrinted,
)
from tui_mm.domain.ids import ContractId, SubscriptionId
from tui_mm.domain.text import clean
from tui_mm.domain.units import MILLISECOND, SECOND, Nanos, Price, Qty, price
from tui_mm.venues.kalshi.codec import (
    AnyFrame,
    Error,
    Level,
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
from tui_mm.venues.kalshi.contracts import NO_CLOSE, contract_named, finer_grid, group_of
from tui_mm.venues.kalshi.wire_numbers import (
    COMPLEMENT_LEVELS,
    LEVELS,
    PRICES,
    QUANTITIES,
    exchange_time,
)

_BUY, _SELL = Side.BUY, Side.SELL


@final
class _Stream:
    """One subscription of one connection, and the contracts whose books it feeds."""

    __slots__ = ("contracts", "is_confirmed", "subscription")

    def __init__(self, subscription: SubscriptionId) -> None:
        self.subscription = subscription
        self.is_confirmed = False
        self.contracts: dict[str, ContractId] = {}


@final
class _Listed:
    """A contract the engine has been told of."""

    __slots__ = ("connection", "contract", "payout", "stream")

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.connection: int | None = None
        self.stream: _Stream | None = None
        self.payout: Price | None = None

    def after_grid(self, grid: TickGrid) -> AnyFact:
        """Take another grid, and say so."""
        self.contract = replace(self.contract, grid=grid)
        return GridChanged(contract=self.contract.id, grid=grid)


@final
class KalshiSession:
    """Turns decoded frames into facts; told which connection each frame came from.

    `use_yes_price` is the mode that was asked for when subscribing: with it, the NO side of a book
    is already priced in YES.
    """

    def __init__(self, *, use_yes_price: bool) -> None:
        self._asks = LEVELS if use_yes_price else COMPLEMENT_LEVELS
        self._connections: dict[int, dict[int, _Stream]] = {}
        self._listed: dict[str, _Listed] = {}
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
        self, connection: int | None, *, sid: int | None, seq: int | None, where: str, why: str
    ) -> list[AnyFact]:
        """A frame that could not be understood: the books it may have belonged to are spoiled.

        Args:
            connection: None when not even that is known; then every book is spoiled.
            sid: its stream, None when unknown; then every book of the connection is spoiled.
        """
        connections = self._connections if connection is None else (connection,)
        streams = [
            stream
            for each in connections
            for number, stream in self._connections.get(each, {}).items()
            if sid is None or number == sid
        ]
        contracts = tuple(each for stream in streams for each in stream.contracts.values())
        facts: list[AnyFact] = [FrameRejected(where=where, why=why, contracts=contracts)]
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

    def _delta(self, connection: int, frame: OrderbookDelta) -> list[AnyFact]:
        msg = frame.msg
        streams = self._connections.get(connection)
        stream = None if streams is None else streams.get(frame.sid)
        contract = None if stream is None else stream.contracts.get(msg.market_ticker)
        if stream is None or contract is None:
            return self._unbooked(connection, frame)
        is_bid = msg.side == "yes"
        return [
            BookDeltaReceived(
                contract=contract,
                subscription=stream.subscription,
                seq=frame.seq,
                side=_BUY if is_bid else _SELL,
                price=(LEVELS if is_bid else self._asks)[msg.price_dollars],
                change=QUANTITIES[msg.delta_fp],
                exchange_at=exchange_time(msg.ts_ms, msg.ts),
            )
        ]

    def _unbooked(self, connection: int, frame: OrderbookDelta) -> list[AnyFact]:
        """A change of a book we do not have from this stream."""
        listed = self._listed.get(frame.msg.market_ticker)
        fed_by = None if listed is None else listed.connection
        lost: list[AnyFact] = []
        if fed_by is not None and fed_by < connection:
            # Its snapshot must have been missed; the book of the earlier connection is history.
            lost = self.lost(fed_by, f"replaced by connection {connection}")
        return lost + self._numbered(connection, frame.sid, frame.seq)

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
        bids = _levels(msg.yes_dollars_fp, LEVELS)
        asks = _levels(msg.no_dollars_fp, self._asks)
        prices = [at for at, _ in (*bids, *asks)]
        listed = self._listed.get(msg.market_ticker)
        news: list[AnyFact] = []
        if listed is None:
            closes_at = self._closes_at.get(msg.market_ticker, NO_CLOSE)
            contract = contract_named(msg.market_ticker, prices=prices, closes_at=closes_at)
            listed = self._listed[msg.market_ticker] = _Listed(contract)
            news.append(ContractListed(contract=contract, group=group_of(contract)))
        elif (grid := finer_grid(listed.contract.grid, prices)) is not None:
            news.append(listed.after_grid(grid))
        facts, stream = self._stream(connection, frame.sid)
        if listed.stream is not stream:
            facts.extend(self._feed_with(stream, connection, msg.market_ticker, listed))
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

    def _feed_with(
        self, stream: _Stream, connection: int, ticker: str, listed: _Listed
    ) -> list[AnyFact]:
        """From now on this stream feeds the contract, and the one before it does not."""
        facts: list[AnyFact] = []
        before = listed.connection
        if listed.stream is not None:
            if before is not None and before < connection:
                facts = self.lost(before, f"replaced by connection {connection}")
            else:
                del listed.stream.contracts[ticker]
        stream.contracts[ticker] = listed.contract.id
        listed.stream, listed.connection = stream, connection
        return facts

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
        return [
            TickerReceived(
                contract=listed.contract.id,
                bid=PRICES[msg.yes_bid_dollars],
                bid_qty=_unsigned(msg.yes_bid_size_fp),
                ask=PRICES[msg.yes_ask_dollars],
                ask_qty=_unsigned(msg.yes_ask_size_fp),
                last=PRICES[msg.price_dollars] if msg.price_dollars else None,
                exchange_at=exchange_time(msg.ts_ms, msg.time),
            )
        ]

    def _trade(self, connection: int, frame: Trade) -> list[AnyFact]:
        msg = frame.msg
        traded = PRICES[msg.yes_price_dollars], _unsigned(msg.count_fp)
        facts = self._numbered(connection, frame.sid, frame.seq)
        listed = self._listed.get(msg.market_ticker)
        # A block trade was agreed elsewhere and met nothing that rests.
        if listed is None or msg.is_block_trade:
            return facts
        at, size = traded
        return [
            *facts,
            TradePrinted(
                contract=listed.contract.id,
                price=at,
                qty=size,
                taker_side=_taker_side(frame),
                exchange_at=Nanos(msg.ts_ms * MILLISECOND),
            ),
        ]

    def _life(self, msg: LifecycleBody) -> list[AnyFact]:
        listed = self._listed.get(msg.market_ticker)
        if listed is None:
            return []
        contract = listed.contract.id
        match msg.event_type:
            case "created" | "metadata_updated":
                return []
            case "activated":
                return [ContractStatusChanged(contract=contract, status=ContractStatus.OPEN)]
            case "deactivated":
                return [ContractStatusChanged(contract=contract, status=ContractStatus.PAUSED)]
            case "close_date_updated" if msg.close_ts is not None:
                return self.closes(msg.market_ticker, Nanos(msg.close_ts * SECOND))
            case "price_level_structure_updated":
                bands = [
                    PriceRange(price(each.start), price(each.end), price(each.step))
                    for each in msg.price_ranges
                ]
                return [listed.after_grid(TickGrid(tuple(bands)))]
            case "determined":
                if msg.settlement_value is not None:
                    listed.payout = PRICES[msg.settlement_value]
                return [ContractStatusChanged(contract=contract, status=ContractStatus.DETERMINED)]
            case "settled":
                facts: list[AnyFact] = [
                    ContractStatusChanged(contract=contract, status=ContractStatus.SETTLED)
                ]
                if listed.payout is not None:
                    facts.append(ContractSettled(contract=contract, yes_payout=listed.payout))
                return facts
        raise FrameNotUnderstood(f"market event {clean(msg.event_type)!r} of {contract}")

    def _stream(self, connection: int, sid: int) -> tuple[list[AnyFact], _Stream]:
        """The stream of this number, made when it is new; with the news that made it new."""
        facts: list[AnyFact] = []
        streams = self._connections.get(connection)
        if streams is None:
            facts = self.connected(connection)
            streams = self._connections[connection]
        stream = streams.get(sid)
        if stream is None:
            self._subscriptions += 1
            stream = streams[sid] = _Stream(SubscriptionId(self._subscriptions))
        return facts, stream

    def _numbered(self, connection: int, sid: int | None, seq: int | None) -> list[AnyFact]:
        if sid is None or seq is None:
            return []
        facts, stream = self._stream(connection, sid)
        return [*facts, SequenceConsumed(subscription=stream.subscription, seq=seq)]

    def _ended(self, connection: int, sid: int, why: str) -> list[AnyFact]:
        stream = self._connections.get(connection, {}).pop(sid, None)
        if stream is None or not stream.contracts:
            return []
        contracts = self._released({sid: stream})
        return [FeedLost(connection=connection, contracts=contracts, why=why)]

    def _released(self, streams: dict[int, _Stream]) -> tuple[ContractId, ...]:
        """The contracts these streams fed, which nothing feeds now."""
        contracts: list[ContractId] = []
        for stream in streams.values():
            for ticker, contract in stream.contracts.items():
                listed = self._listed[ticker]
                listed.stream = listed.connection = None
                contracts.append(contract)
        return tuple(contracts)


def _levels(levels: list[Level], prices: Mapping[str, Price]) -> tuple[tuple[Price, Qty], ...]:
    found: dict[Price, Qty] = {}
    for price_text, qty_text in levels:
        at = prices[price_text]
        if at in found:
            raise ValueError(f"level price {price_text} comes twice")
        found[at] = _unsigned(qty_text)
    return tuple(found.items())


def _unsigned(text: str) -> Qty:
    size = QUANTITIES[text]
    if size < 0:
        raise ValueError(f"quantity {text} is below zero")
    return size


def _taker_side(frame: Trade) -> Side | None:
    msg = frame.msg
    if msg.taker_book_side is not None:
        return _BUY if msg.taker_book_side == "bid" else _SELL
    outcome = msg.taker_outcome_side or msg.taker_side
    if outcome is None:
        return None
    return _BUY if outcome == "yes" else _SELL
