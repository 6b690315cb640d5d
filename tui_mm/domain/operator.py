"""What the trader can ask of the engine; every key press that matters becomes one of these.

The direction is decided here and nowhere else: `is_safe` actions act at once, the others are
staged on the screen and sent only after the trader confirms them.
"""

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import Qty

RESUME_WORD = "RESUME"
"""What must be typed to quote again after a kill, a pause of everything or a lost operator."""


class Action(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One wish of the operator."""

    is_safe: ClassVar[bool] = True


class Kill(Action, frozen=True, kw_only=True):
    """Cancel everything everywhere and stay halted until the word is typed."""

    source: str


class Pause(Action, frozen=True, kw_only=True):
    """Stop quoting these contracts and cancel their orders."""

    contracts: tuple[ContractId, ...]


class PauseAll(Action, frozen=True, kw_only=True):
    """Stop quoting everything, without the latch; a typed word undoes it."""


class Unpause(Action, frozen=True, kw_only=True):
    """Quote these contracts again, and release sides held in them."""

    is_safe: ClassVar[bool] = False
    contracts: tuple[ContractId, ...]


class ChangeSpread(Action, frozen=True, kw_only=True):
    """Add ticks to (or, negative, take ticks off) the spread the strategy asks for."""

    contracts: tuple[ContractId, ...]
    ticks: int


class ChangeSize(Action, frozen=True, kw_only=True):
    """Make quotes larger or (negative) smaller by so many size steps."""

    contracts: tuple[ContractId, ...]
    steps: int


class EditParameters(Action, frozen=True, kw_only=True):
    """Set parameters of one contract; None leaves one as it is."""

    contract: ContractId
    spread_ticks: int | None = None
    size: Qty | None = None
    max_position: Qty | None = None


class UndoLast(Action, frozen=True, kw_only=True):
    """Take back the last change of parameters."""

    is_safe: ClassVar[bool] = False


class CancelOrders(Action, frozen=True, kw_only=True):
    """Cancel these orders and hold their sides until the contract is unpaused."""

    orders: tuple[ClientOrderId, ...]


class CancelAndPause(Action, frozen=True, kw_only=True):
    """Cancel everything in the contracts of these orders and pause those contracts."""

    orders: tuple[ClientOrderId, ...]


class Resume(Action, frozen=True, kw_only=True):
    """Quote again after a kill, a pause of everything or a lost operator."""

    is_safe: ClassVar[bool] = False
    word: str


class StopEngine(Action, frozen=True, kw_only=True):
    """Cancel everything, prove it, and end the engine process."""


AnyAction = (
    Kill
    | Pause
    | PauseAll
    | Unpause
    | ChangeSpread
    | ChangeSize
    | EditParameters
    | UndoLast
    | CancelOrders
    | CancelAndPause
    | Resume
    | StopEngine
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What the operator's keys have made of a strategy's own parameters, for one contract."""

    spread_ticks: int
    size: Qty
    max_position: Qty


def needs_confirmation(action: AnyAction, before: Parameters | None) -> bool:
    """True when the action could cost money: it tightens, grows, or quotes again.

    Args:
        before: the parameters of the contract that is edited; only an EditParameters looks at
            them, and without them it is taken for a risky one.
    """
    match action:
        case ChangeSpread():
            return action.ticks < 0
        case ChangeSize():
            return action.steps > 0
        case EditParameters():
            return before is None or (
                (action.spread_ticks is not None and action.spread_ticks < before.spread_ticks)
                or (action.size is not None and action.size > before.size)
                or (action.max_position is not None and action.max_position > before.max_position)
            )
        case _:
            return not action.is_safe
