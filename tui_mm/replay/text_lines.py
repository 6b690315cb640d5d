"""The lines of a recording: plain, gzip or zstd, told apart by their first bytes.

Law: what cannot be had is told in its place, and everything after it that can be had still comes.
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

import zstandard

from tui_mm.domain.errors import DeskError
from tui_mm.venues.kalshi.codec import sentence

LINE_BYTES_MAX: Final = 16 * 1024 * 1024  # a full book of the finest grid is under 1 MB
_CHUNK_BYTES = 64 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class CaptureDamaged(DeskError):
    """A part of the file cannot be had: a line too long, or all that cannot be decompressed."""


def text_lines(file: BinaryIO) -> Iterator[bytes | CaptureDamaged]:
    """Lines without their ends; damage stands in the place of what it took.

    The piece of a line at which the file breaks off is part of that damage.
    """
    rest = b""
    is_first, is_skipping = True, False
    try:
        for chunk in _chunks(file):
            if is_first and len(rest) + len(chunk) >= len(_BYTE_ORDER_MARK):
                rest, is_first = (rest + chunk).removeprefix(_BYTE_ORDER_MARK), False
                *whole, rest = rest.split(b"\n")
            else:
                *whole, rest = (rest + chunk).split(b"\n")
            if is_skipping and whole:
                del whole[0]
                is_skipping = False
            yield from whole
            if is_skipping:
                rest = b""
            elif len(rest) > LINE_BYTES_MAX:
                yield CaptureDamaged(f"a line is longer than {LINE_BYTES_MAX} bytes")
                rest, is_skipping = b"", True
    except CaptureDamaged as damage:
        yield damage
        return
    if rest:
        yield rest


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file's text, decompressed, in pieces.

    Raises:
        CaptureDamaged: the rest cannot be decompressed, or ends too soon.
    """
    first = file.read(_CHUNK_BYTES)
    if not first.startswith((_GZIP, _ZSTD)):
        while first:
            yield first
            first = file.read(_CHUNK_BYTES)
        return
    is_gzip = first.startswith(_GZIP)
    inflater = _inflater(is_gzip=is_gzip)
    data = first
    try:
        while data:
            if inflater.eof:
                # Compressed files may be joined end to end, and gzip ones padded with zeros.
                data = data.lstrip(b"\0") if is_gzip else data
                if data:
                    inflater = _inflater(is_gzip=is_gzip)
            if data:
                yield inflater.decompress(data)
            data = inflater.unused_data if data and inflater.eof else b""
            data = data or file.read(_CHUNK_BYTES)
    except (zlib.error, zstandard.ZstdError) as problem:
        raise CaptureDamaged(f"the file is damaged: {sentence(problem)}") from problem
    if not inflater.eof:
        raise CaptureDamaged("the file is cut off: its compressed data has no end")


class _Inflater(Protocol):
    """What both decompressors offer."""

    @property
    def eof(self) -> bool:
        """True once the end mark of the data was seen."""

    @property
    def unused_data(self) -> bytes:
        """What came after the end mark."""

    def decompress(self, data: bytes, /) -> bytes:
        """The text of this much more of the data."""


def _inflater(*, is_gzip: bool) -> _Inflater:
    return zlib.decompressobj(wbits=31) if is_gzip else zstandard.ZstdDecompressor().decompressobj()
