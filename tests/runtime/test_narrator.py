"""The narrator and the status text: what a shell shows of a session."""

from msgspec.structs import replace

from tests.runtime.fakes import START, FakeEngine
from tui_mm.domain.events import OperatorActed, Stamped
from tui_mm.domain.ids import ContractId, EventGroupId
from tui_mm.domain.operator import Kill
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import Money, Nanos, Price, Qty, qty
from tui_mm.engine.snapshot import MarketRow, QuotingState, Snapshot
from tui_mm.runtime.narrator import Narrator
from tui_mm.runtime.status_text import plain_lines, status_lines

ROW = MarketRow(
    contract=ContractId("KXA"),
    title="Will it?",
    venue="fake",
    group=EventGroupId("g"),
    strategy="pair",
    closes_at=Nanos(START + 10**12),
    bid=Price(4_700),
    bid_qty=qty("10"),
    ask=None,
    ask_qty=Qty(0),
    market_spread_ticks=None,
    last=None,
    my_bid=Price(4_600),
    my_bid_qty=qty("1"),
    my_ask=None,
    my_ask_qty=Qty(0),
    my_spread_ticks=None,
    inventory=qty("-2.5"),
    max_position=qty("50"),
    fair_micros=None,
    skew_micros=Money(0),
    state=QuotingState.QUOTE,
    reason=None,
    book_age_ms=3,
    spread_ticks=0,
    size=qty("1"),
    size_step=qty("1"),
    is_paused=False,
    realised=Money(0),
    unrealised=Money(0),
    fees=Money(0),
    if_yes=Money(0),
    if_no=Money(0),
)


def pictured(*rows: MarketRow, engine: FakeEngine | None = None) -> Snapshot:
    """A snapshot with these markets."""
    return replace((engine or FakeEngine()).snapshot(watched=None), markets=rows)


def test_a_change_is_told_once_with_its_reason():
    """A market that goes on as it was says nothing more."""
    narrator = Narrator()
    off = replace(ROW, state=QuotingState.OFF, reason=Reason.NARROW)
    assert narrator.news(pictured(ROW)) == ["08:00:00 KXA: QUOTE"]
    assert narrator.news(pictured(ROW)) == []
    assert narrator.news(pictured(off)) == ["08:00:00 KXA: OFF (spread too narrow)"]


def test_each_log_line_is_told_once():
    """The log of a snapshot overlaps with the one before."""
    narrator, engine = Narrator(), FakeEngine()
    engine.say("one")
    assert narrator.news(pictured(engine=engine)) == ["08:00:00 info: one"]
    engine.say("two")
    assert narrator.news(pictured(engine=engine)) == ["08:00:00 info: two"]


def test_a_halt_is_told_when_it_begins_and_when_it_ends():
    """The reason nobody pressed a key for is the one people look for."""
    narrator = Narrator()
    halted = replace(pictured(), halt_reason="journal failed")
    assert narrator.news(halted) == ["08:00:00 halted: journal failed"]
    assert narrator.news(pictured()) == ["08:00:00 halted: no longer"]


def test_plain_text_has_one_fact_per_line_and_says_what_is_absent():
    """A screen reader reads it from top to bottom."""
    lines = plain_lines(pictured(ROW))
    assert "market KXA: state QUOTE; bid 0.4700; ask -; my quotes 0.4600/-; inventory -2.5" in lines
    assert "mode: active" in lines


def test_a_kill_that_is_not_proven_says_so_in_words():
    """Nobody reads "killed" and believes that nothing rests."""
    engine = FakeEngine()
    engine.step(Stamped(1, START, OperatorActed(action=Kill(source="key k"))))
    lines = status_lines(pictured(ROW, engine=engine))
    assert "kill switch: KILLED by key k: NOT PROVEN, 0 live and 0 unknown orders" in lines
