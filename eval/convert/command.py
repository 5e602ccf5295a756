"""What the commands of `python -m eval convert` do."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from eval.convert import feedback, rgb, squad
from eval.convert.files import stem
from eval.convert.made import Made, set_lines, spread, write_lines, write_set
from rag.errors import InputError

_PRIVATE = 0o600  # what readers wrote is for whoever runs the program


def run(options: argparse.Namespace) -> int:
    """Convert public files to articles and a set."""
    outputs = (options.articles, options.set)
    _check_files(options.files, outputs)
    if options.kind == "rgb":
        made = rgb.convert(options.files, options.language, options.wrong)
    else:
        made = squad.convert(options.files, options.language)
    found = len(made.questions)
    made.questions = spread(made.questions, options.limit)
    names = [stem(path) for path in options.files]
    name = "+".join(names) if len(names) <= 3 else f"{names[0]}+{len(names) - 1}"
    lines = set_lines(made, name, f"Converted from {', '.join(p.name for p in options.files)}.")
    write_lines(options.articles, made.articles)
    write_set(options.set, lines)
    _tell_left_out(made.left_out)
    facts = {
        "articles": len(made.articles),
        "questions": len(made.questions),
        "beyond_limit": found - len(made.questions),
        "left_out": dict(made.left_out.most_common()),
    }
    talk = (
        f"{facts['articles']} articles → {options.articles}\n"
        f"{facts['questions']} questions → {options.set}"
        + (f" (of {found})" if facts["beyond_limit"] else "")
    )
    _show(talk, facts, as_json=options.json)
    return 0


def run_feedback(options: argparse.Namespace) -> int:
    """Convert what readers said of answers to a set, labels, or both."""
    outputs = [path for path in (options.set, options.labels) if path is not None]
    if not outputs:
        raise InputError("nothing to write; give --set OUT.jsonl, --labels OUT.jsonl, or both")
    _check_files([options.file], outputs)
    lines = feedback.read(options.file)
    talk: list[str] = []
    facts: dict[str, object] = {}
    if options.set is not None:
        made = feedback.questions(lines)
        write_set(
            options.set,
            set_lines(made, stem(options.set), "Answers that readers called right."),
            mode=_PRIVATE,
        )
        _tell_left_out(made.left_out)
        talk.append(f"{len(made.questions)} questions → {options.set}")
        facts |= _facts("questions", made)
    if options.labels is not None:
        labelled = feedback.labels(lines)
        if not labelled.lines:
            why = _listed(labelled.left_out)
            raise InputError(f"{options.file} holds no verdict that labels a sentence ({why})")
        write_lines(options.labels, labelled.lines, mode=_PRIVATE)
        _tell_left_out(labelled.left_out)
        talk.append(f"{len(labelled.lines)} labelled sentences → {options.labels}")
        facts |= {
            "labels": len(labelled.lines),
            "labels_left_out": dict(labelled.left_out.most_common()),
        }
    _show("\n".join(talk), facts, as_json=options.json)
    return 0


def _facts(name: str, made: Made) -> dict[str, object]:
    return {name: len(made.questions), f"{name}_left_out": dict(made.left_out.most_common())}


def _check_files(files: Sequence[Path], outputs: Sequence[Path]) -> None:
    """Names that would write over something, or give two things one id.

    Raises:
        InputError: there are such names.
    """
    stems = Counter(map(stem, files))
    twice = [name for name, count in stems.items() if count > 1]
    if twice:
        raise InputError(
            f"{stems[twice[0]]} files are named {twice[0]}; give each once, rename one"
        )
    places = [path.resolve() for path in [*files, *outputs]]
    if len(set(places)) < len(places):
        raise InputError("a file to write is named twice, or is one to read; name another")


def _tell_left_out(left_out: Counter[str]) -> None:
    if left_out:
        sys.stderr.write(f"left out: {_listed(left_out)}\n")


def _listed(left_out: Counter[str]) -> str:
    return "; ".join(f"{count} × {reason}" for reason, count in left_out.most_common())


def _show(talk: str, facts: dict[str, object], *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(facts, ensure_ascii=False) if as_json else talk) + "\n")
