"""python -m eval: run question sets, report, compare two runs, judge, check, convert, measure."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence

from rag.errors import YinzhengError

_EXAMPLES = """examples:
  python -m index build index/sample --store sample  the articles of the sample set
  python -m eval run eval/sets/sample.jsonl --store sample --out runs/first
                                                     start, or go on; then open report.html there
  python -m eval run SET --llm model.gguf --jobs 2   with a language model
  python -m eval report runs/first                   the tables again, from the answers kept
  python -m eval compare runs/first runs/second --gate "faithfulness>=-0.01"
  python -m eval judge runs/first --judge nli:FOLDER a second opinion, and how far to trust it
  python -m eval check SET --store sample            is every gold quotation where it should be?
  python -m eval convert squad dev.json --articles a.jsonl --set s.jsonl
  python -m eval meta                                are the metrics right?
  python -m eval bench --help                        public question sets

The store is --store, else RAG_STORE, else a folder of yours. Exit codes: 0 done, 1 failed (also a
question that failed, or a gate that did not hold), 2 wrong usage, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
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


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    from eval import bench, convert
    from eval.commands import compare, judge, meta, report, run
    from eval.sets import check

    made = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how well questions are answered and cited.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for room in (run, report, compare, judge, check, convert, meta, bench):
        room.register(commands)
    return made


if __name__ == "__main__":
    sys.exit(main())
