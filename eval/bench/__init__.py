"""python -m eval bench: measurements over public question sets, given as a folder."""

import argparse
import json
import sys
from pathlib import Path

_EXAMPLES = """examples:
  python -m eval bench retrieval --data DIR           nDCG@10 and recall of every set in DIR
  python -m eval bench retrieval --data DIR --embedder intfloat/multilingual-e5-small
  python -m eval bench quote --data DIR               does the chosen sentence hold the answer?
  python -m eval bench abstain --data DIR             answerable or not, and the weights for it
  python -m eval bench fit-quote --train FILE…        learn the weights of rag/features.py anew

DIR holds SQuAD-style files (*.json or *.json.gz: data → paragraphs → qas → answers).
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the `bench` command."""
    bench = commands.add_parser(
        "bench",
        help="measure retrieval and quotation on public question sets",
        description="Measure retrieval and quotation on public question sets.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = bench.add_subparsers(required=True, metavar="WHAT")
    for name, help in (
        ("retrieval", "paragraph retrieval: dense, lexical, fused; and across languages"),
        ("quote", "answering by quotation from the gold paragraph, against plain overlap"),
        ("abstain", "telling answerable questions from unanswerable ones"),
    ):
        kind = kinds.add_parser(name, help=help, description=help)
        kind.add_argument("--data", type=Path, required=True, metavar="DIR")
        kind.add_argument("--embedder", metavar="NAME", help="folder or hub name")
        kind.add_argument("--limit", type=int, metavar="N", help="questions of each set")
        kind.add_argument("--json", action="store_true", help="print JSON")
        kind.set_defaults(command={"retrieval": _retrieval, "quote": _quote}.get(name, _abstain))
    fit = kinds.add_parser("fit-quote", help="learn the weights of quotation")
    fit.add_argument("--train", type=Path, nargs="+", required=True, metavar="FILE")
    fit.add_argument("--embedder", metavar="NAME", help="folder or hub name")
    fit.add_argument("--limit", type=int, default=4000, metavar="N", help="questions in all")
    fit.set_defaults(command=_fit)


def _retrieval(options: argparse.Namespace) -> int:
    from eval.bench.retrieval import bench

    _show(bench(options.data, options.embedder, options.limit), as_json=options.json)
    return 0


def _quote(options: argparse.Namespace) -> int:
    from eval.bench.quote import bench

    _show(bench(options.data, options.embedder, options.limit), as_json=options.json)
    return 0


def _abstain(options: argparse.Namespace) -> int:
    from eval.bench.abstain import bench

    _show(bench(options.data, options.embedder, options.limit), as_json=options.json)
    return 0


def _fit(options: argparse.Namespace) -> int:
    from eval.bench.fit import fit

    for line in fit(options.train, options.embedder, options.limit):
        sys.stdout.write(line + "\n")
    return 0


def _show(rows: list[dict[str, object]], *, as_json: bool) -> None:
    """A table with one row a set, or a JSON object a line."""
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [
        max(map(len, [name, *column]))
        for name, column in zip(columns, zip(*cells, strict=True), strict=True)
    ]
    for line in [columns, *cells]:
        sys.stdout.write(
            "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() + "\n"
        )


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
