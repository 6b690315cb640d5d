"""The one place that approves commands.

Asked twice: `shape` may only shrink what a strategy wants, `admit` judges each order against
everything that rests or is on its way. Cancels, decreases and questions always pass: they can only
make us smaller or wiser.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, final

from tui_mm.domain.commands import (
    AnyCommand,
    CancelAll,
    CancelOrder,
    DecreaseOrder,
    ExtendOrder,
    PlaceOrder,
    ReadOpenOrders,
    RequestSnapshot,
)
from tui_mm.domain.contract import Contract, Side
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.order import Order, OrderState
from tui_mm.domain.quote import Quote, QuoteSet, Reason
from tui_mm.domain.units import DOLLAR, Money, Price, Qty
from tui_mm.portfolio.exposure import Exposure, Resting, contract_losses, resting
from tui_mm.portfolio.positions import Position
from tui_mm.risk.limits import LIMITS, Limits, Proposal, RefusalReason

C = TypeVar("C", bound=AnyCommand, covariant=True)
UNKNOWN_ORDERS_MAX = 2  # beyond this many lost answers nothing new is sent anywhere

_KEY = object()


@final
class Approved(Generic[C]):
    """A command that passed every limit. Only this module can make one."""

    __slots__ = ("command",)

    def __init__(self, command: C, key: object) -> None:
        if key is not _KEY:
            raise TypeError("only the risk gate approves commands")
        self.command = command

    def __repr__(self) -> str:
        return f"Approved({self.command!r})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Our own no: the code of the limit and a sentence with both numbers."""

    reason: RefusalReason
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the gate must know about everything outside the contract at hand."""

    mode: TradingMode
    cash: Money
    day_loss: Money
    open_orders: int
    unknown_orders: int
    messages_in_last_second: int
    is_journal_failed: bool


def always(
    command: CancelOrder | DecreaseOrder | CancelAll | ReadOpenOrders | RequestSnapshot,
) -> Approved[AnyCommand]:
    """Approve what can only make us smaller or tell us more."""
    return Approved(command, _KEY)


class RiskGate:
    """Applies the limits of the account."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    def shape(
        self,
        wanted: QuoteSet,
        *,
        contract: Contract,
        position: Position,
        exposure: Exposure,
        mode: TradingMode,
    ) -> QuoteSet:
        """What is left of a quote set once limits on price, size, inventory and loss are applied.

        Orders that rest already are not counted here, since they may be what this set replaces;
        `admit` counts them.
        """
        shaped = wanted
        for quote in wanted.quotes:
            left, why = self._shrunk(quote, contract, position, exposure, mode)
            if left is None:
                shaped = shaped.without_sides((quote.side,), why)
            elif quote.side is Side.BUY:
                shaped = replace(shaped, bid=left)
            else:
                shaped = replace(shaped, ask=left)
        return shaped

    def admit(
        self,
        order: PlaceOrder,
        *,
        contract: Contract,
        position: Position,
        live: Sequence[Order],
        exposure: Exposure,
        account: Account,
    ) -> Approved[PlaceOrder] | Refusal:
        """Judge one order with every live order of ours counted as filled.

        Args:
            live: the live orders of the order's contract; `exposure` counts them and all others.
        """
        refusal = self._refusal_of_kind(order, contract, position, live, account)
        if refusal is not None:
            return refusal
        with_it = [*resting(live), Resting(order.side, order.price, order.qty)]
        after = contract_losses(position, with_it)
        group_now = exposure.of_group(contract.group)
        group_after = exposure.group_if(order.contract, after)
        total_now = exposure.total
        same_side = sum(each.remaining for each in live if each.side is order.side)
        signed = order.side.sign * position.inventory
        proposal = Proposal(
            order=order,
            adds_inventory=signed + same_side + order.qty > max(0, -signed),
            position_if_filled=Qty(abs(signed + same_side + order.qty)),
            position_now=Qty(abs(signed)),
            group_worst=group_after,
            group_worst_now=group_now,
            total_worst=Money(total_now + group_after - group_now),
            total_worst_now=total_now,
            cash=account.cash,
            day_loss=account.day_loss,
            open_orders=account.open_orders,
            messages_in_last_second=account.messages_in_last_second,
        )
        for limit in LIMITS:
            text = limit.breach(proposal, self.limits)
            if text is not None:
                return Refusal(limit.reason, f"order {order.client_order_id}: {text}")
        return Approved(order, _KEY)

    def admit_longer(
        self, order: ExtendOrder, *, mode: TradingMode
    ) -> Approved[ExtendOrder] | Refusal:
        """Let an order rest longer; it is counted in every limit already, but not while killed."""
        if mode is TradingMode.HALTED:
            return Refusal(RefusalReason.KILLED, f"order {order.client_order_id}: killed")
        return Approved(order, _KEY)

    def _refusal_of_kind(
        self,
        order: PlaceOrder,
        contract: Contract,
        position: Position,
        live: Sequence[Order],
        account: Account,
    ) -> Refusal | None:
        name = f"order {order.client_order_id}:"
        if account.mode is TradingMode.HALTED:
            return Refusal(RefusalReason.KILLED, f"{name} the kill switch is on")
        if account.is_journal_failed:
            return Refusal(RefusalReason.JOURNAL, f"{name} the journal cannot be written")
        if account.mode is TradingMode.REDUCING and (
            order.side.sign * position.inventory >= 0
            or order.qty + _resting(live, order.side) > abs(position.inventory)
        ):
            return Refusal(RefusalReason.REDUCE_ONLY, f"{name} only reducing orders may be sent")
        if not contract.grid.has(order.price):
            return Refusal(RefusalReason.OFF_GRID, f"{name} price is not on the contract's grid")
        if account.unknown_orders > UNKNOWN_ORDERS_MAX or any(
            each.state is OrderState.UNKNOWN for each in live
        ):
            return Refusal(RefusalReason.UNKNOWN_ORDER, f"{name} an order's outcome is unknown")
        crossing = next((each for each in live if _crosses(order, each)), None)
        if crossing is not None:
            return Refusal(
                RefusalReason.SELF_CROSS,
                f"{name} would trade with our own {crossing.client_order_id}",
            )
        return None

    def _shrunk(
        self,
        quote: Quote,
        contract: Contract,
        position: Position,
        exposure: Exposure,
        mode: TradingMode,
    ) -> tuple[Quote | None, Reason]:
        limits = self.limits
        signed = quote.side.sign * position.inventory
        reduces = signed < 0
        if mode is TradingMode.HALTED:
            return None, Reason.KILLED
        is_in_band = limits.price_min <= quote.price <= limits.price_max
        if not reduces and not is_in_band:
            return None, Reason.OUTSIDE_BAND
        cost = quote.price if quote.side is Side.BUY else DOLLAR - quote.price
        room = min(quote.qty, limits.order_qty_max, limits.order_value_max * DOLLAR // cost)
        if mode is TradingMode.REDUCING and not reduces:
            return None, Reason.REDUCING
        if reduces and (not is_in_band or mode is TradingMode.REDUCING):
            room = min(room, -signed)
        room = min(room, limits.position_max - signed)
        why = Reason.INVENTORY if room <= 0 else Reason.LIMIT
        # A close takes away a gain of up to a dollar; anything else costs its price.
        unit = DOLLAR if reduces else cost
        room = min(room, self._room_by_loss(quote, contract, position, exposure, unit=unit))
        room = room // contract.lot * contract.lot
        if room <= 0:
            return None, why
        return Quote(quote.side, quote.price, Qty(room)), why

    def _room_by_loss(
        self,
        quote: Quote,
        contract: Contract,
        position: Position,
        exposure: Exposure,
        *,
        unit: int,
    ) -> int:
        """Quantity that fits under the group's and the account's worst case, rounded down.

        Each contract more adds at most `unit` to the worst case. What makes nothing worse than it
        is without the quote fits even beyond a limit.
        """
        group_now = exposure.of_group(contract.group)
        others = exposure.total - group_now
        group_bare = exposure.group_if(contract.id, contract_losses(position, ()))
        group_full = exposure.group_if(
            contract.id,
            contract_losses(position, [Resting(quote.side, quote.price, quote.qty)]),
        )
        allowed = min(self.limits.group_exposure_max, self.limits.total_exposure_max - others)
        excess = group_full - max(allowed, group_bare)
        return quote.qty if excess <= 0 else quote.qty - -(-excess * DOLLAR // unit)


def _resting(live: Sequence[Order], side: Side) -> int:
    return sum(order.remaining for order in live if order.side is side)


def _crosses(order: PlaceOrder, other: Order) -> bool:
    if order.side is other.side:
        return False
    bid, ask = (order.price, other.price) if order.side is Side.BUY else (other.price, order.price)
    return bid >= ask


def collateral(live: Sequence[Order]) -> Money:
    """What resting orders could cost if every one of them were filled and reduced nothing."""
    total = 0
    for order in live:
        at = order.price if order.side is Side.BUY else Price(DOLLAR - order.price)
        total += at * order.remaining
    return Money(-(-total // DOLLAR))
