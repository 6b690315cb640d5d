"""The table of keys is whole, safe, and leaves the kill key alone."""

import pytest
from textual.keys import KEY_NAME_REPLACEMENTS, _character_to_key

from tests.ui.samples import snapshot
from tui_mm.domain.operator import RESUME_WORD, needs_confirmation
from tui_mm.ui.actions import (
    DEAD_KEYS,
    KILL_CAPITALS,
    KILL_KEYS,
    KILL_LETTERS,
    VERB_OF_KEY,
    VERBS,
    Direction,
    Verb,
    footer_items,
    is_kill,
)
from tui_mm.ui.desk import Desk
from tui_mm.ui.effects import Send
from tui_mm.ui.keys import HANDLERS, press
from tui_mm.ui.look import ASCII
from tui_mm.ui.panes import footer
from tui_mm.ui.panes import help as help_pane
from tui_mm.ui.scene import Attachment, Link, Scene, View


def test_every_verb_has_a_handler_and_every_handler_a_verb() -> None:
    """A key in the table does something, and nothing can be done without the table."""
    assert {verb.name for verb in VERBS} == set(HANDLERS)


def test_no_key_belongs_to_two_verbs() -> None:
    """The second one would silently win."""
    assert len(VERB_OF_KEY) == sum(len(verb.keys) for verb in VERBS)


def test_the_kill_keys_and_their_neighbours_are_bound_to_nothing() -> None:
    """A slap that covers k kills and does nothing else."""
    reserved = KILL_KEYS | KILL_LETTERS | KILL_CAPITALS | DEAD_KEYS
    assert reserved.isdisjoint(VERB_OF_KEY)
    assert {"ctrl+z", "ctrl+q", "ctrl+s"}.isdisjoint(VERB_OF_KEY)


def test_the_dead_zone_is_named_as_the_terminal_names_its_keys() -> None:
    """A dead key under another name would be alive."""
    for character in "jilouJILOUmM,<":
        name = character if character.isalnum() else _character_to_key(character)
        assert KEY_NAME_REPLACEMENTS.get(name, name) in DEAD_KEYS


def test_no_word_that_confirms_contains_the_kill_letter() -> None:
    """Typing the answer to a question must never kill."""
    assert "k" not in RESUME_WORD.lower()
    assert all("k" not in verb.keys for verb in VERBS)
    assert all(not is_kill(key=c, character=c, capitals_type=False) for c in RESUME_WORD)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_the_help_page_names_every_verb(verb: Verb) -> None:
    """What the help does not name, nobody finds."""
    page = help_pane.draw(Scene(glyphs=ASCII, snapshot=snapshot()), width=80, height=19)
    assert any(verb.help in strip.text for strip in page)


@pytest.mark.parametrize("view", View)
def test_the_footer_starts_with_kill_and_ends_with_help(view: View) -> None:
    """On every screen, however narrow."""
    keys = footer.draw(Scene(snapshot=snapshot(), view=view), width=80)[-1].text.rstrip()
    assert keys.startswith("[k KILL]")
    assert keys.endswith("? help")


@pytest.mark.parametrize("view", View)
def test_a_wide_footer_names_every_verb_that_wants_to_be_there(view: View) -> None:
    """Nothing is dropped where there is room."""
    keys = footer.draw(Scene(snapshot=snapshot(), view=view), width=240)[-1].text
    assert all(item in keys for item in footer_items(view))


def test_the_narrow_footer_of_the_main_screen_has_the_keys_of_the_hand() -> None:
    """The keys used most are the ones that survive at 80 columns."""
    keys = footer.draw(Scene(snapshot=snapshot()), width=80)[-1].text
    for item in ("p pause", "w wider", "s smaller", "t tighter", "b bigger", "e edit", "/ filter"):
        assert item in keys


@pytest.mark.parametrize(
    "verb",
    [verb for verb in VERBS if verb.direction in (Direction.SAFE, Direction.RISKY)],
    ids=lambda verb: verb.name,
)
def test_safe_and_risky_mean_what_the_engine_means(verb: Verb) -> None:
    """A safe key sends at once something that needs no confirmation; a risky one sends nothing."""
    desk = Desk(glyphs=ASCII)
    desk.connect(Link(attachment=Attachment.ATTACHED))
    desk.show(snapshot(is_all_paused=verb.name == "resume"))
    effects = press(desk, verb.keys[0], character=None, now=100.0)
    sent = [effect.action for effect in effects if isinstance(effect, Send)]
    if verb.direction is Direction.RISKY:
        assert sent == []
        assert desk.wishes.staged is not None or desk.open is not None
    else:
        assert [needs_confirmation(a, None) for a in sent] == [False]


@pytest.mark.parametrize(
    ("key", "character"),
    [
        ("k", "k"),
        ("alt+k", "k"),
        ("ctrl+k", "\x0b"),
        ("f9", None),
        ("ctrl+c", "\x03"),
        ("K", "K"),
        ("alt+shift+k", "K"),
        ("л", "л"),
        ("к", "к"),
        ("К", "К"),
        ("ｋ", "ｋ"),
    ],
)
def test_every_spelling_of_the_kill_key_kills(key: str, character: str | None) -> None:
    """Another keyboard layout, a held shift or a quick Esc before it change nothing."""
    assert is_kill(key=key, character=character, capitals_type=False)


def test_a_capital_k_is_a_letter_in_a_text_field_and_a_small_one_is_not() -> None:
    """Names with a K can be typed, and k still kills."""
    assert not is_kill(key="K", character="K", capitals_type=True)
    assert is_kill(key="k", character="k", capitals_type=True)
    assert is_kill(key="ctrl+k", character="\x0b", capitals_type=True)
