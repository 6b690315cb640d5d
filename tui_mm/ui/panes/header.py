"""The first rows of every screen: state and lights, money, and the one alert.

The top left cell says PAPER or LIVE by its word and by its shape: paper fills the rest of the row
with a hatch, so that a photograph or a screen without colour tells them apart.
"""

from textual.strip import Strip

from tui_mm.domain.mode import TradingMode
from tui_mm.engine.snapshot import KillReport, QuotingState, Severity, Snapshot
from tui_mm.ui.format import clock, dollars, signed_dollars
from tui_mm.ui.line import Piece, row, shown
from tui_mm.ui.look import Styles
from tui_mm.ui.scene import Attachment, Scene, View

SILENT_AFTER_S = 3  # the engine sends several pictures a second; this is no hiccup
_QUOTING = frozenset({QuotingState.QUOTE, QuotingState.BID_ONLY, QuotingState.ASK_ONLY})
_FEED_TROUBLE = (QuotingState.GAP, QuotingState.CROSSED, QuotingState.STALE)


def draw(scene: Scene, *, width: int) -> list[Strip]:
    """State, money, and the alert; after a kill two rows of banner stand in the alert's place."""
    snapshot = scene.snapshot
    if snapshot is None:
        return _waiting(scene, width=width)
    rows = [_state_row(scene, snapshot, width=width), _money_row(snapshot, width=width)]
    if snapshot.kill is not None and scene.view is not View.KILL:
        return rows + _banner(scene, snapshot.kill, width=width)
    return [*rows, _alert_row(scene, width=width)]


def state_word(snapshot: Snapshot) -> Piece:
    """What the engine is doing, in one word that differs for every state."""
    if snapshot.kill is not None:
        return kill_word(snapshot.kill)
    if snapshot.is_all_paused:
        return "PAUSED", Styles.warning
    if snapshot.is_lease_lost:
        return "OPERATOR LOST", Styles.danger
    if snapshot.mode is TradingMode.HALTED:
        return "HALTED", Styles.danger
    quoting = sum(row.state in _QUOTING for row in snapshot.markets)
    count = f"{quoting}/{len(snapshot.markets)}"
    if snapshot.mode is TradingMode.REDUCING:
        return f"REDUCING {count}", Styles.warning
    return f"QUOTING {count}", Styles.bold


def kill_word(kill: KillReport) -> Piece:
    """A kill is only done when it is proven; until then it looks different."""
    if kill.proven_at is None:
        return "KILLING", Styles.killing
    return "KILLED", Styles.killed


def order_count(snapshot: Snapshot) -> str:
    """Live orders, and how many of them nobody can vouch for."""
    unknown = snapshot.kill.orders_unknown if snapshot.kill else 0
    return f"Ord {len(snapshot.orders)}" + (f" ({unknown} unknown)" if unknown else "")


def _state_row(scene: Scene, snapshot: Snapshot, *, width: int) -> Strip:
    word = ("PAPER", Styles.reverse) if snapshot.is_paper else ("LIVE", Styles.danger)
    pieces: list[Piece] = [word, (" ", Styles.plain), state_word(snapshot)]
    for light in (*_venue_lights(scene, snapshot), _engine_light(scene)):
        pieces += [(" | ", Styles.dim), light]
    if scene.is_locked:
        pieces += [(" | ", Styles.dim), ("LOCKED", Styles.warning)]
    time_of_day = f" {clock(snapshot.at)}Z"
    if width >= 120:
        time_of_day = f" {shown(snapshot.session, scene.glyphs)} | UTC {clock(snapshot.at)}"
    used = sum(len(text) for text, _ in pieces)
    free = max(0, width - used - len(time_of_day) - 1)
    hatch = scene.glyphs.hatch if snapshot.is_paper else " "
    return row(width, *pieces, (" " + hatch * free, Styles.dim), (time_of_day, Styles.plain))


