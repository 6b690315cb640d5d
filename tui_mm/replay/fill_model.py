"""When a recorded market would have filled orders that were never in it.

Law: where the recording leaves a choice, the choice that helps us less is taken. Our orders move
nothing: the book stays as recorded. What we took of it is remembered, level by level, and cannot be
taken again before the recording has taken it out as well.

An order joins behind everything displayed at its price. It is filled by trades at its price once
they have used up what is ahead, and at once and whole when the market trades through it: a trade
at a price worse for whoever took it, or the opposite best reaching its price. An order that met
displayed quantity when it came is never filled by the opposite best, which is what it met. A trade
that was over before the order came, by the exchange's own time, is none of its business. What
leaves a level without a trade is taken to leave evenly, so the share that was ahead of us is
rounded down.

A trade and the deltas it caused come on different channels, in either order. A trade that is first
is remembered until its deltas come; a trade that is second takes back the cancels it explains.
"""

from collections.abc import Iterator
from typing import final

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId, ContractId, VenueOrderId
from tui_mm.domain.units import SECOND, Money, Nanos, Price, Qty
from tui_mm.market.book import OrderBook

LOT = 10_000  # a hundredth of a contract: no fill is finer, whatever is left of a queue
_BUY = Side.BUY
_LEVELS_MAX = 9_999  # every price there is
_SAME_ACTION = SECOND  # a print this much later than a delta is about another action


