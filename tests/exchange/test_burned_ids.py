"""Burned client order ids against a plain set."""

from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.ids import ClientOrderId
from tui_mm.exchange.burned_ids import BurnedIds

_ids = st.one_of(
    st.integers(0, 30).map(lambda number: f"run-{number}"),
    st.integers(0, 30).map(lambda number: f"run-0{number}"),
    st.text(alphabet="a0-19", max_size=4),
).map(ClientOrderId)


@given(st.lists(_ids), st.lists(_ids))
def test_it_remembers_exactly_what_was_added(
    added: list[ClientOrderId], asked: list[ClientOrderId]
) -> None:
    """Leading zeros, missing numbers and any order of arrival included."""
    burned, reference = BurnedIds(), set[str]()
    for name in added:
        burned.add(name)
        reference.add(name)
    for name in added + asked:
        assert (name in burned) == (name in reference)


@given(st.permutations(range(60)))
def test_ids_that_count_cost_one_entry_in_whatever_order_they_arrive(order: list[int]) -> None:
    """A session of a million orders is remembered in one range."""
    burned = BurnedIds()
    for number in order:
        burned.add(ClientOrderId(f"desk-{number}"))
    assert burned.ranges_count == 1
