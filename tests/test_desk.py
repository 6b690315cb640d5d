"""The product as a user has it: one command in a real terminal, an engine, an exchange."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.replay.recordings import Recording
from tests.ui.pty_rig import Terminal, on_pty
from tui_mm.domain.contract import Side
from tui_mm.domain.ids import ContractId
from tui_mm.domain.order import OrderState
from tui_mm.domain.units import MILLISECOND, Nanos
from tui_mm.engine.snapshot import MarketRow, Snapshot
from tui_mm.runtime.client import EngineLine, NoEngine
from tui_mm.runtime.lease import LEASE_S

WITHIN_S = 10.0
A_SECOND = 1.0
STALL_S = 5.0
PIPE_BYTES = 4_096


@dataclass
class Desk:
    """A terminal with the desk in it, and a line of our own to the engine behind it."""

    shown: Terminal
    socket: Path

    def snapshot(self) -> Snapshot:
        """The engine's own picture, asked for past the screen."""
        with EngineLine(self.socket) as line:
            return line.picture()

    def becomes(self, what: Callable[[Snapshot], bool], *, within_s: float = WITHIN_S) -> bool:
        """Whether the engine gets there in time, while the terminal is read."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if what(self.snapshot()):
                return True
            self.shown.read_for(0.02)
        return False

    def market(self, contract: ContractId) -> MarketRow:
        """One market as the engine has it."""
        return row_of(self.snapshot(), contract)


@contextlib.contextmanager
def a_desk(
    state: Path, *, width: int = 80, height: int = 24, command: tuple[str, ...] = ()
) -> Iterator[Desk]:
    """`tui-mm` with its state in this folder; whatever engine is left is stopped at the end."""
    session = "replay" if "replay" in command else "embedded"
    socket = state / session / "engine.sock"
    with on_pty(
        ("tui_mm", *command),
        notes=state / "notes",
        width=width,
        height=height,
        TUI_MM_STATE_DIR=str(state),
    ) as shown:
        try:
            assert shown.shows("[k "), shown.text
            yield Desk(shown=shown, socket=socket)
        finally:
            stop_engine(state)


def stop_engine(state: Path) -> None:
    """End the engine from another shell, if one runs."""
    subprocess.run(
        [sys.executable, "-m", "tui_mm", "stop", f"--state-dir={state}"],
        capture_output=True,
        timeout=30,
        check=False,
    )


def row_of(snapshot: Snapshot, contract: ContractId) -> MarketRow:
    """A market of a picture."""
    return next(row for row in snapshot.markets if row.contract == contract)


def resting(snapshot: Snapshot, contract: ContractId, side: Side) -> list[tuple[int, int]]:
    """What the exchange has acknowledged of ours in a market: prices and quantities."""
    return [
        (order.price, order.remaining)
        for order in snapshot.orders
        if order.contract == contract and order.side is side and order.state is OrderState.WORKING
    ]


def is_quoting(snapshot: Snapshot) -> bool:
    """Both sides of at least six markets rest at the exchange."""
    both = [
        row.contract
        for row in snapshot.markets
        if all(resting(snapshot, row.contract, side) for side in Side)
    ]
    return len(both) >= 6


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_one_command_shows_a_market_maker_at_work(tmp_path: Path, width: int, height: int):
    """Markets, own quotes and the kill key, at every size; stopping from the desk ends it all."""
    with a_desk(tmp_path, width=width, height=height) as desk:
        assert desk.shown.shows("PAPER QUOTING")
        assert desk.shown.shows("[k KILL]")
        assert desk.becomes(is_quoting)
        assert desk.shown.shows(" QUOTE")
        desk.shown.type("q")
        assert desk.shown.shows("Leave the desk?")
        desk.shown.read_for(0.5)
        desk.shown.type("\x1b[B\x1b[B\x1b[B\r")
        assert desk.shown.prints("stopped: no order rests")
        assert desk.shown.ends(within_s=WITHIN_S) == 0
        with pytest.raises(NoEngine):
            desk.snapshot()


def test_keys_change_what_the_exchange_holds(tmp_path: Path):
    """p, w, t + Enter, s, b + Enter on the selected market, each seen at the exchange."""
    with a_desk(tmp_path, width=120, height=40) as desk:
        assert desk.becomes(is_quoting)
        assert desk.shown.shows("> ")
        # The widest market is the slowest: what changes there meanwhile is what the keys change.
        markets = desk.snapshot().markets
        widest = max(range(len(markets)), key=lambda n: markets[n].market_spread_ticks or 0)
        contract = markets[widest].contract
        assert desk.becomes(lambda now: total(now, contract, Side.BUY) == 10_000_000)
        desk.shown.type("\x1b[B" * widest)
        desk.shown.read_for(0.5)

        desk.shown.type("p")
        assert desk.becomes(
            lambda now: not [order for order in now.orders if order.contract == contract]
        )
        desk.shown.type("p")
        assert desk.shown.shows("Enter=apply")
        desk.shown.type("\r")
        assert desk.becomes(lambda now: bool(resting(now, contract, Side.BUY)))

        desk.shown.read_for(0.5)
        desk.shown.type("w")
        assert desk.becomes(
            lambda now: (
                row_of(now, contract).spread_ticks == 1 and follows_spread(now, contract, extra=1)
            )
        )
        desk.shown.type("t")
        assert desk.shown.shows("Enter=apply")
        desk.shown.type("\r")
        assert desk.becomes(
            lambda now: (
                row_of(now, contract).spread_ticks == 0 and follows_spread(now, contract, extra=0)
            )
        )

        desk.shown.type("s")
        assert desk.becomes(lambda now: total(now, contract, Side.BUY) == 5_000_000)
        desk.shown.type("b")
        assert desk.shown.shows("Enter=apply")
        desk.shown.type("\r")
        assert desk.becomes(lambda now: total(now, contract, Side.BUY) == 10_000_000)


def total(snapshot: Snapshot, contract: ContractId, side: Side) -> int:
    """The quantity at the exchange on one side of a market."""
    return sum(size for _, size in resting(snapshot, contract, side))


def follows_spread(snapshot: Snapshot, contract: ContractId, *, extra: int) -> bool:
    """Our spread at the exchange is the market's less the two improved ticks, and the extra."""
    row = row_of(snapshot, contract)
    if row.market_spread_ticks is None or row.my_spread_ticks is None:
        return False
    is_acknowledged = all(resting(snapshot, contract, side) for side in Side)
    return is_acknowledged and row.my_spread_ticks == row.market_spread_ticks - 2 + extra


