"""The engine process from its first breath to its last words.

Law: it ends safely or says that it could not. A stop cancels everything, waits for proof, prints
what is held and exits 0; without proof it exits 3. A failure of something essential cancels
through the venue alone and never exits 0.

Signals are taken with `signal.signal`: handlers of an event loop do not run while it is busy.
"""

import asyncio
import gc
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Final, TextIO

import uvloop
from structlog.typing import FilteringBoundLogger

from tui_mm.domain.events import OperatorLost
from tui_mm.domain.operator import Kill, StopEngine
from tui_mm.engine.snapshot import Snapshot
from tui_mm.journal.capture import CaptureWriter
from tui_mm.journal.writer import JournalWriter
from tui_mm.runtime.clocks import EngineClock, wall_now
from tui_mm.runtime.disk import DiskThread
from tui_mm.runtime.last_resort import cancel_everything
from tui_mm.runtime.latch import KillLatch, LatchKeeper, LatchRecord
from tui_mm.runtime.lease import LEASE_S, OperatorLease
from tui_mm.runtime.lock import SessionLock
from tui_mm.runtime.log import logger_to, opened_log
from tui_mm.runtime.loop import EngineLoop, InboxFull, Session
from tui_mm.runtime.narrator import Narrator
from tui_mm.runtime.session_files import SessionFiles
from tui_mm.runtime.socket import SocketServer, bound
from tui_mm.runtime.supervisor import EssentialEnded, Supervisor
from tui_mm.runtime.teller import Teller

EXIT_PROVEN: Final = 0
EXIT_NOT_PROVEN: Final = 3
EXIT_FAILED: Final = 4

PROOF_PATIENCE_S: Final = 10.0
DISK_PATIENCE_S: Final = 2.0
TELL_PATIENCE_S: Final = 0.5
CAPTURE_EVERY_S: Final = 0.5
NEWS_EVERY_S: Final = 1.0
_POLL_S: Final = 0.02

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)

STOPPED: Final = "stopped: no order rests"
NOT_PROVEN: Final = "NOT PROVEN: orders may rest at the venue"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePlan:
    """What one engine process is to do.

    `build` makes the engine and its venue, given the number of the run. `tell` receives lines for
    a human. With `pulls_on_operator_loss` off, a lost operator is logged and nothing else. One that
    `expects_desk` misses an operator who never came.
    """

    files: SessionFiles
    build: Callable[[int], Session]
    tell: Callable[[str], None]
    speed: float = 1.0
    seconds: float | None = None
    pulls_on_operator_loss: bool = True
    expects_desk: bool = False
    proof_patience_s: float = PROOF_PATIENCE_S
    lease_s: float = LEASE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineEnd:
    """How the process ended; `text` is a sentence, `positions` what is still held."""

    code: int
    text: str
    positions: tuple[str, ...]
    snapshot: Snapshot | None


