"""A contract from its listing to its payout, at the moments the exchange promises."""

import pytest

from tests.exchange.pit import ANN, BOB, CLOSES_AT, FREE, GROUP, OPENED_AT, PIT, Pit, contract
from tui_mm.domain.contract import ContractStatus, Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import DOLLAR, HOUR, SECOND, Nanos, Price, money, price, qty
from tui_mm.exchange.exchange import Exchange
from tui_mm.exchange.listings import EMPTY_BOOK_AFTER, SWEEP_AFTER
from tui_mm.exchange.orders import EndReason, NewOrder, OrderRefused
from tui_mm.exchange.reports import (
    BookEmptied,
    Ended,
    LevelChanged,
    Listed,
    Settled,
    StatusChanged,
)

SWEPT_AT = Nanos(CLOSES_AT + SWEEP_AFTER)
PAID_AT = Nanos(CLOSES_AT + HOUR)


def _pit_with_position() -> Pit:
    """Ann holds 10 YES at 60 cents, Bob 10 NO at 40."""
    pit = Pit(fees=FREE)
    pit.sell(BOB, "10", at="0.60")
    pit.buy(ANN, "10", at="0.60")
    pit.reports()
    return pit


def _settle(pit: Pit, payout: str) -> None:
    pit.exchange.advance(CLOSES_AT)
    value = DOLLAR if payout == "1" else Price(0) if payout == "0" else price(payout)
    pit.exchange.determine(PIT, value, pays_at=PAID_AT, at=Nanos(CLOSES_AT + SECOND))
    pit.exchange.advance(PAID_AT)


def test_a_contract_is_listed_before_it_opens() -> None:
    """Until then it takes no orders."""
    exchange = Exchange()
    exchange.open_account(ANN, money("100"), is_watched=True)
    opens_at = Nanos(OPENED_AT + SECOND)
    exchange.list_contract(contract(), GROUP, opens_at=opens_at, at=OPENED_AT)
    order = NewOrder(contract=PIT, side=Side.BUY, price=price("0.50"), qty=qty("1"))
    with pytest.raises(OrderRefused, match="MARKET_INACTIVE"):
        exchange.place(ANN, order, OPENED_AT)
    exchange.place(ANN, order, opens_at)
    kinds = [type(report) for report in exchange.take_reports()[:2]]
    assert kinds == [Listed, StatusChanged]


def test_an_unknown_contract_takes_no_orders() -> None:
    """It is not found, which is not the same as closed."""
    pit = Pit()
    order = NewOrder(
        contract=ContractId("NO-SUCH"), side=Side.BUY, price=price("0.50"), qty=qty("1")
    )
    with pytest.raises(OrderRefused, match="not_found"):
        pit.exchange.place(ANN, order, pit.now)


def test_after_the_close_no_action_is_taken_not_even_a_cancel() -> None:
    """The orders still rest for a moment and nobody can touch them."""
    pit = Pit()
    order = pit.buy(ANN, "5", at="0.51")
    pit.now = CLOSES_AT
    actions = (
        lambda: pit.buy(BOB, "1", at="0.40"),
        lambda: pit.cancel(ANN, order),
        lambda: pit.amend(ANN, order, size="4", at="0.51"),
        lambda: pit.exchange.decrease(ANN, order.order_id, remaining=qty("1"), at=pit.now),
    )
    for action in actions:
        with pytest.raises(OrderRefused, match="MARKET_INACTIVE"):
            action()
    assert pit.left(order) == "5"


def test_a_last_order_trades_up_to_the_close() -> None:
    """One nanosecond before it everything works."""
    pit = Pit()
    pit.buy(ANN, "5", at="0.51")
    pit.now = Nanos(CLOSES_AT - 1)
    assert pit.sell(BOB, "5", at="0.51").filled == qty("5")


def test_the_close_sweeps_every_order_best_to_worst() -> None:
    """One minus per order with one common time; owners hear CloseCancel first."""
    pit = Pit()
    pit.buy(ANN, "5", at="0.50")
    pit.buy(BOB, "6", at="0.51")
    pit.buy(ANN, "7", at="0.51")
    pit.sell(ANN, "8", at="0.60")
    pit.reports()
    pit.exchange.advance(SWEPT_AT)
    reports = pit.reports()
    reasons = [report.reason for report in reports if isinstance(report, Ended)]
    assert reasons == [EndReason.CLOSE] * 4
    changes = [report for report in reports if isinstance(report, LevelChanged)]
    assert [change.change for change in changes] == [-6_000_000, -7_000_000, -5_000_000, -8_000_000]
    assert {change.at for change in changes} == {SWEPT_AT}
    kinds = [type(report) for report in reports]
    assert kinds == [StatusChanged] + [Ended] * 4 + [LevelChanged] * 4


def test_orders_swept_at_the_close_free_their_collateral() -> None:
    """Closed is as good as cancelled for the money."""
    pit = Pit(cash="100")
    pit.buy(ANN, "10", at="0.50")
    pit.exchange.advance(SWEPT_AT)
    assert pit.exchange.statement(ANN).available == money("100")


