"""Whether the desk itself can be trusted: engine, socket, kill line, terminal, feeds."""

from textual.strip import Strip

from tui_mm.ui.format import NOTHING, age_of_ms, clock_with_ms, contract_name
from tui_mm.ui.line import Piece, filled, heading, left, row, shown
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Attachment, Scene, View


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """One line for each thing the trader relies on."""
    rows = [heading("[6]Health", width, glyphs=scene.glyphs, is_active=scene.view is View.HEALTH)]
    rows += [
        row(width, (f"  {left(name, 22)}", Styles.dim), piece) for name, piece in _facts(scene)
    ]
    rows += [row(width), row(width, (f"  {left('Book ages', 22)}", Styles.dim))]
    for market in scene.snapshot.markets if scene.snapshot else ():
        age = NOTHING if market.book_age_ms is None else age_of_ms(market.book_age_ms)
        name = shown(contract_name(market.contract), scene.glyphs)
        rows.append(
            row(width, (f"    {left(name, 30)} {age:>6}  {market.state.value}", Styles.plain))
        )
    return filled(rows, width=width, height=height)


def _facts(scene: Scene) -> list[tuple[str, Piece]]:
    link, terminal, snapshot = scene.link, scene.terminal, scene.snapshot
    is_attached = link.attachment is Attachment.ATTACHED
    attached = ("ok", Styles.plain) if is_attached else (link.attachment.value, Styles.danger)
    kill_line = (
        ("open: one byte from the key to the engine", Styles.plain)
        if link.kill_line_is_open
        else ("CLOSED: k goes over the other connection", Styles.danger)
    )
    draining = (
        ("ok", Styles.plain) if terminal.is_draining else ("STALLED: no heartbeat", Styles.danger)
    )
    facts: list[tuple[str, Piece]] = [
        ("Engine", attached),
        ("Last picture", (f"{link.silent_s}s ago, {link.pictures} so far", Styles.plain)),
        ("Reconnects", (f"{link.reconnects}", Styles.plain)),
        ("Kill line", kill_line),
        ("Terminal", draining),
        ("  waiting to be taken", (f"{terminal.backlog_bytes} bytes", Styles.plain)),
        ("  written", (f"{terminal.written_bytes // 1024} KB", Styles.plain)),
        ("  dropped writes", (f"{terminal.dropped_writes}", Styles.plain)),
    ]
    if not is_attached:
        facts.insert(1, ("  because", (shown(link.why, scene.glyphs), Styles.warning)))
    if snapshot is not None:
        facts += [
            ("Session", (shown(snapshot.session, scene.glyphs), Styles.plain)),
            ("Venue", (shown(snapshot.venue, scene.glyphs), Styles.plain)),
            ("Mode", (snapshot.mode.value.upper(), Styles.plain)),
            ("Picture", (f"{snapshot.seq} of {clock_with_ms(snapshot.at)}Z", Styles.plain)),
        ]
    return facts
