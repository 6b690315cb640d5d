"""The operator's lease: who is watching, and since when nobody is."""

from hypothesis import given
from hypothesis import strategies as st

from tui_mm.runtime.lease import OperatorLease


def test_an_engine_nobody_ever_watched_has_no_lease():
    """A headless session quotes on its own."""
    assert not OperatorLease(10).has_run_out(now_s=1_000_000)


def test_it_runs_out_once_after_the_last_beat():
    """Not before its time, and not again and again afterwards."""
    lease = OperatorLease(10)
    lease.beat(1, now_s=100)
    lease.gone(1)
    assert not lease.has_run_out(now_s=109)
    assert lease.has_run_out(now_s=110)
    assert not lease.has_run_out(now_s=111)


def test_a_silent_desk_counts_as_gone():
    """A connection that stays open while its terminal stands still shows nobody anything."""
    lease = OperatorLease(10)
    lease.beat(1, now_s=100)
    assert lease.has_run_out(now_s=110)


def test_somebody_else_who_watches_keeps_it():
    """Several desks may be open; one is enough."""
    lease = OperatorLease(10)
    lease.beat(1, now_s=100)
    lease.gone(1)
    lease.beat(2, now_s=105)
    assert not lease.has_run_out(now_s=112)


def test_leaving_on_purpose_gives_it_back():
    """The engine goes on alone, as it was told; a desk lost earlier does not change that."""
    lease = OperatorLease(10)
    lease.beat(1, now_s=100)
    lease.gone(1)
    lease.beat(2, now_s=105)
    lease.detach(2)
    assert not lease.has_run_out(now_s=1_000)


def test_leaving_while_another_desk_watches_keeps_the_lease_running():
    """Whoever stays is the operator now."""
    lease = OperatorLease(10)
    lease.beat(1, now_s=100)
    lease.beat(2, now_s=100)
    lease.detach(1)
    assert lease.has_run_out(now_s=110)


def test_a_command_that_never_beats_neither_takes_nor_returns_it():
    """`tui-mm status` in another shell must not take the lease from the desk."""
    lease = OperatorLease(10)
    lease.beat(1, now_s=100)
    lease.detach(7)
    assert lease.has_run_out(now_s=110)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_regular_beats_keep_it_for_ever(gaps: list[int]):
    """However the beats are spaced, below the lease nothing is lost."""
    lease, now = OperatorLease(10), 0
    for gap in gaps:
        lease.beat(1, now_s=now)
        now += gap
        assert not lease.has_run_out(now_s=now)


def test_a_desk_that_never_came_is_missed_too() -> None:
    """An engine started for a desk does not quote on when the desk died before its first beat."""
    lease = OperatorLease(10.0, expected_since_s=100.0)
    assert not lease.has_run_out(now_s=109.9)
    assert lease.has_run_out(now_s=110.0)
