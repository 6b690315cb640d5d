"""Cancel everything, and believe it only when the venue has shown it.

Used by the kill switch and by stopping. Cancels are sent again until a complete read, taken after
the last order of ours was gone, shows that nothing rests. There is no time after which it counts
as done without that.
"""

from tui_mm.domain.commands import AnyCommand, CancelAll, CancelOrder, ReadOpenOrders
from tui_mm.domain.events import OpenOrdersRead
from tui_mm.domain.units import MILLISECOND, Nanos
from tui_mm.execution.order_store import OrderStore
from tui_mm.risk.gate import Approved, always

RESEND_EVERY = Nanos(300 * MILLISECOND)


class Sweep:
    """One attempt to have no order anywhere; lasts until it is proven."""

    def __init__(self, orders: OrderStore, *, at: Nanos) -> None:
        self._orders = orders
        self._sent_at = Nanos(at - RESEND_EVERY)
        self._live_seen_at = at
        self._named: set[str] = set()
        self.cancels_confirmed = 0
        self.reads = 0
        self.open_at_venue: int | None = None
        self.proven_at: Nanos | None = None

    @property
    def cancels_sent(self) -> int:
        """How many different orders a cancel was sent for."""
        return len(self._named)

    @property
    def next_at(self) -> Nanos | None:
        """When the next round is due; None once it is proven."""
        return None if self.proven_at is not None else Nanos(self._sent_at + RESEND_EVERY)

    def again(self) -> None:
        """Send the whole round with the next look, whatever was sent before."""
        self._sent_at = Nanos(0)
        self.open_at_venue = None
        self.proven_at = None

    def round(self, now: Nanos) -> list[Approved[AnyCommand]]:
        """The commands that are due now: a cancel for every live order, one for all, and a read."""
        if self.proven_at is not None or now - self._sent_at < RESEND_EVERY:
            return []
        self._sent_at = now
        live = list(self._orders)
        if live:
            self._live_seen_at = now
        self._named.update(order.client_order_id for order in live)
        commands: list[Approved[AnyCommand]] = [
            always(CancelOrder(client_order_id=order.client_order_id)) for order in live
        ]
        if self.open_at_venue != 0:
            commands.append(always(CancelAll()))
        commands.append(always(ReadOpenOrders()))
        return commands

    def confirmed(self, *, at: Nanos) -> None:
        """An order is gone; once the last one is, the proof is asked for at once."""
        self.cancels_confirmed += 1
        self._live_seen_at = at
        if not len(self._orders):
            self._sent_at = Nanos(0)

    def on_read(self, read: OpenOrdersRead, *, now: Nanos) -> bool:
        """Note what the venue showed; True when this has just proven that nothing rests.

        A read from before the last order was gone proves nothing.
        """
        self.reads += 1
        self.open_at_venue = len(read.orders)
        if self.proven_at is not None or read.orders or len(self._orders):
            return False
        if read.as_of < self._live_seen_at:
            self._sent_at = Nanos(0)
            return False
        self.proven_at = now
        return True
