"""What waits for Enter: riskier changes, shown as before -> after until confirmed or dropped."""

from dataclasses import dataclass
from typing import Final

from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import (
    AnyAction,
    ChangeSize,
    ChangeSpread,
    EditParameters,
    Parameters,
    UndoLast,
    Unpause,
    needs_confirmation,
)
from tui_mm.domain.units import Qty
from tui_mm.engine.snapshot import MarketRow, Snapshot
from tui_mm.ui.format import contract_name, quantity

STAGED_FOR_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Staged:
    """An action that has not been sent, and when it is dropped."""

    action: AnyAction
    drops_at: float


def staged(action: AnyAction, *, now: float) -> Staged:
    """The action, waiting for its Enter."""
    return Staged(action, drops_at=now + STAGED_FOR_S)


def staged_with(waiting: Staged | None, more: AnyAction, *, now: float) -> Staged:
    """One more press: the same key on the same markets adds up, anything else takes the place."""
    match (waiting.action if waiting else None), more:
        case ChangeSpread() as old, ChangeSpread() if old.contracts == more.contracts:
            return staged(
                ChangeSpread(contracts=more.contracts, ticks=old.ticks + more.ticks), now=now
            )
        case ChangeSize() as old, ChangeSize() if old.contracts == more.contracts:
            return staged(
                ChangeSize(contracts=more.contracts, steps=old.steps + more.steps), now=now
            )
        case _:
            return staged(more, now=now)


def must_be_staged(action: AnyAction, row: MarketRow | None) -> bool:
    """True when the trader has to see the change before it is sent."""
    before = (
        Parameters(spread_ticks=row.spread_ticks, size=row.size, max_position=row.max_position)
        if row
        else None
    )
    return needs_confirmation(action, before)


def description(action: AnyAction, snapshot: Snapshot) -> str:
    """What Enter would do, with the value before and after.

    Spreads are ticks on top of the strategy's own.
    """
    match action:
        case ChangeSpread():
            row = _only_row(action.contracts, snapshot)
            change = (
                f"spread {row.spread_ticks:+d} -> {row.spread_ticks + action.ticks:+d} ticks"
                if row
                else f"spread {action.ticks:+d} ticks"
            )
            return f"{_where(action.contracts)}: {change}"
        case ChangeSize():
            row = _only_row(action.contracts, snapshot)
            plural = "" if action.steps == 1 else "s"
            change = f"size {action.steps} step{plural} bigger"
            if row:
                wanted = Qty(row.size + action.steps * row.size_step)
                change = f"size {quantity(row.size)} -> {quantity(wanted)}"
            return f"{_where(action.contracts)}: {change}"
        case Unpause():
            return f"{_where(action.contracts)}: PAUSED -> quoting"
        case EditParameters():
            return f"{_where((action.contract,))}: {_edited(action, snapshot)}"
        case UndoLast():
            return f"undo {snapshot.undo}"
        case _:
            return type(action).__name__


def _edited(action: EditParameters, snapshot: Snapshot) -> str:
    row = _only_row((action.contract,), snapshot)
    changes: list[str] = []
    if action.spread_ticks is not None:
        before = f"{row.spread_ticks:+d} -> " if row else ""
        changes.append(f"spread {before}{action.spread_ticks:+d} ticks")
    if action.size is not None:
        before = f"{quantity(row.size)} -> " if row else ""
        changes.append(f"size {before}{quantity(action.size)}")
    if action.max_position is not None:
        before = f"{quantity(row.max_position)} -> " if row else ""
        changes.append(f"max {before}{quantity(action.max_position)}")
    return ", ".join(changes)


def _where(contracts: tuple[ContractId, ...]) -> str:
    return contract_name(contracts[0]) if len(contracts) == 1 else f"{len(contracts)} markets"


def _only_row(contracts: tuple[ContractId, ...], snapshot: Snapshot) -> MarketRow | None:
    if len(contracts) != 1:
        return None
    return next((row for row in snapshot.markets if row.contract == contracts[0]), None)
