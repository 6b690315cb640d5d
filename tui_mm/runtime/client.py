"""A short, blocking conversation with an engine, for commands that are not a desk.

It sends no heartbeat, so it never takes the operator's lease, and it works from any shell without
an event loop.
"""

import time
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM
from socket import socket as Socket  # noqa: N812  the class, which the standard library spells small
from types import TracebackType
from typing import Self

import msgspec

from tui_mm.domain.errors import DeskError
from tui_mm.domain.operator import AnyAction
from tui_mm.engine.snapshot import Snapshot
from tui_mm.runtime.messages import (
    DESK_LINE,
    KILL_LINE,
    Act,
    Detach,
    FromDesk,
    FromEngine,
    Goodbye,
    Hello,
    Outcome,
    Picture,
    Unframer,
    framed,
    from_engine,
)

ANSWER_WITHIN_S = 5.0  # an engine answers within milliseconds, or something is wrong


class NoEngine(DeskError):
    """Nobody answers on the socket; there is nothing to attach to, stop or kill."""


class EngineSilent(DeskError):
    """The engine did not answer in time; what was asked may or may not have happened."""


class EngineSaidGoodbye(DeskError):
    """The engine ended the conversation; the text is its reason."""


class EngineLine:
    """One connection of a command. Use it with `with`: leaving detaches on purpose.

    Raises:
        NoEngine: nobody answers at this path.
    """

    def __init__(self, path: Path) -> None:
        self._socket = Socket(AF_UNIX, SOCK_STREAM)
        self._socket.settimeout(ANSWER_WITHIN_S)
        self._unframer = Unframer()
        self._received: list[FromEngine] = []
        try:
            self._socket.connect(str(path))
            self._socket.sendall(DESK_LINE)
            self._send(Hello())
        except OSError as error:
            self._socket.close()
            raise NoEngine(f"no engine answers on {path}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._send(Detach())
        except OSError:
            pass  # the engine has already gone: there is nothing to detach from
        finally:
            self._socket.close()

    def picture(self, *, within_s: float = ANSWER_WITHIN_S) -> Snapshot:
        """The next snapshot.

        Raises:
            EngineSilent: none came in time.
            EngineSaidGoodbye: the engine ended the conversation.
        """
        deadline = time.monotonic() + within_s
        while True:
            message = self._next(deadline)
            if isinstance(message, Picture):
                return message.snapshot

    def ask(self, action: AnyAction) -> None:
        """Ask for something without waiting; `answer` tells what became of it.

        Raises:
            EngineSilent: the connection broke.
        """
        try:
            self._send(Act(request=1, action=action))
        except OSError as error:
            raise EngineSilent("the engine's socket broke while it was asked") from error

    def answer(self, *, within_s: float = ANSWER_WITHIN_S) -> Outcome:
        """What became of what was asked.

        Raises:
            EngineSilent: no answer came in time.
            EngineSaidGoodbye: the engine ended the conversation.
        """
        deadline = time.monotonic() + within_s
        while True:
            message = self._next(deadline)
            if isinstance(message, Outcome):
                return message

    def act(self, action: AnyAction, *, within_s: float = ANSWER_WITHIN_S) -> Outcome:
        """Ask, and wait for what became of it; raises as `answer` does."""
        self.ask(action)
        return self.answer(within_s=within_s)

    def goodbye(self, *, within_s: float) -> str:
        """Wait until the engine ends, and return its last words.

        Raises:
            EngineSilent: it had not ended in time, or ended without a word.
        """
        deadline = time.monotonic() + within_s
        try:
            while True:
                self._next(deadline)
        except EngineSaidGoodbye as last:
            return str(last)

    def _next(self, deadline: float) -> FromEngine:
        while not self._received:
            left_s = deadline - time.monotonic()
            try:
                self._socket.settimeout(max(left_s, 0.001))
                data = self._socket.recv(64 * 1024)
            except OSError as error:
                raise EngineSilent("the engine did not answer in time") from error
            if not data:
                raise EngineSilent("the engine closed the connection without a word")
            try:
                self._received += [from_engine(body) for body in self._unframer.feed(data)]
            except (ValueError, msgspec.DecodeError) as error:
                raise EngineSilent(
                    f"the engine speaks another version ({error}): end it with a TERM signal"
                ) from error
        message = self._received.pop(0)
        if isinstance(message, Goodbye):
            raise EngineSaidGoodbye(message.why)
        return message

    def _send(self, message: FromDesk) -> None:
        self._socket.sendall(framed(message))


def press_kill(path: Path) -> None:
    """One press of the kill switch, by the shortest way there is.

    Raises:
        NoEngine: nobody answers at this path.
    """
    with Socket(AF_UNIX, SOCK_STREAM) as line:
        line.settimeout(ANSWER_WITHIN_S)
        try:
            line.connect(str(path))
            line.sendall(KILL_LINE + b"k")
        except OSError as error:
            raise NoEngine(f"no engine answers on {path}") from error


def answers(path: Path) -> bool:
    """True when an engine accepts connections at this path."""
    with Socket(AF_UNIX, SOCK_STREAM) as probe:
        probe.settimeout(ANSWER_WITHIN_S)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
