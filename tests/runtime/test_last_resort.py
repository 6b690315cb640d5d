"""Cancelling without an engine: only what the venue shows counts."""

from tests.runtime.fakes import START, FakeVenue
from tui_mm.domain.commands import AnyCommand, CancelAll, ReadOpenOrders
from tui_mm.domain.contract import Side
from tui_mm.domain.events import OpenOrder, OpenOrdersRead
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueOrderId
from tui_mm.domain.units import Nanos, Price, Qty
from tui_mm.runtime.clocks import EngineClock
from tui_mm.runtime.last_resort import READS_APART, cancel_everything

RESTING = OpenOrder(
    client_order_id=ClientOrderId("r-1"),
    venue_order_id=VenueOrderId("v-1"),
    contract=ContractId("A"),
    side=Side.BUY,
    price=Price(4_700),
    remaining=Qty(1_000_000),
)


class StubbornVenue(FakeVenue):
    """Shows a resting order in its first reads, however often it is told to cancel."""

    def __init__(self, *, reads_with_order: int) -> None:
        super().__init__(answers_reads=False)
        self._reads_with_order = reads_with_order

    def send(self, command: AnyCommand, now: Nanos) -> None:
        """Answer reads with what it claims to hold."""
        super().send(command, now)
        if isinstance(command, ReadOpenOrders):
            orders = (RESTING,) if self._reads_with_order > 0 else ()
            self._reads_with_order -= 1
            self.coming.append((now, OpenOrdersRead(orders=orders, as_of=now)))


def fast_clock() -> EngineClock:
    """A minute passes in a tenth of a second or so."""
    return EngineClock(start=START, speed=500)


async def test_it_cancels_again_until_nothing_rests():
    """One refusal to die is no reason to give up, and no reason to believe."""
    venue = StubbornVenue(reads_with_order=2)
    assert await cancel_everything(venue, fast_clock(), patience_s=5)
    assert sum(isinstance(sent, CancelAll) for sent in venue.sent) >= 4


async def test_an_order_that_stays_is_never_called_gone():
    """Time that runs out proves nothing."""
    venue = StubbornVenue(reads_with_order=10_000)
    assert not await cancel_everything(venue, fast_clock(), patience_s=0.7)


async def test_one_empty_read_is_not_enough():
    """A create that was on its way when we cancelled shows up a moment later."""
    venue = StubbornVenue(reads_with_order=0)
    slow = EngineClock(start=START, speed=0.01)
    assert READS_APART > 0
    assert not await cancel_everything(venue, slow, patience_s=0.7)
