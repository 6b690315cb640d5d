"""The one widget of the desk: a grid of rows that sends only the cells that changed.

Rows come from pure functions as strips. The sheet compares them with what it showed last and writes
the differing cells straight to the terminal. Textual's compositor would send each touched row again
from its left edge to the last changed cell; it still draws everything whenever the whole screen is
due, and it draws alone where there is no terminal, as in tests and pictures.
"""

from collections.abc import Callable, Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_GAP_MIN: Final = 8  # a cursor move costs about as much as so many plain cells


class Sheet(Widget, can_focus=False):
    """Shows rows of styled text.

    Args:
        write: sends text to the terminal; False when there is none to send it to.
    """

    def __init__(self, write: Callable[[str], bool]) -> None:
        super().__init__()
        self._rows: list[Strip] = []
        self._write = write

    @property
    def text(self) -> str:
        """What is shown, as text."""
        return "\n".join(strip.text for strip in self._rows)

    def show(self, rows: Sequence[Strip]) -> None:
        """Show these rows from now on."""
        before, self._rows = self._rows, list(rows)
        if len(before) != len(rows) or before[0].cell_length != rows[0].cell_length:
            self.refresh()
            return
        regions = [
            Region(start, y, end - start, 1)
            for y, (old, new) in enumerate(zip(before, rows, strict=True))
            for start, end in changed_spans(old, new)
        ]
        # An empty list must not get through: refreshing no region repaints them all.
        if not regions:
            return
        if self._write("".join(map(self._painted, regions))):
            self._styles_cache.set_dirty(*regions)
        else:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One row, as it was last given."""
        if y < len(self._rows):
            return self._rows[y]
        return Strip([Segment(" " * self.size.width, Style())], self.size.width)

    def _painted(self, region: Region) -> str:
        """A cursor move, and the cells of this region in their colours."""
        strip = self._rows[region.y].crop(region.x, region.right)
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self.background_colors[1])
        x, y = region.offset + self.region.offset
        return f"\x1b[{y + 1};{x + 1}H{strip.render(self.app.console)}"


def changed_spans(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """The cells in which two rows differ, as half-open spans; near ones are joined.

    A row with characters of two cells counts as one cell: cutting through one would shear it.
    """
    if old == new:
        return []
    width = max(old.cell_length, new.cell_length)
    if not (_is_plain(old) and _is_plain(new)):
        return [(0, width)]
    before, after = _cells(old), _cells(new)
    spans: list[tuple[int, int]] = []
    for x in range(width):
        if x < len(before) and x < len(after) and before[x] == after[x]:
            continue
        if spans and x - spans[-1][1] < _GAP_MIN:
            spans[-1] = (spans[-1][0], x + 1)
        else:
            spans.append((x, x + 1))
    return spans


def _is_plain(strip: Strip) -> bool:
    return sum(len(segment.text) for segment in strip) == strip.cell_length


def _cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(char, segment.style) for segment in strip for char in segment.text]
