"""The one driver of a live engine: gathers facts, stamps them, steps the engine, sends commands.

Law: one ordered history. Whatever happens, on the wire, on the keyboard, in time, enters here, is
numbered and goes through `engine.step`. A kill overtakes everything else that waits and is applied
in the very next turn; a turn is short, so that turn is near. The venue's world is advanced moment
by moment: under load the engine lags behind the clock and skips nothing.

```
urgent ─▶ owed ─▶ the moment's facts ─▶ inbox ─▶ next moment
  kill    not sent    venue, TimePassed    desks    venue.next_at, engine.next_wake_at
```
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from msgspec.structs import replace

from tui_mm.domain.commands import AnyCommand
from tui_mm.domain.errors import DeskError
from tui_mm.domain.events import (
    AnyFact,
    JournalFailed,
    OpenOrdersRead,
    OperatorActed,
    Stamped,
    TimePassed,
)
from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import AnyAction, Kill, StopEngine
from tui_mm.domain.units import Nanos
from tui_mm.engine.snapshot import Snapshot
from tui_mm.journal.capture import CaptureWriter
from tui_mm.journal.writer import JournalWriter
from tui_mm.risk.gate import Approved
from tui_mm.runtime.clocks import EngineClock
from tui_mm.runtime.disk import DiskThread
from tui_mm.runtime.dispatcher import Dispatcher
from tui_mm.runtime.latch import LatchKeeper
from tui_mm.venues.base import Venue

INBOX_MAX: Final = 10_000  # full means HALTED, never dropped in silence
TURN_MAX_NS: Final = 5_000_000  # what a kill or a desk may have to wait for
TURN_FACTS_MAX: Final = 500
COMMIT_PATIENCE_S: Final = 0.005  # how long the world is held for a commit that is under way
KILLS_WAITING_MAX: Final = 100  # more presses at once say nothing new
SLEEP_MAX_S: Final = 1.0  # so that a stalled disk is noticed on an idle venue too

Answer = Callable[[bool, str], None]
"""Told what became of an action: whether it is done, and a sentence."""


class InboxFull(DeskError):
    """A fact could not be taken; the engine is being halted because of it."""


class Engine(Protocol):
    """The pure engine, as its driver sees it."""

    def step(self, stamped: Stamped) -> Sequence[Approved[AnyCommand]]:
        """Apply one fact; answer with the commands to send."""

    def snapshot(self, *, watched: ContractId | None) -> Snapshot:
        """The picture observers get, with the detail of one contract."""

    def outcome(self, request: int) -> tuple[bool, str] | None:
        """What became of the OperatorActed with this number, right after its step."""

    def next_wake_at(self) -> Nanos | None:
        """When the engine wants a TimePassed."""

    @property
    def is_killed(self) -> bool:
        """True from a kill to a successful resume, whoever killed."""

    @property
    def is_safe_to_exit(self) -> bool:
        """True when a complete read showed nothing after a kill or stop, and nothing is live."""

    def positions_text(self) -> tuple[str, ...]:
        """What is held, one line each, for the last words of the process."""


@dataclass(frozen=True, slots=True)
class Session:
    """An engine, the venue it trades on, and the time at which that venue's world begins."""

    engine: Engine
    venue: Venue
    start: Nanos


@dataclass(frozen=True, slots=True)
class _Waiting:
    fact: AnyFact
    answer: Answer | None = None


