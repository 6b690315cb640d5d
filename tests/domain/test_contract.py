"""Tick grids come from price ranges and are exact at every border."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.contract import (
    DECI_CENT,
    LINEAR_CENT,
    TAPERED_DECI_CENT,
    PriceRange,
    TickGrid,
    uniform_grid,
)
from tui_mm.domain.units import DOLLAR, Price, price

GRIDS = (LINEAR_CENT, DECI_CENT, TAPERED_DECI_CENT, uniform_grid(Price(50)), uniform_grid(Price(1)))


def test_zero_and_a_dollar_are_on_no_grid():
    """A contract cannot trade at a price that is certain."""
    for grid in GRIDS:
        assert not grid.has(Price(0))
        assert not grid.has(DOLLAR)


def test_a_tapered_grid_changes_its_step_at_the_borders():
    """Both neighbours reach the border price; on either side of it their own step counts."""
    grid = TAPERED_DECI_CENT
    assert grid.has(price("0.0990"))
    assert grid.has(price("0.1000"))
    assert not grid.has(price("0.1010"))
    assert grid.above(price("0.1000")) == price("0.1100")
    assert grid.below(price("0.1000")) == price("0.0990")
    assert grid.above(price("0.9000")) == price("0.9010")


@given(st.sampled_from(GRIDS), st.integers(min_value=0, max_value=1_000_000))
def test_rounding_lands_on_the_grid_around_the_raw_price(grid: TickGrid, micros: int):
    """Down is the last price not above, up the first not below, and nothing lies between."""
    low, high = grid.floor_micros(micros), grid.ceil_micros(micros)
    assert low is None or (grid.has(low) and low * 100 <= micros)
    assert high is None or (grid.has(high) and high * 100 >= micros)
    if low is not None and high is not None:
        assert high == low or grid.above(low) == high


@given(st.sampled_from(GRIDS), st.data())
def test_ticks_count_the_steps_between_two_prices(grid: TickGrid, data: st.DataObject):
    """Going up by the counted ticks arrives at the other price."""
    prices = st.sampled_from(grid.prices)
    low, high = sorted((data.draw(prices), data.draw(prices)))
    assert grid.above(low, ticks=grid.ticks_between(low, high)) == high


def test_there_is_nothing_beyond_the_ends_of_the_grid():
    """Past the last price there is no price, not the last one again."""
    assert LINEAR_CENT.above(LINEAR_CENT.highest) is None
    assert LINEAR_CENT.below(LINEAR_CENT.lowest) is None
    assert LINEAR_CENT.floor_micros(9_999) is None


def test_a_grid_without_prices_is_refused():
    """A venue's ranges that leave no price must not become a grid that rounds to nothing."""
    with pytest.raises(ValueError, match="at least one price"):
        TickGrid((PriceRange(Price(0), DOLLAR, DOLLAR),))
    with pytest.raises(ValueError, match="has no prices"):
        TickGrid((PriceRange(Price(0), DOLLAR, Price(0)),))
