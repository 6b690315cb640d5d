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

from tests.replay.recordings import T0, A, Recording, kinds, played
from tui_mm.domain.contract import Side
from tui_mm.domain.events import BookDeltaReceived, FrameRejected
from tui_mm.domain.ids import SubscriptionId
from tui_mm.domain.units import MILLISECOND, SECOND, Money, Nanos, price
from tui_mm.replay.capture import Aside, Capture, Damage, Line
from tui_mm.replay.report import CaptureReport
from tui_mm.replay.venue import ReplayVenue

BARE = b'{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}'
BARE_DELTA = (
    b'{"type":"orderbook_delta","sid":1,"seq":2,"msg":{"market_ticker":"A-1","price_dollars":'
    b'"0.4700","delta_fp":"-3.00","side":"yes","ts_ms":1781159489957}}'
)


def _all(path: Path) -> list[Line | Aside | Damage]:
    capture = Capture(path)
    found: list[Line | Aside | Damage] = []
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
    capture = Capture(path)
    line = capture.read()
    assert isinstance(line, Line)
    assert (line.conn, capture.at) == (0, 1_781_159_489_958 * MILLISECOND)


def test_a_line_without_a_receive_time_is_damage(tmp_path: Path) -> None:
    """When it happened cannot be guessed."""
    path = tmp_path / "no_time.jsonl"
    path.write_bytes(b'{"conn":1,"frame":' + BARE_DELTA + b"}\n")
    assert _all(path) == [Damage(why="no receive time", connection=1)]


def test_bare_frames_take_their_time_from_the_venue(tmp_path: Path) -> None:
    """The first ones carry none: they are dated by the first that does."""
    path = tmp_path / "bare.jsonl"
    path.write_bytes(BARE + b"\n" + BARE_DELTA + b"\n")
    capture = Capture(path)
    assert isinstance(capture.read(), Line)
    assert capture.at == 1_781_159_489_957 * MILLISECOND
    assert isinstance(capture.read(), Line)
    assert capture.number == 2


def test_time_never_goes_back(tmp_path: Path) -> None:
    """The recorder's clock was set; what depends on time must not notice."""
    recording = _session()
    recording.at = Nanos(T0 - 10 * SECOND)
    path = recording.bid("0.4600", "1.00").write(tmp_path)
    venue = ReplayVenue(path, cash=Money(0))
    times: list[Nanos] = []
    while (at := venue.next_at()) is not None:
        venue.advance(at)
        times.append(at)
    assert times == sorted(times)
    assert venue.report().steps_back == 1


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
    path = Recording().line(fact=delta).write(tmp_path)
    assert kinds(played(ReplayVenue(path, cash=Money(0)))) == ["BookDeltaReceived"]


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
    assert isinstance(_all(path)[0], Damage)
