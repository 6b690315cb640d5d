"""Says in plain lines what the engine does and why it does not quote; for logs and headless runs.

Pure: fed with snapshots, it answers with what is new since the one before.
"""

from datetime import UTC, datetime

from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import SECOND, Nanos
from tui_mm.engine.snapshot import MarketRow, Snapshot


class Narrator:
    """Remembers what has been told."""

    def __init__(self) -> None:
        self._last_log_seq = -1
        self._told: dict[ContractId, str] = {}
        self._halt_reason = ""

    def news(self, snapshot: Snapshot) -> list[str]:
        """New log lines, and one line per market whose state changed."""
        lines: list[str] = []
        for line in snapshot.log:
            if line.seq > self._last_log_seq:
                self._last_log_seq = line.seq
                lines.append(f"{clock_text(line.at)} {line.severity.value}: {line.text}")
        when = clock_text(snapshot.at)
        if snapshot.halt_reason != self._halt_reason:
            self._halt_reason = snapshot.halt_reason
            lines.append(f"{when} halted: {snapshot.halt_reason or 'no longer'}")
        for row in snapshot.markets:
            state = _state_text(row)
            if self._told.get(row.contract) != state:
                self._told[row.contract] = state
                lines.append(f"{when} {row.contract}: {state}")
        for gone in self._told.keys() - {row.contract for row in snapshot.markets}:
            del self._told[gone]
        return lines


def clock_text(at: Nanos) -> str:
    """Time of day in UTC, to the second."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%H:%M:%S")


def _state_text(row: MarketRow) -> str:
    return row.state.value if row.reason is None else f"{row.state.value} ({row.reason.value})"
