"""Which books are trusted after which numbers, and until when."""

from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.ids import ContractId, SubscriptionId
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import SECOND, Nanos
from tui_mm.market.feed_health import FeedHealth

A, B, C = ContractId("A"), ContractId("B"), ContractId("C")
ONE, TWO = SubscriptionId(1), SubscriptionId(2)
T0 = Nanos(1_000 * SECOND)
STALE_AFTER = Nanos(5 * SECOND)


def _problem(health: FeedHealth, contract: ContractId, now: Nanos = T0) -> Reason | None:
    return health.problem(contract, now, stale_after=STALE_AFTER, is_crossed=False)


def _two_books() -> FeedHealth:
    """A and B on one subscription, C on another."""
    health = FeedHealth()
    health.on_snapshot(A, ONE, 1, T0)
    health.on_snapshot(B, ONE, 2, T0)
    health.on_snapshot(C, TWO, 1, T0)
    return health


def test_there_is_no_book_before_the_first_snapshot() -> None:
    """Deltas alone are changes of something unknown."""
    health = FeedHealth()
    assert health.on_delta(A, ONE, 1, T0) == ()
    assert _problem(health, A) is Reason.NO_BOOK


def test_numbers_run_over_all_contracts_of_a_subscription() -> None:
    """Counting per contract would find gaps where there are none."""
    health = _two_books()
    assert health.on_delta(A, ONE, 3, T0) == ()
    assert health.on_delta(B, ONE, 4, T0) == ()
    assert _problem(health, A) is None
    assert health.gaps == 0


def test_acknowledgements_use_up_numbers() -> None:
    """The venue numbers its answers on the same stream."""
    health = _two_books()
    assert health.on_other(ONE, 3, T0) == ()
    assert health.on_delta(A, ONE, 4, T0) == ()


def test_a_gap_spoils_every_book_of_its_subscription_and_no_other() -> None:
    """The missing frame may have belonged to any of them."""
    health = _two_books()
    assert health.on_delta(A, ONE, 4, T0) == (A, B)
    assert _problem(health, A) is Reason.GAP
    assert _problem(health, B) is Reason.GAP
    assert _problem(health, C) is None
    assert health.gaps == 1


def test_a_gap_before_an_acknowledgement_counts_too() -> None:
    """Otherwise the next delta would fit and the hole would never show."""
    assert _two_books().on_other(ONE, 4, T0) == (A, B)


def test_spoiled_books_are_reported_once() -> None:
    """The second gap finds nothing left to pull."""
    health = _two_books()
    health.on_delta(A, ONE, 4, T0)
    assert health.on_delta(A, ONE, 9, T0) == ()
    assert health.gaps == 2


def test_numbers_after_a_gap_do_not_heal_it() -> None:
    """Only a snapshot says again what rests."""
    health = _two_books()
    health.on_delta(A, ONE, 4, T0)
    health.on_delta(A, ONE, 5, T0)
    assert _problem(health, A) is Reason.GAP


def test_a_snapshot_heals_its_own_contract_only() -> None:
    """The other books of the subscription still miss something."""
    health = _two_books()
    health.on_delta(A, ONE, 4, T0)
    assert health.on_snapshot(A, ONE, 5, T0) == ()
    assert _problem(health, A) is None
    assert _problem(health, B) is Reason.GAP


def test_a_snapshot_after_a_gap_spoils_the_others() -> None:
    """It replaces its own book; what was missed may have been another's."""
    health = _two_books()
    assert health.on_snapshot(A, ONE, 7, T0) == (B,)
    assert _problem(health, A) is None


def test_a_repeated_number_is_a_gap() -> None:
    """A delta applied twice is as wrong as one never applied."""
    health = _two_books()
    health.on_delta(A, ONE, 3, T0)
    assert health.on_delta(A, ONE, 3, T0) == (A, B)


def test_an_old_snapshot_is_not_trusted() -> None:
    """It may lack what was applied after it was made."""
    health = _two_books()
    health.on_delta(A, ONE, 3, T0)
    assert health.on_snapshot(A, ONE, 2, T0) == (B,)
    assert _problem(health, A) is Reason.GAP
    health.on_snapshot(A, ONE, 3, T0)
    assert _problem(health, A) is None


def test_a_lost_connection_takes_its_books() -> None:
    """Nothing is known about them until the next connection's snapshot."""
    health = _two_books()
    health.on_lost((A, B))
    assert _problem(health, A) is Reason.NO_BOOK
    assert _problem(health, C) is None
    health.on_snapshot(A, TWO, 2, T0)
    assert _problem(health, A) is None


def test_a_frame_nobody_understood_spoils_the_books_it_names() -> None:
    """It may have been a delta."""
    health = _two_books()
    health.on_rejected((A,))
    assert _problem(health, A) is Reason.GAP
    assert _problem(health, B) is None


def test_a_book_follows_its_newest_subscription() -> None:
    """After a second snapshot from elsewhere, a gap on the old stream does not matter any more."""
    health = _two_books()
    health.on_snapshot(A, TWO, 2, T0)
    assert health.on_delta(B, ONE, 9, T0) == (B,)
    assert _problem(health, A) is None


def test_another_subscription_never_uses_up_a_number_of_the_books_own() -> None:
    """Both may count the same way, and the number that fits may be the wrong stream's."""
    health = _two_books()
    health.on_delta(A, TWO, 3, T0)
    assert health.on_delta(A, ONE, 3, T0) == ()


def test_a_quiet_market_on_a_live_subscription_is_fresh() -> None:
    """Its neighbour's delta proves that the stream carries data."""
    health = _two_books()
    later = Nanos(T0 + 20 * SECOND)
    health.on_delta(B, ONE, 3, later)
    assert _problem(health, A, later) is None
    assert _problem(health, C, later) is Reason.STALE


def test_a_book_is_stale_only_past_the_limit() -> None:
    """The limit itself is still allowed."""
    health = _two_books()
    assert _problem(health, A, Nanos(T0 + STALE_AFTER)) is None
    assert _problem(health, A, Nanos(T0 + STALE_AFTER + 1)) is Reason.STALE


def test_a_crossed_book_is_a_problem_of_its_own() -> None:
    """All numbers may fit and the prices still make no sense."""
    health = _two_books()
    assert health.problem(A, T0, stale_after=STALE_AFTER, is_crossed=True) is Reason.CROSSED


@given(st.lists(st.tuples(st.sampled_from("dsox"), st.sampled_from((A, B)), st.booleans())))
def test_a_book_is_trusted_exactly_when_every_frame_since_its_snapshot_was_seen(
    frames: list[tuple[str, ContractId, bool]],
) -> None:
    """Delivered and lost frames in any mixture: no false trust and no false alarm."""
    health = FeedHealth()
    has_all: dict[ContractId, bool] = {}
    pending_loss = False
    for seq, (kind, contract, is_lost) in enumerate(frames, start=1):
        if is_lost:
            pending_loss = True
            continue
        if pending_loss and has_all:
            has_all = dict.fromkeys(has_all, False)
        pending_loss = False
        if kind == "s":
            health.on_snapshot(contract, ONE, seq, T0)
            has_all[contract] = True
        elif kind == "d":
            health.on_delta(contract, ONE, seq, T0)
        else:
            health.on_other(ONE, seq, T0)
        for each in (A, B):
            expected = (
                None if has_all.get(each) else Reason.GAP if each in has_all else Reason.NO_BOOK
            )
            assert _problem(health, each) is expected
