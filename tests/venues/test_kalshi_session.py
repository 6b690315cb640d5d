"""Which facts follow from which frames, over streams, connections and the life of a market."""

from typing import Any, TypeVar

import msgspec
import pytest

from tui_mm.domain.contract import DECI_CENT, LINEAR_CENT, TAPERED_DECI_CENT, ContractStatus, Side
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
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import SECOND, Nanos, price, qty
from tui_mm.venues.kalshi.codec import Other, decode
from tui_mm.venues.kalshi.contracts import NO_CLOSE
from tui_mm.venues.kalshi.session import KalshiSession

_F = TypeVar("_F")
A, B = ContractId("KXGAME-26AUG07-A"), ContractId("KXGAME-26AUG07-B")


class _Feed:
    """A session with a short hand: frames as dictionaries."""

    def __init__(self) -> None:
        self.remarks: list[str] = []
        self.session = KalshiSession(self.remarks.append)

    def says(
        self, kind: str, msg: object = None, *, conn: int = 1, **address: int
    ) -> list[AnyFact]:
        frame: dict[str, Any] = {"type": kind, **address}
        if msg is not None:
            frame["msg"] = msg
        return self.session.facts(conn, decode(msgspec.json.encode(frame)))

    def book(
        self,
        ticker: str = A,
        *,
        yes: tuple[tuple[str, str], ...] = (("0.4700", "3.00"),),
        no: tuple[tuple[str, str], ...] = (("0.4800", "2.00"),),
        conn: int = 1,
        sid: int = 2,
        seq: int = 1,
    ) -> list[AnyFact]:
        msg = {"market_ticker": ticker, "yes_dollars_fp": yes, "no_dollars_fp": no}
        return self.says("orderbook_snapshot", msg, conn=conn, sid=sid, seq=seq)

    def delta(
        self,
        ticker: str = A,
        *,
        side: str = "yes",
        at: str = "0.4700",
        change: str = "-1.50",
        conn: int = 1,
        sid: int = 2,
        seq: int = 2,
    ) -> list[AnyFact]:
        msg = {
            "market_ticker": ticker,
            "price_dollars": at,
            "delta_fp": change,
            "side": side,
            "ts": "2026-06-11T06:31:29.957081Z",
            "ts_ms": 1_781_159_489_957,
        }
        return self.says("orderbook_delta", msg, conn=conn, sid=sid, seq=seq)

    def ticker(self, *, bid: str, ask: str, ticker: str = A) -> list[AnyFact]:
        (bid_at, bid_size), (ask_at, ask_size) = bid.split(":"), ask.split(":")
        msg = {
            "market_ticker": ticker,
            "yes_bid_dollars": bid_at,
            "yes_bid_size_fp": bid_size,
            "yes_ask_dollars": ask_at,
            "yes_ask_size_fp": ask_size,
            "ts_ms": 1_781_159_489_957,
        }
        return self.says("ticker", msg, sid=1)


def _only(facts: list[AnyFact], kind: type[_F]) -> _F:
    (found,) = [fact for fact in facts if isinstance(fact, kind)]
    return found


def test_no_bids_are_asks_at_the_complement() -> None:
    """The engine speaks YES only."""
    book = _only(_Feed().book(), BookSnapshotReceived)
    assert book.bids == ((price("0.47"), qty("3")),)
    assert book.asks == ((price("0.52"), qty("2")),)


def test_a_book_that_only_yes_prices_leave_uncrossed_is_read_so() -> None:
    """An ask at 0.92 spelled as a NO bid would be an ask at 0.08, below the bid."""
    feed = _Feed()
    book = _only(feed.book(no=(("0.5200", "2.00"), ("0.9200", "1.00"))), BookSnapshotReceived)
    assert book.asks == ((price("0.52"), qty("2")), (price("0.92"), qty("1")))
    delta = _only(feed.delta(side="no", at="0.5300", change="1.00"), BookDeltaReceived)
    assert (delta.side, delta.price) == (Side.SELL, price("0.53"))
    assert feed.remarks == [f"the NO side of {A} is read as YES prices"]


