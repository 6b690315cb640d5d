"""From facts to commands: what is quoted, what is pulled, and what is never sent."""

from dataclasses import replace
from typing import get_args

from tests.engine.bench import Bench, only
from tests.strategy.views import a_contract
from tui_mm.domain.commands import (
    CancelAll,
    CancelOrder,
    DecreaseOrder,
    ExtendOrder,
    PlaceOrder,
    ReadOpenOrders,
    RequestSnapshot,
)
from tui_mm.domain.contract import ContractStatus, EventGroup, Side
from tui_mm.domain.events import (
    AnyFact,
    CancelRefused,
    ContractListed,
    ContractSettled,
    ContractStatusChanged,
    FeedLost,
    FrameRejected,
    JournalFailed,
    OpenOrder,
    OpenOrdersRead,
    OperatorActed,
    OperatorLost,
    OrderCanceled,
    OrderExtended,
    OrderFilled,
    OrderRejected,
    OutcomeLost,
    TradePrinted,
)
from tui_mm.domain.ids import ClientOrderId, ContractId, EventGroupId, TradeId, VenueOrderId
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.operator import (
    CancelOrders,
    ChangeSize,
    ChangeSpread,
    EditParameters,
    Kill,
    Pause,
    PauseAll,
    Resume,
    StopEngine,
    UndoLast,
    Unpause,
)
from tui_mm.domain.order import OrderState
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import CONTRACT, MINUTE, SECOND, Nanos, Price, Qty, money, price, qty
from tui_mm.engine.snapshot import QuotingState
from tui_mm.risk.limits import Limits, RefusalReason

A = ContractId("A")


def test_a_listed_contract_with_a_book_is_quoted():
    """Both sides a tick inside the others' touch, as post-only orders that end by themselves."""
    bench = Bench()
    places = only(bench.sent, PlaceOrder)
    assert [(each.side, each.price) for each in places] == [
        (Side.BUY, price("0.43")),
        (Side.SELL, price("0.47")),
    ]
    assert all(each.post_only and each.expires_at > bench.now for each in places)


def test_we_do_not_outbid_ourselves():
    """V20: with our orders in the book the touch of the others is unchanged, and so are quotes."""
    bench = Bench()
    bench.accepts()
    assert only(bench.passes(3), PlaceOrder) == []
    assert bench.prices() == (price("0.43"), price("0.47"))


def test_a_market_is_requoted_at_most_once_a_second():
    """Three moves of the touch within a second lead to one look, a second after the last."""
    bench = Bench()
    bench.accepts()
    bench.passes()
    moves = bench.delta("A", Side.SELL, "0.48", -100) + bench.delta("A", Side.SELL, "0.49", 100)
    moves += bench.delta("A", Side.SELL, "0.50", 100)
    first = only(moves, PlaceOrder)
    later = only(bench.passes(), PlaceOrder)
    assert len(first) + len(later) == 1


def test_a_moved_touch_moves_only_the_quote_that_is_wrong():
    """The bid keeps its place in the queue when only the ask's side moved."""
    bench = Bench()
    bench.accepts()
    bench.delta("A", Side.SELL, "0.48", -100)
    bench.delta("A", Side.SELL, "0.52", 100)
    commands = bench.passes(2)
    assert [each.client_order_id for each in only(commands, CancelOrder)] == ["r-2"]
    assert [each.side for each in only(commands, PlaceOrder)] == [Side.SELL]


def test_a_gap_pulls_every_book_of_the_subscription():
    """One lost frame spoils both contracts: quotes go at once and snapshots are asked for."""
    bench = Bench("A", "B")
    bench.accepts()
    commands = bench.delta("A", Side.BUY, "0.41", 5, skipped=1)
    assert {each.contract for each in only(commands, RequestSnapshot)} == {"A", "B"}
    assert len(only(commands, CancelOrder)) == 4
    assert bench.row().state is QuotingState.GAP


