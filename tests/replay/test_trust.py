"""A trusted book is a right book, whatever was lost, broken or reconnected on the way."""

from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.replay.recordings import A, B, Recording, played
from tui_mm.domain.contract import Side
from tui_mm.domain.events import (
    AnyFact,
    BookDeltaReceived,
    BookSnapshotReceived,
    FeedLost,
    FrameRejected,
    SequenceConsumed,
)
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import CONTRACT, Money, Nanos, Price, price_text
from tui_mm.market.book import NegativeLevel, OrderBook
from tui_mm.market.feed_health import FeedHealth
from tui_mm.replay.venue import ReplayVenue

_steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "delta",
                "delta",
                "delta",
                "lost delta",
                "odd delta",
                "book",
                "ack",
                "reconnect",
                "mud",
            ]
        ),
        st.sampled_from([A, B]),
        st.integers(1, 5).map(lambda step: Price(4_000 + 100 * step)),
        st.integers(-3, 5),
    ),
    max_size=40,
)


class _Desk:
    """What an engine does with the feed, and nothing else."""

    def __init__(self) -> None:
        self.books: dict[ContractId, OrderBook] = {}
        self.health = FeedHealth()

    def take(self, fact: AnyFact) -> None:
        health = self.health
        match fact:
            case BookSnapshotReceived():
                book = self.books.setdefault(fact.contract, OrderBook())
                book.replace(fact.bids, fact.asks)
                health.on_snapshot(fact.contract, fact.subscription, fact.seq, Nanos(0))
            case BookDeltaReceived():
                health.on_delta(fact.contract, fact.subscription, fact.seq, Nanos(0))
                if fact.contract in health.trusted:
                    try:
                        self.books[fact.contract].change(fact.side, fact.price, fact.change)
                    except NegativeLevel:
                        health.on_rejected((fact.contract,))
            case SequenceConsumed():
                health.on_other(fact.subscription, fact.seq, Nanos(0))
            case FeedLost():
                health.on_lost(fact.contracts)
            case FrameRejected():
                health.on_rejected(fact.contracts)


def _written(levels: Mapping[Price, int]) -> str:
    return " ".join(f"{price_text(at)}:{size}" for at, size in levels.items() if size)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_steps)
def test_a_trusted_book_is_what_the_venue_has(
    tmp_path: Path, steps: list[tuple[str, ContractId, Price, int]]
) -> None:
    """Two contracts on one stream: losses, noise, acknowledgements, reconnects in any order.

    A contract of which a new connection has said nothing is no claim of ours: its silence is for
    the staleness limit to notice.
    """
    recording, conn = Recording().event("connected", conn=1), 1
    heard: set[ContractId] = set()
    truth: dict[ContractId, dict[Price, int]] = {A: {}, B: {}}
    for kind, ticker, at, change in steps:
        levels = truth[ticker]
        match kind:
            case "book":
                recording.book(bids=_written(levels), ticker=ticker, conn=conn)
                heard.add(ticker)
            case "ack":
                recording.frame("ok", {}, conn=conn)
            case "reconnect":
                conn += 1
                heard.clear()
                recording.event("connected", conn=conn)
            case "mud":
                recording.raw(b'{"recv_ns":1,"conn":1,"frame":{"type":"orderbook_delta"')
            case _:
                change = max(change, -levels.get(at, 0))
                levels[at] = levels.get(at, 0) + change
                if kind == "lost delta":
                    recording.skip(conn=conn)
                else:
                    said = "much" if kind == "odd delta" else f"{change}.00"
                    recording.bid(price_text(at), said, ticker=ticker, conn=conn)
                    if kind == "delta":
                        heard.add(ticker)
    recording.frame("ok", {}, conn=conn)  # so that a loss at the end can be noticed
    venue = ReplayVenue(recording.write(tmp_path), cash=Money(0))
    desk = _Desk()
    for fact in played(venue):
        desk.take(fact)
    venue.close()
    for contract in heard & desk.health.trusted:
        held = dict(desk.books[contract].levels(Side.BUY, 99))
        assert held == {at: size * CONTRACT for at, size in truth[contract].items() if size}
    assert venue.report().negative_levels == 0
