"""The fixed-spread pair quoter, with the specification's vectors."""

import pytest

from tests.strategy.test_penny import prices
from tests.strategy.views import a_contract, a_view
from tui_mm.domain.contract import Side
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import CONTRACT, Price, Qty, complement, notional, price, qty
from tui_mm.strategy.pair import Pair, reported_skew_percent

PAIR = Pair()


def test_v3_an_odd_mid_is_rounded_outwards():
    """V3: YES bid 0.01, NO bid 0.23: fair 0.39, quotes 0.31/0.47, 16 cents on 84 a pair."""
    quotes = PAIR.quotes(a_view("0.01", "0.77", max_position=50))
    assert quotes.fair_micros == 390_000
    assert prices(quotes) == (price("0.31"), price("0.47"))
    assert quotes.ask is not None
    assert quotes.bid is not None
    assert complement(quotes.ask.price) == price("0.53")
    cost = quotes.bid.price + complement(quotes.ask.price)
    assert notional(Price(10_000 - cost), qty("10")) == 1_600_000


def test_v4_fair_value_is_the_mid_of_both_bids():
    """V4: YES bid 0.48, NO bid 0.50 is fair at 0.49."""
    assert PAIR.quotes(a_view("0.48", "0.50")).fair_micros == 490_000


def test_v5_a_ten_cent_pair_around_forty():
    """V5: fair 0.40, spread 0.10: 0.35 and NO at 0.55."""
    quotes = Pair(base_spread=price("0.10")).quotes(a_view("0.39", "0.41"))
    assert prices(quotes) == (price("0.35"), price("0.45"))


@pytest.mark.parametrize(("market_spread", "cost"), [(73, 85), (76, 84), (79, 85)])
def test_v6_to_v8_cost_of_a_pair(market_spread: int, cost: int):
    """V6, V7, V8: the pair costs 85, 84, 85 cents; an even market spread costs the odd cent."""
    ask = f"0.{1 + market_spread:02d}"
    quotes = PAIR.quotes(a_view("0.01", ask, max_position=50))
    assert quotes.bid is not None
    assert quotes.ask is not None
    assert quotes.bid.price + complement(quotes.ask.price) == cost * 100


def test_v9_reported_skew_is_net_over_gross():
    """V9 and V10: 15/10 reports 20 %, 10/8 reports 11 %."""
    assert reported_skew_percent(yes_held=qty("15"), no_held=qty("10")) == 20
    assert reported_skew_percent(yes_held=qty("10"), no_held=qty("8")) == 11
    assert reported_skew_percent(yes_held=Qty(0), no_held=Qty(0)) == 0


def test_v10_a_small_skew_does_not_shift():
    """V10: 10/8 steers at exactly 10 %, and the threshold is strict."""
    quotes = PAIR.quotes(a_view("0.48", "0.50", yes=10, no=8))
    assert quotes.reservation_micros == quotes.fair_micros


def test_v11_inventory_shifts_the_centre_by_the_base_spread():
    """V11: 15/10 shifts 0.49 to 0.46 and quotes 0.38/0.54."""
    quotes = PAIR.quotes(a_view("0.48", "0.50", yes=15, no=10))
    assert quotes.reservation_micros == 460_000
    assert prices(quotes) == (price("0.38"), price("0.54"))


def test_v12_the_first_fill_widens_and_keeps_both_sides():
    """V12: 10/0 is half of two quotes: 0.30/0.53, not a halt."""
    quotes = PAIR.quotes(a_view("0.48", "0.50", yes=10))
    assert quotes.reservation_micros == 415_000
    assert prices(quotes) == (price("0.30"), price("0.53"))


def test_v13_full_skew_leaves_the_reducing_side_as_a_maker():
    """V13: 20/0: no bid; the ask would cross at 0.46 and rests at 0.49."""
    quotes = PAIR.quotes(a_view("0.48", "0.50", yes=20))
    assert prices(quotes) == (None, price("0.49"))
    assert quotes.reason(Side.BUY) is Reason.INVENTORY


def test_v24_the_last_trade_is_mixed_in():
    """V24: 0.7 of a book at 0.48 and 0.3 of a trade at 0.55 inside 0.36/0.60 is 0.501."""
    quotes = Pair(with_last_trade=True).quotes(a_view("0.36", "0.60", last="0.55"))
    assert quotes.fair_micros == 501_000


def test_an_old_trade_gives_its_weight_back_to_the_book():
    """15 minutes are enough to forget it."""
    view = a_view("0.45", "0.51", last="0.51", minutes_old=15)
    assert Pair(with_last_trade=True).quotes(view).fair_micros == 480_000


@pytest.mark.parametrize(("ask", "size"), [("0.70", 20), ("0.50", 5)])
def test_v26_dynamic_size_follows_the_market_spread(ask: str, size: int):
    """V26: 20 contracts in a market 60 cents wide, 5 in one of 40."""
    quotes = Pair(with_dynamic_size=True).quotes(a_view("0.10", ask))
    assert quotes.bid is not None
    assert quotes.bid.qty == size * CONTRACT


def test_the_last_hour_widens():
    """0.49 with half an hour to go: 0.225 wide and not 0.15."""
    view = a_view("0.48", "0.50", contract=a_contract(hours=0))
    quotes = Pair(with_time_widening=True).quotes(view)
    assert prices(quotes) == (price("0.37"), price("0.61"))


def test_at_the_gross_limit_a_flat_book_is_not_quoted():
    """Nothing reduces a holding of pairs, so both sides are dropped."""
    quotes = PAIR.quotes(a_view("0.48", "0.50", yes=25, no=25, max_position=50))
    assert prices(quotes) == (None, None)
