"""Builds the immutable snapshot from the engine's state; reads everything and changes nothing."""

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.order import Order
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import (
    MILLISECOND,
    Money,
    Price,
    Qty,
    money_text,
    price_text,
    qty_text,
)
from tui_mm.engine.desk_actions import DeskActions
from tui_mm.engine.market_state import Market
from tui_mm.engine.snapshot import (
    KillReport,
    LadderLevel,
    LimitRow,
    LimitUnit,
    MarketDetail,
    MarketRow,
    OrderRow,
    PnlTotals,
    QuotingState,
    Snapshot,
)
from tui_mm.engine.state import EngineState

LADDER_LEVELS = 30  # on each side of the middle: more than the tallest screen shows
FILLS_SHOWN = 60

_STATES = {
    Reason.KILLED: QuotingState.KILLED,
    Reason.PAUSED: QuotingState.PAUSED,
    Reason.LEASE: QuotingState.PAUSED,
    Reason.STALE: QuotingState.STALE,
    Reason.GAP: QuotingState.GAP,
    Reason.CROSSED: QuotingState.CROSSED,
    Reason.CLOSED: QuotingState.CLOSED,
    Reason.CLOSING: QuotingState.CLOSED,
}


def picture(state: EngineState, desk: DeskActions, *, watched: ContractId | None) -> Snapshot:
    """Everything a desk shows, as it is now."""
    settings = state.settings
    total = state.total_pnl()
    watched_market = state.markets.get(watched) if watched is not None else None
    return Snapshot(
        seq=state.seq,
        at=state.now,
        session=settings.session,
        venue=settings.venue,
        is_paper=settings.is_paper,
        mode=state.kill_switch.mode,
        is_all_paused=state.is_all_paused,
        is_lease_lost=state.is_lease_lost,
        halt_reason=state.journal_failure,
        markets=tuple(_market_row(state, market) for market in state.markets.values()),
        orders=tuple(_order_row(state, order) for order in state.orders),
        fills=tuple(state.fills[-FILLS_SHOWN:]),
        fills_count=state.fills_count,
        limits=_limit_rows(state),
        pnl=PnlTotals(
            realised=state.ledger.realised,
            unrealised=state.unrealised(),
            fees=state.ledger.fees,
            total=total,
            today=Money(total - state.total_before_today),
        ),
        cash=state.ledger.cash,
        worst_case=state.exposure.total,
        undo=desk.undo_text,
        kill=_kill_report(state, desk),
        log=state.diary.lines,
        detail=None if watched_market is None else _detail(state, watched_market),
    )


def _market_row(state: EngineState, market: Market) -> MarketRow:
    grid = market.contract.grid
    others = state.others_touch(market)
    live = state.orders.live(market.id)
    bids = [order for order in live if order.side is Side.BUY]
    asks = [order for order in live if order.side is Side.SELL]
    my_bid = max((order.price for order in bids), default=None)
    my_ask = min((order.price for order in asks), default=None)
    quotes = market.quotes
    fair, centre = quotes.fair_micros, quotes.reservation_micros
    last_fair = market.last_fair
    if fair is None and last_fair is not None:
        fair = last_fair.micros
    position = state.ledger.position(market.id)
    heard_at = state.health.heard_at(market.id)
    quoting_state, reason = _state(market)
    return MarketRow(
        contract=market.id,
        title=market.contract.title,
        venue=state.settings.venue,
        group=market.contract.group,
        strategy=market.strategy.name,
        closes_at=market.contract.closes_at,
        bid=others.bid,
        bid_qty=others.bid_qty,
        ask=others.ask,
        ask_qty=others.ask_qty,
        market_spread_ticks=(
            None
            if others.bid is None or others.ask is None
            else grid.ticks_between(others.bid, others.ask)
        ),
        last=None if market.last_trade is None else market.last_trade.price,
        my_bid=my_bid,
        my_bid_qty=_remaining_at(bids, my_bid),
        my_ask=my_ask,
        my_ask_qty=_remaining_at(asks, my_ask),
        my_spread_ticks=(
            None if my_bid is None or my_ask is None else grid.ticks_between(my_bid, my_ask)
        ),
        inventory=position.inventory,
        max_position=market.parameters.max_position,
        fair_micros=fair,
        skew_micros=Money(
            0 if quotes.fair_micros is None or centre is None else centre - quotes.fair_micros
        ),
        state=quoting_state,
        reason=reason,
        book_age_ms=None if heard_at is None else (state.now - heard_at) // MILLISECOND,
        spread_ticks=market.parameters.spread_ticks,
        size=market.parameters.size,
        size_step=market.size_step,
        is_paused=market.is_paused,
        realised=position.realised,
        unrealised=state.unrealised_in(market),
        fees=position.fees,
        if_yes=position.if_yes,
        if_no=position.if_no,
    )


