"""What orders and fills do to an account, in dollars."""

import pytest

from tests.exchange.pit import ANN, BOB, CAT, FREE, PIT, WITH_MAKER_FEES, Pit
from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import uniform_grid
from tui_mm.domain.fees import FeeSchedule, FeeType
from tui_mm.domain.units import Money, Price, money, price, qty
from tui_mm.exchange.orders import OrderRefused
from tui_mm.exchange.reports import Filled

IOC = TimeInForce.IMMEDIATE_OR_CANCEL
BROKER = FeeSchedule(fee_type=FeeType.QUADRATIC, cash_unit=money("0.01"), rebate_unit=money("0.01"))
HALF = FeeSchedule(fee_type=FeeType.QUADRATIC, multiplier_millionths=500_000)
COMBO = FeeSchedule(fee_type=FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES)
FINE = uniform_grid(Price(1))


def _available(pit: Pit) -> Money:
    return pit.exchange.statement(ANN).available


def _fees(pit: Pit, *, is_maker: bool) -> list[Money]:
    fills = [report for report in pit.reports() if isinstance(report, Filled)]
    return [fill.fee for fill in fills if fill.is_maker is is_maker]


@pytest.mark.parametrize(
    ("size", "at", "fees", "fee"),
    [
        ("100", "0.50", FeeSchedule(fee_type=FeeType.QUADRATIC), "1.75"),
        ("100", "0.43", FeeSchedule(fee_type=FeeType.QUADRATIC), "1.7157"),
        ("1", "0.52", FeeSchedule(fee_type=FeeType.QUADRATIC), "0.0175"),
        ("1", "0.99", FeeSchedule(fee_type=FeeType.QUADRATIC), "0.0007"),
        ("1", "0.055", FeeSchedule(fee_type=FeeType.QUADRATIC), "0.0037"),
        ("227.27", "0.001", FeeSchedule(fee_type=FeeType.QUADRATIC), "0.01593"),
        ("20", "0.13", HALF, "0.0792"),
        ("100", "0.50", BROKER, "1.75"),
        ("1", "0.52", BROKER, "0.02"),
        ("1", "0.055", BROKER, "0.005"),
    ],
)
def test_a_taker_pays_what_the_fee_table_says(
    size: str, at: str, fees: FeeSchedule, fee: str
) -> None:
    """The recorded and official examples, charged by the exchange to an account."""
    pit = Pit(grid=FINE, fees=fees)
    pit.sell(BOB, size, at=at)
    before = pit.cash(ANN)
    pit.buy(ANN, size, at=at)
    assert _fees(pit, is_maker=False) == [money(fee)]
    paid = before - pit.cash(ANN)
    assert paid == qty(size) * price(at) // 10_000 + money(fee)


@pytest.mark.parametrize(
    ("size", "at", "fees", "fee"),
    [
        ("10", "0.37", WITH_MAKER_FEES, "0.0408"),
        ("100", "0.50", WITH_MAKER_FEES, "0.4375"),
        ("100", "0.50", COMBO, "0.875"),
        ("100", "0.50", FeeSchedule(fee_type=FeeType.QUADRATIC), "0"),
    ],
)
def test_a_maker_pays_what_the_fee_table_says(
    size: str, at: str, fees: FeeSchedule, fee: str
) -> None:
    """Nothing, a quarter or half of the taker's rate, as the contract's schedule has it."""
    pit = Pit(fees=fees)
    pit.buy(ANN, size, at=at)
    pit.sell(BOB, size, at=at)
    assert _fees(pit, is_maker=True) == [money(fee)]


def test_collected_rounding_survives_from_taker_to_maker() -> None:
    """What an order was overcharged while it took comes back once its rest is hit often enough."""
    pit = Pit(fees=WITH_MAKER_FEES)
    pit.sell(BOB, "1", at="0.52")
    pit.buy(ANN, "4", at="0.52")
    for _ in range(3):
        pit.sell(BOB, "1", at="0.52")
    fills = [report for report in pit.reports() if isinstance(report, Filled)]
    fees = [fill.fee for fill in fills if fill.account == ANN]
    # 0.017472 becomes 0.0175 and collects 28 millionths, each 0.004368 becomes 0.0044 and collects
    # 32: only with the taker's 28 do three maker fills pass the 100 that come back.
    assert fees == [money("0.0175"), money("0.0044"), money("0.0044"), money("0.0043")]


