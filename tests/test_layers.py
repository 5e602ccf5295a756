"""The one-way house: index ← rag ← {ui, eval}, seen in the syntax trees."""

import ast
import gc
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ABOVE = {"index": {"rag", "ui", "eval"}, "rag": {"ui", "eval"}, "ui": {"eval"}, "eval": {"ui"}}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("room", sorted(ABOVE))
def test_imports_go_one_way(room: str) -> None:
    files = list((ROOT / room).rglob("*.py"))
    assert files
    gc.collect()  # on Python 3.11.7 a warning of the collector's breaks a parser at work
    assert {str(f): imported(f) & ABOVE[room] for f in files if imported(f) & ABOVE[room]} == {}


def test_only_prompt_py_reads_the_prompts() -> None:
    readers = {
        file.relative_to(ROOT).as_posix()
        for room in ABOVE
        for file in (ROOT / room).rglob("*.py")
        if '/ "prompts"' in file.read_text("utf-8")
    }
    assert readers == {"rag/prompt.py"}
