"""python -m eval convert: public question files, and what readers said, as sets of this program."""

import argparse
from pathlib import Path

from eval.commands.run import count_given

_EXAMPLES = """examples:
  python -m eval convert squad cmrc2018_dev.json.gz --articles cmrc.jsonl --set cmrc-set.jsonl
  python -m index build cmrc.jsonl --store cmrc
  python -m eval run cmrc-set.jsonl --store cmrc --llm quote
  python -m eval convert rgb zh_fact.json --wrong 2 --articles rgb.jsonl --set rgb-set.jsonl
                                                     … with two falsified snippets of each question
  python -m eval convert feedback all.jsonl --set asked.jsonl --labels labels.jsonl

What cannot be converted is left out, counted, and told on stderr with the reason. The licences of
the files stay what they are.
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the `convert` command."""
    help = "make question sets of public files, and of what readers said of answers"
    convert = commands.add_parser(
        "convert",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = convert.add_subparsers(required=True, metavar="WHAT")
    for name, help, many in (
        ("squad", "SQuAD-style files: SQuAD, XQuAD, CMRC, DRCD, JaQuAD", ".json, .json.gz"),
        ("rgb", "files of RGB: snippets that answer, and others", ".jsonl, .jsonl.gz, .json"),
    ):
        kind = kinds.add_parser(name, help=help, description=help)
        kind.add_argument("files", type=Path, nargs="+", metavar="FILE", help=many)
        kind.add_argument(
            "--articles", type=Path, required=True, metavar="OUT", help=".jsonl to build a store of"
        )
        kind.add_argument(
            "--set", type=Path, required=True, metavar="OUT", help=".jsonl with the questions"
        )
        kind.add_argument(
            "--limit",
            type=count_given,
            metavar="N",
            help="questions, spread over all; articles stay",
        )
        kind.add_argument(
            "--language", metavar="CODE", help="of questions and articles (default: as it looks)"
        )
        kind.add_argument("--json", action="store_true", help="print JSON")
        kind.set_defaults(command=_run, kind=name)
        if name == "rgb":
            kind.add_argument(
                "--wrong",
                type=count_given,
                default=0,
                metavar="N",
                help="falsified snippets of each question, beside the true ones (default: 0)",
            )
    _register_feedback(kinds)


def _register_feedback(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help = "the chat's export of feedback: questions, and sentences with a reader's label"
    kind = kinds.add_parser("feedback", help=help, description=help)
    kind.add_argument("file", type=Path, metavar="FILE", help="the export, “gold” or “all”")
    kind.add_argument(
        "--set", type=Path, metavar="OUT", help=".jsonl for questions of answers judged right"
    )
    kind.add_argument(
        "--labels", type=Path, metavar="OUT", help=".jsonl for sentences judged (export “all”)"
    )
    kind.add_argument("--json", action="store_true", help="print JSON")
    kind.set_defaults(command=_run_feedback)


def _run(options: argparse.Namespace) -> int:
    from eval.convert.command import run

    return run(options)


def _run_feedback(options: argparse.Namespace) -> int:
    from eval.convert.command import run_feedback

    return run_feedback(options)
