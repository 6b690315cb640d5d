"""One thread that talks to the disk, so that a stalled disk stalls nothing else.

A commit may take a tenth of a millisecond or, on a disk in trouble, seconds; a kill must not wait
for either. The thread is a daemon: a disk that never answers cannot keep a process from ending.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future


class DiskThread:
    """Runs jobs one after the other, in the order they were given."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], None], Future[None]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], None]) -> Future[None]:
        """Queue a job; its future carries what it raised."""
        future: Future[None] = Future()
        self._jobs.put((job, future))
        return future

    def close(self, *, patience_s: float) -> bool:
        """Finish what is queued; False when the disk did not let that happen in time."""
        self._jobs.put(None)
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, future = item
            try:
                job()
            except BaseException as error:  # noqa: BLE001  the future carries it to whoever asked
                future.set_exception(error)
            else:
                future.set_result(None)
