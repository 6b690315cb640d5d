"""What facts about markets and their books do to the engine's state.

Law: a book that misses anything is worth nothing until its next snapshot, and whatever was quoted
from it is looked at again in the same step.
"""

from collections.abc import Callable
from dataclasses import replace

from tui_mm.domain import events
from tui_mm.domain.commands import AnyCommand, RequestSnapshot
from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.order import Trigger
from tui_mm.domain.units import dollars, price_text, qty_text
from tui_mm.engine.market_state import new_market
from tui_mm.engine.order_facts import OrderFacts
from tui_mm.engine.snapshot import Severity
from tui_mm.engine.state import EngineState
from tui_mm.market.book import NegativeLevel
from tui_mm.risk.gate import Approved, always
from tui_mm.strategy.base import LastTrade

_BUY = Side.BUY  # a class attribute of an enum costs more to read than a global


class FeedFacts:
    """Applies what the feed says.

    Args:
        on_settled: told of each contract that has paid and is forgotten.
    """

    def __init__(
        self,
        state: EngineState,
        order_facts: OrderFacts,
        *,
        on_settled: Callable[[ContractId], None],
    ) -> None:
        self._state = state
        self._order_facts = order_facts
        self._on_settled = on_settled

    def on_delta(self, fact: events.BookDeltaReceived) -> list[Approved[AnyCommand]] | None:
        """A level changed: applied to a trusted book, and the market looked at if it can matter."""
        spoiled = self._state.health.on_delta(
            fact.contract, fact.subscription, fact.seq, self._state.now
        )
        if spoiled:
            return self._distrust(spoiled)
        if fact.contract not in self._state.health.trusted:
            return None
        market = self._state.markets[fact.contract]
        side, price, change = fact.side, fact.price, fact.change
        try:
            market.book.change(side, price, change)
        except NegativeLevel as error:
            self._state.tell(Severity.ALARM, f"{fact.contract}: {error}; waiting for a snapshot")
            self._state.health.on_rejected((fact.contract,))
            return self._distrust((fact.contract,))
        if change < 0 and market.fading:
            market.saw_less(side, price, -change)
        if price >= market.others_bid if side is _BUY else price <= market.others_ask:
            self._state.touch(market)
        return None

    def on_book(self, fact: events.BookSnapshotReceived) -> list[Approved[AnyCommand]] | None:
        """A full book makes its market worth looking at again, whatever went before."""
        market = self._state.markets.get(fact.contract)
        if market is None:
            self._state.tell(Severity.ALARM, f"a book of {fact.contract} came before its listing")
            return self._distrust(
                self._state.health.on_other(fact.subscription, fact.seq, self._state.now)
            )
        spoiled = self._state.health.on_snapshot(
            fact.contract, fact.subscription, fact.seq, self._state.now
        )
        try:
            market.book.replace(fact.bids, fact.asks)
        except NegativeLevel as error:
            self._state.tell(Severity.ALARM, f"{fact.contract}: {error}; the snapshot is not used")
            self._state.health.on_rejected((fact.contract,))
            return self._distrust((*spoiled, fact.contract))
        self._state.pull(market)
        return self._distrust(spoiled) if spoiled else None

    def on_sequence(self, fact: events.SequenceConsumed) -> list[Approved[AnyCommand]] | None:
        """A numbered frame without news still shows whether one before it is missing."""
        spoiled = self._state.health.on_other(fact.subscription, fact.seq, self._state.now)
        return self._distrust(spoiled) if spoiled else None

    def on_trade(self, fact: events.TradePrinted) -> None:
        """The last trade may be part of a fair value."""
        market = self._state.markets.get(fact.contract)
        if market is not None:
            market.last_trade = LastTrade(price=fact.price, at=self._state.now)
            self._state.touch(market)

    def on_ticker(self, fact: events.TickerReceived) -> None:
        """The summary tells of a last trade where none was seen yet, and of nothing else."""
        market = self._state.markets.get(fact.contract)
        if market is not None and fact.last is not None and market.last_trade is None:
            market.last_trade = LastTrade(price=fact.last, at=self._state.now)

    def on_listed(self, fact: events.ContractListed) -> None:
        """A new contract gets its strategy and its place in the worst case."""
        contract = fact.contract
        known = self._state.markets.get(contract.id)
        if known is not None:
            if contract.group != known.group.id:
                self._state.tell(Severity.ALARM, f"{contract.id} cannot move to {contract.group}")
            known.contract = replace(contract, group=known.group.id)
            self._state.pull(known)
            return
        strategy = self._state.settings.strategy_for(contract)
        market = new_market(contract, fact.group, strategy)
        self._state.markets[contract.id] = market
        self._state.exposure.add(contract.id, fact.group)
        self._state.tell(Severity.INFO, f"{contract.id} listed, {strategy.name}")

    def on_status(self, fact: events.ContractStatusChanged) -> None:
        """Only an open contract is quoted."""
        market = self._state.markets.get(fact.contract)
        if market is None:
            return
        market.status = fact.status
        self._state.tell(Severity.INFO, f"{fact.contract} is {fact.status.value}")
        self._state.pull(market)

    def on_close_time(self, fact: events.CloseTimeChanged) -> None:
        """The close may have come nearer."""
        market = self._state.markets.get(fact.contract)
        if market is not None:
            market.contract = replace(market.contract, closes_at=fact.closes_at)
            self._state.pull(market)

    def on_grid(self, fact: events.GridChanged) -> None:
        """Quotes must land on the new grid; orders that do not are replaced."""
        market = self._state.markets.get(fact.contract)
        if market is not None:
            market.contract = replace(market.contract, grid=fact.grid)
            self._state.tell(Severity.WARNING, f"{fact.contract} has a new tick grid")
            self._state.pull(market)

    def on_settled(self, fact: events.ContractSettled) -> None:
        """The contract has paid: its profit stays, everything else of it is forgotten."""
        if fact.contract not in self._state.markets:
            return
        for order in self._state.orders.live(fact.contract):
            self._state.tell(
                Severity.ALARM, f"{order.client_order_id} was live when its contract settled"
            )
            self._order_facts.change(
                order,
                lambda before: before.after(Trigger.LOST).after(Trigger.CANCELED).with_why("paid"),
            )
        del self._state.markets[fact.contract]
        before = self._state.ledger.position(fact.contract)
        after = self._state.ledger.settle(fact.contract, yes_payout=fact.yes_payout)
        self._state.exposure.remove(fact.contract)
        self._on_settled(fact.contract)
        self._state.health.on_lost((fact.contract,))
        self._state.touched.pop(fact.contract, None)
        self._state.urgent.pop(fact.contract, None)
        self._state.tell(
            Severity.INFO,
            f"{fact.contract} settled at {price_text(fact.yes_payout)}, "
            f"{qty_text(before.inventory)} YES held, realised {dollars(after.realised)}",
        )

    def on_connected(self, fact: events.FeedConnected) -> None:
        """Books come with their snapshots; until then there is only something to tell."""
        self._state.tell(Severity.INFO, f"connection {fact.connection} is up")

    def on_feed_lost(self, fact: events.FeedLost) -> list[Approved[AnyCommand]]:
        """The connection took its books with it."""
        self._state.tell(Severity.ALARM, f"connection {fact.connection} lost: {fact.why}")
        self._state.health.on_lost(fact.contracts)
        return self._distrust(fact.contracts)

    def on_frame_rejected(self, fact: events.FrameRejected) -> list[Approved[AnyCommand]]:
        """What was not understood may have been about these books."""
        self._state.tell(Severity.ALARM, f"{fact.where}: {fact.why}")
        self._state.health.on_rejected(fact.contracts)
        return self._distrust(fact.contracts)

    def _distrust(self, contracts: tuple[ContractId, ...]) -> list[Approved[AnyCommand]]:
        known = [contract for contract in contracts if contract in self._state.markets]
        for contract in known:
            self._state.pull(self._state.markets[contract])
        if known:
            names = ", ".join(known[:3]) + (", ..." if len(known) > 3 else "")
            self._state.tell(Severity.ALARM, f"book not trusted until a snapshot: {names}")
        return [always(RequestSnapshot(contract=contract)) for contract in known]
