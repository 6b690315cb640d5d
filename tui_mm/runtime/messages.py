"""What the engine process and a desk say to each other over the Unix socket.

Frames are a four-byte big-endian length and one msgpack message. A second kind of connection
exists for the kill switch alone: its first byte is KILL_LINE, and every further byte is one press
of the key. It needs no framing, no parser and no event loop on the desk's side.
"""

import struct
from typing import Final

import msgspec

from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import AnyAction
from tui_mm.engine.snapshot import Snapshot

PROTOCOL_VERSION: Final = 1
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
DESK_LINE: Final = b"D"
KILL_LINE: Final = b"K"
HEARTBEAT_EVERY_S: Final = 0.25

_LENGTH = struct.Struct(">I")


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One framed message."""


class Hello(Message, frozen=True, kw_only=True):
    """First message of a desk; another version is refused with a Goodbye."""

    version: int = PROTOCOL_VERSION


class Act(Message, frozen=True, kw_only=True):
    """The trader asks for something; the Outcome with the same number answers it."""

    request: int
    action: AnyAction


class Watch(Message, frozen=True, kw_only=True):
    """Send the detail of this contract with each snapshot; None sends none."""

    contract: ContractId | None


class Heartbeat(Message, frozen=True, kw_only=True):
    """The desk's terminal takes output, so somebody can see it.

    Sent every HEARTBEAT_EVERY_S while the terminal drains; `idle_s` is the time since the last
    key.
    """

    idle_s: int


class Detach(Message, frozen=True, kw_only=True):
    """The trader leaves on purpose and lets the engine go on."""


class Goodbye(Message, frozen=True, kw_only=True):
    """The engine ends the conversation, and says why."""

    why: str


class Picture(Message, frozen=True, kw_only=True):
    """The newest snapshot."""

    snapshot: Snapshot


class Outcome(Message, frozen=True, kw_only=True):
    """What became of an action: done, or refused with both numbers."""

    request: int
    is_done: bool
    text: str


FromDesk = Hello | Act | Watch | Heartbeat | Detach
FromEngine = Picture | Outcome | Goodbye

_ENCODER = msgspec.msgpack.Encoder()
_FROM_DESK: msgspec.msgpack.Decoder[FromDesk] = msgspec.msgpack.Decoder(FromDesk)
_FROM_ENGINE: msgspec.msgpack.Decoder[FromEngine] = msgspec.msgpack.Decoder(FromEngine)


def framed(message: FromDesk | FromEngine) -> bytes:
    """The message as it goes over the socket, length first."""
    body = _ENCODER.encode(message)
    return _LENGTH.pack(len(body)) + body


class Unframer:
    """Cuts a byte stream into message bodies.

    Raises:
        ValueError: from `feed`, when a length exceeds MESSAGE_BYTES_MAX; drop the connection.
    """

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies completed by this data, oldest first."""
        self._pending += data
        bodies: list[bytes] = []
        while len(self._pending) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._pending)
            if length > MESSAGE_BYTES_MAX:
                raise ValueError(f"a message of {length} bytes exceeds {MESSAGE_BYTES_MAX}")
            end = _LENGTH.size + length
            if len(self._pending) < end:
                break
            bodies.append(bytes(self._pending[_LENGTH.size : end]))
            del self._pending[:end]
        return bodies


def from_desk(body: bytes) -> FromDesk:
    """Decode what a desk sent. Raises msgspec.DecodeError for anything else."""
    return _FROM_DESK.decode(body)


def from_engine(body: bytes) -> FromEngine:
    """Decode what the engine sent. Raises msgspec.DecodeError for anything else."""
    return _FROM_ENGINE.decode(body)
