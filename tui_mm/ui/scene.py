"""Everything one frame is drawn from: the newest snapshot and where the trader stands in it.

A scene is a value. Panes are functions of it, so the same scene is the same frame, on a terminal,
in a test and in a picture.
"""

from dataclasses import dataclass, field
from enum import Enum

from tui_mm.domain.ids import ClientOrderId, ContractId
from tui_mm.domain.units import Price
from tui_mm.engine.snapshot import MarketRow, OrderRow, Severity, Snapshot
from tui_mm.ui.look import UNICODE, Glyphs


class View(Enum):
    """What fills the body of the screen; the value is its name in the pane's heading."""

    MARKETS = "Markets"
    ORDERS = "Orders"
    FILLS = "Fills"
    RISK = "Risk"
    LOG = "Log"
    HEALTH = "Health"
    DETAIL = "Market"
    KILL = "Kill"


SCREENS = (View.MARKETS, View.ORDERS, View.FILLS, View.RISK, View.LOG, View.HEALTH)
"""The screens the digits 1 to 6 open, in that order."""


class Attachment(Enum):
    """Whether the engine is at the other end."""

    CONNECTING = "CONNECTING"
    ATTACHED = "ok"
    GONE = "GONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The connection to the engine; `silent_s` counts from its last picture."""

    attachment: Attachment = Attachment.CONNECTING
    silent_s: int = 0
    why: str = ""
    reconnects: int = 0
    pictures: int = 0
    kill_line_is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """How well the terminal takes what is drawn."""

    backlog_bytes: int = 0
    dropped_writes: int = 0
    written_bytes: int = 0
    is_draining: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that wants attention; `key` is what acknowledging remembers."""

    key: str
    severity: Severity
    text: str
    contract: ContractId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialog:
    """A box over the body; `chosen` is the highlighted line, None when there is nothing to choose.

    `lines` are shown as they are; `choices` below them.
    """

    title: str
    lines: tuple[str, ...]
    choices: tuple[str, ...] = ()
    chosen: int | None = None


class Tone(Enum):
    """How the prompt line wants to be read."""

    QUIET = "quiet"
    STAGED = "staged"
    PROMPT = "prompt"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The line above the keys: a staged change, a text field, or the answer to the last key."""

    text: str = ""
    tone: Tone = Tone.QUIET


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One frame's worth of state.

    `markets` and `orders` are the rows that pass the filter, in the engine's order.
    """

    glyphs: Glyphs = UNICODE
    snapshot: Snapshot | None = None
    view: View = View.MARKETS
    markets: tuple[MarketRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    selected: ContractId | None = None
    selected_order: ClientOrderId | None = None
    marked: frozenset[ContractId] = frozenset()
    marked_orders: frozenset[ClientOrderId] = frozenset()
    filter_text: str = ""
    fills_skipped: int = 0
    log_skipped: int = 0
    ladder_centre: Price | None = None
    alert: Alert | None = None
    alerts_waiting: int = 0
    prompt: Prompt = field(default_factory=Prompt)
    dialog: Dialog | None = None
    has_help: bool = False
    is_locked: bool = False
    is_zoomed: bool = False
    kill_note: str = ""
    link: Link = field(default_factory=Link)
    terminal: Terminal = field(default_factory=Terminal)

    @property
    def selected_market(self) -> MarketRow | None:
        """The row the cursor is on; None when the market is gone or filtered out."""
        return next((row for row in self.markets if row.contract == self.selected), None)
