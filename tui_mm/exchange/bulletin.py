"""The exchange's reports on their way out.

Law: the reports of one action are published together, those for the owners of orders before those
for everybody, so that an owner knows its own order before it sees it in the book.
"""

from collections.abc import Sequence

from tui_mm.domain.ids import TradeId
from tui_mm.domain.units import Money, Nanos, Price, Qty
from tui_mm.exchange.orders import AccountId, BookOrder, EndReason
from tui_mm.exchange.reports import Accepted, Changed, Ended, Filled, PrivateReport, Report


class Bulletin:
    """Collects what one action causes and keeps what is published until it is taken."""

    def __init__(self) -> None:
        self._watched: set[AccountId] = set()
        self._private: list[PrivateReport] = []
        self._public: list[Report] = []
        self._published: list[Report] = []

    def watch(self, account: AccountId) -> None:
        """Report to this account what happens to its orders; the others are not listening."""
        self._watched.add(account)

    def accepted(self, order: BookOrder, at: Nanos) -> None:
        """The order was taken."""
        if order.account in self._watched:
            report = Accepted(
                at=at,
                account=order.account,
                order_id=order.id,
                client_order_id=order.client_order_id,
                contract=order.contract,
            )
            self._private.append(report)

    def filled(
        self,
        order: BookOrder,
        trade_id: TradeId,
        *,
        price: Price,
        qty: Qty,
        fee: Money,
        is_maker: bool,
        position_after: Qty,
        at: Nanos,
    ) -> None:
        """The order traded."""
        if order.account in self._watched:
            report = Filled(
                at=at,
                account=order.account,
                order_id=order.id,
                client_order_id=order.client_order_id,
                contract=order.contract,
                trade_id=trade_id,
                side=order.side,
                price=price,
                qty=qty,
                fee=fee,
                is_maker=is_maker,
                position_after=position_after,
            )
            self._private.append(report)

    def ended(self, order: BookOrder, reason: EndReason, at: Nanos) -> None:
        """The order left with something unfilled."""
        if order.account in self._watched:
            report = Ended(
                at=at,
                account=order.account,
                order_id=order.id,
                client_order_id=order.client_order_id,
                contract=order.contract,
                reason=reason,
            )
            self._private.append(report)

    def changed(self, order: BookOrder, remaining: Qty, at: Nanos) -> None:
        """The order was decreased or amended, and has so much left before what is told next."""
        if order.account in self._watched:
            report = Changed(
                at=at,
                account=order.account,
                order_id=order.id,
                client_order_id=order.client_order_id,
                contract=order.contract,
                price=order.price,
                remaining=remaining,
            )
            self._private.append(report)

    def show(self, reports: Sequence[Report]) -> None:
        """Everybody sees these when the action is published."""
        self._public.extend(reports)

    def publish(self) -> None:
        """The action is complete."""
        self._published.extend(self._private)
        self._published.extend(self._public)
        self._private.clear()
        self._public.clear()

    def take(self) -> list[Report]:
        """What was published since the last call, in order."""
        taken, self._published = self._published, []
        return taken
