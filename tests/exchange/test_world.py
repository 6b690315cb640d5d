"""The embedded world as a whole: what it offers, that it goes on, that it is worth trading in."""

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from tui_mm.domain.contract import Contract, ContractStatus, Side
from tui_mm.domain.units import DAY, DOLLAR, HOUR, MINUTE, SECOND, Nanos, Price, money, qty
from tui_mm.exchange.exchange import Exchange
from tui_mm.exchange.orders import AccountId, NewOrder
from tui_mm.exchange.reports import Filled, LevelChanged, Listed, Report, Settled, Traded
from tui_mm.exchange.series import every_series
from tui_mm.exchange.series.basketball import BasketballGame
from tui_mm.exchange.series.crypto import CryptoQuarter
from tui_mm.exchange.series.edition import Edition, Series
from tui_mm.exchange.series.weather import WeatherDay
from tui_mm.exchange.world import World

STARTS_AT = Nanos(1_795_176_000 * SECOND)  # 20 November 2026, 07:00 Eastern
DESK = AccountId("desk")


@dataclass(frozen=True, slots=True)
class _Sleepy:
    """A series as it is, with a crowd that hardly moves, so that days pass quickly."""

    series: Series

    def edition(self, opens_at: Nanos) -> Edition:
        edition = self.series.edition(opens_at)
        offerings = [
            replace(
                offering,
                profile=replace(
                    offering.profile,
                    refresh_s=1_800.0,
                    noise_per_minute=0.02,
                    informed_per_minute=0.002,
                ),
            )
            for offering in edition.offerings
        ]
        return replace(edition, offerings=offerings)


def _sleepy(seed: int) -> tuple[Series, ...]:
    return tuple(_Sleepy(series) for series in every_series(seed))


def _reports(world: World, *, until: Nanos) -> list[Report]:
    reports: list[Report] = []
    at = STARTS_AT
    while at <= until:
        world.advance(at)
        reports += world.exchange.take_reports()
        at = Nanos(at + MINUTE)
    return reports


def _named(contracts: list[Contract], series: str) -> list[Contract]:
    return [contract for contract in contracts if contract.id.startswith(series)]


def test_it_offers_thirteen_markets_of_four_kinds() -> None:
    """Six brackets, one quarter of an hour of bitcoin, five spreads, one chart."""
    world = World(seed=1, starts_at=STARTS_AT)
    world.advance(STARTS_AT)
    listed = [report for report in world.exchange.take_reports() if isinstance(report, Listed)]
    contracts = [report.contract for report in listed]
    counts = Counter(contract.id.split("-")[0] for contract in contracts)
    assert counts == {"KXHIGHNY": 6, "KXBTC15M": 1, "KXNBASPREAD": 5, "KXTOPSONG": 1}
    exclusive = {report.group.id for report in listed if report.group.is_exclusive}
    assert exclusive == {"KXHIGHNY-26NOV20"}
    assert [contract.id for contract in _named(contracts, "KXBTC15M")] == [
        "KXBTC15M-26NOV200715-15"
    ]


def test_every_book_has_two_sides_from_the_first_moment() -> None:
    """Makers are there before anybody else."""
    world = World(seed=1, starts_at=STARTS_AT)
    world.advance(STARTS_AT)
    for contract in world.exchange.contracts:
        book = world.exchange.book(contract.id)
        assert book is not None
        assert book.bid is not None
        assert book.ask is not None


@pytest.fixture(scope="module")
def long_run() -> tuple[World, list[Report]]:
    """Three sleepy days of everything."""
    world = World(seed=2, starts_at=STARTS_AT, series=_sleepy)
    return world, _reports(world, until=Nanos(STARTS_AT + 3 * DAY))


def test_one_event_follows_another_for_days(long_run: tuple[World, list[Report]]) -> None:
    """Every weather day, every quarter of an hour and game after game, without a hole."""
    _, reports = long_run
    listed = [report for report in reports if isinstance(report, Listed)]
    for series, expected in (("KXHIGHNY", 4), ("KXBTC15M", 4 * 24 * 3), ("KXNBASPREAD", 32)):
        editions = [report for report in listed if report.contract.id.startswith(series)]
        closes = {report.contract.group: report.contract.closes_at for report in editions}
        opens = {report.contract.group: report.at for report in editions}
        assert len(opens) >= expected
        assert list(opens.values())[1:] == list(closes.values())[:-1]


def test_names_are_never_used_twice(long_run: tuple[World, list[Report]]) -> None:
    """A ticker means one contract for ever."""
    _, reports = long_run
    names = [report.contract.id for report in reports if isinstance(report, Listed)]
    assert len(names) == len(set(names))


def test_exactly_one_bracket_of_a_day_pays(long_run: tuple[World, list[Report]]) -> None:
    """That is what exclusive means."""
    _, reports = long_run
    days = Counter[str]()
    winners = Counter[str]()
    for report in reports:
        if isinstance(report, Settled) and report.contract.startswith("KXHIGHNY"):
            day = report.contract.rsplit("-", 1)[0]
            days[day] += 1
            winners[day] += report.yes_payout == DOLLAR
    assert set(days.values()) == {6}
    assert set(winners.values()) == {1}


