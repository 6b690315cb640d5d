"""What happened, in sentences; follows the newest line until the trader scrolls up."""

from textual.strip import Strip

from tui_mm.engine.snapshot import LogLine, Severity
from tui_mm.ui.format import clock, clock_with_ms
from tui_mm.ui.line import filled, heading, row, shown
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Scene, View

_WORDS = {
    Severity.INFO: ("     ", Styles.plain),
    Severity.WARNING: ("WARN ", Styles.warning),
    Severity.ALARM: ("ALARM", Styles.danger),
}


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """The last lines that fit, or those scrolled to."""
    skipped = scene.log_skipped if scene.view is View.LOG else 0
    state = f"{skipped} newer below: End follows" if skipped else "FOLLOW"
    rows = [
        heading(f"[5]Log  {state}", width, glyphs=scene.glyphs, is_active=scene.view is View.LOG)
    ]
    lines = _in_order(scene)
    if not lines:
        rows.append(row(width, (" Nothing has happened yet.", Styles.plain)))
        return filled(rows, width=width, height=height)
    end = len(lines) - skipped
    for line in lines[max(0, end - (height - len(rows))) : end]:
        word, style = _WORDS[line.severity]
        rows.append(
            row(
                width,
                (f"{clock_with_ms(line.at)} ", Styles.dim),
                (word, style),
                (f" {shown(line.text, scene.glyphs)}", Styles.plain),
            )
        )
    return filled(rows, width=width, height=height)


def summary(scene: Scene) -> str:
    """The newest line."""
    lines = _in_order(scene)
    if not lines:
        return "[5]Log: nothing yet"
    return f"[5]Log: {clock(lines[-1].at)} {shown(lines[-1].text, scene.glyphs)}"


def _in_order(scene: Scene) -> list[LogLine]:
    lines = scene.snapshot.log if scene.snapshot else ()
    return sorted(lines, key=lambda line: line.seq)
