"""Real sessions: what is in them, and that nothing in them contradicts the rebuilt books."""

import gzip
from pathlib import Path

import msgspec
import pytest

from tests.replay.recordings import played, real_recording
from tui_mm.domain.contract import TAPERED_DECI_CENT, ContractStatus
from tui_mm.domain.events import (
    BookDeltaReceived,
    BookSnapshotReceived,
    ContractListed,
    ContractStatusChanged,
    FeedLost,
    SequenceConsumed,
)
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import SECOND, Money, Nanos, complement, price, price_text
from tui_mm.market.book import OrderBook
from tui_mm.market.feed_health import FeedHealth
from tui_mm.replay.report import CaptureReport
from tui_mm.replay.venue import ReplayVenue
from tui_mm.venues.kalshi.wire_numbers import moment

BTC = "kxbtc15m_2026-05-14_frames.jsonl.gz"
GAMES = "mlb_wnba_2026-08-07_orderbook_frames.jsonl.gz"
STALE_AFTER = Nanos(15 * SECOND)


def _report(path: Path) -> CaptureReport:
    venue = ReplayVenue(path, cash=Money(0))
    played(venue)
    venue.close()
    return venue.report()


def test_a_quarter_of_an_hour_of_bitcoin_holds_together() -> None:
    """Three connections, two markets, one close; every ticker agrees with the rebuilt book."""
    report = _report(real_recording(BTC))
    assert report.is_clean
    assert (report.lines, report.frames, report.events) == (102_561, 102_555, 6)
    assert (report.deltas, report.snapshots, report.tickers) == (101_703, 4, 842)
    assert (report.gaps, report.negative_levels, report.crossed_books) == (0, 0, 0)
    assert (report.ticker_checks, report.ticker_mismatches) == (842, 0)
    assert report.market_closes == 1


def test_twelve_games_on_one_subscription_hold_together() -> None:
    """Acknowledgements use up numbers between the books."""
    report = _report(real_recording(GAMES))
    assert report.is_clean
    assert (report.deltas, report.snapshots, report.gaps) == (245, 12, 0)


@pytest.mark.parametrize("mode", ["noleg", "use_yes_price"])
def test_a_book_too_shallow_to_tell_its_spelling_is_remarked(mode: str) -> None:
    """The same market with the flag off and on: a bid at 0.47, one NO level at 0.48 or 0.52."""
    report = _report(real_recording(f"demo_ws_orderbook_{mode}_2026-06-11.jsonl"))
    assert report.is_clean
    assert "in NO or in YES prices" in report.remarks[0]


def _in_yes_prices(line: bytes) -> bytes:
    """A line as it would have been recorded with `use_yes_price`."""
    fields = msgspec.json.decode(line)
    frame = fields.get("frame", {})
    msg = frame.get("msg", {})
    match frame.get("type"):
        case "orderbook_snapshot" if "no_dollars_fp" in msg:
            msg["no_dollars_fp"] = [[_complement(at), size] for at, size in msg["no_dollars_fp"]]
        case "orderbook_delta" if msg["side"] == "no":
            msg["price_dollars"] = _complement(msg["price_dollars"])
    return msgspec.json.encode(fields)


def _complement(at: str) -> str:
    return price_text(complement(price(at)))


def test_both_spellings_of_the_no_side_give_the_same_market(tmp_path: Path) -> None:
    """The first full book tells, on every connection; every ticker agrees with either."""
    lines = gzip.decompress(real_recording(BTC).read_bytes()).split(b"\n")[:-1]
    part = lines[42_377:44_000]
    usual, other = tmp_path / "usual.jsonl", tmp_path / "other.jsonl"
    usual.write_bytes(b"\n".join(part))
    other.write_bytes(b"\n".join(map(_in_yes_prices, part)))
    venues = [ReplayVenue(path, cash=Money(0)) for path in (usual, other)]
    histories = [played(venue) for venue in venues]
    assert histories[0] == histories[1]
    assert [bool(venue.report().remarks) for venue in venues] == [False, True]


def test_a_desk_that_follows_the_facts_has_a_good_book_throughout() -> None:
    """Books and health alone, as the engine uses them, see no gap and nothing below zero."""
    books: dict[ContractId, OrderBook] = {}
    health = FeedHealth()
    deltas = problems = 0
    for fact in played(ReplayVenue(real_recording(BTC), cash=Money(0))):
        match fact:
            case BookDeltaReceived():
                at = fact.exchange_at
                assert not health.on_delta(fact.contract, fact.subscription, fact.seq, at)
                book = books[fact.contract]
                book.change(fact.side, fact.price, fact.change)
                deltas += 1
                problems += (
                    health.problem(fact.contract, at, stale_after=STALE_AFTER, is_crossed=False)
                    is not None
                )
            case BookSnapshotReceived():
                books.setdefault(fact.contract, OrderBook()).replace(fact.bids, fact.asks)
                health.on_snapshot(fact.contract, fact.subscription, fact.seq, fact.exchange_at)
            case SequenceConsumed():
                health.on_other(fact.subscription, fact.seq, Nanos(0))
            case FeedLost():
                health.on_lost(fact.contracts)
    assert (deltas, problems, health.gaps) == (101_703, 0, 0)


def test_the_life_of_two_markets_is_told_in_order() -> None:
    """Listed, replaced with its connection, closed to the second, and the next one listed."""
    venue = ReplayVenue(real_recording(BTC), cash=Money(0))
    story: list[str] = []
    while (at := venue.next_at()) is not None:
        for fact in venue.advance(at):
            match fact:
                case ContractListed():
                    assert fact.contract.grid == TAPERED_DECI_CENT
                    story.append(f"listed {fact.contract.id}")
                case FeedLost():
                    story.append(f"lost {fact.connection}")
                case ContractStatusChanged():
                    assert fact.status is ContractStatus.CLOSED
                    assert at == moment("2026-05-14T04:45:00Z")
                    story.append("closed")
    assert story == [
        "listed KXBTC15M-26MAY140045-45",
        "lost 1",
        "closed",
        "listed KXBTC15M-26MAY140100-00",
    ]


def _changed(folder: Path, *, line: int, before: bytes, after: bytes) -> Path:
    lines = gzip.decompress(real_recording(BTC).read_bytes()).split(b"\n")[:20_000]
    assert before in lines[line]
    lines[line] = lines[line].replace(before, after)
    path = folder / "changed.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


def test_one_wrong_delta_in_a_real_session_is_found(tmp_path: Path) -> None:
    """The check would be worth nothing if a book could be wrong without it."""
    before, after = b'"delta_fp":"-134.59"', b'"delta_fp":"-134.58"'
    path = _changed(tmp_path, line=371, before=before, after=after)
    report = _report(path)
    assert report.gaps == 0
    assert report.ticker_mismatches > 0


def test_one_lost_delta_in_a_real_session_is_one_gap(tmp_path: Path) -> None:
    """The book is distrusted for good, as no snapshot follows on that connection."""
    path = _changed(tmp_path, line=5, before=b'"seq":2', after=b'"seq":1')
    report = _report(path)
    assert report.gaps == 2
    assert (report.ticker_checks, report.ticker_mismatches) == (0, 0)
