"""The desk's end of the engine's socket: newest picture in, actions out, again and again.

Law: a lost connection is a state and not an error. The client says so, tries again with growing
pauses, and sends nothing of what was asked meanwhile: an action belongs to the picture the trader
saw. Only the kill is kept and goes first.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import AnyAction, Kill
from tui_mm.engine.snapshot import Snapshot
from tui_mm.runtime.messages import (
    DESK_LINE,
    Act,
    Detach,
    FromDesk,
    Goodbye,
    Heartbeat,
    Hello,
    Outcome,
    Picture,
    Unframer,
    Watch,
    framed,
    from_engine,
)
from tui_mm.ui.kill_line import KillLine

RETRY_FIRST_S: Final = 0.1
RETRY_MAX_S: Final = 5.0
_READ_BYTES: Final = 256 * 1024
_UNSENT_BYTES_MAX: Final = 1024 * 1024  # an engine that reads nothing for so long is gone


class Client:
    """One connection at a time to the engine.

    Args:
        on_picture: called with each new snapshot.
        on_outcome: called with each answer to an action.
        on_change: called when the connection has come or gone, with the reason.
    """

    def __init__(
        self,
        socket_path: Path,
        *,
        kill_line: KillLine,
        on_picture: Callable[[Snapshot], None],
        on_outcome: Callable[[Outcome], None],
        on_change: Callable[[str], None],
    ) -> None:
        self.is_attached = False
        self.attachments = 0
        self._path = socket_path
        self._kill_line = kill_line
        self._on_picture = on_picture
        self._on_outcome = on_outcome
        self._on_change = on_change
        self._writer: asyncio.StreamWriter | None = None
        self._unsent_kill: Kill | None = None
        self._watched: ContractId | None = None

    async def run(self) -> None:
        """Attach, read until the connection ends, and again; returns only when cancelled."""
        pause = RETRY_FIRST_S
        while True:
            attachments = self.attachments
            why = await self._attach_once()
            self._writer = None
            if self.is_attached or attachments == 0:
                self.is_attached = False
                self._on_change(why)
            if self.attachments > attachments:
                pause = RETRY_FIRST_S
            await asyncio.sleep(pause)
            pause = min(2 * pause, RETRY_MAX_S)

    def act(self, action: AnyAction, *, request: int) -> bool:
        """Send an action; False when there is no engine to send it to."""
        return self._send(Act(request=request, action=action))

    def kill(self) -> None:
        """Send the kill now, or as the first thing when the engine is back."""
        kill = Kill(source="key")
        if not self._send(Act(request=0, action=kill)):
            self._unsent_kill = kill

    def watch(self, contract: ContractId | None) -> None:
        """Have this market's detail in the pictures."""
        if contract != self._watched:
            self._watched = contract
            self._send(Watch(contract=contract))

    def beat(self, *, idle_s: int) -> None:
        """Tell the engine that somebody can see the screen."""
        self._send(Heartbeat(idle_s=idle_s))

    async def detach(self) -> None:
        """Say that leaving is on purpose, and wait until it is said."""
        if self._send(Detach()) and self._writer is not None:
            try:
                await self._writer.drain()
            except ConnectionError:
                return  # the engine went first; there is nobody left to tell

    def _send(self, message: FromDesk) -> bool:
        writer = self._writer
        if writer is None or writer.is_closing():
            return False
        if writer.transport.get_write_buffer_size() > _UNSENT_BYTES_MAX:
            writer.transport.abort()
            return False
        writer.write(framed(message))
        return True

    async def _attach_once(self) -> str:
        """One connection from its start to its end; returns why it ended."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
        except OSError as error:
            return f"no engine at {self._path}: {error.strerror}"
        try:
            writer.write(DESK_LINE)
            self._writer = writer
            self._send(Hello())
            self._send(Heartbeat(idle_s=0))  # from here on somebody is missed who goes away
            if self._unsent_kill is not None:
                self._send(Act(request=0, action=self._unsent_kill))
                self._unsent_kill = None
            if self._watched is not None:
                self._send(Watch(contract=self._watched))
            self._kill_line.open()
            return await self._read_until_end(reader)
        except OSError as error:
            return f"the connection broke: {error.strerror}"
        finally:
            writer.transport.abort()

    async def _read_until_end(self, reader: asyncio.StreamReader) -> str:
        unframer = Unframer()
        while data := await reader.read(_READ_BYTES):
            try:
                for body in unframer.feed(data):
                    farewell = self._take(body)
                    if farewell is not None:
                        return farewell
            except (ValueError, msgspec.DecodeError) as error:
                return f"the engine said something this desk does not understand: {error}"
        return "the engine closed the connection"

    def _take(self, body: bytes) -> str | None:
        """Handle one message; a text when it was the last one."""
        match from_engine(body):
            case Picture(snapshot=snapshot):
                if not self.is_attached:
                    self.is_attached = True
                    self.attachments += 1
                    self._on_change("")
                self._on_picture(snapshot)
            case Outcome() as outcome:
                self._on_outcome(outcome)
            case Goodbye(why=why):
                return why
        return None
