"""The command that makes a run again, as its header tells."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from eval.report.words import plain

Header = Mapping[str, Any]


def command(header: Header) -> str:
    """`python -m eval run …` with every option that makes the answers; paths stand as names."""
    return f"python -m eval run {' '.join(_words(header))}"


def _words(header: Header) -> Iterator[str]:
    for part in header["sets"]:
        yield _quoted(f"{part['name']}.jsonl")
    yield "--store STORE"
    for key, option in (
        ("llm", "--llm"),
        ("answer_style", "--answer-style"),
        ("unsupported", "--unsupported"),
        ("judge", "--judge"),
        ("k", "-k"),
        ("limit", "--limit"),
    ):
        value = header.get(key)
        if value not in (None, "none"):
            yield f"{option} {_quoted(str(value))}"
    for chosen in header.get("filters") or ():
        yield f"--filter {_quoted(chosen)}"
    if header.get("verbatim"):
        yield "--verbatim"


def _quoted(word: str) -> str:
    return shlex.quote(plain(word))
