"""What the desk believes about its own orders."""

import pytest

from tests.engine.orders import A
from tui_mm.domain.commands import PlaceOrder
from tui_mm.domain.contract import Side
from tui_mm.domain.errors import IllegalTransition
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.order import OrderState, Trigger
from tui_mm.domain.units import CONTRACT, SECOND, Nanos, Qty, price
from tui_mm.execution.order_store import DONE_KEPT, OrderStore
from tui_mm.execution.rate_budget import RateBudget


def a_place(number: int) -> PlaceOrder:
    """An order that is about to be sent."""
    return PlaceOrder(
        client_order_id=ClientOrderId(f"r-{number}"),
        contract=A,
        side=Side.BUY,
        price=price("0.43"),
        qty=Qty(10 * CONTRACT),
        post_only=True,
        expires_at=Nanos(10),
    )


def test_an_order_is_live_from_the_moment_it_is_sent():
    """Before any answer it may already be resting."""
    store = OrderStore()
    store.add_sent(a_place(1), at=Nanos(0))
    assert [order.state for order in store.live(A)] == [OrderState.SENT]
    assert len(store) == 1


def test_a_finished_order_is_remembered_for_a_late_fill():
    """It leaves the live orders and can still be named."""
    store = OrderStore()
    order = store.add_sent(a_place(1), at=Nanos(0))
    store.change(order, lambda before: before.after(Trigger.REJECTED), at=Nanos(0))
    assert store.live(A) == ()
    assert len(store) == 0
    found = store.find(order.client_order_id)
    assert found is not None
    assert found.state is OrderState.REJECTED


def test_a_fact_that_does_not_fit_leaves_the_order_as_it_was():
    """An anomaly must not become a state."""
    store = OrderStore()
    order = store.add_sent(a_place(1), at=Nanos(0))
    with pytest.raises(IllegalTransition):
        store.change(order, lambda before: before.after(Trigger.CANCEL_REFUSED), at=Nanos(0))
    assert store.live(A) == (order,)


def test_finished_orders_do_not_grow_for_ever():
    """A session of days finishes hundreds of thousands of them."""
    store = OrderStore()
    for number in range(DONE_KEPT + 1):
        order = store.add_sent(a_place(number), at=Nanos(0))
        store.change(order, lambda before: before.after(Trigger.REJECTED), at=Nanos(0))
    assert store.find(ClientOrderId("r-0")) is None
    assert store.find(ClientOrderId(f"r-{DONE_KEPT}")) is not None


def test_messages_are_counted_for_a_second():
    """The one sent exactly a second ago no longer counts."""
    rate = RateBudget()
    rate.count(Nanos(0))
    rate.count(Nanos(SECOND // 2))
    assert rate.in_last_second(Nanos(SECOND - 1)) == 2
    assert rate.in_last_second(SECOND) == 1
