"""How long a command travels to the exchange and a fact travels back.

Commands of one kind (orders, cancels, reads) reach the exchange in the order in which they were
sent. Commands of different kinds may overtake one another by what the jitter differs: a cancel sent
right after its order can arrive first and find nothing. Facts all take the same time, so they
arrive in the order in which they happened.
"""

from dataclasses import dataclass
from enum import Enum
from random import Random

from tui_mm.domain.units import MILLISECOND, Nanos


class Line(Enum):
    """The kinds of commands that keep their order among themselves."""

    ORDERS = "orders"
    CANCELS = "cancels"
    READS = "reads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Travel times: commands take `command` plus up to `jitter`, facts exactly `feed`."""

    command: Nanos = Nanos(150 * MILLISECOND)
    jitter: Nanos = Nanos(100 * MILLISECOND)
    feed: Nanos = Nanos(20 * MILLISECOND)


class CommandLines:
    """Says when each command arrives."""

    def __init__(self, latency: Latency, random: Random) -> None:
        self._latency = latency
        self._random = random
        self._last: dict[Line, Nanos] = dict.fromkeys(Line, Nanos(0))

    def arrival(self, line: Line, sent_at: Nanos) -> Nanos:
        """When a command sent now reaches the exchange; never before an earlier one of its kind."""
        travels = self._latency.command + self._random.randint(0, self._latency.jitter)
        at = Nanos(max(sent_at + travels, self._last[line]))
        self._last[line] = at
        return at
