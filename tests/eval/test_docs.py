"""What the documents tell readers to type is understood."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from eval.__main__ import parser

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "eval/README.md", "eval/bench/README.md")
_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.S | re.M)
_INLINE = re.compile(r"`([^`]+)`")
_COMMAND = re.compile(r"python -m eval (\w.*)")


def commands(text: str) -> list[list[str]]:
    """The arguments of `python -m eval` wherever it stands in a text, without what explains it.

    A command that is only named (`python -m eval compare`) is none.
    """
    blocks = _FENCED.findall(text)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += [" ".join(part.split()) for part in _INLINE.findall(_FENCED.sub("", text))]
    typed = [match[1] for line in lines if (match := _COMMAND.search(line))]
    split = [re.split(r"\s{2,}|\s+#|[…]$", line)[0] for line in typed]
    found = [[w.rstrip("…") for w in shlex.split(line) if w != "…"] for line in split]
    return [words for words in found if not all(re.fullmatch("[a-z-]+", word) for word in words)]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_understood(page: str) -> None:
    found = commands((ROOT / page).read_text("utf-8"))
    assert found
    for words in found:
        if "WHAT" in words or any(word.startswith("[") for word in words):
            continue  # any of a family; what may be given
        try:
            parser().parse_args(words)
        except SystemExit as stopped:
            assert stopped.code == 0, f"{page}: python -m eval {shlex.join(words)}"  # --help


def test_the_example_for_ci_is_a_workflow_whose_commands_are_understood() -> None:
    text = (ROOT / "eval/README.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    workflow = yaml.safe_load(block)
    (job,) = workflow["jobs"].values()
    found = [words for step in job["steps"] for words in commands(f"```\n{step.get('run')}\n```")]
    assert {words[0] for words in found} == {"run", "compare", "check"}
    for words in found:
        parser().parse_args(words)
