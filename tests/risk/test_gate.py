"""The gate: what may be sent, with one code and both numbers for every no."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.orders import A, an_order
from tests.strategy.views import a_contract
from tui_mm.domain.commands import CancelOrder, PlaceOrder
from tui_mm.domain.contract import EventGroup, Side
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.order import Order, OrderState
from tui_mm.domain.quote import Quote, QuoteSet, Reason
from tui_mm.domain.units import CONTRACT, Money, Nanos, Price, Qty, money, price, qty
from tui_mm.portfolio.exposure import Exposure, contract_losses, resting
from tui_mm.portfolio.positions import Position
from tui_mm.risk.gate import Account, Approved, Refusal, RiskGate, always
from tui_mm.risk.limits import Limits, RefusalReason

CONTRACT_A = a_contract()
GROUP = EventGroup(id=CONTRACT_A.group, title="e", is_exclusive=True)
CALM = Account(
    mode=TradingMode.ACTIVE,
    cash=money("1000"),
    day_loss=Money(0),
    open_orders=0,
    unknown_orders=0,
    messages_in_last_second=0,
    is_journal_failed=False,
)
LIMITS = Limits(
    order_qty_max=qty("50"),
    order_value_max=money("20"),
    position_max=qty("60"),
    group_exposure_max=money("25"),
    total_exposure_max=money("30"),
    open_orders_max=10,
    messages_per_second_max=5,
)


def holding(contracts: int, at: str = "0.50") -> Position:
    """Contracts bought (or, negative, sold) at a price."""
    side = Side.BUY if contracts > 0 else Side.SELL
    position = Position(contract=A)
    if contracts == 0:
        return position
    return position.after_fill(
        side=side, at=price(at), size=Qty(abs(contracts) * CONTRACT), fee=Money(0)
    )


def verdict(
    side: Side,
    at: str,
    contracts: int,
    *,
    position: Position | None = None,
    live: tuple[Order, ...] = (),
    account: Account = CALM,
    limits: Limits = LIMITS,
) -> Approved[PlaceOrder] | Refusal:
    """What the gate says of one order."""
    held = position or holding(0)
    exposure = Exposure()
    exposure.add(A, GROUP)
    exposure.update(A, contract_losses(held, resting(live)))
    order = PlaceOrder(
        client_order_id=ClientOrderId("r-9"),
        contract=A,
        side=side,
        price=price(at),
        qty=Qty(contracts * CONTRACT),
        post_only=True,
        expires_at=Nanos(10),
    )
    return RiskGate(limits).admit(
        order,
        contract=CONTRACT_A,
        position=held,
        live=live,
        exposure=exposure,
        account=account,
    )


def refusal(*args: object, **kwargs: object) -> RefusalReason | None:
    """The code of the no; None when the order was approved."""
    said = verdict(*args, **kwargs)  # type: ignore[arg-type]
    return said.reason if isinstance(said, Refusal) else None


def test_an_order_within_every_limit_is_approved():
    """The gate is not a wall."""
    assert refusal(Side.BUY, "0.40", 10) is None


@pytest.mark.parametrize(
    ("side", "at", "contracts", "code"),
    [
        (Side.BUY, "0.02", 10, RefusalReason.PRICE_BOUNDS),
        (Side.SELL, "0.98", 10, RefusalReason.PRICE_BOUNDS),
        (Side.BUY, "0.04", 51, RefusalReason.ORDER_QTY),
        (Side.BUY, "0.60", 40, RefusalReason.ORDER_VALUE),
        (Side.SELL, "0.40", 40, RefusalReason.ORDER_VALUE),
    ],
)
def test_each_limit_of_an_order_has_its_code(
    side: Side, at: str, contracts: int, code: RefusalReason
):
    """Price bounds, quantity and value are judged in the money the side really costs."""
    assert refusal(side, at, contracts) is code


def test_what_rests_counts_as_filled_for_the_position():
    """30 held, 25 resting and 10 more would be 65 of 60."""
    live = (an_order(1, Side.BUY, "0.10", 25),)
    position = holding(30, "0.10")
    assert refusal(Side.BUY, "0.10", 10, position=position, live=live) is RefusalReason.POSITION


def test_an_order_of_unknown_outcome_blocks_its_contract():
    """It may rest; a second one beside it would be a guess."""
    lost = (an_order(1, Side.BUY, "0.10", 5, state=OrderState.UNKNOWN),)
    assert refusal(Side.BUY, "0.10", 5, live=lost) is RefusalReason.UNKNOWN_ORDER


def test_orders_on_their_way_out_still_count_in_the_exposure():
    """Until the cancel is confirmed a fill may come: 20 + 12 dollars exceed 25."""
    live = (an_order(1, Side.BUY, "0.50", 40, state=OrderState.CANCELING),)
    assert (
        refusal(Side.BUY, "0.40", 30, live=live, limits=replace(LIMITS, position_max=qty("99")))
        is RefusalReason.GROUP_EXPOSURE
    )


def test_the_refusal_says_both_numbers():
    """An operator must see by how much."""
    said = verdict(Side.BUY, "0.04", 51)
    assert isinstance(said, Refusal)
    assert said.text == "order r-9: order quantity 51 would exceed 50"


def test_reducing_is_allowed_beyond_a_limit():
    """80 held where 60 are allowed: selling 10 makes it better."""
    assert refusal(Side.SELL, "0.55", 10, position=holding(80)) is None


def test_nothing_is_placed_while_killed():
    """The latch is the first thing an order meets."""
    account = replace(CALM, mode=TradingMode.HALTED)
    assert (
        refusal(Side.SELL, "0.55", 10, position=holding(20), account=account)
        is RefusalReason.KILLED
    )


def test_reducing_mode_lets_only_a_reduction_through():
    """Adding is refused, and so is selling more than is held."""
    account = replace(CALM, mode=TradingMode.REDUCING)
    held = holding(20)
    assert refusal(Side.BUY, "0.40", 1, position=held, account=account) is RefusalReason.REDUCE_ONLY
    assert (
        refusal(Side.SELL, "0.55", 21, position=held, account=account) is RefusalReason.REDUCE_ONLY
    )
    assert refusal(Side.SELL, "0.55", 20, position=held, account=account) is None


def test_a_failed_journal_stops_every_create():
    """What cannot be remembered must not be sent."""
    assert (
        refusal(Side.BUY, "0.40", 1, account=replace(CALM, is_journal_failed=True))
        is RefusalReason.JOURNAL
    )


def test_we_do_not_trade_with_ourselves():
    """An own ask at 0.45, even one whose cancel is on its way, is in the way of a bid there."""
    live = (an_order(1, Side.SELL, "0.45", 5, state=OrderState.CANCELING),)
    assert refusal(Side.BUY, "0.45", 5, live=live) is RefusalReason.SELF_CROSS


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (replace(CALM, open_orders=10), RefusalReason.OPEN_ORDERS),
        (replace(CALM, messages_in_last_second=5), RefusalReason.MESSAGE_RATE),
        (replace(CALM, cash=money("1")), RefusalReason.CASH),
        (replace(CALM, day_loss=LIMITS.daily_loss_max), RefusalReason.DAILY_LOSS),
        (replace(CALM, unknown_orders=3), RefusalReason.UNKNOWN_ORDER),
    ],
)
def test_each_limit_of_the_account_has_its_code(account: Account, code: RefusalReason):
    """Order count, message rate, free cash, the day's loss and lost answers."""
    assert refusal(Side.BUY, "0.40", 10, account=account) is code


