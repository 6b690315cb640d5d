"""The composition root: the one module that knows every other.

It decides which venue and which strategies a session gets, and hands ready engines to the process
that drives them, or drives them itself when nobody watches.
"""

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tui_mm.config import Settings
from tui_mm.domain.contract import Contract
from tui_mm.domain.errors import DeskError
from tui_mm.domain.events import AnyFact, ContractListed
from tui_mm.domain.units import CONTRACT, SECOND, Money, Nanos, Qty, price
from tui_mm.engine.engine import Engine
from tui_mm.engine.state import EngineSettings
from tui_mm.exchange.accounts import Statement
from tui_mm.replay.backtest import Backtest
from tui_mm.replay.ledger_audit import VenueAccount, ledger_differences
from tui_mm.replay.limit_audit import Held, LimitAudit, Resting
from tui_mm.replay.session_counts import SessionCounts
from tui_mm.replay.venue import ReplayVenue
from tui_mm.risk.limits import Limits
from tui_mm.runtime.loop import Session
from tui_mm.runtime.session_files import EMBEDDED_SESSION, REPLAY_SESSION
from tui_mm.strategy.base import Strategy
from tui_mm.strategy.pair import Pair
from tui_mm.strategy.penny import Penny
from tui_mm.strategy.registry import STRATEGIES
from tui_mm.venues.embedded import EmbeddedVenue

VIRTUAL_START = Nanos(1_795_179_600 * SECOND)  # 20 November 2026, 13:00 UTC
AUDIT_EVERY = SECOND
FAST_SERIES = "KXBTC15M"

_PENNY = Penny(min_spread=price("0.03"))
_FAST_PAIR = Pair(base_spread=price("0.03"))
_REPLAY_PAIR = Pair(base_spread=price("0.04"), size=Qty(10 * CONTRACT))


class UnknownStrategy(DeskError):
    """The command line names a strategy that does not exist."""


class NoRecording(DeskError):
    """The file is not a recorded session."""


def sim_engine(
    settings: Settings, *, seed: int, strategy: str | None, start: Nanos, run: int
) -> Session:
    """An engine on the embedded exchange, whose world begins at `start`.

    Raises:
        UnknownStrategy: no strategy has this name.
    """
    engine, venue = _on_embedded(settings, seed=seed, strategy=strategy, start=start, run=run)
    return Session(engine=engine, venue=venue, start=start)


def replay_engine(settings: Settings, *, file: Path, strategy: str | None, run: int) -> Session:
    """An engine on a recording, whose world begins with the first line.

    Raises:
        UnknownStrategy: no strategy has this name.
        OSError: the file cannot be read.
    """
    engine, venue = _on_recording(settings, file=file, strategy=strategy, run=run)
    return Session(engine=engine, venue=venue, start=venue.next_at() or Nanos(0))


def run_headless_sim(
    settings: Settings, *, seed: int, seconds: float, strategy: str | None
) -> dict[str, object]:
    """Trade on the embedded exchange in its own time; what came of it, ready for JSON.

    The ledger is compared with the exchange's account whenever nothing is on its way between the
    two, and once more after everything was cancelled.
    """
    engine, venue = _on_embedded(settings, seed=seed, strategy=strategy, start=VIRTUAL_START, run=1)
    counts, audit = SessionCounts(), LimitAudit(engine.state.settings.limits)
    run = Backtest(engine, venue, starts_at=VIRTUAL_START)

    def watch(fact: AnyFact) -> None:
        if isinstance(fact, ContractListed):
            audit.listed(fact.contract, fact.group)

    run.fact_watchers += [counts.happened, watch]
    run.command_watchers.append(counts.sent)
    end = Nanos(VIRTUAL_START + int(seconds * SECOND))
    comparisons, differences = 0, list[str]()
    look_at = VIRTUAL_START
    while run.at < end:
        look_at = Nanos(min(end, look_at + AUDIT_EVERY))
        run.run_until(look_at)
        statement = venue.statement()
        _audit(audit, engine, statement)
        if venue.is_quiet:
            comparisons += 1
            differences += ledger_differences(engine.state, _account(statement))
    run.stop()
    differences += ledger_differences(engine.state, _account(venue.statement()))
    return {
        "seed": seed,
        "seconds": seconds,
        "markets": counts.markets,
        "events": run.events,
        "orders_placed": counts.orders_placed,
        "orders_cancelled": counts.orders_cancelled,
        "orders_rejected": counts.orders_rejected,
        "refusals": {reason.value: count for reason, count in engine.state.refusals.items()},
        "fills": counts.fills,
        "markets_filled_both_sides": counts.markets_filled_both_sides,
        "pnl": _pnl(engine),
        "positions": _positions(engine),
        "ledger_equal": not differences,
        "ledger_comparisons": comparisons + 1,
        "ledger_differences": differences[:10],
        "limit_breaches": audit.breaches,
        "first_breach": audit.first_breach,
        "trace_hash": run.trace.hexdigest(),
    }