def _state(market: Market) -> tuple[QuotingState, Reason | None]:
    if market.blocked is not None:
        return _STATES.get(market.blocked, QuotingState.OFF), market.blocked
    no_bid, no_ask = market.quotes.reason(Side.BUY), market.quotes.reason(Side.SELL)
    if market.quotes.bid is not None and market.quotes.ask is not None:
        return QuotingState.QUOTE, None
    if market.quotes.bid is not None:
        return QuotingState.BID_ONLY, no_ask
    if market.quotes.ask is not None:
        return QuotingState.ASK_ONLY, no_bid
    return QuotingState.OFF, no_bid or no_ask


def _remaining_at(orders: list[Order], at: Price | None) -> Qty:
    return Qty(sum(order.remaining for order in orders if order.price == at))


def _order_row(state: EngineState, order: Order) -> OrderRow:
    return OrderRow(
        client_order_id=order.client_order_id,
        contract=order.contract,
        side=order.side,
        price=order.price,
        remaining=order.remaining,
        qty=order.qty,
        queue_ahead=state.queue_ahead.get(order.client_order_id),
        sent_at=order.sent_at,
        state=order.state,
    )


def _limit_rows(state: EngineState) -> tuple[LimitRow, ...]:
    limits = state.settings.limits
    positions = [(abs(position.inventory), position.contract) for position in state.ledger]
    position, position_where = max(positions, default=(0, ""))
    groups = [(worst, group.id) for group, worst in state.exposure.groups()]
    group, group_where = max(groups, default=(Money(0), ""))
    sizes = [(order.remaining, order.contract) for order in state.orders]
    size, size_where = max(sizes, default=(0, ""))
    today = state.total_pnl() - state.total_before_today

    def row(
        name: str, used: int, limit: int, unit: LimitUnit, then: str, where: str = ""
    ) -> LimitRow:
        return LimitRow(name=name, where=where, unit=unit, used=used, limit=limit, consequence=then)

    return (
        row(
            "Total exposure",
            state.exposure.total,
            limits.total_exposure_max,
            LimitUnit.MONEY,
            "refuse new",
        ),
        row(
            "Event exposure",
            group,
            limits.group_exposure_max,
            LimitUnit.MONEY,
            "one side only",
            group_where,
        ),
        row(
            "Position",
            position,
            limits.position_max,
            LimitUnit.QTY,
            "one side only",
            position_where,
        ),
        row("Day loss", max(0, -today), limits.daily_loss_max, LimitUnit.MONEY, "KILL"),
        row(
            "Open orders", len(state.orders), limits.open_orders_max, LimitUnit.COUNT, "refuse new"
        ),
        row("Order size", size, limits.order_qty_max, LimitUnit.QTY, "shrink", size_where),
        row(
            "Messages",
            state.rate.in_last_second(state.now),
            limits.messages_per_second_max,
            LimitUnit.PER_SECOND,
            "slow down",
        ),
    )


