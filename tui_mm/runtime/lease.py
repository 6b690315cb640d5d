"""The operator's lease: quotes without anybody watching them do not rest for long.

Pure: time is an argument. A desk counts as an operator from its first heartbeat on, so commands
such as `tui-mm status` never take or lose a lease, and an engine started for nobody has none.
Detaching on purpose gives the lease back; dying, or a terminal that takes no output, lets it run
out.
"""

from typing import Final

LEASE_S: Final = 10.0  # an SSH link that flaps comes back sooner; a closed laptop does not


class OperatorLease:
    """Whether the desks that watched have all been gone, or silent, for too long.

    Args:
        expected_since_s: when the engine was started for a desk; one that dies before its first
            heartbeat is missed as well. None when nobody was expected to watch.
    """

    def __init__(self, lease_s: float = LEASE_S, *, expected_since_s: float | None = None) -> None:
        self._lease_s = lease_s
        self._connected: set[int] = set()
        self._last_beat_s = expected_since_s or 0.0
        self._is_armed = expected_since_s is not None

    def beat(self, desk: int, *, now_s: float) -> None:
        """A desk's terminal takes output."""
        self._connected.add(desk)
        self._last_beat_s = now_s
        self._is_armed = True

    def gone(self, desk: int) -> None:
        """A desk's connection ended without a word; the lease runs on from its last beat."""
        self._connected.discard(desk)

    def detach(self, desk: int) -> None:
        """The trader left on purpose; with nobody else there, the engine goes on alone."""
        if desk in self._connected:
            self._connected.discard(desk)
            self._is_armed = bool(self._connected)

    def has_run_out(self, *, now_s: float) -> bool:
        """True once for each time no desk has been seen for the length of the lease."""
        if not self._is_armed or now_s - self._last_beat_s < self._lease_s:
            return False
        self._is_armed = False
        return True
