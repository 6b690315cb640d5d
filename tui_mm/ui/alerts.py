"""What wants the trader's attention now, worst first, and what has been acknowledged of it."""

from tui_mm.engine.snapshot import QuotingState, Severity, Snapshot
from tui_mm.ui.format import clock, contract_name, place
from tui_mm.ui.scene import Alert

_BROKEN = {
    QuotingState.STALE: "book is stale",
    QuotingState.GAP: "sequence gap",
    QuotingState.CROSSED: "book is crossed",
}
_RANK = {Severity.ALARM: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Attention:
    """The alerts of the newest picture, less the acknowledged ones; one of them is shown."""

    def __init__(self) -> None:
        self._standing: list[Alert] = []
        self._acknowledged: frozenset[str] = frozenset()
        self._index = 0

    @property
    def waiting(self) -> list[Alert]:
        """Alerts nobody has acknowledged, worst first."""
        return [alert for alert in self._standing if alert.key not in self._acknowledged]

    @property
    def shown(self) -> Alert | None:
        """The alert in the alert row; None when all is well."""
        waiting = self.waiting
        return waiting[self._index % len(waiting)] if waiting else None

    def look_at(self, snapshot: Snapshot) -> bool:
        """Take the newest picture; True when an alarm has come up that was not there before."""
        before = {alert.key for alert in self._standing}
        self._standing = alerts(snapshot)
        # What has ended is forgotten, so that it is told again when it comes back.
        self._acknowledged &= frozenset(alert.key for alert in self._standing)
        return any(
            alert.severity is Severity.ALARM and alert.key not in before for alert in self._standing
        )

    def show_next(self) -> Alert | None:
        """Turn to the next alert."""
        self._index = self._index + 1 if self.waiting else 0
        return self.shown

    def acknowledge(self) -> None:
        """Put the shown alert away until it ends and comes back."""
        if self.shown is not None:
            self._acknowledged |= {self.shown.key}
        self._index = 0


def alerts(snapshot: Snapshot) -> list[Alert]:
    """Standing problems and log lines that warn, worst first, newest first among equals."""
    found = [*_desk_alerts(snapshot), *_market_alerts(snapshot), *_limit_alerts(snapshot)]
    found += [
        Alert(key=f"log {line.seq}", severity=line.severity, text=f"{clock(line.at)} {line.text}")
        for line in sorted(snapshot.log, key=lambda line: line.seq, reverse=True)
        if line.severity is not Severity.INFO
    ]
    return sorted(found, key=lambda alert: _RANK[alert.severity])


def _desk_alerts(snapshot: Snapshot) -> list[Alert]:
    found: list[Alert] = []
    if snapshot.halt_reason and snapshot.kill is None:
        found.append(
            Alert(
                key=f"halt {snapshot.halt_reason}",
                severity=Severity.ALARM,
                text=f"halted: {snapshot.halt_reason}",
            )
        )
    if snapshot.is_lease_lost:
        found.append(
            Alert(
                key="lease",
                severity=Severity.ALARM,
                text="the operator was lost and quotes were pulled: R resumes",
            )
        )
    return found


def _market_alerts(snapshot: Snapshot) -> list[Alert]:
    return [
        Alert(
            key=f"{row.state.value} {row.contract}",
            severity=Severity.WARNING,
            text=f"{contract_name(row.contract)}: {_BROKEN[row.state]}{_seconds(row.book_age_ms)}",
            contract=row.contract,
        )
        for row in snapshot.markets
        if row.state in _BROKEN
    ]


def _limit_alerts(snapshot: Snapshot) -> list[Alert]:
    return [
        Alert(
            key=f"limit {row.name} {row.where}",
            severity=Severity.WARNING,
            text=f"limit reached: {place(row.name, where=row.where)}: {row.consequence}",
        )
        for row in snapshot.limits
        if row.limit > 0 and row.used >= row.limit
    ]


def _seconds(ms: int | None) -> str:
    """An age in whole seconds: the alert row must not change five times a second."""
    return "" if ms is None else f" for {ms // 1000}s"
