"""The capture: everything the feed said, readable later, in bounded space."""

import io
import stat
from pathlib import Path

import msgspec
import pytest
import zstandard

from tests.runtime.fakes import START
from tui_mm.domain.contract import Side
from tui_mm.domain.events import BookDeltaReceived, Stamped, TimePassed
from tui_mm.domain.ids import ContractId, SubscriptionId
from tui_mm.domain.units import Price
from tui_mm.journal import capture
from tui_mm.journal.capture import CaptureLine, CaptureWriter


def a_delta(seq: int) -> Stamped:
    """One message of a feed."""
    return Stamped(
        seq,
        START,
        BookDeltaReceived(
            contract=ContractId("A"),
            subscription=SubscriptionId(1),
            seq=seq,
            side=Side.BUY,
            price=Price(4_700),
            change=seq * 7_919,
            exchange_at=START,
        ),
    )


def lines_of(path: Path) -> list[CaptureLine]:
    """What a reader gets from a part, whole or broken off."""
    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        text = io.BytesIO(stream.read()).readlines()
    return [msgspec.json.decode(line, type=CaptureLine) for line in text]


def test_every_message_comes_back_with_its_time_and_number(tmp_path: Path):
    """So that a session can be replayed whole, together with the journal."""
    writer = CaptureWriter(tmp_path, run=3)
    for seq in range(1, 200):
        writer.append(a_delta(seq), connection=0)
    writer.flush()
    writer.close()
    [part] = tmp_path.iterdir()
    read = lines_of(part)
    assert [(line.seq, line.recv_ns, line.fact) for line in read] == [
        (seq, START, a_delta(seq).fact) for seq in range(1, 200)
    ]


def test_what_was_flushed_survives_a_crash(tmp_path: Path):
    """The part was never closed; a reader still gets all of it."""
    writer = CaptureWriter(tmp_path, run=1)
    writer.append(a_delta(1), connection=0)
    writer.flush()
    [part] = tmp_path.iterdir()
    assert [line.seq for line in lines_of(part)] == [1]


def test_what_is_not_from_the_feed_stays_out(tmp_path: Path):
    """Time and orders are no market data; the journal has what matters of them."""
    writer = CaptureWriter(tmp_path, run=1)
    writer.append(Stamped(1, START, TimePassed()), connection=0)
    writer.flush()
    assert list(tmp_path.iterdir()) == []


def test_old_parts_make_room_for_new_ones(tmp_path: Path):
    """The folder of a session has a largest size, whatever happens."""
    writer = CaptureWriter(tmp_path, run=1, part_bytes_max=1, parts_kept=3)
    for seq in range(1, 8):
        writer.append(a_delta(seq), connection=0)
        writer.flush()
    assert [part.name for part in sorted(tmp_path.iterdir())] == [
        f"000001-{part:04d}.jsonl.zst" for part in (5, 6, 7)
    ]
    assert {stat.S_IMODE(part.stat().st_mode) for part in tmp_path.iterdir()} == {0o600}


def test_falling_behind_loses_lines_and_counts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A disk in trouble costs the recording, not the engine's memory."""
    monkeypatch.setattr(capture, "WAITING_BYTES_MAX", 1_000)
    writer = CaptureWriter(tmp_path, run=1)
    for seq in range(1, 101):
        writer.append(a_delta(seq), connection=0)
    writer.flush()
    [part] = tmp_path.iterdir()
    kept = lines_of(part)
    assert 0 < len(kept) < 100
    assert writer.lines_lost == 100 - len(kept)


def test_a_refusing_disk_raises_and_the_next_flush_begins_a_new_part(tmp_path: Path):
    """Whoever supervises the capture decides when to try again."""
    folder = tmp_path / "gone"
    writer = CaptureWriter(folder, run=1)
    writer.append(a_delta(1), connection=0)
    with pytest.raises(OSError, match="gone"):
        writer.flush()
    folder.mkdir()
    writer.append(a_delta(2), connection=0)
    writer.flush()
    [part] = folder.iterdir()
    assert [line.seq for line in lines_of(part)] == [2]
    assert writer.lines_lost == 1
