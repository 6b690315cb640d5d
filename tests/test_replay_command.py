"""`tui-mm replay --headless --json`, from a file on disk to one object on standard output."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from tests.replay.recordings import Recording, real_recording
from tui_mm.config import Settings
from tui_mm.domain.units import MILLISECOND, Nanos
from tui_mm.wiring import bench_replay, run_headless_replay

KXBTC = "kxbtc15m_2026-05-14_frames.jsonl.gz"


def replayed(path: Path) -> dict[str, object]:
    """The command as a user types it."""
    done = subprocess.run(
        [sys.executable, "-m", "tui_mm", "replay", str(path), "--headless", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


def a_session() -> Recording:
    """A market with a spread worth quoting that moves for half a minute, then through our bid."""
    recording = Recording().book(bids="0.40:100 0.30:100", asks="0.60:100 0.70:100")
    for _ in range(60):
        recording.bid("0.3000", "1.00").wait(Nanos(500 * MILLISECOND))
    recording.bid("0.4000", "-100.00").ask("0.3500", "50.00")
    return recording.wait(Nanos(2_000 * MILLISECOND)).bid("0.3000", "1.00")


def test_the_recorded_production_session_holds_together():
    """101,703 deltas: no gap, no impossible level, every ticker equal to the rebuilt book."""
    result = replayed(real_recording(KXBTC))
    wanted = {
        "deltas": 101_703,
        "snapshots": 4,
        "tickers": 842,
        "gaps": 0,
        "negative_levels": 0,
        "crossed_books": 0,
        "ticker_mismatches": 0,
        "market_closes": 1,
        "problems": [],
        "ledger_equal": True,
    }
    assert {name: result[name] for name in wanted} == wanted
    checks, placed = result["ticker_checks"], result["orders_placed"]
    assert isinstance(checks, int)
    assert isinstance(placed, int)
    assert checks >= 364
    assert placed > 0


def test_a_market_that_trades_through_our_bid_fills_it(tmp_path: Path):
    """The others' ask falls to 0.35: our bid above it is bought completely."""
    result = run_headless_replay(Settings(), file=a_session().write(tmp_path), strategy=None)
    assert result["fills"] == 1
    positions = result["positions"]
    assert isinstance(positions, dict)
    assert [position["yes"] for position in positions.values()] == [10.0]
    assert result["ledger_equal"]


@pytest.mark.parametrize("ending", [".jsonl.gz", ".jsonl.zst"])
def test_a_compressed_recording_plays_the_same(tmp_path: Path, ending: str):
    """How it was stored leaves no mark on what happens."""
    plain = a_session().write(tmp_path)
    packed = tmp_path / f"packed{ending}"
    data = plain.read_bytes()
    packed.write_bytes(gzip.compress(data) if ending.endswith("gz") else zstandard.compress(data))
    one = run_headless_replay(Settings(), file=plain, strategy=None)
    two = run_headless_replay(Settings(), file=packed, strategy=None)
    assert one["trace_hash"] == two["trace_hash"]


def test_a_malformed_line_is_reported_with_its_number_and_stops_the_quotes(tmp_path: Path):
    """Nothing is quoted from a book that something is missing from."""
    recording = Recording().book(bids="0.40:100", asks="0.60:100")
    for line in range(20):
        recording.bid("0.3000", "1.00").wait(Nanos(500 * MILLISECOND))
        if line == 9:
            recording.raw(b'{"recv_ns": 1, "fra')
    result = run_headless_replay(Settings(), file=recording.write(tmp_path), strategy=None)
    problems = result["problems"]
    assert isinstance(problems, list)
    assert "line 12" in problems[0]
    assert result["orders_placed"] == result["orders_cancelled"] == 2


def test_the_bench_times_complete_and_equal_runs(tmp_path: Path):
    """A figure is worth nothing if the work was not done, or not the same twice."""
    result = bench_replay(Settings(), file=a_session().write(tmp_path), runs=2)
    assert result["same_trace"]
    assert result["frames"] == 64
    placed = result["orders_placed"]
    assert isinstance(placed, int)
    assert placed > 0


def test_a_file_that_is_no_recording_is_refused_in_a_sentence(tmp_path: Path):
    """Zero counts and success would say that it was played."""
    path = tmp_path / "notes.txt"
    path.write_text("these are\nnot the frames\nyou are looking for\n")
    done = subprocess.run(
        [sys.executable, "-m", "tui_mm", "replay", str(path), "--headless", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"tui-mm: {path}: nothing in it is a line of a recording\n"
