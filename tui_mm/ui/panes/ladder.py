"""The static ladder of one market: bids left, asks right, ours marked with an asterisk.

Prices stand still; the ladder only moves when the touch has wandered off its middle.
"""

from textual.strip import Strip

from tui_mm.domain.contract import MICROS_PER_PRICE, Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import Money, Price, Qty
from tui_mm.engine.snapshot import LadderLevel, MarketDetail, MarketRow, Snapshot
from tui_mm.ui.format import cents, cents_of_micros, short_quantity
from tui_mm.ui.line import Piece, filled, left, right, row
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Scene

WIDTH = 41


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """Column names, then the levels around the middle."""
    market = scene.selected_market
    titles = " Queue Mine   Bid|  YES|   Ask Mine Queue"
    rows = [row(width, (titles, Styles.dim))]
    detail = detail_of(scene.snapshot, market)
    if market is None or detail is None:
        rows.append(row(width, (" The ladder comes with the next picture.", Styles.dim)))
        return filled(rows, width=width, height=height)
    queues = _queues(scene.snapshot, market.contract)
    fair = market.fair_micros
    for level in _window(detail.ladder, scene.ladder_centre, count=height - 2):
        if fair is not None and level.price * MICROS_PER_PRICE <= fair:
            rows.append(_fair_bar(fair, width=width))
            fair = None
        rows.append(_level_row(level, market, queues, width=width))
    return filled(rows, width=width, height=height)


def detail_of(snapshot: Snapshot | None, market: MarketRow | None) -> MarketDetail | None:
    """The detail in this picture, if it is this market's."""
    if snapshot is None or market is None or snapshot.detail is None:
        return None
    return snapshot.detail if snapshot.detail.contract == market.contract else None


def _window(
    ladder: tuple[LadderLevel, ...], centre: Price | None, *, count: int
) -> list[LadderLevel]:
    """The levels nearest to the centre, highest first."""
    descending = sorted(ladder, key=lambda level: level.price, reverse=True)
    if len(descending) <= count or centre is None:
        return descending[:count]
    middle = next(
        (i for i, level in enumerate(descending) if level.price <= centre), len(descending)
    )
    first = max(0, min(len(descending) - count, middle - count // 2))
    return descending[first : first + count]


def _level_row(
    level: LadderLevel,
    market: MarketRow,
    queues: dict[tuple[Side, Price], Qty],
    *,
    width: int,
) -> Strip:
    last = "<" if market.last == level.price else " "
    pieces: list[Piece] = [
        (right(_queue(queues, Side.BUY, level), 6), Styles.dim),
        (right(_mine(level.my_bid_qty), 5), Styles.own_bid),
        (right(_theirs(level.bid_qty), 6), Styles.bid),
        ("|", Styles.dim),
        (right(cents(level.price), 4) + last, Styles.bold if last == "<" else Styles.plain),
        ("|", Styles.dim),
        (right(_theirs(level.ask_qty), 6), Styles.ask),
        (right(_mine(level.my_ask_qty), 5), Styles.own_ask),
        (left(f" {_queue(queues, Side.SELL, level)}", 6), Styles.dim),
    ]
    return row(width, *pieces)


def _fair_bar(fair: Money, *, width: int) -> Strip:
    text = f"[ fair {cents_of_micros(fair)} ]"
    span = min(width, WIDTH)
    side = "=" * max(0, (span - len(text)) // 2)
    return row(width, (f"{side}{text}{side}", Styles.dim))


def _queues(snapshot: Snapshot | None, contract: ContractId) -> dict[tuple[Side, Price], Qty]:
    """The shortest known queue ahead of an order of ours, for each price."""
    found: dict[tuple[Side, Price], Qty] = {}
    for order in snapshot.orders if snapshot else ():
        if order.contract == contract and order.queue_ahead is not None:
            key = (order.side, order.price)
            found[key] = min(order.queue_ahead, found.get(key, order.queue_ahead))
    return found


def _queue(queues: dict[tuple[Side, Price], Qty], side: Side, level: LadderLevel) -> str:
    ahead = queues.get((side, level.price))
    return "" if ahead is None else f"q={short_quantity(ahead, cells=3)}"


def _mine(qty: Qty) -> str:
    return f"*{short_quantity(qty, cells=4)}" if qty else ""


def _theirs(qty: Qty) -> str:
    return short_quantity(qty, cells=6) if qty else ""
