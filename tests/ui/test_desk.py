"""What keys do: staging, marks, following, locking, leaving; without a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.samples import (
    changed,
    empty_snapshot,
    kill,
    market,
    markets,
    orders,
    proven_kill,
    snapshot,
)
from tui_mm.domain.ids import ClientOrderId
from tui_mm.domain.operator import (
    AnyAction,
    CancelAndPause,
    CancelOrders,
    ChangeSize,
    ChangeSpread,
    EditParameters,
    Pause,
    PauseAll,
    Resume,
    StopEngine,
    UndoLast,
    Unpause,
)
from tui_mm.domain.units import qty
from tui_mm.engine.snapshot import Snapshot
from tui_mm.ui.desk import Desk
from tui_mm.ui.dialogs import ARMING_S, FILTER_CLOSES_AFTER_S
from tui_mm.ui.effects import DeskResult, Effect, Leave, PressKill, Ring, Send
from tui_mm.ui.keys import press
from tui_mm.ui.look import ASCII
from tui_mm.ui.scene import Attachment, Link, Terminal, View
from tui_mm.ui.staging import STAGED_FOR_S

FED, FED_UP, CPI = (row.contract for row in markets()[:3])
PAUSED = markets()[4].contract
_CHARACTERS = {"slash": "/", "question_mark": "?", "space": " ", "full_stop": ".", "minus": "-"}


class Hand:
    """A trader's hand on a desk: presses keys, and lets time pass between them."""

    def __init__(self, picture: Snapshot | None = None) -> None:
        self.now = 1_000.0
        self.desk = Desk(glyphs=ASCII)
        self.desk.connect(Link(attachment=Attachment.ATTACHED))
        self.effects = self.desk.show(picture or snapshot())

    def press(self, *keys: str) -> list[Effect]:
        """Press keys one after the other; what the last one did."""
        for key in keys:
            character = _CHARACTERS.get(key, key if len(key) == 1 else None)
            self.effects = press(self.desk, key, character=character, now=self.now)
        return self.effects

    def sent(self, *keys: str) -> list[AnyAction]:
        """Press keys; every action that was sent meanwhile."""
        actions: list[AnyAction] = []
        for key in keys:
            actions += [e.action for e in self.press(key) if isinstance(e, Send)]
        return actions

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.desk.pass_time(self.now)

    def prompt(self) -> str:
        """The prompt line."""
        return self.desk.scene(Terminal()).prompt.text


def test_safe_keys_act_at_once() -> None:
    """Cancelling, pausing, widening and shrinking ask nothing."""
    assert Hand().sent("w") == [ChangeSpread(contracts=(FED,), ticks=1)]
    assert Hand().sent("W") == [ChangeSpread(contracts=(FED,), ticks=5)]
    assert Hand().sent("s") == [ChangeSize(contracts=(FED,), steps=-1)]
    assert Hand().sent("p") == [Pause(contracts=(FED,))]
    assert Hand().sent("P") == [PauseAll()]


def test_tightening_is_shown_first_and_sent_with_enter() -> None:
    """The line says what would change, before and after."""
    hand = Hand()
    assert hand.sent("t") == []
    assert "FED-26DEC-T4.00: spread +2 -> +1 ticks" in hand.prompt()
    assert hand.sent("enter") == [ChangeSpread(contracts=(FED,), ticks=-1)]


def test_repeating_a_staged_key_adds_up() -> None:
    """Two presses and one Enter are one change of two."""
    assert Hand().sent("t", "t", "enter") == [ChangeSpread(contracts=(FED,), ticks=-2)]
    assert Hand().sent("b", "b", "b", "enter") == [ChangeSize(contracts=(FED,), steps=3)]


def test_another_risky_key_takes_the_place_of_the_staged_one() -> None:
    """Enter only ever sends what the line shows."""
    assert Hand().sent("t", "b", "enter") == [ChangeSize(contracts=(FED,), steps=1)]


def test_moving_the_cursor_does_not_move_what_is_staged() -> None:
    """The change was meant for the market it was asked for."""
    assert Hand().sent("t", "down", "enter") == [ChangeSpread(contracts=(FED,), ticks=-1)]


def test_a_staged_change_is_dropped_by_esc_and_by_time() -> None:
    """Nothing risky lies in wait for a later Enter."""
    assert Hand().sent("t", "escape", "enter") == []
    hand = Hand()
    hand.press("t")
    hand.wait(STAGED_FOR_S)
    assert hand.sent("enter") == []


def test_a_safe_key_drops_what_is_staged() -> None:
    """After changing one's mind, Enter must not apply the first thought."""
    assert Hand().sent("t", "w", "enter") == [ChangeSpread(contracts=(FED,), ticks=1)]