def _kill_report(state: EngineState, desk: DeskActions) -> KillReport | None:
    switch, sweep = state.kill_switch, state.sweep
    if not switch.is_killed:
        return None
    return KillReport(
        source=switch.source,
        presses=switch.presses,
        killed_at=switch.killed_at,
        cancels_sent=0 if sweep is None else sweep.cancels_sent,
        cancels_confirmed=0 if sweep is None else sweep.cancels_confirmed,
        orders_live=len(state.orders),
        orders_unknown=state.orders.unknown,
        open_at_venue=None if sweep is None else sweep.open_at_venue,
        reads=0 if sweep is None else sweep.reads,
        latch_saved=False,  # only the process knows what is on its disk
        proven_at=None if sweep is None else sweep.proven_at,
        fills_since=state.fills_since_kill,
        resume_locked=desk.resume_locked(),
    )


def _detail(state: EngineState, market: Market) -> MarketDetail:
    position = state.ledger.position(market.id)
    return MarketDetail(
        contract=market.id,
        ladder=_ladder(state, market),
        yes_qty=position.yes_qty,
        no_qty=position.no_qty,
        pairs_closed=position.pairs_closed,
        yes_cost=position.yes_cost,
        no_cost=position.no_cost,
        mids_micros=tuple(market.mids),
        explanation=_explanation(market),
    )


def _ladder(state: EngineState, market: Market) -> tuple[LadderLevel, ...]:
    """Every tick around the touch, highest first; empty while there is no price at all."""
    touch = state.others_touch(market)
    known = [price for price in (touch.bid, touch.ask) if price is not None]
    if not known:
        return ()
    prices = market.contract.grid.prices
    centre = market.contract.grid.ticks_between(prices[0], Price(sum(known) // len(known)))
    shown = prices[max(0, centre - LADDER_LEVELS) : centre + LADDER_LEVELS]
    mine: dict[tuple[Side, Price], int] = {}
    for order in state.orders.live(market.id):
        at = (order.side, order.price)
        mine[at] = mine.get(at, 0) + order.remaining
    hides = state.settings.book_shows_own_orders
    rows = []
    for price in reversed(shown):
        my_bid, my_ask = mine.get((Side.BUY, price), 0), mine.get((Side.SELL, price), 0)
        bid = market.book.quantity(Side.BUY, price) - (my_bid if hides else 0)
        ask = market.book.quantity(Side.SELL, price) - (my_ask if hides else 0)
        rows.append(
            LadderLevel(
                price=price,
                bid_qty=Qty(max(0, bid)),
                ask_qty=Qty(max(0, ask)),
                my_bid_qty=Qty(my_bid),
                my_ask_qty=Qty(my_ask),
            )
        )
    return tuple(rows)


def _explanation(market: Market) -> tuple[str, ...]:
    """How the present quotes came about, a sentence a step."""
    quotes = market.quotes
    lines = [f"strategy {market.strategy.name}, size {qty_text(market.parameters.size)}"]
    if market.parameters.spread_ticks:
        lines.append(f"operator: spread {market.parameters.spread_ticks:+d} ticks")
    if quotes.fair_micros is not None and quotes.reservation_micros is not None:
        shift = Money(quotes.reservation_micros - quotes.fair_micros)
        moved = f"inventory shifts it by {_exactly(shift)}" if shift else "no inventory shift"
        lines.append(f"fair {_exactly(quotes.fair_micros)}, {moved}")
    for side, word in ((Side.BUY, "bid"), (Side.SELL, "ask")):
        quote = quotes.bid if side is Side.BUY else quotes.ask
        why = quotes.reason(side)
        if quote is not None:
            lines.append(f"{word} {price_text(quote.price)} x {qty_text(quote.qty)}")
        elif why is not None:
            lines.append(f"no {word}: {why.value}")
    held = sorted(side.value for side in market.held)
    return (*lines, *(f"{side} side held until unpaused" for side in held))


def _exactly(value: Money) -> str:
    return money_text(value).rstrip("0")
