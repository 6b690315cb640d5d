"""When commands arrive."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.units import MILLISECOND, Nanos
from tui_mm.exchange.latency import CommandLines, Latency, Line

_sends = st.lists(st.tuples(st.sampled_from(Line), st.integers(0, 50)), max_size=40)


@given(_sends, st.integers(0, 1_000))
def test_commands_of_one_kind_arrive_in_the_order_they_were_sent(
    sends: list[tuple[Line, int]], seed: int
) -> None:
    """And every command takes at least its latency and at most that, the jitter and the queue."""
    latency = Latency()
    lines = CommandLines(latency, Random(seed))
    now, last = 0, dict.fromkeys(Line, 0)
    for line, pause in sends:
        now += pause * MILLISECOND
        arrival = lines.arrival(line, Nanos(now))
        assert arrival >= now + latency.command
        assert arrival <= max(now + latency.command + latency.jitter, last[line])
        assert arrival >= last[line]
        last[line] = arrival


def test_a_cancel_can_overtake_the_order_it_is_for() -> None:
    """Different kinds of commands race by the difference of their jitter."""
    lines = CommandLines(Latency(), Random(1))
    now = Nanos(0)
    races = [
        lines.arrival(Line.ORDERS, Nanos(now + second * 1_000 * MILLISECOND))
        > lines.arrival(Line.CANCELS, Nanos(now + second * 1_000 * MILLISECOND))
        for second in range(40)
    ]
    assert True in races
    assert False in races
