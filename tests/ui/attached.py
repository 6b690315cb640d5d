"""A desk attached to a fake engine, both in the test's own loop."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tests.ui.fake_engine import FakeEngine
from tui_mm.engine.snapshot import Snapshot
from tui_mm.ui.app import DeskApp
from tui_mm.ui.effects import DeskResult
from tui_mm.ui.look import UNICODE
from tui_mm.ui.scene import Terminal

WITHIN_S = 10.0


@dataclass
class Clock:
    """Time that only tests move."""

    now: float = 1_000.0

    def __call__(self) -> float:
        """The time, as a monotonic clock tells it."""
        return self.now


@dataclass
class Attached:
    """The desk, the hand on it, and the engine it talks to."""

    app: DeskApp
    pilot: Pilot[DeskResult]
    engine: FakeEngine
    clock: Clock

    @property
    def dialog(self) -> str:
        """The title of the open dialog, or nothing."""
        dialog = self.app.desk.scene(Terminal()).dialog
        return dialog.title if dialog else ""

    async def press(self, *keys: str) -> None:
        """Press keys as a terminal would send them."""
        await self.pilot.press(*keys)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until this is so; fails when it does not come about."""
        await until(is_so)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until this is so; fails when it does not come about."""
    loop = asyncio.get_running_loop()
    end = loop.time() + WITHIN_S
    while not is_so():
        assert loop.time() < end, "it did not come about"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def attached(
    picture: Snapshot | None = None, *, width: int = 80, height: int = 24
) -> AsyncIterator[Attached]:
    """A desk that shows the engine's first picture, with both its connections open."""
    # Not pytest's tmp_path: its names are too long for the address of a Unix socket.
    with tempfile.TemporaryDirectory() as folder:
        socket_path = Path(folder) / "engine.sock"
        async with FakeEngine(socket_path) as engine:
            if picture is not None:
                engine.picture = picture
            clock = Clock()
            app = DeskApp(socket_path, glyphs=UNICODE, clock=clock)
            async with app.run_test(size=(width, height)) as pilot:
                await until(lambda: app.client.is_attached and app.kill_line.is_open)
                yield Attached(app, pilot, engine, clock)
