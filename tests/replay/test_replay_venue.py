"""Our orders in a recorded market: when they rest, when they fill, what the venue answers."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.replay.recordings import T0, A, B, Recording, kinds, played
from tui_mm.domain.commands import (
    AnyCommand,
    CancelAll,
    CancelOrder,
    DecreaseOrder,
    ExtendOrder,
    PlaceOrder,
    ReadOpenOrders,
    RequestSnapshot,
    TimeInForce,
)
from tui_mm.domain.contract import Side
from tui_mm.domain.events import (
    AnyFact,
    CancelRefused,
    OpenOrdersRead,
    OrderAccepted,
    OrderCanceled,
    OrderDecreased,
    OrderFilled,
    OrderRejected,
)
from tui_mm.domain.fees import FeeSchedule, FeeType, fill_charge
from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import (
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    Money,
    Nanos,
    money,
    notional,
    price,
    qty,
)
from tui_mm.replay.venue import ReplayVenue

BUY, SELL = Side.BUY, Side.SELL
ONE, TWO = ClientOrderId("one"), ClientOrderId("two")
PLACE_LATENCY = Nanos(150 * MILLISECOND)
CANCEL_LATENCY = Nanos(100 * MILLISECOND)
IN_AN_HOUR = Nanos(T0 + HOUR)
ARRIVED = Nanos(T0 + 500 * MILLISECOND)
"""By then what was sent at the beginning has arrived; lines after `_late` come later than that."""


def _order(
    *,
    side: Side = BUY,
    at: str = "0.47",
    size: str = "10",
    client_order_id: ClientOrderId = ONE,
    contract: ContractId = A,
    post_only: bool = True,
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED,
    expires_at: Nanos = IN_AN_HOUR,
) -> PlaceOrder:
    return PlaceOrder(
        client_order_id=client_order_id,
        contract=contract,
        side=side,
        price=price(at),
        qty=qty(size),
        post_only=post_only,
        time_in_force=time_in_force,
        expires_at=expires_at,
    )


def _late(recording: Recording | None = None) -> Recording:
    """A book of 0.47 x 100 / 0.50 x 100, and then half a second of silence."""
    recording = recording or Recording()
    recording.book(bids="0.47:100 0.46:100", asks="0.50:100 0.51:100")
    return recording.wait(Nanos(SECOND))


class _Run:
    """A venue, the commands sent once the book is there, and what became of it."""

    def __init__(self, recording: Recording, tmp_path: Path, *commands: AnyCommand) -> None:
        self.venue = ReplayVenue(recording.write(tmp_path), cash=money("1000"))
        self.sent_at = Nanos(T0 + 2 * MILLISECOND)
        self.venue.advance(self.sent_at)
        for command in commands:
            self.venue.send(command, self.sent_at)

    def all(self) -> list[AnyFact]:
        """Everything until the end."""
        return played(self.venue)

    def fills(self) -> list[tuple[str, int, int]]:
        return [
            (fact.client_order_id, fact.price, fact.qty)
            for fact in self.all()
            if isinstance(fact, OrderFilled)
        ]


def _answers(facts: list[AnyFact]) -> list[AnyFact]:
    orders = OrderAccepted | OrderRejected | OrderCanceled | OrderDecreased | CancelRefused
    return [fact for fact in facts if isinstance(fact, orders | OrderFilled | OpenOrdersRead)]


# -- being filled ---------------------------------------------------------------------------------


def test_a_trade_smaller_than_what_is_ahead_fills_nothing(tmp_path: Path) -> None:
    """Everybody displayed at our arrival was there first."""
    recording = _late().trade("0.4700", "100.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == []


def test_a_trade_fills_what_it_has_beyond_what_is_ahead(tmp_path: Path) -> None:
    """One hundred before us, three for us."""
    recording = _late().trade("0.4700", "103.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("3"))]


def test_trades_add_up(tmp_path: Path) -> None:
    """What the first used up of the queue stays used up."""
    recording = _late().trade("0.4700", "60.00", taker="ask").trade("0.4700", "50.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("10"))]


def test_a_fill_never_exceeds_the_order(tmp_path: Path) -> None:
    """A huge trade fills what we asked for and no more."""
    recording = _late().trade("0.4700", "900.00", taker="ask").trade("0.4700", "9.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("10"))]


def test_a_trade_whose_taker_was_on_our_side_is_not_ours(tmp_path: Path) -> None:
    """A buyer lifted an ask; our bid had nothing to do with it."""
    recording = _late().trade("0.4700", "900.00", taker="bid")
    assert _Run(recording, tmp_path, _order()).fills() == []


def test_a_trade_with_a_hidden_taker_counts_at_our_price(tmp_path: Path) -> None:
    """At our price one of its sides was either ours or would have met us."""
    recording = _late().trade("0.4700", "103.00", taker=None)
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("3"))]


def test_a_trade_at_a_worse_price_than_ours_fills_us_whole(tmp_path: Path) -> None:
    """Whoever sold at 0.46 would have sold to us at 0.47 first; we pay our own price."""
    recording = _late().trade("0.4600", "1.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("10"))]


def test_an_ask_is_filled_by_a_trade_above_it(tmp_path: Path) -> None:
    """The same on the other side."""
    recording = _late().trade("0.5100", "1.00", taker="bid")
    order = _order(side=SELL, at="0.50")
    assert _Run(recording, tmp_path, order).fills() == [(ONE, price("0.50"), qty("10"))]


def test_the_opposite_best_reaching_our_price_fills_us_whole(tmp_path: Path) -> None:
    """In the recorded market nobody stood there; in ours, we did."""
    recording = _late().bid("0.4700", "-100.00").ask("0.4700", "1.00")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("10"))]


def test_a_better_price_of_our_own_has_nobody_ahead(tmp_path: Path) -> None:
    """We made the level, so the first trade there is ours."""
    recording = _late().trade("0.4800", "4.00", taker="ask")
    order = _order(at="0.48")
    assert _Run(recording, tmp_path, order).fills() == [(ONE, price("0.48"), qty("4"))]


def test_those_who_come_later_stand_behind_us(tmp_path: Path) -> None:
    """An increase of the level changes nothing for us."""
    recording = _late().bid("0.4700", "500.00").trade("0.4700", "101.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("1"))]


def test_cancels_leave_from_the_whole_level(tmp_path: Path) -> None:
    """Of 150 with 100 ahead, 30 cancelled are 20 from ahead; 80 stay before us."""
    recording = _late().bid("0.4700", "50.00").bid("0.4700", "-30.00")
    recording.wait(Nanos(2 * SECOND)).trade("0.4700", "81.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("1"))]


def test_the_share_of_a_cancel_is_rounded_against_us(tmp_path: Path) -> None:
    """Of 150 with 100 ahead, one cancelled is 0.666666 ahead and not 0.666667."""
    recording = _late().bid("0.4700", "50.00").bid("0.4700", "-1.00")
    run = _Run(recording, tmp_path, _order())
    run.all()
    (order,) = run.venue.statement().open_orders
    assert order.queue_ahead == qty("100") - 666_666


def test_we_are_never_further_back_than_the_level_is_long(tmp_path: Path) -> None:
    """A level of ten has no hundred ahead."""
    recording = _late().bid("0.4700", "-95.00")
    run = _Run(recording, tmp_path, _order())
    run.all()
    (order,) = run.venue.statement().open_orders
    assert order.queue_ahead == qty("5")


@pytest.mark.parametrize("is_print_first", [True, False])
def test_a_trade_and_its_delta_count_once_in_either_order(
    tmp_path: Path, is_print_first: bool
) -> None:
    """The two channels are not in step; 50 traded of 200 with 100 ahead leave 50 ahead."""
    recording = _late().bid("0.4700", "100.00").wait(Nanos(2 * SECOND))
    if is_print_first:
        recording.trade("0.4700", "50.00", taker="ask").bid("0.4700", "-50.00")
    else:
        recording.bid("0.4700", "-50.00").trade("0.4700", "50.00", taker="ask")
    run = _Run(recording, tmp_path, _order())
    run.all()
    (order,) = run.venue.statement().open_orders
    assert order.queue_ahead == qty("50")


def test_two_orders_at_one_price_share_a_trade(tmp_path: Path) -> None:
    """The second gets what the first leaves."""
    recording = _late().trade("0.4700", "103.00", taker="ask").trade("0.4700", "10", taker="ask")
    run = _Run(recording, tmp_path, _order(), _order(client_order_id=TWO))
    fills = run.fills()
    assert sum(size for _, _, size in fills) <= qty("13")
    assert fills[0] == (ONE, price("0.47"), qty("3"))


def test_nothing_is_filled_before_the_order_arrives(tmp_path: Path) -> None:
    """A trade during the latency meets nobody."""
    recording = Recording().book(bids="0.47:100", asks="0.50:100")
    recording.wait(Nanos(100 * MILLISECOND)).trade("0.4600", "1.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == []


def test_the_level_counts_as_it_is_when_the_order_arrives(tmp_path: Path) -> None:
    """Who came during the latency came before us."""
    recording = Recording().book(bids="0.47:100", asks="0.50:100")
    recording.wait(Nanos(100 * MILLISECOND)).bid("0.4700", "20.00").wait(Nanos(SECOND))
    recording.trade("0.4700", "121.00", taker="ask")
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("1"))]


def test_a_book_after_a_break_can_only_shorten_the_queue(tmp_path: Path) -> None:
    """What happened in between is unknown, so a longer level is longer behind us."""
    recording = _late().event("connected", conn=2).book(bids="0.47:70", asks="0.50:9", conn=2)
    recording.book(bids="0.47:500", asks="0.50:9", conn=2)
    run = _Run(recording, tmp_path, _order())
    run.all()
    (order,) = run.venue.statement().open_orders
    assert order.queue_ahead == qty("70")


def test_a_trade_that_was_over_before_the_order_came_does_not_fill_it(tmp_path: Path) -> None:
    """Prints are late: by the exchange's own time the book already showed what came of it."""
    recording = Recording().book(bids="0.47:100 0.46:100", asks="0.50:100")
    recording.wait(Nanos(50 * MILLISECOND)).bid("0.4700", "-40.00", micros=50_000)
    recording.wait(Nanos(SECOND)).trade("0.4700", "900", taker="ask", micros=50_000)
    recording.trade("0.4600", "900", taker="ask", micros=49_000)
    run = _Run(recording, tmp_path, _order())
    assert run.fills() == []
    (order,) = run.venue.statement().open_orders
    assert order.queue_ahead == qty("60")


