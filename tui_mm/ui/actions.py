"""Which key does what: the one table that dispatch, footer, help and tests are made from.

The rules it keeps:
1. `k` kills everywhere and cannot be taken away; it is looked at before this table is.
2. Safer acts at once, riskier is staged and waits for Enter, resuming takes a typed word.
3. The keys around `k` do nothing on purpose: a slap that covers it kills and does nothing else.
4. No confirmation is a bare letter, because a late reply of the terminal can look like one.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from tui_mm.ui.scene import SCREENS, View

KILL_KEYS: Final = frozenset({"k", "ctrl+k", "f9", "ctrl+c"})
KILL_LETTERS: Final = frozenset("kлкｋ")
KILL_CAPITALS: Final = frozenset("KЛКＫ")
DEAD_KEYS: Final = frozenset("jilouJILOU") | {"m", "M", "comma", "less_than_sign"}
DEAD_KEY_TEXT: Final = "k = KILL"


class Direction(Enum):
    """What pressing the key can do to the account."""

    LOOK = "look"
    MOVE = "move"
    SAFE = "safe"
    RISKY = "risky"


_EVERYWHERE: Final = frozenset(View)
_TRADING: Final = frozenset({View.MARKETS, View.DETAIL, View.ORDERS})
_ONE_MARKET: Final = frozenset({View.MARKETS, View.DETAIL})
_LISTS: Final = frozenset({View.MARKETS, View.ORDERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing the trader can do; `footer` is empty where the last row would only repeat it."""

    name: str
    keys: tuple[str, ...]
    direction: Direction
    help: str
    footer: str = ""
    views: frozenset[View] = _EVERYWHERE