def test_a_ladder_settles_monotone(long_run: tuple[World, list[Report]]) -> None:
    """Whoever won by more than ten also won by more than four."""
    _, reports = long_run
    ladders: dict[str, list[Price]] = {}
    for report in reports:
        if isinstance(report, Settled) and report.contract.startswith("KXNBASPREAD"):
            ladders.setdefault(report.contract.rsplit("-", 1)[0], []).append(report.yes_payout)
    assert len(ladders) > 30
    for payouts in ladders.values():
        assert payouts == sorted(payouts, reverse=True)


def test_days_leave_nothing_behind(long_run: tuple[World, list[Report]]) -> None:
    """Only what trades or waits to be paid is still known, and no money was made."""
    world, _ = long_run
    assert len(world.exchange.contracts) <= 13 + 6 + 5 + 1
    assert world.exchange.imbalance() == 0


def test_a_session_never_begins_with_a_market_about_to_close() -> None:
    """Two hours of weather and three minutes of bitcoin at the least, whenever it starts."""
    for minute in range(0, 24 * 60, 7):
        at = Nanos(STARTS_AT + minute * MINUTE)
        assert WeatherDay(1).edition(at).closes_at >= at + 2 * HOUR
        assert 18 * MINUTE >= CryptoQuarter(1).edition(at).closes_at - at >= 3 * MINUTE


def test_a_game_moves_its_whole_ladder() -> None:
    """All five chances change with the same possession."""
    edition = BasketballGame(3).edition(STARTS_AT)
    moment = Nanos(STARTS_AT + 5 * MINUTE)
    before = [offering.belief.at(STARTS_AT) for offering in edition.offerings]
    after = [offering.belief.at(moment) for offering in edition.offerings]
    signs = {now > then for now, then in zip(after, before, strict=True)}
    assert before != after
    assert len(signs) == 1


class _Penny:
    """A small maker: ten contracts a side, one tick inside the crowd where there is room."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        exchange.open_account(DESK, money("5000"), is_watched=True)

    def requote(self, now: Nanos) -> None:
        """Take everything down, look at what the others show, go inside."""
        self._exchange.cancel_all(DESK, now)
        for contract in self._exchange.contracts:
            book = self._exchange.book(contract.id)
            is_open = self._exchange.status(contract.id) is ContractStatus.OPEN
            if not is_open or book is None or book.bid is None or book.ask is None:
                continue
            bid, ask = contract.grid.above(book.bid), contract.grid.below(book.ask)
            if bid is None or ask is None or bid >= ask:
                continue
            for side, at in ((Side.BUY, bid), (Side.SELL, ask)):
                self._place(contract, side, at, now)

    def _place(self, contract: Contract, side: Side, at: Price, now: Nanos) -> None:
        order = NewOrder(contract=contract.id, side=side, price=at, qty=qty("10"), post_only=True)
        self._exchange.place(DESK, order, now)


@pytest.fixture(scope="module")
def ten_minutes() -> tuple[World, list[Report]]:
    """Ten minutes with the small maker in every market."""
    world = World(seed=7, starts_at=STARTS_AT)
    world.advance(STARTS_AT)
    penny = _Penny(world.exchange)
    for second in range(1, 601):
        now = Nanos(STARTS_AT + second * SECOND)
        penny.requote(now)
        world.advance(now)
    return world, world.exchange.take_reports()


def test_a_small_maker_inside_the_spread_trades_on_both_sides(
    ten_minutes: tuple[World, list[Report]],
) -> None:
    """More than 200 fills in ten minutes, and both sides in nearly every market."""
    _, reports = ten_minutes
    fills = [report for report in reports if isinstance(report, Filled) and report.is_maker]
    sides = Counter((fill.contract, fill.side) for fill in fills)
    both = [name for name, side in sides if side is Side.BUY and sides[name, Side.SELL]]
    assert len(fills) > 200
    assert len(both) >= 8


def test_what_a_small_maker_captures_is_more_than_what_it_pays(
    ten_minutes: tuple[World, list[Report]],
) -> None:
    """Marked at the mid after ten minutes, quoting inside the crowd has not lost money."""
    world, _ = ten_minutes
    statement = world.exchange.statement(DESK)
    worth = statement.cash - money("5000")
    for position in statement.positions:
        book = world.exchange.book(position.contract)
        assert book is not None
        middle = ((book.bid or 0) + (book.ask or DOLLAR)) // 2
        each = middle if position.inventory > 0 else DOLLAR - middle
        worth += each * abs(position.inventory) // DOLLAR
    assert worth > 0


def test_the_fast_market_is_fast_and_the_slow_one_wide(
    ten_minutes: tuple[World, list[Report]],
) -> None:
    """Tens of book changes a second in bitcoin, a spread of twenty cents and more in the chart."""
    _, reports = ten_minutes
    crowd = [r for r in reports if isinstance(r, LevelChanged) and r.account != DESK]
    changes = Counter(report.contract.split("-")[0] for report in crowd)
    assert changes["KXBTC15M"] / 600 > 20
    prints = Counter(r.contract.split("-")[0] for r in reports if isinstance(r, Traded))
    assert prints["KXBTC15M"] > 200
    world = World(seed=7, starts_at=STARTS_AT)
    world.advance(STARTS_AT)
    chart = next(c for c in world.exchange.contracts if c.id.startswith("KXTOPSONG"))
    book = world.exchange.book(chart.id)
    assert book is not None
    assert (book.ask or 0) - (book.bid or 0) >= 2_000
