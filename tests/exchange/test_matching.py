"""The rules of the book, one test each, through the exchange's own door."""

import pytest

from tests.exchange.pit import ANN, BOB, CAT, Pit
from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import DECI_CENT, LINEAR_CENT, TAPERED_DECI_CENT, TickGrid
from tui_mm.domain.units import SECOND, Nanos, price, qty
from tui_mm.exchange.orders import EndReason, OrderRefused, SelfTradePrevention
from tui_mm.exchange.reports import Accepted, Changed, Ended, Filled, LevelChanged, Traded

IOC = TimeInForce.IMMEDIATE_OR_CANCEL
FOK = TimeInForce.FILL_OR_KILL
MAKER = SelfTradePrevention.MAKER


def _ended(pit: Pit) -> list[EndReason]:
    return [report.reason for report in pit.reports() if isinstance(report, Ended)]


def test_the_taker_gets_the_resting_price() -> None:
    """A bid at 99 cents that lifts an ask at 52 pays 52."""
    pit = Pit()
    pit.sell(ANN, "1", at="0.52")
    pit.buy(BOB, "1", at="0.99")
    [trade] = [report for report in pit.reports() if isinstance(report, Traded)]
    assert trade.price == price("0.52")


def test_a_better_price_trades_first_and_first_come_first_within_a_price() -> None:
    """Price before time, time within a price."""
    pit = Pit()
    late = pit.sell(ANN, "5", at="0.53")
    first = pit.sell(ANN, "5", at="0.52")
    second = pit.sell(CAT, "5", at="0.52")
    pit.buy(BOB, "7", at="0.60")
    assert (pit.left(first), pit.left(second), pit.left(late)) == ("", "3", "5")


def test_a_partly_filled_order_stays_at_the_front() -> None:
    """What is left of a maker keeps its place before everybody behind it."""
    pit = Pit()
    first = pit.sell(ANN, "5", at="0.52")
    second = pit.sell(CAT, "5", at="0.52")
    pit.buy(BOB, "2", at="0.52")
    assert (pit.ahead(first), pit.ahead(second)) == ("0", "3")


def test_there_is_one_fill_for_each_pair_of_orders() -> None:
    """Two makers of the same account at the same price are two fills with ids of their own."""
    pit = Pit()
    pit.sell(ANN, "2", at="0.52", name="a1")
    pit.sell(ANN, "2", at="0.52", name="a2")
    pit.reports()
    pit.buy(BOB, "4", at="0.52")
    fills = [report for report in pit.reports() if isinstance(report, Filled)]
    assert len({fill.trade_id for fill in fills}) == 2
    assert len({(fill.trade_id, fill.order_id) for fill in fills}) == 4


def test_a_sweep_is_published_maker_by_maker_and_the_rest_of_the_taker_last() -> None:
    """Best price first, queue order inside a level, the last one partial, then the remainder."""
    pit = Pit()
    pit.sell(ANN, "1", at="0.53")
    pit.sell(ANN, "15", at="0.52")
    pit.sell(CAT, "2", at="0.52")
    pit.reports()
    pit.buy(BOB, "20", at="0.53")
    assert pit.deltas() == [
        "sell 0.5200 -15",
        "sell 0.5200 -2",
        "sell 0.5300 -1",
        "buy 0.5300 +2",
    ]


def test_all_changes_of_an_action_share_a_clock_that_rises() -> None:
    """Whoever groups changes by clock never sees the middle of an action."""
    pit = Pit()
    pit.sell(ANN, "1", at="0.52")
    pit.sell(ANN, "1", at="0.53")
    pit.buy(BOB, "3", at="0.53")
    clocks = [report.clock for report in pit.reports() if isinstance(report, LevelChanged)]
    assert clocks == [1, 2, 3, 3, 3]


def test_owners_learn_of_an_action_before_everybody_else() -> None:
    """Accepted and filled come first, then the book, then the print."""
    pit = Pit()
    pit.sell(ANN, "1", at="0.52")
    pit.reports()
    pit.buy(BOB, "2", at="0.52")
    kinds = [type(report) for report in pit.reports()]
    assert kinds == [Accepted, Filled, Filled, LevelChanged, LevelChanged, Traded]