VERBS: Final = (
    Verb(
        name="pause",
        keys=("p",),
        direction=Direction.SAFE,
        footer="p pause",
        help="p  pause / unpause+Enter",
        views=_ONE_MARKET,
    ),
    Verb(
        name="widen",
        keys=("w",),
        direction=Direction.SAFE,
        footer="w wider",
        help="w  1 tick wider",
        views=_ONE_MARKET,
    ),
    Verb(
        name="shrink",
        keys=("s",),
        direction=Direction.SAFE,
        footer="s smaller",
        help="s  one step smaller",
        views=_ONE_MARKET,
    ),
    Verb(
        name="tighten",
        keys=("t",),
        direction=Direction.RISKY,
        footer="t tighter",
        help="t  1 tick tighter",
        views=_ONE_MARKET,
    ),
    Verb(
        name="grow",
        keys=("b",),
        direction=Direction.RISKY,
        footer="b bigger",
        help="b  one step bigger",
        views=_ONE_MARKET,
    ),
    Verb(
        name="edit",
        keys=("e",),
        direction=Direction.RISKY,
        footer="e edit",
        help="e  edit spread, size, max",
        views=_ONE_MARKET,
    ),
    Verb(
        name="filter",
        keys=("slash",),
        direction=Direction.LOOK,
        footer="/ filter",
        help="/  filter by name",
    ),
    Verb(
        name="cancel",
        keys=("x",),
        direction=Direction.SAFE,
        footer="x cancel",
        help="x  cancel order(s)",
        views=_TRADING,
    ),
    Verb(
        name="cancel_and_pause",
        keys=("X",),
        direction=Direction.SAFE,
        footer="X cancel+pause",
        help="X  cancel+pause market",
        views=_TRADING,
    ),
    Verb(
        name="resume",
        keys=("R",),
        direction=Direction.RISKY,
        footer="R resume",
        help="R  resume (typed word)",
    ),
    Verb(
        name="pause_all",
        keys=("P",),
        direction=Direction.SAFE,
        footer="P pause all",
        help="P  pause everything",
    ),
    Verb(
        name="widen_more",
        keys=("W",),
        direction=Direction.SAFE,
        footer="W wider by 5",
        help="W  5 ticks wider",
        views=_ONE_MARKET,
    ),
    Verb(
        name="undo",
        keys=("z",),
        direction=Direction.RISKY,
        footer="z undo",
        help="z  undo the last change",
    ),
    Verb(
        name="mark",
        keys=("space",),
        direction=Direction.LOOK,
        help="Space  mark a row",
        views=_LISTS,
    ),
    Verb(
        name="open",
        keys=("enter",),
        direction=Direction.LOOK,
        help="Enter  open / apply",
    ),
    Verb(
        name="back",
        keys=("escape",),
        direction=Direction.LOOK,
        help="Esc  back / drop staged",
    ),
    *(
        Verb(
            name=f"show_{view.name.lower()}",
            keys=(str(digit),),
            direction=Direction.MOVE,
            help=f"{digit}  {view.value.lower()}",
        )
        for digit, view in enumerate(SCREENS, start=1)
    ),
    Verb(
        name="next_screen",
        keys=("tab",),
        direction=Direction.MOVE,
        help="Tab  next screen",
    ),
    Verb(
        name="previous_screen",
        keys=("shift+tab",),
        direction=Direction.MOVE,
        help="Shift+Tab  previous",
    ),
    Verb(
        name="up",
        keys=("up", "ctrl+p"),
        direction=Direction.MOVE,
        help="Up, Ctrl+P  up",
    ),
    Verb(
        name="down",
        keys=("down", "ctrl+n"),
        direction=Direction.MOVE,
        help="Down, Ctrl+N  down",
    ),
    Verb(
        name="page_up",
        keys=("pageup",),
        direction=Direction.MOVE,
        help="PgUp  ten rows up",
    ),
    Verb(
        name="page_down",
        keys=("pagedown",),
        direction=Direction.MOVE,
        help="PgDn  ten rows down",
    ),
    Verb(
        name="first",
        keys=("home", "g"),
        direction=Direction.MOVE,
        help="Home, g  first row",
    ),
    Verb(
        name="last",
        keys=("end", "G"),
        direction=Direction.MOVE,
        help="End, G  last row",
    ),
    Verb(
        name="next_alert",
        keys=("n",),
        direction=Direction.LOOK,
        footer="n next alert",
        help="n  next alert",
    ),
    Verb(
        name="acknowledge",
        keys=("a",),
        direction=Direction.LOOK,
        footer="a ack",
        help="a  acknowledge alert",
    ),
    Verb(
        name="zoom",
        keys=("v",),
        direction=Direction.LOOK,
        footer="v zoom",
        help="v  zoom the list",
        views=_LISTS,
    ),
    Verb(
        name="repaint",
        keys=("ctrl+l",),
        direction=Direction.LOOK,
        help="Ctrl+L  draw again",
    ),
    Verb(
        name="lock",
        keys=("ctrl+g",),
        direction=Direction.MOVE,
        help="Ctrl+G  lock but for k",
    ),
    Verb(
        name="quit",
        keys=("q",),
        direction=Direction.LOOK,
        footer="q quit",
        help="q  back / leave (asks)",
    ),
    Verb(
        name="help",
        keys=("question_mark",),
        direction=Direction.LOOK,
        footer="? help",
        help="?  this page",
    ),
)

VERB_OF_KEY: Final = {key: verb for verb in VERBS for key in verb.keys}


def is_kill(*, key: str, character: str | None, capitals_type: bool) -> bool:
    """True when this key press is the kill switch.

    Args:
        key: Textual's name of the key; a quick Esc before it arrives as "alt+" and counts.
        character: what the key types, for keyboard layouts where `k` is another letter.
        capitals_type: a text field is open, where a capital K is a letter.
    """
    bare = key.removeprefix("alt+")
    letter = character or bare
    if bare in KILL_KEYS or bare in KILL_LETTERS or letter in KILL_LETTERS:
        return True
    return not capitals_type and (bare in KILL_CAPITALS or letter in KILL_CAPITALS)


def footer_items(view: View) -> list[str]:
    """What the last row offers here, most needed first; help always closes it."""
    return [verb.footer for verb in VERBS if verb.footer and view in verb.views]