def test_a_trade_after_the_order_came_fills_it_however_old_the_book_is(tmp_path: Path) -> None:
    """Later than anything known when the order came is later than the order, for all we know."""
    recording = Recording().book(bids="0.47:100", asks="0.50:100").bid("0.4700", "1", micros=1_500)
    recording.wait(Nanos(SECOND)).trade("0.4700", "111", taker="ask", micros=3_000)
    assert _Run(recording, tmp_path, _order()).fills() == [(ONE, price("0.47"), qty("10"))]


def _taking(client_order_id: ClientOrderId, size: str = "60") -> PlaceOrder:
    return _order(
        client_order_id=client_order_id,
        at="0.50",
        size=size,
        post_only=False,
        time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
    )


def test_displayed_quantity_is_taken_once(tmp_path: Path) -> None:
    """The recording still shows what is ours already; two orders get what one would."""
    run = _Run(_late().bid("0.4000", "1"), tmp_path, _taking(ONE), _taking(TWO))
    assert run.fills() == [(ONE, price("0.50"), qty("60")), (TWO, price("0.50"), qty("40"))]


def test_all_or_nothing_counts_only_what_is_left_to_take(tmp_path: Path) -> None:
    """What we took is not there a second time."""
    whole = _order(
        client_order_id=TWO,
        at="0.50",
        size="41",
        post_only=False,
        time_in_force=TimeInForce.FILL_OR_KILL,
    )
    facts = _answers(_Run(_late().bid("0.4000", "1"), tmp_path, _taking(ONE), whole).all())
    assert "not enough" in next(fact.why for fact in facts if isinstance(fact, OrderRejected))


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ((), ""),
        (("20.00",), "20"),
        (("-30.00",), ""),
        (("-100.00",), ""),
        (("-30.00", "30.00"), "30"),
        (("-100.00", "100.00"), "60"),
    ],
)
def test_what_was_taken_can_be_taken_again_once_the_recording_has_taken_it_too(
    tmp_path: Path, changes: tuple[str, ...], size: str
) -> None:
    """Who leaves the level may be whom we took; who comes to it is new."""
    recording = _late()
    for change in changes:
        recording.ask("0.5000", change)
    recording.wait(Nanos(SECOND)).bid("0.4000", "1")
    run = _Run(recording, tmp_path, _taking(ONE, "100"))
    facts = run.venue.advance(Nanos(T0 + SECOND + 100 * MILLISECOND))
    assert [fact.qty for fact in facts if isinstance(fact, OrderFilled)] == [qty("100")]
    run.venue.send(_taking(TWO), Nanos(T0 + SECOND + 100 * MILLISECOND))
    assert run.fills() == ([(TWO, price("0.50"), qty(size))] if size else [])


