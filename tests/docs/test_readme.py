"""README.md: what it tells readers to type works."""

import json
import re
import shutil
from pathlib import Path

from tests.conftest import SAMPLE
from tests.docs.snippets import ROOT, commands, page

# needs a network, a browser, Ctrl-C, a model; or is run by the tests of `python -m index`
_ELSEWHERE = (
    "make ",
    "source ",
    "python -m ui",
    "python -m index watch",
    "python -m index inspect",
    "python -m index build index/sample",
    "python -m index build pages/",
    "python -m eval",
    "python -m rag models",
    "RAG_EMBEDDER=",
)
README = page("README.md")
TYPED = [command for block in README.of("sh") for command in commands(block.text)]


def test_the_page(run, place: Path) -> None:
    for folder in ("path/to/articles", "path/to/more"):
        (place / folder).mkdir(parents=True)
    shutil.copy(SAMPLE / "bridge-double-moon.md", place / "path/to/articles")
    shutil.copy(SAMPLE / "bridge-harrow-ferry.md", place / "path/to/more")
    (place / "questions.jsonl").write_text('{"question": "双月桥有多长？"}\n', "utf-8")
    with_models = tuple(c for c in TYPED if "--llm" in c or "--embedder" in c)
    ran = run(README, not_run=(*_ELSEWHERE, *with_models))
    assert "68.4" in ran.printed("python")[0]
    (answer,) = map(json.loads, (place / "answers.jsonl").read_text("utf-8").splitlines())
    assert (answer["question"], answer["abstained"]) == ("双月桥有多长？", False)
    ran.finish()


def test_make_has_what_it_names() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = {command.split()[1] for command in TYPED if command.startswith("make ")}
    named |= set(re.findall(r"`make ([a-z-]+)", README.path.read_text("utf-8")))
    assert {"chat", "test", "check", "bench"} <= named
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.M))
