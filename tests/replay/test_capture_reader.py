"""Every line of a recording becomes something, whatever happened to the file."""

import gzip
import io
from pathlib import Path
from random import Random

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.replay.recordings import T0, A, B, Recording, kinds, played
from tui_mm.domain.contract import Side
from tui_mm.domain.events import BookDeltaReceived, FrameRejected
from tui_mm.domain.ids import SubscriptionId
from tui_mm.domain.units import DAY, MILLISECOND, SECOND, Money, Nanos, price
from tui_mm.replay.capture import AnyLine, Capture, Damage, Line
from tui_mm.replay.report import CaptureReport, Tally
from tui_mm.replay.text_lines import LINE_BYTES_MAX
from tui_mm.replay.venue import ReplayVenue

BARE = b'{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}'
BARE_DELTA = (
    b'{"type":"orderbook_delta","sid":1,"seq":2,"msg":{"market_ticker":"A-1","price_dollars":'
    b'"0.4700","delta_fp":"-3.00","side":"yes","ts_ms":1781159489957}}'
)


def _all(path: Path) -> list[AnyLine]:
    capture = Capture(path, Tally())
    found: list[AnyLine] = []
    while (each := capture.read()) is not None:
        found.append(each)
    capture.close()
    return found


def _packed(text: bytes, how: str) -> bytes:
    match how:
        case "gzip":
            return gzip.compress(text)
        case "zstd":
            return zstandard.ZstdCompressor(write_checksum=True).compress(text)
        case _:
            return text