def test_a_full_book_leaves_no_more_taken_than_it_shows(tmp_path: Path) -> None:
    """After a break the level may be another one; what it shows beyond ours is new."""
    recording = _late().book(asks="0.50:30").ask("0.5000", "5.00")
    recording.wait(Nanos(SECOND)).bid("0.4000", "1")
    run = _Run(recording, tmp_path, _taking(ONE, "100"))
    run.venue.advance(Nanos(T0 + SECOND + 100 * MILLISECOND))
    run.venue.send(_taking(TWO), Nanos(T0 + SECOND + 100 * MILLISECOND))
    assert run.fills() == [(TWO, price("0.50"), qty("5"))]


def test_what_an_order_leaves_after_crossing_is_filled_by_trades_alone(tmp_path: Path) -> None:
    """The opposite best is at its price because the recording never noticed that we took it."""
    order = _order(at="0.50", size="150", post_only=False)
    recording = _late().bid("0.4700", "1.00").ask("0.5000", "-1.00").ask("0.4900", "1.00")
    recording.trade("0.5000", "7.00", taker="ask")
    assert _Run(recording, tmp_path, order).fills() == [
        (ONE, price("0.50"), qty("100")),
        (ONE, price("0.50"), qty("7")),
    ]


def test_fills_are_counted_by_what_they_rest_on(tmp_path: Path) -> None:
    """A fill because the market went through us is a claim of the model; one in turn is not."""
    recording = _late().trade("0.4700", "103.00", taker="ask").trade("0.4600", "1", taker="ask")
    run = _Run(recording, tmp_path, _order())
    assert len(run.fills()) == 2
    assert (run.venue.filled_in_queue, run.venue.filled_through) == (qty("3"), qty("7"))
    by_touch = _Run(_late().ask("0.4700", "1.00"), tmp_path, _order())
    assert len(by_touch.fills()) == 1
    assert (by_touch.venue.filled_in_queue, by_touch.venue.filled_through) == (0, qty("10"))


