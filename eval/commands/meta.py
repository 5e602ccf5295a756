"""python -m eval meta."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.meta.checking import Outcome

ROOT = Path(__file__).parents[2]
SET, ARTICLES = ROOT / "eval/sets/sample.jsonl", ROOT / "index/sample"
_EXAMPLES = """examples:
  python -m eval meta                 answers made of the sample set, and those written by hand
  python -m eval meta --set mine.jsonl --articles my/articles

Exit code 1 when a metric does not say what is known of an answer.
"""


def register(commands: Any) -> None:
    """Add `meta` to the commands of `python -m eval`."""
    words = "check the metrics on answers that are right or wrong in known ways"
    sub = commands.add_parser(
        "meta",
        help=words,
        description=words,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.add_argument(
        "--set", type=Path, default=SET, metavar="SET",
        help="questions to make answers for (default: the sample set)",
    )  # fmt: skip
    sub.add_argument(
        "--articles", type=Path, default=ARTICLES, metavar="DIR",
        help="the articles that they ask about (default: the sample articles)",
    )  # fmt: skip
    sub.add_argument("--json", action="store_true", help="print JSON")
    command: Callable[[argparse.Namespace], int] = _meta
    sub.set_defaults(command=command)


def _meta(options: argparse.Namespace) -> int:
    outcomes = _outcomes(options.set, options.articles)
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    answers = sum(outcome.answers for outcome in outcomes)
    if options.json:
        facts = {
            "answers": answers,
            "faults": len(faults),
            "kinds": [outcome.to_json() for outcome in outcomes],
        }
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_table(outcomes))
        sys.stdout.write("".join(f"- {fault}\n" for fault in faults) + ("\n" if faults else ""))
        sys.stdout.write(f"{answers} answers, {len(faults)} faults\n")
    return 1 if faults else 0


def _outcomes(chosen: Path, articles: Path) -> "list[Outcome]":
    from tqdm import tqdm

    from eval.meta.checking import KINDS, check, check_written, pairs
    from eval.meta.made import Papers, good_answer
    from eval.meta.written import read_written
    from eval.sets import read_set
    from rag.errors import InputError

    questions, papers = read_set(chosen).questions, Papers(articles)
    if not any(good_answer(question, papers) for question in questions):
        raise InputError(
            f"no answer can be made for {chosen}: the articles of {articles} prove none of its "
            "questions in their own language; check --articles"
        )
    bar = tqdm(KINDS, desc="checking metrics", unit=" kinds", disable=None)
    outcomes = [check(kind, pairs(kind, questions, papers)) for kind in bar]
    # Those written by hand ask about the sample articles, whatever set the others are made of.
    written = read_written(read_set(SET).questions, Papers(ARTICLES))
    return [*outcomes, check_written(written)]


def _table(outcomes: "Sequence[Outcome]") -> str:
    from eval.report.table import table

    rows = [(o.kind, str(o.answers), str(len(o.faults)), str(len(o.moved))) for o in outcomes]
    return table(("an answer that …", "answers", "faults", "metrics moved"), rows) + "\n\n"
