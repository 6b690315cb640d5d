"""Which pane goes where at which size; the header and the keys keep their place at every size.

Up to 120x36 one pane fills the body, with the newest fills below the list of markets. From there
the list stands beside the ladder, above orders and fills. From 180x50 parameters, risk and the log
join them.
"""

from textual.strip import Strip

from tui_mm.ui.line import beside, filled, heading, left, over, row
from tui_mm.ui.look import Styles
from tui_mm.ui.panes import (
    detail,
    dialog,
    fills,
    footer,
    header,
    health,
    kill,
    ladder,
    log,
    markets,
    orders,
    risk,
    too_small,
)
from tui_mm.ui.panes import (
    help as help_pane,
)
from tui_mm.ui.scene import Scene, View

_MEDIUM_FROM = (120, 30)  # columns, and rows of body between header and keys
_WIDE_FROM = (180, 44)
_SIDE_WIDTH = 40
_LOG_HEIGHT = 7


def frame(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """The whole screen, exactly as wide and as high as asked."""
    if width < too_small.WIDTH_MIN or height < too_small.HEIGHT_MIN:
        return too_small.draw(scene, width=width, height=height)
    top = header.draw(scene, width=width)
    bottom = footer.draw(scene, width=width)
    body = _body(scene, width=width, height=height - len(top) - len(bottom))
    if scene.dialog is not None:
        body = over(body, dialog.draw(scene.dialog, glyphs=scene.glyphs, width=width), width=width)
    return [*top, *body, *bottom]


def _body(scene: Scene, *, width: int, height: int) -> list[Strip]:
    if scene.has_help:
        return help_pane.draw(scene, width=width, height=height)
    match scene.view:
        case View.MARKETS:
            return _markets_body(scene, width=width, height=height)
        case View.ORDERS:
            return orders.draw(scene, width=width, height=height)
        case View.FILLS:
            return fills.draw(scene, width=width, height=height)
        case View.RISK:
            return risk.draw(scene, width=width, height=height)
        case View.LOG:
            return log.draw(scene, width=width, height=height)
        case View.HEALTH:
            return health.draw(scene, width=width, height=height)
        case View.DETAIL:
            return detail.draw(scene, width=width, height=height)
        case View.KILL:
            return kill.draw(scene, width=width, height=height)


def _markets_body(scene: Scene, *, width: int, height: int) -> list[Strip]:
    if scene.is_zoomed:
        return _list(scene, width=width, height=height)
    if width >= _WIDE_FROM[0] and height >= _WIDE_FROM[1]:
        return _wide(scene, width=width, height=height)
    if width >= _MEDIUM_FROM[0] and height >= _MEDIUM_FROM[1]:
        return _medium(scene, width=width, height=height)
    return _compact(scene, width=width, height=height)


def _compact(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """The list, the selected market in words, and the newest fills."""
    fills_height = max(4, height // 4)
    latest = fills.draw(scene, width=width, height=fills_height, has_titles=False)
    return [*_list(scene, width=width, height=height - fills_height), *latest]


def _medium(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """List beside ladder, orders beside fills, risk and log in a line each."""
    lower = height // 3
    upper = height - lower - 1
    list_width = width - ladder.WIDTH - 1
    ladder_height = upper - detail.PARAMETERS_HEIGHT
    rows = beside(
        _list(scene, width=list_width, height=upper),
        [
            *_ladder(scene, width=ladder.WIDTH, height=ladder_height),
            *_parameters(scene, width=ladder.WIDTH, height=detail.PARAMETERS_HEIGHT),
        ],
        separator=scene.glyphs.vertical,
    )
    orders_width = width // 2 + 2
    rows += beside(
        orders.draw(scene, width=orders_width, height=lower),
        fills.draw(scene, width=width - orders_width - 1, height=lower),
        separator=scene.glyphs.vertical,
    )
    risk_width = width // 2
    summaries = (left(risk.summary(scene), risk_width), log.summary(scene))
    rows.append(row(width, *((text, Styles.title) for text in summaries)))
    return rows


def _wide(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """List, ladder and parameters; orders, fills and risk; the log."""
    lower = (height - _LOG_HEIGHT) // 3
    upper = height - _LOG_HEIGHT - lower
    list_width = width - ladder.WIDTH - _SIDE_WIDTH - 2
    separator = scene.glyphs.vertical
    rows = beside(
        _list(scene, width=list_width, height=upper),
        _ladder(scene, width=ladder.WIDTH, height=upper),
        _parameters(scene, width=_SIDE_WIDTH, height=upper),
        separator=separator,
    )
    third = (width - 2) // 3
    rows += beside(
        orders.draw(scene, width=third, height=lower),
        fills.draw(scene, width=third, height=lower),
        risk.draw(scene, width=width - 2 - 2 * third, height=lower),
        separator=separator,
    )
    return rows + log.draw(scene, width=width, height=_LOG_HEIGHT)


def _list(scene: Scene, *, width: int, height: int) -> list[Strip]:
    listed = markets.draw(scene, width=width, height=height - 1)
    return [*listed, markets.about(scene, width=width)]


def _ladder(scene: Scene, *, width: int, height: int) -> list[Strip]:
    market = scene.selected_market
    if market is None:
        return filled([], width=width, height=height)
    about = detail.about(scene, market, width=width)
    return [*about, *ladder.draw(scene, width=width, height=height - len(about))]


def _parameters(scene: Scene, *, width: int, height: int) -> list[Strip]:
    market = scene.selected_market
    name = heading("Parameters and what if", width, glyphs=scene.glyphs)
    if market is None:
        return filled([name], width=width, height=height)
    return [name, *detail.parameters(scene, market, width=width, height=height - 1)]
