"""Reads a journal back as the facts and commands it was written from; never writes to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import msgspec

from tui_mm.domain.commands import AnyCommand
from tui_mm.domain.events import AnyFact
from tui_mm.domain.units import Nanos

_COMMAND_KINDS = frozenset(kind.__name__ for kind in get_args(AnyCommand))
_FACTS: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)
_COMMANDS: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a fact, or a command under the number of the fact that caused it."""

    row: int
    seq: int
    at: Nanos
    wall: Nanos
    entry: AnyFact | AnyCommand


def runs(path: Path) -> list[int]:
    """The numbers of the runs the journal holds, oldest first."""
    with closing(_opened(path)) as database:
        return [run for (run,) in database.execute("SELECT DISTINCT run FROM entries ORDER BY run")]


def entries(path: Path, *, run: int) -> Iterator[Entry]:
    """Every entry of one run, in the order of writing."""
    with closing(_opened(path)) as database:
        rows = database.execute(
            "SELECT row, seq, at_ns, wall_ns, kind, body FROM entries WHERE run = ? ORDER BY row",
            (run,),
        )
        for row, seq, at_ns, wall_ns, kind, body in rows:
            yield Entry(
                row=row,
                seq=seq,
                at=Nanos(at_ns),
                wall=Nanos(wall_ns),
                entry=_COMMANDS.decode(body) if kind in _COMMAND_KINDS else _FACTS.decode(body),
            )


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
