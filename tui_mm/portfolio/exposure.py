"""The worst that could happen, with everything that rests or is on its way counted as filled.

For one contract there are two ways to end. If it ends YES, what we hold of NO is worthless and
every ask of ours would have been lifted just before; if it ends NO, the reverse. Both losses are
linear in what rests, so they are exact and cheap. Losses are positive, gains negative; fees are
not part of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tui_mm.domain.contract import EventGroup, Side
from tui_mm.domain.ids import ContractId, EventGroupId
from tui_mm.domain.order import Order
from tui_mm.domain.units import Money, Price, Qty, complement, notional
from tui_mm.portfolio.positions import Position, value_of


@dataclass(frozen=True, slots=True)
class Losses:
    """What one contract would lose if it ended YES, and if it ended NO."""

    if_yes: Money
    if_no: Money

    @property
    def worst(self) -> Money:
        """The larger of the two, never below zero."""
        return Money(max(self.if_yes, self.if_no, 0))

    def with_order(self, *, side: Side, at: Price, size: Qty) -> "Losses":
        """The losses if this much more could be filled at this price."""
        if side is Side.BUY:
            return Losses(self.if_yes, Money(self.if_no + notional(at, size)))
        return Losses(Money(self.if_yes + notional(complement(at), size)), self.if_no)


NOTHING = Losses(Money(0), Money(0))


def contract_losses(position: Position, live: Iterable[Order]) -> Losses:
    """Losses of a position with every live order of the contract filled against us."""
    losses = Losses(
        Money(position.cost - value_of(position.yes_qty)),
        Money(position.cost - value_of(position.no_qty)),
    )
    for order in live:
        losses = losses.with_order(side=order.side, at=order.price, size=order.remaining)
    return losses


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