# -- what the venue answers -----------------------------------------------------------------------


def test_an_order_is_accepted_after_its_latency(tmp_path: Path) -> None:
    """Not before, and as a fact."""
    run = _Run(_late().bid("0.4000", "1.00"), tmp_path, _order())
    arrives_at = Nanos(run.sent_at + PLACE_LATENCY)
    assert run.venue.next_at() == arrives_at
    assert run.venue.advance(Nanos(arrives_at - 1)) == []
    assert kinds(run.venue.advance(arrives_at)) == ["OrderAccepted"]


@pytest.mark.parametrize(("side", "at"), [(BUY, "0.50"), (BUY, "0.55"), (SELL, "0.47")])
def test_post_only_never_crosses(tmp_path: Path, side: Side, at: str) -> None:
    """It is refused, as the venue refuses it, and never rests."""
    run = _Run(_late().bid("0.4000", "1.00"), tmp_path, _order(side=side, at=at))
    (rejected,) = _answers(run.all())
    assert isinstance(rejected, OrderRejected)
    assert rejected.why == "post only cross"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (_order(contract=B), "not in the recording"),
        (_order(at="0.475"), "grid"),
        (_order(size="0.005"), "lots"),
        (_order(expires_at=Nanos(T0 + 5)), "expired"),
        (_order(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL), "immediate"),
        (
            _order(at="0.50", size="101", post_only=False, time_in_force=TimeInForce.FILL_OR_KILL),
            "not enough",
        ),
    ],
)
def test_what_the_venue_would_not_take_is_refused(
    tmp_path: Path, command: PlaceOrder, why: str
) -> None:
    """An order accepted here and refused there would flatter every replay."""
    (rejected,) = _answers(_Run(_late().bid("0.4000", "1.00"), tmp_path, command).all())
    assert isinstance(rejected, OrderRejected)
    assert why in rejected.why


