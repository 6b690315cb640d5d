"""Live orders of ours: where each one rests, how much is left, who is ahead of it."""

from textual.strip import Strip

from tui_mm.domain.contract import Side
from tui_mm.domain.order import OrderState
from tui_mm.domain.units import Nanos
from tui_mm.engine.snapshot import OrderRow, QuotingState, Snapshot
from tui_mm.ui.format import age, cents, contract_name, quantity
from tui_mm.ui.line import filled, heading, left, middle_cut, right, row, shown
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Scene, View

_SECOND = 1_000_000_000
_FIXED = 50  # cells of every column but the name and the id
_ID_FROM = 78
_STATE_WORDS = {
    OrderState.SENT: "SENT",
    OrderState.WORKING: "WORKING",
    OrderState.CANCELING: "CANCELING",
    OrderState.UNKNOWN: "UNKNOWN?",
}


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """A heading, and the page of orders the cursor is on."""
    has_id = width >= _ID_FROM
    name_width = max(10, min(30, width - (_FIXED + 11 if has_id else _FIXED)))
    titles = f"  {left('Market', name_width)} V Side    Px  Left/Size   Queue  Age State"
    titles += "     Id" if has_id else ""
    rows = [
        heading(
            f"[2]Orders {len(scene.orders)}",
            width,
            glyphs=scene.glyphs,
            is_active=scene.view is View.ORDERS,
        ),
        row(width, (titles, Styles.dim)),
    ]
    snapshot = scene.snapshot
    if snapshot is None:
        return filled(rows, width=width, height=height)
    if not scene.orders:
        rows.append(row(width, (_why_empty(scene, snapshot), Styles.plain)))
        return filled(rows, width=width, height=height)
    venues = {market.contract: market.venue for market in snapshot.markets}
    page = max(1, height - len(rows))
    keys = [order.client_order_id for order in scene.orders]
    index = keys.index(scene.selected_order) if scene.selected_order in keys else 0
    first = index // page * page
    for order in scene.orders[first : first + page]:
        venue = shown(venues.get(order.contract, ""), scene.glyphs)[:1].upper()
        rows.append(
            _order_row(scene, order, venue, at=snapshot.at, name_width=name_width, width=width)
        )
    return filled(rows, width=width, height=height)


def _order_row(
    scene: Scene, order: OrderRow, venue: str, *, at: Nanos, name_width: int, width: int
) -> Strip:
    is_selected = scene.view is View.ORDERS and order.client_order_id == scene.selected_order
    base = Styles.cursor if is_selected else Styles.plain
    lead = (">" if is_selected else " ") + (
        "*" if order.client_order_id in scene.marked_orders else " "
    )
    name = shown(contract_name(order.contract), scene.glyphs)
    side, style = ("BID", Styles.bid) if order.side is Side.BUY else ("ASK", Styles.ask)
    queue = "q=?" if order.queue_ahead is None else f"q={quantity(order.queue_ahead)}"
    is_unsure = order.state in (OrderState.UNKNOWN, OrderState.CANCELING)
    order_id = shown(order.client_order_id, scene.glyphs) if width >= _ID_FROM else ""
    amounts = f"{quantity(order.remaining)}/{quantity(order.qty)}"
    return row(
        width,
        (f"{lead}{middle_cut(name, name_width, glyphs=scene.glyphs)} {left(venue, 1)} ", base),
        (f"{side:<4} {right(cents(order.price) + 'c', 5)}", base + style),
        (f" {right(amounts, 10)} {right(queue, 7)} {right(_old(order, at), 4)} ", base),
        (
            left(_STATE_WORDS.get(order.state, order.state.value.upper()), 9),
            base + (Styles.warning if is_unsure else Styles.plain),
        ),
        (f" {order_id}", base + Styles.dim),
    )


def _old(order: OrderRow, at: Nanos) -> str:
    """Whole tens of seconds past the first ten: ages that tick would repaint every row."""
    seconds = max(0, at - order.sent_at) // _SECOND
    if seconds >= 10:
        seconds -= seconds % 10
    return age(Nanos(seconds * _SECOND)).replace(".0s", "s")


def _why_empty(scene: Scene, snapshot: Snapshot) -> str:
    if scene.filter_text:
        return "  No order matches the filter: Esc clears it."
    off = sum(
        market.state in (QuotingState.OFF, QuotingState.PAUSED) for market in snapshot.markets
    )
    if snapshot.kill is not None:
        return "  No live orders. Killed: k shows the proof, R resumes."
    if snapshot.is_all_paused:
        return "  No live orders. Everything is paused: R resumes."
    count = len(snapshot.markets)
    return f"  No live orders. {off} of {count} markets are off or paused: 1 shows them."
