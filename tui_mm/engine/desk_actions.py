"""What the operator's wishes do to the engine, and what he is told about it.

Whatever is safer is done; whatever is riskier is checked against the limits and refused with both
numbers. The screen stages and confirms; here a wish is already meant.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from tui_mm.domain import operator
from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.operator import AnyAction, Parameters
from tui_mm.domain.order import Order
from tui_mm.domain.units import Qty, dollars, qty_text
from tui_mm.engine.market_state import Change, Market, changed
from tui_mm.engine.snapshot import Severity
from tui_mm.engine.state import EngineState

OUTCOMES_KEPT = 64
UNDO_KEPT = 50
SPREAD_TICKS_MAX = 50
MIN_SPREAD_TICKS = 1


class DeskActions:
    """Applies actions and remembers their outcomes and what can be undone."""

    def __init__(self, state: EngineState) -> None:
        self._state = state
        self._outcomes: OrderedDict[int, tuple[bool, str]] = OrderedDict()
        self._changes: list[Change] = []

    @property
    def undo_text(self) -> str:
        """What undoing would take back; empty when there is nothing."""
        return self._changes[-1].text if self._changes else ""

    def outcome(self, request: int) -> tuple[bool, str] | None:
        """Whether the action with this number was done, and what to tell the operator."""
        return self._outcomes.get(request)

    def forget(self, contract: ContractId) -> None:
        """A contract is over: changes of it alone can no longer be taken back."""
        kept = (
            Change(change.text, tuple(each for each in change.before if each[0] != contract))
            for change in self._changes
        )
        self._changes = [change for change in kept if change.before]

    def act(self, action: AnyAction, *, request: int) -> None:
        """Do what was asked, or say why not."""
        is_done, text = self._act(action)
        self._state.tell(Severity.INFO if is_done else Severity.WARNING, f"operator: {text}")
        self._outcomes[request] = (is_done, text)
        while len(self._outcomes) > OUTCOMES_KEPT:
            self._outcomes.popitem(last=False)

    def resume_locked(self) -> str:
        """Why the word would not work now; empty when it would."""
        state = self._state
        if state.kill_switch.is_killed and not state.is_safe_to_exit:
            return "the venue has not shown yet that nothing rests"
        if state.is_stopping:
            return "the engine is stopping"
        lost = state.day_loss()
        limit = state.settings.limits.daily_loss_max
        if lost >= limit:
            return f"daily loss {dollars(lost)} is over {dollars(limit)}"
        return ""

    def _act(self, action: AnyAction) -> tuple[bool, str]:
        state = self._state
        match action:
            case operator.Kill():
                state.kill(action.source)
                return True, f"killed by {action.source}"
            case operator.Pause():
                return self._on_each(action.contracts, self._pause, "paused")
            case operator.PauseAll():
                state.is_all_paused = True
                state.pull_all()
                return True, "everything is paused"
            case operator.Unpause():
                if state.is_all_paused:
                    return False, f"everything is paused: type {operator.RESUME_WORD} to resume"
                return self._on_each(action.contracts, self._unpause, "unpaused")
            case operator.ChangeSpread():
                return self._change_spread(action)
            case operator.ChangeSize():
                return self._change_size(action)
            case operator.EditParameters():
                return self._edit(action)
            case operator.UndoLast():
                return self._undo()
            case operator.CancelOrders():
                return self._cancel_and_hold(action.orders)
            case operator.CancelAndPause():
                contracts = tuple(order.contract for order in self._found(action.orders))
                return self._on_each(tuple(dict.fromkeys(contracts)), self._pause, "paused")
            case operator.Resume():
                return self._resume(action.word)
            case operator.StopEngine():
                state.is_stopping = True
                state.start_sweep()
                return True, "stopping: cancelling everything"

    def _on_each(
        self, contracts: Iterable[ContractId], do: Callable[[Market], None], done: str
    ) -> tuple[bool, str]:
        markets = self._markets(contracts)
        for market in markets:
            do(market)
            self._look_at(market)
        return bool(markets), f"{_named(markets)}: {done}" if markets else "no such market"

    def _look_at(self, market: Market) -> None:
        market.asked_at = self._state.now
        self._state.pull(market)

    def _pause(self, market: Market) -> None:
        market.is_paused = True

    def _unpause(self, market: Market) -> None:
        market.is_paused = False
        market.held.clear()

    def _change_spread(self, action: operator.ChangeSpread) -> tuple[bool, str]:
        markets = self._markets(action.contracts)
        if action.ticks < 0:
            for market in markets:
                why = _too_tight(market, by=-action.ticks)
                if why:
                    return False, f"{market.id}: {why}"
        return self._change(
            markets,
            lambda before: changed(
                before, spread_ticks=min(before.spread_ticks + action.ticks, SPREAD_TICKS_MAX)
            ),
            f"spread {action.ticks:+d} ticks",
        )

    def _change_size(self, action: operator.ChangeSize) -> tuple[bool, str]:
        markets = self._markets(action.contracts)
        limit = self._state.settings.limits.order_qty_max
        for market in markets:
            wanted = _resized(market, action.steps)
            if action.steps > 0 and wanted > limit:
                return False, (
                    f"{market.id}: size {qty_text(wanted)} would exceed {qty_text(limit)}"
                )
        before = {market.id: market.parameters for market in markets}
        for market in markets:
            market.parameters = changed(market.parameters, size=_resized(market, action.steps))
        sizes = ", ".join(qty_text(market.parameters.size) for market in markets[:3])
        return self._changed(markets, before, f"size {sizes}")

    def _edit(self, action: operator.EditParameters) -> tuple[bool, str]:
        markets = self._markets((action.contract,))
        limits = self._state.settings.limits
        size, position = action.size, action.max_position
        if size is not None and not 0 <= size <= limits.order_qty_max:
            return False, f"size {qty_text(size)} is outside 0 to {qty_text(limits.order_qty_max)}"
        if position is not None and not 0 <= position <= limits.position_max:
            top = qty_text(limits.position_max)
            return False, f"max inventory {qty_text(position)} is outside 0 to {top}"
        ticks = action.spread_ticks
        if ticks is not None and abs(ticks) > SPREAD_TICKS_MAX:
            return (
                False,
                f"spread {ticks:+d} ticks is outside -{SPREAD_TICKS_MAX} to +{SPREAD_TICKS_MAX}",
            )
        return self._change(
            markets,
            lambda before: changed(before, spread_ticks=ticks, size=size, max_position=position),
            "parameters edited",
        )

    def _change(
        self, markets: list[Market], becomes: Callable[[Parameters], Parameters], text: str
    ) -> tuple[bool, str]:
        before = {market.id: market.parameters for market in markets}
        for market in markets:
            market.parameters = becomes(market.parameters)
        return self._changed(markets, before, text)

    def _changed(
        self, markets: list[Market], before: dict[ContractId, Parameters], text: str
    ) -> tuple[bool, str]:
        if not markets:
            return False, "no such market"
        self._changes.append(Change(f"{_named(markets)}: {text}", tuple(before.items())))
        del self._changes[:-UNDO_KEPT]
        for market in markets:
            self._look_at(market)
        return True, self._changes[-1].text

    def _undo(self) -> tuple[bool, str]:
        if not self._changes:
            return False, "nothing to undo"
        change = self._changes.pop()
        for contract, parameters in change.before:
            market = self._state.markets.get(contract)
            if market is not None:
                market.parameters = parameters
                self._look_at(market)
        return True, f"undone: {change.text}"

    def _cancel_and_hold(self, names: tuple[ClientOrderId, ...]) -> tuple[bool, str]:
        orders = self._found(names)
        for order in orders:
            market = self._state.markets.get(order.contract)
            if market is not None:
                market.held.add(order.side)
                self._look_at(market)
        sides = ", ".join(
            f"{order.contract} {'bid' if order.side is Side.BUY else 'ask'}" for order in orders[:3]
        )
        return bool(orders), f"cancelled and held: {sides}" if orders else "no such order"

    def _resume(self, word: str) -> tuple[bool, str]:
        state = self._state
        why = state.kill_switch.refusal_to_resume(word, locked_because=self.resume_locked())
        if why:
            return False, why
        state.kill_switch.release()
        state.is_all_paused = False
        state.is_lease_lost = False
        state.end_sweep()
        return True, "trading resumed"

    def _markets(self, contracts: Iterable[ContractId]) -> list[Market]:
        known = self._state.markets
        return [known[contract] for contract in contracts if contract in known]

    def _found(self, names: tuple[ClientOrderId, ...]) -> list[Order]:
        found = (self._state.orders.find(name) for name in names)
        return [order for order in found if order is not None and order.is_live]


def _named(markets: list[Market]) -> str:
    return markets[0].id if len(markets) == 1 else f"{len(markets)} markets"


def _resized(market: Market, steps: int) -> Qty:
    return Qty(max(0, market.parameters.size + steps * market.size_step))


def _too_tight(market: Market, *, by: int) -> str:
    """Why a spread cannot be tightened so far; empty when it can."""
    bid, ask = market.quotes.bid, market.quotes.ask
    if bid is None or ask is None:
        return "no two-sided quote to tighten"
    spread = market.contract.grid.ticks_between(bid.price, ask.price)
    if spread - by < MIN_SPREAD_TICKS:
        return f"spread {spread - by} ticks would be below {MIN_SPREAD_TICKS}"
    return ""
