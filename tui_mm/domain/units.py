"""Exact integers for prices, quantities, money and time, and the only door text comes in by.

Price is 1/10,000 dollar, Qty is 1/1,000,000 contract, Money is 1/1,000,000 dollar, Nanos is
nanoseconds since the Unix epoch. Text becomes an integer exactly or raises; nothing is rounded
in silence.
"""

import re
from typing import NewType

Price = NewType("Price", int)
"""1/10,000 dollar per contract, on the YES scale."""

Qty = NewType("Qty", int)
"""1/1,000,000 contract."""

Money = NewType("Money", int)
"""1/1,000,000 dollar; negative is owed or lost."""

Nanos = NewType("Nanos", int)
"""Nanoseconds since the Unix epoch (a moment), or between two moments (a span)."""

DOLLAR = Price(10_000)
CONTRACT = Qty(1_000_000)
DOLLAR_OF_MONEY = Money(1_000_000)
MILLISECOND = Nanos(1_000_000)
SECOND = Nanos(1_000_000_000)
MINUTE = Nanos(60 * SECOND)
HOUR = Nanos(60 * MINUTE)
DAY = Nanos(24 * HOUR)

_PRICE_DECIMALS = 4
_QTY_DECIMALS = 6
_MONEY_DECIMALS = 6
# ASCII digits only, no exponent, sign only in front: what int() and Decimal() would also accept
# ("1_000", "NaN", other scripts' digits) is not a number here.
_NUMBER = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,6}))?")


def price(text: str) -> Price:
    """Price from dollars as text: "0.47" is 4,700. Raises ValueError when it is not exact."""
    return Price(_scaled(text, decimals=_PRICE_DECIMALS))


def qty(text: str) -> Qty:
    """Quantity from contracts as text: "1.50" is 1,500,000. Raises ValueError when not exact."""
    return Qty(_scaled(text, decimals=_QTY_DECIMALS))


def money(text: str) -> Money:
    """Money from dollars as text: "-0.0175" is -17,500. Raises ValueError when not exact."""
    return Money(_scaled(text, decimals=_MONEY_DECIMALS))


def complement(yes: Price) -> Price:
    """Price of the other outcome: a YES at 0.47 is a NO at 0.53."""
    return Price(DOLLAR - yes)


def notional(at: Price, size: Qty) -> Money:
    """Price times quantity, exactly.

    Raises:
        ValueError: the product is not a whole number of micro-dollars, which cannot happen on a
            venue whose lot is 0.01 contract.
    """
    whole, rest = divmod(at * size, DOLLAR)
    if rest:
        raise ValueError(f"{price_text(at)} x {qty_text(size)} is not a whole micro-dollar")
    return Money(whole)


def price_text(value: Price) -> str:
    """Dollars with four decimals, as venues write prices: 4,700 is "0.4700"."""
    return _text(value, decimals=_PRICE_DECIMALS, shown=_PRICE_DECIMALS)


def qty_text(value: Qty) -> str:
    """Contracts with as many decimals as needed: 10,000,000 is "10", 1,500,000 is "1.5"."""
    text = _text(value, decimals=_QTY_DECIMALS, shown=_QTY_DECIMALS)
    return text.rstrip("0").rstrip(".")


def money_text(value: Money) -> str:
    """Dollars with all six decimals: exact, for exports and comparisons."""
    return _text(value, decimals=_MONEY_DECIMALS, shown=_MONEY_DECIMALS)


def dollars(value: Money) -> str:
    """Dollars with two decimals, rounded towards zero: for sentences, never for sums."""
    whole, rest = divmod(abs(value), DOLLAR_OF_MONEY)
    cents = rest // 10_000
    return f"{'-' if value < 0 and (whole or cents) else ''}{whole}.{cents:02d}"


def _scaled(text: str, *, decimals: int) -> int:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a plain decimal number")
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    kept, dropped = fraction[:decimals], fraction[decimals:]
    if dropped.strip("0"):
        raise ValueError(f"{text!r} has more than {decimals} decimals")
    magnitude = int(whole + kept.ljust(decimals, "0"))
    return -magnitude if sign else magnitude


def _text(value: int, *, decimals: int, shown: int) -> str:
    whole, rest = divmod(abs(value), 10**decimals)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:0{decimals}d}"[: len(sign) + len(str(whole)) + 1 + shown]
