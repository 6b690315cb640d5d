"""Tickers against the rebuilt book: judged where one answer is possible, and then without mercy."""

from pathlib import Path

import pytest

from tests.replay.recordings import B, Recording, played
from tui_mm.domain.units import Money, Nanos
from tui_mm.replay.report import CaptureReport
from tui_mm.replay.venue import ReplayVenue


def _begun() -> Recording:
    """A book of which the state is known from 1,001 us on: 0.47 x 5 / 0.50 x 7."""
    return Recording().book(bids="0.47:3", asks="0.50:7").bid("0.4700", "2.00", micros=1_001)


def _checks(recording: Recording, tmp_path: Path) -> tuple[int, int]:
    report = _report(recording, tmp_path)
    return report.ticker_checks, report.ticker_mismatches


def _report(recording: Recording, tmp_path: Path) -> CaptureReport:
    venue = ReplayVenue(recording.write(tmp_path), cash=Money(0))
    played(venue)
    return venue.report()


def test_a_ticker_is_made_after_the_action_of_its_own_moment(tmp_path: Path) -> None:
    """The venue stamps it with the action that caused it."""
    recording = _begun().bid("0.4700", "-1.00", micros=2_001)
    recording.ticker(bid="0.4700:4.00", ask="0.5000:7.00", micros=2_001)
    assert _checks(recording.bid("0.4600", "1.00", micros=3_001), tmp_path) == (1, 0)


def test_a_ticker_that_outran_its_own_action_waits_for_all_of_it(tmp_path: Path) -> None:
    """Its deltas come one by one, and only the last makes the touch that it states."""
    recording = _begun().ticker(bid="0.4800:5.00", ask="0.5000:7.00", micros=2_001)
    recording.bid("0.4700", "-5.00", micros=2_001).bid("0.4800", "5.00", micros=2_001)
    assert _checks(recording.bid("0.4600", "1.00", micros=3_001), tmp_path) == (1, 0)


def test_a_ticker_that_states_the_book_before_its_action_is_a_mismatch(tmp_path: Path) -> None:
    """Accepting either would let a missed delta pass."""
    recording = _begun().bid("0.4700", "-1.00", micros=2_001)
    recording.ticker(bid="0.4700:5.00", ask="0.5000:7.00", micros=2_001)
    assert _checks(recording.bid("0.4600", "1.00", micros=3_001), tmp_path) == (1, 1)


@pytest.mark.parametrize(
    ("bid", "ask"),
    [
        ("0.4600:5.00", "0.5000:7.00"),
        ("0.4700:5.01", "0.5000:7.00"),
        ("0.4700:5.00", "0.5100:7.00"),
        ("0.4700:5.00", "0.5000:6.99"),
        ("0.0000:0.00", "0.5000:7.00"),
        ("0.4700:5.00", "1.0000:0.00"),
    ],
)
def test_every_part_of_the_touch_is_compared(tmp_path: Path, bid: str, ask: str) -> None:
    """Both prices, both quantities, and whether a side is there at all."""
    recording = _begun().ticker(bid=bid, ask=ask, micros=2_001).bid("0.4000", "1", micros=3_001)
    assert _checks(recording, tmp_path) == (1, 1)


def test_a_ticker_waits_for_deltas_of_its_past_that_come_later(tmp_path: Path) -> None:
    """The two channels are not in step."""
    recording = _begun().ticker(bid="0.4700:4.00", ask="0.5000:7.00", micros=2_501)
    recording.bid("0.4700", "-1.00", micros=2_001)
    assert _checks(recording.bid("0.4600", "1.00", micros=3_001), tmp_path) == (1, 0)


def test_a_ticker_that_comes_late_is_held_against_its_own_moment(tmp_path: Path) -> None:
    """By then the book has moved on."""
    recording = _begun().bid("0.4800", "9.00", micros=2_001).bid("0.4800", "1.00", micros=3_001)
    recording.ticker(bid="0.4700:5.00", ask="0.5000:7.00", micros=1_999)
    recording.ticker(bid="0.4800:9.00", ask="0.5000:7.00", micros=2_002)
    assert _checks(recording, tmp_path) == (2, 0)


