"""How fast a recording plays, with and without orders of ours in it.

Measures this package alone: reading, decoding, the session, the venue's book, ticker checks and the
fill model. The engine and its strategy are not part of it; with quoting, the time includes a
second book per contract, which whoever quotes must keep.
"""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

from tui_mm.domain.commands import CancelOrder, PlaceOrder
from tui_mm.domain.contract import Side
from tui_mm.domain.events import AnyFact, BookDeltaReceived, BookSnapshotReceived, OrderFilled
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import CONTRACT, DOLLAR_OF_MONEY, HOUR, SECOND, Money, Nanos, Price
from tui_mm.market.book import OrderBook
from tui_mm.replay.venue import ReplayVenue

_REQUOTE_EVERY = SECOND  # as often as a desk moves its quotes in one market
_BEHIND = (0, 100)  # one order at the touch and one a cent behind it, on either side


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """The best of several runs over one recording."""

    frames: int
    orders: int
    fills: int
    nanos_per_frame: int

    @property
    def frames_per_second(self) -> int:
        """Frames played in one second of one core."""
        return SECOND // max(1, self.nanos_per_frame)


def replay_speed(path: Path, *, is_quoting: bool, runs: int = 3) -> BenchResult:
    """Play a recording several times and keep the fastest; quoting adds four orders a market.

    Raises:
        OSError: the file cannot be opened.
    """
    return min(
        (_one_run(path, is_quoting=is_quoting) for _ in range(runs)),
        key=lambda result: result.nanos_per_frame,
    )


def _one_run(path: Path, *, is_quoting: bool) -> BenchResult:
    venue = ReplayVenue(path, cash=Money(1_000 * DOLLAR_OF_MONEY))
    quoter = _Quoter(venue)
    began = perf_counter_ns()
    while (at := venue.next_at()) is not None and not venue.is_over:
        for fact in venue.advance(at):
            if is_quoting:
                quoter.on_fact(fact)
        if is_quoting and at >= quoter.due_at:
            quoter.requote(at)
    took = perf_counter_ns() - began
    frames = venue.report().frames
    venue.close()
    return BenchResult(
        frames=frames,
        orders=quoter.orders,
        fills=quoter.fills,
        nanos_per_frame=took // max(1, frames),
    )


class _Quoter:
    """Keeps orders on the touch and a cent behind it; it only makes work."""

    def __init__(self, venue: ReplayVenue) -> None:
        self._venue = venue
        self._books: dict[ContractId, OrderBook] = {}
        self._live: list[ClientOrderId] = []
        self.due_at = Nanos(0)
        self.orders = 0
        self.fills = 0

    def on_fact(self, fact: AnyFact) -> None:
        """Follow the books, as whoever quotes has to."""
        if type(fact) is BookDeltaReceived:
            self._books[fact.contract].change(fact.side, fact.price, fact.change)
        elif isinstance(fact, BookSnapshotReceived):
            book = self._books.setdefault(fact.contract, OrderBook())
            book.replace(fact.bids, fact.asks)
        elif isinstance(fact, OrderFilled):
            self.fills += 1

    def requote(self, now: Nanos) -> None:
        """Cancel everything and place it again where the touch is now."""
        for client_order_id in self._live:
            self._venue.send(CancelOrder(client_order_id=client_order_id), now)
        self._live.clear()
        for contract, book in self._books.items():
            for side, best in ((Side.BUY, book.best_bid), (Side.SELL, book.best_ask)):
                if best is None:
                    continue
                for behind in _BEHIND:
                    self._place(contract, side, Price(best - side.sign * behind), now)
        self.due_at = Nanos(now + _REQUOTE_EVERY)

    def _place(self, contract: ContractId, side: Side, price: Price, now: Nanos) -> None:
        self.orders += 1
        client_order_id = ClientOrderId(f"bench-{self.orders}")
        self._live.append(client_order_id)
        order = PlaceOrder(
            client_order_id=client_order_id,
            contract=contract,
            side=side,
            price=price,
            qty=CONTRACT,
            post_only=True,
            expires_at=Nanos(now + HOUR),
        )
        self._venue.send(order, now)
