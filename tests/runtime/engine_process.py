"""A whole engine process on a fake venue, for tests that send it signals.

Usage: engine_process.py FOLDER [--silent-venue] [--patience SECONDS] [--hold] [--expects-desk]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.runtime.fakes import START, FakeEngine, FakeVenue
from tui_mm.domain.commands import AnyCommand
from tui_mm.domain.errors import DeskError
from tui_mm.domain.events import AnyFact, OperatorActed
from tui_mm.domain.operator import PauseAll
from tui_mm.risk.gate import Approved
from tui_mm.runtime.loop import Session
from tui_mm.runtime.process import EnginePlan, run_engine
from tui_mm.runtime.session_files import SessionFiles


def main() -> int:
    """Run one session and print how it ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--silent-venue", action="store_true")
    parser.add_argument("--patience", type=float, default=10)
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--expects-desk", action="store_true")
    options = parser.parse_args()

    def build(run: int) -> Session:
        engine = FakeEngine()

        def answer(fact: AnyFact) -> Sequence[Approved[AnyCommand]]:
            if isinstance(fact, OperatorActed) and isinstance(fact.action, PauseAll):
                raise RuntimeError("a bug in the engine")
            return ()

        engine.answer = answer
        engine.say(f"run {run} has begun")
        return Session(engine, FakeVenue(answers_reads=not options.silent_venue), START)

    plan = EnginePlan(
        files=SessionFiles(options.folder),
        build=build,
        tell=lambda _: None,
        pulls_on_operator_loss=not options.hold,
        proof_patience_s=options.patience,
        expects_desk=options.expects_desk,
        lease_s=0.3,
    )
    try:
        end = run_engine(plan)
    except DeskError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join((end.text, *end.positions)), flush=True)
    return end.code


if __name__ == "__main__":
    sys.exit(main())
