"""The exchange as its members see it: accounts, contracts, and orders in them.

Every action takes the time and first lets everything happen that was due by then: expiries, closes
and settlements. An action that is refused has changed nothing. Reports pile up until they are
taken.
"""

from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import Contract, ContractStatus, EventGroup
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueOrderId
from tui_mm.domain.units import Money, Nanos, Price, Qty
from tui_mm.exchange.accounts import Account, Statement
from tui_mm.exchange.bulletin import Bulletin
from tui_mm.exchange.floor import Floor, Listing
from tui_mm.exchange.ledger import Ledger
from tui_mm.exchange.listings import Listings
from tui_mm.exchange.matching import MatchingBook, Plan
from tui_mm.exchange.orders import (
    AccountId,
    BookOrder,
    EndReason,
    NewOrder,
    OrderRefused,
    Receipt,
    RefusalCode,
)
from tui_mm.exchange.reports import Report


class Exchange:
    """All contracts, accounts and orders; the one door to them."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._bulletin = Bulletin()
        self._floor = Floor(self._ledger, self._bulletin)
        self._listings = Listings(self._floor, self._ledger, self._bulletin)
        self._orders_count = 0

    def next_at(self) -> Nanos | None:
        """When something will happen here without anybody asking."""
        moments = [at for at in (self._listings.next_at, self._floor.next_at) if at is not None]
        return min(moments, default=None)

    def advance(self, now: Nanos) -> None:
        """Let everything happen that is due, in order of time."""
        due = self.next_at()
        while due is not None and due <= now:
            # At the same moment a close comes before an expiry: after it nothing changes an order.
            if due == self._listings.next_at:
                self._listings.live_on()
            else:
                self._floor.expire_next()
            due = self.next_at()

    def take_reports(self) -> list[Report]:
        """What has happened since the last call, in order."""
        return self._bulletin.take()

    def open_account(self, account: AccountId, cash: Money, *, is_watched: bool) -> None:
        """Let a trader in with this much cash; only watched accounts get private reports."""
        self._ledger.open(account, cash)
        if is_watched:
            self._bulletin.watch(account)

    def statement(self, account: AccountId) -> Statement:
        """The account as it stands, to the last micro-dollar."""
        return self._ledger.account(account).statement()

    def imbalance(self) -> Money:
        """Money that came from nowhere (or, negative, vanished): always zero."""
        return self._ledger.imbalance()

    def list_contract(
        self, contract: Contract, group: EventGroup, *, opens_at: Nanos, at: Nanos
    ) -> None:
        """Announce a contract that takes orders from `opens_at` until its close."""
        self.advance(at)
        self._listings.add(contract, group, opens_at=opens_at, at=at)
        self.advance(at)

    def determine(
        self, contract: ContractId, yes_payout: Price, *, pays_at: Nanos, at: Nanos
    ) -> None:
        """Decide a closed contract; positions are paid at `pays_at`."""
        self.advance(at)
        self._listings.determine(contract, yes_payout, pays_at=pays_at, at=at)

    def place(self, account_id: AccountId, new: NewOrder, at: Nanos) -> Receipt:
        """Take an order, match it, and let the rest of it stand in the book if it may.

        Raises:
            OrderRefused: nothing of it happened. Only an accepted order burns its client id.
        """
        self.advance(at)
        account = self._ledger.account(account_id)
        listing = self._listings.open_listing(new.contract)
        _check(listing, price=new.price, qty=new.qty, expires_at=new.expires_at, at=at)
        _check_flags(new)
        if new.client_order_id is not None and new.client_order_id in account.burned:
            raise OrderRefused(RefusalCode.ORDER_ALREADY_EXISTS)
        order = BookOrder(
            id=VenueOrderId(f"o{self._orders_count + 1}"),
            account=account_id,
            client_order_id=new.client_order_id,
            contract=new.contract,
            side=new.side,
            price=new.price,
            qty=new.qty,
            post_only=new.post_only,
            self_trade_prevention=new.self_trade_prevention,
            expires_at=new.expires_at,
            created_at=at,
        )
        plan = listing.book.arrival(order, new.time_in_force)
        _check_funds(account, plan, listing)
        self._orders_count += 1
        if new.client_order_id is not None:
            account.burned.add(new.client_order_id)
        changes = listing.book.execute(plan, at)
        self._bulletin.accepted(order, at)
        self._floor.carry_out(plan, listing, changes, at)
        if plan.rest and new.expires_at is not None:
            self._floor.expire_at(order, new.expires_at)
        return Receipt(order_id=order.id, filled=order.filled, remaining=plan.rest)

    def amend(
        self,
        account_id: AccountId,
        order_id: VenueOrderId,
        *,
        price: Price,
        qty: Qty,
        at: Nanos,
        expires_at: Nanos | None = None,
    ) -> Receipt:
        """Give a resting order another price, total quantity (filled part included) or expiry.

        Another price or a larger quantity loses the place in the queue and may trade at once;
        `expires_at` None keeps the expiry. A quantity equal to what is filled cancels.

        Raises:
            OrderRefused: the order rests as before.
        """
        self.advance(at)
        order = self._own_order(account_id, order_id)
        listing = self._listings.open_listing(order.contract)
        _check(listing, price=price, qty=qty, expires_at=expires_at, at=at)
        filled = order.filled
        if qty < filled:
            raise OrderRefused(RefusalCode.INVALID_AMEND_QTY)
        if qty == filled:
            self._floor.withdraw(order, EndReason.CANCEL, at)
            return Receipt(order_id=order_id, filled=Qty(0), remaining=Qty(0))
        plan = listing.book.amendment(order, price=price, qty=qty)
        _check_funds(self._ledger.account(account_id), plan, listing)
        changes = listing.book.execute_amendment(plan, at)
        # Told before its fills, so it says what they will be taken from.
        self._bulletin.changed(order, Qty(qty - filled), at)
        self._floor.carry_out(plan, listing, changes, at)
        if plan.rest and expires_at is not None:
            self._floor.expire_at(order, expires_at)
        return Receipt(order_id=order_id, filled=Qty(order.filled - filled), remaining=plan.rest)

    def decrease(
        self, account_id: AccountId, order_id: VenueOrderId, *, remaining: Qty, at: Nanos
    ) -> None:
        """Leave only so much of an order, in its place in the queue; zero cancels it.

        Raises:
            OrderRefused: it is done, its contract is not open, or it has no more than that left.
        """
        self.advance(at)
        order = self._own_order(account_id, order_id)
        listing = self._listings.open_listing(order.contract)
        if remaining < 0 or remaining % listing.contract.lot or remaining >= order.remaining:
            raise OrderRefused(RefusalCode.INVALID_ORDER_SIZE)
        if not remaining:
            self._floor.withdraw(order, EndReason.CANCEL, at)
            return
        self._bulletin.show(listing.book.decrease(order, remaining, at))
        self._floor.rest(order, listing)
        self._bulletin.changed(order, remaining, at)
        self._bulletin.publish()

    def cancel(self, account_id: AccountId, order_id: VenueOrderId, at: Nanos) -> None:
        """Stop an order.

        Raises:
            OrderRefused: it is done or unknown, or its contract is not open.
        """
        self.advance(at)
        order = self._own_order(account_id, order_id)
        self._listings.open_listing(order.contract)
        self._floor.withdraw(order, EndReason.CANCEL, at)

    def cancel_all(self, account_id: AccountId, at: Nanos) -> None:
        """Stop every order of an account whose contract is open."""
        self.advance(at)
        for order in self._ledger.account(account_id).orders:
            if self.status(order.contract) is ContractStatus.OPEN:
                self._floor.withdraw(order, EndReason.CANCEL, at)

    def order(self, order_id: VenueOrderId) -> BookOrder | None:
        """A resting order, to be read and never changed; None once it is done."""
        return self._floor.order(order_id)

    def order_named(
        self, account_id: AccountId, client_order_id: ClientOrderId
    ) -> BookOrder | None:
        """The account's resting order with this client id."""
        return self._ledger.account(account_id).order_named(client_order_id)

    def orders(self, account_id: AccountId) -> tuple[BookOrder, ...]:
        """The account's resting orders, in order of arrival."""
        return self._ledger.account(account_id).orders

    def queue_ahead(self, order: BookOrder) -> Qty:
        """Quantity that trades before this order at its price."""
        listing = self._listings.listing(order.contract)
        return listing.book.queue_ahead(order) if listing else Qty(0)

    def book(self, contract: ContractId) -> MatchingBook | None:
        """The book of a listed contract, to be read and never changed; None once it is paid."""
        listing = self._listings.listing(contract)
        return listing.book if listing else None

    def status(self, contract: ContractId) -> ContractStatus:
        """Where a contract is in its life; what is not listed any more has been paid."""
        listing = self._listings.listing(contract)
        return listing.status if listing else ContractStatus.SETTLED

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """Everything listed and not yet paid, in order of listing."""
        return self._listings.contracts

    def _own_order(self, account_id: AccountId, order_id: VenueOrderId) -> BookOrder:
        order = self._floor.order(order_id)
        if order is None or order.account != account_id:
            raise OrderRefused(RefusalCode.NOT_FOUND)
        return order


def _check(
    listing: Listing, *, price: Price, qty: Qty, expires_at: Nanos | None, at: Nanos
) -> None:
    if not listing.contract.grid.has(price):
        raise OrderRefused(RefusalCode.INVALID_PRICE)
    if qty <= 0 or qty % listing.contract.lot:
        raise OrderRefused(RefusalCode.INVALID_ORDER_SIZE)
    if expires_at is not None and expires_at <= at:
        raise OrderRefused(RefusalCode.INVALID_ORDER, "expiration must be in the future")


def _check_flags(new: NewOrder) -> None:
    if new.time_in_force is TimeInForce.GOOD_TILL_CANCELED:
        return
    if new.post_only:
        raise OrderRefused(RefusalCode.INVALID_ORDER, "post only needs good till canceled")
    if new.expires_at is not None:
        raise OrderRefused(RefusalCode.INVALID_ORDER, "expiration needs good till canceled")


def _check_funds(account: Account, plan: Plan, listing: Listing) -> None:
    if not account.can_afford(plan, listing.fees):
        raise OrderRefused(RefusalCode.INSUFFICIENT_BALANCE)
