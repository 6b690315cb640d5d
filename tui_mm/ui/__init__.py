"""The desk on the screen: a disposable process that shows snapshots and sends actions.

Law: nothing here decides about an order. The desk attaches to the engine's socket, draws the
newest snapshot it has, and turns key presses into actions; if it dies, freezes or loses its
terminal, the engine goes on as it was told.

Read in this order: actions (which key is which verb), keys (what a verb does), desk (the state it
changes), scene (what is drawn), layout and panes (how), then sheet, app, client, driver, writer and
kill_line (how it reaches a terminal and an engine).

Textual reads its settings when it is imported, so they are set here, before any module of this
folder can import it.
"""

import os
from typing import Final

TEXTUAL_SETTINGS: Final = {
    "TEXTUAL_FPS": "15",  # nobody reads faster; 60 costs twice the processor time
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_DISABLE_KITTY_KEY": "1",  # ssh, tmux and mosh then send the same bytes for a key
    "PYTHONUTF8": "1",  # for processes started from here
}

os.environ.update(TEXTUAL_SETTINGS)
