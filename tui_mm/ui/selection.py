"""A cursor that belongs to a row and not to a place in the list.

Law: re-sorting never changes what the cursor is on. When its row leaves the list the cursor is on
nothing, so that no key can act on whatever moved into the place.
"""

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Selection(Generic[K]):
    """The selected key of a list and the marked ones."""

    def __init__(self) -> None:
        self.key: K | None = None
        self.marked: frozenset[K] = frozenset()
        self._last_index = 0

    def follow(self, keys: Sequence[K]) -> None:
        """Take note of the list as it is now: where the cursor's row stands, which marks remain."""
        if self.key is None and keys and self._last_index == 0:
            self.key = keys[0]
        if self.key in keys:
            self._last_index = keys.index(self.key)
        self.marked &= frozenset(keys)

    def move(self, keys: Sequence[K], *, by: int) -> None:
        """Move so many rows; from a vanished row, to the one nearest to where it stood."""
        if not keys:
            return
        index = keys.index(self.key) + by if self.key in keys else self._last_index
        self._last_index = max(0, min(len(keys) - 1, index))
        self.key = keys[self._last_index]

    def go_to(self, key: K) -> None:
        """Put the cursor on this row."""
        self.key = key

    def toggle_mark(self) -> None:
        """Mark the selected row, or take its mark away."""
        if self.key is not None:
            self.marked ^= frozenset({self.key})

    def clear_marks(self) -> None:
        """Mark nothing."""
        self.marked = frozenset()

    def targets(self, keys: Sequence[K]) -> tuple[K, ...]:
        """What a key acts on: the marked rows that are shown, or else the selected one."""
        marked = tuple(key for key in keys if key in self.marked)
        if marked:
            return marked
        return (self.key,) if self.key is not None and self.key in keys else ()
