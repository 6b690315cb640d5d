"""Our orders in a recorded market, and what the venue would have answered about them.

Law: every answer is a fact returned to the caller, in the order in which it happened, and what is
filled here is booked here, once. An order rests, or it is done; there is nothing between.
"""

from typing import final

from tui_mm.domain.commands import DecreaseOrder, ExtendOrder, PlaceOrder, TimeInForce
from tui_mm.domain.contract import Contract
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    CancelRefused,
    OpenOrder,
    OrderAccepted,
    OrderCanceled,
    OrderDecreased,
    OrderExtended,
    OrderFilled,
    OrderRejected,
    TradePrinted,
)
from tui_mm.domain.fees import FeeSchedule, fill_charge
from tui_mm.domain.ids import ClientOrderId, TradeId, VenueOrderId
from tui_mm.domain.units import Money, Nanos, Price, Qty, notional
from tui_mm.replay.checks import RecordedBook
from tui_mm.replay.fill_model import Queues, RestingOrder, reaches
from tui_mm.replay.ledger import AccountStatement, Ledger

_IMMEDIATE = (TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL)


@final
class RecordedMarket:
    """One contract of the recording: its book, our orders in it, and whether it trades."""

    __slots__ = ("contract", "is_open", "queues", "recorded")

    def __init__(self, contract: Contract, recorded: RecordedBook) -> None:
        self.contract = contract
        self.is_open = True
        self.recorded = recorded
        self.queues = Queues()