def test_a_cancel_always_passes():
    """It can only make us smaller."""
    cancel = CancelOrder(client_order_id=ClientOrderId("r-1"))
    assert always(cancel).command is cancel


def test_nobody_else_can_approve():
    """Approval is a type, and the type is closed."""
    with pytest.raises(TypeError, match="only the risk gate"):
        Approved(CancelOrder(client_order_id=ClientOrderId("r-1")), object())


def shaped(quotes: QuoteSet, *, position: Position, mode: TradingMode = TradingMode.ACTIVE):
    """What is left of a quote set."""
    exposure = Exposure()
    exposure.add(A, GROUP)
    exposure.update(A, contract_losses(position, ()))
    return RiskGate(LIMITS).shape(
        quotes, contract=CONTRACT_A, position=position, exposure=exposure, mode=mode
    )


def both(bid: str, ask: str, contracts: int) -> QuoteSet:
    """A quote on each side."""
    size = Qty(contracts * CONTRACT)
    return QuoteSet(
        contract=A,
        bid=Quote(Side.BUY, price(bid), size),
        ask=Quote(Side.SELL, price(ask), size),
    )


def test_shaping_cuts_a_quote_to_the_order_limits():
    """100 wanted at 0.50: 20 dollars buy 40."""
    left = shaped(both("0.50", "0.60", 100), position=holding(0))
    assert left.bid is not None
    assert left.bid.qty == qty("40")


def test_shaping_drops_the_adding_side_at_the_position_limit():
    """60 held: no bid, and the ask stays."""
    left = shaped(both("0.40", "0.45", 10), position=holding(60, "0.10"))
    assert left.bid is None
    assert left.reason(Side.BUY) is Reason.INVENTORY
    assert left.ask is not None


PRICES = st.integers(1, 99).map(lambda cents: Price(cents * 100))


@given(
    PRICES,
    PRICES,
    st.integers(1, 200),
    st.integers(-80, 80),
    st.sampled_from(list(TradingMode)),
)
def test_shaping_only_ever_shrinks_and_its_result_is_admitted(
    one: Price, other: Price, contracts: int, held: int, mode: TradingMode
):
    """Nothing grows or moves, and what is left passes every limit while nothing rests."""
    bid, ask = sorted((one, other))
    size = Qty(contracts * CONTRACT)
    wanted = QuoteSet(
        contract=A,
        bid=Quote(Side.BUY, bid, size),
        ask=Quote(Side.SELL, ask, size) if ask > bid else None,
    )
    position = holding(held)
    left = shaped(wanted, position=position, mode=mode)
    for before, after in ((wanted.bid, left.bid), (wanted.ask, left.ask)):
        if after is None:
            continue
        assert before is not None
        assert after.price == before.price
        assert 0 < after.qty <= before.qty
        text = f"{after.price // 100 / 100:.2f}"
        said = verdict(
            after.side,
            text,
            after.qty // CONTRACT,
            position=position,
            account=replace(CALM, mode=mode),
        )
        assert isinstance(said, Approved)
