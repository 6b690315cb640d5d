"""How exact numbers look on the screen; the only place where they become text for a trader.

Prices are cents with as many decimals as they need, money is dollars with two decimals, and
quantities lose their trailing zeros. Nothing here is read back.
"""

from typing import Final

from tui_mm.domain.contract import MICROS_PER_PRICE
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import CONTRACT, DAY, HOUR, MINUTE, SECOND, Money, Nanos, Price, Qty

NOTHING: Final = "-"

_PRICES_PER_CENT = 100
_MICROS_PER_CENT = _PRICES_PER_CENT * MICROS_PER_PRICE
_COMMON_PREFIX = "KX"  # every Kalshi id starts with it, so it tells nothing


def cents(price: Price) -> str:
    """A price in cents: 4,700 is "47", 320 is "3.2"."""
    whole, rest = divmod(price, _PRICES_PER_CENT)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def cents_or_nothing(price: Price | None) -> str:
    """A price in cents, or a dash where there is none."""
    return NOTHING if price is None else cents(price)


def cents_of_micros(micros: Money) -> str:
    """A raw price in cents with one decimal: 421,000 is "42.1"."""
    return _tenths(_rounded(micros, _MICROS_PER_CENT // 10))


def signed_cents_of_micros(micros: Money) -> str:
    """A difference of prices, always with its sign: "+1.1c"."""
    tenths = _rounded(micros, _MICROS_PER_CENT // 10)
    return f"{'-' if tenths < 0 else '+'}{_tenths(abs(tenths))}c"


def dollars(money: Money) -> str:
    """Money with two decimals and grouped thousands: "-1,204.50"."""
    hundredths = _rounded(money, _MICROS_PER_CENT)
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole:,}.{rest:02d}"


def signed_dollars(money: Money) -> str:
    """Profit or loss: the sign is always there, because colour may not be."""
    text = dollars(money)
    return text if text.startswith("-") else f"+{text}"


def quantity(qty: Qty) -> str:
    """Contracts with at most two decimals, cut towards zero: "50", "1.5"."""
    whole, rest = divmod(abs(qty), CONTRACT)
    text = f"{whole}.{rest * 100 // CONTRACT:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if qty < 0 else text


def short_quantity(qty: Qty, *, cells: int) -> str:
    """Contracts in so many cells: decimals go first, then thousands become "k"."""
    whole = qty // CONTRACT
    candidates = (quantity(qty), str(whole), f"{whole // 1000}k", f"{whole // 1_000_000}M")
    return next((text for text in candidates if len(text) <= cells), candidates[-1])


def signed_quantity(qty: Qty) -> str:
    """Inventory: long is plus, short is minus, flat is a bare zero."""
    return f"+{quantity(qty)}" if qty > 0 else quantity(qty)


def price_and_quantity(price: Price | None, qty: Qty) -> str:
    """A resting quote of ours: "41x50"."""
    return NOTHING if price is None else f"{cents(price)}x{quantity(qty)}"


def age_of_ms(ms: int) -> str:
    """How old something is, with no more digits than help: "4.1s", "71s", "12m"."""
    if ms < 10_000:
        return f"{ms // 1000}.{ms % 1000 // 100}s"
    if ms < 100_000:
        return f"{ms // 1000}s"
    minutes = ms // 60_000
    return f"{minutes}m" if minutes < 100 else f"{minutes // 60}h"


def age(span: Nanos) -> str:
    """The same for a span in nanoseconds; never negative."""
    return age_of_ms(max(0, span) // 1_000_000)


def clock(moment: Nanos) -> str:
    """Time of day in UTC: "14:03:22"."""
    seconds = moment % DAY // SECOND
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def clock_with_ms(moment: Nanos) -> str:
    """Time of day in UTC down to the millisecond: "14:03:22.118"."""
    return f"{clock(moment)}.{moment % SECOND // 1_000_000:03d}"


def time_left(span: Nanos) -> str:
    """Time until a market closes, in its two largest units: "6d04h", "3h12m", "59s"."""
    if span <= 0:
        return "closed"
    if span >= DAY:
        return f"{span // DAY}d{span % DAY // HOUR:02d}h"
    if span >= HOUR:
        return f"{span // HOUR}h{span % HOUR // MINUTE:02d}m"
    return f"{span // MINUTE}m" if span >= MINUTE else f"{span // SECOND}s"


def contract_name(contract: ContractId) -> str:
    """A contract's id without the prefix that all of them share."""
    return contract.removeprefix(_COMMON_PREFIX)


def place(name: str, *, where: str) -> str:
    """A limit's name with the contract or group it speaks of, if it speaks of one."""
    return f"{name} {where.removeprefix(_COMMON_PREFIX)}" if where else name


def _tenths(value: int) -> str:
    whole, rest = divmod(abs(value), 10)
    return f"{'-' if value < 0 else ''}{whole}.{rest}"


def _rounded(value: int, step: int) -> int:
    """Nearest whole number of steps, halves away from zero."""
    nearest = (abs(value) + step // 2) // step
    return -nearest if value < 0 else nearest