def run_headless_replay(
    settings: Settings, *, file: Path, strategy: str | None
) -> dict[str, object]:
    """Play a recording as fast as it goes; what it held and what our orders would have made of it.

    `events_per_s` counts the recording's frames over the time it took to play them. Of the
    contracts filled, those filled "through" rest on the model's largest assumption: that a market
    which goes through our price takes all we have there.

    Raises:
        NoRecording: nothing in the file could be understood.
    """
    engine, venue = _on_recording(settings, file=file, strategy=strategy, run=1)
    counts = SessionCounts()
    start = venue.next_at() or Nanos(0)
    run = Backtest(engine, venue, starts_at=start)
    run.fact_watchers.append(counts.happened)
    run.command_watchers.append(counts.sent)
    began = time.perf_counter()
    run.run_until(None)
    took_s = time.perf_counter() - began
    run.stop()
    report = venue.report()
    statement = venue.statement()
    venue.close()
    if not report.is_recording:
        raise NoRecording(f"{file}: nothing in it is a line of a recording")
    differences = ledger_differences(
        engine.state,
        VenueAccount(
            cash=statement.cash,
            fees=statement.fees_paid,
            inventory=dict(statement.positions),
            open_orders=statement.open_orders,
        ),
    )
    return {
        "lines": report.lines,
        "frames": report.frames,
        "deltas": report.deltas,
        "snapshots": report.snapshots,
        "tickers": report.tickers,
        "gaps": report.gaps,
        "negative_levels": report.negative_levels,
        "crossed_books": report.crossed_books,
        "ticker_checks": report.ticker_checks,
        "ticker_mismatches": report.ticker_mismatches,
        "market_closes": report.market_closes,
        "orders_placed": counts.orders_placed,
        "orders_cancelled": counts.orders_cancelled,
        "orders_rejected": counts.orders_rejected,
        "fills": counts.fills,
        "pnl": _pnl(engine),
        "positions": _positions(engine),
        "contracts_filled_through": _exactly(venue.filled_through),
        "contracts_filled_in_queue": _exactly(venue.filled_in_queue),
        "ledger_equal": not differences,
        "ledger_differences": differences[:10],
        "lines_damaged": report.lines_damaged,
        "frames_rejected": report.frames_rejected,
        "unknown_types": report.unknown_types,
        "steps_back": report.steps_back,
        "problems_found": report.problems_found,
        "problems": list(report.problems),
        "remarks": list(report.remarks),
        "events_per_s": round(report.frames / took_s) if took_s else 0,
        "trace_hash": run.trace.hexdigest(),
    }


