"""Which effect each key has: the table of verbs carried out on the desk.

Law: the kill key is looked at before anything else, whatever is open.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import (
    AnyAction,
    CancelAndPause,
    CancelOrders,
    ChangeSize,
    ChangeSpread,
    Pause,
    PauseAll,
    Resume,
    UndoLast,
    Unpause,
)
from tui_mm.ui.actions import DEAD_KEY_TEXT, DEAD_KEYS, VERB_OF_KEY, Direction, is_kill
from tui_mm.ui.desk import Desk
from tui_mm.ui.dialogs import EditForm, FilterField, QuitChoice, QuitQuestion, ResumeQuestion
from tui_mm.ui.effects import Effect, Repaint
from tui_mm.ui.scene import SCREENS, Attachment, Tone, View

_PAGE: Final = 10
_TO_THE_END: Final = 1_000_000


def press(desk: Desk, key: str, *, character: str | None, now: float) -> list[Effect]:
    """Answer one key press."""
    desk.now = now
    if is_kill(key=key, character=character, capitals_type=desk.capitals_type):
        return desk.kill()
    match desk.open:
        case FilterField() as filter_field:
            return _press_in_filter(desk, filter_field, key, character=character)
        case EditForm() as form:
            return _press_in_form(desk, form, key, character=character)
        case QuitQuestion() as question:
            return _press_in_quit(desk, question, key)
        case ResumeQuestion() as question:
            return _press_in_resume(desk, question, key, character=character)
        case None:
            return _press_on_screen(desk, key)


def _press_on_screen(desk: Desk, key: str) -> list[Effect]:
    if key in DEAD_KEYS:
        desk.say(DEAD_KEY_TEXT)
        return []
    verb = VERB_OF_KEY.get(key)
    if verb is None or desk.place.view not in verb.views:
        return []
    if desk.is_locked and verb.direction is not Direction.MOVE:
        desk.say("locked: k kills, Ctrl+G unlocks", tone=Tone.REFUSED)
        return []
    if desk.has_help and verb.name != "help":
        desk.has_help = False
        if verb.name in ("back", "quit", "open"):
            return []
    return HANDLERS[verb.name](desk)


def _press_in_filter(
    desk: Desk, filter_field: FilterField, key: str, *, character: str | None
) -> list[Effect]:
    if key == "enter":
        desk.open = None
    elif key == "escape":
        desk.open = None
        desk.place.filter_by("")
    elif key in ("up", "down"):
        desk.place.move(-1 if key == "up" else 1)
    else:
        desk.open = filter_field.after_key(key=key, character=character, now=desk.now)
        desk.place.filter_by(desk.open.text)
    return []


def _press_in_form(desk: Desk, form: EditForm, key: str, *, character: str | None) -> list[Effect]:
    if key == "escape":
        desk.open = None
    elif key in ("tab", "down"):
        desk.open = form.moved(1)
    elif key in ("shift+tab", "up"):
        desk.open = form.moved(-1)
    elif key == "enter":
        try:
            action = form.action()
        except ValueError as error:
            desk.open = replace(form, complaint=str(error))
            return []
        desk.open = None
        return [] if action is None else desk.ask(action)
    else:
        desk.open = form.after_key(key=key, character=character)
    return []


def _press_in_quit(desk: Desk, question: QuitQuestion, key: str) -> list[Effect]:
    if key == "escape":
        desk.open = None
    elif not question.is_armed(desk.now):
        return []
    elif key in ("down", "tab", "ctrl+n"):
        desk.open = question.moved(1)
    elif key in ("up", "shift+tab", "ctrl+p"):
        desk.open = question.moved(-1)
    elif key == "enter":
        desk.open = None
        return _leave_by(desk, question.choice)
    return []


def _press_in_resume(
    desk: Desk, question: ResumeQuestion, key: str, *, character: str | None
) -> list[Effect]:
    if key == "escape":
        desk.open = None
    elif not question.is_armed(desk.now) or desk.resume_lock:
        return []
    elif key == "enter":
        if question.is_complete:
            desk.open = None
            return [desk.wishes.send(Resume(word=question.typed))]
    else:
        desk.open = question.after_key(key=key, character=character)
    return []


def _pause(desk: Desk) -> list[Effect]:
    rows = desk.place.target_markets
    running = tuple(row.contract for row in rows if not row.is_paused)
    if running:
        return desk.ask(Pause(contracts=running))
    return _ask_in_targets(desk, lambda contracts: Unpause(contracts=contracts))


def _pause_all(desk: Desk) -> list[Effect]:
    return desk.ask(PauseAll())


def _change_spread(desk: Desk, ticks: int) -> list[Effect]:
    return _ask_in_targets(desk, lambda contracts: ChangeSpread(contracts=contracts, ticks=ticks))


def _change_size(desk: Desk, steps: int) -> list[Effect]:
    return _ask_in_targets(desk, lambda contracts: ChangeSize(contracts=contracts, steps=steps))


def _cancel(desk: Desk) -> list[Effect]:
    orders = desk.place.target_orders
    if orders:
        return desk.ask(CancelOrders(orders=orders))
    desk.say("no live order here")
    return []


def _cancel_and_pause(desk: Desk) -> list[Effect]:
    orders = desk.place.target_orders
    if orders:
        return desk.ask(CancelAndPause(orders=orders))
    if desk.place.view is View.ORDERS:
        desk.say("no live order here")
        return []
    # Without an order there is nothing to cancel, but the market must still go quiet.
    return _ask_in_targets(desk, lambda contracts: Pause(contracts=contracts))


def _edit(desk: Desk) -> list[Effect]:
    row = desk.place.selected_market
    if row is None:
        desk.say("no market is selected")
    else:
        desk.wishes.drop()
        desk.open = EditForm(row=row)
    return []


def _undo(desk: Desk) -> list[Effect]:
    if desk.place.snapshot is not None and desk.place.snapshot.undo:
        return desk.ask(UndoLast())
    desk.say("there is nothing to undo")
    return []


def _resume(desk: Desk) -> list[Effect]:
    if desk.resume_undoes:
        desk.open = ResumeQuestion(opened_at=desk.now)
    else:
        desk.say("nothing to resume: p unpauses a market")
    return []


def _start_filter(desk: Desk) -> list[Effect]:
    desk.open = FilterField(text=desk.place.filter_text, touched_at=desk.now)
    return []


def _mark(desk: Desk) -> list[Effect]:
    desk.place.toggle_mark()
    return []


def _enter(desk: Desk) -> list[Effect]:
    confirmed = desk.wishes.confirm()
    if not confirmed:
        desk.place.open_selected()
    return confirmed


def _back(desk: Desk) -> list[Effect]:
    place = desk.place
    if desk.wishes.drop():
        desk.say("dropped: nothing was changed")
    elif place.view is not View.MARKETS:
        place.view = View.MARKETS
    elif place.is_zoomed:
        place.is_zoomed = False
    elif place.marks:
        place.clear_marks()
    else:
        place.filter_by("")
    return []


def _quit(desk: Desk) -> list[Effect]:
    if desk.place.view in (View.MARKETS, View.KILL):
        desk.wishes.drop()
        desk.open = QuitQuestion(opened_at=desk.now)
    else:
        desk.place.view = View.MARKETS
    return []


def _turn_to(desk: Desk, view: View) -> list[Effect]:
    desk.place.view = view
    return []


def _turn(desk: Desk, by: int) -> list[Effect]:
    desk.place.turn(by)
    return []


def _move(desk: Desk, by: int) -> list[Effect]:
    desk.place.move(by)
    return []


def _next_alert(desk: Desk) -> list[Effect]:
    alert = desk.attention.show_next()
    if alert is None:
        desk.say("no alerts")
    elif alert.contract is not None:
        desk.place.view = View.MARKETS
        desk.place.go_to(alert.contract)
    return []


def _acknowledge(desk: Desk) -> list[Effect]:
    desk.attention.acknowledge()
    return []


def _zoom(desk: Desk) -> list[Effect]:
    desk.place.is_zoomed = not desk.place.is_zoomed
    return []


def _repaint(_desk: Desk) -> list[Effect]:
    return [Repaint()]


def _lock(desk: Desk) -> list[Effect]:
    desk.is_locked = not desk.is_locked
    desk.wishes.drop()
    desk.say("locked" if desk.is_locked else "unlocked")
    return []


def _help(desk: Desk) -> list[Effect]:
    desk.has_help = not desk.has_help
    return []


def _ask_in_targets(
    desk: Desk, action: Callable[[tuple[ContractId, ...]], AnyAction]
) -> list[Effect]:
    rows = desk.place.target_markets
    if rows:
        return desk.ask(action(tuple(row.contract for row in rows)))
    desk.say("no market is selected")
    return []


def _leave_by(desk: Desk, choice: QuitChoice) -> list[Effect]:
    is_attached = desk.link.attachment is Attachment.ATTACHED
    needs_engine = choice in (QuitChoice.PAUSE_AND_QUIT, QuitChoice.STOP_ENGINE)
    if needs_engine and not is_attached:
        desk.say("the engine is gone: it cannot be asked", tone=Tone.REFUSED)
        return []
    return desk.wishes.leave_by(choice, is_attached=is_attached, now=desk.now)


Handler = Callable[[Desk], list[Effect]]


def _show(view: View) -> Handler:
    return lambda desk: _turn_to(desk, view)


HANDLERS: Final[dict[str, Handler]] = {
    "pause": _pause,
    "pause_all": _pause_all,
    "widen": lambda desk: _change_spread(desk, 1),
    "widen_more": lambda desk: _change_spread(desk, 5),
    "tighten": lambda desk: _change_spread(desk, -1),
    "shrink": lambda desk: _change_size(desk, -1),
    "grow": lambda desk: _change_size(desk, 1),
    "cancel": _cancel,
    "cancel_and_pause": _cancel_and_pause,
    "edit": _edit,
    "undo": _undo,
    "resume": _resume,
    "filter": _start_filter,
    "mark": _mark,
    "open": _enter,
    "back": _back,
    "next_screen": lambda desk: _turn(desk, 1),
    "previous_screen": lambda desk: _turn(desk, -1),
    "up": lambda desk: _move(desk, -1),
    "down": lambda desk: _move(desk, 1),
    "page_up": lambda desk: _move(desk, -_PAGE),
    "page_down": lambda desk: _move(desk, _PAGE),
    "first": lambda desk: _move(desk, -_TO_THE_END),
    "last": lambda desk: _move(desk, _TO_THE_END),
    "next_alert": _next_alert,
    "acknowledge": _acknowledge,
    "zoom": _zoom,
    "repaint": _repaint,
    "lock": _lock,
    "quit": _quit,
    "help": _help,
} | {f"show_{view.name.lower()}": _show(view) for view in SCREENS}
