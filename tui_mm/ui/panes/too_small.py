"""The screen for windows that are too small: what matters most, and the key that still works."""

from textual.strip import Strip

from tui_mm.ui.format import signed_dollars
from tui_mm.ui.line import filled, row
from tui_mm.ui.look import Styles
from tui_mm.ui.panes.header import order_count, state_word
from tui_mm.ui.scene import Attachment, Scene

WIDTH_MIN = 80
HEIGHT_MIN = 20


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """State, profit, orders, the kill key, and the way out, most needed first."""
    snapshot = scene.snapshot
    rows = [row(width, ("[k KILL]", Styles.reverse))]
    if scene.link.attachment is not Attachment.ATTACHED:
        rows.append(row(width, (f"ENGINE {scene.link.attachment.value}", Styles.danger)))
    if scene.kill_note:
        rows.append(row(width, (scene.kill_note, Styles.killing)))
    if snapshot is not None:
        paper = "PAPER" if snapshot.is_paper else "LIVE"
        rows += [
            row(width, (f"{paper} ", Styles.bold), state_word(snapshot)),
            row(width, (f"PnL {signed_dollars(snapshot.pnl.today)}", Styles.plain)),
            row(width, (order_count(snapshot), Styles.plain)),
        ]
    size = f"Make the window larger: {width}x{height} is below {WIDTH_MIN}x{HEIGHT_MIN}."
    rows.append(row(width, (size, Styles.plain)))
    return filled(rows, width=width, height=height)
