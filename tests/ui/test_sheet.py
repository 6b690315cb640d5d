"""Only what changed is sent."""

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_mm.ui.sheet import changed_spans

STYLES = (Style(), Style(bold=True), Style(color="red"))
PIECES = st.lists(
    st.tuples(st.sampled_from("ab "), st.sampled_from(STYLES)), min_size=30, max_size=30
)


def strip_of(cells: list[tuple[str, Style]]) -> Strip:
    """One segment for each cell."""
    return Strip([Segment(char, style) for char, style in cells])


@given(PIECES, PIECES)
def test_repainting_the_spans_turns_the_old_row_into_the_new_one(
    old: list[tuple[str, Style]], new: list[tuple[str, Style]]
) -> None:
    """No changed cell is left out."""
    painted = list(old)
    for start, end in changed_spans(strip_of(old), strip_of(new)):
        painted[start:end] = new[start:end]
    assert painted == new


@given(PIECES)
def test_equal_rows_have_nothing_to_repaint(cells: list[tuple[str, Style]]) -> None:
    """However they are cut into segments."""
    whole = strip_of(cells)
    assert changed_spans(whole, Strip(list(whole.simplify()))) == []


def test_far_changes_are_apart_and_near_ones_together() -> None:
    """A cursor move costs as much as a few cells."""
    old = Strip([Segment("." * 60, Style())])
    new = Strip([Segment("x.x" + "." * 50 + "x" + "." * 6, Style())])
    assert changed_spans(old, new) == [(0, 3), (53, 54)]


def test_a_row_with_wide_characters_is_repainted_whole() -> None:
    """Half of one cannot be repainted."""
    old = Strip([Segment("漢字ab", Style())])
    new = Strip([Segment("漢字ac", Style())])
    assert changed_spans(old, new) == [(0, 6)]