def test_a_book_that_only_no_prices_leave_uncrossed_ends_the_doubt() -> None:
    """A NO bid at 0.05 cannot be an ask there, and nobody needs to be told of the usual."""
    feed = _Feed()
    feed.book(no=(("0.4800", "2.00"), ("0.0500", "1.00")))
    assert (feed.session.doubtful_tickers(), feed.remarks) == ([], [])


def test_a_book_that_may_be_read_either_way_is_read_as_usual_and_doubted() -> None:
    """A bid at 0.47 and one NO level at 0.48 or 0.52: nothing in it tells."""
    feed = _Feed()
    book = _only(feed.book(no=(("0.4800", "2.00"),)), BookSnapshotReceived)
    assert book.asks == ((price("0.52"), qty("2")),)
    assert feed.session.doubtful_tickers() == [A]


def test_a_ticker_ends_the_doubt_and_the_books_are_told_again() -> None:
    """Only in YES prices is there an ask of two at 0.49; the bid has changed since."""
    feed = _Feed()
    first = _only(feed.book(A, no=(("0.4900", "2.00"),)), BookSnapshotReceived)
    feed.book(B, no=(("0.4800", "2.00"),), seq=2)
    feed.delta(A, at="0.4600", change="1.00", seq=3)
    facts = feed.ticker(bid="0.4700:3.00", ask="0.4900:2.00")
    books = [fact for fact in facts if isinstance(fact, BookSnapshotReceived)]
    assert [(book.contract, book.seq) for book in books] == [(A, 2), (B, 3)]
    assert {book.subscription for book in books}.isdisjoint({first.subscription})
    assert dict(books[0].bids) == {price("0.47"): qty("3"), price("0.46"): qty("1")}
    assert [book.asks[0][0] for book in books] == [price("0.49"), price("0.48")]
    assert feed.remarks == [f"the NO side of {A} is read as YES prices from here on"]
    delta = _only(feed.delta(B, side="no", at="0.4900", seq=4), BookDeltaReceived)
    assert (delta.price, delta.subscription) == (price("0.49"), books[0].subscription)


def test_a_ticker_that_agrees_with_the_usual_reading_changes_nothing() -> None:
    """The doubt ends, and the feed goes on under its name."""
    feed = _Feed()
    book = _only(feed.book(no=(("0.4900", "2.00"),)), BookSnapshotReceived)
    facts = feed.ticker(bid="0.4700:3.00", ask="0.5100:2.00")
    assert [type(fact) for fact in facts] == [TickerReceived]
    assert feed.session.doubtful_tickers() == []
    assert _only(feed.delta(), BookDeltaReceived).subscription == book.subscription


def test_the_next_book_of_the_stream_ends_the_doubt_for_all_before_it() -> None:
    """One mode was asked for when subscribing, for every market of the stream."""
    feed = _Feed()
    feed.book(A, no=(("0.4900", "2.00"),))
    facts = feed.book(B, no=(("0.4900", "2.00"), ("0.9900", "1.00")), seq=2)
    books = [fact for fact in facts if isinstance(fact, BookSnapshotReceived)]
    assert [(book.contract, book.seq) for book in books] == [(A, 1), (B, 2)]
    assert [book.asks[0][0] for book in books] == [price("0.49")] * 2


def test_books_that_lost_a_frame_are_not_told_again() -> None:
    """What is kept in doubt is worth as little after a gap as anything else."""
    feed = _Feed()
    feed.book(A, no=(("0.4900", "2.00"),))
    facts = feed.book(B, no=(("0.9900", "1.00"),), seq=3)
    assert [f.contract for f in facts if isinstance(f, BookSnapshotReceived)] == [B]


def test_the_next_stream_in_doubt_is_read_like_the_one_before() -> None:
    """A recorder asks for the same mode every time it connects."""
    feed = _Feed()
    feed.book(A, no=(("0.9900", "1.00"),))
    book = _only(feed.book(B, no=(("0.4900", "2.00"),), conn=2), BookSnapshotReceived)
    assert book.asks == ((price("0.49"), qty("2")),)


