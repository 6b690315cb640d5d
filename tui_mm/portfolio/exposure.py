"""The worst that could happen, with everything that rests or is on its way counted as filled.

For one contract there are two ways to end. If it ends YES, what we hold of NO is worthless and
every ask of ours would have been lifted just before; if it ends NO, the reverse. Losses are
measured on what is held and what it cost: profit already made protects nobody. Losses are
positive, gains negative; fees are not part of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tui_mm.domain.contract import EventGroup, Side
from tui_mm.domain.ids import ContractId, EventGroupId
from tui_mm.domain.order import Order
from tui_mm.domain.units import Money, Price, Qty, complement, notional
from tui_mm.portfolio.positions import Position, value_of

_BUY, _SELL = Side.BUY, Side.SELL


@dataclass(frozen=True, slots=True)
class Losses:
    """What one contract would lose if it ended YES, and if it ended NO."""

    if_yes: Money
    if_no: Money

    @property
    def worst(self) -> Money:
        """The larger of the two, never below zero."""
        return Money(max(self.if_yes, self.if_no, 0))


class Resting(NamedTuple):
    """What could still be filled of one order, live or about to be sent."""

    side: Side
    price: Price
    size: Qty


NOTHING = Losses(Money(0), Money(0))


def resting(orders: Iterable[Order]) -> list[Resting]:
    """The orders as what could still be filled of them."""
    return [Resting(order.side, order.price, order.remaining) for order in orders]


def contract_losses(position: Position, orders: Iterable[Resting]) -> Losses:
    """Losses of a position with every order filled against us, whichever others are filled too.

    An order that opens costs its price. One that closes what we hold takes away the gain that the
    holding would have brought, and what it makes itself is profit made, which is not counted: so
    its closing part costs the larger of its price and that gain.
    """
    if_yes = position.cost - value_of(position.yes_qty)
    if_no = position.cost - value_of(position.no_qty)
    asks = [Resting(Side.BUY, complement(at), size) for side, at, size in orders if side is _SELL]
    bids = [order for order in orders if order.side is _BUY]
    if_yes += _cost_against(asks, held=position.yes_qty, cost=position.yes_cost)
    if_no += _cost_against(bids, held=position.no_qty, cost=position.no_cost)
    return Losses(Money(if_yes), Money(if_no))


def group_worst_case(losses: Iterable[Losses], *, is_exclusive: bool) -> Money:
    """The joint worst case of contracts that settle together, never below zero.

    When at most one can settle YES, each outcome is one contract's YES with the NO of all others,
    or NO everywhere. Otherwise nothing is assumed about how they hang together and the worst cases
    are added up.
    """
    each = list(losses)
    if not is_exclusive:
        return Money(sum(one.worst for one in each))
    all_no = sum(one.if_no for one in each)
    return Money(max(0, all_no, *(all_no - one.if_no + one.if_yes for one in each)))


class Exposure:
    """Worst cases by contract, event group and account, kept up to date contract by contract."""

    def __init__(self) -> None:
        self._groups: dict[EventGroupId, EventGroup] = {}
        self._members: dict[EventGroupId, dict[ContractId, Losses]] = {}
        self._group_of: dict[ContractId, EventGroupId] = {}
        self._worst: dict[EventGroupId, Money] = {}

    @property
    def total(self) -> Money:
        """Worst case of the account: groups are assumed to go wrong together."""
        return Money(sum(self._worst.values()))

    def add(self, contract: ContractId, group: EventGroup) -> None:
        """Know a contract and the group it settles in."""
        self._groups[group.id] = group
        self._members.setdefault(group.id, {})[contract] = NOTHING
        self._group_of[contract] = group.id
        self._worst[group.id] = self._of_group(group.id)

    def remove(self, contract: ContractId) -> None:
        """Forget a contract that has settled."""
        group = self._group_of.pop(contract)
        members = self._members[group]
        del members[contract]
        if members:
            self._worst[group] = self._of_group(group)
        else:
            del self._members[group], self._groups[group], self._worst[group]

    def update(self, contract: ContractId, losses: Losses) -> None:
        """Replace what one contract could lose."""
        group = self._group_of[contract]
        if self._members[group][contract] != losses:
            self._members[group][contract] = losses
            self._worst[group] = self._of_group(group)

    def losses(self, contract: ContractId) -> Losses:
        """What one contract could lose, with what rests."""
        return self._members[self._group_of[contract]][contract]

    def of_group(self, group: EventGroupId) -> Money:
        """Worst case of one event group."""
        return self._worst[group]

    def group_if(self, contract: ContractId, losses: Losses) -> Money:
        """Worst case of the contract's group if the contract could lose this instead."""
        group = self._group_of[contract]
        changed = {**self._members[group], contract: losses}
        return group_worst_case(changed.values(), is_exclusive=self._groups[group].is_exclusive)

    def groups(self) -> tuple[tuple[EventGroup, Money], ...]:
        """Every group with its worst case."""
        return tuple((group, self._worst[group.id]) for group in self._groups.values())

    def _of_group(self, group: EventGroupId) -> Money:
        return group_worst_case(
            self._members[group].values(), is_exclusive=self._groups[group].is_exclusive
        )


def _cost_against(orders: list[Resting], *, held: Qty, cost: Money) -> int:
    """What orders that buy one outcome could cost while the other outcome is held."""
    total = 0
    # The cheapest close first: that is where the gain given up exceeds the price the most.
    for _, at, size in sorted(orders, key=_price):
        closing = Qty(min(size, held))
        if closing:
            gain = value_of(closing) - cost * closing // held
            total += max(notional(at, closing), gain)
            cost, held = Money(cost - cost * closing // held), Qty(held - closing)
        total += notional(at, Qty(size - closing))
    return total


def _price(order: Resting) -> Price:
    return order.price
