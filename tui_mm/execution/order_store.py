"""Every order of ours, as we believe it stands.

Rule: an order changes only by a fact, through the table of domain.order. Finished orders are kept
for a while, because a late fill may still name one, and then forgotten.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace

from tui_mm.domain.commands import PlaceOrder
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.order import Order, OrderState
from tui_mm.domain.units import Nanos

DONE_KEPT = 5_000  # far more than can finish while a print is still on its way


class OrderStore:
    """Orders by our own name for them, and the live ones by contract."""

    def __init__(self) -> None:
        self._live: dict[ContractId, dict[ClientOrderId, Order]] = {}
        self._done: OrderedDict[ClientOrderId, Order] = OrderedDict()
        self._contract_of: dict[ClientOrderId, ContractId] = {}

    def __iter__(self) -> Iterator[Order]:
        """Every live order, by contract and then in the order they were sent."""
        for orders in self._live.values():
            yield from orders.values()

    def __len__(self) -> int:
        """How many orders are live."""
        return len(self._contract_of)

    @property
    def unknown(self) -> int:
        """How many live orders have lost their answer."""
        return sum(order.state is OrderState.UNKNOWN for order in self)

    def live(self, contract: ContractId) -> tuple[Order, ...]:
        """The live orders of a contract, oldest first."""
        return tuple(self._live.get(contract, {}).values())

    def find(self, name: ClientOrderId) -> Order | None:
        """An order live or lately finished; None when it is not ours or long gone."""
        contract = self._contract_of.get(name)
        if contract is None:
            return self._done.get(name)
        return self._live[contract][name]

    def add_sent(self, command: PlaceOrder, *, at: Nanos) -> Order:
        """Know an order from the moment it is sent."""
        order = Order(
            client_order_id=command.client_order_id,
            contract=command.contract,
            side=command.side,
            price=command.price,
            qty=command.qty,
            sent_at=at,
            changed_at=at,
            expires_at=command.expires_at,
        )
        self._keep(order)
        return order

    def change(self, order: Order, becomes: Callable[[Order], Order], *, at: Nanos) -> Order:
        """Replace an order by what a fact has made of it.

        Raises:
            IllegalTransition: the fact does not fit; the order stays as it was.
        """
        changed = replace(becomes(order), changed_at=at)
        self._keep(changed)
        return changed

    def _keep(self, order: Order) -> None:
        name = order.client_order_id
        if order.is_live:
            self._live.setdefault(order.contract, {})[name] = order
            self._contract_of[name] = order.contract
            return
        if self._contract_of.pop(name, None) is not None:
            of_contract = self._live[order.contract]
            del of_contract[name]
            if not of_contract:
                del self._live[order.contract]
        self._done[name] = order
        if len(self._done) > DONE_KEPT:
            self._done.popitem(last=False)
