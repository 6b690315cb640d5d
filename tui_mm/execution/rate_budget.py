"""How many messages went out within the last second."""

from collections import deque

from tui_mm.domain.units import SECOND, Nanos


class RateBudget:
    """Counts what was sent; cancels count too, but nothing here holds one back."""

    def __init__(self) -> None:
        self._sent: deque[Nanos] = deque()

    def count(self, at: Nanos) -> None:
        """Note one message."""
        self._sent.append(at)

    def in_last_second(self, now: Nanos) -> int:
        """Messages sent less than a second before `now`."""
        sent = self._sent
        while sent and now - sent[0] >= SECOND:
            sent.popleft()
        return len(sent)