def test_immediate_or_cancel_takes_what_is_there_and_leaves_nothing() -> None:
    """The unfilled part never rests."""
    pit = Pit()
    pit.sell(ANN, "3", at="0.52")
    receipt = pit.buy(BOB, "5", at="0.52", tif=IOC)
    assert (receipt.filled, receipt.remaining) == (qty("3"), qty("0"))
    assert pit.bids == ""
    assert _ended(pit) == [EndReason.IMMEDIATE_OR_CANCEL]


def test_fill_or_kill_does_nothing_when_it_cannot_be_filled() -> None:
    """Not a single contract trades."""
    pit = Pit()
    pit.sell(ANN, "3", at="0.52")
    with pytest.raises(OrderRefused, match="fill_or_kill_insufficient_resting_volume"):
        pit.buy(BOB, "5", at="0.52", tif=FOK)
    assert pit.asks == "0.5200:3"


def test_fill_or_kill_trades_whole_when_it_can() -> None:
    """Volume over several levels counts."""
    pit = Pit()
    pit.sell(ANN, "3", at="0.52")
    pit.sell(ANN, "3", at="0.53")
    assert pit.buy(BOB, "5", at="0.53", tif=FOK).filled == qty("5")


def test_a_post_only_order_that_would_cross_never_rests() -> None:
    """It is refused, and the book is as before."""
    pit = Pit()
    pit.sell(ANN, "3", at="0.52")
    pit.reports()
    with pytest.raises(OrderRefused, match="invalid_order: post only cross"):
        pit.buy(BOB, "5", at="0.52", post_only=True)
    assert pit.reports() == []


def test_a_post_only_order_one_tick_away_rests() -> None:
    """Not crossing is enough."""
    pit = Pit()
    pit.sell(ANN, "3", at="0.52")
    pit.buy(BOB, "5", at="0.51", post_only=True)
    assert pit.bids == "0.5100:5"


@pytest.mark.parametrize("tif", [IOC, FOK])
def test_post_only_contradicts_taking_at_once(tif: TimeInForce) -> None:
    """An order cannot promise both to rest and not to."""
    with pytest.raises(OrderRefused, match="post only needs good till canceled"):
        Pit().buy(BOB, "5", at="0.51", post_only=True, tif=tif)


def test_taker_at_cross_stops_at_the_first_own_order() -> None:
    """Earlier fills stand, the rest of the taker is cancelled, the resting order is untouched."""
    pit = Pit()
    pit.sell(ANN, "2", at="0.51")
    own = pit.sell(BOB, "2", at="0.52")
    pit.sell(ANN, "2", at="0.53")
    receipt = pit.buy(BOB, "6", at="0.53")
    assert (receipt.filled, receipt.remaining) == (qty("2"), qty("0"))
    assert pit.left(own) == "2"
    assert pit.bids == ""
    assert _ended(pit) == [EndReason.SELF_TRADE]


def test_an_order_filled_before_it_meets_its_own_trades_in_full() -> None:
    """Own orders behind what is needed do not matter."""
    pit = Pit()
    pit.sell(ANN, "2", at="0.51")
    pit.sell(BOB, "2", at="0.52")
    assert pit.buy(BOB, "2", at="0.53").filled == qty("2")


def test_with_maker_prevention_the_resting_own_order_gives_way() -> None:
    """It is cancelled where it stood, and matching goes on behind it."""
    pit = Pit()
    pit.sell(ANN, "2", at="0.51")
    own = pit.sell(BOB, "2", at="0.52")
    pit.sell(ANN, "2", at="0.53")
    pit.reports()
    receipt = pit.buy(BOB, "5", at="0.53", stp=MAKER)
    assert (receipt.filled, receipt.remaining, pit.left(own)) == (qty("4"), qty("1"), "")
    assert pit.deltas() == [
        "sell 0.5100 -2",
        "sell 0.5200 -2",
        "sell 0.5300 -2",
        "buy 0.5300 +1",
    ]


def test_fill_or_kill_that_meets_its_own_order_goes_on_as_immediate() -> None:
    """With taker_at_cross earlier fills stand and nothing is refused."""
    pit = Pit()
    pit.sell(ANN, "2", at="0.51")
    own = pit.sell(BOB, "9", at="0.52")
    receipt = pit.buy(BOB, "5", at="0.52", tif=FOK)
    assert (receipt.filled, receipt.remaining, pit.left(own)) == (qty("2"), qty("0"), "9")


