"""Panes as functions: exact sizes, nothing sheared, nothing told by colour alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.samples import (
    HOSTILE,
    changed,
    empty_snapshot,
    hostile_snapshot,
    kill,
    markets,
    proven_kill,
    snapshot,
)
from tui_mm.domain.mode import TradingMode
from tui_mm.domain.units import Price
from tui_mm.engine.snapshot import Snapshot
from tui_mm.ui.alerts import alerts
from tui_mm.ui.layout import frame
from tui_mm.ui.line import shown
from tui_mm.ui.look import ASCII, UNICODE, Glyphs
from tui_mm.ui.scene import Alert, Attachment, Dialog, Link, Prompt, Scene, View
from tui_mm.ui.scene import Terminal as TerminalState

ATTACHED = Link(attachment=Attachment.ATTACHED)
PICTURES = {
    "full": snapshot(),
    "empty": empty_snapshot(),
    "killing": snapshot(kill=kill()),
    "killed": snapshot(kill=proven_kill()),
    "hostile": hostile_snapshot(),
}


def scene_of(picture: Snapshot, view: View = View.MARKETS, glyphs: Glyphs = UNICODE) -> Scene:
    """The scene of a desk that has just received this picture."""
    waiting = alerts(picture)
    return Scene(
        glyphs=glyphs,
        snapshot=picture,
        view=view,
        markets=picture.markets,
        orders=picture.orders,
        selected=picture.markets[0].contract if picture.markets else None,
        selected_order=picture.orders[0].client_order_id if picture.orders else None,
        alert=waiting[0] if waiting else None,
        alerts_waiting=len(waiting),
        link=ATTACHED,
    )


def text_of(scene: Scene, *, width: int = 80, height: int = 24) -> str:
    """The frame as the trader reads it."""
    return "\n".join(strip.text for strip in frame(scene, width=width, height=height))


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES.keys())
@pytest.mark.parametrize("size", [(80, 24), (80, 20), (120, 40), (200, 60)], ids=str)
def test_every_row_of_every_screen_is_exactly_as_wide_as_the_terminal(
    view: View, picture: Snapshot, size: tuple[int, int]
) -> None:
    """One cell too many shears everything to its right; hostile titles included."""
    width, height = size
    rows = frame(scene_of(picture, view), width=width, height=height)
    assert [strip.cell_length for strip in rows] == [width] * height
    assert [cell_len(strip.text) for strip in rows] == [width] * height


@given(
    width=st.integers(1, 230),
    height=st.integers(1, 70),
    view=st.sampled_from(View),
    picture=st.sampled_from(sorted(PICTURES)),
    has_dialog=st.booleans(),
    has_help=st.booleans(),
)
def test_any_size_of_window_is_filled_exactly(
    width: int, height: int, view: View, picture: str, has_dialog: bool, has_help: bool
) -> None:
    """A window may be dragged to any size at any moment."""
    dialog = Dialog(title="t", lines=("a", "b"), choices=("one", "two"), chosen=0)
    scene = replace(
        scene_of(PICTURES[picture], view),
        dialog=dialog if has_dialog else None,
        has_help=has_help,
    )
    rows = frame(scene, width=width, height=height)
    assert [strip.cell_length for strip in rows] == [width] * height


@pytest.mark.parametrize("view", View)
def test_every_piece_of_text_has_a_style(view: View) -> None:
    """A segment without one makes Textual raise where NO_COLOR is set."""
    for strip in frame(scene_of(PICTURES["killing"], view), width=120, height=40):
        assert all(segment.style is not None for segment in strip)


@given(st.text(max_size=80))
def test_no_text_of_others_keeps_a_character_that_could_act(text: str) -> None:
    """Whatever a venue writes, a row gets printable characters of a known width."""
    for glyphs in (UNICODE, ASCII):
        harmless = shown(text, glyphs)
        assert harmless.isprintable()
        assert all(cell_len(char) > 0 for char in harmless)
    assert shown(text, ASCII).isascii()


@pytest.mark.parametrize("view", View)
def test_an_ascii_terminal_gets_ascii_only(view: View) -> None:
    """Other characters would arrive as escapes and shear the screen."""
    assert text_of(scene_of(PICTURES["hostile"], view, ASCII), width=120, height=40).isascii()


def test_markup_in_a_title_is_shown_as_it_is() -> None:
    """Text of others is never parsed."""
    rows = tuple(changed(row, title=HOSTILE[0]) for row in markets())
    assert "[/b] [@click=app.quit]markup[/]" in text_of(scene_of(snapshot(markets=rows)))


def test_paper_and_live_differ_by_word_and_by_shape() -> None:
    """A photograph in black and white must tell them apart."""
    paper = frame(scene_of(snapshot()), width=80, height=24)[0].text
    live = frame(scene_of(snapshot(is_paper=False)), width=80, height=24)[0].text
    assert paper.startswith("PAPER ")
    assert live.startswith("LIVE ")
    assert UNICODE.hatch in paper
    assert UNICODE.hatch not in live


def test_a_kill_in_progress_and_a_proven_one_do_not_look_alike() -> None:
    """Different word, different frame, and the proof spelt out or missed."""
    killing = text_of(scene_of(PICTURES["killing"], View.KILL))
    killed = text_of(scene_of(PICTURES["killed"], View.KILL))
    assert "K I L L I N G" in killing
    assert "NOT PROVEN: 1 orders may rest, 1 of them unknown" in killing
    assert "LOCKED: 1 order may still rest" in killing
    assert "~~~~" in killing
    assert "K I L L E D" in killed
    assert "NOT PROVEN" not in killed
    assert "####" in killed


@pytest.mark.parametrize("view", [view for view in View if view is not View.KILL])
def test_a_kill_shows_on_every_other_screen(view: View) -> None:
    """Two rows of banner, with the missing proof in words."""
    rows = frame(scene_of(PICTURES["killing"], view), width=80, height=24)
    assert "KILLING" in rows[2].text
    assert "NOT PROVEN" in rows[2].text
    assert "k sends the cancels again" in rows[3].text


@pytest.mark.parametrize("size", [(79, 24), (80, 19), (30, 6)], ids=str)
def test_a_window_that_is_too_small_still_shows_what_matters(size: tuple[int, int]) -> None:
    """State, profit, order count, and the key."""
    width, height = size
    text = text_of(scene_of(snapshot()), width=width, height=height)
    for part in ("[k KILL]", "PAPER QUOTING 4/8", "PnL +42.18", "Ord 4"):
        assert part in text


def test_inventory_and_state_never_leave_the_list() -> None:
    """What is held and what is going on survive at the narrowest width."""
    text = text_of(scene_of(snapshot()))
    titles = next(line for line in text.splitlines() if "Market " in line)
    for column in ("Bid", "Ask", "MyBid", "MyAsk", "Inv", "State"):
        assert column in titles


def test_prices_are_cents_with_the_decimals_they_need() -> None:
    """47 and 3.2, never 0.4700."""
    line = next(row for row in text_of(scene_of(snapshot())).splitlines() if "T2.7" in row)
    assert "3.2  3.8" in line
    assert "3.2x50" in line


def test_a_side_that_is_not_quoted_says_why() -> None:
    """The selected market's reason stands below the list."""
    picture = snapshot()
    scene = replace(scene_of(picture), selected=picture.markets[2].contract)
    assert "ASKONLY: inventory limit" in text_of(scene)