def test_pause_on_a_paused_market_stages_the_opposite() -> None:
    """Quoting again is riskier than not quoting."""
    hand = Hand()
    hand.desk.place.go_to(PAUSED)
    assert hand.sent("p") == []
    assert "PAUSED -> quoting" in hand.prompt()
    assert hand.sent("enter") == [Unpause(contracts=(PAUSED,))]


def test_undo_shows_what_it_takes_back() -> None:
    """Undoing a wider spread tightens."""
    hand = Hand()
    assert hand.sent("z") == []
    assert "FED-26DEC-T4.00 spread 3 -> 2" in hand.prompt()
    assert hand.sent("enter") == [UndoLast()]


def test_undo_with_nothing_to_undo_stages_nothing() -> None:
    """An empty line to confirm would be worse than a message."""
    hand = Hand(snapshot(undo=""))
    assert hand.sent("z", "enter") == []


def test_safe_keys_act_on_all_marked_markets() -> None:
    """In the order in which they are shown."""
    hand = Hand()
    hand.press("space", "space")
    assert hand.sent("w") == [ChangeSpread(contracts=(FED, FED_UP), ticks=1)]


def test_a_risky_key_on_marked_markets_says_how_many() -> None:
    """One Enter for many markets must not look like one for one."""
    hand = Hand()
    hand.press("space", "space", "t")
    assert "2 markets: spread -1 ticks" in hand.prompt()


def test_marked_markets_that_are_filtered_out_are_left_alone() -> None:
    """A key never acts on what is not on the screen."""
    hand = Hand()
    hand.press("space", "down", "space", "slash", *"CPI", "enter")
    assert hand.sent("w") == [ChangeSpread(contracts=(CPI,), ticks=1)]


@given(st.permutations(range(8)), st.integers(0, 7))
def test_the_cursor_stays_on_its_market_when_rows_are_sorted_anew(
    places: list[int], start: int
) -> None:
    """The market that was named is the one that is paused."""
    hand = Hand()
    hand.press(*["down"] * start)
    named = hand.desk.place.market.key
    rows = markets()
    hand.desk.show(snapshot(markets=tuple(rows[place] for place in places)))
    assert hand.desk.place.market.key == named


def test_a_key_on_a_market_that_has_left_does_nothing() -> None:
    """Whatever moved into its place was not chosen."""
    hand = Hand()
    hand.desk.show(snapshot(markets=markets()[1:]))
    assert hand.sent("w", "p", "x") == []
    assert hand.sent("down", "w") == [ChangeSpread(contracts=(FED_UP,), ticks=1)]


def test_cancel_takes_the_marked_orders_or_the_selected_one() -> None:
    """On the orders screen the cursor is on an order."""
    first, second = (row.client_order_id for row in orders()[:2])
    assert Hand().sent("2", "x") == [CancelOrders(orders=(first,))]
    hand = Hand()
    hand.press("2", "space", "space")
    assert hand.sent("X") == [CancelAndPause(orders=(first, second))]


def test_cancel_from_a_market_takes_all_its_orders() -> None:
    """Both sides, without a trip to the orders screen."""
    wanted = tuple(ClientOrderId(f"7f2c-000{n}") for n in (1, 2))
    assert Hand().sent("x") == [CancelOrders(orders=wanted)]


def test_cancel_and_pause_without_an_order_still_pauses() -> None:
    """The market must go quiet even when nothing rests at the moment."""
    hand = Hand(snapshot(orders=()))
    assert hand.sent("X") == [Pause(contracts=(FED,))]


def test_an_edit_that_only_shrinks_is_sent_at_once() -> None:
    """Smaller is safer."""
    sent = Hand().sent("e", "tab", "2", "0", "enter")
    assert sent == [EditParameters(contract=FED, size=qty("20"))]


@pytest.mark.parametrize(
    "keys",
    [("1",), ("tab", "6", "0"), ("tab", "tab", "9", "0", "0")],
    ids=["tighter", "larger", "more inventory"],
)
def test_an_edit_that_risks_more_waits_for_a_second_enter(keys: tuple[str, ...]) -> None:
    """Tighter, larger or more inventory: shown first."""
    hand = Hand()
    assert hand.sent("e", *keys, "enter") == []
    assert "->" in hand.prompt()
    assert len(hand.sent("enter")) == 1


def test_letters_keep_their_meaning_out_of_an_edit_form() -> None:
    """Only digits can be typed, so k kills and nothing else sneaks in."""
    hand = Hand()
    hand.press("e", "p", "w", "4", "x")
    assert hand.desk.scene(Terminal()).dialog is not None
    assert hand.sent("enter") == [EditParameters(contract=FED, spread_ticks=4)]


