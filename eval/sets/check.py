"""python -m eval check: is a set sound, and do the words it quotes stand in a store?"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.sets.question import Question, QuestionSet
    from index.generation import Generation

_EXAMPLES = """examples:
  python -m eval check mine.jsonl                    the schema, line by line
  python -m eval check eval/sets/*.jsonl --store sample
                                                     … and every quote, in its source's paragraphs

A fault makes the exit code 1. A warning does not: it is something to look at again.
"""


@dataclass(frozen=True)
class Checked:
    """What was found in some files; a file that breaks the schema is not among the `sets`."""

    sets: tuple[dict[str, Any], ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the `check` command."""
    help = "check question sets: their schema, and their quotes against a store"
    check = commands.add_parser(
        "check",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("sets", type=Path, nargs="+", metavar="SET", help="a .jsonl file")
    check.add_argument("--store", type=Path, metavar="DIR", help="store with the articles")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from index.store import Store

    generation = Store(options.store).current() if options.store else None
    checked = check(options.sets, generation)
    if options.json:
        facts = {"sets": checked.sets, "faults": checked.faults, "warnings": checked.warnings}
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(render(checked))
    return 1 if checked.faults else 0


def check(paths: Sequence[Path], generation: "Generation | None" = None) -> Checked:
    """Check files of questions, by themselves and against the paragraphs of a store."""
    from eval.sets.reading import SetFaults, read_set
    from rag.errors import InputError

    sets: list[tuple[Path, QuestionSet]] = []
    faults: list[str] = []
    for path in dict.fromkeys(paths):
        try:
            sets.append((path, read_set(path)))
        except SetFaults as error:
            faults += error.faults
        except InputError as error:
            faults.append(str(error))
    faults += _shared_ids(sets)
    warnings = [w for path, found in sets for w in _asked_twice(path, found.questions)]
    if generation is not None:
        for path, found in sets:
            faults += _missing_quotes(path, found.questions, generation)
            warnings += _doubtful(path, found.questions, generation)
    return Checked(tuple(_counts(p, found) for p, found in sets), tuple(faults), tuple(warnings))


def render(checked: Checked) -> str:
    """What was found, for reading."""
    lines = []
    for one in checked.sets:
        lone = one["unanswerable"] - one["twins"]
        twins = f", {lone} of them without a twin" if lone else ""
        lines += [
            f"{one['file']}: {one['questions']} questions ({one['name']})",
            f"  sha256: {one['sha256']}",
            f"  answerable: {one['answerable']}",
            f"  unanswerable: {one['unanswerable']}{twins}",
        ]
        for name in ("type", "language", "split"):
            lines.append(
                f"  {name}: " + ", ".join(f"{value} {n}" for value, n in one[name].items())
            )
    lines += [f"fault: {fault}" for fault in checked.faults]
    lines += [f"warning: {warning}" for warning in checked.warnings]
    lines.append(f"{_number(checked.faults, 'fault')}, {_number(checked.warnings, 'warning')}")
    return "\n".join(lines) + "\n"


def _number(items: Sequence[str], noun: str) -> str:
    return f"{len(items) or 'no'} {noun}{'' if len(items) == 1 else 's'}"


def _counts(path: Path, found: "QuestionSet") -> dict[str, Any]:
    questions = found.questions
    answerable = sum(question.answerable for question in questions)
    return {
        "file": str(path),
        "name": found.name,
        "sha256": found.sha256,
        "questions": len(questions),
        "answerable": answerable,
        "unanswerable": len(questions) - answerable,
        "twins": sum(question.twin is not None for question in questions),
        "type": dict(Counter(question.type for question in questions).most_common()),
        "language": dict(Counter(question.language for question in questions).most_common()),
        "split": dict(
            Counter(question.split or "not said" for question in questions).most_common()
        ),
    }


def _shared_ids(sets: "Sequence[tuple[Path, QuestionSet]]") -> Iterator[str]:
    places: dict[str, Path] = {}
    for path, found in sets:
        for question in found.questions:
            if question.id in places:
                yield f'{path}, "id": {question.id!r} is in {places[question.id]} too'
        places |= {question.id: path for question in found.questions}


def _asked_twice(path: Path, questions: "Sequence[Question]") -> Iterator[str]:
    from index.text import fold

    asked: dict[tuple[object, ...], str] = {}
    for question in questions:
        words = (fold(question.text), *((fold(q), fold(a)) for q, a in question.history))
        if words in asked:
            yield f"{path}, {question.id}: asks the same as {asked[words]}"
        asked.setdefault(words, question.id)


def _missing_quotes(
    path: Path, questions: "Sequence[Question]", generation: "Generation"
) -> Iterator[str]:
    from eval.sets.evidence import missing_corrections, missing_evidence

    there = {facts.source for facts in generation.facts.values()}
    for name, missing in (
        ("evidence", missing_evidence(questions, generation)),
        ("corrections", missing_corrections(questions, generation)),
    ):
        for item in missing:
            place = f'{path}, {item["id"]}, "{name}"'
            if item["source"] not in there:
                yield f"{place}: the store has no source {item['source']!r}"
            else:
                yield f"{place}: no paragraph of {item['source']} has {item['quote']!r}"


def _doubtful(
    path: Path, questions: "Sequence[Question]", generation: "Generation"
) -> Iterator[str]:
    """Gold answers that their own evidence does not say, and articles that are not there."""
    from eval.sets.evidence import folded_paragraphs

    sources = {e.source for question in questions for e in question.evidence}
    sources |= {question.about for question in questions if question.about}
    texts = folded_paragraphs(sources, generation)
    for question in questions:
        if question.about and not texts[question.about]:
            yield f'{path}, {question.id}, "about": the store has no source {question.about!r}'
        if question.cross_lingual is False:
            for answer in _unproved(question, texts):
                yield f'{path}, {question.id}, "answers": no paragraph quoted says {answer!r}'


def _unproved(question: "Question", texts: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    """First alternatives that stand in no paragraph of the evidence, in words or as figures."""
    from eval.sets.evidence import with_words

    proofs = [with_words(texts[evidence.source], evidence.quote) for evidence in question.evidence]
    everywhere = [paragraph for paragraphs in proofs for paragraph in paragraphs]
    for number, group in enumerate(question.answers):
        paragraphs = proofs[number] if question.type == "conflict" else everywhere
        # Without any paragraph the quote itself is missing, which is told as a fault.
        if paragraphs and not any(_says(text, group[0]) for _, text in paragraphs):
            yield group[0]


def _says(paragraph: str, answer: str) -> bool:
    from index.text import fold
    from rag.facts import Facts

    if fold(answer) in paragraph:
        return True
    figures = Facts(answer).numbers
    return bool(figures) and figures <= Facts(paragraph).numbers
