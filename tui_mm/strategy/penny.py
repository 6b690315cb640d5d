"""Join or improve the touch where the others leave a wide spread.

Strategy specification, section 3.1: quotes rest a tick inside the others' touch whenever their
spread is at least `min_spread`. Inventory works on the prices and not on the centre: half-way to
the limit the side that would add only joins, at the limit it is dropped.
"""

from dataclasses import dataclass

from tui_mm.domain.contract import MICROS_PER_PRICE
from tui_mm.domain.quote import QuoteSet, Reason, pulled
from tui_mm.domain.units import CONTRACT, Price, Qty
from tui_mm.pricing.fair_value import micros, mid
from tui_mm.strategy.base import MarketView
from tui_mm.strategy.pipeline import Wish, one_sided, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Penny:
    """Parameters; the names are the specification's.

    `min_spread` is the others' spread below which nothing is quoted, `improve_ticks` how far inside
    their touch a quote goes (0 joins it).
    """

    min_spread: Price = Price(500)
    improve_ticks: int = 1
    size: Qty = Qty(10 * CONTRACT)
    max_position: Qty = Qty(100 * CONTRACT)
    name: str = "penny"

    def quotes(self, view: MarketView) -> QuoteSet:
        """Quotes inside the others' touch, or nothing where it is too narrow."""
        bid, ask, fair = view.others.bid, view.others.ask, mid(view.others)
        if bid is None or ask is None or fair is None:
            return one_sided(view)
        if ask - bid < self.min_spread:
            return pulled(view.contract.id, Reason.NARROW)
        grid = view.contract.grid
        inventory, limit = view.inventory, view.max_position
        bid_improves = 0 if 2 * inventory >= limit else self.improve_ticks
        ask_improves = 0 if 2 * -inventory >= limit else self.improve_ticks
        better_bid = grid.above(bid, ticks=bid_improves) or bid
        better_ask = grid.below(ask, ticks=ask_improves) or ask
        is_long, is_short = inventory >= limit, -inventory >= limit
        return quoted(
            view,
            Wish(
                fair=fair,
                centre=fair,
                bid=None if is_long else better_bid * MICROS_PER_PRICE,
                ask=None if is_short else micros(better_ask),
                bid_qty=view.size,
                ask_qty=view.size,
                bid_missing=Reason.INVENTORY if is_long else None,
                ask_missing=Reason.INVENTORY if is_short else None,
            ),
        )
