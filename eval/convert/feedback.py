"""What readers said of answers in the chat (its export, in either form) as questions and labels.

A line of the export "gold" is a question already. Of the export "all" each line is a verdict:
`right`, `wrong` or `citation_wrong` (what is cited does not prove it), on a whole answer or on one
of its sentences. An answer that is right as a whole and doubted in no sentence makes a question.
A sentence that is right makes the label `supported`, one whose citation is wrong `unsupported`; a
sentence that is wrong says nothing of whether its source has it.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.convert.files import Json, records
from eval.convert.made import Made
from eval.sets import Question
from eval.sets.fields import question_of
from index.language import language
from rag.errors import InputError

_LABELS = {"right": "supported", "citation_wrong": "unsupported"}
_VERDICTS = ("right", "wrong", "citation_wrong")
_MALFORMED = "a line that is no verdict of the chat's export"


class _LeftOut(Exception):  # noqa: N818 - it is no error, it says why
    """Why a line makes no question, or no label."""


@dataclass(frozen=True)
class Labels:
    """Labelled sentences as lines, and a count of the verdicts that make none."""

    lines: list[Json]
    left_out: Counter[str]


def read(path: Path) -> list[Json]:
    """The lines of an export.

    Raises:
        InputError: it cannot be read, or is no JSON by line.
    """
    lines = [_utf8(line) for _, line in records(path)]
    if not lines:
        raise InputError(f"{path} holds no feedback; export it again once readers have given some")
    return lines


def questions(lines: Sequence[Json]) -> Made:
    """Questions with gold answers, from answers that are right as a whole and in every sentence."""
    made = Made()
    doubted = {line.get("id") for line in lines if _is_verdict(line) and line["verdict"] != "right"}
    for line in lines:
        if "verdict" in line and line.get("sentence") is not None:
            continue  # a sentence; it is counted among the labels
        try:
            made.question(_question(line, doubted))
        except _LeftOut as why:
            made.left_out[str(why)] += 1
    return made


def labels(lines: Sequence[Json]) -> Labels:
    """The sentences that readers called right, or whose citation they called wrong."""
    made: dict[str, Json] = {}
    left_out: Counter[str] = Counter()
    for line in lines:
        try:
            label = _label(line)
            if label["id"] in made:
                raise _LeftOut("a sentence that stands there already")
            made[label["id"]] = label
        except _LeftOut as why:
            left_out[str(why)] += 1
    return Labels(list(made.values()), left_out)


def _utf8(line: Json) -> Json:
    """The line without the halves of characters that UTF-8 cannot write."""
    made: Json = json.loads(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace"))
    return made


def _is_verdict(line: Json) -> bool:
    return line.get("verdict") in _VERDICTS and isinstance(line.get("id"), str)


def _question(line: Json, doubted: set[Any]) -> Question:
    if "verdict" in line:
        line = _gold(line, doubted)
    question, faults = question_of(line)
    if question is None:
        raise _LeftOut("no question of a set: " + faults[0].partition(";")[0])
    return question


def _gold(line: Json, doubted: set[Any]) -> Json:
    """A whole answer that is right, as the line of a set."""
    if not _is_verdict(line):
        raise _LeftOut(_MALFORMED)
    if line["verdict"] != "right":
        raise _LeftOut("an answer that is not right")
    if line["id"] in doubted:
        raise _LeftOut("an answer with a sentence that is not right")
    try:
        if any(line["filters"].values()):
            raise _LeftOut("an answer to a question with limits")
        return _fields(line)
    except (KeyError, TypeError, AttributeError) as error:
        raise _LeftOut(_MALFORMED) from error


def _fields(line: Json) -> Json:
    answer, asked = line["answer"], line["question"]
    fields = {
        "id": line["id"],
        "question": asked,
        "language": line["language"].strip() or language(asked),
        "type": "feedback",
        "answerable": not answer["abstained"],
        "history": [pair for pair in line["history"] if all(map(str.strip, pair))],
    }
    if answer["abstained"]:
        return fields
    cited = [sentence for sentence in answer["sentences"] if sentence["citations"]]
    evidence = list(_evidence(cited))
    if not evidence:
        raise _LeftOut("an answer that cites nothing")
    return fields | {
        "answers": [list(_alternatives(sentence)) for sentence in cited],
        "evidence": evidence,
        "evidence_language": language(" ".join(one["quote"] for one in evidence)),
    }


def _alternatives(sentence: Json) -> Iterator[str]:
    """The sentence, or the words that it cites."""
    quotes = (citation["quote"]["text"] for citation in sentence["citations"])
    yield from dict.fromkeys(words for words in (sentence["text"], *quotes) if words.strip())


def _evidence(cited: Sequence[Json]) -> Iterator[Json]:
    pairs = dict.fromkeys(
        (citation["source"], citation["quote"]["text"])
        for sentence in cited
        for citation in sentence["citations"]
    )
    for source, quote in pairs:
        if source.strip() and quote.strip():
            yield {"source": source, "quote": quote}


def _label(line: Json) -> Json:
    if "verdict" not in line:
        raise _LeftOut("a question of the export “gold”, which has no verdicts on sentences")
    if not _is_verdict(line):
        raise _LeftOut(_MALFORMED)
    if line.get("sentence") is None:
        raise _LeftOut("a verdict on a whole answer")
    if line["verdict"] == "wrong":
        raise _LeftOut("a wrong sentence: whether its source says it is not known")
    try:
        sentence = line["answer"]["sentences"][line["sentence"] - 1]
        sources = list(_sources(sentence, line["answer"]["hits"]))
        said = sentence["text"].strip()
        asked = line["question"] + ""
        spoken = line["language"].strip() or language(said)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise _LeftOut(_MALFORMED) from error
    if not said or not sources:
        raise _LeftOut("a sentence that cites nothing")
    return {
        "id": f"{line['id']}-{line['sentence']}",
        "question": asked,
        "language": spoken,
        "sentence": said,
        "sources": sources,
        "label": _LABELS[line["verdict"]],
        "origin": "reader",
    }


def _sources(sentence: Json, hits: Sequence[Json]) -> Iterator[Json]:
    """The paragraphs that a sentence cites, each once."""
    found = {hit["paragraph"]: hit for hit in hits}
    for paragraph in dict.fromkeys(citation["paragraph"] for citation in sentence["citations"]):
        hit = found[paragraph]
        yield {"text": hit["text"], "date": hit["date"], "title": hit["title"]}