def test_no_order_is_taken_while_the_book_is_unknown(tmp_path: Path) -> None:
    """Nobody could say whether it would cross."""
    recording = Recording().book(bids="0.47:100", asks="0.50:100").skip().bid("0.4600", "1.00")
    run = _Run(recording.wait(Nanos(SECOND)).bid("0.4600", "1.00"), tmp_path, _order())
    (rejected,) = _answers(run.all())
    assert isinstance(rejected, OrderRejected)
    assert "unknown" in rejected.why


def test_an_immediate_order_takes_what_is_displayed(tmp_path: Path) -> None:
    """Level by level, at the prices of those who rest, and the rest is cancelled."""
    order = _order(
        at="0.51", size="250", post_only=False, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL
    )
    facts = _answers(_Run(_late().bid("0.4000", "1.00"), tmp_path, order).all())
    assert kinds(facts) == ["OrderAccepted", "OrderFilled", "OrderFilled", "OrderCanceled"]
    fills = [fact for fact in facts if isinstance(fact, OrderFilled)]
    assert [(fill.price, fill.qty) for fill in fills] == [
        (price("0.50"), qty("100")),
        (price("0.51"), qty("100")),
    ]
    assert all(fill.fee > 0 and not fill.is_maker for fill in fills)


def test_a_cancel_is_done_after_its_latency(tmp_path: Path) -> None:
    """Until it arrives the order can still be filled."""
    recording = _late().trade("0.4600", "1.00", taker="ask")
    run = _Run(recording, tmp_path, _order())
    run.venue.advance(Nanos(run.sent_at + PLACE_LATENCY))
    run.venue.send(CancelOrder(client_order_id=ONE), Nanos(run.sent_at + PLACE_LATENCY))
    assert run.venue.next_at() == run.sent_at + PLACE_LATENCY + CANCEL_LATENCY
    assert kinds(_answers(run.all())) == ["OrderCanceled"]


def test_a_cancel_that_comes_too_late_is_refused(tmp_path: Path) -> None:
    """The fill stands."""
    recording = _late().trade("0.4600", "1.00", taker="ask").wait(Nanos(SECOND)).bid("0.4000", "1")
    run = _Run(recording, tmp_path, _order())
    facts = run.venue.advance(Nanos(T0 + SECOND + 2 * MILLISECOND))
    run.venue.send(CancelOrder(client_order_id=ONE), Nanos(T0 + SECOND + 2 * MILLISECOND))
    assert kinds(_answers(facts + run.all())) == ["OrderAccepted", "OrderFilled", "CancelRefused"]


def test_a_cancel_does_not_overtake_its_order(tmp_path: Path) -> None:
    """Both travel on one line, although a cancel alone is faster."""
    run = _Run(_late().bid("0.4000", "1"), tmp_path, _order(), CancelOrder(client_order_id=ONE))
    assert kinds(_answers(run.all())) == ["OrderAccepted", "OrderCanceled"]


def test_cancel_all_also_reaches_what_is_on_its_way(tmp_path: Path) -> None:
    """After a kill nothing may come to rest."""
    recording = _late().bid("0.4000", "1")
    run = _Run(recording, tmp_path, _order(), _order(client_order_id=TWO, at="0.46"), CancelAll())
    assert kinds(_answers(run.all())) == ["OrderAccepted", "OrderAccepted"] + ["OrderCanceled"] * 2
    assert run.venue.statement().open_orders == ()


def test_open_orders_are_what_rests(tmp_path: Path) -> None:
    """The evidence that a kill is complete must not lie."""
    run = _Run(_late().bid("0.4000", "1"), tmp_path, _order())
    run.venue.advance(Nanos(run.sent_at + PLACE_LATENCY))
    run.venue.send(ReadOpenOrders(), Nanos(run.sent_at + PLACE_LATENCY))
    (read,) = _answers(run.all())
    assert isinstance(read, OpenOrdersRead)
    (order,) = read.orders
    assert (order.client_order_id, order.remaining, order.queue_ahead) == (
        ONE,
        qty("10"),
        qty("100"),
    )


def test_a_decrease_keeps_the_place_in_the_queue(tmp_path: Path) -> None:
    """Less of us, and nobody has passed."""
    run = _Run(
        _late().trade("0.4700", "120.00", taker="ask"),
        tmp_path,
        _order(),
        DecreaseOrder(client_order_id=ONE, remaining=qty("4")),
    )
    facts = _answers(run.all())
    assert kinds(facts) == ["OrderAccepted", "OrderDecreased", "OrderFilled"]
    (fill,) = [fact for fact in facts if isinstance(fact, OrderFilled)]
    assert fill.qty == qty("4")


