"""Reading SQuAD-style files: paragraphs, and questions with their answers."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError


@dataclass(frozen=True)
class Asked:
    """A question, the number of its paragraph, and the answers that count as right."""

    question: str
    paragraph: int
    answers: tuple[str, ...]


@dataclass(frozen=True)
class QuestionSet:
    """Paragraphs and the questions asked of them, in the file's order."""

    name: str
    paragraphs: tuple[str, ...]
    questions: tuple[Asked, ...]


def read_sets(folder: Path) -> list[QuestionSet]:
    """Every SQuAD-style file of a folder; parts `name_0000`, `name_0001` … make one set.

    Raises:
        InputError: the folder has none, or a file cannot be read.
    """
    found = sets_in(folder)
    if not found:
        raise InputError(f"{folder} holds no SQuAD-style *.json or *.json.gz; check --data")
    return found


def sets_in(folder: Path) -> list[QuestionSet]:
    """As `read_sets`, for folders that may have none.

    Raises:
        InputError: a file cannot be read.
    """
    groups: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.json*")):
        if path.name.endswith((".json", ".json.gz")):
            name = path.name.split(".")[0]
            head, _, number = name.rpartition("_")
            groups.setdefault(head if number.isdecimal() else name, []).append(path)
    sets = [_joined(name, paths) for name, paths in groups.items()]
    return [questions for questions in sets if questions.questions]


def read_set(path: Path) -> QuestionSet:
    """One file.

    Raises:
        InputError: it cannot be read, or is no JSON.
    """
    return _joined(path.name.split(".")[0], [path])


def _joined(name: str, paths: list[Path]) -> QuestionSet:
    numbers: dict[str, int] = {}
    questions = []
    for path in paths:
        for context, question, answers in _rows(_json(path)):
            number = numbers.setdefault(context, len(numbers))
            if answers:
                questions.append(Asked(question, number, answers))
    return QuestionSet(name, tuple(numbers), tuple(questions))


def _json(path: Path) -> Any:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error})") from error


def _rows(content: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Contexts, questions and answers of the shapes in which such sets are published."""
    articles = content["data"] if isinstance(content, dict) and "data" in content else content
    if not isinstance(articles, list):
        return
    for article in articles:
        blocks = article.get("paragraphs") or [article]
        for block in blocks:
            context = block.get("context") or block.get("context_text")
            for qa in block.get("qas") or ():
                question = qa.get("question") or qa.get("query_text")
                if context and question:
                    yield context, question, _answers(qa)


def _answers(qa: dict[str, Any]) -> tuple[str, ...]:
    texts = [a["text"] if isinstance(a, dict) else str(a) for a in qa.get("answers") or ()]
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