def test_an_order_that_expires_between_close_and_sweep_waits_for_the_sweep() -> None:
    """It ends once, and with the close as its reason."""
    pit = Pit()
    pit.buy(ANN, "5", at="0.51", expires_at=Nanos(CLOSES_AT + 1))
    pit.reports()
    pit.exchange.advance(SWEPT_AT)
    reasons = [report.reason for report in pit.reports() if isinstance(report, Ended)]
    assert reasons == [EndReason.CLOSE]


def test_an_order_that_expires_at_the_very_close_is_swept_too() -> None:
    """At that moment the contract is closed already, and nothing touches its orders."""
    pit = Pit()
    pit.buy(ANN, "5", at="0.51", expires_at=CLOSES_AT)
    pit.exchange.advance(SWEPT_AT)
    reasons = [report.reason for report in pit.reports() if isinstance(report, Ended)]
    assert reasons == [EndReason.CLOSE]


def test_an_empty_book_is_published_some_seconds_after_the_close() -> None:
    """Whoever missed the sweep learns it from this."""
    pit = Pit()
    pit.exchange.advance(Nanos(CLOSES_AT + EMPTY_BOOK_AFTER))
    [emptied] = [report for report in pit.reports() if isinstance(report, BookEmptied)]
    assert emptied.at == CLOSES_AT + EMPTY_BOOK_AFTER


@pytest.mark.parametrize(("payout", "ann", "bob"), [("1", "4", "-4"), ("0", "-6", "6")])
def test_the_winner_gets_a_dollar_and_the_loser_nothing(payout: str, ann: str, bob: str) -> None:
    """And there is no fee for it."""
    pit = _pit_with_position()
    _settle(pit, payout)
    assert pit.cash(ANN) == money("10000") + money(ann)
    assert pit.cash(BOB) == money("10000") + money(bob)
    assert pit.exchange.statement(ANN).fees_paid == 0
    assert pit.exchange.statement(ANN).realised == money(ann)


def test_nothing_is_paid_before_the_timer_has_run_out() -> None:
    """Determined is not settled."""
    pit = _pit_with_position()
    pit.exchange.advance(CLOSES_AT)
    pit.exchange.determine(PIT, DOLLAR, pays_at=PAID_AT, at=CLOSES_AT)
    pit.exchange.advance(Nanos(PAID_AT - 1))
    assert pit.cash(ANN) == money("9994")
    assert pit.held(ANN) == qty("10")
    assert pit.exchange.status(PIT) is ContractStatus.DETERMINED


def test_a_scalar_payout_is_rounded_down_to_the_cent_and_the_rest_is_a_fee() -> None:
    """The documented case: 10.60 contracts at 0.5970 pay 6.32 and 0.0082 is kept."""
    pit = Pit(fees=FREE)
    pit.sell(BOB, "10.60", at="0.50")
    pit.buy(ANN, "10.60", at="0.50")
    _settle(pit, "0.5970")
    assert pit.cash(ANN) == money("10000") - money("5.30") + money("6.32")
    assert pit.exchange.statement(ANN).fees_paid == money("0.0082")
    assert pit.exchange.imbalance() == 0


def test_a_paid_contract_is_forgotten() -> None:
    """No position, no book, no listing: nothing piles up over days."""
    pit = _pit_with_position()
    _settle(pit, "1")
    assert pit.exchange.contracts == ()
    assert pit.exchange.book(PIT) is None
    assert pit.exchange.statement(ANN).positions == ()
    assert pit.exchange.next_at() is None


def test_the_life_of_a_contract_is_told_in_order() -> None:
    """Closed, emptied, determined, settled, and the payout as the last word."""
    pit = _pit_with_position()
    pit.exchange.advance(Nanos(CLOSES_AT + 10 * SECOND))
    pit.exchange.determine(PIT, DOLLAR, pays_at=PAID_AT, at=Nanos(CLOSES_AT + 10 * SECOND))
    pit.exchange.advance(PAID_AT)
    reports = pit.reports()
    statuses = [report.status for report in reports if isinstance(report, StatusChanged)]
    assert statuses == [
        ContractStatus.CLOSED,
        ContractStatus.DETERMINED,
        ContractStatus.SETTLED,
    ]
    assert reports[-1] == Settled(at=PAID_AT, contract=PIT, yes_payout=DOLLAR)


def test_a_contract_is_decided_once_and_only_after_its_close() -> None:
    """A result while people trade, or a second one, is a mistake of the caller."""
    pit = _pit_with_position()
    with pytest.raises(ValueError, match="is open, not closed"):
        pit.exchange.determine(PIT, DOLLAR, pays_at=PAID_AT, at=pit.now)
    pit.exchange.determine(PIT, DOLLAR, pays_at=PAID_AT, at=CLOSES_AT)
    with pytest.raises(ValueError, match="is determined, not closed"):
        pit.exchange.determine(PIT, Price(0), pays_at=PAID_AT, at=CLOSES_AT)
