"""Pictures for the tests of the screen: one full desk, and ways to change it."""

from typing import Any

import msgspec

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ClientOrderId, ContractId, EventGroupId
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.order import OrderState
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import DAY, MINUTE, SECOND, Money, Nanos, Price, Qty, money, price, qty
from tui_mm.engine.snapshot import (
    FillRow,
    KillReport,
    LadderLevel,
    LimitRow,
    LimitUnit,
    LogLine,
    MarketDetail,
    MarketRow,
    OrderRow,
    PnlTotals,
    QuotingState,
    Severity,
    Snapshot,
)

NOON = Nanos(1_795_176_202 * SECOND)
"""Friday 20 November 2026, 12:03:22 UTC."""

_TITLES = {
    "KXFED-26DEC-T4.00": "Fed upper bound above 4.00% in December?",
    "KXFED-26DEC-T4.25": "Fed upper bound above 4.25% in December?",
    "KXCPI-26NOV-T2.6": "CPI above 2.6% in November?",
    "KXCPI-26NOV-T2.7": "CPI above 2.7% in November?",
    "KXBTC-26NOV20-95K": "Bitcoin above 95,000 on 20 November?",
    "KXHIGHNY-26NOV20-B52.5": "Highest temperature in New York 52 to 53?",
    "KXGOVSHUT-26NOV": "Government shutdown in November?",
    "KXETH-26-5K": "Ethereum above 5,000 in 2026?",
}


def changed(row: Any, **values: Any) -> Any:
    """A copy of a row or picture with other values."""
    return msgspec.structs.replace(row, **values)


def market(contract: str = "KXFED-26DEC-T4.00", **values: Any) -> MarketRow:
    """One market that quotes both sides."""
    row = MarketRow(
        contract=ContractId(contract),
        title=_TITLES.get(contract, contract),
        venue="kalshi",
        group=EventGroupId(contract.rsplit("-", 1)[0]),
        strategy="avellaneda",
        closes_at=Nanos(NOON + 6 * DAY),
        bid=price("0.41"),
        bid_qty=qty("180"),
        ask=price("0.43"),
        ask_qty=qty("260"),
        market_spread_ticks=2,
        last=price("0.43"),
        my_bid=price("0.41"),
        my_bid_qty=qty("50"),
        my_ask=price("0.43"),
        my_ask_qty=qty("50"),
        my_spread_ticks=2,
        inventory=qty("120"),
        max_position=qty("500"),
        fair_micros=money("0.421"),
        skew_micros=money("-0.006"),
        state=QuotingState.QUOTE,
        reason=None,
        book_age_ms=31,
        spread_ticks=2,
        size=qty("50"),
        size_step=qty("25"),
        is_paused=False,
        realised=money("6.10"),
        unrealised=money("2.40"),
        fees=money("0.38"),
        if_yes=money("71.28"),
        if_no=money("-48.72"),
    )
    return changed(row, **values)  # type: ignore[no-any-return]


def markets() -> tuple[MarketRow, ...]:
    """Eight markets, each in another state."""
    names = list(_TITLES)
    nothing = {"my_bid": None, "my_ask": None, "my_bid_qty": Qty(0), "my_ask_qty": Qty(0)}
    return (
        market(names[0]),
        market(
            names[1],
            bid=price("0.22"),
            ask=price("0.25"),
            my_bid=price("0.22"),
            my_ask=price("0.25"),
            inventory=qty("-40"),
            market_spread_ticks=3,
            fair_micros=money("0.234"),
        ),
        market(
            names[2],
            bid=price("0.63"),
            ask=price("0.65"),
            my_bid=None,
            my_bid_qty=Qty(0),
            my_ask=price("0.65"),
            inventory=qty("500"),
            state=QuotingState.ASK_ONLY,
            reason=Reason.INVENTORY,
            if_no=money("-318.00"),
        ),
        market(
            names[3],
            bid=price("0.032"),
            ask=price("0.038"),
            my_bid=price("0.032"),
            my_ask=price("0.038"),
            inventory=Qty(0),
            market_spread_ticks=6,
            fair_micros=money("0.035"),
        ),
        market(
            names[4],
            bid=price("0.55"),
            ask=price("0.58"),
            inventory=qty("75.5"),
            state=QuotingState.PAUSED,
            reason=Reason.PAUSED,
            is_paused=True,
            **nothing,
        ),
        market(
            names[5],
            inventory=qty("-310"),
            state=QuotingState.STALE,
            reason=Reason.STALE,
            book_age_ms=4_100,
            **nothing,
        ),
        market(
            names[6],
            bid=None,
            ask=None,
            market_spread_ticks=None,
            fair_micros=None,
            inventory=qty("90"),
            state=QuotingState.GAP,
            reason=Reason.GAP,
            **nothing,
        ),
        market(
            names[7],
            inventory=Qty(0),
            state=QuotingState.OFF,
            reason=Reason.NARROW,
            **nothing,
        ),
    )