def run_engine(plan: EnginePlan) -> EngineEnd:
    """Own the session until something ends it.

    Raises:
        EngineAlreadyRuns, StateFolderUnusable, JournalBroken, SocketUnusable: nothing was started.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    plan.files.prepare()
    lock = SessionLock(plan.files.lock)
    lock.acquire()
    try:
        journal = JournalWriter(plan.files.journal, wall_now=wall_now)
        session = plan.build(journal.run)
        with opened_log(plan.files.log) as file:
            process = _EngineProcess(plan, session, journal, file)
            # What exists now lives as long as the process: the collector need not look at it.
            gc.collect()
            gc.freeze()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                end = runner.run(process.run())
            process.close()
        return end
    finally:
        gc.unfreeze()
        lock.release()


class _EngineProcess:
    def __init__(
        self, plan: EnginePlan, session: Session, journal: JournalWriter, log_file: TextIO
    ) -> None:
        self._plan = plan
        self._session = session
        self._journal = journal
        self._journal_disk = DiskThread("journal")
        self._observer_disk = DiskThread("observers")
        self._capture = CaptureWriter(plan.files.capture, run=journal.run)
        self._log: FilteringBoundLogger = logger_to(log_file, self._observer_disk)
        self._narrator = Narrator()
        self._teller = Teller(plan.tell)

    async def run(self) -> EngineEnd:
        """Everything between the lock and the last words."""
        plan = self._plan
        bound(plan.files.socket).close()  # where nobody can reach it, nothing is traded
        latch = KillLatch(plan.files.latch)
        clock = EngineClock(start=self._session.start, speed=plan.speed)
        engine_loop = EngineLoop(
            self._session,
            clock=clock,
            journal=self._journal,
            capture=self._capture,
            latch=LatchKeeper(latch, self._journal_disk),
            disk=self._journal_disk,
        )
        if (record := latch.read()) is not None:
            engine_loop.act(Kill(source=f"{record.source} (before this start)"))
        lose_operator = partial(self._lose_operator, engine_loop)
        server = SocketServer(
            engine_loop,
            path=plan.files.socket,
            lease=OperatorLease(
                plan.lease_s,
                expected_since_s=time.monotonic() if plan.expects_desk else None,
            ),
            on_lease_lost=lambda: lose_operator("no desk has been seen in time"),
            log=self._log,
        )
        self._take_signals(engine_loop, lose_operator)
        self._log.info(
            "engine_started",
            pid=os.getpid(),
            session=plan.files.name,
            run=self._journal.run,
            speed=plan.speed,
        )
        supervisor = Supervisor(self._log)
        supervisor.essential("engine loop", engine_loop.run)
        supervisor.restartable("desk socket", server.run)
        supervisor.restartable("capture", self._write_capture)
        supervisor.restartable("news", lambda: self._tell_news(engine_loop))
        if plan.seconds is not None:
            asyncio.get_running_loop().call_later(plan.seconds, _stop, engine_loop)
        failed = await self._until_over(engine_loop, supervisor)
        if failed is not None:
            self._latch_failure(latch, failed)
        end = await self._ended(engine_loop, clock, failed)
        self._log.info(
            "engine_stopped",
            code=end.code,
            is_proven=end.code != EXIT_NOT_PROVEN,
            text=end.text,
            positions=list(end.positions),
        )
        await self._log_is_written()  # who hears the goodbye may look there
        await server.say_goodbye("\n".join((end.text, *end.positions)))
        engine_loop.end()
        await supervisor.close()
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # it is ending, and the loop will not be there
        return end

    def close(self) -> None:
        """Bring to the disk what is still on its way there, if the disk lets us."""
        self._journal_disk.submit(self._journal.commit)
        if self._journal_disk.close(patience_s=DISK_PATIENCE_S):
            self._journal.close()
        self._teller.close(patience_s=TELL_PATIENCE_S)
        self._observer_disk.submit(self._capture.flush)
        self._observer_disk.submit(self._capture.close)
        self._observer_disk.close(patience_s=DISK_PATIENCE_S)

    async def _until_over(
        self, engine_loop: EngineLoop, supervisor: Supervisor
    ) -> EssentialEnded | None:
        failing = asyncio.create_task(supervisor.first_essential_end())
        stopping = asyncio.create_task(engine_loop.stop_requested.wait())
        await asyncio.wait({failing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        give_up = time.monotonic() + self._plan.proof_patience_s
        while not failing.done() and not engine_loop.is_safe_to_exit:
            if time.monotonic() > give_up:
                break
            await asyncio.sleep(_POLL_S)
        if failing.done():
            return failing.result()
        failing.cancel()
        return None

    async def _ended(
        self, engine_loop: EngineLoop, clock: EngineClock, failed: EssentialEnded | None
    ) -> EngineEnd:
        if failed is None:
            is_proven = engine_loop.is_safe_to_exit
            return EngineEnd(
                code=EXIT_PROVEN if is_proven else EXIT_NOT_PROVEN,
                text=STOPPED if is_proven else NOT_PROVEN,
                positions=self._session.engine.positions_text(),
                snapshot=engine_loop.snapshot(watched=None),
            )
        patience_s = self._plan.proof_patience_s
        [is_gone] = await asyncio.gather(
            cancel_everything(self._session.venue, clock, patience_s=patience_s),
            return_exceptions=True,
        )
        why = f"the {failed.name} failed ({type(failed.error).__name__}: {failed.error})"
        if is_gone is True:
            return EngineEnd(
                code=EXIT_FAILED,
                text=f"{why}; everything was cancelled and the venue shows no order",
                positions=(),
                snapshot=None,
            )
        return EngineEnd(
            code=EXIT_NOT_PROVEN, text=f"{NOT_PROVEN}; {why}", positions=(), snapshot=None
        )

    def _latch_failure(self, latch: KillLatch, failed: EssentialEnded) -> None:
        """What has failed once does not quote again before a person says so."""
        if latch.read() is None:
            source = f"failure of the {failed.name}"
            with suppress(OSError):  # the log below says what failed; there is no better place
                latch.save(LatchRecord(source=source, killed_at=wall_now()))

    async def _log_is_written(self) -> None:
        behind_it = asyncio.wrap_future(self._observer_disk.submit(lambda: None))
        await asyncio.wait({behind_it}, timeout=DISK_PATIENCE_S)

    def _take_signals(self, engine_loop: EngineLoop, lose_operator: Callable[[str], None]) -> None:
        home = asyncio.get_running_loop()

        def take(number: signal.Signals, work: Callable[[], None]) -> None:
            def handler(_number: int, _frame: FrameType | None) -> None:
                home.call_soon_threadsafe(work)

            signal.signal(number, handler)

        take(signal.SIGTERM, lambda: _stop(engine_loop))
        take(signal.SIGINT, lambda: _stop(engine_loop))
        take(signal.SIGHUP, lambda: lose_operator("the terminal hung up"))
        take(signal.SIGUSR1, lambda: engine_loop.act(Kill(source="signal USR1")))

    def _lose_operator(self, engine_loop: EngineLoop, why: str) -> None:
        self._log.warning("operator_lost", why=why)
        if not self._plan.pulls_on_operator_loss:
            return
        with suppress(InboxFull):  # then a kill is on its way, which does more
            engine_loop.post(OperatorLost(why=why))

    async def _write_capture(self) -> None:
        lost_before = self._capture.lines_lost
        while True:
            await asyncio.sleep(CAPTURE_EVERY_S)
            await asyncio.wrap_future(self._observer_disk.submit(self._capture.flush))
            if self._capture.lines_lost != lost_before:
                lost_before = self._capture.lines_lost
                self._log.warning("capture_fell_behind", lines_lost=lost_before)

    async def _tell_news(self, engine_loop: EngineLoop) -> None:
        while True:
            for line in self._narrator.news(engine_loop.snapshot(watched=None)):
                self._log.info("news", text=line)
                self._teller.say(line)
            await asyncio.sleep(NEWS_EVERY_S)


def _stop(engine_loop: EngineLoop) -> None:
    with suppress(InboxFull):  # then a kill is on its way, which is as good as a stop
        engine_loop.act(StopEngine())
    engine_loop.stop_requested.set()
