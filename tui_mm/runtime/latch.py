"""The kill latch on the disk: a killed engine comes back killed, whatever happens in between.

Only a successful resume removes it. A latch that cannot be read counts as killed.
"""

import os
from concurrent.futures import Future
from pathlib import Path

import msgspec

from tui_mm.domain.text import clean
from tui_mm.domain.units import Nanos
from tui_mm.runtime.clocks import wall_now
from tui_mm.runtime.disk import DiskThread

_SOURCE_UNREADABLE = "a latch file that cannot be read"


class LatchRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Who killed, and when (by the wall clock)."""

    source: str
    killed_at: Nanos


class KillLatch:
    """The file `kill.json` of one session."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> LatchRecord | None:
        """The kill that is in force; None only when there is provably no latch."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            return LatchRecord(source=_SOURCE_UNREADABLE, killed_at=Nanos(0))
        try:
            record = msgspec.json.decode(text, type=LatchRecord)
        except msgspec.DecodeError:
            return LatchRecord(source=_SOURCE_UNREADABLE, killed_at=Nanos(0))
        return LatchRecord(source=clean(record.source), killed_at=record.killed_at)

    def save(self, record: LatchRecord) -> None:
        """Put the latch on the disk so that even a power cut keeps it. Raises OSError."""
        draft = self.path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(record))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self._sync_folder()

    def clear(self) -> None:
        """Remove the latch after a successful resume. Raises OSError."""
        self.path.unlink(missing_ok=True)
        self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class LatchKeeper:
    """Keeps the file in step with the engine, without making a kill wait for the disk."""

    def __init__(self, latch: KillLatch, disk: DiskThread) -> None:
        self._latch = latch
        self._disk = disk
        self._saving: Future[None] | None = None
        self._is_on_disk = latch.read() is not None

    @property
    def is_saved(self) -> bool:
        """True once the latch is known to be on the disk."""
        if self._saving is not None and self._saving.done():
            self._is_on_disk = self._saving.exception() is None
            self._saving = None
        return self._is_on_disk

    def killed(self, source: str) -> None:
        """Save the latch unless it is saved or being saved; a failed save is tried again."""
        if self.is_saved or self._saving is not None:
            return
        record = LatchRecord(source=source, killed_at=wall_now())
        self._saving = self._disk.submit(lambda: self._latch.save(record))

    def resumed(self) -> None:
        """Remove the latch; behind a save that is still under way."""
        if self.is_saved or self._saving is not None:
            self._saving = None
            self._is_on_disk = False
            self._disk.submit(self._latch.clear)
