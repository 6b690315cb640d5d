"""Makers: traders who quote both sides of a market and requote when they look again."""

import math
from random import Random

from tui_mm.domain.contract import Side
from tui_mm.domain.ids import VenueOrderId
from tui_mm.domain.units import SECOND, Nanos, Price, Qty
from tui_mm.exchange.crowd import Market, after, micros
from tui_mm.exchange.orders import AccountId, NewOrder


class Maker:
    """Quotes several levels around its own estimate and moves them when it looks again.

    Its estimate is the truth with an error that wanders back to zero slowly. Nothing makes it look:
    between two looks its quotes are stale.
    """

    def __init__(self, market: Market, account: AccountId, random: Random) -> None:
        self._market = market
        self._account = account
        self._random = random
        profile = market.profile
        self._error = random.gauss(0.0, profile.error)
        self._looked_at: Nanos | None = None
        self._estimate = 0.5
        self._half_spread = profile.half_spread * random.uniform(0.8, 1.3)
        self._orders: dict[tuple[Side, int], VenueOrderId] = {}

    def arrives_at(self, opens_at: Nanos) -> Nanos:
        """At the opening, so that there is a book."""
        return opens_at

    def act(self, now: Nanos) -> Nanos | None:
        """Look, and move every quote that is not where it should be."""
        market = self._market
        if now >= market.contract.closes_at:
            return None
        before = self._estimate
        self._look(now)
        # The side the estimate moves away from goes first, or the other one would run into it.
        rising = self._estimate >= before
        for side in (Side.SELL, Side.BUY) if rising else (Side.BUY, Side.SELL):
            for level in range(market.profile.levels):
                self._requote(side, level, now)
        return after(now, self._random.expovariate(1.0 / market.profile.refresh_s))

    def _look(self, now: Nanos) -> None:
        profile = self._market.profile
        truth = self._market.belief.at(now)
        if self._looked_at is not None:
            kept = math.exp(-(now - self._looked_at) / SECOND / profile.error_memory_s)
            drawn = self._random.gauss(0.0, 1.0)
            self._error = self._error * kept + drawn * profile.error * math.sqrt(1 - kept * kept)
        self._looked_at = now
        error = self._error * self._market.width_factor(truth)
        self._estimate = min(max(truth + error, 0.0), 1.0)

    def _requote(self, side: Side, level: int, now: Nanos) -> None:
        market = self._market
        resting = self._orders.get((side, level))
        order = market.exchange.order(resting) if resting is not None else None
        price = self._price(side, level)
        if order is not None and order.price == price and 2 * order.remaining >= order.qty:
            return
        size = market.size(self._random, market.profile.level_size * 0.75**level)
        if order is not None and price is None:
            market.exchange.cancel(self._account, order.id, now)
        elif order is not None and price is not None:
            total = Qty(order.filled + size)
            market.exchange.amend(self._account, order.id, price=price, qty=total, at=now)
        elif price is not None:
            wanted = NewOrder(
                contract=market.contract.id, side=side, price=price, qty=size, post_only=True
            )
            receipt = market.exchange.place(self._account, wanted, now)
            self._orders[(side, level)] = receipt.order_id

    def _price(self, side: Side, level: int) -> Price | None:
        market = self._market
        factor = market.width_factor(self._estimate)
        distance = (self._half_spread + level * market.profile.level_gap) * factor
        grid = market.contract.grid
        if side is Side.BUY:
            best = market.book.ask
            price = grid.floor_micros(micros(self._estimate - distance))
            limit = grid.below(best) if best is not None else grid.highest
            return None if price is None or limit is None else min(price, limit)
        best = market.book.bid
        price = grid.ceil_micros(micros(self._estimate + distance))
        limit = grid.above(best) if best is not None else grid.lowest
        return None if price is None or limit is None else max(price, limit)
