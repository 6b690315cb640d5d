"""Takers: traders who send immediate orders and never rest, for noise or because they know."""

import math
from random import Random

from tui_mm.domain.commands import TimeInForce
from tui_mm.domain.contract import Side
from tui_mm.domain.fees import FeeSchedule
from tui_mm.domain.units import DOLLAR, Nanos, Qty
from tui_mm.exchange.crowd import Market, after, micros
from tui_mm.exchange.orders import AccountId, NewOrder

NOISE = AccountId("crowd-noise")
INFORMED = AccountId("crowd-informed")
SNIPING_BEYOND = 0.015  # dollars of mispricing from which informed takers hurry
SNIPING_HURRY = 9  # times as many attempts then
INFORMED_EDGE = 0.005  # dollars a trade must earn beyond its fee
_LEAN_SCALE = 0.015  # dollars of mispricing at which the lean of noise is three quarters of full


class NoiseTaker:
    """Buys and sells for reasons of its own, a little more often in the right direction.

    How far beyond the public mid it would go is exponential, so how often a quote is hit falls off
    exactly exponentially with its distance from the mid.
    """

    def __init__(self, market: Market, random: Random) -> None:
        self._market = market
        self._random = random

    def arrives_at(self, opens_at: Nanos) -> Nanos:
        """After one waiting time."""
        per_second = 2 * self._market.profile.noise_per_minute / 60.0
        return after(opens_at, self._random.expovariate(per_second))

    def act(self, now: Nanos) -> Nanos | None:
        """Send one immediate order, unless the book does not reach its limit."""
        market, random = self._market, self._random
        if now >= market.contract.closes_at:
            return None
        profile = market.profile
        draws = (random.random(), random.expovariate(1.0), market.size(random, profile.noise_size))
        mid = _public_mid(market)
        if mid is not None:
            self._trade(mid, *draws, now)
        return self.arrives_at(now)

    def _trade(self, mid: float, choice: float, reach: float, size: Qty, now: Nanos) -> None:
        market = self._market
        lean = market.profile.noise_lean * math.tanh((market.belief.at(now) - mid) / _LEAN_SCALE)
        side = Side.BUY if choice < 0.5 * (1.0 + lean) else Side.SELL
        distance = reach * market.profile.noise_reach * market.width_factor(mid)
        _take(market, NOISE, side, limit=mid + side.sign * distance, size=size, now=now)


class InformedTaker:
    """Knows the truth and trades when a price beats it by the fee and a little more.

    It looks at random moments, and much more often while the market is visibly wrong.
    """

    def __init__(self, market: Market, random: Random) -> None:
        self._market = market
        self._random = random

    def arrives_at(self, opens_at: Nanos) -> Nanos:
        """After one waiting time."""
        per_second = SNIPING_HURRY * self._market.profile.informed_per_minute / 60.0
        return after(opens_at, self._random.expovariate(per_second))

    def act(self, now: Nanos) -> Nanos | None:
        """Look; trade if it pays."""
        market, random = self._market, self._random
        if now >= market.contract.closes_at:
            return None
        profile = market.profile
        choice, size = random.random(), market.size(random, profile.informed_size)
        truth = market.belief.at(now)
        mid = _public_mid(market)
        hurries = mid is None or abs(truth - mid) > SNIPING_BEYOND
        if hurries or choice * SNIPING_HURRY < 1.0:
            self._trade(truth, size, now)
        return self.arrives_at(now)

    def _trade(self, truth: float, size: Qty, now: Nanos) -> None:
        market = self._market
        for side, best in ((Side.BUY, market.book.ask), (Side.SELL, market.book.bid)):
            if best is None:
                continue
            price = best / DOLLAR
            needed = _taker_fee(market.contract.fees, price) + INFORMED_EDGE
            if side.sign * (truth - price) > needed:
                _take(market, INFORMED, side, limit=truth - side.sign * needed, size=size, now=now)


def _public_mid(market: Market) -> float | None:
    """What everybody sees as the middle; an empty side counts as the end of the scale."""
    bid, ask = market.book.bid, market.book.ask
    if bid is None and ask is None:
        return None
    return ((bid or 0) + (DOLLAR if ask is None else ask)) / (2 * DOLLAR)


def _take(
    market: Market, account: AccountId, side: Side, *, limit: float, size: Qty, now: Nanos
) -> None:
    best = market.book.ask if side is Side.BUY else market.book.bid
    grid = market.contract.grid
    raw = micros(limit)
    price = grid.floor_micros(raw) if side is Side.BUY else grid.ceil_micros(raw)
    if best is None or price is None or side.sign * (price - best) < 0:
        return
    order = NewOrder(
        contract=market.contract.id,
        side=side,
        price=price,
        qty=size,
        time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
    )
    market.exchange.place(account, order, now)


def _taker_fee(fees: FeeSchedule | None, price: float) -> float:
    if fees is None:
        return 0.0
    rate = fees.fee_type.taker_rate_millionths * fees.multiplier_millionths / 1e12
    return rate * price * (1.0 - price)
