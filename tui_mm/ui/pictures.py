"""Pictures of the desk for the documentation: the real app on a real engine, written as SVG.

The last picture needs the kill switch, so the engine that is photographed ends up killed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from tui_mm.domain.errors import DeskError
from tui_mm.ui.app import DeskApp
from tui_mm.ui.effects import DeskResult
from tui_mm.ui.look import UNICODE

SIZES: Final = ((80, 24), (120, 40))
_SCREENS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("main", ()),
    ("detail", ("enter",)),
    ("help", ("escape", "question_mark")),
)
_WITHIN_S: Final = 10.0
_POLL_S: Final = 0.05


def save_screenshots(socket_path: Path, folder: Path) -> list[Path]:
    """Draw the main, detail, help and kill screens at each size; returns the files.

    Raises:
        DeskError: the engine did not answer in time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_save(socket_path, folder))


async def _save(socket_path: Path, folder: Path) -> list[Path]:
    files: list[Path] = []
    for width, height in SIZES:
        async with _desk(socket_path, width=width, height=height) as (app, pilot):
            for name, keys in _SCREENS:
                await pilot.press(*keys)
                await _until(partial(_has_detail, app), waits_for="the market's detail")
                files.append(await _file(app, pilot, folder / f"{name}-{width}x{height}.svg"))
    for width, height in SIZES:
        async with _desk(socket_path, width=width, height=height) as (app, pilot):
            await pilot.press("k")
            await _until(partial(_is_proven, app), waits_for="the proof of the kill")
            files.append(await _file(app, pilot, folder / f"kill-{width}x{height}.svg"))
    return files


@asynccontextmanager
async def _desk(
    socket_path: Path, *, width: int, height: int
) -> AsyncIterator[tuple[DeskApp, Pilot[DeskResult]]]:
    app = DeskApp(socket_path, glyphs=UNICODE)
    async with app.run_test(size=(width, height)) as pilot:
        await _until(lambda: app.client.is_attached, waits_for="the engine")
        yield app, pilot
        await app.client.detach()


async def _file(app: DeskApp, pilot: Pilot[DeskResult], path: Path) -> Path:
    app.draw()
    await pilot.pause()
    path.write_text(app.export_screenshot(title="tui-mm"), encoding="utf-8")
    return path


async def _until(is_so: Callable[[], bool], *, waits_for: str) -> None:
    for _ in range(int(_WITHIN_S / _POLL_S)):
        if is_so():
            return
        await asyncio.sleep(_POLL_S)
    raise DeskError(f"the engine did not show {waits_for} within {_WITHIN_S} s")


def _has_detail(app: DeskApp) -> bool:
    snapshot = app.desk.place.snapshot
    return snapshot is not None and (snapshot.detail is not None or not snapshot.markets)


def _is_proven(app: DeskApp) -> bool:
    snapshot = app.desk.place.snapshot
    return (
        snapshot is not None and snapshot.kill is not None and snapshot.kill.proven_at is not None
    )
