"""The desk as a process: ties keys, pictures, time and the terminal together.

It decides nothing: keys and pictures go to `Desk`, rows come from `layout`, and what the desk wants
done is carried out here. No handler waits for anything, so a key is answered at once.
"""

import asyncio
import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from rich.console import RenderableType
from textual import events
from textual.app import App, ComposeResult
from textual.notifications import SeverityLevel
from textual.worker import Worker, WorkerState

from tui_mm.domain.errors import DeskError
from tui_mm.engine.snapshot import Snapshot
from tui_mm.runtime.messages import HEARTBEAT_EVERY_S, Outcome
from tui_mm.ui.client import RETRY_MAX_S, Client
from tui_mm.ui.desk import Desk
from tui_mm.ui.driver import SafeDriver, end_on_signals
from tui_mm.ui.effects import DeskResult, Effect, Leave, PressKill, Repaint, Ring, Send
from tui_mm.ui.keys import press
from tui_mm.ui.kill_line import KillLine, KillWatch
from tui_mm.ui.layout import frame
from tui_mm.ui.look import Glyphs, glyphs_for_terminal
from tui_mm.ui.scene import Attachment, Link, Terminal
from tui_mm.ui.sheet import Sheet

TICKS_PER_SECOND: Final = 5
BACKLOG_SKIPS_FRAME: Final = 16 * 1024
FAREWELL_WITHIN_S: Final = 1.0
BELL_EVERY_S: Final = 5.0
EXIT_TERMINAL_LOST: Final = 129  # as if the hang-up signal had ended it
CRASH_FILE: Final = "desk-crash.log"
_CLIENT: Final = "client"


