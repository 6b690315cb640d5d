"""Lines for a human never hold up the engine."""

import threading

from tui_mm.runtime.teller import TOLD_AHEAD_MAX, Teller


def test_lines_are_told_in_order():
    """What was said first is read first, and closing waits for the rest."""
    told: list[str] = []
    teller = Teller(told.append)
    for number in range(10):
        teller.say(str(number))
    teller.close(patience_s=5)
    assert told == [str(number) for number in range(10)]


def test_a_terminal_that_takes_nothing_blocks_nobody():
    """Saying returns while the writer hangs, and what is too much is dropped."""
    is_free = threading.Event()
    told: list[str] = []

    def tell(line: str) -> None:
        is_free.wait(30)
        told.append(line)

    teller = Teller(tell)
    for number in range(10 * TOLD_AHEAD_MAX):
        teller.say(str(number))
    is_free.set()
    teller.close(patience_s=5)
    assert 0 < len(told) <= TOLD_AHEAD_MAX + 1


def test_a_terminal_that_has_gone_is_no_error():
    """The log file has every line."""

    def tell(_: str) -> None:
        raise BrokenPipeError

    teller = Teller(tell)
    teller.say("anybody?")
    teller.close(patience_s=5)