@final
class RestingOrder:
    """One order of ours in the recorded queue; `ahead` is the others' quantity before it.

    `joined_after` is the latest exchange time that was known when it came, and `has_crossed` says
    that it reached the opposite best then.
    """

    __slots__ = (
        "_cancelled",
        "_cancelled_ahead",
        "_cancelled_at",
        "_traded",
        "ahead",
        "client_order_id",
        "contract",
        "expires_at",
        "has_crossed",
        "joined_after",
        "price",
        "remaining",
        "rounding_collected",
        "side",
        "venue_order_id",
    )

    def __init__(
        self,
        *,
        client_order_id: ClientOrderId,
        venue_order_id: VenueOrderId,
        contract: ContractId,
        side: Side,
        price: Price,
        remaining: Qty,
        expires_at: Nanos,
        rounding_collected: Money,
    ) -> None:
        self.client_order_id = client_order_id
        self.venue_order_id = venue_order_id
        self.contract = contract
        self.side = side
        self.price = price
        self.remaining = remaining
        self.expires_at = expires_at
        self.rounding_collected = rounding_collected
        self.ahead = Qty(0)
        self.joined_after = Nanos(0)
        self.has_crossed = False
        self._traded = 0  # printed, its deltas still to come
        self._cancelled = 0  # left the level without a print so far
        self._cancelled_ahead = 0  # how much of that was taken off what is ahead
        self._cancelled_at = Nanos(0)

    def join(self, displayed: Qty, *, after: Nanos, has_crossed: bool) -> None:
        """Stand at the end of the queue."""
        self.ahead = displayed
        self.joined_after = after
        self.has_crossed = has_crossed

    def after_break(self, displayed: Qty) -> None:
        """Meet the level again after a full book: never further back than its end."""
        self.ahead = min(self.ahead, displayed)
        self._traded = self._cancelled = self._cancelled_ahead = 0

    def on_decrease(self, *, before: Qty, taken: int, at: Nanos) -> None:
        """Others' quantity at our price fell."""
        explained = min(taken, self._traded)
        self._traded -= explained
        cancelled = taken - explained
        if cancelled:
            # The traded part stood in front and is no longer ahead, though it was displayed.
            share = cancelled * self.ahead // (before - explained)
            if at - self._cancelled_at > _SAME_ACTION:
                self._cancelled = self._cancelled_ahead = 0
            self._cancelled += cancelled
            self._cancelled_ahead += share
            self._cancelled_at = at
            self.ahead = Qty(self.ahead - share)
        self.ahead = min(self.ahead, Qty(before - taken))

    def on_trade(self, size: Qty, at: Nanos) -> Qty:
        """A trade at our price: what of it reaches us."""
        if abs(at - self._cancelled_at) > _SAME_ACTION:
            self._cancelled = self._cancelled_ahead = 0
        seen = min(size, self._cancelled)
        if seen:
            given_back = -(-self._cancelled_ahead * seen // self._cancelled)
            self._cancelled -= seen
            self._cancelled_ahead -= given_back
            self.ahead = Qty(self.ahead + given_back)
        self._traded += size - seen
        reaching = max(0, size - self.ahead) // LOT * LOT
        self.ahead = Qty(max(0, self.ahead - size))
        return Qty(min(reaching, self.remaining))


@final
class Queues:
    """Our resting orders of one contract, in order of arrival, and what we took of its book.

    `taken` is the displayed quantity that is ours already, by level.
    """

    def __init__(self) -> None:
        self.orders: dict[ClientOrderId, RestingOrder] = {}
        self.taken: dict[tuple[Side, Price], int] = {}

    def add(self, order: RestingOrder, book: OrderBook, *, after: Nanos) -> None:
        """Rest an order behind what is displayed; exchange times up to `after` are over for it."""
        displayed = book.quantity(order.side, order.price)
        has_crossed = reaches(book, order.side, order.price)
        order.join(displayed, after=after, has_crossed=has_crossed)
        self.orders[order.client_order_id] = order

    def to_take(
        self, book: OrderBook, side: Side, price: Price, size: Qty
    ) -> list[tuple[Price, Qty]]:
        """What a new order would trade with, best first, no more than it asks for."""
        found: list[tuple[Price, Qty]] = []
        left: int = size
        if not reaches(book, side, price):
            return found
        for at, displayed in book.levels(side.opposite, _LEVELS_MAX):
            is_reached = at <= price if side is _BUY else at >= price
            if not is_reached or not left:
                break
            taken = min(left, displayed - self.taken.get((side.opposite, at), 0))
            if taken > 0:
                found.append((at, Qty(taken)))
                left -= taken
        return found

    def take(self, side: Side, price: Price, size: Qty) -> None:
        """We traded with so much of what is displayed."""
        self.taken[side, price] = self.taken.get((side, price), 0) + size

    def on_decrease(self, side: Side, price: Price, *, before: Qty, taken: int, at: Nanos) -> None:
        """Others' quantity at a level fell."""
        if self.taken:
            self._leave_at_most(side, price, before - taken)
        for order in self.orders.values():
            if order.side is side and order.price == price:
                order.on_decrease(before=before, taken=taken, at=at)

    def after_break(self, book: OrderBook) -> None:
        """A full book came: see where everything stands."""
        for side, price in tuple(self.taken):
            self._leave_at_most(side, price, book.quantity(side, price))
        for order in self.orders.values():
            order.after_break(book.quantity(order.side, order.price))

    def filled_by_trade(
        self, price: Price, size: Qty, taker_side: Side | None, at: Nanos
    ) -> Iterator[tuple[RestingOrder, Qty, bool]]:
        """Which of ours a trade fills, how much of each, and whether it went through our price.

        A trade at our price is ours to share in unless it is known that the taker was on our own
        side. Our orders share one trade: what the first takes, the next does not get.
        """
        left = size
        for order in tuple(self.orders.values()):
            if at <= order.joined_after:
                continue
            is_through = price < order.price if order.side is _BUY else price > order.price
            if is_through:
                yield order, order.remaining, True
            elif price == order.price and taker_side is not order.side and left:
                taken = order.on_trade(left, at)
                if taken:
                    left = Qty(left - taken)
                    yield order, taken, False

    def filled_by_touch(self, book: OrderBook) -> Iterator[RestingOrder]:
        """Which of ours the opposite best has reached; all that is left of them is filled."""
        for order in tuple(self.orders.values()):
            if not order.has_crossed and reaches(book, order.side, order.price):
                yield order

    def _leave_at_most(self, side: Side, price: Price, displayed: int) -> None:
        taken = self.taken.get((side, price))
        if taken is None:
            return
        if displayed > 0:
            self.taken[side, price] = min(taken, displayed)
        else:
            del self.taken[side, price]


def reaches(book: OrderBook, side: Side, price: Price) -> bool:
    """True when an order at this price would meet the opposite best."""
    if side is _BUY:
        return book.best_ask is not None and price >= book.best_ask
    return book.best_bid is not None and price <= book.best_bid
