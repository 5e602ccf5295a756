"""python -m eval judge."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_EXAMPLES = """examples:
  python -m eval judge --judge tiers                     the built-in check against the labels
  python -m eval judge runs/new --judge nli:models/nli   a model for natural language inference
  python -m eval judge runs/new --judge gguf:judge.gguf  a language model on this computer
  python -m eval judge runs/new --judge openai:qwen3@http://127.0.0.1:8080/v1
  python -m eval judge runs/new --judge openai:MODEL@https://HOST/v1 --send --limit 50

Every judge is first asked labelled sentences (eval/labels, or --labels). Its verdicts are kept
in the run's folder (judged-NAME.jsonl); judging that was interrupted goes on with the same command.
A key is taken from YINZHENG_JUDGE_KEY, else OPENAI_API_KEY.
"""

_WITHOUT_RUN = Path("runs") / "labels"


def register(commands: Any) -> None:
    """Add `judge` to the commands of `python -m eval`."""
    words = "ask a judge about a run's sentences, and how far the judge agrees with labels"
    sub = commands.add_parser(
        "judge",
        help=words,
        description=words,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="RUN",
        help="folder of the run; without one only the labelled sentences are asked",
    )
    sub.add_argument(
        "--judge",
        required=True,
        metavar="NAME",
        help="tiers, nli:FOLDER_OR_HUB_NAME, gguf:FILE_OR_NAME or openai:MODEL@ADDRESS",
    )
    sub.add_argument(
        "--labels", type=Path, metavar="FILE", help="labelled sentences (default: ours)"
    )
    sub.add_argument(
        "--limit",
        type=_limit,
        metavar="N",
        help="at most so many labelled sentences, and of the run, drawn by hash",
    )
    sub.add_argument(
        "--send", action="store_true", help="article text may be sent to another computer"
    )
    sub.add_argument("--json", action="store_true", help="print JSON")
    command: Callable[[argparse.Namespace], int] = _judge
    sub.set_defaults(command=command)


def _limit(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("ask for at least one sentence")
    return value


def _judge(options: argparse.Namespace) -> int:
    from eval.judges.claims import claims_of_labels, claims_of_rows
    from eval.judges.labels import LABELS, read_labels
    from eval.judges.named import judge_called
    from eval.judges.rendering import render
    from eval.judges.session import judge_folder
    from eval.runner import read_run
    from rag.loading import loading_bar

    labels = read_labels(options.labels or LABELS)  # what is wrong is told before a model loads
    answers = []
    if options.folder is not None:
        run = read_run(options.folder)
        rows = {question.id: run.rows[question.id] for question in run.asked}
        answers = claims_of_rows(rows, run.set.clusters)
    judge = judge_called(options.judge, send=options.send, progress=loading_bar())
    folder = options.folder or _WITHOUT_RUN
    labelled = claims_of_labels(labels.sentences)
    try:
        summary = judge_folder(judge, folder, labels, labelled, answers, options.limit)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was judged is kept: the same command goes on\n")
        return 130
    as_json = json.dumps(summary, ensure_ascii=False) + "\n"
    sys.stdout.write(as_json if options.json else render(summary))
    failed: int = summary["cost"]["failed"]
    if failed:
        sys.stderr.write(f"{failed} sentences failed; the same command asks them again\n")
    return 1 if failed else 0
