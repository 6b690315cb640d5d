"""An engine's end of the socket for the tests: sends pictures, notes all it hears.

It runs in the tests' own loop, or as a process of its own (`python -m tests.ui.fake_engine SOCKET
NOTES HERTZ`), which then writes one line of JSON for everything it hears, with the monotonic time.
It trades nothing: pausing, killing and resuming only change the next picture. HERTZ above zero
makes markets change that often, below zero fills the picture with hostile text.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from tests.ui.samples import changed, detail, hostile_snapshot, proven_kill, snapshot
from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import (
    AnyAction,
    ChangeSpread,
    Kill,
    Pause,
    PauseAll,
    Resume,
    StopEngine,
    Unpause,
)
from tui_mm.domain.units import MILLISECOND, Nanos
from tui_mm.engine.snapshot import MarketRow, Snapshot
from tui_mm.runtime.messages import (
    DESK_LINE,
    KILL_LINE,
    Act,
    Detach,
    Goodbye,
    Heartbeat,
    Hello,
    Outcome,
    Picture,
    Unframer,
    Watch,
    framed,
    from_desk,
)


class FakeEngine:
    """Serves one desk after another.

    Attributes:
        picture: what the next desk sees first; set it with `show` while one is attached.
        actions: every action heard, in order.
        presses: bytes heard on kill lines.
        refuses: answers every action with this text instead of doing it.
        hears_presses: False reads the kill lines and does nothing.
    """

    def __init__(self, socket_path: Path, *, notes: TextIO | None = None) -> None:
        self.picture = snapshot()
        self.actions: list[AnyAction] = []
        self.presses = 0
        self.beats = 0
        self.detaches = 0
        self.farewells = 0
        self.watched: ContractId | None = None
        self.refuses = ""
        self.hears_presses = True
        self._path = socket_path
        self._notes = notes
        self._server: asyncio.Server | None = None
        self._desks: set[asyncio.StreamWriter] = set()
        self._lines: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "FakeEngine":
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close the socket and every connection, as an engine that dies does."""
        if self._server is not None:
            self._server.close()
        for writer in (*self._desks, *self._lines):
            writer.transport.abort()
        self._path.unlink(missing_ok=True)
        await asyncio.sleep(0)

    def show(self, picture: Snapshot) -> None:
        """Send this picture to every desk from now on."""
        self.picture = picture
        message = framed(Picture(snapshot=self._with_detail()))
        for writer in self._desks:
            writer.write(message)

    def send_raw(self, data: bytes) -> None:
        """Send these bytes to every desk."""
        for writer in self._desks:
            writer.write(data)

    async def churn(self, *, hertz: int) -> None:
        """Send pictures in which about a third of the rows change, for ever."""
        for tick in range(10**9):
            await asyncio.sleep(1 / hertz)
            rows = tuple(
                changed(row, bid_qty=row.bid_qty + tick, unrealised=row.unrealised + tick * 10_000)
                if (index + tick) % 3
                else changed(
                    row,
                    inventory=row.inventory + 1_000_000 * (tick % 7 - 3),
                    ask=None if row.ask is None else row.ask + 100 * (tick % 2),
                )
                for index, row in enumerate(snapshot().markets)
            )
            at = Nanos(self.picture.at + MILLISECOND * 1000 // hertz)
            self.show(changed(self.picture, markets=rows, at=at, seq=self.picture.seq + 1))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            kind = await reader.readexactly(1)
            if kind == KILL_LINE:
                self._lines.add(writer)
                await self._hear_presses(reader)
            elif kind == DESK_LINE:
                await self._hear_desk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            self._desks.discard(writer)
            self._lines.discard(writer)
            writer.transport.abort()

    async def _hear_presses(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(64):
            if self.hears_presses:
                self.presses += len(data)
                self._note("press", count=len(data))
                self._kill()

    async def _hear_desk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._note("attach")
        self._desks.add(writer)
        unframer = Unframer()
        while data := await reader.read(65_536):
            for body in unframer.feed(data):
                await self._hear(body, writer)
        self.farewells += 1
        self._note("eof")

    async def _hear(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        match from_desk(body):
            case Hello():
                writer.write(framed(Picture(snapshot=self._with_detail())))
            case Act(request=request, action=action):
                self.actions.append(action)
                self._note("act", action=type(action).__name__)
                text = self.refuses or self._do(action)
                is_done = not self.refuses
                writer.write(framed(Outcome(request=request, is_done=is_done, text=text)))
                if isinstance(action, StopEngine) and is_done:
                    writer.write(framed(Goodbye(why="stopped by the operator")))
                    await writer.drain()
                    writer.close()
            case Watch(contract=contract):
                self.watched = contract
                self.show(self.picture)
            case Heartbeat():
                self.beats += 1
                self._note("beat")
            case Detach():
                self.detaches += 1
                self._note("detach")

    def _do(self, action: AnyAction) -> str:
        match action:
            case Kill():
                self._kill()
                return "killing"
            case Resume():
                self.show(changed(self.picture, kill=None, is_all_paused=False))
                return "quoting again"
            case PauseAll():
                self.show(changed(self.picture, is_all_paused=True))
                return "everything is paused"
            case Pause(contracts=contracts):
                self._change_rows(contracts, lambda row: changed(row, is_paused=True))
                return f"paused {len(contracts)}"
            case Unpause(contracts=contracts):
                self._change_rows(contracts, lambda row: changed(row, is_paused=False))
                return f"unpaused {len(contracts)}"
            case ChangeSpread(contracts=contracts, ticks=ticks):
                self._change_rows(
                    contracts, lambda row: changed(row, spread_ticks=row.spread_ticks + ticks)
                )
                return f"spread {ticks:+d} in {len(contracts)}"
            case _:
                return f"{type(action).__name__} done"

    def _change_rows(
        self, contracts: tuple[ContractId, ...], change: Callable[[MarketRow], MarketRow]
    ) -> None:
        rows = tuple(
            change(row) if row.contract in contracts else row for row in self.picture.markets
        )
        self.show(changed(self.picture, markets=rows))

    def _kill(self) -> None:
        presses = self.picture.kill.presses + 1 if self.picture.kill else 1
        report = changed(proven_kill(), presses=presses)
        self.show(changed(self.picture, kill=report, orders=()))

    def _with_detail(self) -> Snapshot:
        if self.watched is None:
            return self.picture
        return replace(self.picture, detail=detail(self.watched))

    def _note(self, what: str, **facts: object) -> None:
        if self._notes is not None:
            line = json.dumps({"what": what, "at": time.monotonic(), **facts})
            print(line, file=self._notes, flush=True)


async def _main(socket_path: Path, notes_path: Path, *, hertz: int) -> None:
    with notes_path.open("a", encoding="utf-8") as notes:
        async with FakeEngine(socket_path, notes=notes) as engine:
            engine._note("listening")
            if hertz > 0:
                await engine.churn(hertz=hertz)
            if hertz < 0:
                engine.show(hostile_snapshot())
            await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]), hertz=int(sys.argv[3])))