@pytest.mark.parametrize("keys", ["4.5", "1-", "--", "."])
def test_a_number_that_makes_no_sense_is_refused_in_words(keys: str) -> None:
    """The form stays open and says why."""
    names = {".": "full_stop", "-": "minus"}
    hand = Hand()
    assert hand.sent("e", *(names.get(char, char) for char in keys), "enter") == []
    dialog = hand.desk.scene(Terminal()).dialog
    assert dialog is not None
    assert "must be" in dialog.lines[0]


def test_keys_around_the_kill_key_only_say_where_it_is() -> None:
    """A near miss does nothing."""
    hand = Hand()
    for key in ("j", "i", "l", "o", "u", "m", "comma", "J"):
        assert hand.press(key) == []
        assert hand.prompt() == "k = KILL"


def test_the_lock_leaves_only_moving_and_killing() -> None:
    """For a keyboard that is about to be wiped."""
    hand = Hand()
    hand.press("ctrl+g")
    assert hand.sent("p", "P", "w", "x", "X", "s", "t", "enter", "q", "R") == []
    assert hand.desk.scene(Terminal()).dialog is None
    hand.press("down")
    assert hand.desk.place.market.key == FED_UP
    assert PressKill() in hand.press("k")
    hand.press("1", "ctrl+g")
    assert hand.sent("P") == [PauseAll()]


def test_the_filter_finds_by_name_and_ignores_case_and_the_common_prefix() -> None:
    """Typing the id as the venue writes it finds what the screen shows without its prefix."""
    for text in ("fed", "KXFED", "upper bound"):
        hand = Hand()
        hand.press("slash", *("space" if char == " " else char for char in text))
        assert [row.contract for row in hand.desk.place.markets] == [FED, FED_UP]


def test_the_filter_closes_by_itself() -> None:
    """A forgotten text field would swallow the keys of the next minute."""
    hand = Hand()
    hand.press("slash", "f")
    hand.wait(FILTER_CLOSES_AFTER_S)
    assert not hand.desk.capitals_type
    assert len(hand.desk.place.markets) == 2
    hand.press("escape")
    assert len(hand.desk.place.markets) == 8


def test_pasted_text_goes_into_the_filter_and_nowhere_else() -> None:
    """A paste of kkk is text, and on the screen it is nothing."""
    hand = Hand()
    hand.desk.paste("kkk", now=hand.now)
    assert hand.desk.place.view is View.MARKETS
    hand.press("slash")
    hand.desk.paste("FED\x1b[2J", now=hand.now)
    assert hand.desk.place.filter_text == "FED?[2J"


def test_resume_takes_the_whole_word_and_enter() -> None:
    """The only way back after a kill."""
    hand = Hand(snapshot(kill=proven_kill()))
    hand.press("R")
    hand.wait(2 * ARMING_S)
    assert hand.sent(*"RESUM", "enter") == []
    assert hand.sent("E", "enter") == [Resume(word="RESUME")]


def test_a_word_typed_ahead_does_not_resume() -> None:
    """Keys that were pressed before the question could be read do not answer it."""
    hand = Hand(snapshot(kill=proven_kill()))
    assert hand.sent("R", *"RESUME", "enter") == []
    hand.wait(ARMING_S)
    assert hand.sent("enter") == []


def test_resume_is_locked_until_the_kill_is_proven() -> None:
    """And says why."""
    hand = Hand(snapshot(kill=kill()))
    hand.press("R")
    hand.wait(1.0)
    assert hand.sent(*"RESUME", "enter") == []
    dialog = hand.desk.scene(Terminal()).dialog
    assert dialog is not None
    assert "1 order may still rest" in dialog.lines


def test_resume_with_nothing_to_resume_opens_nothing() -> None:
    """A question nobody needs to answer would only be practised."""
    hand = Hand()
    hand.press("R")
    assert hand.desk.open is None


def test_leaving_starts_on_staying() -> None:
    """Enter without a choice changes nothing."""
    hand = Hand()
    hand.press("q")
    hand.wait(1.0)
    assert hand.press("enter") == []
    assert hand.desk.open is None


def test_letters_and_hasty_keys_do_not_answer_the_way_out() -> None:
    """Only arrows and Enter, and only after the question could be read."""
    hand = Hand()
    assert hand.press("q", "down", "enter") == []
    hand.wait(1.0)
    for key in ("y", "d", "p", "s", "2"):
        assert hand.press(key) == []
    assert hand.press("enter") == []


def test_detaching_leaves_at_once() -> None:
    """The engine goes on; there is nothing to wait for."""
    hand = Hand()
    hand.press("q")
    hand.wait(1.0)
    assert hand.press("down", "enter") == [Leave(DeskResult.DETACHED)]


