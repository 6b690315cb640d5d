"""Text from outside cannot do anything but be read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.text import TEXT_CELLS_MAX, clean


@given(st.text(max_size=400))
def test_no_control_character_survives(text: str):
    """Nothing of category C, whatever goes in: no escape, no bidi mark, no newline."""
    assert not [char for char in clean(text) if unicodedata.category(char).startswith("C")]


@given(st.text(max_size=400))
def test_cleaning_twice_changes_nothing(text: str):
    """The row boundary may clean again what the parser has cleaned."""
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("Fed [/b] cut", "Fed [/b] cut"),
        ("clear \x1b[2J me", "clear ?[2J me"),
        ("two\nlines", "two lines"),
        ("right \u202eleft", "right ?left"),
        ("zero\u200bwidth", "zero?width"),
        ("c1 \x9b31m", "c1 ?31m"),
    ],
)
def test_hostile_titles_become_readable(hostile: str, shown: str):
    """Markup stays visible as it is, control characters become question marks."""
    assert clean(hostile) == shown


def test_marks_do_not_pile_up():
    """Two combining marks on a letter are a language, two hundred are an attack."""
    assert len(clean("a" + "\u0301" * 200)) <= 3


def test_a_title_has_an_end():
    """A megabyte of title costs a line, not a screen."""
    assert len(clean("x" * 1_000_000)) == TEXT_CELLS_MAX
