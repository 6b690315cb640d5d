"""The same seed is the same session, and a session's books equal the exchange's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui_mm.config import Settings
from tui_mm.wiring import UnknownStrategy, run_headless_sim


def a_run(*, seed: int, seconds: int, hash_seed: str, folder: Path) -> dict[str, object]:
    """The command as a user types it, in a process of its own."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tui_mm", "sim", "--headless", "--virtual", "--json"),
            *("--seconds", str(seconds), "--seed", str(seed)),
        ],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "TUI_MM_STATE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


def test_the_same_seed_gives_the_same_trace_in_any_process(tmp_path: Path):
    """Neither the process nor its hash seed leaves a mark on what happens."""
    one = a_run(seed=7, seconds=60, hash_seed="1", folder=tmp_path)
    two = a_run(seed=7, seconds=60, hash_seed="2", folder=tmp_path)
    assert one == two


def test_another_seed_gives_another_trace():
    """The hash covers what the world does."""
    settings = Settings()
    one = run_headless_sim(settings, seed=7, seconds=5, strategy=None)
    two = run_headless_sim(settings, seed=8, seconds=5, strategy=None)
    assert one["trace_hash"] != two["trace_hash"]


def test_ten_minutes_of_trading_hold_every_limit_and_every_cent():
    """A busy session: both sides in most markets, no limit broken at the exchange, equal books."""
    result = run_headless_sim(Settings(), seed=7, seconds=600, strategy=None)
    fills, both_sides = result["fills"], result["markets_filled_both_sides"]
    assert isinstance(fills, int)
    assert isinstance(both_sides, int)
    assert fills >= 200
    assert both_sides >= 6
    assert result["ledger_equal"], result["ledger_differences"]
    assert result["limit_breaches"] == 0, result["first_breach"]


def test_a_strategy_that_does_not_exist_is_named():
    """And so are those that do."""
    with pytest.raises(UnknownStrategy, match="no strategy 'magic': there are penny, pair"):
        run_headless_sim(Settings(), seed=7, seconds=1, strategy="magic")
