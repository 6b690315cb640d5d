"""Client order ids that were used once and may never be used again.

Kept for ever and yet small: ids that end in a number are kept as ranges of that number, so a run
that counts its orders costs one range however long it lasts.
"""

import re
from bisect import bisect_right

from tui_mm.domain.ids import ClientOrderId

# The number keeps no leading zero, so prefix and number together are the id and nothing else.
_NUMBERED = re.compile(r"(.*?)(0|[1-9][0-9]*)", re.DOTALL)


class BurnedIds:
    """A set of client order ids that only grows."""

    def __init__(self) -> None:
        self._ranges: dict[str, list[list[int]]] = {}
        self._unnumbered: set[str] = set()

    def __contains__(self, client_order_id: ClientOrderId) -> bool:
        prefix, number = _parts(client_order_id)
        if number is None:
            return prefix in self._unnumbered
        ranges = self._ranges.get(prefix, [])
        at = bisect_right(ranges, number, key=lambda span: span[0]) - 1
        return at >= 0 and number <= ranges[at][1]

    def add(self, client_order_id: ClientOrderId) -> None:
        """Remember an id; adding it twice changes nothing."""
        if client_order_id in self:
            return
        prefix, number = _parts(client_order_id)
        if number is None:
            self._unnumbered.add(prefix)
            return
        ranges = self._ranges.setdefault(prefix, [])
        at = bisect_right(ranges, number, key=lambda span: span[0])
        touches_left = at > 0 and ranges[at - 1][1] == number - 1
        touches_right = at < len(ranges) and ranges[at][0] == number + 1
        if touches_left and touches_right:
            ranges[at - 1][1] = ranges[at][1]
            del ranges[at]
        elif touches_left:
            ranges[at - 1][1] = number
        elif touches_right:
            ranges[at][0] = number
        else:
            ranges.insert(at, [number, number])

    @property
    def ranges_count(self) -> int:
        """How many entries it takes to remember them all."""
        return len(self._unnumbered) + sum(len(ranges) for ranges in self._ranges.values())


def _parts(client_order_id: ClientOrderId) -> tuple[str, int | None]:
    match = _NUMBERED.fullmatch(client_order_id)
    return (match.group(1), int(match.group(2))) if match else (client_order_id, None)
