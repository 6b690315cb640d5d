"""Every kind of fact is kept somewhere, or left out on purpose."""

from typing import get_args

from tui_mm.domain.events import AnyFact, TimePassed
from tui_mm.journal.capture import CAPTURED_FACTS
from tui_mm.journal.writer import JOURNALED_FACTS


def test_a_session_can_be_replayed_whole_from_journal_and_capture():
    """Passing time is the one fact that follows from the others' times."""
    kept = {*JOURNALED_FACTS, *CAPTURED_FACTS}
    assert set(get_args(AnyFact)) - kept == {TimePassed}