def test_a_delta_of_the_no_side_changes_an_ask() -> None:
    """A NO bid at 0.48 is a YES ask at 0.52, with the same sign of change."""
    feed = _Feed()
    feed.book()
    delta = _only(feed.delta(side="no", at="0.4800", change="-2.00"), BookDeltaReceived)
    assert (delta.side, delta.price, delta.change) == (Side.SELL, price("0.52"), -qty("2"))
    assert delta.exchange_at == 1_781_159_489_957_081_000


def test_a_contract_is_listed_before_its_first_book() -> None:
    """Nobody can keep a book of something they were not told of."""
    kinds = [type(fact) for fact in _Feed().book()]
    assert kinds == [FeedConnected, ContractListed, BookSnapshotReceived]


@pytest.mark.parametrize(
    ("ticker", "at", "grid"),
    [
        (A, "0.4700", LINEAR_CENT),
        (A, "0.0470", TAPERED_DECI_CENT),
        (A, "0.4710", DECI_CENT),
        ("KXBTC15M-26MAY140045-45", "0.4700", TAPERED_DECI_CENT),
    ],
)
def test_the_grid_is_the_coarsest_that_fits(ticker: str, at: str, grid: object) -> None:
    """Too fine a guess would make orders the venue refuses; whole cents always pass."""
    listed = _only(_Feed().book(ticker, yes=((at, "1.00"),)), ContractListed)
    assert listed.contract.grid == grid


def test_a_finer_price_in_a_later_book_refines_the_grid() -> None:
    """The first book need not show every step the contract has."""
    feed = _Feed()
    feed.book()
    changed = _only(feed.book(yes=(("0.0470", "1.00"),), seq=2), GridChanged)
    assert changed.grid == TAPERED_DECI_CENT


def test_acknowledgements_use_up_their_number() -> None:
    """Counting only books and deltas would find gaps where there are none."""
    feed = _Feed()
    book = _only(feed.book(), BookSnapshotReceived)
    assert feed.says("ok", {"market_tickers": [A, B]}, id=4, sid=2, seq=2) == [
        SequenceConsumed(subscription=book.subscription, seq=2)
    ]


def test_streams_of_two_connections_are_never_confused() -> None:
    """Both count their frames from one."""
    feed = _Feed()
    first = _only(feed.book(A, conn=1), BookSnapshotReceived)
    second = _only(feed.book(B, conn=2), BookSnapshotReceived)
    assert first.subscription != second.subscription


def test_deltas_without_a_snapshot_use_up_their_numbers_and_are_reported_once() -> None:
    """They change something we have never seen, as when a recording begins in the middle."""
    feed = _Feed()
    facts = feed.delta(A, seq=7)
    assert [type(fact) for fact in facts] == [FeedConnected, SequenceConsumed, FrameRejected]
    assert _only(facts, FrameRejected).why == f"deltas of {A} without a snapshot"
    assert [type(fact) for fact in feed.delta(A, seq=8)] == [SequenceConsumed]
    assert _only(feed.delta(B, seq=9), FrameRejected).contracts == ()


def test_a_later_connection_takes_over_one_contract_and_leaves_the_others() -> None:
    """Two connections may run side by side; the first is lost when nothing is left to it."""
    feed = _Feed()
    feed.book(A, conn=1)
    feed.book(B, conn=1, seq=2)
    feed.session.connected(2)
    assert [type(fact) for fact in feed.book(A, conn=2)] == [BookSnapshotReceived]
    assert [type(fact) for fact in feed.delta(B, conn=1, seq=3)] == [BookDeltaReceived]
    facts = feed.book(B, conn=2, seq=2)
    assert _only(facts, FeedLost).connection == 1
    assert _only(facts, FeedLost).contracts == (B,)


def test_the_earlier_connection_may_go_on_telling_what_the_later_one_took_over() -> None:
    """Both carry the contract; one of them feeds the book, and nothing is wrong."""
    feed = _Feed()
    feed.book(A, conn=1)
    feed.book(B, conn=1, seq=2)
    second = _only(feed.book(A, conn=2), BookSnapshotReceived)
    assert [type(fact) for fact in feed.delta(A, conn=1, seq=3)] == [SequenceConsumed]
    assert _only(feed.delta(A, conn=2), BookDeltaReceived).subscription == second.subscription


