"""An answer at a terminal: as text while it comes, as JSON, and what it rests on."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answer import Answer, Event, Reported


def print_stream(events: Iterable["Event"]) -> None:
    """Print an answer as it comes, and behind it what proves it."""
    from rag.answer import AnswerFinished, QuestionRewritten, TextAdded

    began = False
    for event in events:
        if isinstance(event, QuestionRewritten):
            print(f"understood as: {event.question}", file=sys.stderr)
        elif isinstance(event, TextAdded):
            print(event.text, end="", flush=True)
            began = True
        elif isinstance(event, AnswerFinished):
            # Words of a model that turned out to decline stand there already.
            print("\n" * (began and event.answer.abstained) + event.answer.message)
            _print_proof(event.answer)
            tell_dropped(event.answer)


def _print_proof(answer: "Answer") -> None:
    """Doubts, what was left out, the words that are cited; without an answer what is nearest."""
    doubtful = [(s.support, s) for s in answer.sentences if s.support != "supported"]
    for word, sentence in (*doubtful, *(("left out", s) for s in answer.withdrawn)):
        print(f"! {word}: {sentence.text} ({'; '.join(sentence.reasons)})")
    if answer.reported:
        print("reported: " + ", ".join(_report(report) for report in answer.reported))
    cited = {c.number: c for s in answer.sentences for c in s.citations}
    cited |= {r.citation.number: r.citation for r in answer.reported}
    for number, citation in sorted(cited.items()):
        article = citation.hit.article
        print(f"[{number}] {article.title} · {article.date or '—'} · {article.source}")
        print(f"    “{citation.quote_text}”")
        for again in citation.hit.to_json().get("also_in", ()):
            print(f"    {_also(again)}")
    if answer.abstained:
        print(listed([hit.to_json() for hit in answer.hits[:3]]))


def _report(report: "Reported") -> str:
    """A value, and which article gives it: 94 % [1] (title, 2022-04-14)."""
    article = report.citation.hit.article
    told = ", ".join(filter(None, (article.title, article.date)))
    return f"{report.value} [{report.citation.number}] ({told})"


def tell_dropped(answer: "Answer") -> None:
    """Say on stderr what of the hits the model was not shown."""
    shortened, left_out = len(answer.dropped.shortened), len(answer.dropped.left_out)
    if shortened or left_out:
        print(
            f"{shortened + left_out} of {len(answer.hits)} passages did not fit the model's "
            f"context: {shortened} shortened, {left_out} left out; ask for fewer with -k, or use a "
            "model with a larger context",
            file=sys.stderr,
        )


def as_json(fields: dict[str, Any]) -> str:
    """One line of JSON."""
    # Halves of surrogate pairs, which an id or a bad question may hold, cannot be printed.
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def listed(hits: Sequence[dict[str, Any]]) -> str:
    """Hits, as `Hit.to_json` gives them, two lines each or more."""
    lines = []
    for hit in hits:
        lines.append(f"{hit['score']:.3f}  {hit['title']} · {hit['date'] or '—'} · {hit['source']}")
        lines.append(f"       {hit['text']}")
        lines += [f"       {_also(again)}" for again in hit.get("also_in", ())]
    return "\n".join(lines)


def _also(again: dict[str, Any]) -> str:
    return f"also in: {again['title']} · {again['date'] or '—'} · {again['source']}"
