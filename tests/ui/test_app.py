"""The desk and an engine over a real socket: keys become actions, pictures become a screen."""

from pathlib import Path

import pytest
from textual import events

from tests.ui.attached import attached
from tests.ui.samples import changed, kill, market, markets, proven_kill, snapshot
from tui_mm.domain.operator import (
    CancelOrders,
    ChangeSpread,
    EditParameters,
    Kill,
    Pause,
    PauseAll,
    Resume,
)
from tui_mm.domain.units import qty
from tui_mm.ui.app import CRASH_FILE, DeskApp
from tui_mm.ui.effects import DeskResult
from tui_mm.ui.look import UNICODE
from tui_mm.ui.scene import Attachment, View

FOCUS_STATES: dict[str, tuple[str, ...]] = {
    "main screen": (),
    "filter": ("slash", "f"),
    "edit form": ("e", "4"),
    "quit question": ("q",),
    "help": ("question_mark",),
    "market detail": ("enter",),
    "orders": ("2",),
    "fills": ("3",),
    "risk": ("4",),
    "log": ("5",),
    "health": ("6",),
    "staged change": ("t",),
    "locked": ("ctrl+g",),
    "zoomed": ("v",),
}


@pytest.mark.parametrize("keys", FOCUS_STATES.values(), ids=FOCUS_STATES.keys())
async def test_k_kills_whatever_is_open(keys: tuple[str, ...]) -> None:
    """One press, one byte at the engine, and the kill screen."""
    async with attached() as desk:
        await desk.press(*keys)
        await desk.press("k")
        await desk.until(lambda: desk.engine.presses == 1)
        await desk.until(lambda: desk.app.desk.is_killed)
        assert desk.app.desk.place.view is View.KILL
        assert desk.app.desk.open is None


async def test_k_kills_in_the_resume_question() -> None:
    """The word has no k, so the key keeps its meaning while it is typed."""
    async with attached(snapshot(kill=proven_kill())) as desk:
        await desk.press("R")
        desk.clock.now += 1.0
        await desk.press("R", "E", "k")
        await desk.until(lambda: desk.engine.presses == 1)
        assert desk.engine.actions == []


async def test_each_press_sends_the_sweep_again() -> None:
    """Repeating is harmless and is counted."""
    async with attached() as desk:
        await desk.press("k", "k", "f9")
        await desk.until(lambda: desk.engine.presses == 3)


async def test_a_capital_k_in_the_filter_is_a_letter() -> None:
    """And outside of it kills."""
    async with attached() as desk:
        await desk.press("slash", "K")
        assert desk.app.desk.place.filter_text == "K"
        await desk.press("escape", "K")
        await desk.until(lambda: desk.engine.presses == 1)


async def test_a_kill_the_engine_does_not_show_is_asked_for_on_the_other_connection() -> None:
    """A byte nobody reads must not be the end of it."""
    async with attached() as desk:
        desk.engine.hears_presses = False
        await desk.press("k")
        desk.clock.now += 1.0
        await desk.until(lambda: any(isinstance(a, Kill) for a in desk.engine.actions))
        await desk.until(lambda: desk.app.desk.is_killed)


async def test_a_kill_without_an_engine_is_said_and_goes_first_when_it_is_back() -> None:
    """The trader must know that nothing was cancelled yet."""
    async with attached() as desk:
        await desk.engine.stop()
        await desk.until(lambda: desk.app.desk.link.attachment is Attachment.GONE)
        await desk.press("k")
        assert "NOT DELIVERED" in desk.app.desk.kill_note
        async with desk.engine:
            await desk.until(lambda: desk.engine.actions[:1] == [Kill(source="key")])
            await desk.until(lambda: desk.app.desk.is_killed)
            assert desk.app.desk.kill_note == ""


async def test_a_picture_puts_the_cursor_on_its_market() -> None:
    """Rows that come in another order take the cursor along, and p pauses the one it is on."""
    async with attached() as desk:
        await desk.press("down")
        named = markets()[1].contract
        desk.engine.show(snapshot(seq=2, markets=tuple(reversed(markets()))))
        await desk.until(lambda: desk.app.desk.place.markets[0].contract != markets()[0].contract)
        await desk.press("p")
        await desk.until(lambda: desk.engine.actions == [Pause(contracts=(named,))])


async def test_answers_of_the_engine_are_shown() -> None:
    """Done or refused, in the engine's words."""
    async with attached() as desk:
        desk.engine.refuses = "spread 7 would exceed 6"
        await desk.press("w")
        await desk.until(lambda: "spread 7 would exceed 6" in desk.app.sheet.text)


async def test_safe_and_staged_changes_reach_the_engine() -> None:
    """The whole way, for one of each kind."""
    async with attached() as desk:
        await desk.press("w", "t", "enter", "e", "tab", "2", "enter", "2", "x", "P")
        await desk.until(lambda: len(desk.engine.actions) == 5)
        fed = market().contract
        assert desk.engine.actions[:3] == [
            ChangeSpread(contracts=(fed,), ticks=1),
            ChangeSpread(contracts=(fed,), ticks=-1),
            EditParameters(contract=fed, size=qty("2")),
        ]
        assert isinstance(desk.engine.actions[3], CancelOrders)
        assert desk.engine.actions[4] == PauseAll()


