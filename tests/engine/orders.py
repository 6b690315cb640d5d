"""Orders, positions and proposals for tests of the gate, reconciling and the engine."""

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.order import Order, OrderState
from tui_mm.domain.units import CONTRACT, Nanos, Qty, price

A = ContractId("A")


def an_order(
    number: int,
    side: Side,
    at: str,
    contracts: int,
    *,
    filled: int = 0,
    state: OrderState = OrderState.WORKING,
) -> Order:
    """An order of contract A; smaller numbers are older."""
    return Order(
        client_order_id=ClientOrderId(f"r-{number}"),
        contract=A,
        side=side,
        price=price(at),
        qty=Qty(contracts * CONTRACT),
        filled=Qty(filled * CONTRACT),
        sent_at=Nanos(number),
        changed_at=Nanos(number),
        expires_at=Nanos(10**18),
        state=state,
    )
