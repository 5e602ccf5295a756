"""What reading pages as pages does for retrieval and answers: our own questions over five pages.

The questions (`pages_questions.jsonl`) name a page by its SHA-256 and their answers as ranges of
its characters; the pages themselves are not part of the project.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from eval.bench.real_pages import real_pages
from index.article import Paragraph, Span
from index.build import build
from index.embedder import load_embedder
from index.errors import InputError
from rag.answer import Answer, Hit
from rag.assistant import Assistant
from rag.retriever import Retriever

QUESTIONS = Path(__file__).with_name("pages_questions.jsonl")
PageSetting = Literal["always", "never", "auto"]
FIRST = 5  # hits among which the answer should stand


@dataclass(frozen=True)
class PageQuestion:
    """A question, and the ranges of the file's decoded text that hold its answer, all of them.

    `broken` says that the sentence with the answer is broken on the page: by the end of a line,
    or across columns.
    """

    id: str
    question: str
    language: str
    file: str
    gold: tuple[Span, ...]
    broken: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a question: `rank` (from 1) of the first hit that holds the whole answer."""

    question: PageQuestion
    rank: int | None
    answered: bool
    abstained: bool


def load_questions(path: Path = QUESTIONS) -> list[PageQuestion]:
    """The questions of a file, one a line."""
    return [_question(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def questions_effect(folder: Path, pages: PageSetting = "auto") -> list[dict[str, Any]]:
    """Index the folder with the bundled embedder, ask every question, answer by quotation.

    Three rows: all questions, those whose answer is broken on the page, and the others. The
    store is made in a temporary folder.

    Raises:
        InputError: the five pages are not in the folder.
    """
    raws = {page.sha256: lines.raw for page, _, lines in real_pages(folder)}
    if not raws:
        raise InputError(f"{folder} holds none of the pages that the questions are about")
    with TemporaryDirectory() as store:
        embedder = load_embedder()
        _build(folder, Path(store), embedder, pages)
        assistant = Assistant(Retriever(store, embedder=embedder))
        return rows(outcomes(assistant, load_questions(), raws))


def outcomes(
    assistant: Assistant, questions: Sequence[PageQuestion], raws: Mapping[str, str]
) -> list[Outcome]:
    """Ask each question; `raws` are the decoded texts of the pages by SHA-256."""
    return [_outcome(assistant, question, raws[question.file]) for question in questions]


def rows(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Shares over all questions, over those with a broken answer, and over the others."""
    groups = {
        "all": found,
        "broken": [outcome for outcome in found if outcome.question.broken],
        "whole": [outcome for outcome in found if not outcome.question.broken],
    }
    return [_row(name, group) for name, group in groups.items() if group]


def covers(paragraph: Paragraph, quote: Span, gold: Sequence[Span], raw: str) -> bool:
    """Whether the characters `quote` of a paragraph are printed at every character of `gold`.

    White space does not count: repairing a line takes it out.
    """
    shown: set[int] = set()
    for piece in paragraph.pieces:
        first = max(quote.start, piece.text_start)
        behind = min(quote.end, piece.text_start + piece.length)
        shift = piece.raw_start - piece.text_start
        shown.update(range(first + shift, behind + shift))
    wanted = (offset for span in gold for offset in range(span.start, span.end))
    return all(offset in shown for offset in wanted if not raw[offset].isspace())


def _outcome(assistant: Assistant, question: PageQuestion, raw: str) -> Outcome:
    hits = assistant.retriever.search(question.question, k=FIRST)
    answer = assistant.ask(question.question)
    return Outcome(
        question, _rank(hits, question, raw), _quoted(answer, question, raw), answer.abstained
    )


def _rank(hits: Sequence[Hit], question: PageQuestion, raw: str) -> int | None:
    for rank, hit in enumerate(hits, 1):
        whole = Span(0, len(hit.paragraph.text))
        if hit.article.raw == raw and covers(hit.paragraph, whole, question.gold, raw):
            return rank
    return None


def _quoted(answer: Answer, question: PageQuestion, raw: str) -> bool:
    """Whether one citation of the answer holds all of the gold."""
    return any(
        citation.hit.article.raw == raw
        and covers(citation.hit.paragraph, citation.quote, question.gold, raw)
        for sentence in answer.sentences
        for citation in sentence.citations
    )


def _row(name: str, group: Sequence[Outcome]) -> dict[str, Any]:
    ranks = [outcome.rank for outcome in group]
    return {
        "questions": name,
        "number": len(group),
        "recall@1": sum(rank == 1 for rank in ranks) / len(group),
        f"recall@{FIRST}": sum(rank is not None for rank in ranks) / len(group),
        "answer holds gold": sum(outcome.answered for outcome in group) / len(group),
        "abstained": sum(outcome.abstained for outcome in group) / len(group),
    }


def _question(record: dict[str, Any]) -> PageQuestion:
    gold = tuple(Span(start, end) for start, end in record.pop("gold"))
    return PageQuestion(gold=gold, **record)


def _build(folder: Path, store: Path, embedder: Any, pages: PageSetting) -> None:
    index: Callable[..., object] = build
    known = "pages" in inspect.signature(build).parameters
    index([folder], store, embedder, **({"pages": pages} if known else {}))
