"""Wanted quotes and live orders in, the fewest commands out.

An order at a wanted price is kept, because replacing it would give up its place in the queue: too
much of it is taken off the youngest order, too little is topped up with one more order. Orders
whose cancel is on its way, or whose outcome is unknown, are left to their facts.
"""

from collections.abc import Callable, Sequence

from tui_mm.domain.commands import CancelOrder, DecreaseOrder, PlaceOrder
from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.order import Order, OrderState
from tui_mm.domain.quote import Quote, QuoteSet
from tui_mm.domain.units import Nanos, Qty

ORDERS_PER_LEVEL_MAX = 4  # beyond this the youngest, with the worst place, is replaced by a larger

QuoteCommand = CancelOrder | DecreaseOrder | PlaceOrder


def reconcile(
    wanted: QuoteSet,
    live: Sequence[Order],
    *,
    next_id: Callable[[], ClientOrderId],
    expires_at: Nanos,
) -> list[QuoteCommand]:
    """Return cancels first, then decreases, then placements.

    Args:
        live: live orders of the contract, oldest first.
        expires_at: when new orders are to end by themselves.
    """
    cancels: list[QuoteCommand] = []
    decreases: list[QuoteCommand] = []
    places: list[QuoteCommand] = []
    for side, quote in ((Side.BUY, wanted.bid), (Side.SELL, wanted.ask)):
        ours = [order for order in live if order.side is side and _is_settled(order)]
        kept = [order for order in ours if quote is not None and order.price == quote.price]
        cancels += [_cancel(order) for order in ours if order not in kept]
        if quote is None:
            continue
        surplus = sum(order.remaining for order in kept) - quote.qty
        if surplus > 0:
            _take_off(kept, surplus, cancels, decreases)
        elif surplus < 0:
            shortfall = Qty(-surplus)
            if len(kept) >= ORDERS_PER_LEVEL_MAX:
                cancels.append(_cancel(kept[-1]))
                shortfall = Qty(shortfall + kept[-1].remaining)
            places.append(_place(wanted, quote, shortfall, next_id(), expires_at))
    return cancels + decreases + places


def _is_settled(order: Order) -> bool:
    return order.state in (OrderState.SENT, OrderState.WORKING)


def _take_off(
    kept: Sequence[Order],
    surplus: int,
    cancels: list[QuoteCommand],
    decreases: list[QuoteCommand],
) -> None:
    for order in reversed(kept):
        if surplus <= 0:
            return
        if order.remaining <= surplus:
            cancels.append(_cancel(order))
            surplus -= order.remaining
        elif order.state is OrderState.WORKING:
            left = Qty(order.remaining - surplus)
            decreases.append(DecreaseOrder(client_order_id=order.client_order_id, remaining=left))
            return
        else:
            # Not acknowledged yet: it cannot be decreased, and will be looked at again.
            return


def _cancel(order: Order) -> CancelOrder:
    return CancelOrder(client_order_id=order.client_order_id)


def _place(
    wanted: QuoteSet, quote: Quote, size: Qty, name: ClientOrderId, expires_at: Nanos
) -> PlaceOrder:
    return PlaceOrder(
        client_order_id=name,
        contract=wanted.contract,
        side=quote.side,
        price=quote.price,
        qty=size,
        post_only=True,
        expires_at=expires_at,
    )
