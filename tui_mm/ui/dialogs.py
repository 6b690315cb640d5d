"""What can stand between the trader and the screen: a filter, an edit form, two questions.

Law: none of them ever sees the kill key, none is answered by a bare letter, and the two questions
ignore everything for their first moments, so that keys typed ahead cannot answer them.
"""

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from tui_mm.domain.operator import RESUME_WORD, EditParameters
from tui_mm.domain.units import Qty, qty
from tui_mm.engine.snapshot import MarketRow
from tui_mm.ui.format import contract_name, quantity
from tui_mm.ui.scene import Dialog

ARMING_S: Final = 0.3
FILTER_CLOSES_AFTER_S: Final = 10.0
_TEXT_MAX: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """The text being typed; a capital K is a letter here, a small one kills as everywhere."""

    text: str
    touched_at: float

    def after_key(self, *, key: str, character: str | None, now: float) -> "FilterField":
        """The field once a key has been typed into it."""
        text = self.text
        if key == "backspace":
            text = text[:-1]
        elif character is not None and character.isprintable():
            text = (text + character)[:_TEXT_MAX]
        return replace(self, text=text, touched_at=now)

    def is_over(self, now: float) -> bool:
        """True when nobody has typed for so long that the field would only catch stray keys."""
        return now - self.touched_at >= FILTER_CLOSES_AFTER_S


class QuitChoice(Enum):
    """Ways out; the value is what the trader reads."""

    STAY = "stay"
    DETACH = "detach: the engine goes on quoting"
    PAUSE_AND_QUIT = "pause all and quit: nothing is quoted"
    STOP_ENGINE = "stop the engine and quit: cancel everything, prove it, end"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuitQuestion:
    """How to leave; the cursor starts on staying."""

    opened_at: float
    chosen: int = 0

    def is_armed(self, now: float) -> bool:
        """False while a key could have been typed before the question was seen."""
        return now - self.opened_at >= ARMING_S

    def moved(self, by: int) -> "QuitQuestion":
        """The question with the cursor on another choice."""
        return replace(self, chosen=(self.chosen + by) % len(QuitChoice))

    @property
    def choice(self) -> QuitChoice:
        """What Enter would do."""
        return list(QuitChoice)[self.chosen]

    @property
    def dialog(self) -> Dialog:
        """The question as a box."""
        return Dialog(
            title="Leave the desk?",
            lines=("Up, Down and Enter. Esc stays. k = KILL",),
            choices=tuple(choice.value for choice in QuitChoice),
            chosen=self.chosen,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeQuestion:
    """The word that makes the desk quote again; it contains no k, so k still kills here."""

    opened_at: float
    typed: str = ""

    def is_armed(self, now: float) -> bool:
        """False while a key could have been typed before the question was seen."""
        return now - self.opened_at >= ARMING_S

    @property
    def is_complete(self) -> bool:
        """True when the word stands there in full."""
        return self.typed == RESUME_WORD

    def after_key(self, *, key: str, character: str | None) -> "ResumeQuestion":
        """The question once a key has been typed."""
        if key == "backspace":
            return replace(self, typed=self.typed[:-1])
        if character is not None and character.isascii() and character.isalpha():
            return replace(self, typed=(self.typed + character.upper())[: len(RESUME_WORD)])
        return self

    def dialog(self, *, locked_because: str, undoes: str) -> Dialog:
        """The question as a box; a locked one says why and takes no word."""
        if locked_because:
            return Dialog(
                title="Resume is locked",
                lines=(locked_because, "", "Esc closes. k = KILL again"),
            )
        return Dialog(
            title="Resume quoting?",
            lines=(
                undoes,
                "",
                f"Type {RESUME_WORD} and Enter:  {self.typed}_",
                "",
                "Esc closes. k = KILL",
            ),
        )


_FIELDS: Final = ("spread, +ticks", "size", "max position")
_WHOLE: Final = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditForm:
    """Three numbers of one market, typed with digits, point and minus alone, so that k kills.

    The spread is in ticks on top of the strategy's own. An empty field leaves its parameter alone.
    """

    row: MarketRow
    texts: tuple[str, ...] = field(default=("", "", ""))
    active: int = 0
    complaint: str = ""

    def moved(self, by: int) -> "EditForm":
        """The form with the next or the previous field active."""
        return replace(self, active=(self.active + by) % len(_FIELDS), complaint="")

    def after_key(self, *, key: str, character: str | None) -> "EditForm":
        """The form once a key has been typed."""
        text = self.texts[self.active]
        if key == "backspace":
            text = text[:-1]
        elif character is not None and character in "0123456789.-":
            text = (text + character)[:12]
        texts = tuple(text if i == self.active else old for i, old in enumerate(self.texts))
        return replace(self, texts=texts, complaint="")

    def action(self) -> EditParameters | None:
        """What the form asks for; None when every field was left alone.

        Raises:
            ValueError: a field does not hold a number it could set.
        """
        spread, size, most = self.texts
        if not any(self.texts):
            return None
        return EditParameters(
            contract=self.row.contract,
            spread_ticks=_whole(spread, name=_FIELDS[0]) if spread else None,
            size=_quantity(size, name=_FIELDS[1]) if size else None,
            max_position=_quantity(most, name=_FIELDS[2]) if most else None,
        )

    @property
    def dialog(self) -> Dialog:
        """The form as a box."""
        now = (
            f"{self.row.spread_ticks:+d}",
            quantity(self.row.size),
            quantity(self.row.max_position),
        )
        fields = tuple(
            f"{name:<14}{before:>8} -> {text}{'_' if i == self.active else ''}"
            for i, (name, before, text) in enumerate(zip(_FIELDS, now, self.texts, strict=True))
        )
        return Dialog(
            title=f"Edit {contract_name(self.row.contract)}",
            lines=(self.complaint or "Tab moves, Enter goes on, Esc closes. k = KILL",),
            choices=fields,
            chosen=self.active,
        )


def _whole(text: str, *, name: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(f"{name} must be a whole number, not {text}")
    return int(text)


def _quantity(text: str, *, name: str) -> Qty:
    try:
        value = qty(text)
    except ValueError as error:
        raise ValueError(f"{name} must be a number, not {text}") from error
    if value < 0:
        raise ValueError(f"{name} cannot be negative: {text}")
    return value
