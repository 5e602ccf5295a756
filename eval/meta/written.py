"""Answers written by hand, as models write them, with the values that their metrics must have.

A line of `by_hand.jsonl`: `question` (an id of the set), `what` is right or wrong with the answer,
`said` (its sentences: `text` and `cites`, each the source and some words of the paragraph that is
cited; no sentence is an abstention), `found` (false: of the gold paragraphs only those that are
cited were found; else all were, after those that are cited), `expect` (metric and value, as they
follow from the metric's definition).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.meta.made import HITS, Made, Papers, Row, Said, row_of
from eval.metrics import METRICS
from eval.sets import Evidence, Question
from rag.answer import Hit
from rag.errors import InputError

BY_HAND = Path(__file__).parent / "by_hand.jsonl"
_SURE, _UNSURE = 0.9, 0.1  # scores of hits; no metric reads them


@dataclass(frozen=True)
class Written:
    """An answer by hand: its question and row, and the values that metrics must have."""

    line: int
    question: Question
    row: Row
    expect: Mapping[str, float | None]


def read_written(
    questions: Sequence[Question], papers: Papers, path: Path = BY_HAND
) -> list[Written]:
    """Read answers written by hand.

    Raises:
        InputError: the file cannot be read, a line is no such answer, or its question, its
            paragraphs or a metric are not known.
    """
    known = {question.id: question for question in questions}
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_written(number, json.loads(line), known, papers))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise InputError(f"{path}, line {number}: no answer by hand ({error!r})") from error
    return found


def _written(
    number: int, line: Mapping[str, Any], known: Mapping[str, Question], papers: Papers
) -> Written:
    question = known[line["question"]]
    row = row_of(_made(line, question, papers), papers.gold(question))
    strange = line["expect"].keys() - METRICS.keys()
    if strange or not line["expect"]:
        raise ValueError(f"expect names no metric, or unknown ones: {sorted(strange)}")
    return Written(number, question, row, line["expect"])


def _made(line: Mapping[str, Any], question: Question, papers: Papers) -> Made:
    hits: dict[str, Hit] = {}
    said = []
    for one in line["said"]:
        cited = [papers.proving(Evidence(c["source"], c["quote"]))[0] for c in one["cites"]]
        hits |= {part.id: Hit(part, article, _SURE) for part, article in cited}
        said.append(Said(one["text"], tuple(part.id for part, _ in cited)))
    if line.get("found", True):
        for evidence in question.evidence:
            part, article = papers.proving(evidence)[0]
            hits.setdefault(part.id, Hit(part, article, _SURE))
    others = papers.beside(question, HITS - len(hits))
    return Made(question, (*hits.values(), *(Hit(p, a, _UNSURE) for p, a in others)), tuple(said))
