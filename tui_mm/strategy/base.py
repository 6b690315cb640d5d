"""What a strategy sees and what it answers.

Rule: a strategy is a frozen dataclass of parameters with a pure `quotes(view)`. It knows no clock,
no orders and no other market; the same view always gives the same quotes.
"""

from dataclasses import dataclass
from typing import Protocol

from tui_mm.domain.contract import Contract
from tui_mm.domain.quote import QuoteSet
from tui_mm.domain.units import Money, Nanos, Price, Qty
from tui_mm.market.book import Bbo


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTrade:
    """The most recent execution printed in a market."""

    price: Price
    at: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFair:
    """The most recent fair value that came from a book with both sides."""

    micros: Money
    at: Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketView:
    """One market as a strategy sees it.

    `others` is the touch without our orders, `everyone` the touch with them: prices are made from
    the first, and the second says what would cross. `size` and `max_position` are what the
    operator has made of the strategy's own; `spread_ticks` are ticks to add to its spread.
    """

    contract: Contract
    now: Nanos
    others: Bbo
    everyone: Bbo
    last_trade: LastTrade | None
    last_fair: LastFair | None
    yes_held: Qty
    no_held: Qty
    size: Qty
    max_position: Qty
    spread_ticks: int

    @property
    def inventory(self) -> Qty:
        """Signed YES contracts held."""
        return Qty(self.yes_held - self.no_held)

    @property
    def time_to_close(self) -> Nanos:
        """How long the contract still trades."""
        return Nanos(self.contract.closes_at - self.now)


class Strategy(Protocol):
    """A rule that turns a view into quotes."""

    @property
    def name(self) -> str:
        """The word that selects it and that the screen shows."""

    @property
    def size(self) -> Qty:
        """Quote size before the operator changes it."""

    @property
    def max_position(self) -> Qty:
        """Inventory at which the strategy stops adding, before the operator changes it."""

    def quotes(self, view: MarketView) -> QuoteSet:
        """Say what should be resting now. Pure: no clock, no I/O, no memory of orders."""
