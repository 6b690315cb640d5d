"""One market in full: its ladder, its parameters, what each ending would pay, and why."""

from textual.strip import Strip

from tui_mm.domain.units import Money, Nanos
from tui_mm.engine.snapshot import MarketDetail, MarketRow
from tui_mm.ui.format import (
    NOTHING,
    cents_of_micros,
    cents_or_nothing,
    contract_name,
    dollars,
    quantity,
    signed_cents_of_micros,
    signed_dollars,
    signed_quantity,
    time_left,
)
from tui_mm.ui.line import beside, filled, heading, left, row, shown, wrapped
from tui_mm.ui.look import Glyphs, Styles
from tui_mm.ui.panes import fills, ladder
from tui_mm.ui.scene import Scene, View

_FILLS_HEIGHT = 3
PARAMETERS_HEIGHT = 11  # what is always there, and two rows of explanation


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """The whole body: two rows about the market, ladder beside parameters, the latest fills."""
    market = scene.selected_market
    if market is None:
        text = "This market is not listed any more: Esc goes back to the list."
        return filled([row(width, (text, Styles.plain))], width=width, height=height)
    top = about(scene, market, width=width)
    middle = height - len(top) - _FILLS_HEIGHT
    body = beside(
        ladder.draw(scene, width=ladder.WIDTH, height=middle),
        parameters(scene, market, width=width - ladder.WIDTH - 1, height=middle),
        separator=scene.glyphs.vertical,
    )
    below = fills.draw(scene, width=width, height=_FILLS_HEIGHT, has_titles=False)
    return filled([*top, *body, *below], width=width, height=height)


def about(scene: Scene, market: MarketRow, *, width: int) -> list[Strip]:
    """Name and question, then the figures a hand wants before it presses a key."""
    glyphs = scene.glyphs
    at = scene.snapshot.at if scene.snapshot else Nanos(0)
    left_over = time_left(Nanos(market.closes_at - at))
    name = shown(contract_name(market.contract), glyphs)
    fair = NOTHING if market.fair_micros is None else cents_of_micros(market.fair_micros)
    book = NOTHING if market.book_age_ms is None else f"{market.book_age_ms // 1000}s old"
    state = market.state.value + (f": {market.reason.value}" if market.reason else "")
    figures = f" Inv {signed_quantity(market.inventory)} | Fair {fair}"
    figures += f" | Skew {signed_cents_of_micros(market.skew_micros)}"
    if width >= 80:
        figures += f" | book {book} | {state}"
    title = left(f"{name}  {shown(market.title, glyphs)}", width - len(left_over) - 3).rstrip()
    return [
        heading(
            f"{title} {left_over} ",
            width,
            glyphs=glyphs,
            is_active=scene.view is View.DETAIL,
        ),
        row(width, (figures, Styles.plain)),
    ]


def parameters(scene: Scene, market: MarketRow, *, width: int, height: int) -> list[Strip]:
    """What the operator can set, what the position would pay, and the engine's own explanation."""
    detail = ladder.detail_of(scene.snapshot, market)
    mine = NOTHING if market.my_spread_ticks is None else f"{market.my_spread_ticks}"
    lines = [
        f"spread  own {market.spread_ticks:+d} ticks, resting {mine}",
        f"size    {quantity(market.size)}   max {quantity(market.max_position)}",
        f"last    {cents_or_nothing(market.last)}   fees {dollars(market.fees)}",
        f"P&L     rlz {signed_dollars(market.realised)} unr {signed_dollars(market.unrealised)}",
        f"if YES  {signed_dollars(market.if_yes)}",
        f"if NO   {signed_dollars(market.if_no)}",
    ]
    if detail is not None:
        lines.append(_held(detail))
        lines.append(f"mid {_spark(detail.mids_micros, scene.glyphs, width=width - 6)}")
        for sentence in detail.explanation:
            lines += wrapped(shown(sentence, scene.glyphs), width - 2)
    return filled(
        [row(width, (f" {line}", Styles.plain)) for line in lines], width=width, height=height
    )


def _held(detail: MarketDetail) -> str:
    pairs = f", {quantity(detail.pairs_closed)} pairs" if detail.pairs_closed else ""
    return f"held    {quantity(detail.yes_qty)} YES, {quantity(detail.no_qty)} NO{pairs}"


def _spark(mids: tuple[Money, ...], glyphs: Glyphs, *, width: int) -> str:
    """The newest mids as a row of blocks between their lowest and their highest."""
    shown_mids = mids[-max(1, width) :]
    if not shown_mids:
        return NOTHING
    low, high = min(shown_mids), max(shown_mids)
    steps = len(glyphs.sparks) - 1
    span = max(1, high - low)
    return "".join(glyphs.sparks[(mid - low) * steps // span] for mid in shown_mids)
