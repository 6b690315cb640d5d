"""A fixed spread around fair value, bought as YES and NO pairs.

Strategy specification, section 3.2. One pair bought inside the spread pays a dollar whatever
happens, so `base_spread` is the profit of a completed pair before fees. Inventory shifts the
centre away from what we hold, widens the spread, and in the end leaves only the reducing side.
"""

from dataclasses import dataclass

from tui_mm.domain.contract import Side
from tui_mm.domain.quote import QuoteSet, Reason
from tui_mm.domain.units import CONTRACT, HOUR, Money, Price, Qty
from tui_mm.pricing.fair_value import blend, micros, mid
from tui_mm.strategy.base import MarketView
from tui_mm.strategy.pipeline import Wish, one_sided, quoted

SKEW_SHIFTS_ABOVE = (1, 10)
SKEW_WIDENS_ABOVE = (3, 10)
SKEW_STOPS_ABOVE = (6, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Parameters; the names are the specification's.

    `base_spread` is dollars per pair, `with_last_trade` mixes the last trade into the fair value,
    `with_time_widening` makes the spread half as wide again in the last hour, `with_dynamic_size`
    quotes 20 contracts where the others' spread is above 0.50 and 5 elsewhere.
    """

    base_spread: Price = Price(1_500)
    size: Qty = Qty(10 * CONTRACT)
    max_position: Qty = Qty(50 * CONTRACT)
    with_last_trade: bool = False
    with_time_widening: bool = False
    with_dynamic_size: bool = False
    name: str = "pair"

    def quotes(self, view: MarketView) -> QuoteSet:
        """Quotes half a spread either side of the skewed fair value."""
        fair = self._fair(view)
        if fair is None:
            return one_sided(view)
        size = self._size(view)
        net, gross = view.inventory, view.yes_held + view.no_held
        # Dividing by at least two quotes keeps the first fill from looking like full inventory.
        scale = max(gross, 2 * size, 1)
        base = micros(self.base_spread)
        centre, spread = fair, base
        if _exceeds(net, scale, SKEW_SHIFTS_ABOVE):
            centre = Money(fair - _to_nearest(base * net, scale))
        if _exceeds(net, scale, SKEW_WIDENS_ABOVE):
            spread = Money(spread * 3 // 2)
        if self.with_time_widening and view.time_to_close < HOUR:
            spread = Money(spread * 3 // 2)
        stops = _exceeds(net, scale, SKEW_STOPS_ABOVE) or gross >= view.max_position
        no_bid = Reason.INVENTORY if stops and net >= 0 else None
        no_ask = Reason.INVENTORY if stops and net <= 0 else None
        half = spread // 2
        return quoted(
            view,
            Wish(
                fair=fair,
                centre=centre,
                bid=None if no_bid else centre - half,
                ask=None if no_ask else centre + half,
                bid_qty=size,
                ask_qty=size,
                bid_missing=no_bid,
                ask_missing=no_ask,
            ),
        )

    def _fair(self, view: MarketView) -> Money | None:
        if not self.with_last_trade or view.last_trade is None:
            return mid(view.others)
        return blend(
            view.others,
            last=view.last_trade.price,
            traded_at=view.last_trade.at,
            now=view.now,
        )

    def _size(self, view: MarketView) -> Qty:
        bid, ask = view.others.bid, view.others.ask
        if not self.with_dynamic_size or bid is None or ask is None:
            return view.size
        return Qty((20 if ask - bid > 5_000 else 5) * CONTRACT)


def reported_skew_percent(*, yes_held: Qty, no_held: Qty) -> int:
    """Net over gross in whole percent, rounded towards zero; 0 when nothing is held.

    For reports only: the strategy steers by a ratio that a first fill cannot push to 100.
    """
    gross = yes_held + no_held
    if gross == 0:
        return 0
    net = yes_held - no_held
    sign = Side.BUY.sign if net >= 0 else Side.SELL.sign
    return sign * (100 * abs(net) // gross)


def _exceeds(net: int, scale: int, threshold: tuple[int, int]) -> bool:
    above, of = threshold
    return abs(net) * of > above * scale


def _to_nearest(value: int, by: int) -> int:
    return (2 * value + by) // (2 * by)
