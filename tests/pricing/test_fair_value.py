"""Fair values are exact or rounded to the nearest micro-dollar, and lie where they should."""

from hypothesis import given
from hypothesis import strategies as st

from tests.strategy.views import touch
from tui_mm.domain.units import MINUTE, Nanos, Price, Qty, price
from tui_mm.market.book import Bbo
from tui_mm.pricing.fair_value import blend, last_trade, microprice, mid

NOW = Nanos(100 * MINUTE)
TOUCHES = st.builds(
    lambda bid, width, bid_qty, ask_qty: Bbo(
        Price(bid), Qty(bid_qty), Price(min(9_999, bid + width)), Qty(ask_qty)
    ),
    st.integers(1, 9_998),
    st.integers(1, 4_000),
    st.integers(10_000, 10**9),
    st.integers(10_000, 10**9),
)


def test_a_mid_between_two_ticks_is_exact():
    """0.01/0.02 on a fine grid is 0.015, and half of a fine tick survives."""
    assert mid(touch("0.0100", "0.0200")) == 15_000
    assert mid(touch("0.0100", "0.0101")) == 10_050


def test_an_empty_side_has_no_mid():
    """There is no placeholder value."""
    assert mid(touch("0.40", None)) is None
    assert microprice(touch(None, "0.40")) is None


@given(TOUCHES)
def test_the_microprice_lies_inside_the_touch(touch: Bbo):
    """Whatever the queues, it is a weighted mean of the two prices."""
    value = microprice(touch)
    assert value is not None
    assert touch.bid is not None
    assert touch.ask is not None
    assert touch.bid * 100 <= value <= touch.ask * 100


def test_a_long_bid_queue_pushes_the_microprice_up():
    """Nine to one on the bid lies nine tenths of the way to the ask."""
    skewed = Bbo(price("0.40"), Qty(9_000_000), price("0.50"), Qty(1_000_000))
    assert microprice(skewed) == 490_000


def test_a_trade_outside_the_touch_counts_as_the_touch():
    """The market has moved since; the trade only says on which side it is."""
    traded = last_trade(touch("0.45", "0.60"), last=price("0.70"), traded_at=NOW, now=NOW)
    assert traded == 600_000


def test_a_blend_without_a_trade_is_the_mid():
    """The weight goes back to the book."""
    assert blend(touch("0.45", "0.51"), last=None, traded_at=NOW, now=NOW) == 480_000
