"""House rules a reviewer should not have to repeat."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "tui_mm").rglob("*.py"))
EXACT = {"domain", "market", "portfolio", "risk", "execution", "journal"}  # no floats here
OPEN_ENDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_keeps_the_house_rules(path: Path):
    """A stated purpose, no hidden errors, exact money, nothing left open."""
    text = path.read_text()
    tree = ast.parse(text)
    assert not text.strip() or ast.get_docstring(tree), "say what the module is for"
    assert not OPEN_ENDS.search(text), "no open ends in the tree: write the limitation down"
    package = path.relative_to(ROOT / "tui_mm").parts[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, "a bare except hides bugs"
        if package in EXACT:
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            names_float = isinstance(node, ast.Name) and node.id == "float"
            divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            is_path = divides and package == "journal"  # folder / name
            line = getattr(node, "lineno", 0)
            exact = not is_float and not names_float
            assert exact, f"line {line}: keep money exact"
            assert not divides or is_path, f"line {line}: a true division makes a float"


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda p: p.name)
def test_every_test_says_in_a_sentence_what_it_claims(path: Path):
    """A test without a reason is deleted by the next person who breaks it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test_"
        ):
            assert ast.get_docstring(node), f"{node.name} has no sentence"