def bench_replay(settings: Settings, *, file: Path, runs: int) -> dict[str, object]:
    """How fast a recording goes through codec, engine, a quoting strategy and the fill model.

    Each run is complete and on one core; the figures are frames per second.
    """
    results = [run_headless_replay(settings, file=file, strategy=None) for _ in range(runs)]
    speeds = sorted(int(str(result["events_per_s"])) for result in results)
    return {
        "runs": runs,
        "frames": results[0]["frames"],
        "orders_placed": results[0]["orders_placed"],
        "frames_per_s": {
            "min": speeds[0],
            "median": speeds[len(speeds) // 2],
            "max": speeds[-1],
        },
        "same_trace": len({result["trace_hash"] for result in results}) == 1,
    }


def usual_strategy(contract: Contract) -> Strategy:
    """Capture wide spreads, and buy pairs around fair value in the fast market."""
    return _FAST_PAIR if contract.group.startswith(FAST_SERIES) else _PENNY


def _on_embedded(
    settings: Settings, *, seed: int, strategy: str | None, start: Nanos, run: int
) -> tuple[Engine, EmbeddedVenue]:
    venue = EmbeddedVenue(seed=seed, starts_at=start, opening_cash=settings.opening_cash)
    chosen = _chosen(strategy, usual_strategy)
    engine = _engine(settings, EMBEDDED_SESSION, "EMB", venue, run=run, strategy_for=chosen)
    return engine, venue


def _on_recording(
    settings: Settings, *, file: Path, strategy: str | None, run: int
) -> tuple[Engine, ReplayVenue]:
    venue = ReplayVenue(file, cash=settings.opening_cash)
    chosen = _chosen(strategy, lambda _: _REPLAY_PAIR)
    engine = _engine(settings, REPLAY_SESSION, "REC", venue, run=run, strategy_for=chosen)
    return engine, venue


def _engine(
    settings: Settings,
    session: str,
    label: str,
    venue: EmbeddedVenue | ReplayVenue,
    *,
    run: int,
    strategy_for: Callable[[Contract], Strategy],
) -> Engine:
    return Engine(
        EngineSettings(
            session=session,
            venue=label,
            run=f"mm-{run}",
            is_paper=not venue.capabilities.takes_money,
            book_shows_own_orders=venue.capabilities.book_shows_own_orders,
            opening_cash=settings.opening_cash,
            limits=_limits(settings),
            strategy_for=strategy_for,
        )
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        price_min=settings.price_min,
        price_max=settings.price_max,
        order_qty_max=settings.order_qty_max,
        order_value_max=settings.order_value_max,
        position_max=settings.position_max,
        group_exposure_max=settings.group_exposure_max,
        total_exposure_max=settings.total_exposure_max,
        open_orders_max=settings.open_orders_max,
        daily_loss_max=settings.daily_loss_max,
        messages_per_second_max=settings.messages_per_second_max,
    )


def _chosen(
    name: str | None, otherwise: Callable[[Contract], Strategy]
) -> Callable[[Contract], Strategy]:
    if name is None:
        return otherwise
    strategy = STRATEGIES.get(name)
    if strategy is None:
        raise UnknownStrategy(f"no strategy {name!r}: there are {', '.join(STRATEGIES)}")
    return lambda _: strategy


def _audit(audit: LimitAudit, engine: Engine, statement: Statement) -> None:
    audit.look(
        (
            Held(contract=each.contract, inventory=each.inventory, cost=each.cost)
            for each in statement.positions
        ),
        (
            Resting(
                contract=each.contract, side=each.side, price=each.price, remaining=each.remaining
            )
            for each in statement.open_orders
        ),
        day_loss=engine.state.day_loss(),
    )


def _account(statement: Statement) -> VenueAccount:
    return VenueAccount(
        cash=statement.cash,
        fees=statement.fees_paid,
        inventory={each.contract: each.inventory for each in statement.positions},
        open_orders=statement.open_orders,
        cost={each.contract: each.cost for each in statement.positions},
        realised=statement.realised,
    )


def _pnl(engine: Engine) -> dict[str, Decimal]:
    return {
        "realised": _exactly(engine.state.ledger.realised),
        "unrealised": _exactly(engine.state.unrealised()),
        "fees": _exactly(engine.state.ledger.fees),
        "total": _exactly(engine.state.total_pnl()),
    }


def _positions(engine: Engine) -> dict[str, dict[str, Decimal]]:
    return {
        position.contract: {
            "yes": _exactly(position.yes_qty),
            "no": _exactly(position.no_qty),
            "pairs": _exactly(position.pairs_closed),
            "cost": _exactly(position.cost),
            "realised": _exactly(position.realised),
        }
        for position in engine.state.ledger
    }


def _exactly(millionths: Money | Qty) -> Decimal:
    """Dollars or contracts for an export: every digit, and no binary fraction in between."""
    return Decimal(millionths).scaleb(-6)