def test_yes_and_no_net_at_once() -> None:
    """Holding 10 YES and selling 14 leaves 4 NO, and the closed pairs are cash again."""
    pit = Pit(fees=FREE)
    pit.sell(BOB, "10", at="0.60")
    pit.buy(ANN, "10", at="0.60")
    pit.buy(BOB, "14", at="0.70")
    pit.sell(ANN, "14", at="0.70")
    assert (pit.held(ANN), pit.held(BOB)) == (qty("-4"), qty("4"))
    # -6.00 for the YES, +7.00 for selling them, -1.20 for 4 NO at 0.30.
    assert pit.cash(ANN) == money("9999.80")


def test_a_closed_pair_locks_in_its_profit_at_average_cost() -> None:
    """Bought at 40 and 60, sold one at 70: 20 cents on the average of 50."""
    pit = Pit(fees=FREE)
    for at in ("0.40", "0.60"):
        pit.sell(BOB, "1", at=at)
        pit.buy(ANN, "1", at=at)
    pit.buy(BOB, "1", at="0.70")
    pit.sell(ANN, "1", at="0.70")
    statement = pit.exchange.statement(ANN)
    [position] = statement.positions
    assert (position.inventory, position.cost) == (qty("1"), money("0.50"))
    assert statement.realised == money("0.20")


def test_a_resting_bid_reserves_its_price_and_a_resting_ask_the_complement() -> None:
    """What opening the position would cost, nothing for fees."""
    pit = Pit(cash="100")
    pit.buy(ANN, "10", at="0.40")
    pit.sell(ANN, "10", at="0.70")
    assert _available(pit) == money("93")
    assert pit.cash(ANN) == money("100")


def test_orders_add_up_in_what_they_reserve() -> None:
    """Both sides and all levels count, although not all of them can fill at a loss."""
    pit = Pit(cash="10")
    pit.buy(ANN, "10", at="0.40")
    pit.sell(ANN, "20", at="0.70")
    with pytest.raises(OrderRefused, match="insufficient_balance"):
        pit.buy(ANN, "1", at="0.01")


def test_a_bid_beyond_the_cash_is_refused() -> None:
    """The recorded case: 10,099 contracts at 99 cents with 98 dollars."""
    with pytest.raises(OrderRefused, match="insufficient_balance"):
        Pit(cash="98").buy(ANN, "10099", at="0.99")


def test_an_order_that_only_reduces_reserves_nothing() -> None:
    """Selling what is held needs no money; selling more needs it for the rest."""
    pit = Pit(fees=FREE, cash="6")
    pit.sell(BOB, "10", at="0.60")
    pit.buy(ANN, "10", at="0.60")
    assert _available(pit) == money("0")
    pit.sell(ANN, "10", at="0.80")
    assert _available(pit) == money("0")
    with pytest.raises(OrderRefused, match="insufficient_balance"):
        pit.sell(ANN, "1", at="0.80")


def test_a_position_covers_each_of_its_contracts_once() -> None:
    """Two asks for the same holding: the second one reserves."""
    pit = Pit(fees=FREE, cash="10")
    pit.sell(BOB, "10", at="0.60")
    pit.buy(ANN, "10", at="0.60")
    pit.sell(ANN, "10", at="0.80")
    pit.sell(ANN, "10", at="0.75")
    assert _available(pit) == money("1.50")


def test_cancelling_frees_the_collateral_and_decreasing_frees_its_share() -> None:
    """Reserved money follows the remaining quantity."""
    pit = Pit(cash="100")
    order = pit.buy(ANN, "10", at="0.40")
    pit.exchange.decrease(ANN, order.order_id, remaining=qty("5"), at=pit.now)
    assert _available(pit) == money("98")
    pit.cancel(ANN, order)
    assert _available(pit) == money("100")


