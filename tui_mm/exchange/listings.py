"""The life of contracts: listed, opened, closed, swept, decided, paid, forgotten.

After the close nobody can touch an order, not even to cancel it; the exchange itself cancels what
rests a moment later. What is paid is forgotten.
"""

from collections.abc import Callable
from functools import partial

from tui_mm.domain.contract import Contract, ContractStatus, EventGroup
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import MILLISECOND, SECOND, Nanos, Price
from tui_mm.exchange.bulletin import Bulletin
from tui_mm.exchange.floor import Floor, Listing
from tui_mm.exchange.ledger import Ledger
from tui_mm.exchange.orders import EndReason, OrderRefused, RefusalCode
from tui_mm.exchange.reports import BookEmptied, Listed, Report, Settled, StatusChanged
from tui_mm.exchange.schedule import Schedule

# A recorded close: orders left the book 0.83 s after close_time, and an empty book was published
# about 5 s after it.
SWEEP_AFTER = Nanos(833 * MILLISECOND)
EMPTY_BOOK_AFTER = Nanos(5 * SECOND)


class Listings:
    """Every contract that is not paid yet, and what will happen to it."""

    def __init__(self, floor: Floor, ledger: Ledger, bulletin: Bulletin) -> None:
        self._floor = floor
        self._ledger = ledger
        self._bulletin = bulletin
        self._listings: dict[ContractId, Listing] = {}
        self._ahead: Schedule[Callable[[Nanos], None]] = Schedule()

    @property
    def next_at(self) -> Nanos | None:
        """When something will happen to a contract."""
        return self._ahead.next_at

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """Everything listed and not yet paid, in order of listing."""
        return tuple(listing.contract for listing in self._listings.values())

    def listing(self, contract: ContractId) -> Listing | None:
        """A contract that is not paid yet."""
        return self._listings.get(contract)

    def open_listing(self, contract: ContractId) -> Listing:
        """A contract that takes orders now.

        Raises:
            OrderRefused: there is none, or it does not.
        """
        listing = self._listings.get(contract)
        if listing is None:
            raise OrderRefused(RefusalCode.NOT_FOUND, "no such contract")
        if listing.status is not ContractStatus.OPEN:
            raise OrderRefused(RefusalCode.MARKET_INACTIVE)
        return listing

    def add(self, contract: Contract, group: EventGroup, *, opens_at: Nanos, at: Nanos) -> None:
        """Announce a contract. Raises ValueError when it is known already or has no fees."""
        if contract.id in self._listings:
            raise ValueError(f"contract {contract.id} is listed already")
        if contract.fees is None:
            raise ValueError(f"contract {contract.id} needs a fee schedule")
        listing = Listing(contract, contract.fees)
        self._listings[contract.id] = listing
        self._publish(Listed(at=at, contract=contract, group=group))
        self._ahead.add(opens_at, partial(self._become, listing, ContractStatus.OPEN))
        self._ahead.add(contract.closes_at, partial(self._close, listing))

    def determine(
        self, contract: ContractId, yes_payout: Price, *, pays_at: Nanos, at: Nanos
    ) -> None:
        """Decide a contract. Raises ValueError unless it is closed and not decided yet."""
        listing = self._listings[contract]
        if listing.status is not ContractStatus.CLOSED:
            raise ValueError(f"contract {contract} is {listing.status.value}, not closed")
        self._become(listing, ContractStatus.DETERMINED, at)
        self._ahead.add(pays_at, partial(self._pay, listing, yes_payout))

    def live_on(self) -> None:
        """Let the first thing that is due happen."""
        at, happen = self._ahead.pop()
        happen(at)

    def _close(self, listing: Listing, at: Nanos) -> None:
        self._become(listing, ContractStatus.CLOSED, at)
        self._ahead.add(Nanos(at + SWEEP_AFTER), partial(self._sweep, listing))
        self._ahead.add(Nanos(at + EMPTY_BOOK_AFTER), partial(self._show_empty, listing))

    def _sweep(self, listing: Listing, at: Nanos) -> None:
        orders, changes = listing.book.sweep(at)
        for order in orders:
            self._floor.end(order, EndReason.CLOSE, at)
        self._bulletin.show(changes)
        self._bulletin.publish()

    def _show_empty(self, listing: Listing, at: Nanos) -> None:
        clock = listing.book.clock
        self._publish(BookEmptied(at=at, contract=listing.contract.id, clock=clock))

    def _pay(self, listing: Listing, yes_payout: Price, at: Nanos) -> None:
        contract = listing.contract
        self._ledger.settle(contract, yes_payout)
        self._become(listing, ContractStatus.SETTLED, at)
        self._publish(Settled(at=at, contract=contract.id, yes_payout=yes_payout))
        del self._listings[contract.id]

    def _become(self, listing: Listing, status: ContractStatus, at: Nanos) -> None:
        listing.status = status
        self._publish(StatusChanged(at=at, contract=listing.contract.id, status=status))

    def _publish(self, report: Report) -> None:
        self._bulletin.show([report])
        self._bulletin.publish()
