"""Numbers as a trader reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.units import DAY, HOUR, MINUTE, SECOND, Money, Nanos, Price, Qty, money, qty
from tui_mm.ui.format import (
    age_of_ms,
    cents,
    dollars,
    quantity,
    short_quantity,
    signed_cents_of_micros,
    signed_dollars,
    signed_quantity,
    time_left,
)


@given(st.integers(0, 10_000))
def test_cents_lose_nothing(price: int) -> None:
    """Two prices never look the same."""
    whole, _, fraction = cents(Price(price)).partition(".")
    assert int(whole) * 100 + int(fraction.ljust(2, "0") or 0) == price


@given(st.integers(-(10**15), 10**15))
def test_dollars_are_off_by_half_a_cent_at_most(micros: int) -> None:
    """And keep their sign."""
    text = dollars(Money(micros)).replace(",", "").replace(".", "")
    assert abs(int(text) * 10_000 - micros) <= 5_000


def test_profit_and_loss_always_show_a_sign() -> None:
    """Colour may not be there to tell."""
    assert signed_dollars(money("0")) == "+0.00"
    assert signed_dollars(money("-1204.505")) == "-1,204.51"
    assert signed_cents_of_micros(Money(-3_000)) == "-0.3c"


def test_quantities_are_trimmed() -> None:
    """No zeros that say nothing."""
    assert [quantity(qty(text)) for text in ("50", "1.50", "0.01", "-2")] == [
        "50",
        "1.5",
        "0.01",
        "-2",
    ]
    assert signed_quantity(qty("40")) == "+40"
    assert signed_quantity(Qty(0)) == "0"


@pytest.mark.parametrize(
    ("contracts", "text"),
    [("12.5", "12.5"), ("1234.5", "1234"), ("123456", "123k"), ("12345678", "12M")],
)
def test_a_quantity_is_shortened_only_as_far_as_needed(contracts: str, text: str) -> None:
    """Decimals go first, then thousands."""
    assert short_quantity(qty(contracts), cells=4) == text


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0.0s"), (4_199, "4.1s"), (71_000, "71s"), (720_000, "12m")]
)
def test_ages_have_the_digits_that_help(ms: int, text: str) -> None:
    """Tenths only while they matter."""
    assert age_of_ms(ms) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (6 * DAY + 4 * HOUR, "6d04h"),
        (3 * HOUR + 12 * MINUTE, "3h12m"),
        (90 * SECOND, "1m"),
        (59 * SECOND, "59s"),
        (0, "closed"),
    ],
)
def test_time_to_the_close_has_two_units(span: int, text: str) -> None:
    """Enough to decide by."""
    assert time_left(Nanos(span)) == text
