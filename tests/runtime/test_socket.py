"""The socket: pictures, answers and kills over a real Unix socket."""

import asyncio
import socket
import stat
from pathlib import Path

import pytest

from tests.runtime.fakes import FakeEngine
from tests.runtime.rig import PATIENCE_S, attached, running_loop, served, until
from tui_mm.domain.events import OperatorActed, OperatorLost
from tui_mm.domain.ids import ContractId
from tui_mm.domain.operator import Kill, PauseAll, Resume
from tui_mm.runtime import socket as socket_module
from tui_mm.runtime.messages import (
    DESK_LINE,
    KILL_LINE,
    Act,
    Detach,
    Goodbye,
    Heartbeat,
    Hello,
    Picture,
    Watch,
    framed,
)
from tui_mm.runtime.session_files import SOCKET_PATH_BYTES_MAX
from tui_mm.runtime.socket import SocketUnusable, bound


def kills_seen(engine: FakeEngine) -> int:
    """How many presses reached the engine."""
    return sum(
        isinstance(fact, OperatorActed) and isinstance(fact.action, Kill) for fact in engine.facts
    )


def is_lost(engine: FakeEngine) -> bool:
    """True when the engine was told that nobody watches."""
    return any(isinstance(fact, OperatorLost) for fact in engine.facts)


async def send_for_ever(deaf: socket.socket, data: bytes) -> None:
    """Send again and again and read nothing; ends only with an error."""
    while True:
        await asyncio.get_running_loop().sock_sendall(deaf, data)


async def test_hello_is_answered_with_a_picture(tmp_path: Path):
    """A desk has something to show at once."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        desk = await attached(path)
        assert isinstance(await desk.next(), Picture)


async def test_an_action_is_answered_and_shown_at_once(tmp_path: Path):
    """The outcome carries the desk's own number, and a picture follows it."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        first, second = await attached(path), await attached(path)
        first.send(Act(request=7, action=PauseAll()))
        second.send(Act(request=7, action=Resume(word="no")))
        assert (await first.outcome()).is_done
        refused = await second.outcome()
        assert (refused.request, refused.is_done, refused.text) == (7, False, "wrong word")
        assert isinstance(await second.next(), Picture)


async def test_each_desk_watches_its_own_contract(tmp_path: Path):
    """What one trader opens does not change what another sees."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        first, second = await attached(path), await attached(path)
        first.send(Watch(contract=ContractId("A")))
        async with asyncio.timeout(5):
            while (await first.picture()).snapshot.undo != "A":
                pass
        assert (await second.picture()).snapshot.undo == ""


async def test_every_byte_on_a_kill_line_is_a_press(tmp_path: Path):
    """No frame, no parser: what arrives kills."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(KILL_LINE + b"k\x00\xff")
        await until(lambda: kills_seen(rig.engine) == 3)
        writer.close()


async def test_a_kill_works_while_a_desk_does_not_read(tmp_path: Path):
    """A stalled terminal fills its own socket and nothing else."""
    engine = FakeEngine()
    engine.picture_text = "x" * 300_000
    async with running_loop(tmp_path, engine=engine) as rig, served(rig) as path:
        with socket.socket(socket.AF_UNIX) as stalled:
            stalled.connect(str(path))
            stalled.sendall(DESK_LINE + framed(Hello()))
            await asyncio.sleep(0.3)  # several pictures more than the socket can hold
            _, writer = await asyncio.open_unix_connection(path)
            writer.write(KILL_LINE + b"k")
            await until(lambda: kills_seen(engine) == 1)
            assert "CancelAll" in rig.venue.sent_kinds()
            reader = await attached(path)
            assert (await reader.picture()).snapshot.kill is not None
            writer.close()


async def test_a_desk_that_lets_its_answers_pile_up_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What it does not read is bounded, and the others do not notice."""
    monkeypatch.setattr(socket_module, "WRITE_BUFFER_MAX", 4_096)
    monkeypatch.setattr(socket_module, "FAREWELL_S", 0.05)
    acts = b"".join(framed(Act(request=n, action=PauseAll())) for n in range(200))
    async with running_loop(tmp_path) as rig, served(rig) as path:
        other = await attached(path)
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.connect(str(path))
            deaf.setblocking(False)
            greeting = DESK_LINE + framed(Hello())
            await asyncio.get_running_loop().sock_sendall(deaf, greeting)
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(ConnectionError):
                    await send_for_ever(deaf, acts)
        other.send(Act(request=1, action=PauseAll()))
        assert (await other.outcome()).is_done


async def test_the_wrong_version_is_refused_with_both_numbers(tmp_path: Path):
    """An old desk says so instead of showing nonsense."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        desk = await attached(path)
        await desk.picture()
        desk.send(Hello(version=99))
        while not isinstance(message := await desk.next(), Goodbye):
            pass
    assert message.why == "the engine speaks version 1, the desk 99"