def test_a_contract_may_come_back_to_the_earlier_connection() -> None:
    """The full book that came last is the one that counts."""
    feed = _Feed()
    first = _only(feed.book(A, conn=1), BookSnapshotReceived)
    feed.book(B, conn=1, seq=2)
    feed.book(A, conn=2)
    feed.book(A, conn=1, seq=3)
    assert [type(fact) for fact in feed.delta(A, conn=2)] == [SequenceConsumed]
    delta = _only(feed.delta(A, conn=1, seq=4), BookDeltaReceived)
    assert delta.subscription == first.subscription


def test_a_delta_on_a_later_connection_ends_the_earlier_book() -> None:
    """Its snapshot was missed, and tickers would keep the dead book looking alive."""
    feed = _Feed()
    feed.book(A, conn=1)
    feed.book(B, conn=1, seq=2)
    feed.session.connected(2)
    facts = feed.delta(A, conn=2)
    assert [type(fact) for fact in facts] == [SequenceConsumed, FrameRejected]
    assert _only(facts, FrameRejected).contracts == (A,)
    assert _only(feed.delta(B, conn=2, seq=3), FrameRejected).contracts == (B,)


def test_connections_with_different_contracts_live_side_by_side() -> None:
    """A recorder may keep one connection per market."""
    feed = _Feed()
    feed.book(A, conn=1)
    feed.session.connected(2)
    feed.book(B, conn=2)
    assert isinstance(feed.delta(A, conn=1)[0], BookDeltaReceived)
    assert isinstance(feed.delta(B, conn=2)[0], BookDeltaReceived)


def test_a_recording_that_does_not_number_connections_shows_them_by_subscribing_again() -> None:
    """The numbers start again at one; taken for the same stream that would be a gap for ever."""
    feed = _Feed()
    feed.says("subscribed", {"channel": "orderbook_delta", "sid": 2}, id=1)
    first = _only(feed.book(), BookSnapshotReceived)
    lost = _only(feed.says("subscribed", {"channel": "orderbook_delta", "sid": 2}, id=1), FeedLost)
    assert lost.contracts == (A,)
    assert _only(feed.book(), BookSnapshotReceived).subscription != first.subscription


def test_numbers_that_begin_again_are_another_stream() -> None:
    """A recording may show a reconnect by nothing else; its old books end until their own come."""
    feed = _Feed()
    first = _only(feed.book(A), BookSnapshotReceived)
    feed.book(B, seq=2)
    feed.delta(A, seq=3)
    facts = feed.book(A, seq=1)
    assert _only(facts, FeedLost).contracts == (A, B)
    assert _only(facts, BookSnapshotReceived).subscription != first.subscription
    assert [type(fact) for fact in feed.delta(A, seq=2)] == [BookDeltaReceived]
    assert [type(fact) for fact in feed.delta(B, seq=3)] == [SequenceConsumed, FrameRejected]


def test_the_first_number_seen_twice_is_no_new_stream() -> None:
    """A line written twice is for the sequence check to find."""
    feed = _Feed()
    first = _only(feed.book(A), BookSnapshotReceived)
    assert _only(feed.book(A), BookSnapshotReceived).subscription == first.subscription


def test_a_terminal_error_takes_the_books_of_its_stream() -> None:
    """The subscription is gone although the connection is not."""
    feed = _Feed()
    feed.book()
    facts = feed.says("error", {"code": 25, "msg": "subscription buffer overflow"}, sid=2, seq=2)
    assert _only(facts, FeedLost).contracts == (A,)
    assert "25" in _only(facts, FeedLost).why


def test_another_error_is_reported_and_spoils_nothing() -> None:
    """It refuses one command of ours and says nothing about a book."""
    feed = _Feed()
    feed.book()
    rejected = _only(feed.says("error", {"code": 8, "msg": "Unknown channel name"}), FrameRejected)
    assert (rejected.contracts, rejected.why) == ((), "error 8: Unknown channel name")


