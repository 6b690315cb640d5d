"""Where orders live: what their execution, end and expiry do to money, books and reports at once.

The books decide who trades with whom; this module makes it true everywhere else. Every public
method here is one whole action or part of one that its caller publishes.
"""

from tui_mm.domain.contract import Contract, ContractStatus
from tui_mm.domain.fees import FeeSchedule
from tui_mm.domain.ids import TradeId, VenueOrderId
from tui_mm.domain.units import Nanos, Price, Qty
from tui_mm.exchange.bulletin import Bulletin
from tui_mm.exchange.ledger import Ledger
from tui_mm.exchange.matching import MatchingBook, Meeting, Plan
from tui_mm.exchange.orders import BookOrder, EndReason
from tui_mm.exchange.reports import LevelChanged, Traded
from tui_mm.exchange.schedule import Schedule

_EXPIRIES_PER_ORDER_MAX = 4  # above this most of them belong to orders that are done
_EXPIRIES_KEPT = 256  # fewer than this are not worth cleaning


class Listing:
    """One contract at the exchange; PAUSED until it opens."""

    def __init__(self, contract: Contract, fees: FeeSchedule) -> None:
        self.contract = contract
        self.fees = fees
        self.book = MatchingBook(contract)
        self.status = ContractStatus.PAUSED


class Floor:
    """Every resting order, with the ledger and the bulletin they act on."""

    def __init__(self, ledger: Ledger, bulletin: Bulletin) -> None:
        self._ledger = ledger
        self._bulletin = bulletin
        self._orders: dict[VenueOrderId, tuple[BookOrder, Listing]] = {}
        self._expiries: Schedule[VenueOrderId] = Schedule()
        self._trades_count = 0

    def order(self, order_id: VenueOrderId) -> BookOrder | None:
        """A resting order; None once it is done."""
        found = self._orders.get(order_id)
        return found[0] if found else None

    def carry_out(
        self, plan: Plan, listing: Listing, changes: list[LevelChanged], at: Nanos
    ) -> None:
        """Book and publish what the book has executed: fills, what ends, what rests."""
        order = plan.order
        trades: list[Traded] = []
        for meeting in plan.meetings:
            if meeting.is_trade:
                trades.append(self._trade(order, meeting, listing, at))
            else:
                self.end(meeting.resting, EndReason.SELF_TRADE, at)
        if plan.rest:
            self.rest(order, listing)
        elif plan.end is not None:
            self.end(order, plan.end, at)
        self._bulletin.show(changes)
        self._bulletin.show(trades)
        self._bulletin.publish()

    def rest(self, order: BookOrder, listing: Listing) -> None:
        """Keep an order that stands in the book now, or stands there differently."""
        self._orders[order.id] = (order, listing)
        self._ledger.account(order.account).rest(order)

    def end(self, order: BookOrder, reason: EndReason, at: Nanos) -> None:
        """Let go of an order that its book does not hold any more."""
        self._ledger.account(order.account).release(order)
        self._forget(order)
        self._bulletin.ended(order, reason, at)

    def withdraw(self, order: BookOrder, reason: EndReason, at: Nanos) -> None:
        """Take a resting order out of its book, end it and publish that."""
        _, listing = self._orders[order.id]
        self._bulletin.show(listing.book.remove(order, at))
        self.end(order, reason, at)
        self._bulletin.publish()

    def expire_at(self, order: BookOrder, expires_at: Nanos) -> None:
        """Withdraw an order at this time if it still rests then."""
        order.expires_at = expires_at
        self._expiries.add(expires_at, order.id)
        # Orders that end before they expire must not pile up until then.
        if len(self._expiries) > _EXPIRIES_PER_ORDER_MAX * len(self._orders) + _EXPIRIES_KEPT:
            self._expiries.keep(lambda order_id: order_id in self._orders)

    @property
    def next_at(self) -> Nanos | None:
        """When an order may expire."""
        return self._expiries.next_at

    def expire_next(self) -> None:
        """Let the order that is due first expire.

        One that is done or was given another expiry is left alone, and so is one whose contract
        has closed: it waits for the sweep.
        """
        at, order_id = self._expiries.pop()
        found = self._orders.get(order_id)
        if found is None:
            return
        order, listing = found
        if order.expires_at == at and listing.status is ContractStatus.OPEN:
            self.withdraw(order, EndReason.EXPIRY, at)

    def _trade(self, taker: BookOrder, meeting: Meeting, listing: Listing, at: Nanos) -> Traded:
        maker = meeting.resting
        self._trades_count += 1
        trade_id = TradeId(f"t{self._trades_count}")
        self._fill(
            taker, trade_id, maker.price, meeting.qty, is_maker=False, listing=listing, at=at
        )
        self._fill(maker, trade_id, maker.price, meeting.qty, is_maker=True, listing=listing, at=at)
        return Traded(
            at=at,
            contract=taker.contract,
            trade_id=trade_id,
            price=maker.price,
            qty=meeting.qty,
            taker_side=taker.side,
        )

    def _fill(
        self,
        order: BookOrder,
        trade_id: TradeId,
        price: Price,
        qty: Qty,
        *,
        is_maker: bool,
        listing: Listing,
        at: Nanos,
    ) -> None:
        fee = self._ledger.book_fill(
            order, price=price, qty=qty, is_maker=is_maker, fees=listing.fees
        )
        if not order.remaining:
            self._forget(order)
        self._bulletin.filled(
            order,
            trade_id,
            price=price,
            qty=qty,
            fee=fee,
            is_maker=is_maker,
            position_after=self._ledger.account(order.account).inventory(order.contract),
            at=at,
        )

    def _forget(self, order: BookOrder) -> None:
        self._orders.pop(order.id, None)
