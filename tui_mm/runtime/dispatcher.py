"""Which approved commands may leave now.

Law: a cancel leaves at once; a create or an extension leaves when its intent is durable, or
provably never. While a create waits for the disk, whatever would undo it (its cancel, a cancel of
everything) unmakes it here, and the engine is told that it was not sent. An extension that never
leaves needs no word: the order ends when it would have ended anyway.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from tui_mm.domain.commands import (
    AnyCommand,
    CancelAll,
    CancelOrder,
    DecreaseOrder,
    ExtendOrder,
    PlaceOrder,
)
from tui_mm.domain.events import OrderRejected
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.units import Nanos
from tui_mm.journal.writer import JournalBroken, JournalWriter
from tui_mm.risk.gate import Approved
from tui_mm.runtime.disk import DiskThread
from tui_mm.venues.base import Venue

COMMIT_STALLED_S = 2.0  # a disk this late is a broken disk: quotes could not be moved meanwhile

NOT_SENT_CANCELED = "not sent: canceled before it left"
NOT_SENT_NO_JOURNAL = "not sent: the journal has failed"


_Holdable = PlaceOrder | DecreaseOrder | ExtendOrder


@dataclass(frozen=True, slots=True)
class _Held:
    row: int
    command: _Holdable


class Dispatcher:
    """Sends what the engine decided, and journals it first where that matters.

    Args:
        on_durable: called on the disk's thread after each commit, successful or not.
    """

    def __init__(
        self,
        *,
        venue: Venue,
        journal: JournalWriter,
        disk: DiskThread,
        on_durable: Callable[[], None],
    ) -> None:
        self._venue = venue
        self._journal = journal
        self._disk = disk
        self._on_durable = on_durable
        self._held: list[_Held] = []
        self._commit: Future[None] | None = None
        self._commit_began = 0.0

    @property
    def held_count(self) -> int:
        """Commands that wait for their intent to become durable."""
        return len(self._held)

    def dispatch(
        self, approved: Approved[AnyCommand], *, seq: int, at: Nanos
    ) -> list[OrderRejected]:
        """Send a command or hold it; returns the creates that will now never be sent."""
        command = approved.command
        row = self._journal.append_command(command, seq=seq, at=at)
        match command:
            case PlaceOrder() | ExtendOrder() if self._journal.failure:
                return _unsent([command], NOT_SENT_NO_JOURNAL)
            case PlaceOrder() | ExtendOrder():
                self._held.append(_Held(row, command))
            case DecreaseOrder(client_order_id=order) if self._holds_create(order):
                self._held.append(_Held(row, command))
            case CancelOrder(client_order_id=order):
                was_unsent = self._holds_create(order)
                unmade = self._unmake(lambda held: held.client_order_id == order)
                if not was_unsent:
                    self._venue.send(command, at)
                return _unsent(unmade, NOT_SENT_CANCELED)
            case CancelAll():
                self._venue.send(command, at)
                return _unsent(self._unmake(lambda _: True), NOT_SENT_CANCELED)
            case _:
                self._venue.send(command, at)
        return []

    def commit_soon(self) -> None:
        """Start putting what was appended on the disk, unless that is under way."""
        if self._commit is None and self._journal.has_pending and not self._journal.failure:
            self._commit_began = time.monotonic()
            self._commit = self._disk.submit(self._journal.commit)
            self._commit.add_done_callback(lambda _: self._on_durable())

    def release(self, at: Nanos) -> list[OrderRejected]:
        """Send what has become durable; with a failed journal, nothing held is ever sent."""
        self._look_at_commit()
        if self._journal.failure:
            return _unsent(self._unmake(lambda _: True), NOT_SENT_NO_JOURNAL)
        durable = self._journal.durable_row
        while self._held and self._held[0].row <= durable:
            self._venue.send(self._held.pop(0).command, at)
        return []

    def _look_at_commit(self) -> None:
        if self._commit is None:
            return
        if self._commit.done():
            error = self._commit.exception()
            self._commit = None
            if isinstance(error, JournalBroken):
                return  # the journal knows; whoever releases asks it
            if error is not None:
                raise error
        elif time.monotonic() - self._commit_began > COMMIT_STALLED_S:
            self._journal.fail(f"the disk has not answered for {COMMIT_STALLED_S:.0f} s")

    def _holds_create(self, order: ClientOrderId) -> bool:
        return any(
            isinstance(held.command, PlaceOrder) and held.command.client_order_id == order
            for held in self._held
        )

    def _unmake(self, is_undone: Callable[[_Holdable], bool]) -> list[_Holdable]:
        unmade = [held.command for held in self._held if is_undone(held.command)]
        self._held = [held for held in self._held if not is_undone(held.command)]
        return unmade


def _unsent(commands: Sequence[_Holdable], why: str) -> list[OrderRejected]:
    return [
        OrderRejected(client_order_id=command.client_order_id, why=why)
        for command in commands
        if isinstance(command, PlaceOrder)
    ]
