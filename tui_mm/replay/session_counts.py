"""What a desk did in a run, counted from the facts it received and the commands it sent."""

from dataclasses import dataclass, field

from tui_mm.domain.commands import AnyCommand, PlaceOrder
from tui_mm.domain.contract import Side
from tui_mm.domain.events import (
    AnyFact,
    ContractListed,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
)
from tui_mm.domain.ids import ContractId


@dataclass(slots=True)
class SessionCounts:
    """Running totals; `orders_rejected` are the venue's refusals, not our own gate's."""

    markets: int = 0
    orders_placed: int = 0
    orders_cancelled: int = 0
    orders_rejected: int = 0
    fills: int = 0
    _sides: dict[ContractId, set[Side]] = field(default_factory=dict)

    @property
    def markets_filled_both_sides(self) -> int:
        """In how many contracts we both bought and sold."""
        return sum(len(sides) == len(Side) for sides in self._sides.values())

    def sent(self, command: AnyCommand) -> None:
        """Count a command."""
        self.orders_placed += isinstance(command, PlaceOrder)

    def happened(self, fact: AnyFact) -> None:
        """Count a fact."""
        match fact:
            case OrderFilled():
                self.fills += 1
                self._sides.setdefault(fact.contract, set()).add(fact.side)
            case OrderCanceled():
                self.orders_cancelled += 1
            case OrderRejected():
                self.orders_rejected += 1
            case ContractListed():
                self.markets += 1