def test_an_age_is_shown_only_when_it_matters() -> None:
    """A column of ticking ages would repaint every row for nothing."""
    text = text_of(scene_of(snapshot()))
    fresh = next(row for row in text.splitlines() if "> FED" in row)
    stale = next(row for row in text.splitlines() if "STALE!" in row)
    assert fresh.rstrip().endswith("QUOTE")
    assert stale.rstrip().endswith("4s")


def test_empty_screens_name_the_next_key() -> None:
    """Nothing is a state too."""
    picture = empty_snapshot()
    assert "5 shows its log" in text_of(scene_of(picture))
    assert "1 shows them" in text_of(scene_of(picture, View.ORDERS))
    assert "2 shows what rests" in text_of(scene_of(picture, View.FILLS))


def test_a_lost_engine_is_said_in_words_and_the_picture_is_called_old() -> None:
    """A frozen picture must not pass for a quiet market."""
    gone = Link(attachment=Attachment.GONE, silent_s=12, why="the engine closed the connection")
    scene = replace(scene_of(snapshot()), link=gone)
    text = text_of(scene)
    assert "ENGINE GONE 12s" in text
    assert "this picture is old and orders may rest" in text
    assert "the engine closed the connection" in text_of(replace(scene, view=View.HEALTH))


def test_an_undelivered_kill_is_the_loudest_thing_on_the_screen() -> None:
    """Believing that a kill arrived is worse than knowing that it did not."""
    scene = replace(scene_of(snapshot()), kill_note="KILL NOT DELIVERED: no engine")
    assert "KILL NOT DELIVERED" in text_of(scene)
    assert "KILL NOT DELIVERED" in text_of(replace(scene, view=View.KILL))
    assert "KILL NOT DELIVERED" in text_of(scene, width=40, height=10)


