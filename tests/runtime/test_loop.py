"""The loop: one history, durable intents, and a kill that waits for nothing."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.runtime.fakes import START, FakeEngine, FakeVenue, an_approved_order
from tests.runtime.rig import running_loop, until
from tui_mm.domain.commands import AnyCommand, CancelAll, CancelOrder, ExtendOrder, PlaceOrder
from tui_mm.domain.events import (
    AnyFact,
    FeedConnected,
    JournalFailed,
    OperatorActed,
    OrderRejected,
    TimePassed,
)
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.operator import Kill, PauseAll, Resume
from tui_mm.domain.units import Nanos
from tui_mm.journal.reader import entries
from tui_mm.risk.gate import Approved, RiskGate, always
from tui_mm.risk.limits import Limits
from tui_mm.runtime.latch import KillLatch
from tui_mm.runtime.loop import INBOX_MAX, InboxFull

ORDER = an_approved_order("r-1")
CANCEL = always(CancelOrder(client_order_id=ClientOrderId("r-1")))


def an_engine_that_quotes(*commands: Approved[AnyCommand]) -> FakeEngine:
    """Answers each FeedConnected with these commands."""
    engine = FakeEngine()

    def answer(fact: AnyFact) -> Sequence[Approved[AnyCommand]]:
        return commands if isinstance(fact, FeedConnected) else ()

    engine.answer = answer
    return engine


def kills(engine: FakeEngine) -> list[str]:
    """The sources of the kills the engine saw."""
    return [
        fact.action.source
        for fact in engine.facts
        if isinstance(fact, OperatorActed) and isinstance(fact.action, Kill)
    ]


async def test_an_order_is_in_the_journal_when_it_leaves(tmp_path: Path):
    """Another reader of the file finds the intent at the moment of sending."""
    found: list[int] = []

    def look(command: AnyCommand) -> None:
        if isinstance(command, PlaceOrder):
            with sqlite3.connect(f"file:{tmp_path}/journal.sqlite?mode=ro", uri=True) as other:
                query = "SELECT count(*) FROM entries WHERE kind = ? AND client_order_id = ?"
                found.extend(other.execute(query, ("PlaceOrder", "r-1")).fetchone())

    async with running_loop(tmp_path, engine=an_engine_that_quotes(ORDER)) as rig:
        rig.venue.on_send = look
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: bool(rig.venue.sent))
    assert found == [1]


async def test_a_kill_does_not_wait_for_the_disk(tmp_path: Path):
    """With a commit that hangs, the cancel still leaves, and the waiting order never does."""
    release = threading.Event()
    async with running_loop(tmp_path, engine=an_engine_that_quotes(ORDER)) as rig:
        commit = rig.journal.commit

        def hanging_commit() -> None:
            release.wait()
            commit()

        rig.journal.commit = hanging_commit  # type: ignore[method-assign]
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: FeedConnected(connection=1) in rig.engine.facts)
        rig.loop.act(Kill(source="key k"))
        await until(lambda: "CancelAll" in rig.venue.sent_kinds())
        release.set()
        await until(lambda: rig.journal.durable_row > 0 and not rig.journal.has_pending)
        rejected = [fact for fact in rig.engine.facts if isinstance(fact, OrderRejected)]
    assert [fact.client_order_id for fact in rejected] == ["r-1"]
    assert "PlaceOrder" not in rig.venue.sent_kinds()


async def test_a_kill_beats_an_order_that_has_just_become_durable(tmp_path: Path):
    """Both are there when the loop wakes; the gate is shut before anything leaves."""
    release = threading.Event()
    async with running_loop(tmp_path, engine=an_engine_that_quotes(ORDER)) as rig:
        commit = rig.journal.commit

        def hanging_commit() -> None:
            release.wait()
            commit()

        rig.journal.commit = hanging_commit  # type: ignore[method-assign]
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: FeedConnected(connection=1) in rig.engine.facts)
        release.set()
        while rig.journal.durable_row == 0:
            time.sleep(0.001)  # on purpose without the loop: it must not run in between
        rig.loop.act(Kill(source="key k"))
        await until(lambda: "CancelAll" in rig.venue.sent_kinds())
        await until(lambda: any(isinstance(fact, OrderRejected) for fact in rig.engine.facts))
    assert "PlaceOrder" not in rig.venue.sent_kinds()


async def test_an_order_canceled_before_it_left_is_never_sent(tmp_path: Path):
    """Neither the order nor its cancel reaches the venue; the engine is told why."""
    async with running_loop(tmp_path, engine=an_engine_that_quotes(ORDER, CANCEL)) as rig:
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: any(isinstance(fact, OrderRejected) for fact in rig.engine.facts))
        await until(lambda: not rig.journal.has_pending)
    assert rig.venue.sent == []


async def test_an_order_that_rests_is_canceled_although_its_extension_waits(tmp_path: Path):
    """The extension is forgotten, the cancel leaves, and nothing is reported as never sent."""
    longer = RiskGate(Limits()).admit_longer(
        ExtendOrder(client_order_id=ClientOrderId("r-1"), expires_at=Nanos(START + 1)),
        mode=TradingMode.ACTIVE,
    )
    assert isinstance(longer, Approved)
    async with running_loop(tmp_path, engine=an_engine_that_quotes(longer, CANCEL)) as rig:
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: rig.venue.sent_kinds() == ["CancelOrder"])
        await until(lambda: not rig.journal.has_pending)
    assert rig.venue.sent_kinds() == ["CancelOrder"]
    assert rig.engine.facts == [FeedConnected(connection=1)]


async def test_a_failed_journal_stops_orders_and_lets_cancels_through(tmp_path: Path):
    """Nothing that adds risk leaves in this run; everything that takes it away does."""
    async with running_loop(tmp_path, engine=an_engine_that_quotes(ORDER)) as rig:
        rig.journal.fail("no space left")
        await until(lambda: JournalFailed(why="no space left") in rig.engine.facts)
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: any(isinstance(fact, OrderRejected) for fact in rig.engine.facts))
        rig.loop.act(Kill(source="key k"))
        await until(lambda: "CancelAll" in rig.venue.sent_kinds())
    assert "PlaceOrder" not in rig.venue.sent_kinds()
    assert rig.engine.facts.count(JournalFailed(why="no space left")) == 1


async def test_a_disk_that_refuses_a_commit_is_a_failed_journal(tmp_path: Path):
    """The engine hears of it, and the order that waited for the commit never leaves."""
    async with running_loop(tmp_path, engine=an_engine_that_quotes(ORDER)) as rig:
        with sqlite3.connect(tmp_path / "journal.sqlite") as other:
            other.execute("ALTER TABLE entries RENAME TO elsewhere")
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: any(isinstance(fact, JournalFailed) for fact in rig.engine.facts))
    assert rig.venue.sent_kinds() == []


async def test_a_full_inbox_halts(tmp_path: Path):
    """The fact that found no room is refused loudly, and a kill overtakes all that wait."""
    async with running_loop(tmp_path) as rig:
        for _ in range(INBOX_MAX):
            rig.loop.post(FeedConnected(connection=1))
        with pytest.raises(InboxFull, match=f"{INBOX_MAX + 1} waiting facts would exceed"):
            rig.loop.post(FeedConnected(connection=2))
        with pytest.raises(InboxFull):
            rig.loop.post(FeedConnected(connection=3))
        await until(lambda: len(rig.engine.facts) > INBOX_MAX)
    assert len(kills(rig.engine)) == 1
    assert isinstance(rig.engine.facts[0], OperatorActed)
    assert FeedConnected(connection=2) not in rig.engine.facts


async def test_a_kill_overtakes_a_burst_of_one_moment(tmp_path: Path):
    """Ten thousand facts of one moment are cut into turns; the kill comes with the next one."""
    venue = FakeVenue()
    venue.coming = [(START, FeedConnected(connection=n)) for n in range(10_000)]
    async with running_loop(tmp_path, venue=venue) as rig:
        await until(lambda: bool(rig.engine.facts))
        rig.loop.act(Kill(source="key k"))
        seen_before = len(rig.engine.facts)
        await until(lambda: bool(kills(rig.engine)))
        where = next(i for i, f in enumerate(rig.engine.facts) if isinstance(f, OperatorActed))
        assert where == seen_before
        await until(lambda: len(rig.engine.facts) > 10_000)
    assert seen_before < 10_000


async def test_the_history_is_numbered_without_holes_and_time_never_goes_back(tmp_path: Path):
    """Whatever comes from where, there is one order of things."""
    venue = FakeVenue()
    venue.coming = [(Nanos(START + n * 1_000_000), FeedConnected(connection=n)) for n in range(20)]
    async with running_loop(tmp_path, venue=venue) as rig:
        for _ in range(20):
            rig.loop.act(PauseAll())
        await until(lambda: len(rig.engine.facts) == 40)
    assert [stamped.seq for stamped in rig.engine.seen] == list(range(1, len(rig.engine.seen) + 1))
    times = [stamped.at for stamped in rig.engine.seen]
    assert times == sorted(times)


async def test_the_venues_facts_carry_the_time_they_happened(tmp_path: Path):
    """A loop that lags catches up moment by moment instead of stamping everything with now."""
    venue = FakeVenue()
    moments = [Nanos(START + n * 1_000) for n in range(50)]
    venue.coming = [(at, FeedConnected(connection=n)) for n, at in enumerate(moments)]
    async with running_loop(tmp_path, venue=venue) as rig:
        await until(lambda: len(rig.engine.facts) == 50)
    assert [stamped.at for stamped in rig.engine.seen] == moments


async def test_the_engine_is_woken_when_it_asked_to_be(tmp_path: Path):
    """Staleness and closing times need no message from anybody."""
    engine = FakeEngine()
    engine.wake_at = Nanos(START + 20_000_000)

    def sleep_on(fact: AnyFact) -> Sequence[Approved[AnyCommand]]:
        if isinstance(fact, TimePassed):
            engine.wake_at = None
        return ()

    engine.answer = sleep_on
    async with running_loop(tmp_path, engine=engine):
        await until(lambda: bool(engine.seen))
    assert [type(stamped.fact) for stamped in engine.seen] == [TimePassed]
    assert engine.seen[0].at >= START + 20_000_000


async def test_an_action_is_answered_with_what_became_of_it(tmp_path: Path):
    """Also when the answer is no."""
    answers: list[tuple[bool, str]] = []
    async with running_loop(tmp_path) as rig:
        rig.loop.act(Resume(word="please"), lambda *answer: answers.append(answer))
        rig.loop.act(PauseAll(), lambda *answer: answers.append(answer))
        await until(lambda: len(answers) == 2)
    assert answers == [(False, "wrong word"), (True, "done")]


async def test_a_kill_is_on_the_disk_until_a_resume(tmp_path: Path):
    """The picture says that the latch is saved only once it is."""
    async with running_loop(tmp_path) as rig:
        latch = KillLatch(rig.files.latch)
        rig.loop.act(Kill(source="key k"))
        await until(lambda: latch.read() is not None)

        def is_shown_saved() -> bool:
            kill = rig.loop.snapshot(watched=None).kill
            return kill is not None and kill.latch_saved

        await until(is_shown_saved)
        record = latch.read()
        assert record is not None
        assert record.source == "key k"
        rig.loop.act(Resume(word="wrong"))
        rig.loop.act(PauseAll())
        await until(lambda: len(rig.engine.facts) >= 4)
        assert latch.read() is not None
        rig.loop.act(Resume(word="RESUME"))
        await until(lambda: latch.read() is None)


async def test_a_latch_that_cannot_be_saved_is_not_called_saved(tmp_path: Path):
    """The cancels have left all the same; the screen must not promise a restart that is killed."""
    async with running_loop(tmp_path) as rig:
        rig.files.latch.mkdir()
        (rig.files.latch / "in the way").touch()
        rig.loop.act(Kill(source="key k"))
        await until(lambda: any(isinstance(sent, CancelAll) for sent in rig.venue.sent))
        await until(lambda: rig.files.latch.with_suffix(".draft").exists())
        kill = rig.loop.snapshot(watched=None).kill
    assert kill is not None
    assert not kill.latch_saved


async def test_what_matters_of_a_session_can_be_read_back(tmp_path: Path):
    """Operator, order and the answer to it, under the numbers of the one history."""
    async with running_loop(tmp_path, engine=an_engine_that_quotes(ORDER)) as rig:
        rig.loop.act(PauseAll())
        rig.loop.post(FeedConnected(connection=1))
        await until(lambda: bool(rig.venue.sent))
        await until(lambda: not rig.journal.has_pending)
        read = list(entries(rig.files.journal, run=rig.journal.run))
    kinds = [type(entry.entry).__name__ for entry in read]
    assert kinds == ["OperatorActed", "PlaceOrder"]
    assert [entry.seq for entry in read] == [1, 2]
    assert msgspec.structs.asdict(read[1].entry)["client_order_id"] == "r-1"