def test_pausing_and_leaving_waits_for_the_engine_to_confirm() -> None:
    """The line printed afterwards must be true."""
    hand = Hand()
    hand.press("q")
    hand.wait(1.0)
    (send,) = hand.press("down", "down", "enter")
    assert isinstance(send, Send)
    assert isinstance(send.action, PauseAll)
    left = hand.desk.answer(send.request, is_done=True, text="paused", now=hand.now)
    assert left == [Leave(DeskResult.PAUSED_AND_QUIT)]


def test_a_refused_pause_does_not_leave() -> None:
    """Nobody walks away from an engine that still quotes, believing it does not."""
    hand = Hand()
    hand.press("q")
    hand.wait(1.0)
    (send,) = hand.press("down", "down", "enter")
    assert isinstance(send, Send)
    assert hand.desk.answer(send.request, is_done=False, text="no", now=hand.now) == []
    assert hand.desk.answer(send.request, is_done=True, text="yes", now=hand.now) == []


def test_stopping_the_engine_leaves_when_the_engine_has_ended() -> None:
    """Not when it has merely heard of it."""
    hand = Hand()
    hand.press("q")
    hand.wait(1.0)
    (send,) = hand.press("up", "enter")
    assert isinstance(send, Send)
    assert isinstance(send.action, StopEngine)
    assert hand.desk.answer(send.request, is_done=True, text="stopping", now=hand.now) == []
    gone = hand.desk.connect(Link(attachment=Attachment.GONE))
    assert Leave(DeskResult.STOP_ENGINE) in gone


def test_an_engine_that_is_gone_can_only_be_left() -> None:
    """And the exit code tells."""
    hand = Hand()
    hand.desk.connect(Link(attachment=Attachment.GONE))
    hand.press("q")
    hand.wait(1.0)
    assert hand.press("down", "down", "enter") == []
    hand.press("q")
    hand.wait(1.0)
    assert hand.press("down", "enter") == [Leave(DeskResult.ENGINE_GONE)]
    assert DeskResult.ENGINE_GONE.exit_code == 1


def test_a_kill_from_elsewhere_takes_the_screen() -> None:
    """Whoever killed, the trader sees it at once and hears it once."""
    hand = Hand()
    hand.press("2", "e")
    killed = snapshot(kill=kill())
    assert Ring("kill") in hand.desk.show(killed)
    assert hand.desk.place.view is View.KILL
    hand.press("2")
    assert Ring("kill") not in hand.desk.show(killed)
    assert hand.desk.scene(Terminal()).view is View.ORDERS


def test_resuming_leaves_the_kill_screen() -> None:
    """There is nothing left to see on it."""
    hand = Hand(snapshot(kill=proven_kill()))
    hand.desk.show(snapshot())
    assert hand.desk.place.view is View.MARKETS


def test_next_alert_goes_to_the_market_that_has_it() -> None:
    """One key from the alert row to the trouble."""
    hand = Hand()
    hand.press("n")
    selected = hand.desk.place.selected_market
    assert selected is not None
    assert selected.state.value in ("STALE!", "GAP!")


def test_an_acknowledged_alert_comes_back_only_after_it_has_ended() -> None:
    """Acknowledging is for this time, not for ever."""
    trouble = snapshot(log=(), limits=(), markets=(markets()[5],))
    hand = Hand(trouble)
    hand.press("a")
    hand.desk.show(changed(trouble, seq=2))
    assert hand.desk.attention.shown is None
    hand.desk.show(changed(trouble, markets=(market(),)))
    hand.desk.show(trouble)
    assert hand.desk.attention.shown is not None


@given(st.lists(st.sampled_from(sorted("pPwWsxXtbezRnavgq/?12346 ")), max_size=40))
def test_no_order_of_keys_sends_anything_risky_without_an_enter(keys: list[str]) -> None:
    """Forged or slapped letters can only make the desk safer."""
    hand = Hand()
    names = {"/": "slash", "?": "question_mark", " ": "space"}
    for action in hand.sent(*(names.get(key, key) for key in keys)):
        match action:
            case ChangeSpread():
                assert action.ticks > 0
            case ChangeSize():
                assert action.steps < 0
            case _:
                assert action.is_safe


def test_an_empty_desk_takes_every_key() -> None:
    """The first seconds of a session have no market and no order."""
    hand = Hand(empty_snapshot())
    for key in ("p", "w", "t", "x", "X", "e", "z", "R", "enter", "space", "down", "end", "n", "a"):
        for screen in "123456":
            hand.press(screen, key, "escape")
    assert hand.desk.place.view is View.MARKETS
