"""Who the crowd is, one kind of trader at a time, in a pit whose truth the test decides."""

from dataclasses import replace
from random import Random

from tests.exchange.pit import ANN, Pit, contract
from tui_mm.domain.contract import DECI_CENT, Side
from tui_mm.domain.units import SECOND, Money, Nanos, price, qty
from tui_mm.exchange.crowd import CrowdProfile, Market, Trader
from tui_mm.exchange.maker import Maker
from tui_mm.exchange.orders import AccountId
from tui_mm.exchange.reports import LevelChanged, Traded
from tui_mm.exchange.takers import INFORMED, NOISE, InformedTaker, NoiseTaker

RICH = Money(10**15)
MAKER = AccountId("crowd-maker-1")
PROFILE = CrowdProfile(
    makers=1,
    half_spread=0.03,
    levels=3,
    level_gap=0.02,
    level_size=100.0,
    refresh_s=5.0,
    error=0.0,
    error_memory_s=300.0,
    noise_per_minute=30.0,
    noise_size=8.0,
    noise_reach=0.04,
    noise_lean=0.0,
    informed_per_minute=30.0,
    informed_size=20.0,
)


class Known:
    """A truth that is whatever the test says."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def at(self, now: Nanos) -> float:
        """The same at all times."""
        return self.probability


def _market(pit: Pit, truth: Known, profile: CrowdProfile = PROFILE) -> Market:
    for account in (MAKER, NOISE, INFORMED):
        pit.exchange.open_account(account, RICH, is_watched=False)
    return Market(exchange=pit.exchange, contract=contract(), belief=truth, profile=profile)


def _run(pit: Pit, trader: Trader, *, seconds: int) -> None:
    """Let one trader act for so long."""
    end = Nanos(pit.now + seconds * SECOND)
    due: Nanos | None = trader.arrives_at(pit.now)
    while due is not None and due <= end:
        due = trader.act(due)
    pit.now = end


def _trades(pit: Pit) -> list[Traded]:
    return [report for report in pit.reports() if isinstance(report, Traded)]


def test_a_maker_quotes_several_levels_on_both_sides_of_what_it_thinks() -> None:
    """Nearest first, never across its own estimate."""
    pit = Pit()
    Maker(_market(pit, Known(0.5)), MAKER, Random(1)).act(pit.now)
    book = pit.exchange.book(contract().id)
    assert book is not None
    bids, asks = book.depth(Side.BUY), book.depth(Side.SELL)
    assert (len(bids), len(asks)) == (3, 3)
    assert bids[0][0] < price("0.50") < asks[0][0]


def test_a_maker_moves_with_the_truth_when_it_looks_again() -> None:
    """Its quotes are stale until then, and on the new truth's two sides after."""
    pit, truth = Pit(), Known(0.3)
    maker = Maker(_market(pit, truth), MAKER, Random(1))
    maker.act(pit.now)
    truth.probability = 0.7
    maker.act(Nanos(pit.now + SECOND))
    book = pit.exchange.book(contract().id)
    assert book is not None
    assert book.bid is not None
    assert book.ask is not None
    assert book.bid < price("0.70") < book.ask
    assert book.bid > price("0.60")


def test_a_maker_looks_no_further_than_the_book_when_somebody_is_in_its_way() -> None:
    """It stops one tick short of a stranger's order and never takes it."""
    pit = Pit()
    pit.sell(ANN, "5", at="0.40")
    Maker(_market(pit, Known(0.6)), MAKER, Random(1)).act(pit.now)
    assert _trades(pit) == []
    assert pit.bids.startswith("0.3900:")


def test_a_maker_keeps_orders_that_are_where_they_should_be() -> None:
    """Looking again with the same opinion changes nothing in the book."""
    pit = Pit()
    maker = Maker(_market(pit, Known(0.5)), MAKER, Random(1))
    maker.act(pit.now)
    pit.reports()
    maker.act(Nanos(pit.now + SECOND))
    assert [report for report in pit.reports() if isinstance(report, LevelChanged)] == []


