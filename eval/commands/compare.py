"""python -m eval compare."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.errors import InputError

_EXAMPLES = """examples:
  python -m eval compare runs/old runs/new
  python -m eval compare runs/old runs/new --gate "faithfulness>=-0.01" --gate "false_answer<=0"

A gate bounds the difference new - old. p is that of McNemar's exact test (metrics that are 0 or 1)
or of the paired bootstrap over articles; p (Holm) is corrected for how many metrics are asked
about: those with a gate, else the headline ones. Exit code 1 when a gate is broken.
"""


def register(commands: Any) -> None:
    """Add `compare` to the commands of `python -m eval`."""
    words = "compare two runs of the same questions"
    sub = commands.add_parser(
        "compare",
        help=words,
        description=words,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    sub.add_argument("--json", action="store_true", help="print JSON")
    command: Callable[[argparse.Namespace], int] = _compare
    sub.set_defaults(command=command)


def _gate(text: str) -> Any:
    from eval.compare.gates import parse_gate

    try:
        return parse_gate(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _compare(options: argparse.Namespace) -> int:
    from eval.compare import HEADLINE, changed, compare
    from eval.compare.rendering import render
    from eval.runner import read_run

    old, new = read_run(options.old), read_run(options.new)
    family = [gate.metric for gate in options.gate] or HEADLINE
    differences = compare(old, new, tuple(dict.fromkeys(family)))
    broken = [gate for gate in options.gate if not gate.passes(differences)]
    if options.json:
        facts = {
            "old": str(options.old),
            "new": str(options.new),
            "changed": [key for key, _, _ in changed(old, new)],
            "metrics": [difference.to_json() for difference in differences],
            "gates_broken": [str(gate) for gate in broken],
        }
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(render(old, new, differences, options.gate))
    for gate in broken:
        sys.stderr.write(f"gate broken: {gate}\n")
    return 1 if broken else 0