def test_a_snapshot_after_a_gap_brings_the_quotes_back():
    """The book is good again from its own snapshot on, the other's is not."""
    bench = Bench("A", "B")
    bench.accepts()
    bench.delta("A", Side.BUY, "0.41", 5, skipped=1)
    bench.obeys()
    bench.book("A", "0.42", "0.48")
    assert bench.prices("A") == (price("0.43"), price("0.47"))
    assert bench.prices("B") == (None, None)


def test_a_level_below_zero_makes_the_book_worthless():
    """More was taken than was there: the book is wrong, whatever it says."""
    bench = Bench()
    bench.accepts()
    commands = bench.delta("A", Side.BUY, "0.42", -101)
    assert only(commands, RequestSnapshot)
    assert len(only(commands, CancelOrder)) == 2


def test_silence_of_the_feed_pulls_the_quotes():
    """Five seconds without a sign of life."""
    bench = Bench()
    bench.accepts()
    bench.now = Nanos(bench.now + 7 * SECOND)
    engine = bench.engine
    commands = bench.happens(OperatorActed(action=ChangeSpread(contracts=(), ticks=0)))
    assert engine.next_wake_at() <= bench.now + SECOND
    assert len(only(commands, CancelOrder)) == 2
    assert bench.row().state is QuotingState.STALE


def test_a_lost_connection_pulls_its_contracts():
    """Nothing is known of these books any more."""
    bench = Bench("A", "B")
    bench.accepts()
    commands = bench.happens(FeedLost(connection=1, contracts=(A,), why="reset"))
    assert len(only(commands, CancelOrder)) == 2
    assert bench.row("B").state is QuotingState.QUOTE


def test_a_frame_nobody_understood_stops_what_depends_on_it():
    """The place is named and the book waits for a snapshot."""
    bench = Bench()
    bench.accepts()
    commands = bench.happens(FrameRejected(where="line 7", why="not JSON", contracts=(A,)))
    assert len(only(commands, CancelOrder)) == 2
    assert "line 7: not JSON" in [line.text for line in bench.engine.state.diary.lines]


def test_a_closing_market_is_left_in_time():
    """After the close even a cancel is refused, so quotes are gone a minute before."""
    bench = Bench()
    bench.accepts()
    closes_at = bench.engine.state.markets[A].contract.closes_at
    bench.now = Nanos(closes_at - MINUTE - SECOND)
    assert len(only(bench.passes(), CancelOrder)) == 2
    assert bench.row().reason is Reason.CLOSING


def test_a_closed_market_is_not_quoted():
    """Only an open contract takes orders."""
    bench = Bench()
    bench.accepts()
    commands = bench.happens(ContractStatusChanged(contract=A, status=ContractStatus.CLOSED))
    assert len(only(commands, CancelOrder)) == 2


def test_a_settled_contract_leaves_its_profit_and_nothing_else():
    """Markets come and go for days; what is over is forgotten."""
    bench = Bench()
    bench.accepts()
    bench.fills("r-1", 10, at="0.43", side=Side.BUY)
    bench.happens(OrderCanceled(client_order_id=ClientOrderId("r-2"), why="CloseCancel"))
    for order in list(bench.engine.state.orders):
        bench.happens(OrderCanceled(client_order_id=order.client_order_id, why="CloseCancel"))
    bench.happens(ContractSettled(contract=A, yes_payout=Price(10_000)))
    assert bench.engine.state.markets == {}
    assert bench.engine.state.total_pnl() == money("5.70")
    assert bench.engine.state.exposure.total == 0


def test_a_fill_is_booked_once_however_often_it_is_told():
    """Two channels bring the same trade."""
    bench = Bench()
    bench.accepts()
    bench.fills("r-1", 4, at="0.43", side=Side.BUY)
    fill = OrderFilled(
        trade_id=TradeId("t-1"),
        client_order_id=ClientOrderId("r-1"),
        contract=A,
        side=Side.BUY,
        price=price("0.43"),
        qty=qty("4"),
        fee=money("0"),
        is_maker=True,
        exchange_at=bench.now,
    )
    bench.happens(fill)
    assert bench.row().inventory == qty("4")
    assert bench.engine.state.fills_count == 1


