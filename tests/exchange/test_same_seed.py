"""The same seed is the same world to the last byte."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from tui_mm.domain.units import SECOND, Nanos
from tui_mm.exchange.world import World

ROOT = Path(__file__).parents[2]
STARTS_AT = Nanos(1_795_176_000 * SECOND)


def trace(seed: int, *, seconds: int = 40, step: int = 1) -> str:
    """A hash over every report of a while, looked at in steps of so many seconds."""
    world = World(seed=seed, starts_at=STARTS_AT)
    digest = hashlib.sha256()
    for second in range(0, seconds + 1, step):
        world.advance(Nanos(STARTS_AT + second * SECOND))
        for report in world.exchange.take_reports():
            digest.update(msgspec.json.encode(report))
    return digest.hexdigest()


def test_the_same_seed_tells_the_same_story() -> None:
    """Every report, in the same order, with the same content."""
    assert trace(5) == trace(5)


def test_another_seed_tells_another() -> None:
    """Or the one above would prove nothing."""
    assert trace(5) != trace(6)


def test_how_often_somebody_looks_changes_nothing() -> None:
    """Real time and virtual time, one second or twenty at once: the same world."""
    assert trace(5, step=1) == trace(5, step=20)


def test_the_story_does_not_depend_on_how_python_hashes() -> None:
    """Nothing is taken in the order of a set."""
    code = "from tests.exchange.test_same_seed import trace; print(trace(5, seconds=15))"
    stories = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert stories == {trace(5, seconds=15) + "\n"}