def test_a_wrong_level_is_found_by_the_next_ticker(tmp_path: Path) -> None:
    """One delta of another size than the venue's, and nothing else."""
    recording = _begun().bid("0.4700", "-1.00", micros=2_001)
    recording.ticker(bid="0.4700:3.50", ask="0.5000:7.00", micros=2_501)
    report = _report(recording.bid("0.4600", "1.00", micros=3_001), tmp_path)
    assert report.ticker_mismatches == 1
    assert report.problems[0].startswith("line 4: ticker of ")
    assert (
        "says 3.5 at 0.4700 / 7 at 0.5000, book is 4 at 0.4700 / 7 at 0.5000" in report.problems[0]
    )


def test_nothing_is_judged_before_the_first_delta(tmp_path: Path) -> None:
    """A snapshot does not say of what moment it is."""
    recording = Recording().book(bids="0.47:3", asks="0.50:7")
    recording.ticker(bid="0.4600:3.00", ask="0.5000:7.00", micros=500)
    assert _checks(recording.bid("0.4700", "2.00", micros=1_001), tmp_path) == (0, 0)


def test_the_last_action_of_a_recording_is_not_judged(tmp_path: Path) -> None:
    """The recording may have been cut inside of it."""
    recording = _begun().ticker(bid="0.4700:4.00", ask="0.5000:7.00", micros=1_001)
    report = _report(recording, tmp_path)
    assert (report.ticker_checks, report.tickers_unchecked) == (0, 1)


def test_the_last_action_before_a_snapshot_of_its_stream_is_judged(tmp_path: Path) -> None:
    """The numbers prove that nothing was between them: so a close ends."""
    recording = _begun().bid("0.4700", "-5.00", micros=2_001).ask("0.5000", "-7.00", micros=2_001)
    recording.ticker(bid="0.0000:0.00", ask="1.0000:0.00", micros=2_001).book()
    assert _checks(recording, tmp_path) == (1, 0)


def test_after_a_gap_nothing_is_judged_until_a_snapshot(tmp_path: Path) -> None:
    """The rebuilt book is known to be wrong; saying so twice helps nobody."""
    recording = _begun().skip().bid("0.4700", "1.00", micros=2_001)
    recording.ticker(bid="0.4700:1.00", ask="0.5000:7.00", micros=2_501)
    report = _report(recording.bid("0.4700", "1.00", micros=3_001), tmp_path)
    assert (report.gaps, report.ticker_checks, report.tickers_unchecked) == (1, 0, 1)


def test_a_gap_just_before_a_snapshot_leaves_the_last_action_unjudged(tmp_path: Path) -> None:
    """What is missing may have belonged to it."""
    recording = _begun().bid("0.4700", "-1.00", micros=2_001)
    recording.ticker(bid="0.4700:3.00", ask="0.5000:7.00", micros=2_001)
    report = _report(recording.skip().book(bids="0.47:3", asks="0.50:7"), tmp_path)
    assert (report.gaps, report.ticker_checks) == (1, 0)


def test_a_reconnect_that_shows_only_in_the_numbers_is_no_gap(tmp_path: Path) -> None:
    """Neither a connection's number nor an acknowledgement was written down."""
    recording = _begun().bid("0.4700", "-1.00", micros=2_001).restart_numbers()
    recording.book(bids="0.40:1", asks="0.60:1").bid("0.4000", "1.00", micros=9_001)
    recording.ticker(bid="0.4000:2.00", ask="0.6000:1.00", micros=9_501)
    report = _report(recording.bid("0.3000", "1.00", micros=10_001), tmp_path)
    assert (report.gaps, report.ticker_checks, report.is_clean) == (0, 1, True)


def test_the_markets_of_the_first_connection_outlive_a_second_one(tmp_path: Path) -> None:
    """A redundant connection for one market says nothing about the others."""
    recording = _begun().book(bids="0.30:1", asks="0.70:1", ticker=B)
    recording.book(bids="0.47:5", asks="0.50:7", conn=2)
    recording.bid("0.3000", "1.00", micros=5_001, ticker=B).bid("0.4700", "1", micros=5_001)
    recording.ticker(bid="0.3000:2.00", ask="0.7000:1.00", micros=5_501, ticker=B)
    report = _report(recording.bid("0.2000", "1.00", micros=6_001, ticker=B), tmp_path)
    assert (report.ticker_checks, report.is_clean) == (1, True)


