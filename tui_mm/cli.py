"""The commands. Each either does what was asked and exits 0, or says why not.

Law: `status`, `stop` and `kill` import nothing heavy and read no settings, so that they work from
any shell, also when the configuration does not. Results go to standard output, with --json as one
object and nothing else; everything else goes to standard error.
"""

import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tui_mm.domain.errors import DeskError, NotProven
from tui_mm.domain.operator import StopEngine
from tui_mm.runtime.client import (
    EngineLine,
    EngineSaidGoodbye,
)
from tui_mm.runtime.lock import holder_pid
from tui_mm.runtime.running import is_going_on, last_words, running, sessions, the_running
from tui_mm.runtime.session_files import (
    EMBEDDED_SESSION,
    REPLAY_SESSION,
    SessionFiles,
    state_root,
)

if TYPE_CHECKING:
    from tui_mm.runtime.process import EnginePlan

EXIT_CODES = """
Exit codes: 0 done; 1 not done, the reason is on standard error; 2 wrong usage; 3 NOT PROVEN: orders
may rest at the venue; 4 the engine failed, and everything was cancelled.
"""
SEED = 7  # the world everybody sees first, so that questions about it can be answered
EXIT_NOT_PROVEN = 3
PICTURED_AT_SPEED = 40
PICTURED_AFTER_S = 8.0  # before the engine misses the desk it was started for
STOP_WITHIN_S = 15.0  # the engine itself waits ten seconds for proof

_EXACT_JSON = msgspec.json.Encoder(decimal_format="number")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=f"A market-making desk in a terminal; without a command, on the embedded exchange."
    f"\n\n{EXIT_CODES}",
)