@final
class OrderDesk:
    """Takes our commands once they have arrived, and fills our orders as the market moves.

    `filled_through` is what was filled because the market traded through our price, on the word of
    the model that it would have met us first; `filled_in_queue` what trades at our price left us.
    """

    def __init__(self, cash: Money) -> None:
        self._ledger = Ledger(cash)
        self._market_of: dict[ClientOrderId, RecordedMarket] = {}
        self._orders_seen = 0
        self._fills_seen = 0
        self.filled_through = Qty(0)
        self.filled_in_queue = Qty(0)

    def place(
        self, command: PlaceOrder, market: RecordedMarket | None, now: Nanos
    ) -> list[AnyFact]:
        """Accept or refuse a new order, trade what it crosses, and rest what is left."""
        why = self._refusal(command, market, now)
        if why or market is None:
            return [OrderRejected(client_order_id=command.client_order_id, why=why)]
        self._orders_seen += 1
        order = RestingOrder(
            client_order_id=command.client_order_id,
            venue_order_id=VenueOrderId(f"replay-{self._orders_seen}"),
            contract=command.contract,
            side=command.side,
            price=command.price,
            remaining=command.qty,
            expires_at=command.expires_at,
            rounding_collected=Money(0),
        )
        facts: list[AnyFact] = [
            OrderAccepted(
                client_order_id=order.client_order_id, venue_order_id=order.venue_order_id
            )
        ]
        self._market_of[order.client_order_id] = market
        queues, recorded = market.queues, market.recorded
        queues.add(order, recorded.book, after=recorded.latest_at)
        for at, size in queues.to_take(recorded.book, order.side, order.price, order.remaining):
            queues.take(order.side.opposite, at, size)
            facts.append(self._fill(market, order, size, at=at, now=now, is_maker=False))
        if order.remaining and command.time_in_force in _IMMEDIATE:
            facts.append(self._done(order, "the rest could not be filled at once"))
        return facts

    def cancel(self, client_order_id: ClientOrderId) -> AnyFact:
        """Stop an order, or say that it does not rest."""
        order = self._find(client_order_id)
        if order is None:
            return CancelRefused(client_order_id=client_order_id, why="no such order rests")
        return self._done(order, "cancelled")

    def cancel_all(self, why: str, market: RecordedMarket | None = None) -> list[AnyFact]:
        """Stop every order, or every order of one market."""
        ids = tuple(self._market_of) if market is None else tuple(market.queues.orders)
        orders = [order for each in ids if (order := self._find(each)) is not None]
        return [self._done(order, why) for order in orders]

    def expire(self, client_order_id: ClientOrderId, now: Nanos) -> list[AnyFact]:
        """End an order whose time is over; one that is done already stays as it ended."""
        order = self._find(client_order_id)
        return [] if order is None or order.expires_at > now else [self._done(order, "expired")]

    def decrease(self, command: DecreaseOrder) -> AnyFact:
        """Leave less of an order, in its place in the queue; nothing left is a cancel."""
        order = self._find(command.client_order_id)
        if order is None:
            why = "no such order rests"
        elif command.remaining >= order.remaining:
            why = "there is no more left of it than that"
        elif command.remaining <= 0:
            return self._done(order, "decreased to nothing")
        else:
            order.remaining = command.remaining
            return OrderDecreased(
                client_order_id=command.client_order_id, remaining=command.remaining
            )
        return CancelRefused(client_order_id=command.client_order_id, why=why)

    def extend(self, command: ExtendOrder) -> AnyFact:
        """Let an order end later, in its place in the queue."""
        client_order_id, expires_at = command.client_order_id, command.expires_at
        order = self._find(client_order_id)
        if order is None:
            return CancelRefused(client_order_id=client_order_id, why="no such order rests")
        if expires_at <= order.expires_at:
            why = "it would not end later than it does"
            return CancelRefused(client_order_id=client_order_id, why=why)
        order.expires_at = expires_at
        return OrderExtended(client_order_id=client_order_id, expires_at=expires_at)

    def on_delta(
        self, market: RecordedMarket, fact: BookDeltaReceived, now: Nanos
    ) -> list[AnyFact]:
        """Apply a delta to a book in which we have orders; what it fills."""
        recorded, side, price, change = market.recorded, fact.side, fact.price, fact.change
        if change >= 0:
            has_moved = recorded.on_delta(fact)
        else:
            before = recorded.book.quantity(side, price)
            has_moved = recorded.on_delta(fact)
            market.queues.on_decrease(
                side, price, before=before, taken=-change, at=fact.exchange_at
            )
        return self.on_touch(market, now) if has_moved else []

    def on_touch(self, market: RecordedMarket, now: Nanos) -> list[AnyFact]:
        """What the opposite best fills, wherever it is now."""
        return [
            self._filled_through(market, order, now)
            for order in market.queues.filled_by_touch(market.recorded.book)
        ]

    def on_trade(self, market: RecordedMarket, fact: TradePrinted, now: Nanos) -> list[AnyFact]:
        """What a trade between others would have left for us."""
        market.recorded.heard(fact.exchange_at)
        facts: list[AnyFact] = []
        for order, size, is_through in market.queues.filled_by_trade(
            fact.price, fact.qty, fact.taker_side, fact.exchange_at
        ):
            if is_through:
                facts.append(self._filled_through(market, order, now))
            else:
                self.filled_in_queue = Qty(self.filled_in_queue + size)
                facts.append(
                    self._fill(market, order, size, at=order.price, now=now, is_maker=True)
                )
        return facts

    def settle(self, market: RecordedMarket, yes_payout: Price) -> None:
        """Pay out what we hold of a contract."""
        self._ledger.book_settlement(market.contract.id, yes_payout)

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """What rests, in order of arrival."""
        orders = [order for each in self._market_of if (order := self._find(each)) is not None]
        return tuple(
            OpenOrder(
                client_order_id=order.client_order_id,
                venue_order_id=order.venue_order_id,
                contract=order.contract,
                side=order.side,
                price=order.price,
                remaining=order.remaining,
                queue_ahead=order.ahead,
            )
            for order in orders
        )

    def statement(self) -> AccountStatement:
        """What the account has."""
        return self._ledger.statement(self.open_orders())

    def _refusal(self, command: PlaceOrder, market: RecordedMarket | None, now: Nanos) -> str:
        """Why the venue would not take the order; empty when it would."""
        if market is None:
            return f"{command.contract} is not in the recording so far"
        book, contract = market.recorded.book, market.contract
        is_crossing = reaches(book, command.side, command.price)
        is_immediate = command.time_in_force in _IMMEDIATE
        to_take = market.queues.to_take(book, command.side, command.price, command.qty)
        available = sum(size for _, size in to_take)
        refusals = (
            (command.client_order_id in self._market_of, "the client order id is taken"),
            (not market.is_open, "the market is not open"),
            (not market.recorded.is_trusted, "the recorded book is unknown at this moment"),
            (contract.fees is None, "the fees of the contract are unknown"),
            (not contract.grid.has(command.price), "the price is not on the grid"),
            (command.qty <= 0 or command.qty % contract.lot, "the quantity is not in whole lots"),
            (command.expires_at <= now, "it had expired when it arrived"),
            (command.post_only and is_immediate, "post only cannot be immediate"),
            (command.post_only and is_crossing, "post only cross"),
            (
                command.time_in_force is TimeInForce.FILL_OR_KILL and available < command.qty,
                "fill or kill: not enough rests",
            ),
        )
        return next((why for is_refused, why in refusals if is_refused), "")

    def _find(self, client_order_id: ClientOrderId) -> RestingOrder | None:
        market = self._market_of.get(client_order_id)
        return None if market is None else market.queues.orders[client_order_id]

    def _done(self, order: RestingOrder, why: str) -> AnyFact:
        self._forget(order)
        return OrderCanceled(client_order_id=order.client_order_id, why=why)

    def _forget(self, order: RestingOrder) -> None:
        market = self._market_of.pop(order.client_order_id)
        del market.queues.orders[order.client_order_id]

    def _filled_through(self, market: RecordedMarket, order: RestingOrder, now: Nanos) -> AnyFact:
        size = order.remaining
        self.filled_through = Qty(self.filled_through + size)
        return self._fill(market, order, size, at=order.price, now=now, is_maker=True)

    def _fill(
        self,
        market: RecordedMarket,
        order: RestingOrder,
        size: Qty,
        *,
        at: Price,
        now: Nanos,
        is_maker: bool,
    ) -> AnyFact:
        charge = fill_charge(
            _fees(market.contract),
            at=at,
            size=size,
            is_maker=is_maker,
            revenue=Money(-order.side.sign * notional(at, size)),
            rounding_collected=order.rounding_collected,
        )
        order.rounding_collected = charge.rounding_collected
        order.remaining = Qty(order.remaining - size)
        self._ledger.book_fill(order.contract, side=order.side, at=at, size=size, fee=charge.fee)
        if not order.remaining:
            self._forget(order)
        self._fills_seen += 1
        return OrderFilled(
            trade_id=TradeId(f"replay-{self._fills_seen}"),
            client_order_id=order.client_order_id,
            contract=order.contract,
            side=order.side,
            price=at,
            qty=size,
            fee=charge.fee,
            is_maker=is_maker,
            exchange_at=now,
        )


def _fees(contract: Contract) -> FeeSchedule:
    if contract.fees is None:
        raise AssertionError(f"{contract.id}: an order was accepted without known fees")
    return contract.fees