def test_a_kill_holds_through_a_stalled_terminal_and_a_restart(tmp_path: Path):
    """k while the terminal takes nothing: all cancelled, proven, kept; only the word resumes."""
    with a_desk(tmp_path) as desk:
        assert desk.becomes(is_quoting)
        assert desk.shown.shows("[k KILL]")
        desk.shown.stall()
        stalled_at = time.monotonic()
        time.sleep(A_SECOND)
        desk.shown.type("k")
        while desk.snapshot().kill is None:
            assert time.monotonic() < stalled_at + STALL_S
        while (kill := desk.snapshot().kill) is not None and kill.proven_at is None:
            assert time.monotonic() < stalled_at + STALL_S
            time.sleep(0.02)
        assert kill is not None
        assert (kill.open_at_venue, kill.orders_live, kill.latch_saved) == (0, 0, True)
        time.sleep(max(0.0, stalled_at + STALL_S - time.monotonic()))
        desk.shown.go_on()
        assert desk.shown.shows("K I L L E D")

    with a_desk(tmp_path) as desk:
        assert desk.shown.shows("K I L L E D")
        assert desk.becomes(lambda now: now.kill is not None and now.kill.proven_at is not None)
        assert desk.snapshot().orders == ()
        desk.shown.type("R")
        assert desk.shown.shows("Type RESUME")
        desk.shown.read_for(0.5)
        desk.shown.type("REZUME\r")
        desk.shown.read_for(0.5)
        assert desk.snapshot().kill is not None
        desk.shown.type("\x1b")
        desk.shown.read_for(0.5)
        desk.shown.type("R")
        assert desk.shown.shows("Type RESUME")
        desk.shown.read_for(0.5)
        desk.shown.type("RESUME\r")
        assert desk.becomes(is_quoting)
        assert not (tmp_path / "embedded" / "kill.json").exists()


def test_closing_the_terminal_leaves_the_engine_and_pulls_its_quotes(tmp_path: Path):
    """Nobody watches any more: the engine lives on and, ten seconds later, nothing rests."""
    with a_desk(tmp_path) as desk:
        assert desk.becomes(is_quoting)
        desk.shown.close()
        assert desk.shown.ends(within_s=WITHIN_S) is not None
        assert desk.snapshot().orders != ()
        until = time.monotonic() + LEASE_S + WITHIN_S
        while desk.snapshot().orders and time.monotonic() < until:
            time.sleep(0.2)
        after = desk.snapshot()
        assert after.orders == ()
        assert after.is_lease_lost


def test_ctrl_c_without_a_screen_ends_with_proof_and_positions(tmp_path: Path):
    """SIGINT to the headless engine: exit 0, and the last lines say what is held."""
    argv = [sys.executable, "-m", "tui_mm", "sim", "--headless", f"--state-dir={tmp_path}"]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if ": QUOTE" in line:
                break
        os.kill(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out.startswith("stopped: no order rests\n")
    assert "profit" in out


def test_a_recording_with_a_hostile_name_plays_harmless_on_the_screen(tmp_path: Path):
    """Markup, an escape sequence, a newline and a bidi mark in a market's name are only text."""
    name = "KXEVIL[/b]-\x1b]0;owned\x07\x1b[31m\n\u202eX"
    recording = Recording().book(bids="0.40:100", asks="0.60:100", ticker=name)
    for _ in range(60):
        recording.bid("0.3000", "1.00", ticker=name).wait(Nanos(500 * MILLISECOND))
    path = recording.write(tmp_path)
    with a_desk(tmp_path, command=("replay", str(path))) as desk:
        assert desk.shown.shows("[/b]")
        desk.shown.read_for(1.0)
        assert "PAPER" in desk.shown.lines[0]
        sent = bytes(desk.shown.raw)
        assert b"owned\x07" not in sent
        assert b"\x1b]0;" not in sent
        assert "\u202e".encode() not in sent


def test_a_listener_that_stops_reading_does_not_stop_a_headless_engine(tmp_path: Path):
    """Its pipe is full and stays full; a kill from another shell is proven all the same."""
    argv = [sys.executable, "-m", "tui_mm", "sim", "--headless", "--speed=50"]
    with subprocess.Popen(
        [*argv, f"--state-dir={tmp_path}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        until = time.monotonic() + 60
        fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        waiting = bytearray(4)
        while time.monotonic() < until:
            fcntl.ioctl(process.stderr, termios.FIONREAD, waiting)
            if int.from_bytes(waiting, sys.byteorder) > PIPE_BYTES // 2:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the engine did not say enough to fill a pipe")
        time.sleep(2 * A_SECOND)
        killed = subprocess.run(
            [sys.executable, "-m", "tui_mm", "kill", f"--state-dir={tmp_path}"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert killed.returncode == 0, killed.stdout + killed.stderr
