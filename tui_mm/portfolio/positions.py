"""Positions as YES and NO lots with their cost, from our own fills and nothing else.

A buy of YES first pairs off NO that is held: one of each pays a dollar whatever happens, and the
venue returns it at once. What is left opens YES. A sell of YES is a buy of NO at the complement,
so every fill is one of the two. Profit is realised when a pair completes or a contract settles,
by average cost; fees are kept apart.
"""

from dataclasses import dataclass, replace

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import (
    CONTRACT,
    DOLLAR_OF_MONEY,
    Money,
    Price,
    Qty,
    complement,
    notional,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What one contract has brought us so far.

    At most one of `yes_qty` and `no_qty` is above zero, because pairs are returned at once;
    `pairs_closed` counts them. `cash_flow` is everything paid (negative) and received, fees
    included.
    """

    contract: ContractId
    yes_qty: Qty = Qty(0)
    no_qty: Qty = Qty(0)
    yes_cost: Money = Money(0)
    no_cost: Money = Money(0)
    pairs_closed: Qty = Qty(0)
    realised: Money = Money(0)
    fees: Money = Money(0)
    cash_flow: Money = Money(0)

    @property
    def inventory(self) -> Qty:
        """Signed YES contracts: NO counts negative."""
        return Qty(self.yes_qty - self.no_qty)

    @property
    def cost(self) -> Money:
        """What the contracts still held were bought for."""
        return Money(self.yes_cost + self.no_cost)

    @property
    def if_yes(self) -> Money:
        """Profit of the contract if it settles YES now, fees paid."""
        return Money(self.realised - self.fees + value_of(self.yes_qty) - self.cost)

    @property
    def if_no(self) -> Money:
        """Profit of the contract if it settles NO now, fees paid."""
        return Money(self.realised - self.fees + value_of(self.no_qty) - self.cost)

    def after_fill(self, *, side: Side, at: Price, size: Qty, fee: Money) -> "Position":
        """The position with one more fill in it."""
        if side is Side.BUY:
            yes, no, cost_yes, cost_no = self.yes_qty, self.no_qty, self.yes_cost, self.no_cost
            price = at
        else:
            yes, no, cost_yes, cost_no = self.no_qty, self.yes_qty, self.no_cost, self.yes_cost
            price = complement(at)
        # From here on "yes" is the outcome this fill buys and "no" the one it pairs off.
        paired = Qty(min(size, no))
        opened = Qty(size - paired)
        released = Money(cost_no * paired // no) if paired else Money(0)
        returned = notional(complement(price), paired)
        paid = notional(price, opened)
        bought, bought_cost = Qty(yes + opened), Money(cost_yes + paid)
        left, left_cost = Qty(no - paired), Money(cost_no - released)
        is_buy = side is Side.BUY
        return replace(
            self,
            yes_qty=bought if is_buy else left,
            yes_cost=bought_cost if is_buy else left_cost,
            no_qty=left if is_buy else bought,
            no_cost=left_cost if is_buy else bought_cost,
            pairs_closed=Qty(self.pairs_closed + paired),
            realised=Money(self.realised + returned - released),
            fees=Money(self.fees + fee),
            cash_flow=Money(self.cash_flow + returned - paid - fee),
        )

    def after_settlement(self, *, yes_payout: Price) -> "Position":
        """The position once the contract has paid; nothing is held any more."""
        paid = Money(
            notional(yes_payout, self.yes_qty) + notional(complement(yes_payout), self.no_qty)
        )
        return replace(
            self,
            yes_qty=Qty(0),
            no_qty=Qty(0),
            yes_cost=Money(0),
            no_cost=Money(0),
            realised=Money(self.realised + paid - self.cost),
            cash_flow=Money(self.cash_flow + paid),
        )

    def unrealised_rounded_down(self, *, mark_micros: Money) -> Money:
        """Value of what is held at a YES mark in micro-dollars, less its cost."""
        yes_value = self.yes_qty * mark_micros
        no_value = self.no_qty * (DOLLAR_OF_MONEY - mark_micros)
        return Money((yes_value + no_value) // CONTRACT - self.cost)


def value_of(size: Qty) -> Money:
    """What so many winning contracts pay: a dollar each."""
    return Money(size * DOLLAR_OF_MONEY // CONTRACT)