def order(number: int, contract: str = "KXFED-26DEC-T4.00", **values: Any) -> OrderRow:
    """One working order."""
    row = OrderRow(
        client_order_id=ClientOrderId(f"7f2c-{number:04d}"),
        contract=ContractId(contract),
        side=Side.BUY,
        price=price("0.41"),
        remaining=qty("50"),
        qty=qty("50"),
        queue_ahead=qty("35"),
        sent_at=Nanos(NOON - 12 * SECOND),
        state=OrderState.WORKING,
    )
    return changed(row, **values)  # type: ignore[no-any-return]


def orders() -> tuple[OrderRow, ...]:
    """Four orders in four states."""
    return (
        order(1),
        order(
            2,
            side=Side.SELL,
            price=price("0.43"),
            remaining=qty("40"),
            queue_ahead=qty("120"),
            sent_at=Nanos(NOON - 48 * SECOND),
        ),
        order(
            3,
            "KXCPI-26NOV-T2.6",
            side=Side.SELL,
            price=price("0.65"),
            queue_ahead=None,
            state=OrderState.CANCELING,
        ),
        order(
            4,
            "KXFED-26DEC-T4.25",
            price=price("0.22"),
            sent_at=Nanos(NOON - 2 * MINUTE),
            state=OrderState.UNKNOWN,
        ),
    )


def fills(count: int = 5) -> tuple[FillRow, ...]:
    """The newest executions."""
    names = list(_TITLES)
    return tuple(
        FillRow(
            seq=number,
            at=Nanos(NOON - (count - number) * 11 * SECOND),
            contract=ContractId(names[number % len(names)]),
            client_order_id=ClientOrderId(f"7f2c-{number:04d}"),
            side=Side.SELL if number % 2 else Side.BUY,
            price=Price(4_300 - 100 * number),
            qty=Qty(10_000_000 * number),
            fee=Money(4_400 * (number % 3)),
            is_maker=number != 3,
            edge_micros=Money(11_000 - 4_000 * number),
        )
        for number in range(1, count + 1)
    )


def limits() -> tuple[LimitRow, ...]:
    """One limit of each unit, the third of them reached."""
    return (
        LimitRow(
            name="cash at risk",
            where="",
            unit=LimitUnit.MONEY,
            used=money("312.40"),
            limit=money("1000"),
            consequence="refuse new orders",
        ),
        LimitRow(
            name="open orders",
            where="",
            unit=LimitUnit.COUNT,
            used=4,
            limit=200,
            consequence="refuse new orders",
        ),
        LimitRow(
            name="position",
            where="KXCPI-26NOV-T2.6",
            unit=LimitUnit.QTY,
            used=qty("500"),
            limit=qty("500"),
            consequence="quote one side",
        ),
        LimitRow(
            name="writes",
            where="",
            unit=LimitUnit.PER_SECOND,
            used=4,
            limit=10,
            consequence="slow down",
        ),
    )


def log() -> tuple[LogLine, ...]:
    """A few lines of each severity."""
    lines = (
        (Severity.INFO, "session started on paper money"),
        (Severity.INFO, "KXFED-26DEC-T4.00 sold 10 at 43c"),
        (Severity.WARNING, "KXHIGHNY-26NOV20-B52.5: no message for 4.1 s, quotes pulled"),
        (Severity.INFO, "KXCPI-26NOV-T2.6: inventory limit, bid pulled"),
    )
    return tuple(
        LogLine(seq=seq, at=Nanos(NOON - (9 - 2 * seq) * SECOND), severity=severity, text=text)
        for seq, (severity, text) in enumerate(lines, start=1)
    )


