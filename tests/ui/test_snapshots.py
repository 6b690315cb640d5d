"""The whole screen, compared with what it looked like when somebody last looked at it.

After a wanted change: `pytest tests/ui/test_snapshots.py --snapshot-update`, and look at the
pictures in the diff. Time stands still in them.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot

from tests.ui.attached import Clock, until
from tests.ui.fake_engine import FakeEngine
from tests.ui.samples import empty_snapshot, hostile_snapshot, kill, proven_kill, snapshot
from tui_mm.engine.snapshot import Snapshot
from tui_mm.ui.app import DeskApp
from tui_mm.ui.effects import DeskResult
from tui_mm.ui.look import ASCII, UNICODE

SIZES = [(80, 24), (120, 40)]
STATES: dict[str, tuple[Snapshot, tuple[str, ...]]] = {
    "markets": (snapshot(), ()),
    "live": (snapshot(is_paper=False), ()),
    "empty": (empty_snapshot(), ()),
    "detail": (snapshot(), ("enter",)),
    "orders": (snapshot(), ("2",)),
    "fills": (snapshot(), ("3",)),
    "risk": (snapshot(), ("4",)),
    "log": (snapshot(), ("5",)),
    "staged": (snapshot(), ("space", "space", "t")),
    "edit": (snapshot(), ("e", "4", "tab", "2")),
    "help": (snapshot(), ("question_mark",)),
    "killing": (snapshot(kill=kill()), ()),
    "killed": (snapshot(kill=proven_kill()), ()),
    "banner": (snapshot(kill=kill()), ("1",)),
    "hostile": (hostile_snapshot(), ()),
}


class Compare(Protocol):
    """The plugin's fixture, as far as it is used here."""

    def __call__(self, app: DeskApp, *, terminal_size: tuple[int, int], run_before: object) -> bool:
        """True when the picture is the same."""
        ...


@pytest.fixture
def socket_path() -> Iterator[Path]:
    """A place for a socket with a short name."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "engine.sock"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
def test_the_screen_looks_as_it_did(
    state: str, size: tuple[int, int], socket_path: Path, snap_compare: Compare
) -> None:
    """Each state at both sizes people use most."""
    picture, keys = STATES[state]
    app = DeskApp(socket_path, glyphs=UNICODE, clock=Clock())
    run_before = _with_engine(app, socket_path, picture, keys)
    assert snap_compare(app, terminal_size=size, run_before=run_before)


def test_the_screen_in_ascii_looks_as_it_did(socket_path: Path, snap_compare: Compare) -> None:
    """For terminals that know no more."""
    app = DeskApp(socket_path, glyphs=ASCII, clock=Clock())
    run_before = _with_engine(app, socket_path, snapshot(), ())
    assert snap_compare(app, terminal_size=(80, 24), run_before=run_before)


def _with_engine(
    app: DeskApp, socket_path: Path, picture: Snapshot, keys: tuple[str, ...]
) -> object:
    """What the plugin runs before it takes the picture: attach, press keys, settle."""

    async def run_before(pilot: Pilot[DeskResult]) -> None:
        engine = FakeEngine(socket_path)
        engine.picture = picture
        await engine.__aenter__()
        await until(lambda: app.client.is_attached and app.kill_line.is_open)
        await pilot.press(*keys)
        first = picture.markets[0].contract if picture.markets else None
        await until(lambda: first is None or app.desk.link.pictures >= 2)
        app.draw()
        await pilot.pause()

    return run_before
