"""An engine against a venue in the venue's own time: as fast as it goes, and always the same.

The same engine and the same venue as on the desk; only the clock differs. What happened is hashed,
fact by fact and command by command, so two runs can be told apart or proven equal.
"""

import hashlib
from collections.abc import Callable, Sequence

import msgspec

from tui_mm.domain.commands import AnyCommand
from tui_mm.domain.errors import NotProven
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    OperatorActed,
    Stamped,
    TimePassed,
)
from tui_mm.domain.operator import StopEngine
from tui_mm.domain.units import MINUTE, Nanos
from tui_mm.engine.engine import Engine
from tui_mm.risk.gate import Approved
from tui_mm.venues.base import Venue

STOP_WITHIN = Nanos(MINUTE)
_HASH_BLOCK = 1 << 16


class Trace:
    """A hash over everything that happened, in order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._encode = msgspec.msgpack.Encoder().encode
        self._pending = bytearray()

    def add(self, thing: msgspec.Struct) -> None:
        """Count one fact or command."""
        self._pending += self._encode(thing)
        if len(self._pending) >= _HASH_BLOCK:
            self._flush()

    def hexdigest(self) -> str:
        """The hash of everything so far."""
        self._flush()
        return self._hash.hexdigest()

    def _flush(self) -> None:
        self._hash.update(self._pending)
        self._pending.clear()


class Backtest:
    """Drives one engine and one venue from moment to moment.

    `fact_watchers` are told of every fact except book deltas, which nobody counts one by one and
    which are nearly all of them; `command_watchers` of every command that was sent.
    """

    def __init__(self, engine: Engine, venue: Venue, *, starts_at: Nanos) -> None:
        self._engine = engine
        self._venue = venue
        self.at = starts_at
        self.trace = Trace()
        self.events = 0
        self.fact_watchers: list[Callable[[AnyFact], None]] = []
        self.command_watchers: list[Callable[[AnyCommand], None]] = []

    def run_until(self, end: Nanos | None) -> None:
        """Go on until so late in the venue's time, or, with None, until nothing is left to come."""
        engine, venue = self._engine, self._venue
        while True:
            due = venue.next_at()
            if due is None and end is None:
                return
            wake = engine.next_wake_at()
            due = wake if due is None else min(due, wake)
            if end is not None and due > end:
                self.at = max(self.at, end)
                return
            self.at = max(self.at, due)
            for fact in venue.advance(self.at):
                self.apply(fact)
            if engine.next_wake_at() <= self.at:
                self.apply(TimePassed())

    def stop(self) -> None:
        """Cancel everything and wait for the venue's proof.

        Raises:
            NotProven: it did not come within a minute of the venue's time.
        """
        self.apply(OperatorActed(action=StopEngine()))
        give_up = Nanos(self.at + STOP_WITHIN)
        while not self._engine.is_safe_to_exit:
            if self.at >= give_up:
                raise NotProven(f"no proof within {STOP_WITHIN // MINUTE} minute of stopping")
            self.run_until(self._engine.next_wake_at())

    def apply(self, fact: AnyFact) -> None:
        """Let one fact happen now, and send what follows from it."""
        self.events += 1
        stamped = Stamped(self.events, self.at, fact)
        self.trace.add(stamped)
        commands = self._engine.step(stamped)
        if commands:
            self._send(commands)
        if type(fact) is not BookDeltaReceived:
            for watch in self.fact_watchers:
                watch(fact)

    def _send(self, commands: Sequence[Approved[AnyCommand]]) -> None:
        for approved in commands:
            command = approved.command
            self.trace.add(command)
            self._venue.send(command, self.at)
            for watch in self.command_watchers:
                watch(command)