def test_unsubscribing_ends_the_books() -> None:
    """No more deltas will come, and no silence will be noticed."""
    feed = _Feed()
    feed.book()
    assert _only(feed.says("unsubscribed", sid=2, seq=2), FeedLost).contracts == (A,)


def test_an_unknown_type_is_refused_aloud() -> None:
    """It may be how books are spelled next month."""
    feed = _Feed()
    with pytest.raises(FrameNotUnderstood, match="orderbook_delta_v3"):
        feed.says("orderbook_delta_v3", {}, sid=2, seq=2)


def test_a_rejected_frame_spoils_its_stream_and_uses_up_its_number() -> None:
    """Its neighbours are not to blame, and no gap is to be found besides."""
    feed = _Feed()
    book = _only(feed.book(A, sid=2), BookSnapshotReceived)
    feed.book(B, sid=3)
    address = Other(type="orderbook_delta", sid=2, seq=2)
    facts = feed.session.rejected(1, address, where="line 7", why="odd")
    assert facts == [
        FrameRejected(where="line 7", why="odd", contracts=(A,)),
        SequenceConsumed(subscription=book.subscription, seq=2),
    ]


@pytest.mark.parametrize(("connection", "spoiled"), [(1, (A,)), (None, (A, B))])
def test_a_frame_of_unknown_origin_spoils_everything_it_may_have_been(
    connection: int | None, spoiled: tuple[ContractId, ...]
) -> None:
    """What nobody can read may have been a delta of any of them."""
    feed = _Feed()
    feed.book(A, conn=1)
    feed.book(B, conn=2)
    (rejected,) = feed.session.rejected(connection, None, where="line 7", why="odd")
    assert isinstance(rejected, FrameRejected)
    assert rejected.contracts == spoiled


@pytest.mark.parametrize(
    ("kind", "spoiled"), [("ticker", ()), ("surprise", ()), ("orderbook_delta", (A,))]
)
def test_a_rejected_frame_without_a_number_spoils_nothing_unless_it_is_of_a_book(
    kind: str, spoiled: tuple[ContractId, ...]
) -> None:
    """Whatever changes a book is numbered; a change that lost its number has changed one."""
    feed = _Feed()
    feed.book()
    (rejected,) = feed.session.rejected(1, Other(type=kind), where="line 7", why="odd")
    assert isinstance(rejected, FrameRejected)
    assert rejected.contracts == spoiled


@pytest.mark.parametrize(
    ("yes", "why"),
    [
        ((("0.4700", "-3.00"),), "below zero"),
        ((("1.0000", "3.00"),), "not inside"),
        ((("0.4700", "3.00"), ("0.4700", "4.00")), "twice"),
        ((("0.47001", "3.00"),), "decimals"),
        ((("0.4700", "lots"),), "not a plain decimal"),
    ],
)
def test_a_book_that_makes_no_sense_is_refused_whole(
    yes: tuple[tuple[str, str], ...], why: str
) -> None:
    """Half a book is a wrong book."""
    feed = _Feed()
    with pytest.raises(FrameNotUnderstood, match=why):
        feed.book(yes=yes)
    assert BookDeltaReceived not in map(type, feed.delta(seq=2))


def test_a_ticker_that_could_fool_a_terminal_is_refused() -> None:
    """It would be shown, logged and compared; only plain text may."""
    with pytest.raises(FrameNotUnderstood):
        _Feed().book("KX\x1b[2J")


def test_a_ticker_of_an_empty_book_keeps_its_sentinels() -> None:
    """Sides exist by their quantity; the prices say nothing."""
    feed = _Feed()
    feed.book()
    msg = {
        "market_ticker": A,
        "price_dollars": "",
        "yes_bid_dollars": "0.0000",
        "yes_ask_dollars": "1.0000",
        "yes_bid_size_fp": "0.00",
        "yes_ask_size_fp": "0.00",
        "ts_ms": 1_778_733_493_068,
        "time": "2026-05-14T04:38:13.06829Z",
    }
    ticker = _only(feed.says("ticker", msg, sid=1), TickerReceived)
    assert (ticker.bid_qty, ticker.ask_qty, ticker.last) == (0, 0, None)
    assert ticker.exchange_at == 1_778_733_493_068_290_000