def test_fill_or_kill_with_maker_prevention_cancels_what_is_left_of_itself() -> None:
    """The own order goes, matching goes on, the rest of the taker does not stay."""
    pit = Pit()
    own = pit.sell(BOB, "9", at="0.51")
    pit.sell(ANN, "2", at="0.52")
    receipt = pit.buy(BOB, "5", at="0.52", tif=FOK, stp=MAKER)
    assert (receipt.filled, receipt.remaining, pit.left(own)) == (qty("2"), qty("0"), "")
    assert pit.bids == ""


def test_an_order_expires_at_its_time() -> None:
    """Not a moment before, and with the venue's reason."""
    pit = Pit()
    expires_at = Nanos(pit.now + 5 * SECOND)
    order = pit.buy(BOB, "5", at="0.51", expires_at=expires_at)
    pit.exchange.advance(Nanos(expires_at - 1))
    assert pit.left(order) == "5"
    pit.exchange.advance(expires_at)
    assert pit.left(order) == ""
    assert _ended(pit) == [EndReason.EXPIRY]


def test_an_expired_order_cannot_trade_with_what_arrives_at_that_moment() -> None:
    """Whatever is due happens before an action of the same time."""
    pit = Pit()
    expires_at = Nanos(pit.now + 5 * SECOND)
    pit.buy(BOB, "5", at="0.51", expires_at=expires_at)
    pit.now = expires_at
    assert pit.sell(ANN, "5", at="0.51").filled == qty("0")


def test_an_expiry_in_the_past_is_refused() -> None:
    """It is not turned into something else."""
    pit = Pit()
    with pytest.raises(OrderRefused, match="expiration must be in the future"):
        pit.buy(BOB, "5", at="0.51", expires_at=pit.now)


def test_orders_of_an_account_are_all_cancelled_at_once_and_others_stay() -> None:
    """The whole account, and nobody else."""
    pit = Pit()
    pit.buy(BOB, "5", at="0.51")
    pit.sell(BOB, "5", at="0.60")
    pit.buy(ANN, "1", at="0.50")
    pit.exchange.cancel_all(BOB, pit.now)
    assert (pit.bids, pit.asks) == ("0.5000:1", "")


def test_a_cancelled_order_is_found_no_more() -> None:
    """A second cancel gets the answer an unknown order gets."""
    pit = Pit()
    order = pit.buy(BOB, "5", at="0.51")
    pit.cancel(BOB, order)
    with pytest.raises(OrderRefused, match="not_found"):
        pit.cancel(BOB, order)


def test_nobody_touches_the_order_of_another_account() -> None:
    """To everybody else an order does not exist."""
    pit = Pit()
    order = pit.buy(BOB, "5", at="0.51")
    with pytest.raises(OrderRefused, match="not_found"):
        pit.cancel(ANN, order)


def test_a_decrease_keeps_the_place() -> None:
    """Less of the same order, in front of the same people."""
    pit = Pit()
    first = pit.buy(ANN, "5", at="0.51")
    second = pit.buy(BOB, "5", at="0.51")
    pit.reports()
    pit.exchange.decrease(ANN, first.order_id, remaining=qty("2"), at=pit.now)
    assert (pit.ahead(first), pit.ahead(second)) == ("0", "2")
    assert pit.deltas() == ["buy 0.5100 -3"]


def test_a_decrease_to_nothing_cancels() -> None:
    """Zero is a quantity like any other here."""
    pit = Pit()
    order = pit.buy(ANN, "5", at="0.51")
    pit.exchange.decrease(ANN, order.order_id, remaining=qty("0"), at=pit.now)
    assert _ended(pit) == [EndReason.CANCEL]


@pytest.mark.parametrize("remaining", ["5", "6", "2.001"])
def test_a_decrease_must_decrease_by_whole_lots(remaining: str) -> None:
    """A request that would not make the order smaller is a mistake of the sender."""
    pit = Pit()
    order = pit.buy(ANN, "5", at="0.51")
    with pytest.raises(OrderRefused, match="invalid_order_size"):
        pit.exchange.decrease(ANN, order.order_id, remaining=qty(remaining), at=pit.now)


