"""Our books against the venue's account, to the last unit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import Money, Price, Qty
from tui_mm.engine.state import EngineState

_Name = TypeVar("_Name", bound=str)


class OpenAtVenue(Protocol):
    """An order as any venue's statement lists it."""

    @property
    def client_order_id(self) -> ClientOrderId | None:
        """Our name for it."""

    @property
    def contract(self) -> ContractId:
        """What it is for."""

    @property
    def side(self) -> Side:
        """Which way it goes, in YES."""

    @property
    def price(self) -> Price:
        """Where it rests."""

    @property
    def remaining(self) -> Qty:
        """What is left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAccount:
    """What a venue's statement says; None for what this venue does not say.

    `inventory` and `cost` have every contract of which something is held, signed YES.
    """

    cash: Money
    fees: Money
    inventory: Mapping[ContractId, int]
    open_orders: Iterable[OpenAtVenue]
    cost: Mapping[ContractId, int] | None = None
    realised: Money | None = None


def ledger_differences(ours: EngineState, theirs: VenueAccount) -> list[str]:
    """What differs, a sentence each; none if cash, fees, positions and open orders are equal."""
    differences: list[str] = []

    def compare(what: str, our: object, their: object) -> None:
        if our != their:
            differences.append(f"{what}: ours {our}, the venue's {their}")

    def compare_each(what: str, our: Mapping[_Name, object], their: Mapping[_Name, object]) -> None:
        for name in sorted(our.keys() | their.keys()):
            compare(f"{what} {name}", our.get(name), their.get(name))

    held = [position for position in ours.ledger if position.inventory]
    compare("cash", ours.ledger.cash, theirs.cash)
    compare("fees", ours.ledger.fees, theirs.fees)
    compare_each("position", {each.contract: each.inventory for each in held}, theirs.inventory)
    if theirs.cost is not None:
        compare_each("cost", {each.contract: each.cost for each in held}, theirs.cost)
    if theirs.realised is not None:
        compare("realised", ours.ledger.realised, theirs.realised)
    compare_each(
        "order",
        {
            order.client_order_id: (order.contract, order.side, order.price, order.remaining)
            for order in ours.orders
        },
        {
            order.client_order_id or ClientOrderId("without a name"): (
                order.contract,
                order.side,
                order.price,
                order.remaining,
            )
            for order in theirs.open_orders
        },
    )
    return differences