def test_a_decrease_never_increases(tmp_path: Path) -> None:
    """That would need a new place in the queue."""
    more = DecreaseOrder(client_order_id=ONE, remaining=qty("11"))
    run = _Run(_late().bid("0.4000", "1"), tmp_path, _order(), more)
    assert kinds(_answers(run.all())) == ["OrderAccepted", "CancelRefused"]


def test_an_order_expires_at_its_time(tmp_path: Path) -> None:
    """The safety net under every quote."""
    expires_at = Nanos(T0 + 700 * MILLISECOND)
    run = _Run(_late().trade("0.4600", "1", taker="ask"), tmp_path, _order(expires_at=expires_at))
    facts = _answers(run.all())
    assert facts[-1] == OrderCanceled(client_order_id=ONE, why="expired")


def test_an_extended_order_keeps_its_place_and_ends_later(tmp_path: Path) -> None:
    """A quote that is still wanted must not lose its queue to its own safety net."""
    recording = _late().trade("0.4700", "101.00", taker="ask").wait(Nanos(SECOND)).bid("0.40", "1")
    order = _order(expires_at=Nanos(T0 + 700 * MILLISECOND))
    longer = ExtendOrder(client_order_id=ONE, expires_at=Nanos(T0 + 1_500 * MILLISECOND))
    facts = _answers(_Run(recording, tmp_path, order, longer).all())
    assert kinds(facts) == ["OrderAccepted", "OrderFilled", "OrderCanceled"]


def test_an_order_is_never_made_to_end_sooner(tmp_path: Path) -> None:
    """That is what a cancel is for."""
    shorter = ExtendOrder(client_order_id=ONE, expires_at=Nanos(T0 + MINUTE))
    run = _Run(_late().bid("0.4000", "1"), tmp_path, _order(), shorter)
    assert kinds(_answers(run.all())) == ["OrderAccepted", "CancelRefused"]


def test_the_close_cancels_what_rests(tmp_path: Path) -> None:
    """And nothing is accepted afterwards."""
    market = {"market_ticker": A, "close_time": "2026-06-11T06:31:29.4Z"}
    recording = _late(Recording().event("watch_market", market=market)).bid("0.4000", "1")
    run = _Run(recording, tmp_path, _order())
    facts = run.venue.advance(ARRIVED)
    assert kinds(facts) == ["OrderAccepted", "ContractStatusChanged", "OrderCanceled"]
    run.venue.send(_order(client_order_id=TWO), ARRIVED)
    (rejected,) = _answers(run.all())
    assert isinstance(rejected, OrderRejected)
    assert "not open" in rejected.why


def test_a_request_for_a_snapshot_stays_unanswered(tmp_path: Path) -> None:
    """The recording knows no more than we do."""
    run = _Run(_late().skip().bid("0.4000", "1"), tmp_path, RequestSnapshot(contract=A))
    assert kinds(run.all()) == ["BookDeltaReceived"]


# -- the account ----------------------------------------------------------------------------------


def test_a_buy_pays_and_a_sale_of_what_is_not_held_buys_no(tmp_path: Path) -> None:
    """Ten YES at 0.47 cost 4.70; ten NO at 0.50 cost 5.00; together they are ten dollars."""
    both = _late().trade("0.4600", "1", taker="ask").trade("0.5100", "1", taker="bid")
    asks = _order(client_order_id=TWO, side=SELL, at="0.50")
    bought = _Run(_late().trade("0.4600", "1", taker="ask"), tmp_path, _order())
    bought.all()
    assert bought.venue.statement().cash == money("995.30")
    assert bought.venue.statement().positions == ((A, qty("10")),)
    sold = _Run(_late().trade("0.5100", "1", taker="bid"), tmp_path, asks)
    sold.all()
    assert sold.venue.statement().cash == money("995.00")
    assert sold.venue.statement().positions == ((A, -qty("10")),)
    pair = _Run(both, tmp_path, _order(), asks)
    pair.all()
    assert (pair.venue.statement().cash, pair.venue.statement().positions) == (money("1000.30"), ())


