"""Which wishes act at once and which are shown first."""

import pytest

from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import (
    AnyAction,
    ChangeSize,
    ChangeSpread,
    EditParameters,
    Kill,
    Parameters,
    Pause,
    PauseAll,
    Resume,
    UndoLast,
    Unpause,
    needs_confirmation,
)
from tui_mm.domain.units import qty

A = (ContractId("A"),)
BEFORE = Parameters(spread_ticks=1, size=qty("10"), max_position=qty("100"))


@pytest.mark.parametrize(
    "action",
    [
        Kill(source="key k"),
        Pause(contracts=A),
        PauseAll(),
        ChangeSpread(contracts=A, ticks=1),
        ChangeSize(contracts=A, steps=-1),
        EditParameters(contract=A[0], spread_ticks=2, size=qty("5"), max_position=qty("50")),
    ],
)
def test_what_is_safer_acts_at_once(action: AnyAction):
    """Cancelling, pausing, widening, shrinking: one key."""
    assert not needs_confirmation(action, BEFORE)


@pytest.mark.parametrize(
    "action",
    [
        Unpause(contracts=A),
        Resume(word="RESUME"),
        UndoLast(),
        ChangeSpread(contracts=A, ticks=-1),
        ChangeSize(contracts=A, steps=1),
        EditParameters(contract=A[0], spread_ticks=0),
        EditParameters(contract=A[0], size=qty("11")),
        EditParameters(contract=A[0], max_position=qty("101")),
    ],
)
def test_what_is_riskier_is_shown_first(action: AnyAction):
    """Quoting again, tightening, growing: Enter as well."""
    assert needs_confirmation(action, BEFORE)
