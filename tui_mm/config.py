"""The settings of a session: from TUI_MM_ variables and a `.env` file, strictly.

Law: a setting is understood exactly or refused with its name and what it may be. An unknown
TUI_MM_ variable is refused too, because a limit with a typing error in its name protects nobody.
Numbers carry their unit ("500 dollars", "100 contracts"); they go through `domain.units` and are
never rounded. `.env.example` names every setting with its default.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Final, NewType

from dotenv import dotenv_values
from pydantic import BeforeValidator, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from tui_mm.domain.errors import DeskError
from tui_mm.domain.units import (
    CONTRACT,
    DOLLAR_OF_MONEY,
    Money,
    Price,
    Qty,
    money,
    price,
    price_text,
    qty,
)

PREFIX: Final = "TUI_MM_"
NOT_SETTINGS: Final = frozenset(
    {
        "TUI_MM_DATA",  # tells the tests where recorded data is
        "TUI_MM_ASCII",  # belongs to the terminal and not to the session: the desk reads it
    }
)


class SettingsRefused(DeskError):
    """A setting is unknown, lacks its unit or is out of range; nothing was started."""


class OnOperatorLoss(Enum):
    """What happens to the quotes when nobody watches the engine any more."""

    CANCEL = "cancel"
    HOLD = "hold"


Count = NewType("Count", int)


@dataclass(frozen=True, slots=True)
class _Range:
    """Reads a number with its unit, between two bounds that are written the same way."""

    read: Callable[[str], int]
    unit: str
    low: str
    high: str

    def __call__(self, value: object) -> object:
        if not isinstance(value, str):
            return value  # a default of ours, already in its unit
        suffix = f" {self.unit}" if self.unit else ""
        number = value.strip().removesuffix(suffix)
        allowed = f"from {self.low} to {self.high}{suffix}"
        if suffix and not value.strip().endswith(suffix):
            raise ValueError(f"{value!r} lacks its unit: write a number of {self.unit} {allowed}")
        try:
            read = self.read(number)
        except ValueError as error:
            raise ValueError(f"{error}: write a number {allowed}") from error
        if not self.read(self.low) <= read <= self.read(self.high):
            raise ValueError(f"{value!r} is out of range: {allowed}")
        return read


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len("1000000")):
        raise ValueError(f"{text[:40]!r} is not a plain whole number")
    return int(text)


PriceSetting = Annotated[Price, BeforeValidator(_Range(price, "dollars", "0.0001", "0.9999"))]
QtySetting = Annotated[Qty, BeforeValidator(_Range(qty, "contracts", "0.01", "1000000"))]
MoneySetting = Annotated[Money, BeforeValidator(_Range(money, "dollars", "0.01", "10000000"))]
OrdersSetting = Annotated[Count, BeforeValidator(_Range(_count, "", "1", "10000"))]
RateSetting = Annotated[Count, BeforeValidator(_Range(_count, "", "1", "1000"))]


class Settings(BaseSettings):
    """Everything a session can be told; the limits cannot be raised from the desk."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True
    )

    state_dir: Path | None = None
    """Folder of the sessions; the platform's place for state when it is not set."""
    on_operator_loss: OnOperatorLoss = OnOperatorLoss.CANCEL
    """Cancel or hold the quotes when the last desk has been gone for ten seconds."""
    opening_cash: MoneySetting = Money(10_000 * DOLLAR_OF_MONEY)
    """What the paper account starts with."""
    price_min: PriceSetting = Price(300)
    """Refuse an order that adds inventory below this price."""
    price_max: PriceSetting = Price(9_700)
    """Refuse an order that adds inventory above this price."""
    order_qty_max: QtySetting = Qty(100 * CONTRACT)
    """Refuse an order of more contracts than this."""
    order_value_max: MoneySetting = Money(100 * DOLLAR_OF_MONEY)
    """Refuse an order that could cost more than this to fill."""
    position_max: QtySetting = Qty(200 * CONTRACT)
    """Refuse an order that could bring the inventory of one contract beyond this, either way."""
    group_exposure_max: MoneySetting = Money(500 * DOLLAR_OF_MONEY)
    """Refuse an order whose event group could then lose more than this."""
    total_exposure_max: MoneySetting = Money(2_000 * DOLLAR_OF_MONEY)
    """Refuse an order after which the account could lose more than this."""
    open_orders_max: OrdersSetting = Count(200)
    """Refuse an order beyond so many live ones."""
    daily_loss_max: MoneySetting = Money(250 * DOLLAR_OF_MONEY)
    """Kill once the day's profit is this far below zero."""
    messages_per_second_max: RateSetting = Count(20)
    """Refuse an order once so many messages went out within a second; cancels always pass."""

    @model_validator(mode="after")
    def _band_is_not_empty(self) -> "Settings":
        if self.price_min >= self.price_max:
            raise ValueError(
                f"{PREFIX}PRICE_MIN {price_text(self.price_min)} must be below"
                f" {PREFIX}PRICE_MAX {price_text(self.price_max)} dollars"
            )
        return self


def loaded_settings() -> Settings:
    """The settings in force here and now.

    Raises:
        SettingsRefused: naming every setting that is wrong and what it may be.
    """
    known = set(setting_names()) | NOT_SETTINGS
    unknown = sorted(
        name
        for name in {*os.environ, *dotenv_values(".env")}
        if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        raise SettingsRefused(
            f"unknown setting {', '.join(unknown)}: the settings are {', '.join(setting_names())}"
        )
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsRefused("\n".join(map(_sentence, error.errors()))) from None


def setting_names() -> list[str]:
    """Every variable this product reads, as it is written in the environment."""
    return [PREFIX + name.upper() for name in Settings.model_fields]


def _sentence(error: ErrorDetails) -> str:
    text = error["msg"].removeprefix("Value error, ")
    return ": ".join([*(PREFIX + str(part).upper() for part in error["loc"]), text])
