"""Cash, positions, collateral and fees of one account.

A position is one signed number per contract: YES and NO net at once, and what a closed pair frees
is cash again. Resting orders reserve what opening them would cost; the part that only reduces the
position reserves nothing. A maker fee is not reserved: it may take the available cash below zero,
and then nothing is accepted that would take it further.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tui_mm.domain.contract import Contract, Side
from tui_mm.domain.fees import FeeSchedule, fill_charge, model_fee_rounded_up
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueOrderId
from tui_mm.domain.units import Money, Price, Qty, complement, notional
from tui_mm.exchange.burned_ids import BurnedIds
from tui_mm.exchange.matching import Plan
from tui_mm.exchange.orders import BookOrder

_CENT = Money(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPosition:
    """Signed YES contracts (NO counts negative) and what the open ones cost, fees apart."""

    contract: ContractId
    inventory: Qty
    cost: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedOrder:
    """One resting order as the exchange has it."""

    order_id: VenueOrderId
    client_order_id: ClientOrderId | None
    contract: ContractId
    side: Side
    price: Price
    remaining: Qty


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account to the last micro-dollar; positions by contract, orders in order of arrival.

    `available` is cash less the collateral of resting orders. `realised` is what closed and settled
    contracts made at average cost, fees apart.
    """

    cash: Money
    available: Money
    fees_paid: Money
    realised: Money
    positions: tuple[HeldPosition, ...]
    open_orders: tuple[StatedOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What a fill did to an account: cash before the fee (negative when paid), and the fee."""

    revenue: Money
    fee: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """What a settlement brought: cash, and the fraction of a cent kept from a scalar result."""

    paid: Money
    kept: Money


class Account:
    """One trader's money and orders."""

    def __init__(self, cash: Money) -> None:
        self.cash = cash
        self.burned = BurnedIds()
        self._fees_paid = 0
        self._realised = 0
        self._reserved = 0
        self._holdings: dict[ContractId, _Holding] = {}
        self._orders: dict[VenueOrderId, BookOrder] = {}
        self._by_client_id: dict[ClientOrderId, BookOrder] = {}

    @property
    def available(self) -> Money:
        """Cash that no resting order needs."""
        return Money(self.cash - self._reserved)

    @property
    def orders(self) -> tuple[BookOrder, ...]:
        """Resting orders, in order of arrival."""
        return tuple(self._orders.values())

    def order_named(self, client_order_id: ClientOrderId) -> BookOrder | None:
        """The resting order with this client id."""
        return self._by_client_id.get(client_order_id)

    def inventory(self, contract: ContractId) -> Qty:
        """Signed YES contracts held."""
        holding = self._holdings.get(contract)
        return holding.inventory if holding else Qty(0)

    def can_afford(self, plan: Plan, fees: FeeSchedule) -> bool:
        """True when the account could carry the plan out and still cover all its orders.

        What trades at once is paid at its own prices with the taker fee; what rests is reserved at
        the order's price. A plan that leaves more available than before always passes.
        """
        order = plan.order
        holding = self._holdings.get(order.contract, _NOTHING)
        inventory = int(holding.inventory)
        cash = int(self.cash)
        for trade in plan.trades:
            price = trade.resting.price
            revenue = _revenue(inventory, side=order.side, price=price, qty=trade.qty)
            fee = model_fee_rounded_up(fees, at=price, size=trade.qty, is_maker=False)
            cash += (revenue - fee) // fees.cash_unit * fees.cash_unit
            inventory += order.side.sign * trade.qty
        given_up = {meeting.resting.id for meeting in plan.meetings if not meeting.is_trade}
        left: list[tuple[Side, Price, Qty]] = []
        for other in holding.orders.values():
            if other is order:
                # An amended order keeps its place in what the position covers.
                left.append((order.side, plan.price, plan.rest))
            elif other.id not in given_up:
                left.append((other.side, other.price, other.remaining))
        if order.id not in holding.orders:
            left.append((order.side, plan.price, plan.rest))
        reserved = self._reserved - holding.reserved + _collateral(inventory, left)
        after = cash - reserved
        return after >= 0 or after >= self.available

    def rest(self, order: BookOrder) -> None:
        """Reserve the collateral of an order that rests now, or rests differently."""
        holding = self._holding(order.contract)
        holding.orders[order.id] = order
        self._orders[order.id] = order
        if order.client_order_id is not None:
            self._by_client_id[order.client_order_id] = order
        self._reserve(holding)

    def release(self, order: BookOrder) -> None:
        """Free the collateral of an order that rests no more."""
        if self._orders.pop(order.id, None) is None:
            return
        if order.client_order_id is not None:
            del self._by_client_id[order.client_order_id]
        holding = self._holding(order.contract)
        del holding.orders[order.id]
        self._reserve(holding)
        self._forget_if_empty(order.contract, holding)

    def book_fill(
        self, order: BookOrder, *, price: Price, qty: Qty, is_maker: bool, fees: FeeSchedule
    ) -> Booked:
        """Pay or receive for one execution and charge its fee."""
        holding = self._holding(order.contract)
        revenue, realised = holding.trade(order.side, price, qty)
        charge = fill_charge(
            fees,
            at=price,
            size=qty,
            is_maker=is_maker,
            revenue=revenue,
            rounding_collected=order.rounding_collected,
        )
        order.rounding_collected = charge.rounding_collected
        self.cash = Money(self.cash + revenue - charge.fee)
        self._fees_paid += charge.fee
        self._realised += realised
        if order.id in self._orders and not order.remaining:
            self.release(order)
        else:
            self._reserve(holding)
        return Booked(revenue=revenue, fee=charge.fee)

    def settle(self, contract: Contract, yes_payout: Price) -> Payout | None:
        """Pay a position out and forget the contract; None when nothing was held.

        A payout that is not a whole cent is rounded down and the rest kept as a fee, which only a
        scalar result can cause.
        """
        holding = self._holdings.pop(contract.id, None)
        if holding is None or not holding.inventory:
            return None
        each = yes_payout if holding.inventory > 0 else complement(yes_payout)
        worth = notional(each, Qty(abs(holding.inventory)))
        kept = worth % _CENT
        self.cash = Money(self.cash + worth - kept)
        self._fees_paid += kept
        self._realised += worth - holding.cost
        return Payout(paid=Money(worth - kept), kept=Money(kept))

    def statement(self) -> Statement:
        """The account as it stands."""
        return Statement(
            cash=self.cash,
            available=self.available,
            fees_paid=Money(self._fees_paid),
            realised=Money(self._realised),
            positions=tuple(
                HeldPosition(contract=name, inventory=held.inventory, cost=held.cost)
                for name, held in sorted(self._holdings.items())
                if held.inventory
            ),
            open_orders=tuple(
                StatedOrder(
                    order_id=order.id,
                    client_order_id=order.client_order_id,
                    contract=order.contract,
                    side=order.side,
                    price=order.price,
                    remaining=order.remaining,
                )
                for order in self._orders.values()
            ),
        )

    def _holding(self, contract: ContractId) -> "_Holding":
        holding = self._holdings.get(contract)
        if holding is None:
            holding = self._holdings[contract] = _Holding()
        return holding

    def _reserve(self, holding: "_Holding") -> None:
        orders = holding.orders.values()
        needed = _collateral(holding.inventory, ((o.side, o.price, o.remaining) for o in orders))
        self._reserved += needed - holding.reserved
        holding.reserved = Money(needed)

    def _forget_if_empty(self, contract: ContractId, holding: "_Holding") -> None:
        if not holding.inventory and not holding.orders:
            del self._holdings[contract]


class _Holding:
    """An account's position and orders in one contract."""

    __slots__ = ("cost", "inventory", "orders", "reserved")

    def __init__(self) -> None:
        self.inventory = Qty(0)
        self.cost = Money(0)
        self.reserved = Money(0)
        self.orders: dict[VenueOrderId, BookOrder] = {}

    def trade(self, side: Side, price: Price, qty: Qty) -> tuple[Money, Money]:
        """Change the position; returns the cash it brings and the profit it locks in."""
        closing = _closing(self.inventory, side, qty)
        opening = Qty(qty - closing)
        open_price, close_price = _leg_prices(side, price)
        realised = 0
        if closing:
            held = abs(self.inventory)
            # The last contract closed takes whatever cost rounding has left.
            freed = self.cost * closing // held
            self.cost = Money(self.cost - freed)
            realised = notional(close_price, closing) - freed
        paid = notional(open_price, opening)
        self.cost = Money(self.cost + paid)
        self.inventory = Qty(self.inventory + side.sign * qty)
        return Money(notional(close_price, closing) - paid), Money(realised)


_NOTHING = _Holding()


def _revenue(inventory: int, *, side: Side, price: Price, qty: Qty) -> Money:
    closing = _closing(inventory, side, qty)
    open_price, close_price = _leg_prices(side, price)
    return Money(notional(close_price, closing) - notional(open_price, Qty(qty - closing)))


def _closing(inventory: int, side: Side, qty: int) -> Qty:
    """How much of a trade reduces the position."""
    return Qty(min(qty, max(0, -inventory * side.sign)))


def _leg_prices(side: Side, price: Price) -> tuple[Price, Price]:
    """What opening costs and what closing brings: a buyer opens YES and closes NO."""
    other = complement(price)
    return (price, other) if side is Side.BUY else (other, price)


def _collateral(inventory: int, orders: Iterable[tuple[Side, Price, Qty]]) -> int:
    """What resting orders need, summed order by order; the oldest ones reduce the position."""
    cover = {Side.BUY: max(0, -inventory), Side.SELL: max(0, inventory)}
    needed = 0
    for side, price, remaining in orders:
        reducing = min(cover[side], remaining)
        cover[side] -= reducing
        needed += notional(_leg_prices(side, price)[0], Qty(remaining - reducing))
    return needed
