"""The arrows of the design hold in the code as it is."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_imports_point_down():
    """Every contract of pyproject.toml is kept: layers, a pure core, a screen that observes."""
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_top_level_holds_what_the_owner_ordered_and_nothing_else():
    """Package, tests, README, settings example, screenshots, licence, lock file and dot-files."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    top = {name.split("/")[0] for name in listed}
    wanted = {"pyproject.toml", "tui_mm", "tests", "README.md", "screenshots", "LICENSE"}
    others = {name for name in top if not name.startswith(".")} - wanted
    assert others <= {"requirements.lock"}
