"""The journal: durable, append-only, and honest about its own failure."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.runtime.fakes import START, an_approved_order
from tui_mm.domain.contract import Side
from tui_mm.domain.events import (
    AnyFact,
    OperatorActed,
    OrderAccepted,
    OrderFilled,
    Stamped,
    TimePassed,
    TradePrinted,
)
from tui_mm.domain.ids import ClientOrderId, ContractId, TradeId, VenueOrderId
from tui_mm.domain.operator import Kill
from tui_mm.domain.units import Money, Nanos, Price, Qty
from tui_mm.journal.reader import entries, runs
from tui_mm.journal.writer import JournalBroken, JournalWriter, _read_back


def opened(folder: Path) -> JournalWriter:
    """A journal with a wall clock that stands still."""
    return JournalWriter(folder / "journal.sqlite", wall_now=lambda: Nanos(42))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalWriter]:
    """A journal in a fresh folder."""
    writer = opened(tmp_path)
    yield writer
    writer.close()


FILL = OrderFilled(
    trade_id=TradeId("t1"),
    client_order_id=ClientOrderId("r-1"),
    contract=ContractId("A"),
    side=Side.BUY,
    price=Price(4_700),
    qty=Qty(1_500_000),
    fee=Money(17_500),
    is_maker=True,
    exchange_at=START,
)


def test_the_settings_that_make_it_durable_are_in_force(journal: JournalWriter):
    """WAL and synchronous=FULL, as the database itself tells."""
    database = journal._database
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_setting_that_did_not_take_is_noticed():
    """A database that cannot do WAL accepts the order, and does something else."""
    with (
        closing(sqlite3.connect(":memory:")) as database,
        pytest.raises(sqlite3.OperationalError, match="journal_mode is 'memory'"),
    ):
        _read_back(database, "journal_mode", "wal")


def test_a_journal_that_cannot_be_opened_starts_nothing(tmp_path: Path):
    """The reason is a sentence with the path in it."""
    (tmp_path / "journal.sqlite").write_text("this is no database at all, it is prose")
    with pytest.raises(JournalBroken, match=r"journal\.sqlite cannot be opened"):
        opened(tmp_path)


def test_facts_and_commands_come_back_as_they_were(journal: JournalWriter, tmp_path: Path):
    """What a later audit reads is what the engine saw and wished, in order."""
    order = an_approved_order("r-1").command
    facts: list[AnyFact] = [
        OperatorActed(action=Kill(source="key k"), request=3),
        OrderAccepted(client_order_id=ClientOrderId("r-1"), venue_order_id=VenueOrderId("v")),
        FILL,
    ]
    for seq, fact in enumerate(facts, start=1):
        journal.append_fact(Stamped(seq, START, fact))
    journal.append_command(order, seq=3, at=START)
    journal.commit()
    read = list(entries(tmp_path / "journal.sqlite", run=journal.run))
    assert [entry.entry for entry in read] == [*facts, order]
    assert [entry.seq for entry in read] == [1, 2, 3, 3]
    assert {(entry.at, entry.wall) for entry in read} == {(START, Nanos(42))}


def test_market_data_stays_out(journal: JournalWriter, tmp_path: Path):
    """A busy feed must not make an order wait for the disk."""
    print_ = TradePrinted(
        contract=ContractId("A"),
        price=Price(1),
        qty=Qty(1),
        taker_side=None,
        exchange_at=START,
    )
    journal.append_fact(Stamped(1, START, print_))
    journal.append_fact(Stamped(2, START, TimePassed()))
    journal.commit()
    assert list(entries(tmp_path / "journal.sqlite", run=journal.run)) == []


def test_what_was_not_committed_is_not_there(journal: JournalWriter, tmp_path: Path):
    """Durable means committed; an appended row is a promise to nobody."""
    journal.append_fact(Stamped(1, START, FILL))
    assert list(entries(tmp_path / "journal.sqlite", run=journal.run)) == []
    assert journal.durable_row == 0


def test_each_run_has_its_own_number(tmp_path: Path):
    """Order names are made from it, so that no two runs share one."""
    for run in (1, 2, 3):
        writer = opened(tmp_path)
        assert writer.run == run
        writer.append_fact(Stamped(1, START, FILL))
        writer.commit()
        writer.close()
    assert runs(tmp_path / "journal.sqlite") == [1, 2, 3]


@pytest.mark.parametrize("change", ["UPDATE entries SET body = ''", "DELETE FROM entries"])
def test_history_cannot_be_rewritten(journal: JournalWriter, tmp_path: Path, change: str):
    """The database itself refuses, whoever asks."""
    journal.append_fact(Stamped(1, START, FILL))
    journal.commit()
    with (
        sqlite3.connect(tmp_path / "journal.sqlite") as other,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        other.execute(change)


def test_only_the_owner_can_read_it(journal: JournalWriter, tmp_path: Path):
    """The journal says what somebody trades."""
    journal.append_fact(Stamped(1, START, FILL))
    journal.commit()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_after_one_error_nothing_is_written_any_more(journal: JournalWriter, tmp_path: Path):
    """A retry that works would leave a hole nobody knows of."""
    with sqlite3.connect(tmp_path / "journal.sqlite") as other:
        other.execute("ALTER TABLE entries RENAME TO elsewhere")
        journal.append_fact(Stamped(1, START, FILL))
        with pytest.raises(JournalBroken, match="cannot be written"):
            journal.commit()
        other.execute("ALTER TABLE elsewhere RENAME TO entries")
    journal.append_fact(Stamped(2, START, FILL))
    with pytest.raises(JournalBroken):
        journal.commit()
    assert not list(entries(tmp_path / "journal.sqlite", run=journal.run))
