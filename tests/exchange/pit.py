"""A small exchange with one open contract, to trade on in tests."""

from typing import TypedDict, Unpack

from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import LINEAR_CENT, Contract, EventGroup, Side, TickGrid
from tui_mm.domain.fees import FeeSchedule, FeeType
from tui_mm.domain.ids import ClientOrderId, ContractId, EventGroupId, VenueId
from tui_mm.domain.units import (
    HOUR,
    SECOND,
    Money,
    Nanos,
    Qty,
    money,
    price,
    price_text,
    qty,
    qty_text,
)
from tui_mm.exchange.exchange import Exchange
from tui_mm.exchange.orders import AccountId, NewOrder, Receipt, SelfTradePrevention
from tui_mm.exchange.reports import LevelChanged, PrivateReport, Report

OPENED_AT = Nanos(1_000 * SECOND)
CLOSES_AT = Nanos(OPENED_AT + HOUR)
GROUP = EventGroup(id=EventGroupId("PIT"), title="A pit", is_exclusive=False)
ANN, BOB, CAT = AccountId("ann"), AccountId("bob"), AccountId("cat")
PIT = ContractId("PIT-YES")

FREE = FeeSchedule(fee_type=FeeType.QUADRATIC, multiplier_millionths=0)
DIRECT = FeeSchedule(fee_type=FeeType.QUADRATIC)
WITH_MAKER_FEES = FeeSchedule(fee_type=FeeType.QUADRATIC_WITH_MAKER_FEES)


def contract(
    name: ContractId = PIT, *, grid: TickGrid = LINEAR_CENT, fees: FeeSchedule = DIRECT
) -> Contract:
    """A contract that closes an hour after it opened."""
    return Contract(
        id=name,
        venue=VenueId("pit"),
        group=GROUP.id,
        title="Will it?",
        grid=grid,
        lot=qty("0.01"),
        fees=fees,
        closes_at=CLOSES_AT,
    )


class Flags(TypedDict, total=False):
    """What an order may ask for besides side, size and price."""

    name: str
    post_only: bool
    tif: TimeInForce
    stp: SelfTradePrevention
    expires_at: Nanos


class Pit:
    """Ann, Bob and Cat, watched, each with the same cash, and one contract that is open."""

    def __init__(
        self, *, grid: TickGrid = LINEAR_CENT, fees: FeeSchedule = DIRECT, cash: str = "10000"
    ) -> None:
        self.now = OPENED_AT
        self.exchange = Exchange()
        for trader in (ANN, BOB, CAT):
            self.exchange.open_account(trader, money(cash), is_watched=True)
        self.exchange.list_contract(
            contract(grid=grid, fees=fees), GROUP, opens_at=self.now, at=self.now
        )
        self.exchange.take_reports()

    def buy(self, who: AccountId, size: str, *, at: str, **flags: Unpack[Flags]) -> Receipt:
        """Place a bid for YES."""
        return self._place(who, Side.BUY, size, at, flags)

    def sell(self, who: AccountId, size: str, *, at: str, **flags: Unpack[Flags]) -> Receipt:
        """Place an ask for YES."""
        return self._place(who, Side.SELL, size, at, flags)

    def amend(self, who: AccountId, order: Receipt, *, size: str, at: str) -> Receipt:
        """Amend an order to a price and a total quantity."""
        return self.exchange.amend(who, order.order_id, price=price(at), qty=qty(size), at=self.now)

    def cancel(self, who: AccountId, order: Receipt) -> None:
        """Cancel an order."""
        self.exchange.cancel(who, order.order_id, self.now)

    def levels(self, side: Side) -> str:
        """One side of the book, best first, as "0.4700:10 0.4600:5"."""
        book = self.exchange.book(PIT)
        assert book is not None
        return " ".join(f"{price_text(at)}:{qty_text(size)}" for at, size in book.depth(side))

    @property
    def bids(self) -> str:
        """The bids, best first."""
        return self.levels(Side.BUY)

    @property
    def asks(self) -> str:
        """The asks, best first."""
        return self.levels(Side.SELL)

    def left(self, order: Receipt) -> str:
        """What rests of an order; empty once it is done."""
        resting = self.exchange.order(order.order_id)
        return qty_text(resting.remaining) if resting else ""

    def ahead(self, order: Receipt) -> str:
        """The order's queue position."""
        resting = self.exchange.order(order.order_id)
        assert resting is not None
        return qty_text(self.exchange.queue_ahead(resting))

    def reports(self) -> list[Report]:
        """What was reported since the last look."""
        return self.exchange.take_reports()

    def deltas(self) -> list[str]:
        """Public level changes since the last look, as "buy 0.4700 -10"."""
        return [
            f"{report.side.value} {price_text(report.price)} "
            f"{'+' if report.change > 0 else '-'}{qty_text(Qty(abs(report.change)))}"
            for report in self.reports()
            if isinstance(report, LevelChanged)
        ]

    def private(self, who: AccountId) -> list[PrivateReport]:
        """What one account was told since the last look."""
        reports = self.reports()
        return [r for r in reports if isinstance(r, PrivateReport) and r.account == who]

    def cash(self, who: AccountId) -> Money:
        """An account's cash."""
        return self.exchange.statement(who).cash

    def held(self, who: AccountId) -> Qty:
        """An account's signed position in the contract."""
        positions = self.exchange.statement(who).positions
        return next((held.inventory for held in positions if held.contract == PIT), Qty(0))

    def _place(self, who: AccountId, side: Side, size: str, at: str, flags: Flags) -> Receipt:
        name = flags.get("name")
        order = NewOrder(
            contract=PIT,
            side=side,
            price=price(at),
            qty=qty(size),
            client_order_id=None if name is None else ClientOrderId(name),
            post_only=flags.get("post_only", False),
            time_in_force=flags.get("tif", TimeInForce.GOOD_TILL_CANCELED),
            self_trade_prevention=flags.get("stp", SelfTradePrevention.TAKER_AT_CROSS),
            expires_at=flags.get("expires_at"),
        )
        return self.exchange.place(who, order, self.now)
