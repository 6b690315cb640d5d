"""The fewest commands from what rests to what is wanted, and no queue place given up."""

from collections.abc import Sequence
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.orders import A, an_order
from tui_mm.domain.commands import CancelOrder, DecreaseOrder, PlaceOrder
from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.order import Order, OrderState
from tui_mm.domain.quote import Quote, QuoteSet
from tui_mm.domain.units import CONTRACT, Nanos, Qty, price
from tui_mm.execution.reconcile import QuoteCommand, reconcile


def wanting(bid: tuple[str, int] | None, ask: tuple[str, int] | None) -> QuoteSet:
    """A quote set of these prices and contracts."""
    return QuoteSet(
        contract=A,
        bid=None if bid is None else Quote(Side.BUY, price(bid[0]), Qty(bid[1] * CONTRACT)),
        ask=None if ask is None else Quote(Side.SELL, price(ask[0]), Qty(ask[1] * CONTRACT)),
    )


def commands(wanted: QuoteSet, live: Sequence[Order]) -> list[QuoteCommand]:
    """What reconciling sends, with new orders named n-1, n-2, ..."""
    numbers = count(1)
    return reconcile(
        wanted,
        live,
        next_id=lambda: ClientOrderId(f"n-{next(numbers)}"),
        expires_at=Nanos(10),
    )


def test_what_already_rests_as_wanted_is_left_alone():
    """No command at all: the place in the queue is worth money."""
    live = [an_order(1, Side.BUY, "0.43", 10), an_order(2, Side.SELL, "0.47", 10)]
    assert commands(wanting(("0.43", 10), ("0.47", 10)), live) == []


def test_an_order_on_its_way_counts_as_resting():
    """An unanswered create is not sent a second time."""
    live = [an_order(1, Side.BUY, "0.43", 10, state=OrderState.SENT)]
    assert commands(wanting(("0.43", 10), None), live) == []


def test_a_smaller_size_decreases_in_place():
    """Cutting the youngest order keeps every queue place."""
    live = [an_order(1, Side.BUY, "0.43", 6), an_order(2, Side.BUY, "0.43", 6)]
    sent = commands(wanting(("0.43", 8), None), live)
    assert sent == [DecreaseOrder(client_order_id=ClientOrderId("r-2"), remaining=Qty(2_000_000))]


def test_a_larger_size_adds_an_order_and_keeps_the_first():
    """The old order keeps its place, the new one only brings the difference."""
    live = [an_order(1, Side.BUY, "0.43", 10)]
    sent = commands(wanting(("0.43", 15), None), live)
    assert [(type(command), getattr(command, "qty", None)) for command in sent] == [
        (PlaceOrder, 5 * CONTRACT)
    ]


def test_a_new_price_cancels_and_places():
    """Cancels go first: their collateral is what the new quote will use."""
    live = [an_order(1, Side.BUY, "0.43", 10)]
    sent = commands(wanting(("0.44", 10), None), live)
    assert [type(command) for command in sent] == [CancelOrder, PlaceOrder]


def test_a_pulled_side_is_canceled_and_nothing_else():
    """The other side stays where it is."""
    live = [an_order(1, Side.BUY, "0.43", 10), an_order(2, Side.SELL, "0.47", 10)]
    sent = commands(wanting(None, ("0.47", 10)), live)
    assert sent == [CancelOrder(client_order_id=ClientOrderId("r-1"))]


def test_a_part_filled_order_is_topped_up():
    """What was bought is asked for again."""
    live = [an_order(1, Side.BUY, "0.43", 10, filled=4)]
    (sent,) = commands(wanting(("0.43", 10), None), live)
    assert isinstance(sent, PlaceOrder)
    assert sent.qty == 4 * CONTRACT


def test_top_ups_do_not_pile_up():
    """The fifth order of a level replaces the youngest instead of joining it."""
    live = [an_order(n, Side.BUY, "0.43", 2) for n in range(1, 5)]
    sent = commands(wanting(("0.43", 10), None), live)
    assert sent[0] == CancelOrder(client_order_id=ClientOrderId("r-4"))
    assert isinstance(sent[1], PlaceOrder)
    assert sent[1].qty == 4 * CONTRACT


def test_an_order_whose_cancel_is_on_its_way_is_left_to_its_facts():
    """It is neither cancelled again nor counted as wanted."""
    live = [an_order(1, Side.BUY, "0.43", 10, state=OrderState.CANCELING)]
    sent = commands(wanting(("0.43", 10), None), live)
    assert [type(command) for command in sent] == [PlaceOrder]


QUOTES = st.none() | st.tuples(st.sampled_from(("0.42", "0.43", "0.44")), st.integers(1, 20))
ORDERS = st.lists(
    st.tuples(
        st.sampled_from(list(Side)), st.sampled_from(("0.42", "0.43", "0.44")), st.integers(1, 12)
    ),
    max_size=6,
)


@given(QUOTES, QUOTES, ORDERS)
def test_once_obeyed_the_commands_leave_exactly_what_is_wanted(
    bid: tuple[str, int] | None,
    ask: tuple[str, int] | None,
    resting: list[tuple[Side, str, int]],
):
    """Apply them to the live orders: each side holds its quote and nothing besides, and a second
    look sends nothing."""
    live = [an_order(n, side, at, size) for n, (side, at, size) in enumerate(resting)]
    wanted = wanting(bid, ask)
    sent = commands(wanted, live)
    left = {order.client_order_id: order for order in live}
    kinds = [type(command) for command in sent]
    assert kinds == sorted(kinds, key=[CancelOrder, DecreaseOrder, PlaceOrder].index)
    for number, command in enumerate(sent):
        match command:
            case CancelOrder():
                del left[command.client_order_id]
            case DecreaseOrder():
                before = left[command.client_order_id]
                left[command.client_order_id] = before.decreased_to(command.remaining)
            case PlaceOrder():
                text = f"{command.price // 100 / 100:.2f}"
                new = an_order(100 + number, command.side, text, 1).decreased_to(command.qty)
                left[ClientOrderId(f"new-{number}")] = new
    for side, quote in ((Side.BUY, wanted.bid), (Side.SELL, wanted.ask)):
        ours = [order for order in left.values() if order.side is side]
        assert sum(order.remaining for order in ours) == (0 if quote is None else quote.qty)
        assert all(quote is not None and order.price == quote.price for order in ours)
    assert commands(wanted, list(left.values())) == []
