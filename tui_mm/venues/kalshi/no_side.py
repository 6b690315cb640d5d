"""Which way a stream prices the NO side of its books, told by what the books themselves allow.

Kalshi spells an ask as a NO bid at the complement or, where that was asked for when subscribing, at
its YES price; no frame says which. Law: a reading is given up only for evidence that it cannot be
right: a full book that it would cross while the other reading does not, or a ticker whose best ask
only the other reading has.
"""

from collections.abc import Iterable, Iterator
from typing import final

from tui_mm.domain.units import DOLLAR, Price, Qty

Levels = tuple[tuple[Price, Qty], ...]


def yes_pricing(*, yes: Levels, no: Levels) -> bool | None:
    """Whether the NO side of a full book is in YES prices; None when either, or neither, fits."""
    if not yes or not no:
        return None
    bid, spelled = max(at for at, _ in yes), [at for at, _ in no]
    fits_no = bid < DOLLAR - max(spelled)
    fits_yes = bid < min(spelled)
    return None if fits_no == fits_yes else fits_yes


@final
class NoSideDoubt:
    """The books of a stream as they are spelled, kept until one reading is impossible."""

    __slots__ = ("_books",)

    def __init__(self) -> None:
        self._books: dict[str, _SpelledBook] = {}

    def yes_pricing_by_ticker(self, ticker: str, *, ask: Price, ask_qty: Qty) -> bool | None:
        """How a stated best ask says that its book is read; None when it says nothing."""
        book = self._books.get(ticker)
        if book is None or not book.no or not ask_qty:
            return None
        lowest, highest = min(book.no), max(book.no)
        fits_no = DOLLAR - highest == ask and book.no[highest] == ask_qty
        fits_yes = lowest == ask and book.no[lowest] == ask_qty
        return None if fits_no == fits_yes else fits_yes

    def keep(self, ticker: str, *, yes: Levels, no: Levels) -> None:
        """Remember a full book."""
        self._books[ticker] = _SpelledBook(yes, no)

    def change(self, ticker: str, *, is_yes: bool, at: Price, change: int) -> None:
        """Remember a change; a book that it does not fit is forgotten."""
        book = self._books.get(ticker)
        if book is not None and not book.change(is_yes=is_yes, at=at, change=change):
            del self._books[ticker]

    def forget(self, ticker: str) -> None:
        """A book that this stream feeds no more."""
        self._books.pop(ticker, None)

    def forget_all(self) -> None:
        """Something of the stream was lost, so no book of it is known any more."""
        self._books.clear()

    def books(self) -> Iterator[tuple[str, Levels, Levels]]:
        """Every book that is known without a hole: its market, its YES side, its NO side."""
        for ticker, book in self._books.items():
            yield ticker, tuple(book.yes.items()), tuple(book.no.items())

    @property
    def tickers(self) -> list[str]:
        """The markets whose NO side is not empty, so that its reading matters."""
        return [ticker for ticker, book in self._books.items() if book.no]


class _SpelledBook:
    """Both sides with the prices that are on the wire."""

    __slots__ = ("no", "yes")

    def __init__(self, yes: Iterable[tuple[Price, Qty]], no: Iterable[tuple[Price, Qty]]) -> None:
        self.yes, self.no = dict(yes), dict(no)

    def change(self, *, is_yes: bool, at: Price, change: int) -> bool:
        side = self.yes if is_yes else self.no
        after = side.pop(at, 0) + change
        if after > 0:
            side[at] = Qty(after)
        return after >= 0
