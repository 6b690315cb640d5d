"""A session in a folder of its own, driven by a real loop, and the desk's side of its socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.runtime.fakes import START, FakeEngine, FakeVenue
from tui_mm.domain.events import OperatorLost
from tui_mm.journal.capture import CaptureWriter
from tui_mm.journal.writer import JournalWriter
from tui_mm.runtime.clocks import EngineClock, wall_now
from tui_mm.runtime.disk import DiskThread
from tui_mm.runtime.latch import KillLatch, LatchKeeper
from tui_mm.runtime.lease import OperatorLease
from tui_mm.runtime.log import logger_to, opened_log
from tui_mm.runtime.loop import EngineLoop, Session
from tui_mm.runtime.messages import (
    DESK_LINE,
    FromDesk,
    FromEngine,
    Hello,
    Outcome,
    Picture,
    Unframer,
    framed,
    from_engine,
)
from tui_mm.runtime.session_files import SessionFiles
from tui_mm.runtime.socket import SocketServer

PATIENCE_S = 5.0  # how long a test that fails takes; nothing is measured with it


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true; TimeoutError when it does not become so."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.002)


@dataclass
class Rig:
    """A running loop and everything around it that a test may want to look at."""

    engine: FakeEngine
    venue: FakeVenue
    loop: EngineLoop
    journal: JournalWriter
    files: SessionFiles


@asynccontextmanager
async def running_loop(
    folder: Path, *, engine: FakeEngine | None = None, venue: FakeVenue | None = None
) -> AsyncIterator[Rig]:
    """Drive a fake engine on a fake venue until the block ends; a failed loop fails the test."""
    files = SessionFiles(folder)
    files.prepare()
    engine, venue = engine or FakeEngine(), venue or FakeVenue()
    disk = DiskThread("disk")
    journal = JournalWriter(files.journal, wall_now=wall_now)
    loop = EngineLoop(
        Session(engine, venue, START),
        clock=EngineClock(start=START, speed=1),
        journal=journal,
        capture=CaptureWriter(files.capture, run=journal.run),
        latch=LatchKeeper(KillLatch(files.latch), disk),
        disk=disk,
    )
    task = asyncio.create_task(loop.run())
    try:
        yield Rig(engine, venue, loop, journal, files)
    finally:
        loop.end()
        await task
        disk.close(patience_s=PATIENCE_S)
        journal.close()


@asynccontextmanager
async def served(rig: Rig, *, lease_s: float = 3600.0) -> AsyncIterator[Path]:
    """Serve the rig's loop on its socket."""
    disk = DiskThread("log")
    with opened_log(rig.files.log) as log:
        server = SocketServer(
            rig.loop,
            path=rig.files.socket,
            lease=OperatorLease(lease_s),
            on_lease_lost=lambda: rig.loop.post(OperatorLost(why="nobody watches")),
            log=logger_to(log, disk),
        )
        task = asyncio.create_task(server.run())
        await until(rig.files.socket.exists)
        try:
            yield rig.files.socket
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            disk.close(patience_s=PATIENCE_S)


@dataclass
class Desk:
    """The desk's side of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    unframer: Unframer = field(default_factory=Unframer)
    received: list[FromEngine] = field(default_factory=list)

    def send(self, message: FromDesk) -> None:
        """Send one message."""
        self.writer.write(framed(message))

    async def next(self) -> FromEngine:
        """The next message; EOFError when the engine has hung up."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.received:
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError
                self.received += [from_engine(body) for body in self.unframer.feed(data)]
        return self.received.pop(0)

    async def outcome(self) -> Outcome:
        """The next answer; pictures on the way are skipped."""
        while not isinstance(message := await self.next(), Outcome):
            pass
        return message

    async def picture(self) -> Picture:
        """The next picture; answers on the way are skipped."""
        while not isinstance(message := await self.next(), Picture):
            pass
        return message

    async def hang_up(self) -> None:
        """Vanish without a word."""
        self.writer.transport.abort()
        await asyncio.sleep(0)


async def attached(path: Path) -> Desk:
    """A desk that has said hello."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(DESK_LINE)
    desk = Desk(reader, writer)
    desk.send(Hello())
    return desk
