"""python -m eval: run a question set, report, compare two runs, measure on public sets."""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import InputError, YinzhengError
from rag.options import add_answering

if TYPE_CHECKING:
    from eval.compare import Gate
    from eval.runner import Run

_EXAMPLES = """examples:
  python -m index build index/sample --store sample  the articles of the sample set
  python -m eval run eval/sets/sample.jsonl --store sample --llm quote
  python -m eval run eval/sets/sample.jsonl --store sample --out runs/new   start, or go on
  python -m eval run SET --llm model.gguf --answer-style quote   the model points at sentences
  python -m eval run SET --llm model.gguf --unsupported drop     without what is not proved
  python -m eval report runs/new                     the tables again, from the answers kept
  python -m eval compare runs/old runs/new --gate "recall@5>=-0.01"
  python -m eval bench --help                        public question sets

The store is --store, else RAG_STORE, else a folder of yours. Exit codes: 0 done, 1 failed (also a
question that failed, or a gate that did not hold), 2 wrong usage, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except YinzhengError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    from eval.bench import register

    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how well questions are answered and cited.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, help: str, run: Callable[[argparse.Namespace], int]) -> Any:
        sub = commands.add_parser(name, help=help, description=help)
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.set_defaults(command=run)
        return sub

    sub = command("run", "ask all questions of a set and report", _run)
    sub.add_argument("set", type=Path, metavar="SET", help="a .jsonl file, see eval/README.md")
    sub.add_argument("--store", type=Path, metavar="DIR", help="folder of the store")
    add_answering(sub)
    sub.add_argument("--out", type=Path, metavar="DIR", help="folder of a new or unfinished run")
    sub.add_argument("-k", type=_count, default=8, metavar="N", help="paragraphs (default: 8)")
    sub.add_argument(
        "--verbatim", action="store_true", help="ask follow-up questions as typed, not rewritten"
    )
    sub = command("report", "report on a run again, from the answers in its folder", _report)
    sub.add_argument("folder", type=Path, metavar="DIR", help="folder of the run")
    sub = command("compare", "compare two runs of the same set", _compare)
    sub.add_argument("old", type=Path, metavar="A", help="folder of the old run")
    sub.add_argument("new", type=Path, metavar="B", help="folder of the new run")
    sub.add_argument(
        "--gate",
        type=_gate,
        action="append",
        default=[],
        metavar="METRIC>=BOUND",
        help="fail unless the difference (new - old) keeps the bound; may be repeated",
    )
    register(commands)
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("ask for at least one paragraph")
    return value


def _gate(text: str) -> "Gate":
    from eval.compare import parse_gate

    try:
        return parse_gate(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _run(options: argparse.Namespace) -> int:
    from eval.runner import default_folder, run
    from eval.sets import read_set
    from rag import open_assistant
    from rag.loading import loading_bar

    questions = read_set(options.set)  # first: a wrong set is told before the models load
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
    print(f"run folder: {folder}", file=sys.stderr)
    try:
        done = run(questions, assistant, folder, k=options.k, verbatim=options.verbatim)
    except KeyboardInterrupt:
        print(f"interrupted; to go on, give the same command with --out {folder}", file=sys.stderr)
        return 130
    _show_report(done, as_json=options.json)
    return 1 if done.failed else 0


def _report(options: argparse.Namespace) -> int:
    from eval.runner import read_run

    _show_report(read_run(options.folder), as_json=options.json)
    return 0


def _show_report(run: "Run", *, as_json: bool) -> None:
    from eval.report import render, write

    made = write(run)
    print(json.dumps(made, ensure_ascii=False) if as_json else render(made))


def _compare(options: argparse.Namespace) -> int:
    from eval.compare import compare, render
    from eval.runner import read_run

    old, new = read_run(options.old), read_run(options.new)
    differences = compare(old, new)
    broken = [gate for gate in options.gate if not gate.passes(differences)]
    if options.json:
        facts = {
            "old": str(options.old),
            "new": str(options.new),
            "metrics": [difference.to_json() for difference in differences],
            "gates_broken": [str(gate) for gate in broken],
        }
        print(json.dumps(facts, ensure_ascii=False))
    else:
        print(render(old, new, differences))
    for gate in broken:
        print(f"gate broken: {gate}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