def detail(contract: str = "KXFED-26DEC-T4.00") -> MarketDetail:
    """The ladder of a market around 42 cents."""
    bids = {41: 180, 40: 640, 39: 1500, 38: 220, 37: 75, 36: 3300}
    asks = {43: 260, 44: 450, 45: 900, 46: 310, 47: 1200}
    return MarketDetail(
        contract=ContractId(contract),
        ladder=tuple(
            LadderLevel(
                price=Price(cent * 100),
                bid_qty=Qty(bids.get(cent, 0) * 1_000_000),
                ask_qty=Qty(asks.get(cent, 0) * 1_000_000),
                my_bid_qty=qty("50") if cent == 41 else Qty(0),
                my_ask_qty=qty("50") if cent == 43 else Qty(0),
            )
            for cent in range(30, 56)
        ),
        yes_qty=qty("120"),
        no_qty=Qty(0),
        pairs_closed=qty("30"),
        yes_cost=money("48.72"),
        no_cost=Money(0),
        mids_micros=tuple(Money(420_000 + 5_000 * (n * n % 7)) for n in range(40)),
        explanation=(
            "fair 42.1c is the microprice of the others' touch",
            "quotes are shifted by -0.6c because 120 YES are held",
        ),
    )


def kill(**values: Any) -> KillReport:
    """A kill that is not proven yet."""
    report = KillReport(
        source="operator key",
        presses=1,
        killed_at=NOON,
        cancels_sent=4,
        cancels_confirmed=3,
        orders_live=1,
        orders_unknown=1,
        open_at_venue=None,
        reads=0,
        latch_saved=True,
        proven_at=None,
        fills_since=0,
        resume_locked="1 order may still rest",
    )
    return changed(report, **values)  # type: ignore[no-any-return]


def proven_kill() -> KillReport:
    """A kill with its proof."""
    return kill(
        cancels_confirmed=4,
        orders_live=0,
        orders_unknown=0,
        open_at_venue=0,
        reads=2,
        proven_at=Nanos(NOON + SECOND),
        resume_locked="",
    )


def snapshot(**values: Any) -> Snapshot:
    """A whole desk on paper money, a few minutes into its session."""
    picture = Snapshot(
        seq=1,
        at=NOON,
        session="paper-1",
        venue="kalshi",
        is_paper=True,
        mode=TradingMode.ACTIVE,
        is_all_paused=False,
        is_lease_lost=False,
        halt_reason="",
        markets=markets(),
        orders=orders(),
        fills=fills(),
        fills_count=112,
        limits=limits(),
        pnl=PnlTotals(
            realised=money("31.05"),
            unrealised=money("11.13"),
            fees=money("1.90"),
            total=money("40.28"),
            today=money("42.18"),
        ),
        cash=money("9640.12"),
        worst_case=money("312.40"),
        undo="FED-26DEC-T4.00 spread 3 -> 2",
        kill=None,
        log=log(),
        detail=detail(),
    )
    return changed(picture, **values)  # type: ignore[no-any-return]


def empty_snapshot() -> Snapshot:
    """The first picture of a session, before the venue has told anything."""
    return snapshot(
        markets=(), orders=(), fills=(), fills_count=0, limits=(), log=(), undo="", detail=None
    )


HOSTILE = (
    "[/b] [@click=app.quit]markup[/]",
    "clear \x1b[2J\x1b[H home",
    "title \x1b]0;owned\x07 clip \x1b]52;c;aGk=\x07",
    "new\nline\ttab\rreturn",
    "right \u202eto left \u2066 isolate",
    "wide \u6f22\u5b57 \U0001f600 end",
    "z\u0301\u0302\u0303\u0304 zero\u200bwidth\ufe0f",
    "c1 \x9b2J \x85 end",
)
"""Texts that hurt a terminal or a widget which takes them as they are."""


def hostile_snapshot() -> Snapshot:
    """The whole desk with hostile text in every place that holds text."""
    rows = tuple(
        changed(row, contract=ContractId(text), title=text, venue=text)
        for row, text in zip(markets(), HOSTILE, strict=True)
    )
    lines = tuple(
        changed(log()[0], seq=seq, text=text, severity=Severity.WARNING)
        for seq, text in enumerate(HOSTILE, start=1)
    )
    return snapshot(
        session=HOSTILE[0],
        venue=HOSTILE[1],
        halt_reason=HOSTILE[0],
        markets=rows,
        orders=tuple(
            changed(row, contract=ContractId(text), client_order_id=ClientOrderId(text))
            for row, text in zip(orders(), HOSTILE, strict=False)
        ),
        fills=tuple(
            changed(row, contract=ContractId(text))
            for row, text in zip(fills(8), HOSTILE, strict=True)
        ),
        limits=tuple(
            changed(row, name=text, where=text, consequence=text)
            for row, text in zip(limits(), HOSTILE, strict=False)
        ),
        undo=HOSTILE[2],
        log=lines,
        detail=changed(detail(HOSTILE[0]), explanation=HOSTILE),
    )
