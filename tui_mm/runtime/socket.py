"""The Unix socket: desks that look and act, and kill lines on which every byte is a kill.

Law: nothing a desk does, or fails to do, holds the engine up. Pictures are skipped for a desk that
has not read the one before; a desk that lets its answers pile up is dropped, and it was its
terminal that stood still, not the engine.
"""

import asyncio
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM
from socket import socket as Socket  # noqa: N812  the class, which the standard library spells small
from typing import Final

import msgspec
from structlog.typing import FilteringBoundLogger

from tui_mm.domain.errors import DeskError
from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import Kill
from tui_mm.runtime.lease import OperatorLease
from tui_mm.runtime.loop import EngineLoop, InboxFull
from tui_mm.runtime.messages import (
    DESK_LINE,
    KILL_LINE,
    PROTOCOL_VERSION,
    Act,
    Detach,
    FromDesk,
    FromEngine,
    Goodbye,
    Heartbeat,
    Hello,
    Outcome,
    Picture,
    Unframer,
    Watch,
    framed,
    from_desk,
)
from tui_mm.runtime.session_files import SOCKET_PATH_BYTES_MAX

PICTURES_PER_SECOND_MAX: Final = 10  # a human sees no difference above it
WRITE_BUFFER_MAX: Final = 1024 * 1024  # some thirty pictures, or thousands of answers
READ_BYTES: Final = 64 * 1024
FAREWELL_S: Final = 1.0  # how long a dropped desk has to read why
DESKS_MAX: Final = 32  # far more than one trader opens; a loop that opens desks stops here


class SocketUnusable(DeskError):
    """No desk could connect; the engine must not run where nobody can reach it."""


class SocketServer:
    """Serves the desks of one engine.

    Args:
        on_lease_lost: told once each time the operator's lease runs out.
    """

    def __init__(
        self,
        engine_loop: EngineLoop,
        *,
        path: Path,
        lease: OperatorLease,
        on_lease_lost: Callable[[], None],
        log: FilteringBoundLogger,
    ) -> None:
        self._engine_loop = engine_loop
        self._path = path
        self._lease = lease
        self._on_lease_lost = on_lease_lost
        self._log = log
        self._desks: dict[int, _Desk] = {}
        self._desks_ever = 0
        self._picture_due = asyncio.Event()
        engine_loop.kill_changed = self._picture_due.set

    async def run(self) -> None:
        """Accept connections and publish pictures until cancelled.

        Raises:
            SocketUnusable: the path cannot be bound.
        """
        listener = bound(self._path)
        server = await asyncio.start_unix_server(self._serve, sock=listener, limit=READ_BYTES)
        try:
            await self._publish()
        finally:
            server.close()
            for desk in list(self._desks.values()):
                desk.transport.abort()
            self._path.unlink(missing_ok=True)

    async def say_goodbye(self, why: str) -> None:
        """Tell every desk that the engine ends, and give them a moment to read it."""
        for desk in list(self._desks.values()):
            desk.send(Picture(snapshot=self._engine_loop.snapshot(watched=desk.watched)))
            desk.send(Goodbye(why=why))
            desk.transport.close()
        give_up = time.monotonic() + FAREWELL_S
        while self._desks and time.monotonic() < give_up:
            await asyncio.sleep(0.01)

    async def _publish(self) -> None:
        interval_s = 1 / PICTURES_PER_SECOND_MAX
        while True:
            # Not `wait_for`: until Python 3.12 it can swallow the cancellation that ends us.
            with suppress(TimeoutError):
                async with asyncio.timeout(interval_s):
                    await self._picture_due.wait()
            self._picture_due.clear()
            if self._lease.has_run_out(now_s=time.monotonic()):
                self._on_lease_lost()
            encoded: dict[ContractId | None, bytes] = {}
            for desk in list(self._desks.values()):
                if not desk.has_said_hello or desk.is_behind:
                    continue  # newest wins: it gets a later picture once it has read this one
                if desk.watched not in encoded:
                    picture = self._engine_loop.snapshot(watched=desk.watched)
                    encoded[desk.watched] = framed(Picture(snapshot=picture))
                desk.transport.write(encoded[desk.watched])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            kind = await reader.read(1)
            if kind == KILL_LINE:
                await self._serve_kill_line(reader)
            elif kind == DESK_LINE:
                await self._serve_desk(reader, writer.transport)
        writer.close()

    async def _serve_kill_line(self, reader: asyncio.StreamReader) -> None:
        while presses := await reader.read(READ_BYTES):
            for _ in presses:
                self._engine_loop.act(Kill(source="key k"))

    async def _serve_desk(
        self, reader: asyncio.StreamReader, transport: asyncio.WriteTransport
    ) -> None:
        self._desks_ever += 1
        desk = _Desk(self._desks_ever, transport)
        if len(self._desks) >= DESKS_MAX:
            desk.drop(f"{DESKS_MAX + 1} desks would exceed {DESKS_MAX}")
            return
        self._desks[desk.number] = desk
        self._log.info("desk_connected", desk=desk.number)
        unframer = Unframer()
        why = "end of file"
        try:
            while data := await reader.read(READ_BYTES):
                for body in unframer.feed(data):
                    self._hear(desk, from_desk(body))
        except (ValueError, msgspec.MsgspecError) as error:
            why = "a message that makes no sense"
            desk.drop(f"a message could not be understood: {error}")
        except ConnectionError:
            why = "connection lost"
        finally:
            del self._desks[desk.number]
            self._lease.gone(desk.number)
            self._log.info("desk_gone", desk=desk.number, why=why)

    def _hear(self, desk: "_Desk", message: FromDesk) -> None:
        match message:
            case Hello(version=version):
                if version != PROTOCOL_VERSION:
                    desk.drop(f"the engine speaks version {PROTOCOL_VERSION}, the desk {version}")
                    return
                if self._engine_loop.stop_requested.is_set():
                    desk.drop("the engine is stopping")
                    return
                desk.has_said_hello = True
                self._picture_due.set()
            case _ if not desk.has_said_hello:
                desk.drop("the first message must be a Hello")
            case Act():
                self._act(desk, message)
            case Watch(contract=contract):
                desk.watched = contract
                self._picture_due.set()
            case Heartbeat():
                self._lease.beat(desk.number, now_s=time.monotonic())
            case Detach():
                self._lease.detach(desk.number)

    def _act(self, desk: "_Desk", act: Act) -> None:
        def answer(is_done: bool, text: str) -> None:
            desk.send(Outcome(request=act.request, is_done=is_done, text=text))
            self._picture_due.set()

        self._log.info("operator_acted", desk=desk.number, action=type(act.action).__name__)
        try:
            self._engine_loop.act(act.action, answer)
        except InboxFull as error:
            answer(False, str(error))


