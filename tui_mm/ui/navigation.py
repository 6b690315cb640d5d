"""Where the trader stands: which screen, which rows pass the filter, which one is selected."""

from dataclasses import dataclass, field
from typing import Final

from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import Price
from tui_mm.engine.snapshot import MarketRow, OrderRow, Snapshot
from tui_mm.ui.format import contract_name
from tui_mm.ui.scene import SCREENS, View
from tui_mm.ui.selection import Selection

_LADDER_SLACK: Final = 400  # four cents: so far the touch may wander before the ladder moves


@dataclass
class Navigation:
    """The trader's place in the newest picture."""

    snapshot: Snapshot | None = None
    view: View = View.MARKETS
    market: Selection[ContractId] = field(default_factory=Selection)
    order: Selection[ClientOrderId] = field(default_factory=Selection)
    filter_text: str = ""
    is_zoomed: bool = False
    fills_skipped: int = 0
    log_skipped: int = 0
    ladder_centre: Price | None = None
    _ladder_of: ContractId | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Take the newest picture; the cursors stay on their rows wherever those went."""
        before = self.snapshot
        self.snapshot = snapshot
        if before is not None:
            self._stay_where_scrolled(before, snapshot)
        self._follow()

    def filter_by(self, text: str) -> None:
        """Show only what has this text in its name; the cursor goes to the first row that has."""
        self.filter_text = text
        self._follow()
        contracts, orders = self._market_keys(), self._order_keys()
        if contracts and self.market.key not in contracts:
            self.go_to(contracts[0])
        if orders and self.order.key not in orders:
            self.order.go_to(orders[0])

    @property
    def markets(self) -> list[MarketRow]:
        """Rows that pass the filter, in the engine's order."""
        rows = self.snapshot.markets if self.snapshot else ()
        return [row for row in rows if self._passes(row.contract, title=row.title)]

    @property
    def orders(self) -> list[OrderRow]:
        """Orders that pass the filter, in the engine's order."""
        rows = self.snapshot.orders if self.snapshot else ()
        return [row for row in rows if self._passes(row.contract, title="")]

    @property
    def selected_market(self) -> MarketRow | None:
        """The row under the cursor; None when it is gone or filtered out."""
        return next((row for row in self.markets if row.contract == self.market.key), None)

    @property
    def selected_order(self) -> OrderRow | None:
        """The order under the cursor; None when it is done."""
        return next((row for row in self.orders if row.client_order_id == self.order.key), None)

    @property
    def target_markets(self) -> list[MarketRow]:
        """What a key for markets acts on: the marked rows that are shown, or the selected one."""
        if self.view is View.DETAIL:
            row = self.selected_market
            return [] if row is None else [row]
        wanted = self.market.targets(self._market_keys())
        return [row for row in self.markets if row.contract in wanted]

    @property
    def target_orders(self) -> tuple[ClientOrderId, ...]:
        """What a key for orders acts on; from a market, all orders in it."""
        if self.view is View.ORDERS:
            return self.order.targets(self._order_keys())
        contracts = {row.contract for row in self.target_markets}
        orders = self.snapshot.orders if self.snapshot else ()
        return tuple(row.client_order_id for row in orders if row.contract in contracts)

    @property
    def marks(self) -> int:
        """How many rows of this screen are marked."""
        return len(self.order.marked if self.view is View.ORDERS else self.market.marked)

    def toggle_mark(self) -> None:
        """Mark the row under the cursor and go on to the next."""
        if self.view is View.ORDERS:
            self.order.toggle_mark()
        else:
            self.market.toggle_mark()
        self.move(1)

    def clear_marks(self) -> None:
        """Mark nothing on any screen."""
        self.market.clear_marks()
        self.order.clear_marks()

    def turn(self, by: int) -> None:
        """Go to the next or the previous screen; the kill screen is one of them after a kill."""
        ring = list(SCREENS)
        if self.snapshot is not None and self.snapshot.kill is not None:
            ring.append(View.KILL)
        here = ring.index(self.view) if self.view in ring else 0
        self.view = ring[(here + by) % len(ring)]

    def move(self, by: int) -> None:
        """Move the cursor, or scroll where there is none."""
        match self.view:
            case View.MARKETS | View.DETAIL:
                self.market.move(self._market_keys(), by=by)
                self._centre_ladder()
            case View.ORDERS:
                self.order.move(self._order_keys(), by=by)
            case View.FILLS:
                fills = len(self.snapshot.fills) if self.snapshot else 0
                self.fills_skipped = max(0, min(fills - 1, self.fills_skipped + by))
            case View.LOG:
                lines = len(self.snapshot.log) if self.snapshot else 0
                self.log_skipped = max(0, min(lines - 1, self.log_skipped - by))
            case _:
                pass

    def go_to(self, contract: ContractId) -> None:
        """Put the cursor on this market."""
        self.market.go_to(contract)
        self._centre_ladder()

    def open_selected(self) -> None:
        """Open the market under the cursor, or the one the order under the cursor is in."""
        order = self.selected_order
        if self.view is View.ORDERS and order is not None:
            self.go_to(order.contract)
            self.view = View.DETAIL
        elif self.view is View.MARKETS and self.selected_market is not None:
            self.view = View.DETAIL

    def _follow(self) -> None:
        self.market.follow(self._market_keys())
        self.order.follow(self._order_keys())
        self._centre_ladder()

    def _stay_where_scrolled(self, before: Snapshot, after: Snapshot) -> None:
        """Lines that were scrolled to stay in place when newer ones arrive."""
        if self.log_skipped:
            newest = max((line.seq for line in before.log), default=0)
            self.log_skipped += sum(line.seq > newest for line in after.log)
        if self.fills_skipped:
            newest = max((fill.seq for fill in before.fills), default=0)
            self.fills_skipped += sum(fill.seq > newest for fill in after.fills)

    def _market_keys(self) -> list[ContractId]:
        return [row.contract for row in self.markets]

    def _order_keys(self) -> list[ClientOrderId]:
        return [row.client_order_id for row in self.orders]

    def _passes(self, contract: ContractId, *, title: str) -> bool:
        needle = contract_name(ContractId(self.filter_text.upper()))
        return needle in contract_name(contract).upper() or needle in title.upper()

    def _centre_ladder(self) -> None:
        """Keep the ladder's prices where they are until the touch has wandered off."""
        row = self.selected_market
        touch = [at for at in (row.bid, row.ask) if at is not None] if row else []
        if row is None or not touch:
            return
        middle = Price(sum(touch) // len(touch))
        is_other = row.contract != self._ladder_of
        if (
            is_other
            or self.ladder_centre is None
            or abs(middle - self.ladder_centre) > _LADDER_SLACK
        ):
            self.ladder_centre = middle
            self._ladder_of = row.contract
