"""Frames about a market besides its book, as facts: tickers, trades and turns of its life.

Nothing here remembers anything but what the listing keeps; streams and numbers are the session's.
"""

from tui_mm.domain.contract import ContractStatus, PriceRange, Side, TickGrid
from tui_mm.domain.errors import FrameNotUnderstood
from tui_mm.domain.events import (
    AnyFact,
    ContractSettled,
    ContractStatusChanged,
    TickerReceived,
    TradePrinted,
)
from tui_mm.domain.text import clean
from tui_mm.domain.units import MILLISECOND, Nanos, price
from tui_mm.venues.kalshi.codec import LifecycleBody, TickerBody, TradeBody
from tui_mm.venues.kalshi.streams import Listed, unsigned
from tui_mm.venues.kalshi.wire_numbers import PRICES, exchange_time


def ticker_fact(msg: TickerBody, listed: Listed) -> TickerReceived:
    """The venue's summary of a listed market. Raises ValueError for what is no number."""
    return TickerReceived(
        contract=listed.contract.id,
        bid=PRICES[msg.yes_bid_dollars],
        bid_qty=unsigned(msg.yes_bid_size_fp),
        ask=PRICES[msg.yes_ask_dollars],
        ask_qty=unsigned(msg.yes_ask_size_fp),
        last=PRICES[msg.price_dollars] if msg.price_dollars else None,
        exchange_at=exchange_time(msg.ts_ms, msg.time),
    )


def trade_facts(msg: TradeBody, listed: Listed | None) -> list[AnyFact]:
    """Somebody's execution; none where the market is not listed or nothing resting was met.

    Raises:
        ValueError: a price or quantity is none, listed or not.
    """
    at, size = PRICES[msg.yes_price_dollars], unsigned(msg.count_fp)
    # A block trade was agreed elsewhere and met nothing that rests.
    if listed is None or msg.is_block_trade:
        return []
    return [
        TradePrinted(
            contract=listed.contract.id,
            price=at,
            qty=size,
            taker_side=_taker_side(msg),
            exchange_at=Nanos(msg.ts_ms * MILLISECOND),
        )
    ]


def life_facts(msg: LifecycleBody, listed: Listed) -> list[AnyFact]:
    """What became of a listed market; a moved close is the session's.

    Raises:
        FrameNotUnderstood: an event of another kind.
    """
    contract = listed.contract.id
    match msg.event_type:
        case "created" | "metadata_updated":
            return []
        case "activated":
            return [ContractStatusChanged(contract=contract, status=ContractStatus.OPEN)]
        case "deactivated":
            return [ContractStatusChanged(contract=contract, status=ContractStatus.PAUSED)]
        case "price_level_structure_updated":
            bands = [
                PriceRange(price(each.start), price(each.end), price(each.step))
                for each in msg.price_ranges
            ]
            return [listed.after_grid(TickGrid(tuple(bands)))]
        case "determined":
            if msg.settlement_value is not None:
                listed.payout = PRICES[msg.settlement_value]
            return [ContractStatusChanged(contract=contract, status=ContractStatus.DETERMINED)]
        case "settled":
            facts: list[AnyFact] = [
                ContractStatusChanged(contract=contract, status=ContractStatus.SETTLED)
            ]
            if listed.payout is not None:
                facts.append(ContractSettled(contract=contract, yes_payout=listed.payout))
            return facts
    raise FrameNotUnderstood(f"market event {clean(msg.event_type)!r} of {contract}")


def _taker_side(msg: TradeBody) -> Side | None:
    if msg.taker_book_side is not None:
        return Side.BUY if msg.taker_book_side == "bid" else Side.SELL
    outcome = msg.taker_outcome_side or msg.taker_side
    if outcome is None:
        return None
    return Side.BUY if outcome == "yes" else Side.SELL
