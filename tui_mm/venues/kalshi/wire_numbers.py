"""Kalshi's numbers and times, which are text on the wire, as exact integers.

Law: exactly or not at all. What was read once is remembered, because a feed repeats itself and
looking a text up is many times cheaper than reading it.
"""

import re
from datetime import UTC, datetime
from typing import Final, TypeVar

from tui_mm.domain.units import (
    DOLLAR,
    MILLISECOND,
    SECOND,
    Nanos,
    Price,
    Qty,
    complement,
    price,
    qty,
)

_CACHED_MAX: Final = 1 << 16  # prices are a few hundred, quantities repeat; a flood is forgotten


class _Prices(dict[str, Price]):
    """Price text already read, zero and one dollar included."""

    def __missing__(self, text: str) -> Price:
        value = price(text)
        if not 0 <= value <= DOLLAR:
            raise ValueError(f"{text!r} is not between zero and one dollar")
        return _remembered(self, text, value)


class _Levels(dict[str, Price]):
    """Price text of a book's level, which lies strictly inside zero and one dollar."""

    def __init__(self, *, is_complement: bool) -> None:
        super().__init__()
        self._is_complement = is_complement

    def __missing__(self, text: str) -> Price:
        value = PRICES[text]
        if not 0 < value < DOLLAR:
            raise ValueError(f"level price {text} is not inside zero and one dollar")
        return _remembered(self, text, complement(value) if self._is_complement else value)


class _Quantities(dict[str, Qty]):
    """Signed quantity text already read."""

    def __missing__(self, text: str) -> Qty:
        return _remembered(self, text, qty(text))


class _Fractions(dict[str, int]):
    """Nanoseconds of the digits that follow the milliseconds of a second."""

    def __missing__(self, digits: str) -> int:
        # The text is deprecated beside the milliseconds: where it has another form, they stand.
        nanos = int(digits.ljust(6, "0")) if re.fullmatch("[0-9]{1,6}", digits) else 0
        return _remembered(self, digits, nanos)


PRICES: Final = _Prices()
LEVELS: Final = _Levels(is_complement=False)
COMPLEMENT_LEVELS: Final = _Levels(is_complement=True)
"""The same text read as the other outcome's price."""
QUANTITIES: Final = _Quantities()
_FRACTIONS: Final = _Fractions()

_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|\+00:00)"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str) -> Nanos:
    """A time such as "2026-05-14T04:45:00.5Z", trailing zeros of the fraction left out or not.

    Raises:
        ValueError: it is not UTC in that form.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a UTC time")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    since = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _EPOCH
    fraction = int((match.group(7) or "").ljust(9, "0"))
    return Nanos((since.days * 86_400 + since.seconds) * SECOND + fraction)


def exchange_time(ts_ms: int | None, text: str | None) -> Nanos:
    """When the venue says it happened, in microseconds where it says so; 0 where it does not."""
    if ts_ms is None:
        return Nanos(0) if text is None else moment(text)
    if text is None:
        return Nanos(ts_ms * MILLISECOND)
    # "2026-05-14T04:53:11.465313Z": what comes after the third digit of the fraction.
    return Nanos(ts_ms * MILLISECOND + _FRACTIONS[text[23:-1]])


_K = TypeVar("_K")
_V = TypeVar("_V")


def _remembered(cache: dict[_K, _V], key: _K, value: _V) -> _V:
    if len(cache) >= _CACHED_MAX:
        cache.clear()
    cache[key] = value
    return value