def _named(text: bytes, length: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(filename="n" * length, mode="wb", fileobj=packed, mtime=0) as file:
        file.write(text)
    return packed.getvalue()


def _session() -> Recording:
    recording = Recording().event("connected").book(bids="0.47:3 0.46:10", asks="0.50:7")
    for _ in range(20):
        recording.bid("0.4600", "1.00").bid("0.4600", "-1.00")
    return recording


def _timed(path: Path) -> tuple[list[Nanos], CaptureReport]:
    """When each line is played, and the report."""
    venue, times = ReplayVenue(path, cash=Money(0)), list[Nanos]()
    while (at := venue.next_at()) is not None:
        venue.advance(at)
        times.append(at)
    return times, venue.report()


def _report(path: Path) -> CaptureReport:
    venue = ReplayVenue(path, cash=Money(0))
    played(venue)
    venue.close()
    return venue.report()


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd", "gzip in two parts", "zstd in two parts"])
def test_compression_makes_no_difference(tmp_path: Path, how: str) -> None:
    """Recorders rotate and compress; joined files are one recording. Names prove nothing."""
    plain = _session().write(tmp_path)
    text = plain.read_bytes()
    half = len(text) // 2
    parts = [text[:half], text[half:]] if "two" in how else [text]
    other = tmp_path / "other.bin"
    other.write_bytes(b"".join(_packed(part, how.split()[0]) for part in parts))
    assert _all(other) == _all(plain)


def test_a_part_that_ends_where_a_read_ends_is_not_the_end(tmp_path: Path) -> None:
    """The first part fills its reads to the last byte; the name inside it is only padding."""
    text = _session().write(tmp_path).read_bytes()
    padding = 64 * 1024 - len(_named(text, 1)) + 1
    path = tmp_path / "two_parts"
    path.write_bytes(_named(text, padding) + gzip.compress(text))
    assert len(_named(text, padding)) == 64 * 1024
    assert len(_all(path)) == 2 * text.count(b"\n")


def test_a_zstd_part_that_ends_where_a_read_ends_is_not_the_end(tmp_path: Path) -> None:
    """The same for the other compressor: noise does not shrink, so its part has any wanted size."""
    noise = Random(1).randbytes(80_000).replace(b"\n", b"")
    parts = (zstandard.compress(noise[:size] + b"\n") for size in range(65_500, 65_536))
    first = next(part for part in parts if len(part) == 64 * 1024)
    text = _session().write(tmp_path).read_bytes()
    path = tmp_path / "two_parts"
    path.write_bytes(first + zstandard.compress(text))
    assert len(_all(path)) == 1 + text.count(b"\n")


@pytest.mark.parametrize("where", ["in the last read", "in reads of its own"])
def test_zeros_after_a_gzip_file_are_padding(tmp_path: Path, where: str) -> None:
    """Tapes and some copies fill up the last block."""
    text = _session().write(tmp_path).read_bytes()
    path = tmp_path / "padded"
    zeros = b"\0" * (512 if where == "in the last read" else 200_000)
    path.write_bytes(gzip.compress(text) + zeros)
    assert _report(path).is_clean
    path.write_bytes(gzip.compress(text) + zeros + gzip.compress(text))
    assert len(_all(path)) == 2 * text.count(b"\n")


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    """Some editors put one there when they save."""
    path = _session().write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert _report(path).is_clean


def test_a_line_without_an_end_costs_that_line_and_no_other(tmp_path: Path) -> None:
    """Lines before and after it are as good as ever; the books wait for their next snapshot."""
    recording = _session().raw(b"x" * (LINE_BYTES_MAX + 200_000)).book(bids="0.40:1")
    report = _report(recording.bid("0.4000", "1.00").write(tmp_path))
    assert (report.lines, report.deltas, report.lines_damaged) == (45, 41, 1)
    assert report.problems == (f"line 43: a line is longer than {LINE_BYTES_MAX} bytes",)


def test_a_last_line_without_an_end_is_a_line(tmp_path: Path) -> None:
    """Many writers leave the newline out."""
    path = _session().write(tmp_path)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert _report(path).is_clean


def test_half_a_last_line_is_damage_with_its_number(tmp_path: Path) -> None:
    """The recorder died while writing."""
    path = _session().write(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    report = _report(path)
    assert (report.lines, report.lines_damaged) == (42, 1)
    assert report.problems[0].startswith("line 42: ")


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_compressed_file_that_is_cut_off_says_so(tmp_path: Path, how: str) -> None:
    """What was read before the cut still counts; that something is missing is told."""
    packed = _packed(_session().write(tmp_path).read_bytes(), how)
    path = tmp_path / "cut"
    path.write_bytes(packed[:-12])
    assert isinstance(_all(path)[-1], Damage)
    assert "cut off" in _report(path).problems[-1]


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_compressed_file_with_a_hole_says_so(tmp_path: Path, how: str) -> None:
    """A bad disk block is not the end of a session."""
    packed = bytearray(_packed(_session().write(tmp_path).read_bytes(), how))
    packed[len(packed) // 2 : len(packed) // 2 + 8] = b"\xff" * 8
    path = tmp_path / "hole"
    path.write_bytes(packed)
    assert _report(path).lines_damaged == 1


def test_a_broken_line_spoils_the_books_and_names_its_place(tmp_path: Path) -> None:
    """It may have been a delta of any of them."""
    recording = _session().raw(b'{"recv_ns":17,"conn":1,"frame":{"ty').bid("0.4700", "1.00")
    facts = played(ReplayVenue(recording.write(tmp_path), cash=Money(0)))
    (rejected,) = [fact for fact in facts if isinstance(fact, FrameRejected)]
    assert rejected.where == "line 43"
    assert rejected.contracts == (A,)


def test_books_come_back_with_the_next_snapshot(tmp_path: Path) -> None:
    """Damage costs what it spoiled and nothing after."""
    recording = _session().raw(b"not json").book(bids="0.40:1", asks="0.60:1")
    recording.bid("0.4000", "1.00").ticker(bid="0.4000:2.00", ask="0.6000:1.00", micros=44_000)
    recording.bid("0.4000", "1.00")
    report = _report(recording.write(tmp_path))
    assert (report.lines_damaged, report.gaps) == (1, 0)
    assert (report.ticker_checks, report.ticker_mismatches) == (1, 0)


def test_a_frame_with_a_bad_number_is_rejected_and_its_sequence_goes_on(tmp_path: Path) -> None:
    """The frame was there, so nothing is missing; what it said is unknown."""
    report = _report(_session().bid("0.4600", "x").bid("0.4600", "1.00").write(tmp_path))
    assert (report.frames_rejected, report.gaps, report.lines_damaged) == (1, 0, 0)
    assert report.problems == ("line 43: 'x' is not a plain decimal number",)


def test_a_frame_of_another_shape_is_damage_and_its_sequence_goes_on(tmp_path: Path) -> None:
    """Stream and number can be read although the rest cannot."""
    recording = _session().frame("orderbook_delta", {"market_ticker": A})
    report = _report(recording.bid("0.4600", "1.00").write(tmp_path))
    assert (report.lines_damaged, report.gaps) == (1, 0)
    assert "price_dollars" in report.problems[0]


def test_an_unknown_type_is_counted_and_named(tmp_path: Path) -> None:
    """Passing over it in silence is how an archive loses its books."""
    report = _report(_session().frame("orderbook_delta_v3", {}).write(tmp_path))
    assert (report.frames_rejected, report.unknown_types) == (1, 1)
    assert report.problems == ("line 43: unknown type 'orderbook_delta_v3'",)


def test_private_frames_are_nobodys_problem(tmp_path: Path) -> None:
    """A recording of a session that traded has them; they say nothing about a book."""
    recording = _session().line(conn=1, frame={"type": "user_order", "sid": 9, "msg": {"x": 1}})
    assert _report(recording.write(tmp_path)).is_clean


def test_an_unknown_note_of_the_recorder_is_reported_and_spoils_nothing(tmp_path: Path) -> None:
    """Somebody should look, and the books are as good as before."""
    recording = _session().event("paused").bid("0.4600", "1.00")
    recording.ticker(bid="0.4700:3.00", ask="0.5000:7.00", micros=44_000).bid("0.4600", "1.00")
    report = _report(recording.write(tmp_path))
    assert report.problems == ("line 43: the recorder's 'paused' is not understood",)
    assert report.ticker_checks == 1


@pytest.mark.parametrize(
    "note",
    [
        b'{"recv_ns":%d,"conn":1,"event":"status","market":["a"]}',
        b'{"recv_ns":%d,"conn":1,"event":{"kind":"status"}}',
        b'{"recv_ns":%d,"conn":null,"event":"connected"}',
        b'{"recv_ns":%d,"conn":"one","event":"disconnected"}',
        b'{"recv_ns":%d,"conn":1,"event":"watch_market","market":"KX"}',
    ],
)
def test_a_note_of_an_odd_shape_is_reported_and_spoils_nothing(tmp_path: Path, note: bytes) -> None:
    """Whatever a recorder writes about itself, no book depends on it."""
    recording = _session()
    recording.raw(note % recording.at).bid("0.4600", "1.00")
    recording.ticker(bid="0.4700:3.00", ask="0.5000:7.00", micros=43_000).bid("0.4600", "1.00")
    report = _report(recording.write(tmp_path))
    assert (report.problems_found, report.events, report.events_rejected) == (1, 2, 1)
    assert report.problems[0].startswith("line 43: ")
    assert report.ticker_checks == 1


def test_a_market_of_an_odd_shape_does_not_matter_where_it_is_not_needed(tmp_path: Path) -> None:
    """The frames themselves say that the recorder turned to another market."""
    assert _report(_session().event("market_rotated", market=A).write(tmp_path)).is_clean


@pytest.mark.parametrize("frame", [{"type": "ticker", "msg": {}}, {"type": "mystery", "msg": {}}])
def test_a_frame_without_a_number_is_reported_and_spoils_nothing(
    tmp_path: Path, frame: dict[str, object]
) -> None:
    """What has no number is of no book, understood or not."""
    recording = _session().line(conn=1, frame=frame).bid("0.4600", "1.00")
    recording.ticker(bid="0.4700:3.00", ask="0.5000:7.00", micros=44_000).bid("0.4600", "1.00")
    report = _report(recording.write(tmp_path))
    assert report.lines_damaged + report.frames_rejected == report.problems_found == 1
    assert report.problems[0].startswith("line 43: ")
    assert report.ticker_checks == 1


def test_a_delta_that_lost_its_number_spoils_its_books(tmp_path: Path) -> None:
    """It was a change of one of them, and nobody knows which."""
    recording = _session().line(conn=1, frame={"type": "orderbook_delta", "sid": 2, "msg": {}})
    facts = played(ReplayVenue(recording.write(tmp_path), cash=Money(0)))
    (rejected,) = [fact for fact in facts if isinstance(fact, FrameRejected)]
    assert rejected.contracts == (A,)


def test_a_connection_that_is_null_is_a_connection_without_a_number(tmp_path: Path) -> None:
    """A recorder with one connection need not name it."""
    path = tmp_path / "null.jsonl"
    path.write_bytes(b'{"recv_ns":1781159489957000000,"conn":null,"frame":' + BARE_DELTA + b"}\n")
    (line,) = _all(path)
    assert isinstance(line, Line)
    assert (line.conn, line.frame is None) == (0, False)


def test_a_file_that_is_no_recording_says_so(tmp_path: Path) -> None:
    """Its problems are not worth reading; that it is something else is."""
    path = tmp_path / "other.txt"
    path.write_bytes(b'dear diary\n{"type":"entry"}\n{"event":"sunrise"}\n[]\n')
    assert not _report(path).is_recording
    assert _report(_session().write(tmp_path)).is_recording


def test_a_recording_that_begins_in_the_middle_says_so_once_per_market(tmp_path: Path) -> None:
    """Without its first snapshot nothing of it can be used, and silence would look like quiet."""
    recording = Recording().skip().bid("0.4700", "1.00").bid("0.4700", "1.00", ticker=B)
    recording.bid("0.4700", "1.00").bid("0.4700", "1.00", ticker=B)
    assert _report(recording.write(tmp_path)).problems == (
        f"line 1: deltas of {A} without a snapshot",
        f"line 2: deltas of {B} without a snapshot",
    )


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    """The venue's frames end with a newline of their own."""
    path = _session().write(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\n\n"))
    assert _report(path).is_clean


def test_an_empty_file_has_nothing_to_say(tmp_path: Path) -> None:
    """No line, no fact, no problem."""
    path = Recording().write(tmp_path)
    assert _report(path).lines == 0


def test_milliseconds_do_as_well_as_nanoseconds(tmp_path: Path) -> None:
    """Recorders differ in how fine their clock is."""
    path = tmp_path / "ms.jsonl"
    path.write_bytes(b'{"recv_ms":1781159489958,"frame":' + BARE_DELTA + b"}\n")
    capture = Capture(path, Tally())
    line = capture.read()
    assert isinstance(line, Line)
    assert (line.conn, capture.clock.at) == (0, 1_781_159_489_958 * MILLISECOND)


def test_a_line_without_a_receive_time_takes_the_one_in_its_frame(tmp_path: Path) -> None:
    """And one that has neither happens together with the line before."""
    path = tmp_path / "no_time.jsonl"
    lines = [BARE_DELTA, BARE, BARE_DELTA.replace(b"957", b"999")]
    path.write_bytes(b"".join(b'{"conn":1,"frame":' + line + b"}\n" for line in lines))
    capture, times = Capture(path, Tally()), []
    while isinstance(capture.read(), Line):
        times.append(capture.clock.at // MILLISECOND % 1_000)
    assert times == [957, 957, 999]


def test_bare_frames_take_their_time_from_the_venue(tmp_path: Path) -> None:
    """The first ones carry none: they are dated by the first that does."""
    path = tmp_path / "bare.jsonl"
    path.write_bytes(BARE + b"\n" + BARE_DELTA + b"\n")
    capture = Capture(path, Tally())
    assert isinstance(capture.read(), Line)
    assert capture.clock.at == 1_781_159_489_957 * MILLISECOND
    assert isinstance(capture.read(), Line)
    assert capture.number == 2


def test_time_never_goes_back(tmp_path: Path) -> None:
    """The recorder's clock was set; what depends on time must not notice."""
    recording = _session()
    recording.at = Nanos(T0 - 10 * SECOND)
    path = recording.bid("0.4600", "1.00").bid("0.4600", "1.00").write(tmp_path)
    times, report = _timed(path)
    assert times == sorted(times)
    assert report.steps_back == 2
    assert report.problems == (
        "line 43: the clock goes back by 10 s; time stands still until it is past",
    )


def test_channels_a_little_out_of_step_are_counted_and_no_problem(tmp_path: Path) -> None:
    """Two threads write as they come."""
    recording = _session()
    recording.at = Nanos(recording.at - 5 * MILLISECOND)
    report = _report(recording.bid("0.4600", "1.00").write(tmp_path))
    assert (report.steps_back, report.problems) == (1, ())


@pytest.mark.parametrize("bad", [0, 1_000_000_000, T0 + 20 * 365 * DAY, T0 + 2 * DAY])
@pytest.mark.parametrize("place", [0, 1, 20, 41])
def test_one_impossible_time_is_reported_and_not_followed(
    tmp_path: Path, bad: int, place: int
) -> None:
    """An engine that looks around every second would not come through the years between."""
    recording = _session()
    line = msgspec.json.decode(recording.lines[place])
    recording.lines[place] = msgspec.json.encode(line | {"recv_ns": bad})
    times, report = _timed(recording.write(tmp_path))
    assert times[-1] - times[0] < SECOND
    assert times[0] > T0
    assert report.problems_found == 1
    assert report.problems[0].startswith(f"line {place + 1}: its time ")
    assert report.steps_back == 0


def test_lines_before_the_first_dated_one_get_its_time(tmp_path: Path) -> None:
    """A heading, or half a line where a file was cut: the session did not begin in 1970."""
    recording = Recording().raw(b"# recorded on a Thursday").raw(b'"conn":1,"event":"connected"}')
    recording.lines += _session().lines
    times, report = _timed(recording.write(tmp_path))
    assert times[0] == T0 + MILLISECOND
    assert report.lines_damaged == 2


def test_a_recording_without_any_time_stands_still(tmp_path: Path) -> None:
    """It is played all the same, at one moment."""
    path = tmp_path / "timeless.jsonl"
    path.write_bytes((BARE_DELTA.replace(b',"ts_ms":1781159489957', b"") + b"\n") * 3)
    times, report = _timed(path)
    assert (set(times), report.deltas) == ({0}, 3)


@pytest.mark.parametrize(("pause", "is_followed"), [(3 * DAY, True), (30 * DAY, False)])
def test_a_pause_that_the_next_line_confirms_is_followed_up_to_a_week(
    tmp_path: Path, pause: Nanos, is_followed: bool
) -> None:
    """Recordings of a Friday and a Monday may be one file; a clock a month ahead is a wrong one."""
    recording = _session().wait(pause).bid("0.4600", "1.00").bid("0.4600", "1.00")
    times, report = _timed(recording.write(tmp_path))
    assert (times[-1] - T0 > pause) is is_followed
    assert report.problems[0].startswith("line 43: its time ")


def test_recorded_facts_play_as_they_are(tmp_path: Path) -> None:
    """Our own captures of an exchange without a wire hold facts instead of frames."""
    source = played(ReplayVenue(_session().write(tmp_path), cash=Money(0)))
    recording = Recording()
    for number, fact in enumerate(source):
        recording.line(conn=0, seq=number, fact=fact)
    path = recording.write(tmp_path, name="facts.jsonl")
    assert played(ReplayVenue(path, cash=Money(0))) == source
    assert _report(path).deltas == 40


def test_a_recorded_fact_of_an_unlisted_contract_harms_nobody(tmp_path: Path) -> None:
    """The recording may begin in the middle."""
    delta = BookDeltaReceived(
        contract=A,
        subscription=SubscriptionId(1),
        seq=5,
        side=Side.BUY,
        price=price("0.47"),
        change=1,
        exchange_at=T0,
    )
    path = Recording().line(fact=delta).line(fact=delta).write(tmp_path)
    venue = ReplayVenue(path, cash=Money(0))
    assert kinds(played(venue)) == ["BookDeltaReceived"] * 2
    assert venue.report().problems[0] == f"line 1: deltas of {A} without a snapshot"


def test_a_broken_line_among_recorded_facts_spoils_their_books(tmp_path: Path) -> None:
    """There is no connection to look up; it may have been about any of them."""
    recording = Recording()
    for fact in played(ReplayVenue(_session().write(tmp_path), cash=Money(0))):
        recording.line(fact=fact)
    recording.raw(b'{"recv_ns":17,"fact":{"ty')
    facts = played(ReplayVenue(recording.write(tmp_path, name="facts.jsonl"), cash=Money(0)))
    (rejected,) = [fact for fact in facts if isinstance(fact, FrameRejected)]
    assert rejected.contracts == (A,)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_stops_a_replay(tmp_path: Path, data: st.DataObject) -> None:
    """Any bytes put anywhere: the replay ends, and what could not be read is counted."""
    text = bytearray(_session().write(tmp_path).read_bytes())
    place = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 200))
    text[place : place + cut] = data.draw(st.binary(max_size=60))
    path = tmp_path / "damaged"
    path.write_bytes(text)
    report = _report(path)
    assert report.lines <= 60 + text.count(b"\n")


def test_a_line_cannot_smuggle_a_time_beyond_the_calendar(tmp_path: Path) -> None:
    """Past this, times no longer fit where they are stored."""
    path = tmp_path / "late.jsonl"
    line = {"recv_ns": (1 << 63) - 1, "conn": 1, "event": "connected"}
    path.write_bytes(msgspec.json.encode(line) + b"\n")
    times, report = _timed(path)
    assert (times, report.events) == ([0], 1)
