"""Cash and positions of the one account that trades in a replay.

Law: a contract held short is NO, bought at the complement; a YES and a NO are a dollar again. So
cash is what was paid and received for YES, less one dollar for every NO held.
"""

from dataclasses import dataclass
from typing import final

from tui_mm.domain.contract import Side
from tui_mm.domain.events import OpenOrder
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import DOLLAR, Money, Price, Qty, notional


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """What the account has, to the last micro-dollar.

    `positions` are signed YES quantities (NO counts negative) by contract, without empty ones;
    `open_orders` are in order of arrival.
    """

    cash: Money
    positions: tuple[tuple[ContractId, int], ...]
    fees_paid: Money
    open_orders: tuple[OpenOrder, ...]


@final
class Ledger:
    """Books fills and settlements; starts with `cash` and nothing held."""

    def __init__(self, cash: Money) -> None:
        self._flow: int = cash
        self._positions: dict[ContractId, int] = {}
        self.fees_paid = Money(0)

    def book_fill(
        self, contract: ContractId, *, side: Side, at: Price, size: Qty, fee: Money
    ) -> None:
        """Take one execution into the account."""
        self._positions[contract] = self._positions.get(contract, 0) + side.sign * size
        self._flow -= side.sign * notional(at, size) + fee
        self.fees_paid = Money(self.fees_paid + fee)

    def book_settlement(self, contract: ContractId, yes_payout: Price) -> None:
        """Pay out what is held: YES the payout, NO its complement."""
        held = self._positions.pop(contract, 0)
        self._flow += notional(yes_payout, Qty(held))

    def statement(self, open_orders: tuple[OpenOrder, ...]) -> AccountStatement:
        """The account as it stands."""
        held = sorted((each, qty) for each, qty in self._positions.items() if qty)
        no_cost = sum(notional(DOLLAR, Qty(-qty)) for _, qty in held if qty < 0)
        return AccountStatement(
            cash=Money(self._flow - no_cost),
            positions=tuple(held),
            fees_paid=self.fees_paid,
            open_orders=open_orders,
        )