async def test_the_word_resumes() -> None:
    """After the kill is proven."""
    async with attached(snapshot(kill=proven_kill())) as desk:
        await desk.press("R")
        desk.clock.now += 1.0
        await desk.press(*"resume", "enter")
        await desk.until(lambda: desk.engine.actions == [Resume(word="RESUME")])
        await desk.until(lambda: not desk.app.desk.is_killed)


async def test_the_word_typed_ahead_does_not_resume() -> None:
    """Everything pressed within the first moments is dropped."""
    async with attached(snapshot(kill=proven_kill())) as desk:
        await desk.press("R", *"RESUME", "enter")
        await desk.press("2")
        assert desk.engine.actions == []
        assert desk.dialog == "Resume quoting?"


async def test_an_unproven_kill_keeps_resume_locked() -> None:
    """Even for the whole word."""
    async with attached(snapshot(kill=kill())) as desk:
        await desk.press("R")
        desk.clock.now += 1.0
        await desk.press(*"RESUME", "enter")
        assert desk.dialog == "Resume is locked"
        assert desk.engine.actions == []


async def test_the_selected_market_is_watched() -> None:
    """Its ladder comes with the pictures."""
    async with attached() as desk:
        await desk.until(lambda: desk.engine.watched == markets()[0].contract)
        await desk.press("down")
        await desk.until(lambda: desk.engine.watched == markets()[1].contract)


async def test_heartbeats_go_out_while_the_screen_can_be_seen() -> None:
    """The engine's lease on the operator."""
    async with attached() as desk:
        await desk.until(lambda: desk.engine.beats >= 2)


async def test_an_engine_that_comes_back_is_attached_again() -> None:
    """A restart of the engine needs no hand at the desk."""
    async with attached() as desk:
        await desk.engine.stop()
        await desk.until(lambda: "ENGINE GONE" in desk.app.sheet.text)
        async with desk.engine:
            await desk.until(lambda: desk.app.client.is_attached)
            await desk.until(lambda: "ENGINE GONE" not in desk.app.sheet.text)


async def test_a_picture_that_cannot_be_read_is_a_lost_connection() -> None:
    """Never a crash: the desk says so and attaches anew."""
    async with attached() as desk:
        desk.engine.send_raw(b"\x00\x00\x00\x02\xc1\xc1")
        await desk.until(lambda: desk.app.client.attachments == 2)


async def test_an_action_without_an_engine_is_refused_in_words() -> None:
    """It belongs to a picture that is not true any more, so it is not kept for later."""
    async with attached() as desk:
        await desk.engine.stop()
        await desk.until(lambda: not desk.app.client.is_attached)
        await desk.press("w")
        assert "not sent: the engine is gone" in desk.app.sheet.text


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        (("down", "enter"), DeskResult.DETACHED),
        (("down", "down", "enter"), DeskResult.PAUSED_AND_QUIT),
        (("up", "enter"), DeskResult.STOP_ENGINE),
    ],
    ids=["detach", "pause and quit", "stop the engine"],
)
async def test_each_way_out_tells_its_result(keys: tuple[str, ...], result: DeskResult) -> None:
    """The caller says afterwards what was chosen."""
    async with attached() as desk:
        await desk.press("q")
        desk.clock.now += 1.0
        await desk.press(*keys)
        await desk.until(lambda: desk.app.return_value is not None)
        assert desk.app.return_value is result
        assert desk.engine.detaches == (0 if result is DeskResult.STOP_ENGINE else 1)


async def test_a_failure_is_written_to_a_file_without_local_variables(tmp_path: Path) -> None:
    """A traceback with locals on the terminal would show whatever the desk held."""

    def fail() -> None:
        secret = "hidden" + "-value"
        raise RuntimeError(f"planted failure of {len(secret)} letters")

    app = DeskApp(tmp_path / "engine.sock", glyphs=UNICODE)
    with pytest.raises(RuntimeError, match="planted"):
        async with app.run_test():
            app.call_later(fail)
    report = (tmp_path / CRASH_FILE).read_text()
    assert "planted failure of 12 letters" in report
    assert "hidden-value" not in report
    assert app.return_code == 1
    assert app._exit_renderables == []


async def test_messages_are_never_parsed_as_markup() -> None:
    """Whoever asks for it: a title with a bracket must not end the desk."""
    async with attached() as desk:
        desk.app.notify("[/b] [@click=app.quit]x[/]", markup=True)
        await desk.pilot.pause()
        desk.app.screen.notify("[/b]")
        await desk.pilot.pause()
        assert desk.app.is_running


async def test_nothing_is_drawn_when_nothing_changed() -> None:
    """A quiet market costs no bytes."""
    async with attached() as desk:
        await desk.until(lambda: "ENG ok" in desk.app.sheet.text)
        await desk.pilot.pause()
        drawn: list[object] = []
        desk.app.sheet.refresh = lambda *regions, **_: drawn.append(regions)  # type: ignore[assignment, method-assign]
        desk.app.draw()
        desk.engine.show(changed(desk.engine.picture, seq=2))
        await desk.until(lambda: desk.app.desk.link.pictures >= 3)
        desk.app.draw()
        assert drawn == []


async def test_a_paste_kills_nothing() -> None:
    """Text from a clipboard is not a key."""
    async with attached() as desk:
        desk.app.post_message(events.Paste("kkk"))
        await desk.press("2")
        assert desk.engine.presses == 0
