"""The last two rows of every screen: the prompt line and the keys, kill first."""

from textual.strip import Strip

from tui_mm.ui.actions import VERBS, Direction, footer_items
from tui_mm.ui.line import Piece, row, shown
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Scene, Tone, View

_TONES = {
    Tone.QUIET: Styles.plain,
    Tone.STAGED: Styles.staged,
    Tone.PROMPT: Styles.bold,
    Tone.REFUSED: Styles.warning,
}
_HELP = "? help"


def draw(scene: Scene, *, width: int) -> list[Strip]:
    """What waits for Enter or was answered last, and what the keys do here."""
    tone = Styles.dim if scene.prompt.tone is Tone.QUIET else _TONES[scene.prompt.tone]
    text = " ".join(shown(word, scene.glyphs) for word in scene.prompt.text.split(" "))
    prompt = row(width, (text, tone))
    return [prompt, _keys(scene, width=width)]


def _keys(scene: Scene, *, width: int) -> Strip:
    is_killed = scene.snapshot is not None and scene.snapshot.kill is not None
    kill = "[k SWEEP AGAIN]" if is_killed and scene.view is View.KILL else "[k KILL]"
    pieces: list[Piece] = [(kill, Styles.reverse)]
    room = width - len(kill) - len(_HELP) - 1
    for item in footer_items(scene.view):
        if item == _HELP or len(item) + 1 > room:
            continue
        style = Styles.ask if item in _RISKY else Styles.plain
        pieces.append((f" {item}", style))
        room -= len(item) + 1
    pieces.append((f" {_HELP}", Styles.plain))
    return row(width, *pieces)


_RISKY = frozenset(verb.footer for verb in VERBS if verb.direction is Direction.RISKY)
