"""Views of one market, built from decimal text as the specification writes them."""

from tui_mm.domain.contract import LINEAR_CENT, Contract, TickGrid
from tui_mm.domain.fees import FeeSchedule, FeeType
from tui_mm.domain.ids import ContractId, EventGroupId, VenueId
from tui_mm.domain.units import CONTRACT, HOUR, Nanos, Qty, money, price
from tui_mm.market.book import Bbo
from tui_mm.strategy.base import LastFair, LastTrade, MarketView

NOW = Nanos(1_000 * HOUR)


def a_contract(
    *, grid: TickGrid = LINEAR_CENT, fee_type: FeeType = FeeType.QUADRATIC, hours: int = 48
) -> Contract:
    """A contract without maker fees that trades for two more days."""
    return Contract(
        id=ContractId("A"),
        venue=VenueId("EX"),
        group=EventGroupId("E"),
        title="A",
        grid=grid,
        lot=Qty(10_000),
        fees=FeeSchedule(fee_type=fee_type),
        closes_at=Nanos(NOW + hours * HOUR),
    )


def touch(bid: str | None, ask: str | None) -> Bbo:
    """A touch of a hundred contracts on each side that exists."""
    size = Qty(100 * CONTRACT)
    return Bbo(
        None if bid is None else price(bid),
        Qty(0) if bid is None else size,
        None if ask is None else price(ask),
        Qty(0) if ask is None else size,
    )


def a_view(
    bid: str | None,
    ask: str | None,
    *,
    yes: int = 0,
    no: int = 0,
    size: int = 10,
    max_position: int = 100,
    spread_ticks: int = 0,
    contract: Contract | None = None,
    everyone: Bbo | None = None,
    last: str | None = None,
    fair: str | None = None,
    minutes_old: int = 0,
) -> MarketView:
    """What a strategy sees: the others' touch, our holdings, the last trade and fair value."""
    others = touch(bid, ask)
    at = Nanos(NOW - minutes_old * HOUR // 60)
    return MarketView(
        contract=contract or a_contract(),
        now=NOW,
        others=others,
        everyone=everyone or others,
        last_trade=None if last is None else LastTrade(price=price(last), at=at),
        last_fair=None if fair is None else LastFair(micros=money(fair), at=at),
        yes_held=Qty(yes * CONTRACT),
        no_held=Qty(no * CONTRACT),
        size=Qty(size * CONTRACT),
        max_position=Qty(max_position * CONTRACT),
        spread_ticks=spread_ticks,
    )
