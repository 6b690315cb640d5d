"""What every place that accepts orders offers to whoever owns the clock."""

from dataclasses import dataclass
from typing import Protocol

from tui_mm.domain.commands import AnyCommand
from tui_mm.domain.events import AnyFact
from tui_mm.domain.ids import VenueId
from tui_mm.domain.units import Nanos


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What differs between venues and matters to the engine.

    `takes_money` is true when an order can cost real money. `book_shows_own_orders` is true when
    the books it publishes contain our resting orders, so that they must be taken out before the
    book says anything about the others.
    """

    takes_money: bool
    book_shows_own_orders: bool


class Venue(Protocol):
    """A place that accepts orders, driven by its owner's clock and never by its own.

    `advance` is called with times that never go back; everything it returns has happened by then,
    in the order in which it must be applied.
    """

    @property
    def id(self) -> VenueId:
        """The venue's short name."""

    @property
    def capabilities(self) -> Capabilities:
        """What the engine must know about it."""

    def next_at(self) -> Nanos | None:
        """When `advance` will have something to say; None when only a command can change that."""

    def advance(self, now: Nanos) -> list[AnyFact]:
        """The facts that reach us up to and including `now`."""

    def send(self, command: AnyCommand, now: Nanos) -> None:
        """Start a command on its way; whatever becomes of it arrives as a fact."""