class EngineLoop:
    """Drives one session until `end` is called; everything but the disk happens on one thread."""

    def __init__(
        self,
        session: Session,
        *,
        clock: EngineClock,
        journal: JournalWriter,
        capture: CaptureWriter,
        latch: LatchKeeper,
        disk: DiskThread,
    ) -> None:
        self._engine = session.engine
        self._venue = session.venue
        self._clock = clock
        self._journal = journal
        self._capture = capture
        self._latch = latch
        self._dispatcher = Dispatcher(
            venue=session.venue, journal=journal, disk=disk, on_durable=self._wake_from_thread
        )
        self._at = session.start
        self._seq = 0
        self._requests = 0
        self._urgent: deque[_Waiting] = deque()
        self._owed: deque[_Waiting] = deque()
        self._moment: deque[_Waiting] = deque()
        self._inbox: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._home = asyncio.get_running_loop()
        self._is_ended = False
        self._has_told_failure = False
        self._has_overflowed = False
        self._was_killed = False
        self.stop_requested = asyncio.Event()
        self.kill_changed: Callable[[], None] = lambda: None

    def post(self, fact: AnyFact) -> None:
        """Queue a fact behind the others.

        Raises:
            InboxFull: there is no room; a kill is already on its way.
        """
        self._put(_Waiting(fact))

    def act(self, action: AnyAction, answer: Answer | None = None) -> None:
        """Queue what the trader asks for; a kill goes in front of everything that waits.

        Raises:
            InboxFull: there is no room; a kill is already on its way.
        """
        self._requests += 1
        waiting = _Waiting(OperatorActed(action=action, request=self._requests), answer)
        if not isinstance(action, Kill):
            self._put(waiting)
        elif len(self._urgent) < KILLS_WAITING_MAX or answer is not None:
            self._urgent.append(waiting)
            self._wake.set()

    def end(self) -> None:
        """Let `run` return after its current turn."""
        self._is_ended = True
        self._wake.set()

    @property
    def is_safe_to_exit(self) -> bool:
        """True when the engine has proof that nothing of ours rests."""
        return self._engine.is_safe_to_exit

    def snapshot(self, *, watched: ContractId | None) -> Snapshot:
        """The engine's picture, with what only its driver knows: whether the latch is saved."""
        picture = self._engine.snapshot(watched=watched)
        if picture.kill is None:
            return picture
        return replace(picture, kill=replace(picture.kill, latch_saved=self._latch.is_saved))

    async def run(self) -> None:
        """Drive the engine until `end`; never sleeps past something that is due."""
        while not self._is_ended:
            self._wake.clear()
            self._turn()
            await self._rest()

    def _turn(self) -> None:
        deadline = time.monotonic_ns() + TURN_MAX_NS
        now = self._clock.now()
        due = self._next_due()
        if not self._moment and (due is None or due > now):
            self._at = max(self._at, now)  # nothing lags, so what comes now happens now
        while self._urgent:
            self._apply(self._urgent.popleft())  # before anything that waits for the disk may leave
        self._look_at_journal()
        held_before = self._dispatcher.held_count
        for _ in range(TURN_FACTS_MAX):
            waiting = self._next_waiting()
            if waiting is not None:
                self._apply(waiting)
            elif not self._enter_next_moment(now):
                self._has_overflowed = False
                break
            if time.monotonic_ns() >= deadline:
                break
            if self._dispatcher.held_count > held_before and not self._moment:
                break  # the world waits a moment for the disk, so that orders leave on time
        self._dispatcher.commit_soon()

    def _look_at_journal(self) -> None:
        for unsent in self._dispatcher.release(self._at):
            self._owed.append(_Waiting(unsent))
        if self._journal.failure and not self._has_told_failure:
            self._has_told_failure = True
            self._owed.append(_Waiting(JournalFailed(why=self._journal.failure)))

    def _next_waiting(self) -> _Waiting | None:
        for lane in (self._urgent, self._owed, self._moment, self._inbox):
            if lane:
                return lane.popleft()
        return None

    def _enter_next_moment(self, now: Nanos) -> bool:
        due = self._next_due()
        if due is None or due > now:
            return False
        self._at = max(self._at, due)
        self._moment.extend(_Waiting(fact) for fact in self._venue.advance(self._at))
        wake = self._engine.next_wake_at()
        if wake is not None and wake <= self._at:
            self._moment.append(_Waiting(TimePassed()))
        return True

    def _next_due(self) -> Nanos | None:
        venue, engine = self._venue.next_at(), self._engine.next_wake_at()
        if venue is None or engine is None:
            return engine if venue is None else venue
        return min(venue, engine)

    def _apply(self, waiting: _Waiting) -> None:
        self._seq += 1
        fact = waiting.fact
        stamped = Stamped(self._seq, self._at, fact)
        approved = self._engine.step(stamped)
        self._journal.append_fact(stamped)
        for command in approved:
            for unsent in self._dispatcher.dispatch(command, seq=self._seq, at=self._at):
                self._owed.append(_Waiting(unsent))
        self._capture.append(stamped, connection=0)
        if self._engine.is_killed is not self._was_killed:
            self._follow_kill()
        elif self._was_killed and isinstance(fact, OpenOrdersRead):
            self.kill_changed()  # this read may be the proof everybody waits for
        if isinstance(fact, OperatorActed):
            self._conclude(fact, waiting.answer)

    def _conclude(self, acted: OperatorActed, answer: Answer | None) -> None:
        is_done, text = self._engine.outcome(acted.request) or (
            False,
            "the engine did not say what became of it",
        )
        if isinstance(acted.action, Kill):
            self._latch.killed(acted.action.source)  # again, should saving have failed before
            self.kill_changed()
        elif isinstance(acted.action, StopEngine) and is_done:
            self.stop_requested.set()
        if answer is not None:
            answer(is_done, text)

    def _follow_kill(self) -> None:
        # An engine may kill by itself, for a limit; the latch and the desks learn of that too.
        self._was_killed = self._engine.is_killed
        if not self._was_killed:
            self._latch.resumed()
        elif (kill := self._engine.snapshot(watched=None).kill) is not None:
            self._latch.killed(kill.source)
        self.kill_changed()

    def _put(self, waiting: _Waiting) -> None:
        if len(self._inbox) >= INBOX_MAX:
            text = f"inbox: {INBOX_MAX + 1} waiting facts would exceed {INBOX_MAX}"
            if not self._has_overflowed:
                self._has_overflowed = True
                self.act(Kill(source=text))
            raise InboxFull(text)
        self._inbox.append(waiting)
        self._wake.set()

    async def _rest(self) -> None:
        delay_s = self._delay_s()
        if delay_s <= 0 or self._wake.is_set():
            await asyncio.sleep(0)  # grants one round to sockets and signals
            return
        alarm = self._home.call_later(delay_s, self._wake.set)
        await self._wake.wait()
        alarm.cancel()

    def _delay_s(self) -> float:
        if self._urgent or self._owed or self._moment or self._inbox:
            return 0
        if self._dispatcher.held_count:
            return COMMIT_PATIENCE_S
        due = self._next_due()
        return SLEEP_MAX_S if due is None else min(SLEEP_MAX_S, self._clock.seconds_until(due))

    def _wake_from_thread(self) -> None:
        with suppress(RuntimeError):  # the event loop has closed: nobody is left to wake
            self._home.call_soon_threadsafe(self._wake.set)