def test_a_moment_known_to_the_millisecond_is_judged_where_the_touch_stood_still(
    tmp_path: Path,
) -> None:
    """Nothing moved in that millisecond, so there is one answer."""
    recording = _begun().bid("0.4600", "1.00", micros=2_300)
    recording.ticker(bid="0.4700:5.00", ask="0.5000:7.00", micros=2_000)
    assert _checks(recording.bid("0.4700", "1.00", micros=3_001), tmp_path) == (1, 0)


def test_a_moment_known_to_the_millisecond_is_left_where_the_touch_moved(tmp_path: Path) -> None:
    """Before or after: both are possible, so neither may be blamed."""
    recording = _begun().bid("0.4700", "1.00", micros=2_300)
    recording.ticker(bid="0.4700:9.00", ask="0.5000:7.00", micros=2_000)
    assert _checks(recording.bid("0.4600", "1.00", micros=3_001), tmp_path) == (0, 0)


def test_a_clock_that_goes_back_ends_what_was_known(tmp_path: Path) -> None:
    """During maintenance the exchange's clock may be set back."""
    recording = _begun().bid("0.4700", "1.00", micros=9_001).bid("0.4700", "1.00", micros=5_001)
    recording.ticker(bid="0.4700:6.00", ask="0.5000:7.00", micros=4_001)
    recording.ticker(bid="0.4700:7.00", ask="0.5000:7.00", micros=5_501)
    assert _checks(recording.bid("0.4600", "1.00", micros=6_001), tmp_path) == (1, 0)


def test_a_finished_action_with_bid_above_ask_is_a_crossed_book(tmp_path: Path) -> None:
    """No matching engine leaves that behind."""
    recording = _begun().bid("0.5100", "1.00", micros=2_001).bid("0.4000", "1.00", micros=3_001)
    assert _report(recording, tmp_path).crossed_books == 1


def test_equal_prices_or_a_moment_inside_an_action_are_not_crossed(tmp_path: Path) -> None:
    """Between the deltas of one action the book may be anything."""
    recording = _begun().bid("0.5000", "1.00", micros=2_001)
    recording.bid("0.5200", "1.00", micros=3_001).bid("0.5200", "-1.00", micros=3_001)
    assert _report(recording.bid("0.4000", "1.00", micros=4_001), tmp_path).crossed_books == 0


def test_a_level_below_zero_is_counted_and_ends_trust(tmp_path: Path) -> None:
    """Later deltas of that book are not applied to a book known to be wrong."""
    recording = _begun().bid("0.4700", "-9.00", micros=2_001).bid("0.4700", "-9.00", micros=3_001)
    recording.ticker(bid="0.4700:5.00", ask="0.5000:7.00", micros=2_501)
    report = _report(recording.bid("0.4600", "1.00", micros=4_001), tmp_path)
    assert (report.negative_levels, report.ticker_checks) == (1, 0)


def test_a_market_closes_at_the_time_the_recorder_noted(tmp_path: Path) -> None:
    """No frame says so; the clock does."""
    market = {"market_ticker": "KXGAME-26AUG07-A", "close_time": "2026-06-11T06:31:30Z"}
    recording = Recording().event("watch_market", market=market).book(bids="0.47:3", asks="0.50:7")
    report = _report(recording.wait(Nanos(2_000_000_000)).bid("0.4700", "1.00"), tmp_path)
    assert report.market_closes == 1


def test_a_close_after_the_end_of_the_recording_is_not_reported(tmp_path: Path) -> None:
    """It did not happen in it."""
    market = {"market_ticker": "KXGAME-26AUG07-A", "close_time": "2026-06-11T07:00:00Z"}
    recording = Recording().event("watch_market", market=market).book(bids="0.47:3", asks="0.50:7")
    assert _report(recording, tmp_path).market_closes == 0
