"""A box over the body: a title, some lines, and choices of which one is highlighted."""

from textual.strip import Strip

from tui_mm.ui.line import row, shown
from tui_mm.ui.look import Glyphs, Styles
from tui_mm.ui.scene import Dialog

_WIDTH = 68


def draw(dialog: Dialog, *, glyphs: Glyphs, width: int) -> list[Strip]:
    """The box, as wide as it wants to be or the screen allows."""
    inner = min(_WIDTH, width - 4)
    edge = "+" + "-" * inner + "+"
    rows = [row(inner + 2, (edge, Styles.bold))]
    rows.append(_inside(shown(dialog.title, glyphs), inner, is_bold=True))
    for index, choice in enumerate(dialog.choices):
        is_chosen = index == dialog.chosen
        mark = ">" if is_chosen else " "
        rows.append(_inside(f"{mark} {_spaced(choice, glyphs)}", inner, is_bold=is_chosen))
    rows += [_inside(_spaced(line, glyphs), inner, is_bold=False) for line in dialog.lines]
    rows.append(row(inner + 2, (edge, Styles.bold)))
    return rows


def _inside(text: str, inner: int, *, is_bold: bool) -> Strip:
    style = Styles.bold if is_bold else Styles.plain
    body = row(inner - 1, (text, style))
    return Strip.join([row(2, ("| ", Styles.bold)), body, row(1, ("|", Styles.bold))])


def _spaced(text: str, glyphs: Glyphs) -> str:
    """Harmless text whose columns keep their place: runs of spaces stay as they are."""
    return " ".join(shown(word, glyphs) for word in text.split(" "))