class DeskApp(App[DeskResult], inherit_bindings=False):
    """The desk on one engine."""

    CSS_PATH = "theme.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = []

    def __init__(
        self,
        socket_path: Path,
        *,
        glyphs: Glyphs,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(driver_class=SafeDriver, ansi_color=True)
        self.theme = "ansi-dark"
        self.kill_line = KillLine(socket_path)
        self.desk = Desk(glyphs=glyphs)
        self.client = Client(
            socket_path,
            kill_line=self.kill_line,
            on_picture=self._take_picture,
            on_outcome=self._take_outcome,
            on_change=self._take_change,
        )
        self.crash_path = socket_path.parent / CRASH_FILE
        self._clock = clock
        self.sheet = Sheet(self._write_cells)
        self._kill_watch = KillWatch(self.kill_line)
        self._has_news = True
        self._ticks = 0
        self._why_gone = ""
        self._last_key_at = clock()
        self._last_picture_at = clock()
        self._pictures = 0
        self._rang_at: dict[str, float] = {}
        self._written_before = -1
        self._is_draining = True
        self._has_client_failed = False

    def compose(self) -> ComposeResult:
        """One sheet; panes are regions of it."""
        yield self.sheet

    def on_mount(self) -> None:
        """Start to listen and to draw."""
        self._run_client()
        self.set_interval(1 / TICKS_PER_SECOND, self._tick)
        self.set_interval(HEARTBEAT_EVERY_S, self._beat)

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the desk and nowhere else: no widget can take one away from it."""
        if isinstance(event, events.Key):
            self._last_key_at = self._clock()
            self._perform(press(self.desk, event.key, character=event.character, now=self._clock()))
            self.draw()
        elif isinstance(event, events.Paste):
            self.desk.paste(event.text, now=self._clock())
            self.draw()
        else:
            await super().on_event(event)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A client that failed is started again; what it failed of is written down once."""
        if event.worker.name != _CLIENT or event.state is not WorkerState.ERROR:
            return
        if not self._has_client_failed and event.worker.error is not None:
            self._has_client_failed = True
            self._record("".join(traceback.format_exception(event.worker.error)))
        self.client.is_attached = False
        self._take_change(f"the desk could not take a picture; see {self.crash_path.name}")
        self.set_timer(RETRY_MAX_S, self._run_client)

    def on_resize(self) -> None:
        """Another size is another layout; the sheet has its new size after the next refresh."""
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Draw the newest scene now."""
        self._has_news = False
        width, height = self.sheet.size
        if width and height:
            self.kill_line.capitals_type = self.desk.capitals_type
            self.client.watch(self.desk.place.market.key)
            self.sheet.show(frame(self.desk.scene(self.terminal), width=width, height=height))

    def draw_again(self) -> None:
        """Send the whole screen, because nobody knows what the terminal shows."""
        self.draw()
        self.sheet.refresh()
        self.screen.refresh(layout=True)

    def note_lost_terminal(self) -> None:
        """Nobody can see this any more: end at once, so that the engine notices at once."""
        os._exit(EXIT_TERMINAL_LOST)

    @property
    def terminal(self) -> Terminal:
        """How well the terminal takes what is drawn."""
        writer = self._driver.writer if isinstance(self._driver, SafeDriver) else None
        if writer is None:
            return Terminal()
        return Terminal(
            backlog_bytes=writer.backlog_bytes,
            dropped_writes=writer.dropped_writes,
            written_bytes=writer.written_bytes,
            is_draining=self._is_draining,
        )

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Never parse a message as markup, whoever asks for it."""
        del markup
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def panic(self, *renderables: RenderableType) -> None:
        """End without printing anything: what a traceback shows belongs into a file."""
        del renderables
        self._record_crash(traceback.format_exc())
        self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        """End with a failure; no local variable and no message reaches the terminal."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._record_crash("".join(traceback.format_exception(error)))
        self._close_messages_no_wait()

    def _run_client(self) -> None:
        self.run_worker(self.client.run(), name=_CLIENT, exit_on_error=False)

    def _record_crash(self, text: str) -> None:
        self._return_code = 1
        self._record(text)

    def _record(self, text: str) -> None:
        try:
            fileno = os.open(self.crash_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            return  # the folder is gone with the session; there is no better place
        with os.fdopen(fileno, "a", encoding="utf-8") as file:
            file.write(text)

    def _write_cells(self, text: str) -> bool:
        if not isinstance(self._driver, SafeDriver) or not self._driver.is_started:
            return False
        self._driver.write(text)
        return True

    def _tick(self) -> None:
        now = self._clock()
        self._ticks += 1
        if self._kill_watch.has_unseen_press():
            self._perform(self.desk.kill())
        if self._kill_watch.is_unanswered(now):
            self.client.kill()
        if self.client.is_attached and not self.kill_line.is_alive():
            self.kill_line.open()
        self.desk.pass_time(now)
        self._note_link()
        is_due = self._has_news or self._ticks % TICKS_PER_SECOND == 0
        if is_due and self.terminal.backlog_bytes <= BACKLOG_SKIPS_FRAME:
            self.draw()

    def _beat(self) -> None:
        terminal = self.terminal
        self._is_draining = (
            terminal.backlog_bytes == 0 or terminal.written_bytes > self._written_before
        )
        self._written_before = terminal.written_bytes
        if self._is_draining:
            self.client.beat(idle_s=int(self._clock() - self._last_key_at))

    def _take_picture(self, snapshot: Snapshot) -> None:
        self._pictures += 1
        self._last_picture_at = self._clock()
        self._has_news = True
        kill_before = self.desk.is_killed
        self._perform(self.desk.show(snapshot))
        if self.desk.is_killed:
            self._kill_watch.note_answer()
        if self.desk.is_killed != kill_before:
            self.draw()

    def _take_outcome(self, outcome: Outcome) -> None:
        self._perform(
            self.desk.answer(
                outcome.request, is_done=outcome.is_done, text=outcome.text, now=self._clock()
            )
        )
        self.draw()

    def _take_change(self, why: str) -> None:
        self._why_gone = why
        self._note_link()
        self.draw()

    def _note_link(self) -> None:
        if self.client.is_attached:
            attachment = Attachment.ATTACHED
        elif self.client.attachments:
            attachment = Attachment.GONE
        else:
            attachment = Attachment.CONNECTING
        link = Link(
            attachment=attachment,
            silent_s=int(self._clock() - self._last_picture_at),
            why=self._why_gone,
            reconnects=max(0, self.client.attachments - 1),
            pictures=self._pictures,
            kill_line_is_open=self.kill_line.is_open,
        )
        self._perform(self.desk.connect(link))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(request=request, action=action):
                    if not self.client.act(action, request=request):
                        self._perform(
                            self.desk.answer(
                                request,
                                is_done=False,
                                text="not sent: the engine is gone",
                                now=self._clock(),
                            )
                        )
                case PressKill():
                    self._press_kill()
                case Leave(result=result):
                    self.run_worker(self._leave(result), name="leave", exit_on_error=False)
                case Repaint():
                    self.draw_again()
                case Ring(cause=cause):
                    self._ring(cause)

    def _press_kill(self) -> None:
        now = self._clock()
        if self._kill_watch.note_key(now):
            self.desk.kill_note = "KILL SENT: waiting for the engine to say so"
        else:
            self.client.kill()
            self.desk.kill_note = "KILL NOT DELIVERED: no engine at the other end"

    def _ring(self, cause: str) -> None:
        now = self._clock()
        if now - self._rang_at.get(cause, -BELL_EVERY_S) >= BELL_EVERY_S:
            self._rang_at[cause] = now
            self.bell()

    async def _leave(self, result: DeskResult) -> None:
        if result in (DeskResult.DETACHED, DeskResult.PAUSED_AND_QUIT):
            with contextlib.suppress(TimeoutError):  # an engine that reads nothing cannot be told
                await asyncio.wait_for(self.client.detach(), FAREWELL_WITHIN_S)
        self.exit(result)


def open_desk(socket_path: Path) -> DeskResult:
    """Show the desk until the trader leaves; says how that came about.

    Raises:
        DeskError: there is no terminal to show it on.
    """
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        raise DeskError("the desk needs a terminal; use the status command without one")
    end_on_signals()
    app = DeskApp(socket_path, glyphs=glyphs_for_terminal())
    result = app.run(mouse=False)  # split mouse reports arrive as forged key presses on a bad link
    app.kill_line.close()
    return DeskResult.FAILED if result is None or app.return_code else result
