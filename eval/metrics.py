"""Metrics of one question and its answer: small pure functions, no model, no judge.

`answer` is the JSON object that `python -m rag --json` prints, so that what is measured is what
users get. A value is None where the metric is undefined; a mean is taken over the others, and
its n says how many they are. A question that failed has nothing to show and counts as such:
nothing found, nothing answered, nothing cited.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from eval.sets import Evidence, Question
from index.sentences import sentences
from index.text import fold
from rag.citations import Marker, parse

Json = Mapping[str, Any]

DEPTHS = (1, 5, 8)
SUPPORTS = ("supported", "partial", "unsupported", "unknown")
METRICS = (
    *(f"recall@{depth}" for depth in DEPTHS),
    "mrr",
    "answer_contains_gold",
    "citation_validity",
    "citation_recall",
    "citation_precision",
    *SUPPORTS,
    "over_refusal",
    "false_answer",
    "failed",
)

_NOTHING: dict[str, Any] = {"abstained": None, "sentences": [], "hits": []}
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:[ ,]\d{3})+(?!\d)")
_SPACE = re.compile(r"(?<!\d)\s+|\s+(?!\d)")  # all but those that keep two numbers apart


def measure(question: Question, row: Json, *, k: int) -> dict[str, float | None]:
    """All metrics of a question; `row` is its answer (or has `error`), `k` the hits asked for."""
    answer = {**_NOTHING, **row}
    values: dict[str, float | None] = {
        f"recall@{depth}": recall(question, answer, depth) if depth <= k else None
        for depth in DEPTHS
    }
    values["mrr"] = reciprocal_rank(question, answer)
    values["answer_contains_gold"] = answer_contains_gold(question, answer)
    values["citation_validity"] = citation_validity(answer)
    values["citation_recall"] = citation_recall(question, answer)
    values["citation_precision"] = citation_precision(question, answer)
    values |= {support: support_share(answer, support) for support in SUPPORTS}
    values["over_refusal"] = over_refusal(question, answer)
    values["false_answer"] = false_answer(question, answer)
    values["failed"] = float("error" in row)
    return values


def recall(question: Question, answer: Json, depth: int) -> float | None:
    """Share of the question's evidences that stand in one of the first `depth` hits.

    A hit is right when its source (or one that it is also in) is the evidence's, and its paragraph
    contains the quote in the folded view. Recall at a cut-off, as in any retrieval evaluation
    (Manning, Raghavan & Schütze 2008, chapter 8), with evidences as the relevant items. None for
    unanswerable questions.
    """
    return _share_proven(question, answer["hits"][:depth])


def reciprocal_rank(question: Question, answer: Json) -> float | None:
    """1 / place of the first hit that holds some evidence; 0 when none does.

    Its mean is the MRR (Voorhees, TREC-8 question answering track, 1999). None for unanswerable
    questions.
    """
    if not question.evidence:
        return None
    for place, hit in enumerate(answer["hits"], 1):
        if any(proves(hit, evidence) for evidence in question.evidence):
            return 1 / place
    return 0.0


def answer_contains_gold(question: Question, answer: Json) -> float | None:
    """1 when every group of gold answers has an alternative inside a sentence of the answer.

    Compared are folded texts without white space and without the commas of digit groups; a match
    may not cut a number in two (14 is not in 114). The accuracy of RGB (Chen et al. 2023,
    "Benchmarking Large Language Models in Retrieval-Augmented Generation"). An abstention scores
    0; None for unanswerable questions.
    """
    return _contains_gold(question, [sentence["text"] for sentence in answer["sentences"]])


def first_sentence_contains_gold(question: Question, row: Json) -> float | None:
    """The floor of `answer_contains_gold`: the first sentence of the first hit as the answer."""
    texts = [hit["text"] for hit in {**_NOTHING, **row}["hits"][:1]]
    return _contains_gold(question, [span.cut(t) for t in texts for span in sentences(t)[:1]])


def citation_validity(answer: Json) -> float | None:
    """Share of citations that hold: 1.0 is expected, anything else is a defect.

    A citation holds when its number is the place of a hit of this very answer, that hit is the
    paragraph it names, and its quote stands there, character for character, at its offsets. A
    marker left in the text of a sentence belongs to no citation and counts as one that does not
    hold. Own definition, after the rule of `rag/citations.py`. None without citations.
    """
    hits = answer["hits"]
    holds = [_quoted_verbatim(citation, hits) for citation in _citations(answer)]
    for sentence in answer["sentences"]:
        parts, removed = parse(sentence["text"], len(hits))
        holds += [False] * (removed + sum(isinstance(part, Marker) for part in parts))
    return _mean(holds)


def citation_recall(question: Question, answer: Json) -> float | None:
    """Share of the question's evidences that are cited: some cited paragraph contains the quote.

    After ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text with
    Citations"), with gold evidence in the place of its entailment model. An abstention scores 0;
    None for unanswerable questions.
    """
    cited = (_cited(citation, answer["hits"]) for citation in _citations(answer))
    return _share_proven(question, [hit for hit in cited if hit is not None])


def citation_precision(question: Question, answer: Json) -> float | None:
    """Share of the citations whose paragraph contains some evidence of the question.

    After ALCE, as `citation_recall`. None without citations, and for unanswerable questions
    (`false_answer` has those).
    """
    if not question.evidence:
        return None
    cited = [_cited(citation, answer["hits"]) for citation in _citations(answer)]
    return _mean(
        hit is not None and any(proves(hit, evidence) for evidence in question.evidence)
        for hit in cited
    )


def support_share(answer: Json, support: str) -> float | None:
    """Share of the answer's sentences with this verdict of `rag/support`.

    Own definition; close to the sentence-level support of the TREC 2024 RAG track, with rules in
    the place of the assessor. None for an abstention.
    """
    return _mean(sentence["support"] == support for sentence in answer["sentences"])


def over_refusal(question: Question, answer: Json) -> float | None:
    """1 when an answerable question got an abstention, else 0.

    The error rate on the relevant subset of NoMIRACL (Thakur et al. 2023). None for unanswerable
    and for failed questions.
    """
    if not question.answerable or answer["abstained"] is None:
        return None
    return float(answer["abstained"])


def false_answer(question: Question, answer: Json) -> float | None:
    """1 when an unanswerable question got an answer, else 0.

    The hallucination rate on the non-relevant subset of NoMIRACL (Thakur et al. 2023). None for
    answerable and for failed questions.
    """
    if question.answerable or answer["abstained"] is None:
        return None
    return float(not answer["abstained"])


def proves(hit: Json, evidence: Evidence) -> bool:
    """Whether a hit's paragraph (`source`, `text`) contains an evidence, in the folded view.

    A paragraph that is printed again (`also_in`) is one hit, and has all the sources of both.
    """
    sources = {hit["source"], *(again["source"] for again in hit.get("also_in", ()))}
    return evidence.source in sources and folded(evidence.quote) in folded(hit["text"])


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """`index.text.fold`, remembered: the same paragraphs come back for many questions."""
    return fold(text)


def contains(text: str, alternative: str) -> bool:
    """Whether `alternative` stands in `text`, both folded and without spaces and digit commas."""
    inside, wanted = _compact(text), _compact(alternative)
    before = r"(?<!\d)(?<!\d\.)" if wanted[:1].isdecimal() else ""
    after = r"(?!\.?\d)" if wanted[-1:].isdecimal() else ""
    return re.search(before + re.escape(wanted) + after, inside) is not None


@lru_cache(maxsize=20_000)
def _compact(text: str) -> str:
    ungrouped = _GROUPED.sub(lambda m: re.sub("[ ,]", "", m.group()), fold(text))
    return _SPACE.sub("", ungrouped)


def _contains_gold(question: Question, texts: list[str]) -> float | None:
    if not question.answers:
        return None
    return float(
        all(
            any(contains(text, alternative) for text in texts for alternative in group)
            for group in question.answers
        )
    )


def _share_proven(question: Question, hits: list[Json]) -> float | None:
    return _mean(any(proves(hit, evidence) for hit in hits) for evidence in question.evidence)


def _citations(answer: Json) -> Iterator[Json]:
    for sentence in answer["sentences"]:
        yield from sentence["citations"]


def _cited(citation: Json, hits: list[Json]) -> Json | None:
    """The hit that a citation means, or None when there is no such one."""
    place: int = citation["number"] - 1
    hit = hits[place] if 0 <= place < len(hits) else None
    return hit if hit is not None and hit["paragraph"] == citation["paragraph"] else None


def _quoted_verbatim(citation: Json, hits: list[Json]) -> bool:
    hit, quote = _cited(citation, hits), citation["quote"]
    if hit is None or not quote["text"] or not 0 <= quote["start"] < quote["end"]:
        return False
    return bool(hit["text"][quote["start"] : quote["end"]] == quote["text"])


def _mean(values: Iterable[bool]) -> float | None:
    counted = list(values)
    return sum(counted) / len(counted) if counted else None
