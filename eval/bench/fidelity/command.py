"""python -m eval bench fidelity: what the check of sentences sees, and what it wrongly doubts."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

Rows = list[dict[str, object]]

_EXAMPLES = """examples:
  python -m eval bench fidelity --data DIR              three minutes
  python -m eval bench fidelity --data DIR --half tune --out DIR
                                                        the half for setting thresholds; failures
  python -m eval bench fidelity --data DIR --only pairs --limit 50

DIR has dev/ with question sets (SQuAD style), rgb_*_fact.jsonl.gz and ocnli_dev.jsonl.gz, and
train/ with parallel/*.tsv.gz and headlines_zh.jsonl.gz.
"""


def register(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    show: Callable[[Rows, bool], None],
) -> None:
    """Add the `fidelity` kind of bench; `show` prints rows, as JSON or as a table."""
    help = "the verdict on a sentence: corruptions noticed, false alarms, speed"
    kind = kinds.add_parser(
        "fidelity",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kind.add_argument("--data", type=Path, required=True, metavar="DIR")
    kind.add_argument(
        "--half",
        choices=("tune", "report"),
        default="report",
        help="thresholds are set on one half of the data, figures told of the other",
    )
    kind.add_argument("--only", nargs="+", metavar="PART", help="pairs, across, rgb, natural")
    kind.add_argument("--limit", type=int, metavar="N", help="pairs of each set")
    kind.add_argument("--seed", type=int, default=1, metavar="N", help="other pairs, other changes")
    kind.add_argument("--out", type=Path, metavar="DIR", help="write report and failures there")
    kind.add_argument("--json", action="store_true", help="print JSON")
    kind.set_defaults(command=lambda options: _fidelity(options, show), usage=kind.error)


def _fidelity(options: argparse.Namespace, show: Callable[[Rows, bool], None]) -> int:
    from eval.bench.fidelity.bench import PARTS, Plan, run
    from eval.bench.fidelity.report import write_report
    from eval.bench.fidelity.table import compact

    parts = tuple(options.only or PARTS)
    if unknown := set(parts) - set(PARTS):
        options.usage(
            f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
        )
    plan = Plan(options.data, options.half, parts, options.limit, options.seed)
    result = run(plan)
    tables = result.tables()
    about = f"half: {plan.half}, seed: {plan.seed}, {len(result.outcomes):,} verdicts"
    if options.out is not None:
        write_report(tables, result.outcomes, about, options.out)
    for name, rows in tables.items():
        if options.json:
            for row in rows:
                line = json.dumps({"table": name, **row}, ensure_ascii=False)
                sys.stdout.write(line + "\n")
        elif rows:
            sys.stdout.write(f"{name}\n")
            show(compact(rows) if name.startswith("Corrupted") else rows, False)
            sys.stdout.write("\n")
    return 0
