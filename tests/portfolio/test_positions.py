"""Positions, pairs and profit from our own fills."""

from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.contract import Side
from tui_mm.domain.events import OrderFilled
from tui_mm.domain.ids import ClientOrderId, ContractId, TradeId
from tui_mm.domain.units import CONTRACT, Money, Nanos, Price, Qty, money, price, qty
from tui_mm.portfolio.ledger import Ledger
from tui_mm.portfolio.positions import Position

A = ContractId("A")

FILLS = st.lists(
    st.tuples(
        st.sampled_from(list(Side)),
        st.integers(1, 9_999).map(Price),
        st.integers(1, 500).map(lambda lots: Qty(lots * 10_000)),
        st.integers(0, 50_000).map(Money),
    ),
    max_size=20,
)


def after(fills: list[tuple[Side, Price, Qty, Money]]) -> Position:
    """The position these fills make."""
    position = Position(contract=A)
    for side, at, size, fee in fills:
        position = position.after_fill(side=side, at=at, size=size, fee=fee)
    return position


def a_fill(number: int, side: Side, at: str, contracts: str) -> OrderFilled:
    """A fill with its own trade id."""
    return OrderFilled(
        trade_id=TradeId(f"t{number}"),
        client_order_id=ClientOrderId("r-1"),
        contract=A,
        side=side,
        price=price(at),
        qty=qty(contracts),
        fee=Money(0),
        is_maker=True,
        exchange_at=Nanos(0),
    )


def test_selling_what_is_held_completes_pairs_and_realises_the_difference():
    """10 YES at 0.43, then 4 sold at 0.47: four pairs, 16 cents made, 6 YES left at cost."""
    position = after(
        [
            (Side.BUY, price("0.43"), qty("10"), Money(0)),
            (Side.SELL, price("0.47"), qty("4"), Money(0)),
        ]
    )
    assert (position.yes_qty, position.no_qty) == (qty("6"), 0)
    assert position.pairs_closed == qty("4")
    assert position.realised == money("0.16")
    assert position.yes_cost == money("2.58")


def test_selling_more_than_is_held_opens_no():
    """A YES ask beyond the holding is a NO purchase at the complement."""
    position = after(
        [
            (Side.BUY, price("0.43"), qty("3"), Money(0)),
            (Side.SELL, price("0.47"), qty("5"), Money(0)),
        ]
    )
    assert (position.yes_qty, position.no_qty) == (0, qty("2"))
    assert position.no_cost == money("1.06")
    assert position.inventory == -qty("2")


@given(FILLS, st.integers(0, 10_000).map(Price))
def test_cash_is_profit_whatever_happened_before(
    fills: list[tuple[Side, Price, Qty, Money]], payout: Price
):
    """Once a contract has paid, all cash that moved is realised profit less fees: exactly."""
    settled = after(fills).after_settlement(yes_payout=payout)
    assert settled.cash_flow == settled.realised - settled.fees
    assert settled.inventory == 0


@given(FILLS)
def test_the_two_outcomes_are_what_settlement_would_make(
    fills: list[tuple[Side, Price, Qty, Money]],
):
    """The what-if numbers on the screen are the profit that settlement would really book."""
    position = after(fills)
    yes = position.after_settlement(yes_payout=Price(10_000))
    no = position.after_settlement(yes_payout=Price(0))
    assert position.if_yes == yes.realised - yes.fees
    assert position.if_no == no.realised - no.fees


@given(FILLS)
def test_yes_and_no_are_never_held_together(fills: list[tuple[Side, Price, Qty, Money]]):
    """The venue returns a pair at once, and so do our books."""
    position = after(fills)
    assert position.yes_qty == 0 or position.no_qty == 0
    assert position.yes_cost >= 0
    assert position.no_cost >= 0


@given(FILLS, st.integers(0, 1_000_000).map(Money))
def test_marking_at_a_price_is_close_to_trading_out_at_it(
    fills: list[tuple[Side, Price, Qty, Money]], mark: Money
):
    """Unrealised profit lies between the two outcomes' and is linear between them."""
    position = after(fills)
    base = position.realised - position.fees
    marked = position.unrealised_rounded_down(mark_micros=mark) + base
    low, high = sorted((position.if_yes, position.if_no))
    assert low - 1 <= marked <= high


def test_a_trade_is_booked_once():
    """The same fill arrives on two channels and after every reconnect."""
    ledger = Ledger(opening_cash=money("100"))
    assert ledger.book(a_fill(1, Side.BUY, "0.40", "10"))
    assert not ledger.book(a_fill(1, Side.BUY, "0.40", "10"))
    assert ledger.cash == money("96")


def test_a_settled_contract_leaves_only_its_profit():
    """A run of days must not grow with every market that ends."""
    ledger = Ledger(opening_cash=money("100"))
    ledger.book(a_fill(1, Side.BUY, "0.40", "10"))
    ledger.settle(A, yes_payout=Price(10_000))
    assert list(ledger) == []
    assert ledger.realised == money("6")
    assert ledger.cash == money("106")
    assert ledger.position(A).inventory == 0


def test_average_cost_is_conserved_to_the_last_unit():
    """Whatever division leaves over stays with the contracts still held."""
    position = after(
        [
            (Side.BUY, price("0.0010"), Qty(10_000), Money(0)),
            (Side.BUY, price("0.0020"), Qty(20_000), Money(0)),
            (Side.SELL, price("0.5000"), Qty(10_000), Money(0)),
        ]
    )
    assert position.cash_flow == position.realised - position.cost
    assert position.yes_qty == 20_000
    assert position.yes_qty < CONTRACT


def test_a_fill_after_settlement_is_paid_with_it_and_still_booked_once():
    """The trade was known before the contract paid, or comes after: either way it counts once."""
    ledger = Ledger(opening_cash=money("100"))
    ledger.book(a_fill(1, Side.BUY, "0.40", "10"))
    ledger.settle(A, yes_payout=Price(10_000))
    assert not ledger.book(a_fill(1, Side.BUY, "0.40", "10"))
    assert ledger.book(a_fill(2, Side.BUY, "0.30", "10"))
    assert not ledger.book(a_fill(2, Side.BUY, "0.30", "10"))
    assert ledger.cash == money("113")
    assert ledger.realised == money("13")
    assert list(ledger) == []
