"""One table says how an order may change, and every cell of it is decided."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.contract import Side
from tui_mm.domain.errors import IllegalTransition
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.order import TRANSITIONS, Order, OrderState, Trigger
from tui_mm.domain.units import CONTRACT, Nanos, Price, Qty


def an_order(state: OrderState = OrderState.SENT, *, contracts: int = 10) -> Order:
    """An order in any state."""
    return Order(
        client_order_id=ClientOrderId("r-1"),
        contract=ContractId("A"),
        side=Side.BUY,
        price=Price(4_700),
        qty=Qty(contracts * CONTRACT),
        sent_at=Nanos(0),
        changed_at=Nanos(0),
        expires_at=Nanos(1),
        state=state,
    )


@pytest.mark.parametrize(("state", "trigger"), list(product(OrderState, Trigger)))
def test_every_pair_is_a_row_or_raises(state: OrderState, trigger: Trigger):
    """Nothing between a row and an exception that names order, trigger and state."""
    if (state, trigger) in TRANSITIONS:
        assert an_order(state).after(trigger).state is TRANSITIONS[state, trigger]
        return
    with pytest.raises(IllegalTransition, match=rf"r-1.*{trigger.value}.*{state.value}"):
        an_order(state).after(trigger)


def test_done_orders_never_come_back():
    """No row leads from a finished state to a live one."""
    for (state, _), becomes in TRANSITIONS.items():
        assert state.is_live or not becomes.is_live


def test_every_live_order_can_lose_its_answer():
    """Whatever we are waiting for, the answer may never come."""
    for state in OrderState:
        if state.is_live:
            assert TRANSITIONS[state, Trigger.LOST] is OrderState.UNKNOWN


@given(st.lists(st.integers(1, 5), max_size=8))
def test_filled_quantity_only_grows_and_never_exceeds_the_order(sizes: list[int]):
    """Cumulative fill is monotone, and the last one finishes the order."""
    order = an_order()
    for contracts in sizes:
        size = Qty(contracts * CONTRACT)
        if size > order.remaining or not order.is_live:
            with pytest.raises(IllegalTransition):
                order.after_fill(size)
            continue
        grown = order.after_fill(size)
        assert grown.filled == order.filled + size
        order = grown
    assert (order.remaining == 0) == (order.state is OrderState.FILLED)


def test_a_late_print_is_booked_on_a_canceled_order():
    """The cancel won on the wire and lost at the venue: the fill counts, the order stays done."""
    late = an_order(OrderState.CANCELED).after_fill(Qty(3 * CONTRACT))
    assert late.state is OrderState.CANCELED
    assert late.filled == 3 * CONTRACT