def test_another_price_loses_the_place() -> None:
    """Going away and coming back puts an order behind those who stayed."""
    pit = Pit()
    mover = pit.buy(ANN, "5", at="0.51")
    stayer = pit.buy(BOB, "5", at="0.51")
    pit.amend(ANN, mover, size="5", at="0.50")
    pit.amend(ANN, mover, size="5", at="0.51")
    assert (pit.ahead(stayer), pit.ahead(mover)) == ("0", "5")


def test_a_larger_quantity_loses_the_place_and_a_smaller_one_keeps_it() -> None:
    """Growing is a new wish, shrinking is not."""
    pit = Pit()
    first = pit.buy(ANN, "5", at="0.51")
    second = pit.buy(BOB, "5", at="0.51")
    pit.amend(ANN, first, size="4", at="0.51")
    assert pit.ahead(first) == "0"
    pit.amend(ANN, first, size="6", at="0.51")
    assert (pit.ahead(first), pit.ahead(second)) == ("5", "0")


def test_another_expiry_alone_keeps_the_place_and_replaces_the_old_one() -> None:
    """The order outlives its first expiry and changes nothing in the book."""
    pit = Pit()
    sooner, later = Nanos(pit.now + SECOND), Nanos(pit.now + 9 * SECOND)
    first = pit.buy(ANN, "5", at="0.51", expires_at=sooner)
    pit.buy(BOB, "5", at="0.51")
    pit.reports()
    at = price("0.51")
    pit.exchange.amend(ANN, first.order_id, price=at, qty=qty("5"), expires_at=later, at=pit.now)
    pit.exchange.advance(sooner)
    assert pit.ahead(first) == "0"
    assert pit.deltas() == []
    pit.exchange.advance(later)
    assert pit.left(first) == ""


def test_an_amended_order_is_published_as_minus_then_plus() -> None:
    """The old level falls before the new one rises."""
    pit = Pit()
    order = pit.buy(ANN, "5", at="0.51")
    pit.reports()
    pit.amend(ANN, order, size="7", at="0.50")
    assert pit.deltas() == ["buy 0.5100 -5", "buy 0.5000 +7"]


def test_an_amend_may_cross_and_then_makers_leave_before_it_moves() -> None:
    """The recorded order: makers' removals, the old level, the new level with what is left."""
    pit = Pit()
    order = pit.buy(ANN, "552.12", at="0.72")
    pit.sell(BOB, "15", at="0.73")
    pit.sell(BOB, "1", at="0.73")
    pit.reports()
    receipt = pit.amend(ANN, order, size="552.12", at="0.73")
    assert (receipt.filled, receipt.remaining) == (qty("16"), qty("536.12"))
    assert pit.deltas() == [
        "sell 0.7300 -15",
        "sell 0.7300 -1",
        "buy 0.7200 -552.12",
        "buy 0.7300 +536.12",
    ]


def test_an_amend_that_trades_is_told_before_its_fills_with_what_they_are_taken_from() -> None:
    """Whoever follows the reports one by one arrives at what rests."""
    pit = Pit()
    order = pit.buy(ANN, "10", at="0.50")
    pit.sell(BOB, "4", at="0.50")
    pit.sell(BOB, "3", at="0.52")
    pit.reports()
    pit.amend(ANN, order, size="12", at="0.52")
    told = pit.private(ANN)
    assert [type(report) for report in told] == [Changed, Filled]
    assert isinstance(told[0], Changed)
    assert isinstance(told[1], Filled)
    assert (told[0].price, told[0].remaining, told[1].qty) == (price("0.52"), qty("8"), qty("3"))
    assert pit.left(order) == "5"


def test_an_amended_quantity_counts_what_is_filled() -> None:
    """Total is filled plus resting: 10 with 4 filled, amended to 9, rests with 5."""
    pit = Pit()
    order = pit.buy(ANN, "10", at="0.51")
    pit.sell(BOB, "4", at="0.51")
    pit.amend(ANN, order, size="9", at="0.51")
    assert pit.left(order) == "5"