def test_a_fill_is_topped_up_at_once():
    """What was bought is asked for again without waiting for the next second."""
    bench = Bench()
    bench.accepts()
    (top_up,) = only(bench.fills("r-1", 4, at="0.43", side=Side.BUY), PlaceOrder)
    assert (top_up.side, top_up.qty) == (Side.BUY, qty("4"))


def test_a_replacement_never_exceeds_the_position_limit_with_its_predecessor():
    """While a cancel is on its way both orders could be filled, so the second one waits."""
    bench = Bench(limits=Limits(position_max=qty("10")))
    bench.accepts()
    bench.delta("A", Side.BUY, "0.42", -100)
    bench.delta("A", Side.BUY, "0.40", 100)
    moved = bench.passes(2)
    assert len(only(moved, CancelOrder)) == 1
    assert only(moved, PlaceOrder) == []
    bench.obeys()
    assert bench.prices()[0] == price("0.41")


def test_a_limit_that_keeps_refusing_is_told_once():
    """The log is for what changes; the count goes on."""
    bench = Bench("A", "B", limits=Limits(open_orders_max=3))
    bench.accepts()
    bench.passes(30)
    told = [
        line
        for line in bench.engine.state.diary.lines
        if "open orders 4 would exceed 3" in line.text
    ]
    assert len(told) == 1
    assert bench.engine.state.refusals[RefusalReason.OPEN_ORDERS] > 1


def test_an_unknown_outcome_counts_and_blocks_its_contract():
    """It may rest, so it counts as exposure, and nothing is placed beside it."""
    bench = Bench()
    before = bench.engine.state.exposure.total
    bench.happens(OutcomeLost(client_order_id=ClientOrderId("r-1"), why="timeout"))
    bench.happens(OrderCanceled(client_order_id=ClientOrderId("r-2"), why="asked"))
    assert only(bench.passes(2), PlaceOrder) == []
    assert bench.engine.state.exposure.total <= before
    order = bench.engine.state.orders.find(ClientOrderId("r-1"))
    assert order is not None
    assert order.state is OrderState.UNKNOWN


def test_a_cancel_of_a_filled_order_is_no_surprise():
    """The refusal only says that the order is done, which we know."""
    bench = Bench()
    bench.accepts()
    bench.fills("r-1", 10, at="0.43", side=Side.BUY)
    alarms = len(bench.engine.state.diary.lines)
    bench.happens(CancelRefused(client_order_id=ClientOrderId("r-1"), why="not found"))
    assert len(bench.engine.state.diary.lines) == alarms


def test_a_cancel_that_overtakes_its_order_leaves_no_ghost():
    """The venue did not know it yet, then refused it: the order is over and nothing is left."""
    bench = Bench()
    bench.acts(Pause(contracts=(A,)))
    for name in (ClientOrderId("r-1"), ClientOrderId("r-2")):
        bench.happens(CancelRefused(client_order_id=name, why="not_found"))
        bench.happens(OrderRejected(client_order_id=name, why="post only cross"))
    assert len(bench.engine.state.orders) == 0


def test_a_cancel_that_overtook_its_order_is_sent_again():
    """The order arrives after all and would rest for ever if the first cancel were the last."""
    bench = Bench()
    bench.acts(Pause(contracts=(A,)))
    bench.happens(CancelRefused(client_order_id=ClientOrderId("r-1"), why="not_found"))
    bench.accepts()
    commands = bench.passes(2)
    assert ClientOrderId("r-1") in [each.client_order_id for each in only(commands, CancelOrder)]


