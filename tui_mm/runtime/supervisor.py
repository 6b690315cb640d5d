"""Tasks that must not fail, and tasks that may: the first end the session, the second come back.

They are never children of one group: a desk socket that breaks must not take the engine with it.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

BACKOFF_FIRST_S: Final = 0.2
BACKOFF_MAX_S: Final = 30.0

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class EssentialEnded:
    """An essential task is over; `error` is None when it returned."""

    name: str
    error: BaseException | None


class Supervisor:
    """Starts tasks and looks after them until it is closed."""

    def __init__(self, log: FilteringBoundLogger, *, backoff_first_s: float = BACKOFF_FIRST_S):
        self._log = log
        self._backoff_first_s = backoff_first_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: asyncio.Future[EssentialEnded] = asyncio.get_running_loop().create_future()

    def essential(self, name: str, work: Work) -> None:
        """Start a task without which nothing may be quoted."""
        task = self._started(work)
        task.add_done_callback(lambda done: self._essential_ended(name, done))

    def restartable(self, name: str, work: Work) -> None:
        """Start a task that is started again, ever more slowly, when it fails."""
        self._started(lambda: self._kept_alive(name, work))

    async def first_essential_end(self) -> EssentialEnded:
        """Wait until an essential task is over, for whatever reason."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Cancel what still runs and wait for it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _started(self, work: Work) -> asyncio.Task[None]:
        async def run() -> None:
            await work()

        task = asyncio.create_task(run())
        self._tasks.add(task)
        return task

    def _essential_ended(self, name: str, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            trace = "".join(traceback.format_exception(error))  # source lines, no variables
            self._log.error("essential_failed", task=name, error=error, trace=trace)
        if not self._ended.done():
            self._ended.set_result(EssentialEnded(name, error))

    async def _kept_alive(self, name: str, work: Work) -> None:
        loop = asyncio.get_running_loop()
        backoff_s = self._backoff_first_s
        while True:
            began = loop.time()
            [result] = await asyncio.gather(work(), return_exceptions=True)
            if not isinstance(result, BaseException):
                return
            if loop.time() - began > BACKOFF_MAX_S:
                backoff_s = self._backoff_first_s
            self._log.warning("task_restarts", task=name, error=result, after_s=backoff_s)
            await asyncio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)
