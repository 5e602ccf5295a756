"""python -m eval report."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

_EXAMPLES = """examples:
  python -m eval report runs/first           report.html, report.md and report.json in the folder
  python -m eval report runs/first --json
"""


def register(commands: Any) -> None:
    """Add `report` to the commands of `python -m eval`."""
    words = "report on a run again, from the answers in its folder"
    sub = commands.add_parser(
        "report",
        help=words,
        description=words,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.add_argument("folder", type=Path, metavar="DIR", help="folder of the run")
    sub.add_argument("--json", action="store_true", help="print JSON")
    sub.set_defaults(command=_report)


def _report(options: argparse.Namespace) -> int:
    from eval.report import render, write
    from eval.runner import read_run

    made = write(read_run(options.folder))
    shown = json.dumps(made, ensure_ascii=False) + "\n" if options.json else render(made)
    sys.stdout.write(shown)
    return 0