def test_widths_shrink_towards_the_ends_of_the_scale() -> None:
    """Seven cents wide at even odds is one or two at five cents, unless the market is flat."""

    def spread(truth: float, *, flat: bool) -> int:
        pit = Pit()
        profile = replace(PROFILE, has_constant_width=flat)
        Maker(_market(pit, Known(truth), profile), MAKER, Random(1)).act(pit.now)
        book = pit.exchange.book(contract().id)
        assert book is not None
        assert book.bid is not None
        assert book.ask is not None
        return book.ask - book.bid

    assert spread(0.95, flat=False) <= price("0.03") < price("0.05") <= spread(0.5, flat=False)
    assert spread(0.93, flat=True) >= price("0.05")


def test_noise_hits_near_quotes_more_often_than_far_ones() -> None:
    """Both sides trade, and three cents further out means less than two thirds of the flow."""

    def trades(bid: str, ask: str) -> tuple[int, int]:
        pit = Pit(cash="1000000")
        market = _market(pit, Known(0.5))
        pit.buy(ANN, "100000", at=bid)
        pit.sell(ANN, "100000", at=ask)
        _run(pit, NoiseTaker(market, Random(2)), seconds=1_200)
        sides = [trade.taker_side for trade in _trades(pit)]
        return sides.count(Side.BUY), sides.count(Side.SELL)

    near, far = trades("0.49", "0.51"), trades("0.46", "0.54")
    assert min(near) > 200
    assert sum(far) < sum(near) * 2 / 3


def test_noise_leans_towards_the_truth_when_it_is_told_to() -> None:
    """With the market five cents too low, most of it buys."""
    pit = Pit(cash="1000000")
    market = _market(pit, Known(0.55), replace(PROFILE, noise_lean=0.6))
    pit.buy(ANN, "100000", at="0.49")
    pit.sell(ANN, "100000", at="0.51")
    _run(pit, NoiseTaker(market, Random(2)), seconds=600)
    sides = [trade.taker_side for trade in _trades(pit)]
    assert sides.count(Side.BUY) > 2 * sides.count(Side.SELL)


def test_the_informed_take_a_price_that_beats_the_truth_by_the_fee_and_more() -> None:
    """An ask at 50 when the truth is 60 does not last."""
    pit = Pit()
    market = _market(pit, Known(0.6))
    pit.sell(ANN, "500", at="0.50")
    _run(pit, InformedTaker(market, Random(3)), seconds=60)
    assert pit.held(ANN) == qty("-500")


def test_the_informed_leave_a_price_that_the_fee_makes_worthless() -> None:
    """An ask at 58 when the truth is 60 costs 1.7 cents of fee: 0.3 is less than half a cent."""
    pit = Pit()
    market = _market(pit, Known(0.6))
    pit.sell(ANN, "500", at="0.58")
    pit.buy(ANN, "500", at="0.57")
    _run(pit, InformedTaker(market, Random(3)), seconds=600)
    assert _trades(pit) == []


def test_the_informed_hurry_when_the_market_is_wrong() -> None:
    """Nine times as many attempts while the mid is more than a cent and a half off."""

    def attempts(bid: str, ask: str) -> int:
        pit = Pit(grid=DECI_CENT, cash="1000000")
        market = _market(pit, Known(0.05), replace(PROFILE, informed_per_minute=6.0))
        pit.buy(ANN, "100000", at=bid)
        pit.sell(ANN, "100000", at=ask)
        _run(pit, InformedTaker(market, Random(4)), seconds=1_200)
        return len(_trades(pit))

    # Both asks pay at a truth of 5 cents; the first mid is 1.1 cents off, the second 2.1.
    calm, wrong = attempts("0.038", "0.040"), attempts("0.028", "0.030")
    assert 90 < calm < 150
    assert 7 * calm < wrong < 11 * calm


def test_traders_leave_when_the_market_closes() -> None:
    """None of them asks to be called again."""
    pit = Pit()
    market = _market(pit, Known(0.5))
    traders: tuple[Trader, ...] = (
        Maker(market, MAKER, Random(1)),
        NoiseTaker(market, Random(1)),
        InformedTaker(market, Random(1)),
    )
    assert [trader.act(contract().closes_at) for trader in traders] == [None, None, None]
