"""Quotation from the gold paragraph: does the chosen sentence hold the answer?"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bench.retrieval import translations
from eval.bench.squad import Asked, QuestionSet, read_sets
from eval.statistics import paired_difference
from index.article import Article, Paragraph, Piece, Span
from index.embedder import Embedder, load_embedder
from index.lexical import Lexical, tokens
from index.text import fold
from rag.answer import Hit
from rag.errors import ModelError
from rag.features import (
    FEATURES,
    Candidate,
    Reads,
    by_paragraph,
    candidates,
    features,
    read_again,
    scores,
)
from rag.llm import LLM, load
from rag.reader import Reading

Flags = NDArray[np.bool_]
Marked = dict[tuple[str, str], tuple[str, ...]]


def bench(
    folder: Path, embedder: str | None, limit: int | None, reader: Reads | None = None
) -> list[dict[str, Any]]:
    """One row a set: shares of questions whose best sentence (or best two) holds an answer.

    Sets that are translations of each other are also asked in each other's language.

    The baseline is idf-weighted overlap of words alone. Questions whose answer stands in no
    single sentence are counted as wrong for every method. Of sets named "…evidence", in which
    people marked what proves an answer, "marked" is the share of questions whose best sentence
    is (part of) what one of them marked.

    With a `reader` there is what it chooses alone and what quotation chooses with it, and the gain
    over quotation without it, with the 95 % interval (paired bootstrap over paragraphs).

    Raises:
        InputError: the folder holds no question set.
    """
    model = load_embedder(embedder)
    sets = read_sets(folder)
    rows = []
    for told in sets:
        marked = read_marked(folder, told.name)
        rows.append(_row(told.name, told, model, limit, reader, marked))
        for asked in sets:
            if asked is not told and translations(asked, told):
                name = f"{asked.name} → {told.name}"
                rows.append(_row(name, _asked_in(asked, told), model, limit, reader))
    return rows


def _asked_in(asked: QuestionSet, told: QuestionSet) -> QuestionSet:
    """Questions of one set about the paragraphs of another, with the answers of that."""
    pairs = zip(asked.questions, told.questions, strict=True)
    questions = tuple(replace(answered, question=q.question) for q, answered in pairs)
    return replace(told, questions=questions)


def _row(
    name: str,
    questions: QuestionSet,
    embedder: Embedder,
    limit: int | None,
    reader: Reads | None,
    marked: Marked | None = None,
) -> dict[str, Any]:
    read = _ByReader(reader) if reader is not None else None
    first, two, overlap, counts, proven = [], [], [], [], []
    for asked, found, values, right in judged(questions, embedder, limit):
        order = np.argsort(-scores(values), kind="stable")
        first.append(right[order[0]])
        two.append(right[order[:2]].any())
        overlap.append(right[np.argmax(values[:, FEATURES.index("coverage")])])
        counts.append(len(found))
        key = (questions.paragraphs[asked.paragraph], asked.question)
        if read is not None:
            read.look(asked, found, values, right)
        proven.append(_is_marked(found[order[0]].text, (marked or {}).get(key, ())))
    row = {
        "set": name,
        "questions": len(first),
        "sentences a paragraph": float(np.mean(counts)),
        "overlap": float(np.mean(overlap)),
        "best sentence": float(np.mean(first)),
        "best two": float(np.mean(two)),
        "marked": float(np.mean(proven)) if marked else None,
    }
    return row | (read.compared(first) if read is not None else {})


class _ByReader:
    """What is chosen for each question with a reader, and where it is asked."""

    def __init__(self, reader: Reads) -> None:
        self._reader = reader
        self._alone: list[float] = []
        self._first: list[float] = []
        self._two: list[float] = []
        self._paragraphs: list[str] = []

    def look(
        self, asked: Asked, found: list[Candidate], values: NDArray[np.float64], right: Flags
    ) -> None:
        """Choose for one question."""
        alone = self._reader.scores(asked.question, by_paragraph(found))
        again = read_again(values, asked.question, found, self._reader)
        order = np.argsort(-scores(again), kind="stable")
        self._alone.append(float(right[np.argmax(alone)]))
        self._first.append(float(right[order[0]]))
        self._two.append(float(right[order[:2]].any()))
        self._paragraphs.append(str(asked.paragraph))

    def compared(self, without: list[Any]) -> dict[str, Any]:
        """Shares of right choices, and the gain over those without the reader."""
        gain = paired_difference([float(r) for r in without], self._first, self._paragraphs)
        return {
            "reader alone": float(np.mean(self._alone)),
            "with reader": float(np.mean(self._first)),
            "two with it": float(np.mean(self._two)),
            "gain": gain.mean,
            "from": gain.low,
            "to": gain.high,
        }


def _is_marked(sentence: str, marked: Sequence[str]) -> bool:
    chosen = fold(sentence)
    return any(chosen in fold(text) or fold(text) in chosen for text in marked)


def read_marked(folder: Path, name: str) -> Marked:
    """What people marked as proof, by paragraph and question; nothing for most sets."""
    found: Marked = {}
    for path in folder.glob(f"{name}.json*") if name.endswith("evidence") else ():
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            blocks = [
                block for article in json.load(file)["data"] for block in article["paragraphs"]
            ]
        for block in blocks:
            for asked in block["qas"]:
                proofs = tuple(text for text in asked.get("evidences", ()) if text)
                found[block["context"], asked["question"]] = proofs
    return found


def judged(
    questions: QuestionSet, embedder: Embedder, limit: int | None
) -> Iterator[tuple[Asked, list[Candidate], NDArray[np.float64], NDArray[np.bool_]]]:
    """Each question, the sentences of its paragraph, their features, which hold an answer."""
    lexical = Lexical.build([tokens(text) for text in questions.paragraphs])
    for asked in questions.questions[:limit]:
        found = candidates([gold_hit(questions.paragraphs[asked.paragraph])])
        if found:
            values = features(asked.question, found, lexical, embedder)
            yield asked, found, values, holds_answer(found, asked.answers)


def holds_answer(found: Sequence[Candidate], answers: Sequence[str]) -> NDArray[np.bool_]:
    """Which sentences contain one of the answers (in the folded view)."""
    wanted = [fold(answer) for answer in answers]
    return np.array([any(answer in fold(c.text) for answer in wanted) for c in found])


def gold_hit(text: str) -> Hit:
    """A paragraph as if retrieval had found it first."""
    span = Span(0, len(text))
    paragraph = Paragraph("p", "a", 0, text, span, (Piece(0, 0, len(text)),))
    return Hit(paragraph, Article("a", "-", "-", text, span), 1.0)


def opened_reader(name: str) -> Reads:
    """The reader called `name` (a value of --llm), for as many questions as there are.

    Raises:
        ModelError: it is none, or does not load.
    """
    llm = load(name)
    if llm is None or llm.answer_style != "reader":
        raise ModelError(f"--llm {name} is no reader; give --llm reader")
    return OneByOne(llm)


class OneByOne:
    """A reader that forgets each question, as an answer's `Reading` does when it ends."""

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self._asked, self._reading = "", Reading(llm)

    def scores(self, question: str, paragraphs: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """See `Reading.scores`."""
        if question != self._asked:
            self._asked, self._reading = question, Reading(self._llm)
        return self._reading.scores(question, paragraphs)
