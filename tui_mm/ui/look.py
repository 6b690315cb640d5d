"""Glyphs and styles: one table each, so that no pane chooses a character or a colour by itself.

Law: colour never carries a meaning alone. Sides are told by their column, own orders by an
asterisk, states by a word and old numbers by an age, so a terminal without colour or without
Unicode loses nothing but comfort.
"""

import codecs
import os
import sys
from dataclasses import dataclass
from typing import Final, final

from rich.style import Style


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Glyphs:
    """The characters that differ between a Unicode terminal and an ASCII one."""

    hatch: str
    full: str
    empty: str
    centre: str
    horizontal: str
    vertical: str
    cut: str
    sparks: str
    is_ascii: bool


UNICODE: Final = Glyphs(
    hatch="░",
    full="█",
    empty="·",
    centre="│",
    horizontal="─",
    vertical="│",
    cut="…",
    sparks="▁▂▃▅▇",
    is_ascii=False,
)
ASCII: Final = Glyphs(
    hatch="/",
    full="#",
    empty=".",
    centre="|",
    horizontal="-",
    vertical="|",
    cut="~",
    sparks="_.-~#",
    is_ascii=True,
)


@final
class Styles:
    """What each role looks like; blue and orange, which most eyes can tell apart."""

    plain: Final = Style()
    bold: Final = Style(bold=True)
    dim: Final = Style(dim=True)
    bid: Final = Style(color="#56B4E9")
    ask: Final = Style(color="#E69F00")
    own_bid: Final = Style(color="#56B4E9", bold=True)
    own_ask: Final = Style(color="#E69F00", bold=True)
    cursor: Final = Style(bold=True)
    title: Final = Style(dim=True)
    warning: Final = Style(color="yellow", bold=True)
    danger: Final = Style(color="white", bgcolor="red", bold=True)
    killed: Final = Style(color="white", bgcolor="red", bold=True)
    killing: Final = Style(color="black", bgcolor="yellow", bold=True)
    reverse: Final = Style(reverse=True, bold=True)
    staged: Final = Style(reverse=True)


def glyphs_for_terminal() -> Glyphs:
    """ASCII when it is asked for by TUI_MM_ASCII=1, or when the terminal's encoding has no more."""
    if os.environ.get("TUI_MM_ASCII") == "1":
        return ASCII
    encoding = getattr(sys.__stderr__, "encoding", None) or "ascii"
    return UNICODE if codecs.lookup(encoding).name == "utf-8" else ASCII