@pytest.mark.parametrize(
    ("fields", "side"),
    [
        ({"taker_book_side": "ask", "taker_side": "yes"}, Side.SELL),
        ({"taker_outcome_side": "yes"}, Side.BUY),
        ({"taker_side": "no"}, Side.SELL),
        ({}, None),
    ],
)
def test_the_taker_of_a_trade_is_read_from_the_newest_field(
    fields: dict[str, str], side: Side | None
) -> None:
    """The older spellings are being withdrawn, and the book side is the one that never flips."""
    feed = _Feed()
    feed.book()
    msg = {"market_ticker": A, "yes_price_dollars": "0.3600", "count_fp": "136.00", **fields}
    trade = _only(feed.says("trade", msg | {"ts_ms": 1_000}, sid=5, seq=1), TradePrinted)
    assert (trade.taker_side, trade.price, trade.qty) == (side, price("0.36"), qty("136"))


def test_a_block_trade_is_no_print_of_the_book() -> None:
    """It met nothing that rests, so it can have filled nobody in the queue."""
    feed = _Feed()
    feed.book()
    msg = {"market_ticker": A, "yes_price_dollars": "0.3600", "count_fp": "1.00", "ts_ms": 1}
    facts = feed.says("trade", msg | {"is_block_trade": True}, sid=5, seq=1)
    assert [type(fact) for fact in facts] == [SequenceConsumed]


def test_a_close_time_known_before_the_first_book_is_in_the_listing() -> None:
    """The recorder names a market before it subscribes to it."""
    feed = _Feed()
    assert feed.session.closes(A, Nanos(5 * SECOND)) == []
    assert _only(feed.book(A), ContractListed).contract.closes_at == 5 * SECOND
    assert _only(feed.book(B, seq=2), ContractListed).contract.closes_at == NO_CLOSE


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"event_type": "deactivated", "is_deactivated": True},
            [ContractStatusChanged(contract=A, status=ContractStatus.PAUSED)],
        ),
        (
            {"event_type": "activated"},
            [ContractStatusChanged(contract=A, status=ContractStatus.OPEN)],
        ),
        (
            {"event_type": "close_date_updated", "close_ts": 5},
            [CloseTimeChanged(contract=A, closes_at=Nanos(5 * SECOND))],
        ),
        (
            {
                "event_type": "price_level_structure_updated",
                "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}],
            },
            [GridChanged(contract=A, grid=DECI_CENT)],
        ),
        ({"event_type": "metadata_updated"}, []),
    ],
)
def test_life_events_of_a_listed_contract_become_facts(
    fields: dict[str, object], expected: list[AnyFact]
) -> None:
    """The channel cannot be filtered; what concerns us must still arrive."""
    feed = _Feed()
    feed.book()
    facts = feed.says("market_lifecycle_v2", {"market_ticker": A, **fields}, sid=9, seq=1)
    assert facts[:-1] == expected
    assert isinstance(facts[-1], SequenceConsumed)


def test_a_settlement_pays_what_was_determined() -> None:
    """The venue says the value when it decides and pays later."""
    feed = _Feed()
    feed.book()
    decided = {"event_type": "determined", "market_ticker": A, "settlement_value": "1.0000"}
    feed.says("market_lifecycle_v2", decided, sid=9, seq=1)
    paid = {"event_type": "settled", "market_ticker": A}
    settled = _only(feed.says("market_lifecycle_v2", paid, sid=9, seq=2), ContractSettled)
    assert settled.yes_payout == price("1.00")


def test_an_unknown_life_event_is_refused_aloud() -> None:
    """It might say that trading stopped."""
    feed = _Feed()
    feed.book()
    with pytest.raises(FrameNotUnderstood, match="suspended"):
        feed.says("market_lifecycle_v2", {"event_type": "suspended", "market_ticker": A})


def test_life_events_of_other_markets_are_nobodys_business() -> None:
    """Thousands of markets are announced that nobody subscribed to."""
    facts = _Feed().says("market_lifecycle_v2", {"event_type": "created", "market_ticker": B})
    assert facts == []
