"""Text becomes an exact integer or nothing at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.units import (
    Money,
    Price,
    Qty,
    complement,
    dollars,
    money,
    money_text,
    notional,
    price,
    price_text,
    qty,
    qty_text,
)


def test_prices_are_read_exactly():
    """A venue's text is the only source of a price, so nothing of it may be lost."""
    assert price("0.47") == 4_700
    assert price("0.0010") == 10
    assert qty("1134.44") == 1_134_440_000
    assert money("-0.0175") == -17_500


@pytest.mark.parametrize("text", ["0.47001", "1.00005"])
def test_a_price_finer_than_its_unit_is_refused(text: str):
    """Rounding in silence is how money goes missing."""
    with pytest.raises(ValueError, match="more than 4 decimals"):
        price(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "inf",
        "1e3",
        "1_000",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "٣",
        "0x1",
        ".5",
        "5.",
        "--1",
        "1,0",
    ],
)
def test_only_plain_decimal_numbers_are_numbers(text: str):
    """Everything Python's own parsers would also accept is refused."""
    with pytest.raises(ValueError, match="not a plain decimal"):
        qty(text)


@given(st.integers(min_value=0, max_value=10_000))
def test_price_text_reads_back(value: int):
    """What is written can be read again without loss."""
    assert price(price_text(Price(value))) == value


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_money_text_reads_back(value: int):
    """The same for money, negative amounts included."""
    assert money(money_text(Money(value))) == value


@given(st.integers(min_value=0, max_value=10**12))
def test_qty_text_reads_back(value: int):
    """The same for quantities, whose trailing zeros are dropped."""
    assert qty(qty_text(Qty(value))) == value


@given(st.integers(0, 10_000), st.integers(0, 10**7))
def test_a_price_and_its_complement_cost_a_dollar_together(at: int, lots: int):
    """One YES and one NO pay exactly one dollar, so together they cost one."""
    size = Qty(lots * 10_000)
    both = notional(Price(at), size) + notional(complement(Price(at)), size)
    assert both == size


def test_a_product_that_is_not_whole_is_refused():
    """A quantity finer than a lot cannot be priced exactly, and says so."""
    with pytest.raises(ValueError, match="not a whole micro-dollar"):
        notional(Price(4_701), Qty(1))


def test_dollars_for_sentences_round_towards_zero():
    """A loss of a fraction of a cent is not shown as minus zero."""
    assert dollars(Money(-9_999)) == "0.00"
    assert dollars(Money(-1_239_999)) == "-1.23"
