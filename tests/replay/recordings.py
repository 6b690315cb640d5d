"""Recordings made on the spot, and where the real ones are."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from tui_mm.domain.events import AnyFact
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import MILLISECOND, SECOND, Nanos
from tui_mm.replay.venue import ReplayVenue

A, B = ContractId("KXGAME-26AUG07-A"), ContractId("KXGAME-26AUG07-B")
T0 = Nanos(1_781_159_489 * SECOND)
"""When every recording made here begins."""

_CHECKOUT = Path(__file__).parents[2]


def real_recording(name: str) -> Path:
    """A recorded session by its file name; skips the test where the data is not at hand."""
    folder = Path(os.environ.get("TUI_MM_DATA", _CHECKOUT.parent / "shared" / "data"))
    path = folder / "kalshi-captures" / name
    if not path.exists():
        pytest.skip(f"no {name}: set TUI_MM_DATA to the folder with recorded sessions")
    return path


class Recording:
    """Writes lines one by one; each is a millisecond after the one before unless told."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.at = T0
        self._seq: dict[tuple[int, int], int] = {}

    def wait(self, span: Nanos) -> Self:
        """Let time pass before the next line."""
        self.at = Nanos(self.at + span)
        return self

    def line(self, **fields: Any) -> Self:
        """Any line of the usual envelope."""
        self.at = Nanos(self.at + MILLISECOND)
        self.lines.append(msgspec.json.encode({"recv_ns": self.at, **fields}))
        return self

    def raw(self, line: bytes) -> Self:
        """A line exactly as it is."""
        self.lines.append(line)
        return self

    def event(self, event: str, *, conn: int = 1, **fields: Any) -> Self:
        """A note of the recorder."""
        return self.line(conn=conn, event=event, **fields)

    def frame(self, kind: str, msg: dict[str, Any], *, conn: int = 1, sid: int = 2) -> Self:
        """A numbered frame; the numbers of each stream count up by themselves."""
        seq = self._seq[conn, sid] = self._seq.get((conn, sid), 0) + 1
        return self.line(conn=conn, frame={"type": kind, "sid": sid, "seq": seq, "msg": msg})

    def skip(self, *, conn: int = 1, sid: int = 2) -> Self:
        """Lose one numbered frame."""
        self._seq[conn, sid] = self._seq.get((conn, sid), 0) + 1
        return self

    def restart_numbers(self) -> Self:
        """Connect anew without saying so: every stream counts from one again."""
        self._seq.clear()
        return self

    def book(
        self,
        *,
        bids: str = "",
        asks: str = "",
        ticker: str = A,
        conn: int = 1,
        sid: int = 2,
    ) -> Self:
        """A snapshot, written as "0.47:3 0.46:10" in YES prices."""
        msg = {
            "market_ticker": ticker,
            "yes_dollars_fp": _levels(bids, is_complement=False),
            "no_dollars_fp": _levels(asks, is_complement=True),
        }
        return self.frame("orderbook_snapshot", msg, conn=conn, sid=sid)

    def bid(self, at: str, change: str, *, micros: int | None = None, **where: Any) -> Self:
        """A change of a bid level."""
        return self._delta("yes", at, change, micros, **where)

    def ask(self, at: str, change: str, *, micros: int | None = None, **where: Any) -> Self:
        """A change of an ask level, its price in YES."""
        return self._delta("no", _complement(at), change, micros, **where)

    def trade(
        self,
        at: str,
        count: str,
        *,
        taker: str | None,
        ticker: str = A,
        micros: int | None = None,
    ) -> Self:
        """Somebody's execution; the taker's side of the book is "bid", "ask" or hidden."""
        traded_at = self.at if micros is None else T0 + micros * 1_000
        msg: dict[str, Any] = {
            "market_ticker": ticker,
            "yes_price_dollars": at,
            "count_fp": count,
            "ts_ms": traded_at // MILLISECOND,
        }
        return self.frame("trade", msg | ({"taker_book_side": taker} if taker else {}), sid=5)

    def ticker(self, *, bid: str, ask: str, micros: int, ticker: str = A) -> Self:
        """The venue's own touch, sides written as "0.47:3", so long after the start."""
        (bid_at, bid_size), (ask_at, ask_size) = bid.split(":"), ask.split(":")
        msg = {
            "market_ticker": ticker,
            "yes_bid_dollars": bid_at,
            "yes_bid_size_fp": bid_size,
            "yes_ask_dollars": ask_at,
            "yes_ask_size_fp": ask_size,
            **_times(micros, "time"),
        }
        return self.line(conn=1, frame={"type": "ticker", "sid": 1, "msg": msg})

    def _delta(
        self, side: str, at: str, change: str, micros: int | None, ticker: str = A, **where: Any
    ) -> Self:
        since = (self.at - T0) // 1_000 if micros is None else micros
        msg = {
            "market_ticker": ticker,
            "price_dollars": at,
            "delta_fp": change,
            "side": side,
            **_times(since, "ts"),
        }
        return self.frame("orderbook_delta", msg, **where)

    def write(self, folder: Path, *, name: str = "recording.jsonl") -> Path:
        """Put it into a file."""
        path = folder / name
        path.write_bytes(b"".join(line + b"\n" for line in self.lines))
        return path


def played(venue: ReplayVenue) -> list[AnyFact]:
    """Everything a venue has to say, moment by moment."""
    facts: list[AnyFact] = []
    while (at := venue.next_at()) is not None:
        facts += venue.advance(at)
    return facts


def kinds(facts: Iterable[AnyFact]) -> list[str]:
    """The names of what happened, in order."""
    return [type(fact).__name__ for fact in facts]


def _times(micros: int, name: str) -> dict[str, object]:
    nanos = T0 + micros * 1_000
    second, rest = divmod(nanos, SECOND)
    clock = 6 * 3_600 + 31 * 60 + 29 + second - T0 // SECOND
    hour, minute = divmod(clock // 60, 60)
    text = f"2026-06-11T{hour:02d}:{minute:02d}:{clock % 60:02d}.{rest // 1_000:06d}"
    return {"ts_ms": nanos // MILLISECOND, name: text.rstrip("0").rstrip(".") + "Z"}


def _levels(text: str, *, is_complement: bool) -> list[tuple[str, str]]:
    levels = [level.split(":") for level in text.split()]
    return [(_complement(at) if is_complement else at, size) for at, size in levels]


def _complement(at: str) -> str:
    whole, _, fraction = at.partition(".")
    return f"0.{10_000 - int(whole + fraction.ljust(4, '0')):04d}"
