"""The snapshot as lines of plain text: for a shell, a pipe or a screen reader."""

from tui_mm.domain.units import Price, dollars, qty_text
from tui_mm.domain.units import price_text as exact_price_text
from tui_mm.engine.snapshot import KillReport, MarketRow, Snapshot
from tui_mm.runtime.narrator import clock_text


def status_lines(snapshot: Snapshot) -> list[str]:
    """A few lines about the whole, then one aligned line per market."""
    rows = [("market", "state", "bid", "ask", "mine", "inventory")]
    rows += [_cells(row) for row in snapshot.markets]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return [*_head(snapshot), "", *table]


def plain_lines(snapshot: Snapshot) -> list[str]:
    """One fact per line, without columns."""
    lines = _head(snapshot)
    for row in snapshot.markets:
        name, state, bid, ask, mine, inventory = _cells(row)
        lines.append(
            f"market {name}: state {state}; bid {bid}; ask {ask}; my quotes {mine};"
            f" inventory {inventory}"
        )
    return lines


def kill_text(kill: KillReport) -> str:
    """How far a kill has come, in one sentence."""
    if kill.proven_at is not None:
        return f"KILLED by {kill.source}: proven, no order rests"
    return (
        f"KILLED by {kill.source}: NOT PROVEN, {kill.orders_live} live and"
        f" {kill.orders_unknown} unknown orders"
    )


def _head(snapshot: Snapshot) -> list[str]:
    money = "paper" if snapshot.is_paper else "REAL MONEY"
    lines = [
        f"session: {snapshot.session} at {snapshot.venue} ({money}), {clock_text(snapshot.at)} UTC",
        f"mode: {snapshot.mode.value}",
    ]
    if snapshot.kill is not None:
        lines.append(f"kill switch: {kill_text(snapshot.kill)}")
    if snapshot.is_all_paused:
        lines.append("paused: all markets")
    if snapshot.is_lease_lost:
        lines.append("paused: operator lost")
    if snapshot.halt_reason:
        lines.append(f"halted: {snapshot.halt_reason}")
    pnl = snapshot.pnl
    parts = f"realised {dollars(pnl.realised)}, unrealised {dollars(pnl.unrealised)}"
    return [
        *lines,
        f"profit: {dollars(pnl.total)} ({parts}, fees {dollars(pnl.fees)})",
        f"worst case: {dollars(snapshot.worst_case)}",
        f"orders: {len(snapshot.orders)} live; fills: {snapshot.fills_count}",
    ]


def _cells(row: MarketRow) -> tuple[str, str, str, str, str, str]:
    state = row.state.value if row.reason is None else f"{row.state.value} ({row.reason.value})"
    mine = f"{_price(row.my_bid)}/{_price(row.my_ask)}"
    return (
        str(row.contract),
        state,
        _price(row.bid),
        _price(row.ask),
        mine,
        qty_text(row.inventory),
    )


def _price(value: Price | None) -> str:
    return "-" if value is None else exact_price_text(value)
