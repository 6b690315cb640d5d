"""Cash and positions of the account, with each fill booked once."""

from collections import OrderedDict
from collections.abc import Iterator

from tui_mm.domain.events import OrderFilled
from tui_mm.domain.ids import ContractId, TradeId
from tui_mm.domain.units import Money, Price
from tui_mm.portfolio.positions import Position

PAID_KEPT = 200  # contracts whose trades are still known after they have paid


class Ledger:
    """Our own books; they must equal the venue's to the last unit.

    Contracts that have settled are folded into the totals and forgotten, so that a run of days
    keeps its size.
    """

    def __init__(self, *, opening_cash: Money) -> None:
        self.cash = opening_cash
        self._positions: dict[ContractId, Position] = {}
        self._booked: dict[ContractId, set[TradeId]] = {}
        self._paid: OrderedDict[ContractId, tuple[Price, set[TradeId]]] = OrderedDict()
        self._settled_realised = 0
        self._settled_fees = 0

    @property
    def realised(self) -> Money:
        """Profit locked in over all contracts, fees apart."""
        return Money(self._settled_realised + sum(p.realised for p in self))

    @property
    def fees(self) -> Money:
        """Fees of all fills."""
        return Money(self._settled_fees + sum(p.fees for p in self))

    def __iter__(self) -> Iterator[Position]:
        """Every position of a contract that has not settled."""
        return iter(self._positions.values())

    def position(self, contract: ContractId) -> Position:
        """The position in a contract; an empty one where nothing was ever filled."""
        return self._positions.get(contract) or Position(contract=contract)

    def book(self, fill: OrderFilled) -> bool:
        """Book a fill; False when this trade was booked before and nothing changed.

        A fill that comes after its contract has paid is booked and paid in one.

        Raises:
            ValueError: its price times its quantity is not a whole micro-dollar.
        """
        if fill.contract in self._paid:
            payout, known = self._paid[fill.contract]
            if fill.trade_id in known:
                return False
            known.add(fill.trade_id)
            self._book(fill)
            self._pay(fill.contract, payout)
            return True
        booked = self._booked.setdefault(fill.contract, set())
        if fill.trade_id in booked:
            return False
        self._book(fill)
        booked.add(fill.trade_id)
        return True

    def settle(self, contract: ContractId, *, yes_payout: Price) -> Position:
        """Pay out a contract and forget it; returns what became of the position."""
        self._paid[contract] = (yes_payout, self._booked.pop(contract, set()))
        if len(self._paid) > PAID_KEPT:
            self._paid.popitem(last=False)
        return self._pay(contract, yes_payout)

    def _book(self, fill: OrderFilled) -> None:
        before = self.position(fill.contract)
        after = before.after_fill(side=fill.side, at=fill.price, size=fill.qty, fee=fill.fee)
        self._positions[fill.contract] = after
        self.cash = Money(self.cash + after.cash_flow - before.cash_flow)

    def _pay(self, contract: ContractId, yes_payout: Price) -> Position:
        before = self.position(contract)
        after = before.after_settlement(yes_payout=yes_payout)
        self.cash = Money(self.cash + after.cash_flow - before.cash_flow)
        self._settled_realised += after.realised
        self._settled_fees += after.fees
        self._positions.pop(contract, None)
        return after
