"""Whether the limits held at the venue, worked out from the venue's own account.

The engine's gate is not asked: positions and resting orders come from the exchange, and the worst
case is added up here from them alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tui_mm.domain.contract import Contract, EventGroup, Side
from tui_mm.domain.ids import ContractId, EventGroupId
from tui_mm.domain.units import Money, Price, Qty, complement, money_text, notional, qty_text
from tui_mm.portfolio.exposure import Losses, group_worst_case
from tui_mm.portfolio.positions import value_of
from tui_mm.risk.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the venue says is held in one contract: signed YES, and what it cost."""

    contract: ContractId
    inventory: Qty
    cost: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """One order the venue says is resting."""

    contract: ContractId
    side: Side
    price: Price
    remaining: Qty


class LimitAudit:
    """Counts every look at the account that finds a limit broken."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._groups: dict[ContractId, EventGroup] = {}
        self.breaches = 0
        self.first_breach = ""

    def listed(self, contract: Contract, group: EventGroup) -> None:
        """Know which group a contract settles in."""
        self._groups[contract.id] = group

    def look(self, held: Iterable[Held], resting: Iterable[Resting], *, day_loss: Money) -> None:
        """Check an account as it stands at the venue."""
        positions = {each.contract: each for each in held}
        orders = list(resting)
        limits = self._limits
        self._check("open orders", len(orders), limits.open_orders_max, str)
        for order in orders:
            self._check("order quantity", order.remaining, limits.order_qty_max, _qty)
            cost = order.price if order.side is Side.BUY else complement(order.price)
            value = notional(cost, order.remaining)
            self._check("order value", value, limits.order_value_max, _money)
        for contract in {*positions, *(order.contract for order in orders)}:
            inventory = positions[contract].inventory if contract in positions else 0
            for side in Side:
                more = sum(
                    order.remaining
                    for order in orders
                    if order.contract == contract and order.side is side
                )
                if more:
                    worst = side.sign * inventory + more
                    self._check("position", worst, limits.position_max, _qty)
        groups = _worst_by_group(positions, orders, self._groups)
        for worst in groups.values():
            self._check("event exposure", worst, limits.group_exposure_max, _money)
        self._check("total exposure", sum(groups.values()), limits.total_exposure_max, _money)
        if orders:
            # Beyond the day's loss nothing may rest; the loss itself cannot be forbidden.
            self._check("day loss", day_loss, limits.daily_loss_max, _money)

    def _check(self, what: str, value: int, limit: int, text: Callable[[int], str]) -> None:
        if value <= limit:
            return
        self.breaches += 1
        self.first_breach = self.first_breach or f"{what} {text(value)} exceeds {text(limit)}"


def _worst_by_group(
    positions: Mapping[ContractId, Held],
    orders: Iterable[Resting],
    groups: Mapping[ContractId, EventGroup],
) -> dict[EventGroupId, Money]:
    losses: dict[ContractId, Losses] = {}
    for held in positions.values():
        yes, no = Qty(max(0, held.inventory)), Qty(max(0, -held.inventory))
        losses[held.contract] = Losses(
            Money(held.cost - value_of(yes)), Money(held.cost - value_of(no))
        )
    for order in orders:
        before = losses.get(order.contract, Losses(Money(0), Money(0)))
        cost = order.price if order.side is Side.BUY else complement(order.price)
        added = notional(cost, order.remaining)
        losses[order.contract] = (
            Losses(before.if_yes, Money(before.if_no + added))
            if order.side is Side.BUY
            else Losses(Money(before.if_yes + added), before.if_no)
        )
    members: dict[EventGroupId, list[Losses]] = {}
    for contract, one in losses.items():
        members.setdefault(groups[contract].id, []).append(one)
    by_id = {group.id: group for group in groups.values()}
    return {
        group: group_worst_case(each, is_exclusive=by_id[group].is_exclusive)
        for group, each in members.items()
    }


def _qty(value: int) -> str:
    return qty_text(Qty(value))


def _money(value: int) -> str:
    return money_text(Money(value))
