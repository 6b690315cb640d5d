"""The shared steps from raw prices to quotes."""

from hypothesis import given
from hypothesis import strategies as st

from tests.strategy.test_penny import prices
from tests.strategy.views import a_contract, a_view, touch
from tui_mm.domain.contract import LINEAR_CENT, TAPERED_DECI_CENT, Side
from tui_mm.domain.fees import FeeType
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import CONTRACT, Money, Qty, money, price
from tui_mm.strategy.base import MarketView, Strategy
from tui_mm.strategy.pair import Pair
from tui_mm.strategy.penny import Penny
from tui_mm.strategy.pipeline import Wish, quoted

TEN = Qty(10 * CONTRACT)


def a_wish(bid: str, ask: str, *, centre: str | None = None) -> Wish:
    """Raw prices around their middle, ten contracts a side."""
    middle = Money((money(bid) + money(ask)) // 2) if centre is None else money(centre)
    return Wish(
        fair=middle,
        centre=middle,
        bid=money(bid),
        ask=money(ask),
        bid_qty=TEN,
        ask_qty=TEN,
    )


def test_v29_equal_prices_keep_only_the_side_that_reduces():
    """V29: bid and ask both 0.50 and long 3: the ask stays."""
    view = a_view("0.40", "0.60", yes=3)
    assert prices(quoted(view, a_wish("0.50", "0.50"))) == (None, price("0.50"))


def test_equal_prices_while_flat_drop_both():
    """Neither side reduces anything."""
    quotes = quoted(a_view("0.40", "0.60"), a_wish("0.50", "0.50"))
    assert prices(quotes) == (None, None)
    assert quotes.reason(Side.BUY) is Reason.LOCKED


def test_v30_a_price_off_the_grid_is_dropped_and_not_clamped():
    """V30: fair 0.02, spread 0.06: no bid, ask 0.05."""
    quotes = quoted(a_view(None, None), a_wish("-0.01", "0.05"))
    assert prices(quotes) == (None, price("0.05"))
    assert quotes.reason(Side.BUY) is Reason.OFF_GRID


def test_a_reducing_side_is_clamped_into_the_grid():
    """Getting out at the worst price of the grid beats not getting out."""
    quotes = quoted(a_view(None, None, no=5), a_wish("-0.01", "0.05"))
    assert prices(quotes)[0] == LINEAR_CENT.lowest


def test_v32_an_exact_price_is_not_rounded_away():
    """V32: a raw bid of 0.29 is 0.29, whatever binary floats think."""
    assert prices(quoted(a_view("0.20", "0.60"), a_wish("0.29", "0.50")))[0] == price("0.29")


def test_a_quote_never_takes():
    """A price that would cross is moved back to where it rests."""
    quotes = quoted(a_view("0.44", "0.46"), a_wish("0.50", "0.70", centre="0.60"))
    assert prices(quotes)[0] == price("0.45")


def test_our_own_opposite_order_counts_as_the_book():
    """The bid stays below our own ask even where the others' ask is higher."""
    view = a_view("0.40", "0.60", everyone=touch("0.40", "0.48"))
    assert prices(quoted(view, a_wish("0.50", "0.70", centre="0.60")))[0] == price("0.47")


def test_the_operators_ticks_change_the_spread_by_exactly_as_many():
    """Each press of the key is one tick of spread, inwards or outwards."""
    wish = a_wish("0.43", "0.53")
    spreads = []
    for ticks in range(-4, 5):
        bid, ask = prices(quoted(a_view("0.30", "0.70", spread_ticks=ticks), wish))
        assert bid is not None
        assert ask is not None
        spreads.append(LINEAR_CENT.ticks_between(bid, ask))
    assert spreads == list(range(6, 15))


def test_a_maker_fee_can_eat_the_edge():
    """A cent inside the centre is not worth a fee of more than a cent per three."""
    view = a_view("0.40", "0.60", contract=a_contract(fee_type=FeeType.QUADRATIC_WITH_MAKER_FEES))
    quotes = quoted(view, a_wish("0.499", "0.501"), min_edge=10_000)
    assert quotes.reason(Side.BUY) is Reason.NO_EDGE


def test_quotes_land_on_the_grid_of_the_side_they_land_on():
    """A tapered grid has fine ticks below ten cents and coarse ones above."""
    view = a_view("0.05", "0.20", contract=a_contract(grid=TAPERED_DECI_CENT))
    quotes = quoted(view, a_wish("0.0955", "0.1345"))
    assert prices(quotes) == (price("0.095"), price("0.14"))


CENTS = st.integers(1, 99)
STRATEGIES: tuple[Strategy, ...] = (
    Penny(),
    Penny(min_spread=price("0.02"), improve_ticks=2),
    Pair(),
    Pair(base_spread=price("0.02"), with_last_trade=True, with_dynamic_size=True),
)


@st.composite
def views(draw: st.DrawFn) -> MarketView:
    """Any market with an uncrossed touch, any holding on one side, any operator's ticks."""
    bid, ask = sorted((draw(CENTS), draw(CENTS)))
    if bid == ask:
        ask += 1
    held = draw(st.integers(0, 120))
    is_long = draw(st.booleans())
    return a_view(
        f"0.{bid:02d}" if draw(st.integers(0, 9)) else None,
        f"{ask / 100:.2f}" if ask < 100 and draw(st.integers(0, 9)) else None,
        yes=held if is_long else 0,
        no=0 if is_long else held,
        size=draw(st.integers(0, 30)),
        spread_ticks=draw(st.integers(-10, 10)),
        fair=draw(st.sampled_from((None, "0.50", "0.03"))),
    )


@given(st.sampled_from(STRATEGIES), views())
def test_every_strategy_quotes_on_grid_as_a_maker_and_uncrossed(
    strategy: Strategy, view: MarketView
):
    """What no strategy may ever do, whatever the market and the operator do."""
    quotes = strategy.quotes(view)
    bid, ask = quotes.bid, quotes.ask
    grid = view.contract.grid
    assert all(grid.has(quote.price) and quote.qty > 0 for quote in quotes.quotes)
    if bid is not None and ask is not None:
        assert bid.price < ask.price
    if bid is not None and view.everyone.ask is not None:
        assert bid.price < view.everyone.ask
    if ask is not None and view.everyone.bid is not None:
        assert ask.price > view.everyone.bid
    for side, quote in ((Side.BUY, bid), (Side.SELL, ask)):
        assert (quote is None) == (quotes.reason(side) is not None)


@given(st.sampled_from(STRATEGIES), views())
def test_at_the_limit_no_strategy_adds(strategy: Strategy, view: MarketView):
    """A full inventory is only ever reduced."""
    quotes = strategy.quotes(view)
    if view.inventory >= view.max_position:
        assert quotes.bid is None
    if view.inventory <= -view.max_position:
        assert quotes.ask is None
