"""The spread-capture rule, with the specification's vectors."""

from tests.strategy.views import a_view
from tui_mm.domain.contract import Side
from tui_mm.domain.quote import QuoteSet, Reason
from tui_mm.domain.units import Price, price
from tui_mm.strategy.penny import Penny

PENNY = Penny()


def prices(quotes: QuoteSet) -> tuple[Price | None, Price | None]:
    """Bid and ask of a quote set."""
    return (
        None if quotes.bid is None else quotes.bid.price,
        None if quotes.ask is None else quotes.ask.price,
    )


def test_v1_a_wide_market_is_improved_on_both_sides():
    """V1: 0.42/0.48 flat is quoted 0.43/0.47."""
    assert prices(PENNY.quotes(a_view("0.42", "0.48"))) == (price("0.43"), price("0.47"))


def test_v2_a_market_tighter_than_the_minimum_is_left_alone():
    """V2: a spread of 0.04 is not enough."""
    quotes = PENNY.quotes(a_view("0.42", "0.46"))
    assert prices(quotes) == (None, None)
    assert quotes.reason(Side.BUY) is Reason.NARROW


def test_half_way_to_the_limit_the_adding_side_only_joins():
    """50 of 100 long: the bid stays at the others' bid, the ask still improves."""
    quotes = PENNY.quotes(a_view("0.42", "0.48", yes=50))
    assert prices(quotes) == (price("0.42"), price("0.47"))


def test_at_the_limit_only_the_reducing_side_is_left():
    """100 short: nothing more is sold."""
    quotes = PENNY.quotes(a_view("0.42", "0.48", no=100))
    assert prices(quotes) == (price("0.43"), None)
    assert quotes.reason(Side.SELL) is Reason.INVENTORY


def test_v31_a_one_sided_book_only_serves_to_get_out():
    """V31: no ask in the book: flat quotes nothing, 8 long sells at the remembered fair value."""
    assert prices(PENNY.quotes(a_view("0.30", None))) == (None, None)
    long = a_view("0.30", None, yes=8, fair="0.35", minutes_old=5)
    quotes = PENNY.quotes(long)
    assert prices(quotes) == (None, price("0.35"))
    assert quotes.ask is not None
    assert quotes.ask.qty == long.yes_held


def test_a_fair_value_older_than_a_quarter_of_an_hour_is_forgotten():
    """Then even a holding is not quoted into a one-sided book."""
    quotes = PENNY.quotes(a_view("0.30", None, yes=8, fair="0.35", minutes_old=15))
    assert prices(quotes) == (None, None)


def test_joining_uses_the_others_prices_as_they_are():
    """improve_ticks 0 rests at the touch."""
    quotes = Penny(improve_ticks=0).quotes(a_view("0.42", "0.48"))
    assert prices(quotes) == (price("0.42"), price("0.48"))
