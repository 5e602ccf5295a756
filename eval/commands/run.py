"""python -m eval run: ask all questions of a set."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.options import add_answering

if TYPE_CHECKING:
    from eval.runner import Run

_EXAMPLES = """examples:
  python -m eval run eval/sets/sample.jsonl --store sample --llm quote
  python -m eval run eval/sets/*.jsonl --store sample --out runs/new      start, or go on
  python -m eval run SET --llm model.gguf --jobs 2                        search while it writes
  python -m eval run SET --llm model.gguf --answer-style quote            it points at sentences
  python -m eval run SET --filter type=conflict --filter language=zh      of this type and language
  python -m eval run SET --filter type=conflict --filter type=injected    of either type
  python -m eval run SET --filter id=s001 --json

Every answer is kept as soon as it is known. After Ctrl-C, or a crash, the same command with --out
and the run's folder goes on; nothing is asked twice. When all is asked the folder holds rows.jsonl
(the answers, the same bytes whenever the run is made again), timings.jsonl, baselines.jsonl and the
report. A filter is one of type, language, split, evidence_language and id. Several SETs are asked
as one. Exit codes: 0 done, 1 failed (also if a single question did), 2 wrong usage, 130
interrupted.
"""


def register(commands: Any) -> None:
    """Add `run` to the commands of `python -m eval`."""
    words = "ask all questions of a set and report"
    sub = commands.add_parser(
        "run",
        help=words,
        description=words,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.add_argument(
        "sets", type=Path, nargs="+", metavar="SET", help="a .jsonl file, see eval/README.md"
    )
    sub.add_argument("--store", type=Path, metavar="DIR", help="folder of the store")
    add_answering(sub)
    sub.add_argument("--out", type=Path, metavar="DIR", help="folder of a new or unfinished run")
    sub.add_argument("-k", type=count_given, default=8, metavar="N", help="paragraphs (default: 8)")
    sub.add_argument(
        "--jobs", type=count_given, default=1, metavar="N", help="questions at a time (default: 1)"
    )
    sub.add_argument("--limit", type=count_given, metavar="N", help="only the first N questions")
    sub.add_argument(
        "--filter",
        type=filter_given,
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="only these questions; of one field any value will do, and all fields must fit",
    )
    sub.add_argument(
        "--verbatim", action="store_true", help="ask follow-up questions as typed, not rewritten"
    )
    sub.add_argument("--json", action="store_true", help="print JSON")
    command: Callable[[argparse.Namespace], int] = _run
    sub.set_defaults(command=command)


def count_given(text: str) -> int:
    """A number from 1.

    Raises:
        ArgumentTypeError: it is less.
    """
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is too few; give at least 1")
    return value


def filter_given(text: str) -> tuple[str, str]:
    """FIELD=VALUE as a pair.

    Raises:
        ArgumentTypeError: another form.
    """
    field, equals, value = text.partition("=")
    if not (field and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} is no filter; write FIELD=VALUE")
    return field, value


def _run(options: argparse.Namespace) -> int:
    from eval.runner import default_folder, run
    from eval.sets import chosen, read_sets
    from rag import open_assistant
    from rag.gguf_names import resolve
    from rag.loading import loading_bar

    # First: a wrong set is told before the models load.
    questions = chosen(read_sets(options.sets), options.filter, options.limit)
    assistant = open_assistant(
        options.store,
        llm=options.llm,
        embedder=options.embedder,
        answer_style=options.answer_style,
        unsupported=options.unsupported,
        judge=options.judge,
        progress=loading_bar(),
    )
    folder = options.out or default_folder(questions, assistant.llm_name)
    sys.stderr.write(f"run folder: {folder}\n")
    try:
        done = run(
            questions,
            assistant,
            folder,
            k=options.k,
            verbatim=options.verbatim,
            jobs=options.jobs,
            filters=options.filter,
            limit=options.limit,
            model_file=resolve(options.llm or os.environ.get("RAG_LLM") or "auto"),
        )
        shown = _reported(done, as_json=options.json)
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted; to go on, give the same command with --out {folder}\n")
        return 130
    sys.stdout.write(shown)
    return 1 if done.failed else 0


def _reported(done: "Run", *, as_json: bool) -> str:
    from eval.report import render, write

    made = write(done)
    return json.dumps(made, ensure_ascii=False) + "\n" if as_json else render(made)
