"""The worst case over outcomes and over fills, against brute force."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.contract import EventGroup, Side
from tui_mm.domain.ids import ClientOrderId, ContractId, EventGroupId
from tui_mm.domain.order import Order
from tui_mm.domain.units import (
    CONTRACT,
    Money,
    Nanos,
    Price,
    Qty,
    complement,
    money,
    notional,
)
from tui_mm.portfolio.exposure import (
    NOTHING,
    Exposure,
    Losses,
    contract_losses,
    group_worst_case,
    resting,
)
from tui_mm.portfolio.positions import Position

A = ContractId("A")
ROUNDING = 8  # micro-dollars that average costs may leave with either part
QUANTITIES = st.integers(0, 20).map(lambda contracts: Qty(contracts * CONTRACT))
PRICES = st.integers(1, 99).map(lambda cents: Price(cents * 100))
ORDERS = st.lists(st.tuples(st.sampled_from(list(Side)), PRICES, QUANTITIES), max_size=4)
LOSSES = st.builds(
    Losses,
    st.integers(-100, 100).map(lambda d: Money(d * 1_000_000)),
    st.integers(-100, 100).map(lambda d: Money(d * 1_000_000)),
)


def live(orders: list[tuple[Side, Price, Qty]]) -> list[Order]:
    """Live orders of these sides, prices and quantities."""
    return [
        Order(
            client_order_id=ClientOrderId(f"r-{number}"),
            contract=A,
            side=side,
            price=at,
            qty=size,
            sent_at=Nanos(0),
            changed_at=Nanos(0),
            expires_at=Nanos(1),
        )
        for number, (side, at, size) in enumerate(orders)
    ]


@given(ORDERS, ORDERS)
def test_no_set_of_fills_leaves_more_to_lose_than_was_counted(
    held: list[tuple[Side, Price, Qty]], orders: list[tuple[Side, Price, Qty]]
):
    """Whatever subset is filled, neither what is then held nor the sum of it all loses more."""
    position = Position(contract=A)
    for side, at, size in held:
        position = position.after_fill(side=side, at=at, size=size, fee=Money(0))
    counted = contract_losses(position, resting(live(orders)))
    for chosen in product((False, True), repeat=len(orders)):
        filled = position
        for is_filled, (side, at, size) in zip(chosen, orders, strict=True):
            if is_filled:
                filled = filled.after_fill(side=side, at=at, size=size, fee=Money(0))
        left = contract_losses(filled, ())
        assert left.if_yes <= counted.if_yes + ROUNDING
        assert left.if_no <= counted.if_no + ROUNDING
        assert position.realised - filled.if_yes <= counted.if_yes
        assert position.realised - filled.if_no <= counted.if_no


@given(ORDERS)
def test_without_a_holding_the_losses_are_exactly_the_worst_fills(
    orders: list[tuple[Side, Price, Qty]],
):
    """Nothing is closed, so nothing is counted twice: all bids, or all asks, at their cost."""
    losses = contract_losses(Position(contract=A), resting(live(orders)))
    bids = sum(notional(at, size) for side, at, size in orders if side is Side.BUY)
    asks = sum(notional(complement(at), size) for side, at, size in orders if side is Side.SELL)
    assert (losses.if_yes, losses.if_no) == (asks, bids)


def test_closing_at_a_profit_gives_up_the_gain_of_the_holding():
    """10 YES bought at 0.11: an ask at 0.40 for all of them costs their 8.90 if it ends YES."""
    position = Position(contract=A).after_fill(
        side=Side.BUY, at=Price(1_100), size=Qty(10 * CONTRACT), fee=Money(0)
    )
    ask = live([(Side.SELL, Price(4_000), Qty(10 * CONTRACT))])
    assert contract_losses(position, resting(ask)).if_yes == 0
    assert contract_losses(position, ()).if_yes == money("-8.90")


@given(st.lists(LOSSES, min_size=1, max_size=6))
def test_an_exclusive_group_is_judged_outcome_by_outcome(losses: list[Losses]):
    """At most one contract settles YES; the worst of these worlds is the group's worst case."""
    nobody_wins = sum(one.if_no for one in losses)
    winners = [
        sum(one.if_yes if i == winner else one.if_no for i, one in enumerate(losses))
        for winner in range(len(losses))
    ]
    assert group_worst_case(losses, is_exclusive=True) == max(0, nobody_wins, *winners)


@given(st.lists(LOSSES, max_size=6))
def test_knowing_that_outcomes_exclude_each_other_never_hurts(losses: list[Losses]):
    """Exclusive outcomes can only rule worlds out."""
    assert group_worst_case(losses, is_exclusive=True) <= group_worst_case(
        losses, is_exclusive=False
    )


def test_no_in_every_bracket_of_an_event_cannot_lose_everywhere():
    """NO on six brackets at 0.80 each: five of them win, so the loss is not six times 0.80."""
    each = Losses(money("0.80"), money("-0.20"))
    assert group_worst_case([each] * 6, is_exclusive=True) == 0
    assert group_worst_case([each] * 6, is_exclusive=False) == money("4.80")


def test_the_account_follows_each_contract():
    """Totals are kept by contract and group, and a settled contract is gone."""
    exposure = Exposure()
    weather = EventGroup(id=EventGroupId("W"), title="w", is_exclusive=True)
    game = EventGroup(id=EventGroupId("G"), title="g", is_exclusive=False)
    exposure.add(ContractId("w1"), weather)
    exposure.add(ContractId("w2"), weather)
    exposure.add(ContractId("g1"), game)
    exposure.update(ContractId("w1"), Losses(money("-5"), money("5")))
    exposure.update(ContractId("w2"), Losses(money("-5"), money("5")))
    exposure.update(ContractId("g1"), Losses(money("3"), money("-3")))
    assert exposure.of_group(weather.id) == money("10")
    assert exposure.total == money("13")
    assert exposure.group_if(ContractId("w1"), NOTHING) == money("5")
    exposure.remove(ContractId("w1"))
    assert exposure.total == money("8")