@pytest.mark.parametrize(("value", "cash"), [("1.0000", "1005.30"), ("0.0000", "995.30")])
def test_a_settlement_pays_yes_or_nothing(tmp_path: Path, value: str, cash: str) -> None:
    """Ten YES bought at 0.47."""
    recording = _late().trade("0.4600", "1", taker="ask")
    decided = {"event_type": "determined", "market_ticker": A, "settlement_value": value}
    recording.frame("market_lifecycle_v2", decided, sid=9)
    recording.frame("market_lifecycle_v2", {"event_type": "settled", "market_ticker": A}, sid=9)
    run = _Run(recording, tmp_path, _order())
    run.all()
    assert (run.venue.statement().cash, run.venue.statement().positions) == (money(cash), ())


def test_makers_pay_no_fee_under_the_plain_schedule(tmp_path: Path) -> None:
    """The schedule says who pays."""
    run = _Run(_late().trade("0.4600", "1", taker="ask"), tmp_path, _order())
    (fill,) = [fact for fact in run.all() if isinstance(fact, OrderFilled)]
    assert (fill.fee, fill.is_maker) == (Money(0), True)


def test_rounding_is_carried_from_fill_to_fill_of_one_order(tmp_path: Path) -> None:
    """What was rounded too much comes back, as the venue gives it back."""
    prices = [f"0.5{step}" for step in range(10)]
    asks = " ".join(f"{at}:0.33" for at in prices)
    recording = Recording().book(asks=asks).wait(Nanos(SECOND)).bid("0.4000", "1")
    order = _order(
        at="0.59", size="3.30", post_only=False, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL
    )
    fills = [f for f in _Run(recording, tmp_path, order).all() if isinstance(f, OrderFilled)]
    collected, fees = Money(0), []
    for at in map(price, prices):
        charge = fill_charge(
            FeeSchedule(fee_type=FeeType.QUADRATIC),
            at=at,
            size=qty("0.33"),
            is_maker=False,
            revenue=Money(-notional(at, qty("0.33"))),
            rounding_collected=collected,
        )
        collected = charge.rounding_collected
        fees.append(charge.fee)
    assert [fill.fee for fill in fills] == fees


_steps = st.lists(
    st.tuples(
        st.sampled_from(["bid+", "bid-", "trade", "low trade"]), st.integers(1, 40), st.booleans()
    ),
    max_size=30,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_steps)
def test_fills_never_exceed_what_the_market_gave(
    tmp_path: Path, steps: list[tuple[str, int, bool]]
) -> None:
    """Whatever happens in whatever order: no fill without enough trades, or a trade through us."""
    recording, displayed, traded, is_through = _late(), 100, 0, False
    for kind, size, is_delta_first in steps:
        match kind:
            case "bid+":
                recording.bid("0.4700", f"{size}.00")
                displayed += size
            case "bid-" if size < displayed:
                recording.bid("0.4700", f"-{size}.00")
                displayed -= size
            case "trade" if size < displayed:
                if is_delta_first:
                    recording.bid("0.4700", f"-{size}.00")
                recording.trade("0.4700", f"{size}.00", taker="ask")
                if not is_delta_first:
                    recording.bid("0.4700", f"-{size}.00")
                displayed -= size
                traded += size
            case "low trade":
                recording.trade("0.4600", "1.00", taker="ask")
                is_through = True
    filled = sum(size for _, _, size in _Run(recording, tmp_path, _order()).fills())
    assert filled <= qty("10")
    assert is_through or filled <= qty(f"{traded}.00")


def test_a_replay_repeats_itself(tmp_path: Path) -> None:
    """The same recording and the same commands give the same history."""
    recording = _late().bid("0.4700", "-10.00").trade("0.4700", "95.00", taker="ask")
    runs = [_Run(recording, tmp_path, _order(), CancelAll()).all() for _ in range(2)]
    assert runs[0] == runs[1]


def test_the_end_does_not_wait_for_orders_to_expire(tmp_path: Path) -> None:
    """The recorded market stops; what rests then rests until whoever runs the replay cancels it."""
    run = _Run(_late().bid("0.4000", "1"), tmp_path, _order())
    played(run.venue)
    assert run.venue.next_at() is None
    assert len(run.venue.statement().open_orders) == 1


def test_the_end_comes_after_the_last_answer(tmp_path: Path) -> None:
    """Commands sent at the end are still answered, so that a kill can be proven."""
    run = _Run(Recording().book(bids="0.47:100", asks="0.50:100"), tmp_path, _order(), CancelAll())
    assert run.venue.is_over
    assert kinds(_answers(played(run.venue))) == ["OrderAccepted", "OrderCanceled"]
