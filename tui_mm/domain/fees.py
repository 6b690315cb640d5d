"""What a fill costs at a venue, to the last micro-dollar.

Kalshi's rule (fee page and fee-rounding page, September 2026): the model fee is
`rate * multiplier * contracts * P * (1 - P)`, rounded up to a granularity; the cash change of the
fill is then rounded down to the account's cash unit, and the difference is charged as a rounding
fee that comes back, order by order, once it adds up to a whole unit.
"""

from dataclasses import dataclass
from enum import Enum

from tui_mm.domain.units import DOLLAR, Money, Price, Qty

MILLION = 1_000_000
# millionths (rate) * millionths (multiplier) * 1/10,000 * 1/10,000 (price, complement): what is
# left of the product with a Qty once these are divided out is micro-dollars, as Qty is in
# millionths of a contract.
_FEE_SCALE = MILLION * MILLION * DOLLAR * DOLLAR


class FeeType(Enum):
    """The venue's name for a pair of fee rates."""

    QUADRATIC = "quadratic"
    QUADRATIC_WITH_MAKER_FEES = "quadratic_with_maker_fees"
    QUADRATIC_WITH_COMBO_MAKER_FEES = "quadratic_with_combo_maker_fees"

    @property
    def taker_rate_millionths(self) -> int:
        """Dollars per contract at P(1-P) = 1, in millionths, for the side that crossed."""
        return 70_000

    @property
    def maker_rate_millionths(self) -> int:
        """The same for the side that was resting."""
        return _MAKER_RATES[self]


_MAKER_RATES = {
    FeeType.QUADRATIC: 0,
    FeeType.QUADRATIC_WITH_MAKER_FEES: 17_500,
    FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES: 35_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """The fees of one contract for one account.

    `granularity` is what the model fee is rounded up to, `cash_unit` what the account's cash is
    kept in (0.0001 dollar for a direct member, 0.01 for a broker's customer), and `rebate_unit`
    the amount at which collected rounding comes back.
    """

    fee_type: FeeType
    multiplier_millionths: int = MILLION
    granularity: Money = Money(1)
    cash_unit: Money = Money(100)
    rebate_unit: Money = Money(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillCharge:
    """What one fill costs and what rounding its order has collected since."""

    fee: Money
    rounding_collected: Money


def model_fee_rounded_up(schedule: FeeSchedule, *, at: Price, size: Qty, is_maker: bool) -> Money:
    """The fee before cash rounding, rounded up to the schedule's granularity."""
    fee_type = schedule.fee_type
    rate = fee_type.maker_rate_millionths if is_maker else fee_type.taker_rate_millionths
    scaled = rate * schedule.multiplier_millionths * size * at * (DOLLAR - at)
    grain = _FEE_SCALE * schedule.granularity
    return Money(-(-scaled // grain) * schedule.granularity)


def fill_charge(
    schedule: FeeSchedule,
    *,
    at: Price,
    size: Qty,
    is_maker: bool,
    revenue: Money,
    rounding_collected: Money,
) -> FillCharge:
    """Charge one fill of one order.

    Args:
        revenue: what the fill itself brings in, negative when paying.
        rounding_collected: the order's collected rounding so far; it survives the change from
            taker to maker.
    """
    trade_fee = model_fee_rounded_up(schedule, at=at, size=size, is_maker=is_maker)
    raw = revenue - trade_fee
    rounding = raw % schedule.cash_unit  # distance down to the next whole cash unit
    collected = rounding_collected + rounding
    rebate = 0
    if collected > schedule.rebate_unit:
        # A fee is never negative: what this fill cannot give back stays collected.
        returnable = min(collected, trade_fee + rounding)
        rebate = returnable // schedule.rebate_unit * schedule.rebate_unit
    return FillCharge(
        fee=Money(trade_fee + rounding - rebate), rounding_collected=Money(collected - rebate)
    )