def test_an_amend_to_what_is_filled_cancels_and_below_it_is_refused() -> None:
    """Fills cannot be amended away."""
    pit = Pit()
    order = pit.buy(ANN, "10", at="0.51")
    pit.sell(BOB, "4", at="0.51")
    with pytest.raises(OrderRefused, match="INVALID_AMEND_QTY_FOR_ORDER"):
        pit.amend(ANN, order, size="3", at="0.51")
    assert pit.left(order) == "6"
    pit.amend(ANN, order, size="4", at="0.51")
    assert pit.left(order) == ""


def test_a_post_only_order_stays_post_only_when_amended() -> None:
    """It is refused, and the old order stays where it was."""
    pit = Pit()
    first = pit.buy(ANN, "5", at="0.51", post_only=True)
    second = pit.buy(BOB, "5", at="0.51")
    pit.sell(CAT, "5", at="0.53")
    pit.reports()
    with pytest.raises(OrderRefused, match="post only cross"):
        pit.amend(ANN, first, size="5", at="0.53")
    assert (pit.ahead(first), pit.ahead(second)) == ("0", "5")
    assert pit.reports() == []


@pytest.mark.parametrize("stp", list(SelfTradePrevention))
def test_an_amend_that_would_meet_its_own_side_is_refused(stp: SelfTradePrevention) -> None:
    """Whatever the prevention says, an amend never trades with or cancels an own order."""
    pit = Pit()
    bid = pit.buy(ANN, "5", at="0.51", stp=stp)
    ask = pit.sell(ANN, "5", at="0.53")
    with pytest.raises(OrderRefused, match="SELF_CROSS_ATTEMPT"):
        pit.amend(ANN, bid, size="5", at="0.53")
    assert (pit.left(bid), pit.left(ask)) == ("5", "5")


def test_the_owner_is_told_of_a_changed_order() -> None:
    """With the price and the quantity it rests with now."""
    pit = Pit()
    order = pit.buy(ANN, "5", at="0.51")
    pit.reports()
    pit.amend(ANN, order, size="4", at="0.50")
    [report] = pit.private(ANN)
    assert isinstance(report, Changed)
    assert (report.price, report.remaining) == (price("0.50"), qty("4"))


@pytest.mark.parametrize(
    ("grid", "on", "off"),
    [
        (LINEAR_CENT, "0.99", "0.995"),
        (DECI_CENT, "0.001", "0.0005"),
        (TAPERED_DECI_CENT, "0.095", "0.105"),
        (TAPERED_DECI_CENT, "0.905", "0.895"),
    ],
)
def test_a_price_must_be_on_the_grid(grid: TickGrid, on: str, off: str) -> None:
    """Each grid says itself what it takes."""
    pit = Pit(grid=grid)
    pit.buy(ANN, "1", at=on)
    with pytest.raises(OrderRefused, match="invalid_price"):
        pit.buy(ANN, "1", at=off)


@pytest.mark.parametrize("at", ["0", "1"])
def test_zero_and_one_dollar_are_no_prices(at: str) -> None:
    """They are on no grid."""
    with pytest.raises(OrderRefused, match="invalid_price"):
        Pit().buy(ANN, "1", at=at)


def test_a_hundredth_of_a_contract_trades_and_less_does_not() -> None:
    """Fractional counts everywhere, in steps of 0.01."""
    pit = Pit()
    pit.sell(ANN, "1.5", at="0.52")
    assert pit.buy(BOB, "0.01", at="0.52").filled == qty("0.01")
    assert pit.asks == "0.5200:1.49"
    for size in ("0", "0.005"):
        with pytest.raises(OrderRefused, match="invalid_order_size"):
            pit.buy(BOB, size, at="0.52")


def test_a_client_id_is_burned_for_ever() -> None:
    """Even when its order was cancelled long ago; another account may use it."""
    pit = Pit()
    order = pit.buy(ANN, "1", at="0.51", name="run-7")
    pit.cancel(ANN, order)
    with pytest.raises(OrderRefused, match="order_already_exists"):
        pit.buy(ANN, "1", at="0.51", name="run-7")
    pit.buy(BOB, "1", at="0.51", name="run-7")


def test_a_refused_order_burns_nothing() -> None:
    """Only an accepted order uses up its id."""
    pit = Pit()
    with pytest.raises(OrderRefused):
        pit.buy(ANN, "1", at="0.515", name="run-7")
    pit.buy(ANN, "1", at="0.51", name="run-7")
    assert pit.bids == "0.5100:1"