def _venue_lights(scene: Scene, snapshot: Snapshot) -> list[Piece]:
    """One light per venue: its worst kind of trouble, and how many of its markets have it."""
    lights: list[Piece] = []
    for venue in sorted({market.venue for market in snapshot.markets}):
        markets = [market for market in snapshot.markets if market.venue == venue]
        states = {market.state for market in markets}
        trouble = next((state for state in _FEED_TROUBLE if state in states), None)
        name = shown(venue, scene.glyphs).upper()[:10]
        if trouble is None:
            lights.append((f"{name} ok", Styles.plain))
        else:
            count = sum(market.state is trouble for market in markets)
            word = f"{name} {trouble.value.rstrip('!')} {count}/{len(markets)}"
            lights.append((word, Styles.warning))
    return lights


def _engine_light(scene: Scene) -> Piece:
    link = scene.link
    if link.attachment is not Attachment.ATTACHED:
        return f"ENGINE GONE {link.silent_s}s", Styles.danger
    if link.silent_s >= SILENT_AFTER_S:
        return f"ENG SILENT {link.silent_s}s", Styles.warning
    return "ENG ok", Styles.plain


def _money_row(snapshot: Snapshot, *, width: int) -> Strip:
    pnl = snapshot.pnl
    today = Styles.own_bid if pnl.today >= 0 else Styles.own_ask
    pieces: list[Piece] = [
        ("PnL day ", Styles.plain),
        (signed_dollars(pnl.today), today),
        (
            f"  rlz {signed_dollars(pnl.realised)} unr {signed_dollars(pnl.unrealised)}",
            Styles.plain,
        ),
    ]
    if width >= 100:
        fees = f"  fees {dollars(pnl.fees)}  session {signed_dollars(pnl.total)}"
        pieces.append((fees, Styles.plain))
    parts = [f"Worst {dollars(snapshot.worst_case)}", order_count(snapshot)]
    if width >= 100:
        parts.insert(0, f"Cash {dollars(snapshot.cash)}")
        parts.append(f"Fills {snapshot.fills_count}")
    for part in parts:
        pieces += [(" | ", Styles.dim), (part, Styles.plain)]
    return row(width, *pieces)


def _alert_row(scene: Scene, *, width: int) -> Strip:
    if scene.kill_note:
        return row(width, (f"! {scene.kill_note}", Styles.killing), fill=Styles.killing)
    if scene.link.attachment is not Attachment.ATTACHED:
        text = "! ENGINE GONE: this picture is old and orders may rest. Shell: tui-mm status"
        return row(width, (text, Styles.danger), fill=Styles.danger)
    if scene.alert is None:
        return row(width)
    keys = f"  {scene.alerts_waiting}: n next  a ack"
    style = Styles.danger if scene.alert.severity is Severity.ALARM else Styles.warning
    text = f"! {shown(scene.alert.text, scene.glyphs)}"
    body = row(max(0, width - len(keys)), (text, style))
    return Strip.join([body, row(len(keys), (keys, Styles.dim))])


def _banner(scene: Scene, kill: KillReport, *, width: int) -> list[Strip]:
    word, style = kill_word(kill)
    source = shown(kill.source, scene.glyphs)
    if kill.proven_at is None:
        proof = f"NOT PROVEN: {kill.orders_live} live, {kill.orders_unknown} unknown may rest"
    else:
        proof = f"proven at {clock(kill.proven_at)}Z: no order rests"
    first = f" {word}  {clock(kill.killed_at)}Z by {source}   {proof}"
    second = " Nothing is quoted. k sends the cancels again and shows how far it is; R resumes."
    return [row(width, (text, style), fill=style) for text in (first, second)]


def _waiting(scene: Scene, *, width: int) -> list[Strip]:
    note = scene.kill_note or shown(scene.link.why, scene.glyphs)
    return [
        row(width, ("CONNECTING to the engine", Styles.reverse)),
        row(width),
        row(width, (note, Styles.warning)),
    ]
