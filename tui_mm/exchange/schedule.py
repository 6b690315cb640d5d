"""What happens when: a heap in which things due at the same time keep the order they came in."""

import heapq
from collections.abc import Callable
from typing import Generic, TypeVar

from tui_mm.domain.units import Nanos

T = TypeVar("T")


class Schedule(Generic[T]):
    """Things that wait for their time."""

    def __init__(self) -> None:
        self._heap: list[tuple[Nanos, int, T]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_at(self) -> Nanos | None:
        """When the next thing is due."""
        return self._heap[0][0] if self._heap else None

    def add(self, at: Nanos, thing: T) -> None:
        """Let it wait; it comes after everything already due at that time."""
        self._serial += 1
        heapq.heappush(self._heap, (at, self._serial, thing))

    def pop(self) -> tuple[Nanos, T]:
        """Take the thing that is due first, with its time. Raises IndexError when empty."""
        at, _, thing = heapq.heappop(self._heap)
        return at, thing

    def keep(self, is_wanted: Callable[[T], bool]) -> None:
        """Forget what is not wanted any more."""
        self._heap = [entry for entry in self._heap if is_wanted(entry[2])]
        heapq.heapify(self._heap)