def test_an_order_that_two_reads_lack_is_given_up():
    """A venue that forgot to say so: one read may be early, two a second apart are evidence."""
    bench = Bench()
    bench.accepts()
    bench.passes(3)
    bench.happens(OpenOrdersRead(orders=(), as_of=bench.now))
    assert len(bench.engine.state.orders) == 2
    bench.passes(1)
    bench.happens(OpenOrdersRead(orders=(), as_of=bench.now))
    assert [order.client_order_id for order in bench.engine.state.orders][:2] != ["r-1", "r-2"]
    assert any("not at the venue any more" in line.text for line in bench.engine.state.diary.lines)


def test_a_read_from_before_an_orders_last_news_is_no_evidence():
    """The order was accepted a moment ago; a read of that time cannot know it."""
    bench = Bench()
    bench.accepts()
    for _ in range(3):
        bench.now = Nanos(bench.now + SECOND // 2)
        bench.happens(OpenOrdersRead(orders=(), as_of=bench.now))
    assert len(bench.engine.state.orders) == 2


def test_an_order_that_is_done_and_still_rests_is_cancelled_and_told():
    """We believed it gone; the venue shows it."""
    bench = Bench()
    bench.accepts()
    bench.happens(OrderCanceled(client_order_id=ClientOrderId("r-1"), why="asked"))
    bench.passes(3)
    ghost = OpenOrder(
        client_order_id=ClientOrderId("r-1"),
        venue_order_id=VenueOrderId("v-r-1"),
        contract=A,
        side=Side.BUY,
        price=price("0.43"),
        remaining=qty("10"),
    )
    commands = bench.happens(OpenOrdersRead(orders=(ghost,), as_of=bench.now))
    assert [each.client_order_id for each in only(commands, CancelOrder)] == ["r-1"]


def test_a_refused_extension_is_not_asked_again_at_once():
    """The refusal asks a question; it does not start a storm."""
    bench = Bench()
    bench.accepts()
    bench.passes(60)
    bench.sent.clear()
    for _ in range(20):
        bench.happens(CancelRefused(client_order_id=ClientOrderId("r-1"), why="paused"))
    assert only(bench.sent, ExtendOrder) == []


def test_extensions_keep_to_the_message_rate():
    """Many quotes of one age are let rest longer in turn, well before any of them ends."""
    bench = Bench(*(f"M{n}" for n in range(20)), limits=Limits(messages_per_second_max=100))
    bench.accepts()
    bench.engine.state.settings = replace(
        bench.engine.state.settings, limits=Limits(messages_per_second_max=5)
    )
    sent = [len(only(bench.passes(), ExtendOrder)) for _ in range(70)]
    assert sum(sent) > 5
    assert max(sent) <= 5


def test_a_key_does_not_wait_for_a_busy_quoter():
    """A quarter of the message rate is kept for what the operator asks."""
    bench = Bench("A", "B", "C", "D", limits=Limits(messages_per_second_max=8))
    assert len(bench.sent) == 6
    bench.accepts()
    bench.acts(ChangeSize(contracts=(A,), steps=1))
    assert bench.row("A").my_bid_qty == qty("15")


def test_a_book_that_stays_away_is_asked_for_again():
    """The request or its answer may have been lost."""
    bench = Bench()
    bench.accepts()
    bench.delta("A", Side.BUY, "0.41", 5, skipped=1)
    assert only(bench.passes(10), RequestSnapshot)


def test_a_bad_snapshot_behind_a_gap_spoils_the_others_as_well():
    """It shows that frames are missing, whatever is wrong with itself."""
    bench = Bench("A", "B")
    bench.accepts()
    bench.feed_seq += 5
    commands = bench.book("B", "0.42", "0.48", contracts=-1)
    assert {each.contract for each in only(commands, RequestSnapshot)} == {"A", "B"}


def test_trades_do_not_make_a_silent_book_fresh():
    """The book's own stream has said nothing for seven seconds."""
    bench = Bench()
    bench.accepts()
    for _ in range(7):
        bench.now = Nanos(bench.now + SECOND)
        bench.happens(
            TradePrinted(
                contract=A,
                price=price("0.45"),
                qty=qty("1"),
                taker_side=Side.BUY,
                exchange_at=bench.now,
            )
        )
    assert bench.row().state is QuotingState.STALE


def test_a_fill_that_cannot_be_booked_kills():
    """What we hold is not known any more, so nobody may quote on it."""
    bench = Bench()
    bench.accepts()
    bench.happens(
        OrderFilled(
            trade_id=TradeId("t-9"),
            client_order_id=ClientOrderId("r-1"),
            contract=A,
            side=Side.BUY,
            price=price("0.4301"),
            qty=Qty(1),
            fee=money("0"),
            is_maker=True,
            exchange_at=bench.now,
        )
    )
    assert bench.engine.is_killed


def test_a_contract_cannot_move_to_another_group():
    """Its worst case would be counted nowhere, or twice."""
    bench = Bench()
    bench.list_contract("A", contract=replace(a_contract(), group=EventGroupId("other")))
    group = EventGroup(id=EventGroupId("other"), title="o", is_exclusive=False)
    moved = replace(bench.engine.state.markets[A].contract, group=group.id)
    bench.happens(ContractListed(contract=moved, group=group))
    bench.book("A", "0.30", "0.60")
    assert bench.row().group == "E-A"
    assert bench.row().state is QuotingState.QUOTE


def test_nothing_of_a_settled_contract_can_be_undone():
    """A press of the key takes back something that is still there."""
    bench = Bench("A", "B")
    bench.acts(ChangeSpread(contracts=(ContractId("B"),), ticks=1))
    bench.acts(ChangeSpread(contracts=(A,), ticks=1))
    for order in bench.engine.state.orders.live(A):
        bench.happens(OrderCanceled(client_order_id=order.client_order_id, why="CloseCancel"))
    bench.happens(ContractSettled(contract=A, yes_payout=Price(0)))
    bench.acts(UndoLast())
    assert bench.row("B").spread_ticks == 0


def test_tightening_beyond_the_grid_drops_the_side_and_nothing_else():
    """An offset that made sense at 0.50 is not a crash, or a price of the other end, at 0.90."""
    bench = Bench()
    bench.accepts()
    bench.acts(EditParameters(contract=A, spread_ticks=-50))
    for bid, ask in (("0.85", "0.95"), ("0.05", "0.15"), ("0.40", "0.60")):
        bench.book("A", bid, ask)
        bench.passes(2)
        for quote in bench.engine.state.markets[A].quotes.quotes:
            assert price(bid) <= quote.price <= price(ask)


def test_orders_at_the_venue_that_are_not_ours_are_reported():
    """An orphan is an alarm and never silently adopted."""
    bench = Bench()

    stray = OpenOrder(
        client_order_id=ClientOrderId("x"),
        venue_order_id=VenueOrderId("v"),
        contract=A,
        side=Side.BUY,
        price=price("0.10"),
        remaining=qty("1"),
    )
    bench.happens(OpenOrdersRead(orders=(stray,), as_of=bench.now))
    assert any("not ours" in line.text for line in bench.engine.state.diary.lines)


def test_pausing_cancels_and_unpausing_quotes_again():
    """One market, while the other goes on."""
    bench = Bench("A", "B")
    bench.accepts()
    assert bench.acts(Pause(contracts=(A,))) == (True, "A: paused")
    bench.obeys()
    assert bench.prices("A") == (None, None)
    assert bench.prices("B") == (price("0.43"), price("0.47"))
    bench.acts(Unpause(contracts=(A,)))
    assert bench.prices("A") == (price("0.43"), price("0.47"))


def test_wider_moves_the_quotes_out_by_one_tick_of_spread():
    """The ask takes the odd tick; the bid stays in its queue."""
    bench = Bench()
    bench.accepts()
    bench.acts(ChangeSpread(contracts=(A,), ticks=1))
    bench.obeys()
    assert bench.prices() == (price("0.43"), price("0.48"))


def test_tighter_has_a_floor_and_says_so():
    """A spread of four ticks can lose three."""
    bench = Bench()
    bench.accepts()
    assert bench.acts(ChangeSpread(contracts=(A,), ticks=-3))[0]
    bench.obeys()
    bench.accepts()
    is_done, why = bench.acts(ChangeSpread(contracts=(A,), ticks=-1))
    assert not is_done
    assert "0 ticks would be below 1" in why


def test_smaller_decreases_in_place_and_bigger_adds():
    """Neither gives up the place in the queue."""
    bench = Bench()
    bench.accepts()
    bench.sent.clear()
    bench.acts(ChangeSize(contracts=(A,), steps=-1))
    assert [each.remaining for each in only(bench.sent, DecreaseOrder)] == [qty("5"), qty("5")]
    bench.obeys()
    bench.acts(ChangeSize(contracts=(A,), steps=1))
    assert [each.qty for each in only(bench.sent, PlaceOrder)] == [qty("5"), qty("5")]


def test_bigger_stops_at_the_order_limit_with_both_numbers():
    """No key raises a hard limit."""
    bench = Bench(limits=Limits(order_qty_max=qty("12")))
    assert bench.acts(ChangeSize(contracts=(A,), steps=1)) == (
        False,
        "A: size 15 would exceed 12",
    )


def test_undo_takes_back_the_last_change_of_parameters():
    """Of several markets at once if they were changed at once."""
    bench = Bench("A", "B")
    bench.acts(EditParameters(contract=A, spread_ticks=2, size=qty("20")))
    bench.acts(ChangeSize(contracts=(A, ContractId("B")), steps=-1))
    bench.acts(UndoLast())
    assert (bench.row("A").size, bench.row("B").size) == (qty("20"), qty("10"))
    bench.acts(UndoLast())
    assert (bench.row("A").size, bench.row("A").spread_ticks) == (qty("10"), 0)
    assert bench.acts(UndoLast()) == (False, "nothing to undo")


def test_a_cancelled_order_stays_away_until_its_market_is_unpaused():
    """Cancelling by key holds that side, or the quoter would put it back a second later."""
    bench = Bench()
    bench.accepts()
    bench.acts(CancelOrders(orders=(ClientOrderId("r-1"),)))
    bench.obeys()
    bench.passes(3)
    assert bench.prices() == (None, price("0.47"))
    bench.acts(Unpause(contracts=(A,)))
    assert bench.prices()[0] == price("0.43")


def test_a_quote_that_is_still_wanted_does_not_expire():
    """Half-way through its life it is let rest longer, in its place in the queue."""
    bench = Bench()
    bench.accepts()
    commands = bench.passes(61)
    assert {each.client_order_id for each in only(commands, ExtendOrder)} == {"r-1", "r-2"}
    for each in only(commands, ExtendOrder):
        extended = OrderExtended(client_order_id=each.client_order_id, expires_at=each.expires_at)
        bench.happens(extended)
    assert only(bench.passes(50), ExtendOrder) == []


def test_a_quote_whose_book_is_not_trusted_is_left_to_expire():
    """The expiry is the last line of defence, so only a healthy market renews it."""
    bench = Bench()
    bench.accepts()
    bench.happens(FrameRejected(where="line 7", why="not JSON", contracts=(A,)))
    assert only(bench.passes(90), ExtendOrder) == []


def test_a_kill_cancels_everything_and_asks_for_proof():
    """In the very step of the key press."""
    bench = Bench("A", "B")
    bench.accepts()
    commands = bench.happens(OperatorActed(action=Kill(source="key k")))
    assert len(only(commands, CancelOrder)) == 4
    assert only(commands, CancelAll)
    assert only(commands, ReadOpenOrders)
    assert bench.engine.state.kill_switch.mode is TradingMode.HALTED


def test_a_kill_is_repeated_until_it_is_proven():
    """An unconfirmed cancel is sent again; nothing is assumed from having asked."""
    bench = Bench()
    bench.accepts()
    bench.acts(Kill(source="key k"))
    again = bench.passes()
    assert {each.client_order_id for each in only(again, CancelOrder)} == {"r-1", "r-2"}
    report = bench.engine.snapshot(watched=None).kill
    assert report is not None
    assert report.proven_at is None
    assert report.resume_locked


def test_a_read_from_before_the_last_cancel_proves_nothing():
    """The venue's answer must be younger than the last order of ours."""
    bench = Bench()
    bench.accepts()
    bench.acts(Kill(source="key k"))
    asked_at = bench.now
    bench.now = Nanos(bench.now + SECOND // 10)
    for name in ("r-1", "r-2"):
        bench.happens(OrderCanceled(client_order_id=ClientOrderId(name), why="asked"))
    bench.happens(OpenOrdersRead(orders=(), as_of=asked_at))
    assert not bench.engine.is_safe_to_exit
    bench.happens(OpenOrdersRead(orders=(), as_of=bench.now))
    assert bench.engine.is_safe_to_exit


def killed_and_proven() -> Bench:
    """A bench that was killed and has shown that nothing rests."""
    bench = Bench()
    bench.accepts()
    bench.acts(Kill(source="key k"))
    bench.obeys()
    bench.passes()
    bench.obeys()
    assert bench.engine.is_safe_to_exit
    return bench


def test_nothing_is_placed_after_a_kill():
    """Whatever the market does."""
    bench = killed_and_proven()
    bench.book("A", "0.30", "0.60")
    assert only(bench.passes(5), PlaceOrder) == []
    assert bench.row().state is QuotingState.KILLED


def test_only_the_word_resumes():
    """Another word, or the right one too early, changes nothing."""
    bench = killed_and_proven()
    assert not bench.acts(Resume(word="resume"))[0]
    assert bench.engine.is_killed
    assert bench.acts(Resume(word="RESUME")) == (True, "trading resumed")
    assert bench.prices() == (price("0.43"), price("0.47"))


def test_the_word_is_refused_while_orders_may_rest():
    """Resuming without proof would trade on a guess."""
    bench = Bench()
    bench.accepts()
    bench.acts(Kill(source="key k"))
    is_done, why = bench.acts(Resume(word="RESUME"))
    assert not is_done
    assert "nothing rests" in why


def test_a_second_press_sends_the_sweep_again():
    """The first press is kept as the source, and each press is counted."""
    bench = killed_and_proven()
    commands = bench.happens(OperatorActed(action=Kill(source="tui-mm kill")))
    assert only(commands, CancelAll)
    report = bench.engine.snapshot(watched=None).kill
    assert report is not None
    assert (report.source, report.presses) == ("key k", 2)


def test_pausing_everything_is_undone_by_the_word():
    """No latch, but nothing is quoted until a person says so."""
    bench = Bench("A", "B")
    bench.accepts()
    bench.acts(PauseAll())
    bench.obeys()
    assert bench.prices("A") == bench.prices("B") == (None, None)
    bench.acts(Resume(word="RESUME"))
    assert bench.prices("B") == (price("0.43"), price("0.47"))


def test_a_lost_operator_pulls_everything():
    """Nobody is watching: nothing rests until somebody resumes."""
    bench = Bench()
    bench.accepts()
    commands = bench.happens(OperatorLost(why="terminal closed"))
    assert len(only(commands, CancelOrder)) == 2
    assert bench.row().reason is Reason.LEASE


def test_a_failed_journal_stops_creates_and_lets_cancels_through():
    """What cannot be written down must not be sent."""
    bench = Bench()
    bench.accepts()
    bench.happens(JournalFailed(why="disk full"))
    bench.delta("A", Side.SELL, "0.48", -100)
    bench.delta("A", Side.SELL, "0.52", 100)
    commands = bench.passes(2)
    assert only(commands, CancelOrder)
    assert only(commands, PlaceOrder) == []


def test_the_days_loss_kills():
    """A hundred contracts bought at 0.43 and marked far below: the limit acts by itself."""
    bench = Bench(limits=Limits(daily_loss_max=money("1")))
    bench.accepts()
    bench.fills("r-1", 10, at="0.43", side=Side.BUY)
    bench.book("A", "0.20", "0.26")
    bench.passes(2)
    report = bench.engine.snapshot(watched=None).kill
    assert report is not None
    assert "daily loss 2." in report.source


def test_what_adds_is_pulled_as_soon_as_only_reducing_is_allowed():
    """The quotes of a quiet market do not wait for its next move."""
    bench = Bench("A", "B", limits=Limits(daily_loss_max=money("2.40")))
    bench.accepts()
    bench.fills("r-1", 10, at="0.43", side=Side.BUY)
    bench.book("A", "0.20", "0.26")
    bench.passes(2)
    bench.obeys()
    assert bench.prices("B") == (None, None)


def test_most_of_the_days_loss_stops_adding():
    """From four fifths of the limit on only inventory is reduced."""
    bench = Bench(limits=Limits(daily_loss_max=money("2.40")))
    bench.accepts()
    bench.fills("r-1", 10, at="0.43", side=Side.BUY)
    bench.book("A", "0.20", "0.26")
    bench.passes(2)
    bench.obeys()
    bench.passes(2)
    assert bench.engine.state.kill_switch.mode is TradingMode.REDUCING
    assert bench.prices()[0] is None


def test_stopping_ends_with_proof_and_without_a_latch():
    """The next start quotes again; this one places nothing more."""
    bench = Bench()
    bench.accepts()
    bench.acts(StopEngine())
    bench.obeys()
    bench.passes()
    bench.obeys()
    assert bench.engine.is_safe_to_exit
    assert not bench.engine.is_killed
    assert only(bench.passes(3), PlaceOrder) == []


def test_unpausing_one_market_does_not_lift_a_pause_of_everything():
    """It is refused, and says what would."""
    bench = Bench("A", "B")
    bench.accepts()
    bench.acts(PauseAll())
    bench.obeys()
    is_done, why = bench.acts(Unpause(contracts=(A,)))
    assert not is_done
    assert "RESUME" in why
    assert bench.prices("A") == (None, None)


def test_every_fact_has_its_handler():
    """A new kind of fact must not be the exception that ends the engine."""
    handled = set(Bench().engine._handlers)
    assert handled == set(get_args(AnyFact))


def test_the_same_facts_give_the_same_commands():
    """No clock, no chance, no memory of anything but facts."""

    def a_run() -> list[object]:
        bench = Bench("A", "B")
        bench.accepts()
        bench.fills("r-1", 4, at="0.43", side=Side.BUY)
        bench.delta("B", Side.BUY, "0.44", 7)
        bench.passes(3)
        bench.acts(Kill(source="key k"))
        return list(bench.sent)

    assert a_run() == a_run()


def test_the_picture_adds_up():
    """Profit by contract and in total agree, and limits show what is used of them."""
    bench = Bench("A", "B")
    bench.accepts()
    bench.fills("r-1", 10, at="0.43", side=Side.BUY)
    bench.book("A", "0.44", "0.50")
    bench.passes()
    picture = bench.engine.snapshot(watched=A)
    rows = picture.markets
    assert picture.pnl.total == sum(row.realised + row.unrealised - row.fees for row in rows)
    used = {row.name: row.used for row in picture.limits}
    assert used["Position"] == 10 * CONTRACT
    assert used["Open orders"] == len(picture.orders)
    assert picture.detail is not None
    mine = sum(level.my_bid_qty + level.my_ask_qty for level in picture.detail.ladder)
    assert mine == sum(order.remaining for order in picture.orders if order.contract == A)
