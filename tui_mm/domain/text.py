"""The one door for text that somebody else wrote."""

import unicodedata
from functools import lru_cache

TEXT_CELLS_MAX = 120  # longer titles say nothing a row could show
_COMBINING_MAX = 2
_REPLACEMENT = "?"


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Text that cannot control a terminal or a widget.

    Normalised (NFC); control, format, private-use and surrogate characters become "?"; any run of
    white space becomes one space; at most two combining marks in a row; cut to 120 characters.
    Markup characters stay: they are shown as they are, because nothing from outside is ever parsed
    as markup.
    """
    kept: list[str] = []
    combining = 0
    # NFC is bounded by the cut below; the slice keeps a huge message from costing anything.
    for char in unicodedata.normalize("NFC", text[: 4 * TEXT_CELLS_MAX]):
        if char.isspace():
            if kept and kept[-1] != " ":
                kept.append(" ")
            combining = 0
            continue
        if unicodedata.category(char).startswith("C"):
            kept.append(_REPLACEMENT)
            combining = 0
            continue
        combining = combining + 1 if unicodedata.combining(char) else 0
        if combining <= _COMBINING_MAX:
            kept.append(char)
    return "".join(kept)[:TEXT_CELLS_MAX].strip()