StateDir = Annotated[
    Path | None, typer.Option("--state-dir", help="Folder of the sessions.", show_default=False)
]
SessionName = Annotated[
    str | None, typer.Option("--session", help="Which engine, when several run.")
]
Seed = Annotated[int, typer.Option(min=0, help="Which world the embedded exchange plays.")]
Speed = Annotated[float, typer.Option(min=0.01, max=1000, help="Seconds of the venue per second.")]
Strategy = Annotated[str | None, typer.Option(help="Quote with this strategy everywhere.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Headless = Annotated[bool, typer.Option("--headless", help="No desk: run here, and tell.")]
Background = Annotated[bool, typer.Option("--background", hidden=True)]


def main() -> None:
    """Entry of the `tui-mm` command."""
    try:
        app()
    except NotProven as error:
        print(f"tui-mm: NOT PROVEN: {error}", file=sys.stderr)
        sys.exit(3)
    except (DeskError, OSError) as error:
        sys.exit(f"tui-mm: {error}")


@app.callback(invoke_without_command=True)
def default(context: typer.Context, state_dir: StateDir = None) -> None:
    """Open the desk: on the engine that runs, else on a new embedded exchange."""
    if context.invoked_subcommand is not None:
        if state_dir is not None:
            raise typer.BadParameter("--state-dir stands behind the command")
        return
    files = SessionFiles(_root(state_dir) / EMBEDDED_SESSION)
    if not running(files.folder.parent, EMBEDDED_SESSION):
        _start_in_background(files, ["sim"])
    _open_desk(files)


@app.command()
def sim(
    *,
    seed: Seed = SEED,
    speed: Speed = 1.0,
    headless: Headless = False,
    virtual: Annotated[
        bool, typer.Option("--virtual", help="As fast as possible; needs --headless --seconds.")
    ] = False,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so long.")] = None,
    strategy: Strategy = None,
    as_json: Json = False,
    state_dir: StateDir = None,
    background: Background = False,
) -> None:
    """Trade on the embedded exchange."""
    files = SessionFiles(_root(state_dir) / EMBEDDED_SESSION)
    if virtual:
        if not headless or seconds is None:
            raise typer.BadParameter("--virtual needs --headless and --seconds")
        _run_virtual_sim(seed=seed, seconds=seconds, strategy=strategy, as_json=as_json)
    elif headless or background:
        plan = _sim_plan(
            files,
            seed=seed,
            speed=speed,
            seconds=seconds,
            strategy=strategy,
            is_telling=not background,
        )
        _finish(plan, as_json=as_json)
    else:
        arguments = ["sim", f"--seed={seed}", f"--speed={speed}"]
        arguments += [] if strategy is None else [f"--strategy={strategy}"]
        arguments += [] if seconds is None else [f"--seconds={seconds}"]
        _start_in_background(files, arguments)
        _open_desk(files)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    speed: Speed = 1.0,
    headless: Headless = False,
    strategy: Strategy = None,
    as_json: Json = False,
    state_dir: StateDir = None,
    background: Background = False,
) -> None:
    """Play a recorded session through the engine; --headless as fast as possible."""
    files = SessionFiles(_root(state_dir) / REPLAY_SESSION)
    if headless:
        _run_virtual_replay(file, strategy=strategy, as_json=as_json)
    elif background:
        _finish(_replay_plan(files, file=file, speed=speed, strategy=strategy), as_json=as_json)
    else:
        arguments = ["replay", str(file.absolute()), f"--speed={speed}"]
        arguments += [] if strategy is None else [f"--strategy={strategy}"]
        _start_in_background(files, arguments)
        _open_desk(files)


@app.command()
def bench(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    runs: Annotated[int, typer.Option(min=1, max=100, help="Complete runs to time.")] = 5,
    as_json: Json = False,
) -> None:
    """Measure how fast a recording plays with a strategy quoting in it."""
    from tui_mm import wiring
    from tui_mm.config import loaded_settings

    _print_result(wiring.bench_replay(loaded_settings(), file=file, runs=runs), as_json=as_json)


@app.command()
def screenshots(folder: Path) -> None:
    """Write pictures of the desk on a fresh embedded exchange as SVG files."""
    from tui_mm.ui.pictures import save_screenshots

    with tempfile.TemporaryDirectory() as state:
        files = SessionFiles(Path(state) / EMBEDDED_SESSION)
        _start_in_background(files, ["sim", f"--seed={SEED}", f"--speed={PICTURED_AT_SPEED}"])
        time.sleep(PICTURED_AFTER_S)  # a desk on which something has happened shows more
        for path in save_screenshots(files.socket, folder):
            print(path)
        _stop(files)


@app.command()
def attach(*, session: SessionName = None, state_dir: StateDir = None) -> None:
    """Open the desk on an engine that runs."""
    _open_desk(the_running(_root(state_dir), session))


@app.command()
def status(
    *,
    session: SessionName = None,
    as_json: Json = False,
    plain: Annotated[bool, typer.Option("--plain", help="One fact per line.")] = False,
    state_dir: StateDir = None,
) -> None:
    """Print what a running engine does."""
    from tui_mm.runtime.status_text import plain_lines, status_lines

    root = _root(state_dir)
    if as_json and not running(root, session):
        killed = [files.name for files in sessions(root) if files.latch.exists()]
        _print_json({"is_running": False, "killed_sessions": killed})
        raise typer.Exit(1)
    files = the_running(root, session)
    with EngineLine(files.socket) as line:
        snapshot = line.picture()
    if as_json:
        _print_json(
            {
                "is_running": True,
                "pid": holder_pid(files.lock),
                "snapshot": msgspec.to_builtins(snapshot),
            }
        )
        return
    for text in plain_lines(snapshot) if plain else status_lines(snapshot):
        print(text)


@app.command()
def stop(*, session: SessionName = None, as_json: Json = False, state_dir: StateDir = None) -> None:
    """Cancel everything, prove it, and end the engine."""
    files = the_running(_root(state_dir), session)
    _stop(files)
    _tell_end(files, as_json=as_json)


@app.command()
def kill(
    *,
    session: SessionName = None,
    within: Annotated[float, typer.Option(min=0, help="Seconds to wait for proof.")] = 10.0,
    as_json: Json = False,
    state_dir: StateDir = None,
) -> None:
    """Cancel everything everywhere and halt, in every engine that runs.

    Without a running engine, the next one starts killed.
    """
    from tui_mm.runtime.kill_all import kill_all

    results = kill_all(_root(state_dir), session, within_s=within)
    if as_json:
        _print_json({"sessions": results})
    else:
        for result in results:
            print(f"{result.session}: {result.text}")
    if not all(result.is_done for result in results):
        raise typer.Exit(EXIT_NOT_PROVEN)


def _sim_plan(
    files: SessionFiles,
    *,
    seed: int,
    speed: float,
    seconds: float | None,
    strategy: str | None,
    is_telling: bool,
) -> "EnginePlan":
    from tui_mm import wiring
    from tui_mm.config import OnOperatorLoss, loaded_settings
    from tui_mm.runtime.clocks import wall_now
    from tui_mm.runtime.loop import Session
    from tui_mm.runtime.process import EnginePlan

    settings = loaded_settings()

    def build(run: int) -> Session:
        return wiring.sim_engine(settings, seed=seed, strategy=strategy, start=wall_now(), run=run)

    return EnginePlan(
        files=files,
        build=build,
        tell=_tell if is_telling else _keep_quiet,
        expects_desk=not is_telling,
        speed=speed,
        seconds=seconds,
        pulls_on_operator_loss=settings.on_operator_loss is OnOperatorLoss.CANCEL,
    )


def _replay_plan(
    files: SessionFiles, *, file: Path, speed: float, strategy: str | None
) -> "EnginePlan":
    from tui_mm import wiring
    from tui_mm.config import OnOperatorLoss, loaded_settings
    from tui_mm.runtime.loop import Session
    from tui_mm.runtime.process import EnginePlan

    settings = loaded_settings()

    def build(run: int) -> Session:
        return wiring.replay_engine(settings, file=file, strategy=strategy, run=run)

    return EnginePlan(
        files=files,
        build=build,
        tell=_keep_quiet,
        expects_desk=True,
        speed=speed,
        pulls_on_operator_loss=settings.on_operator_loss is OnOperatorLoss.CANCEL,
    )


def _finish(plan: "EnginePlan", *, as_json: bool) -> None:
    from tui_mm.runtime.process import run_engine

    end = run_engine(plan)
    if as_json:
        _print_json(
            {
                "session": plan.files.name,
                "code": end.code,
                "text": end.text,
                "positions": end.positions,
                "snapshot": None if end.snapshot is None else msgspec.to_builtins(end.snapshot),
            }
        )
    else:
        print("\n".join((end.text, *end.positions)))
    raise typer.Exit(end.code)


def _run_virtual_sim(*, seed: int, seconds: float, strategy: str | None, as_json: bool) -> None:
    from tui_mm import wiring
    from tui_mm.config import loaded_settings

    _print_result(
        wiring.run_headless_sim(loaded_settings(), seed=seed, seconds=seconds, strategy=strategy),
        as_json=as_json,
    )


def _run_virtual_replay(file: Path, *, strategy: str | None, as_json: bool) -> None:
    from tui_mm import wiring
    from tui_mm.config import loaded_settings

    _print_result(
        wiring.run_headless_replay(loaded_settings(), file=file, strategy=strategy),
        as_json=as_json,
    )


def _start_in_background(files: SessionFiles, arguments: list[str]) -> None:
    from tui_mm.runtime.spawn import spawn_engine

    argv = [sys.executable, "-m", "tui_mm", *arguments, "--background"]
    spawn_engine([*argv, f"--state-dir={files.folder.parent.absolute()}"], files)


def _stop(files: SessionFiles) -> None:
    # An engine that is on its way out already says Goodbye instead; its last words follow too.
    with suppress(EngineSaidGoodbye), EngineLine(files.socket) as line:
        answer = line.act(StopEngine())
        if not answer.is_done:
            raise DeskError(f"the engine refused to stop: {answer.text}")
        line.goodbye(within_s=STOP_WITHIN_S)
    is_going_on(files, patience_s=STOP_WITHIN_S)


def _open_desk(files: SessionFiles) -> None:
    from tui_mm.ui.app import CRASH_FILE, open_desk
    from tui_mm.ui.effects import DeskResult

    result = open_desk(files.socket)
    if result is DeskResult.FAILED:
        print(f"details in {files.folder / CRASH_FILE}", file=sys.stderr)
    if is_going_on(files, patience_s=STOP_WITHIN_S):
        print(
            f"{result.value} (process {holder_pid(files.lock)});"
            " tui-mm attach opens its desk, tui-mm stop ends it"
        )
        raise typer.Exit(result.exit_code)
    _tell_end(files, as_json=False)


def _tell_end(files: SessionFiles, *, as_json: bool) -> None:
    words = last_words(files)
    if words is None:
        raise DeskError(f"the engine died without a word: look at {files.log}")
    if as_json:
        _print_json(msgspec.to_builtins(words))
    else:
        print("\n".join((words.text, *words.positions)))
    raise typer.Exit(words.code)


def _root(state_dir: Path | None) -> Path:
    return state_root(state_dir, os.environ)


def _print_result(result: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        _print_json(result)
        return
    for name, value in result.items():
        print(f"{name}: {_EXACT_JSON.encode(value).decode()}")


def _print_json(result: object) -> None:
    print(_EXACT_JSON.encode(result).decode())


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _keep_quiet(line: str) -> None:
    """The log file has the line already."""
