"""The state of the screen: what keys, pictures, answers and time have made of it.

Law: this is a plain synchronous class. It never sends, draws or waits; it answers every event with
the effects somebody else has to carry out, so that every rule is tested without a terminal.
"""

from dataclasses import dataclass, field
from typing import Final

from tui_mm.domain.operator import AnyAction
from tui_mm.domain.text import clean
from tui_mm.engine.snapshot import Snapshot
from tui_mm.ui.alerts import Attention
from tui_mm.ui.dialogs import EditForm, FilterField, QuitQuestion, ResumeQuestion
from tui_mm.ui.effects import Effect, PressKill, Ring
from tui_mm.ui.look import Glyphs
from tui_mm.ui.navigation import Navigation
from tui_mm.ui.scene import Attachment, Dialog, Link, Prompt, Scene, Terminal, Tone, View
from tui_mm.ui.staging import description
from tui_mm.ui.wishes import Wishes

MESSAGE_FOR_S: Final = 6.0


@dataclass
class Desk:
    """The trader's side of the screen; `open` is what stands between the keys and the screen."""

    glyphs: Glyphs
    place: Navigation = field(default_factory=Navigation)
    wishes: Wishes = field(default_factory=Wishes)
    attention: Attention = field(default_factory=Attention)
    link: Link = field(default_factory=Link)
    open: FilterField | EditForm | QuitQuestion | ResumeQuestion | None = None
    kill_note: str = ""
    is_locked: bool = False
    has_help: bool = False
    now: float = 0.0
    _message: Prompt = field(default_factory=Prompt)
    _message_until: float = 0.0

    @property
    def capitals_type(self) -> bool:
        """True while a text field is open, where a capital K is a letter."""
        return isinstance(self.open, FilterField)

    @property
    def is_killed(self) -> bool:
        """True when the engine has said that it killed."""
        return self.place.snapshot is not None and self.place.snapshot.kill is not None

    @property
    def resume_lock(self) -> str:
        """Why the word would not resume yet; empty when it would."""
        snapshot = self.place.snapshot
        return clean(snapshot.kill.resume_locked) if snapshot and snapshot.kill else ""

    @property
    def resume_undoes(self) -> str:
        """What resuming would take back; empty when everything may quote already."""
        snapshot = self.place.snapshot
        if snapshot is None:
            return ""
        if snapshot.kill is not None:
            return "The kill ends: every market that is not paused quotes again."
        if snapshot.is_all_paused:
            return "The pause of everything ends."
        if snapshot.is_lease_lost:
            return "The operator is back: quoting goes on."
        return f"Halted: {clean(snapshot.halt_reason)}" if snapshot.halt_reason else ""

    def ask(self, action: AnyAction) -> list[Effect]:
        """Send what is safe; stage what is not."""
        self._message_until = self.now
        return self.wishes.ask(action, self.place.selected_market, now=self.now)

    def say(self, text: str, *, tone: Tone = Tone.QUIET) -> None:
        """Show this on the prompt line for a while."""
        self._message = Prompt(text=text, tone=tone)
        self._message_until = self.now + MESSAGE_FOR_S

    def kill(self) -> list[Effect]:
        """The kill key was seen, here or on the input thread: everything else steps aside."""
        self._make_way_for_kill()
        return [PressKill()]

    def paste(self, text: str, *, now: float) -> None:
        """Text from the clipboard belongs into the text field or nowhere."""
        if isinstance(self.open, FilterField):
            for character in clean(text):
                self.open = self.open.after_key(key="", character=character, now=now)
            self.place.filter_by(self.open.text)

    def show(self, snapshot: Snapshot) -> list[Effect]:
        """Take the newest picture."""
        was_killed = self.is_killed
        self.place.show(snapshot)
        has_new_alarm = self.attention.look_at(snapshot)
        if not self.is_killed:
            if was_killed and self.place.view is View.KILL:
                self.place.view = View.MARKETS
            return [Ring("alarm")] if has_new_alarm else []
        self.kill_note = ""
        if was_killed:
            return []
        self._make_way_for_kill()
        return [Ring("kill")]

    def answer(self, request: int, *, is_done: bool, text: str, now: float) -> list[Effect]:
        """The engine answered an action."""
        self.now = now
        self.say(clean(text) or "done", tone=Tone.QUIET if is_done else Tone.REFUSED)
        return self.wishes.answered(request, is_done=is_done)

    def connect(self, link: Link) -> list[Effect]:
        """The connection to the engine changed."""
        was_attached = self.link.attachment is Attachment.ATTACHED
        self.link = link
        if not was_attached or link.attachment is Attachment.ATTACHED:
            return []
        return [*self.wishes.engine_ended(), Ring("link")]

    def pass_time(self, now: float) -> None:
        """Drop what has waited long enough."""
        self.now = now
        if self.wishes.drop_expired(now):
            self.say("dropped: nothing was changed")
        if self.wishes.gave_up(now):
            self.say("the engine did not answer; still here", tone=Tone.REFUSED)
        if isinstance(self.open, FilterField) and self.open.is_over(now):
            self.open = None

    def scene(self, terminal: Terminal) -> Scene:
        """What to draw now."""
        place = self.place
        return Scene(
            glyphs=self.glyphs,
            snapshot=place.snapshot,
            view=place.view,
            markets=tuple(place.markets),
            orders=tuple(place.orders),
            selected=place.market.key,
            selected_order=place.order.key,
            marked=place.market.marked,
            marked_orders=place.order.marked,
            filter_text=place.filter_text,
            fills_skipped=place.fills_skipped,
            log_skipped=place.log_skipped,
            ladder_centre=place.ladder_centre,
            alert=self.attention.shown,
            alerts_waiting=len(self.attention.waiting),
            prompt=self._prompt(),
            dialog=self._dialog(),
            has_help=self.has_help,
            is_locked=self.is_locked,
            is_zoomed=place.is_zoomed,
            kill_note=self.kill_note,
            link=self.link,
            terminal=terminal,
        )

    def _make_way_for_kill(self) -> None:
        self.open = None
        self.wishes.drop()
        self.has_help = False
        self.place.view = View.KILL

    def _prompt(self) -> Prompt:
        if isinstance(self.open, FilterField):
            text = f"/ {self.open.text}_   k = KILL, K types k   Enter keeps  Esc clears"
            return Prompt(text=text, tone=Tone.PROMPT)
        if self.wishes.staged is not None and self.place.snapshot is not None:
            what = description(self.wishes.staged.action, self.place.snapshot)
            return Prompt(text=f"staged {what}   Enter=apply  Esc=drop  (5s)", tone=Tone.STAGED)
        if self.wishes.is_leaving:
            return Prompt(text="leaving: waiting for the engine to finish", tone=Tone.STAGED)
        if self.now < self._message_until:
            return self._message
        notes = ["LOCKED (Ctrl+G)"] if self.is_locked else []
        if self.place.marks:
            notes.append(f"{self.place.marks} marked")
        if self.place.filter_text:
            notes.append(f"filter: {self.place.filter_text}  (Esc clears)")
        return Prompt(text="   ".join(notes))

    def _dialog(self) -> Dialog | None:
        match self.open:
            case QuitQuestion() | EditForm():
                return self.open.dialog
            case ResumeQuestion():
                return self.open.dialog(locked_because=self.resume_lock, undoes=self.resume_undoes)
            case _:
                return None
