"""The supervisor: what may fail comes back, what must not fail is reported."""

import asyncio
import io

import pytest

from tests.runtime.rig import PATIENCE_S, until
from tui_mm.runtime.disk import DiskThread
from tui_mm.runtime.log import logger_to
from tui_mm.runtime.supervisor import Supervisor


class Flaky:
    """Fails so many times, then runs on."""

    def __init__(self, failures: int) -> None:
        self.starts = 0
        self._failures = failures

    async def run(self) -> None:
        """One life."""
        self.starts += 1
        if self.starts <= self._failures:
            raise OSError("no space left")
        await asyncio.sleep(3600)


@pytest.fixture
def log() -> io.StringIO:
    """Where the log lines go."""
    return io.StringIO()


def supervising(log: io.StringIO) -> tuple[Supervisor, DiskThread]:
    """A supervisor that does not wait long."""
    disk = DiskThread("log")
    return Supervisor(logger_to(log, disk), backoff_first_s=0.001), disk


async def test_a_restartable_task_comes_back_and_the_others_go_on(log: io.StringIO):
    """Each failure is logged with its reason; an essential task beside it lives on."""
    supervisor, disk = supervising(log)
    flaky, essential = Flaky(3), Flaky(0)
    supervisor.essential("loop", essential.run)
    supervisor.restartable("capture", flaky.run)
    await until(lambda: flaky.starts == 4)
    assert essential.starts == 1
    await supervisor.close()
    disk.close(patience_s=PATIENCE_S)
    assert log.getvalue().count("OSError: no space left") == 3


async def test_an_essential_failure_is_reported_with_its_reason(log: io.StringIO):
    """Whoever waits learns which task and why, and nothing is restarted."""
    supervisor, _ = supervising(log)
    flaky, other = Flaky(1), Flaky(0)
    supervisor.restartable("socket", other.run)
    supervisor.essential("loop", flaky.run)
    async with asyncio.timeout(PATIENCE_S):
        ended = await supervisor.first_essential_end()
    assert (ended.name, str(ended.error)) == ("loop", "no space left")
    assert flaky.starts == 1
    await supervisor.close()


async def test_an_essential_task_that_returns_has_ended_too(log: io.StringIO):
    """A loop that stops without a reason is as bad as one that fails."""
    supervisor, _ = supervising(log)

    async def nothing() -> None:
        pass

    supervisor.essential("loop", nothing)
    async with asyncio.timeout(PATIENCE_S):
        assert (await supervisor.first_essential_end()).error is None
    await supervisor.close()


async def test_a_field_nobody_listed_does_not_reach_the_log(log: io.StringIO):
    """A secret cannot slip in with an object somebody thought harmless."""
    disk = DiskThread("log")
    logger_to(log, disk).warning("signed", headers={"authorization": "hunter2"}, why="test")
    disk.close(patience_s=PATIENCE_S)
    assert "hunter2" not in log.getvalue()
    assert '"why": "test"' in log.getvalue()
