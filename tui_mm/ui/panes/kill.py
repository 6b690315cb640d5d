"""The kill screen: what has been done, what is proven, and why resuming is locked.

KILLING (not proven) and KILLED (proven) differ by word, frame and colour, and nothing on this
screen says "done" before a complete read of the venue has shown it.
"""

from textual.strip import Strip

from tui_mm.engine.snapshot import KillReport, Snapshot
from tui_mm.ui.format import clock_with_ms, dollars
from tui_mm.ui.line import Piece, filled, left, row, shown
from tui_mm.ui.look import Styles
from tui_mm.ui.panes.header import kill_word
from tui_mm.ui.scene import Scene


def draw(scene: Scene, *, width: int, height: int) -> list[Strip]:
    """The report of the engine, or the wait for its first word."""
    snapshot = scene.snapshot
    if snapshot is None or snapshot.kill is None:
        return filled(_not_reported(scene, width=width), width=width, height=height)
    rows = [
        *_sign(scene, snapshot.kill, width=width),
        row(width),
        *_steps(snapshot.kill, width=width),
        row(width),
        *_what_stays(scene, snapshot, snapshot.kill, width=width),
    ]
    return filled(rows, width=width, height=height)


def _not_reported(scene: Scene, *, width: int) -> list[Strip]:
    if not scene.kill_note:
        return [row(width), row(width, ("  Nothing is killed. k kills.", Styles.plain))]
    return [
        row(width, fill=Styles.killing),
        row(width, (f"   {scene.kill_note}", Styles.killing), fill=Styles.killing),
        row(width, fill=Styles.killing),
        row(width),
        row(width, ("  k sends it again. From any shell: tui-mm kill", Styles.bold)),
    ]


def _sign(scene: Scene, kill: KillReport, *, width: int) -> list[Strip]:
    word, style = kill_word(kill)
    is_proven = kill.proven_at is not None
    edge = "#" if is_proven else "~"
    press = f"press #{kill.presses}" if kill.presses else "no key"
    source = shown(kill.source, scene.glyphs)
    spaced = " ".join(word)
    text = f"   {spaced}    {clock_with_ms(kill.killed_at)}Z  by {source}  ({press})"
    proof = (
        f"   PROVEN: at {clock_with_ms(kill.proven_at)}Z a complete read showed no order of ours"
        if kill.proven_at is not None
        else f"   NOT PROVEN: {kill.orders_live} orders may rest, "
        f"{kill.orders_unknown} of them unknown"
    )
    return [
        row(width, (edge * width, style)),
        row(width, (f"{edge * 2}{text}", style), fill=style),
        row(width, (f"{edge * 2}{proof}", style), fill=style),
        row(width, (edge * width, style)),
    ]


def _steps(kill: KillReport, *, width: int) -> list[Strip]:
    cancels = f"{kill.cancels_confirmed} of {kill.cancels_sent}"
    seen = "-" if kill.open_at_venue is None else str(kill.open_at_venue)
    steps = (
        ("Gate closed: no new orders", True, "at the key"),
        (
            "Cancels sent",
            kill.cancels_sent > 0 or kill.proven_at is not None,
            str(kill.cancels_sent),
        ),
        ("Cancels confirmed", kill.cancels_confirmed >= kill.cancels_sent, cancels),
        (
            "Orders of ours that may live",
            kill.orders_live == 0 and kill.orders_unknown == 0,
            f"{kill.orders_live} live, {kill.orders_unknown} unknown",
        ),
        (
            "Venue asked what rests",
            kill.proven_at is not None,
            f"{seen} open in the last of {kill.reads} reads",
        ),
        ("Saved to disk: survives a restart", kill.latch_saved, "kill.json"),
    )
    rows: list[Strip] = []
    for number, (name, is_done, figure) in enumerate(steps, start=1):
        state: Piece = ("DONE   ", Styles.plain) if is_done else ("WAITING", Styles.warning)
        rows.append(
            row(
                width,
                (f"  {number}  {left(name, 34)} ", Styles.plain),
                state,
                (f"  {figure}", Styles.plain),
            )
        )
    return rows


def _what_stays(scene: Scene, snapshot: Snapshot, kill: KillReport, *, width: int) -> list[Strip]:
    held = sum(market.inventory != 0 for market in snapshot.markets)
    lock = shown(kill.resume_locked, scene.glyphs)
    resume: Piece = (
        (f"  R   resume is LOCKED: {lock}", Styles.warning)
        if lock
        else ("  R   resume: type the word and Enter", Styles.plain)
    )
    return [
        row(width, (f"  Fills since the kill: {kill.fills_since}", Styles.plain)),
        row(
            width,
            (
                f"  Inventory stays: {held} markets held, worst {dollars(snapshot.worst_case)}",
                Styles.plain,
            ),
        ),
        row(width),
        row(width, ("  k   send the whole cancel sweep again (safe, any time)", Styles.plain)),
        row(width, resume),
        row(width, ("  1-6 other screens   q   leave (stays killed)", Styles.plain)),
    ]
