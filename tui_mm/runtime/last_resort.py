"""Cancels everything when the engine itself has failed, and proves it from the venue's own words.

Nothing here asks the engine: its state cannot be trusted any more.
"""

import asyncio
import time
from typing import Final

from tui_mm.domain.commands import CancelAll, ReadOpenOrders
from tui_mm.domain.events import OpenOrdersRead
from tui_mm.domain.units import SECOND, Nanos
from tui_mm.runtime.clocks import EngineClock
from tui_mm.venues.base import Venue

RESEND_EVERY_S: Final = 0.3
READS_APART: Final = SECOND  # a create that was on its way when we cancelled shows up by then
_POLL_S: Final = 0.02


async def cancel_everything(venue: Venue, clock: EngineClock, *, patience_s: float) -> bool:
    """Cancel until two complete reads, a second apart, show nothing; False when time runs out."""
    deadline = time.monotonic() + patience_s
    next_send = time.monotonic()
    first_empty: Nanos | None = None
    began = clock.now()
    while time.monotonic() < deadline:
        if time.monotonic() >= next_send:
            next_send += RESEND_EVERY_S
            venue.send(CancelAll(), clock.now())
            venue.send(ReadOpenOrders(), clock.now())
        for fact in venue.advance(clock.now()):
            if not isinstance(fact, OpenOrdersRead) or fact.as_of < began:
                continue
            if fact.orders:
                first_empty = None
            elif first_empty is None:
                first_empty = fact.as_of
            elif fact.as_of - first_empty >= READS_APART:
                return True
        await asyncio.sleep(_POLL_S)
    return False