class _Desk:
    """One connected desk, and how far it lags behind."""

    def __init__(self, number: int, transport: asyncio.WriteTransport) -> None:
        self.number = number
        self.transport = transport
        self.watched: ContractId | None = None
        self.has_said_hello = False

    @property
    def is_behind(self) -> bool:
        """True while something written to it has not left our side."""
        return self.transport.is_closing() or self.transport.get_write_buffer_size() > 0

    def send(self, message: FromEngine) -> None:
        """Write, or drop a desk that has stopped reading; never waits."""
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > WRITE_BUFFER_MAX:
            self.drop("the desk does not read what it is sent")
            return
        self.transport.write(framed(message))

    def drop(self, why: str) -> None:
        """Say why, and end the connection whether or not the other side listens."""
        if self.transport.is_closing():
            return
        self.transport.write(framed(Goodbye(why=why)))
        self.transport.close()
        asyncio.get_running_loop().call_later(FAREWELL_S, self.transport.abort)


def bound(path: Path) -> Socket:
    """A listening socket that only its owner can open; a dead engine's socket is replaced.

    Raises:
        SocketUnusable: the path is too long, is something else, or a living engine answers there.
    """
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES_MAX:
        raise SocketUnusable(
            f"the socket path {path} has {len(os.fsencode(path))} bytes where the system allows"
            f" {SOCKET_PATH_BYTES_MAX}"
        )
    _remove_stale(path)
    listener = Socket(AF_UNIX, SOCK_STREAM)
    try:
        mask = os.umask(0o177)
        try:
            listener.bind(os.fspath(path))
        finally:
            os.umask(mask)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise SocketUnusable(f"the socket {path} cannot be made: {error}") from error
    return listener


def _remove_stale(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.getuid():
        raise SocketUnusable(f"{path} is not a socket of this user: remove it first")
    with Socket(AF_UNIX, SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise SocketUnusable(f"the socket {path} does not answer: {error}") from error
    raise SocketUnusable(f"another engine answers on {path}")
