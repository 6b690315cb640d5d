"""Fees to the last unit, against fills that were really charged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.fees import FeeSchedule, FeeType, fill_charge, model_fee_rounded_up
from tui_mm.domain.units import Money, Price, Qty, money, notional, price, qty

MAKER_FEES = FeeType.QUADRATIC_WITH_MAKER_FEES
COMBO = FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES


@pytest.mark.parametrize(
    ("size", "at", "is_maker", "kind", "multiplier", "direct"),
    [
        ("100", "0.50", False, FeeType.QUADRATIC, 1_000_000, "1.7500"),
        ("100", "0.43", False, FeeType.QUADRATIC, 1_000_000, "1.7157"),
        ("1", "0.52", False, FeeType.QUADRATIC, 1_000_000, "0.0175"),
        ("1", "0.99", False, FeeType.QUADRATIC, 1_000_000, "0.0007"),
        ("1", "0.055", False, FeeType.QUADRATIC, 1_000_000, "0.0037"),
        ("227.27", "0.001", False, FeeType.QUADRATIC, 1_000_000, "0.01593"),
        ("20", "0.13", False, FeeType.QUADRATIC, 500_000, "0.0792"),
        ("10", "0.37", True, MAKER_FEES, 1_000_000, "0.0408"),
        ("100", "0.50", True, MAKER_FEES, 1_000_000, "0.4375"),
        ("100", "0.50", True, COMBO, 1_000_000, "0.8750"),
        ("100", "0.50", True, FeeType.QUADRATIC, 1_000_000, "0"),
    ],
)
def test_a_direct_members_fee(
    size: str, at: str, is_maker: bool, kind: FeeType, multiplier: int, direct: str
):
    """Rows of the venue's table, three of them from recorded production fills."""
    schedule = FeeSchedule(fee_type=kind, multiplier_millionths=multiplier)
    charge = fill_charge(
        schedule,
        at=price(at),
        size=qty(size),
        is_maker=is_maker,
        revenue=Money(-notional(price(at), qty(size))),
        rounding_collected=Money(0),
    )
    assert charge.fee == money(direct)


def test_a_brokers_customer_pays_in_whole_cents():
    """The official example: 1 at 0.055 costs 0.003639 and 0.001361 of rounding."""
    schedule = FeeSchedule(
        fee_type=FeeType.QUADRATIC, cash_unit=Money(10_000), rebate_unit=Money(10_000)
    )
    charge = fill_charge(
        schedule,
        at=price("0.055"),
        size=qty("1"),
        is_maker=False,
        revenue=money("-0.055"),
        rounding_collected=Money(0),
    )
    assert charge.fee == money("0.005")
    assert charge.rounding_collected == money("0.001361")


def test_collected_rounding_comes_back_in_whole_units():
    """Three fills with 0.004 of rounding each: the third gives a cent back and carries 0.002."""
    schedule = FeeSchedule(
        fee_type=FeeType.QUADRATIC_WITH_MAKER_FEES,
        cash_unit=Money(10_000),
        rebate_unit=Money(10_000),
    )
    collected = Money(0)
    fees = []
    for _ in range(3):
        charge = fill_charge(
            schedule,
            at=price("0.50"),
            size=qty("1"),
            is_maker=False,
            revenue=money("0.0215"),  # less a fee of 0.0175 leaves 0.004 above a whole cent
            rounding_collected=collected,
        )
        collected = charge.rounding_collected
        fees.append(charge.fee)
    assert fees == [money("0.0215"), money("0.0215"), money("0.0115")]
    assert collected == money("0.002")


@given(
    st.sampled_from(list(FeeType)),
    st.integers(1, 9_999),
    st.integers(1, 10**6),
    st.booleans(),
    st.integers(0, 99),
)
def test_a_fee_is_never_negative_and_keeps_cash_in_whole_units(
    kind: FeeType, at: int, lots: int, is_maker: bool, collected: int
):
    """Whatever was collected before, the venue never pays us to trade, and loses no rounding."""
    schedule = FeeSchedule(fee_type=kind)
    size = Qty(lots * 10_000)
    revenue = Money(-notional(Price(at), size))
    charge = fill_charge(
        schedule,
        at=Price(at),
        size=size,
        is_maker=is_maker,
        revenue=revenue,
        rounding_collected=Money(collected),
    )
    assert charge.fee >= 0
    assert (revenue - charge.fee) % schedule.cash_unit == 0
    assert charge.rounding_collected >= 0


@given(st.sampled_from(list(FeeType)), st.integers(1, 9_999), st.integers(1, 10**6))
def test_the_model_fee_is_the_same_for_a_price_and_its_complement(
    kind: FeeType, at: int, lots: int
):
    """P(1-P) knows no side."""
    schedule, size = FeeSchedule(fee_type=kind), Qty(lots * 10_000)
    one = model_fee_rounded_up(schedule, at=Price(at), size=size, is_maker=False)
    other = model_fee_rounded_up(schedule, at=Price(10_000 - at), size=size, is_maker=False)
    assert one == other