def test_own_orders_are_marked_in_the_ladder_and_show_their_queue() -> None:
    """By an asterisk and by their column, not by colour."""
    text = text_of(replace(scene_of(snapshot(), View.DETAIL), ladder_centre=Price(4_200)))
    ask = next(row for row in text.splitlines() if "|  43<|" in row)
    bid = next(row for row in text.splitlines() if "|  41 |" in row)
    assert "*50 q=120" in ask
    assert "q=35  *50   180" in bid


def test_a_reached_limit_is_marked_and_says_what_happens() -> None:
    """A full bar, an arrow and a sentence."""
    text = text_of(scene_of(snapshot(), View.RISK))
    line = next(row for row in text.splitlines() if "position" in row and "500" in row)
    assert f"[{UNICODE.full * 10}]<-quote one side" in line


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"is_all_paused": True}, "PAUSED"),
        ({"is_lease_lost": True}, "OPERATOR LOST"),
        ({"mode": TradingMode.HALTED}, "HALTED"),
        ({"mode": TradingMode.REDUCING}, "REDUCING 4/8"),
        ({"kill": kill()}, "KILLING"),
    ],
)
def test_every_state_of_the_engine_has_its_own_word(values: dict[str, object], word: str) -> None:
    """The top left cells answer what is going on."""
    first = frame(scene_of(snapshot(**values)), width=80, height=24)[0].text
    assert first.startswith(f"PAPER {word} ")


def test_a_stalled_terminal_can_be_seen_afterwards() -> None:
    """Dropped frames are counted where the trader can look."""
    terminal = TerminalState(backlog_bytes=9, dropped_writes=7, is_draining=False)
    text = text_of(replace(scene_of(snapshot(), View.HEALTH), terminal=terminal))
    assert "STALLED" in text
    assert "dropped writes      7" in text


def test_one_long_alert_keeps_its_keys_in_sight() -> None:
    """The text is cut, not the way to get rid of it."""
    alert = Alert(key="x", severity=alerts(snapshot())[0].severity, text="long " * 60)
    rows = frame(replace(scene_of(snapshot()), alert=alert), width=80, height=24)
    assert rows[2].text.endswith("n next  a ack")


def test_the_prompt_line_stands_above_the_keys_at_every_size() -> None:
    """The eye finds a staged change where it always is."""
    scene = replace(scene_of(snapshot()), prompt=Prompt(text="staged something"))
    for width, height in ((80, 24), (120, 40), (200, 60)):
        assert frame(scene, width=width, height=height)[-2].text.startswith("staged something")
