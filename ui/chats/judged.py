"""Judgements as lines of JSON: as gold for `python -m eval run`, or all that was said."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index.language import language

Json = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """A row of feedback; `given` is what was asked and answered."""

    store: str
    reader: str
    chat: str
    turn: int
    sentence: int
    verdict: str
    note: str
    at: str
    given: Json

    @property
    def answer_key(self) -> tuple[str, str, str, int]:
        """Which answer was judged."""
        return self.store, self.reader, self.chat, self.turn

    @property
    def id(self) -> str:
        """A name for the answer that tells nothing of the reader."""
        key = "\x00".join(map(str, self.answer_key)).encode("utf-8", "replace")
        return "fb-" + hashlib.sha256(key).hexdigest()[:16]


def everything(row: Judged) -> Json:
    """A judgement with all that was asked, found and answered."""
    sentences = row.given["answer"]["sentences"]
    about = sentences[row.sentence - 1]["text"] if 0 < row.sentence <= len(sentences) else None
    return {
        "id": row.id,
        "verdict": row.verdict,
        "sentence": row.sentence or None,
        "about": about,
        "note": row.note,
        "at": row.at,
        **row.given,
    }


def gold(rows: Sequence[Judged]) -> Iterator[Json]:
    """Questions with gold answers, from answers that are right as a whole and in every sentence.

    Each cited sentence is a group of gold answers: it, or the words it cites. A refusal that is
    right makes an unanswerable question. Questions with limits are left out: a set has none.
    """
    doubted = {row.answer_key for row in rows if row.verdict != "right"}
    for row in rows:
        if row.sentence == 0 and row.verdict == "right" and row.answer_key not in doubted:
            fields = _question(row)
            if fields:
                yield fields


def _question(row: Judged) -> Json | None:
    given, answer = row.given, row.given["answer"]
    if not given["question"].strip() or any(given["filters"].values()):
        return None
    fields = {
        "id": row.id,
        "question": given["question"],
        "language": given["language"].strip() or language(given["question"]),
        "type": "feedback",
        "answerable": not answer["abstained"],
        "answers": [],
        "evidence": [],
        "history": [pair for pair in given["history"] if all(map(str.strip, pair))],
    }
    if answer["abstained"]:
        return fields
    groups = [_group(sentence) for sentence in answer["sentences"] if sentence["citations"]]
    evidence = _evidence(answer["sentences"])
    if not groups or not evidence:
        return None
    quoted = language(" ".join(one["quote"] for one in evidence))
    return {**fields, "answers": groups, "evidence": evidence, "evidence_language": quoted}


def _group(sentence: Json) -> list[str]:
    quotes = (citation["quote"]["text"] for citation in sentence["citations"])
    return list(dict.fromkeys(words for words in (sentence["text"], *quotes) if words.strip()))


def _evidence(sentences: Sequence[Json]) -> list[Json]:
    pairs = dict.fromkeys(
        (citation["source"], citation["quote"]["text"])
        for sentence in sentences
        for citation in sentence["citations"]
    )
    return [
        {"source": source, "quote": quote}
        for source, quote in pairs
        if source.strip() and quote.strip()
    ]
