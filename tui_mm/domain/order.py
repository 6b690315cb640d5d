"""Orders and the one table that says how an order may change state.

Rule 1: every transition is a row of TRANSITIONS; no other module assigns a state.
Rule 2: the table speaks of facts (what happened), never of wishes (what we asked), except for
CANCEL_SENT: our own sending is a fact too.
"""

from dataclasses import dataclass, replace
from enum import Enum

from tui_mm.domain.contract import Side
from tui_mm.domain.errors import IllegalTransition
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueOrderId
from tui_mm.domain.units import Nanos, Price, Qty, qty_text


class OrderState(Enum):
    """Where one order of ours stands, as far as we know."""

    SENT = "sent"
    WORKING = "working"
    CANCELING = "canceling"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"

    @property
    def is_live(self) -> bool:
        """True while a fill could still arrive."""
        return self in _LIVE


class Trigger(Enum):
    """What happened to an order."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PART_FILLED = "part_filled"
    LAST_FILLED = "last_filled"
    CANCEL_SENT = "cancel_sent"
    CANCEL_REFUSED = "cancel_refused"
    CANCEL_TOO_EARLY = "cancel_too_early"
    CANCELED = "canceled"
    LOST = "lost"


_LIVE = frozenset({OrderState.SENT, OrderState.WORKING, OrderState.CANCELING, OrderState.UNKNOWN})

_S, _T = OrderState, Trigger

TRANSITIONS: dict[tuple[OrderState, Trigger], OrderState] = {
    (_S.SENT, _T.ACCEPTED): _S.WORKING,
    (_S.SENT, _T.REJECTED): _S.REJECTED,
    (_S.SENT, _T.PART_FILLED): _S.WORKING,  # the fill outran the acknowledgement
    (_S.SENT, _T.LAST_FILLED): _S.FILLED,
    (_S.SENT, _T.CANCEL_SENT): _S.CANCELING,
    (_S.SENT, _T.LOST): _S.UNKNOWN,
    (_S.WORKING, _T.PART_FILLED): _S.WORKING,
    (_S.WORKING, _T.LAST_FILLED): _S.FILLED,
    (_S.WORKING, _T.CANCEL_SENT): _S.CANCELING,
    (_S.WORKING, _T.CANCELED): _S.CANCELED,  # the venue's doing: close, expiry, self-trade
    (_S.WORKING, _T.LOST): _S.UNKNOWN,
    (_S.CANCELING, _T.ACCEPTED): _S.CANCELING,
    (_S.CANCELING, _T.REJECTED): _S.REJECTED,
    (_S.CANCELING, _T.PART_FILLED): _S.CANCELING,
    (_S.CANCELING, _T.LAST_FILLED): _S.FILLED,
    (_S.CANCELING, _T.CANCEL_SENT): _S.CANCELING,  # a cancel may be repeated until it is proven
    (_S.CANCELING, _T.CANCEL_REFUSED): _S.WORKING,
    # The cancel overtook its order: the venue did not know it yet, and may still take or refuse it.
    (_S.CANCELING, _T.CANCEL_TOO_EARLY): _S.SENT,
    (_S.CANCELING, _T.CANCELED): _S.CANCELED,
    (_S.CANCELING, _T.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _T.ACCEPTED): _S.WORKING,
    (_S.UNKNOWN, _T.REJECTED): _S.REJECTED,
    (_S.UNKNOWN, _T.PART_FILLED): _S.UNKNOWN,
    (_S.UNKNOWN, _T.LAST_FILLED): _S.FILLED,
    (_S.UNKNOWN, _T.CANCEL_SENT): _S.UNKNOWN,
    (_S.UNKNOWN, _T.CANCEL_REFUSED): _S.UNKNOWN,
    (_S.UNKNOWN, _T.CANCELED): _S.CANCELED,
    (_S.UNKNOWN, _T.LOST): _S.UNKNOWN,
    (_S.CANCELED, _T.PART_FILLED): _S.CANCELED,  # late print: book the fill, stay done
    (_S.CANCELED, _T.LAST_FILLED): _S.CANCELED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order of ours, as we believe it stands.

    `qty` is what the order asks for in all (it falls when the order is decreased), `filled` what
    has been executed of it. `changed_at` is when the last fact about it was applied.
    """

    client_order_id: ClientOrderId
    contract: ContractId
    side: Side
    price: Price
    qty: Qty
    sent_at: Nanos
    changed_at: Nanos
    expires_at: Nanos
    filled: Qty = Qty(0)
    state: OrderState = OrderState.SENT
    venue_order_id: VenueOrderId | None = None
    why_done: str = ""

    @property
    def remaining(self) -> Qty:
        """Quantity that could still be filled, were the order live."""
        return Qty(self.qty - self.filled)

    @property
    def is_live(self) -> bool:
        """True while a fill could still arrive; such an order counts in every limit."""
        return self.state.is_live

    def after(self, trigger: Trigger) -> "Order":
        """The order once this has happened to it.

        Raises:
            IllegalTransition: the table has no such row.
        """
        state = TRANSITIONS.get((self.state, trigger))
        if state is None:
            raise IllegalTransition(
                f"order {self.client_order_id}: {trigger.value} cannot happen to an order that "
                f"is {self.state.value}"
            )
        return replace(self, state=state)

    def after_fill(self, size: Qty) -> "Order":
        """The order once one more fill of it is known; cumulative fill never falls.

        Raises:
            IllegalTransition: the fill is more than the order has left, or the order was rejected.
        """
        if size <= 0 or size > self.remaining:
            raise IllegalTransition(
                f"order {self.client_order_id}: a fill of {qty_text(size)} does not fit into the "
                f"{qty_text(self.remaining)} it has left"
            )
        trigger = Trigger.LAST_FILLED if size == self.remaining else Trigger.PART_FILLED
        return replace(self.after(trigger), filled=Qty(self.filled + size))

    def decreased_to(self, remaining: Qty) -> "Order":
        """The order once the venue has left only this much of it resting."""
        return replace(self, qty=Qty(self.filled + remaining))

    def extended_to(self, expires_at: Nanos) -> "Order":
        """The order once the venue lets it rest longer."""
        return replace(self, expires_at=expires_at)

    def with_venue_id(self, venue_order_id: VenueOrderId) -> "Order":
        """The order once the venue has named it."""
        return replace(self, venue_order_id=venue_order_id)

    def with_why(self, why: str) -> "Order":
        """The order with the reason it ended."""
        return replace(self, why_done=why)