async def test_nothing_is_done_for_somebody_who_has_not_said_hello(tmp_path: Path):
    """Something else that found the socket does not trade."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(DESK_LINE + framed(Act(request=1, action=PauseAll())))
        assert b"Hello" in await reader.read()
        assert rig.engine.facts == []
        writer.close()


async def test_garbage_ends_that_connection_only(tmp_path: Path):
    """The engine says goodbye to it and serves on."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(DESK_LINE + b"\x00\x00\x00\x03abc")
        assert b"could not be understood" in await reader.read()
        writer.close()
        assert isinstance(await (await attached(path)).next(), Picture)


async def test_the_lease_runs_out_when_the_desk_vanishes(tmp_path: Path):
    """End of file without a word: nobody watches the quotes any more."""
    async with running_loop(tmp_path) as rig, served(rig, lease_s=0.2) as path:
        desk = await attached(path)
        desk.send(Heartbeat(idle_s=0))
        await desk.picture()
        await desk.hang_up()
        await until(lambda: is_lost(rig.engine))
        assert "CancelAll" in rig.venue.sent_kinds()


async def test_the_lease_runs_out_when_the_heartbeats_stop(tmp_path: Path):
    """The connection lives, the terminal behind it does not."""
    async with running_loop(tmp_path) as rig, served(rig, lease_s=0.2) as path:
        desk = await attached(path)
        desk.send(Heartbeat(idle_s=0))
        await until(lambda: is_lost(rig.engine))


async def test_no_lease_runs_out_after_a_detach(tmp_path: Path):
    """The trader said that the engine goes on."""
    async with running_loop(tmp_path) as rig, served(rig, lease_s=0.1) as path:
        desk = await attached(path)
        desk.send(Heartbeat(idle_s=0))
        desk.send(Detach())
        await desk.picture()
        await desk.hang_up()
        await asyncio.sleep(0.4)
        assert not is_lost(rig.engine)


async def test_a_passing_command_has_no_lease(tmp_path: Path):
    """It never beats, so its end means nothing."""
    async with running_loop(tmp_path) as rig, served(rig, lease_s=0.1) as path:
        desk = await attached(path)
        await desk.picture()
        await desk.hang_up()
        await asyncio.sleep(0.4)
        assert not is_lost(rig.engine)


async def test_a_desk_that_comes_while_the_engine_stops_is_sent_away(tmp_path: Path):
    """Attaching to an engine that is on its way out would show a desk that dies."""
    async with running_loop(tmp_path) as rig, served(rig) as path:
        rig.loop.stop_requested.set()
        message = await (await attached(path)).next()
    assert message == Goodbye(why="the engine is stopping")


def test_only_the_owner_can_connect(tmp_path: Path):
    """Whoever opens the socket trades."""
    path = tmp_path / "engine.sock"
    with bound(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_socket_of_a_dead_engine_is_replaced(tmp_path: Path):
    """A crash must not keep the next engine from starting."""
    path = tmp_path / "engine.sock"
    bound(path).close()
    assert path.exists()
    with bound(path):
        pass


def test_the_socket_of_a_living_engine_is_not_taken(tmp_path: Path):
    """Its desks would end up at another engine."""
    path = tmp_path / "engine.sock"
    with bound(path) as listener:
        listener.listen()
        with pytest.raises(SocketUnusable, match="another engine answers"):
            bound(path)


def test_a_file_in_the_way_is_not_removed(tmp_path: Path):
    """It is not ours to delete."""
    path = tmp_path / "engine.sock"
    path.write_text("notes")
    with pytest.raises(SocketUnusable, match="is not a socket of this user"):
        bound(path)
    assert path.read_text() == "notes"


def test_a_path_too_long_is_refused_with_both_numbers(tmp_path: Path):
    """The system's own message would say neither what nor how much."""
    path = tmp_path / ("d" * SOCKET_PATH_BYTES_MAX)
    with pytest.raises(
        SocketUnusable, match=f"bytes where the system allows {SOCKET_PATH_BYTES_MAX}"
    ):
        bound(path)
