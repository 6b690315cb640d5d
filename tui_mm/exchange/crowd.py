"""What every simulated trader is: it has a market, a manner and randomness of its own.

Traders use the same exchange as everybody, with accounts of their own. They look at the book and at
their own belief and at nothing else; in particular nobody knows whose an order is. What one of them
draws never depends on the others.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tui_mm.domain.contract import MICROS_PER_PRICE, Contract
from tui_mm.domain.units import CONTRACT, DOLLAR, SECOND, Nanos, Qty
from tui_mm.exchange.belief import Belief
from tui_mm.exchange.exchange import Exchange
from tui_mm.exchange.matching import MatchingBook


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdProfile:
    """How a market's crowd behaves; money in dollars, widths at even odds, sizes in contracts.

    Widths shrink towards the ends of the price scale unless `has_constant_width`. Rates are per
    minute, `noise_per_minute` for each side.
    """

    makers: int
    half_spread: float
    levels: int
    level_gap: float
    level_size: float
    refresh_s: float
    error: float
    error_memory_s: float
    noise_per_minute: float
    noise_size: float
    noise_reach: float
    noise_lean: float
    informed_per_minute: float
    informed_size: float
    has_constant_width: bool = False
    has_fractions: bool = False


class Trader(Protocol):
    """Somebody who acts now and says when to be asked again."""

    def arrives_at(self, opens_at: Nanos) -> Nanos:
        """When to be asked first: makers at the opening, takers some time after it."""

    def act(self, now: Nanos) -> Nanos | None:
        """Trade; returns when to act next, None to leave for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What all traders of one contract share: where it trades, what is true, how they behave."""

    exchange: Exchange
    contract: Contract
    belief: Belief
    profile: CrowdProfile

    @property
    def book(self) -> MatchingBook:
        """The contract's book. Raises KeyError once it is settled."""
        book = self.exchange.book(self.contract.id)
        if book is None:
            raise KeyError(self.contract.id)
        return book

    def width_factor(self, probability: float) -> float:
        """How wide things are at this probability, against even odds."""
        if self.profile.has_constant_width:
            return 1.0
        return 4.0 * probability * (1.0 - probability)

    def size(self, random: Random, contracts: float) -> Qty:
        """At least one contract, geometric around a mean; with hundredths where they are usual."""
        drawn = 1.0 + random.expovariate(1.0 / contracts)
        step = self.contract.lot if self.profile.has_fractions else CONTRACT
        return Qty(int(drawn * CONTRACT) // step * step)


def micros(dollars: float) -> int:
    """A price in whole micro-dollars, rounded down; the grid does the rest."""
    return math.floor(dollars * DOLLAR * MICROS_PER_PRICE)


def after(now: Nanos, seconds: float) -> Nanos:
    """The moment so many seconds from now, and always later than now."""
    return Nanos(now + 1 + int(seconds * SECOND))