def test_a_taker_needs_the_fee_as_well() -> None:
    """Fifty dollars buy 100 at 50 cents, but not the fee on top."""
    pit = Pit(cash="50")
    pit.sell(BOB, "100", at="0.50")
    with pytest.raises(OrderRefused, match="insufficient_balance"):
        pit.buy(ANN, "100", at="0.50")
    pit.buy(ANN, "96", at="0.50")
    assert pit.held(ANN) == qty("96")


def test_the_price_improvement_counts_when_money_is_short() -> None:
    """An immediate bid at 99 cents that trades at 52 needs 52 and the fee."""
    pit = Pit(cash="60")
    pit.sell(BOB, "100", at="0.52")
    assert pit.buy(ANN, "100", at="0.99", tif=IOC).filled == qty("100")


def test_a_sale_pays_its_own_fee_out_of_what_it_brings() -> None:
    """Somebody without a cent left can still sell what he holds."""
    pit = Pit(cash="52")
    pit.sell(BOB, "100", at="0.50")
    pit.buy(ANN, "100", at="0.50")
    pit.buy(ANN, "25", at="0.01")
    assert _available(pit) == money("0")
    pit.buy(BOB, "100", at="0.40")
    assert pit.sell(ANN, "100", at="0.40").filled == qty("100")


def test_an_account_below_zero_may_still_get_smaller() -> None:
    """A maker fee nobody reserved took the last cents: selling works, buying does not."""
    pit = Pit(fees=WITH_MAKER_FEES, cash="50")
    pit.buy(ANN, "100", at="0.50")
    pit.sell(BOB, "50", at="0.50")
    pit.sell(CAT, "50", at="0.50")
    assert _available(pit) < 0
    with pytest.raises(OrderRefused, match="insufficient_balance"):
        pit.buy(ANN, "1", at="0.01")
    pit.sell(ANN, "100", at="0.60")
    assert pit.asks == "0.6000:100"


def test_an_amended_order_keeps_its_place_in_what_the_position_covers() -> None:
    """The older of two asks has the cover before and after: what it grows by needs cash."""
    pit = Pit(fees=FREE, cash="10")
    pit.sell(BOB, "10", at="0.05")
    pit.buy(ANN, "10", at="0.05")
    older = pit.sell(ANN, "10", at="0.90")
    pit.sell(ANN, "10", at="0.10")
    assert _available(pit) == money("0.50")
    with pytest.raises(OrderRefused, match="insufficient_balance"):
        pit.amend(ANN, older, size="20", at="0.90")
    assert _available(pit) == money("0.50")
    pit.amend(ANN, older, size="15", at="0.90")
    assert _available(pit) == money("0")


def test_the_rounding_of_one_fill_per_maker_is_covered() -> None:
    """Many small makers, each rounded against the taker, never take cash below zero."""
    pit = Pit(grid=FINE, cash="1")
    for _ in range(9):
        pit.sell(BOB, "0.01", at="0.9999")
    with pytest.raises(OrderRefused, match="insufficient_balance"):
        pit.buy(ANN, "1.01", at="0.9999")
    pit.buy(ANN, "0.09", at="0.9999")
    assert _available(pit) >= 0


def test_the_statement_lists_positions_and_orders() -> None:
    """What the desk's ledger is held against."""
    pit = Pit(fees=FREE)
    pit.sell(BOB, "10", at="0.60")
    pit.buy(ANN, "14", at="0.60", name="a-1")
    statement = pit.exchange.statement(ANN)
    [position], [order] = statement.positions, statement.open_orders
    assert (position.contract, position.inventory, position.cost) == (
        PIT,
        qty("10"),
        money("6"),
    )
    assert (order.client_order_id, order.price, order.remaining) == (
        "a-1",
        price("0.60"),
        qty("4"),
    )
    assert (statement.cash, statement.available) == (money("9994"), money("9991.6"))
