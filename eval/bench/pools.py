"""Texts to search in, and questions with the texts that answer them: what retrieval is measured on.

Two shapes of files become pools: SQuAD-style sets, whose questions have one right paragraph, and
files of snippets, whose questions have several. A text that stands twice in a set is one text of
its pool, so that finding either copy is right.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.bench.squad import QuestionSet
from rag.errors import InputError


@dataclass(frozen=True)
class Query:
    """A question and the numbers of the texts that are right for it, at least one."""

    question: str
    right: frozenset[int]


@dataclass(frozen=True)
class Pool:
    """Texts, no two of them the same, and the questions asked of them."""

    name: str
    texts: tuple[str, ...]
    queries: tuple[Query, ...]


def same_text(text: str) -> str:
    """What two copies of a text share: its characters without white space."""
    return "".join(text.split())


def pool_of(questions: QuestionSet) -> Pool:
    """The pool of a SQuAD-style set; its queries stand in the order of the set's questions."""
    gathered = _Texts()
    numbers = [gathered.number(text) for text in questions.paragraphs]
    queries = [Query(q.question, frozenset({numbers[q.paragraph]})) for q in questions.questions]
    return Pool(questions.name, tuple(gathered.texts), tuple(queries))


def read_snippets(folder: Path) -> list[Pool]:
    """A pool for each *.jsonl or *.jsonl.gz of a folder whose lines have query and snippets.

    That is the shape of RGB (Chen et al. 2023, "Benchmarking Large Language Models in
    Retrieval-Augmented Generation"): `query`, and lists of texts `positive` and `negative`. The
    snippets of all lines are pooled; right for a question are its own positive ones. Falsified
    snippets (`positive_wrong`) are left out, and so are files of any other shape.

    Raises:
        InputError: a line of such a file cannot be read.
    """
    paths = sorted(p for p in folder.glob("*.jsonl*") if p.name.endswith((".jsonl", ".jsonl.gz")))
    pools = [_snippet_pool(path) for path in paths if _has_snippets(next(_rows(path), None))]
    return [pool for pool in pools if pool.queries]


def _snippet_pool(path: Path) -> Pool:
    gathered, queries = _Texts(), []
    for row in _rows(path):
        right = frozenset(gathered.numbers(row["positive"]))
        gathered.numbers(row["negative"])
        if right:
            queries.append(Query(row["query"], right))
    return Pool(path.name.split(".")[0], tuple(gathered.texts), tuple(queries))


def _rows(path: Path) -> Iterator[Any]:
    opener = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for line in file:
                number += 1
                if line.strip():
                    yield json.loads(line)
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"{path} cannot be read after line {number} ({error})") from error


def _has_snippets(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("query"), str):
        return False
    lists = (row.get("positive"), row.get("negative"))
    return all(isinstance(found, list) for found in lists)


class _Texts:
    """Texts numbered in the order in which they come; the same text keeps its number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        number = self._numbers.setdefault(same_text(text), len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number

    def numbers(self, texts: Iterable[Any]) -> list[int]:
        return [self.number(text) for text in texts if isinstance(text, str) and text.strip()]
