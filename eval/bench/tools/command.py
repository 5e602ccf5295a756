"""python -m eval bench tools: what adapters and servers add to a plain search."""

import argparse
from collections.abc import Callable
from pathlib import Path

from eval.commands.run import count_given

Rows = list[dict[str, object]]

PARTS = ("adapters", "serve")

_EXAMPLES = """examples:
  python -m eval bench tools                        all of it over 10,000 paragraphs: four minutes
  python -m eval bench tools --only adapters        what each adapter adds to a search
  python -m eval bench tools --only serve --seconds 30 --out DIR
  python -m eval bench tools --store DIR            over a store of yours

Measure on a quiet machine. The server and what loads it are processes of their own, on the cores
of this computer.
"""


def register(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    show: "Callable[[Rows, bool], None]",
) -> None:
    """Add the `tools` kind of bench; `show` prints rows, as JSON or as a table."""
    help = "what LangChain, LlamaIndex, Haystack, HTTP and MCP add to a search, and HTTP under load"
    kind = kinds.add_parser(
        "tools",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kind.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="one of the parts")
    kind.add_argument("--store", type=Path, metavar="DIR", help="a store instead of a made one")
    kind.add_argument(
        "--paragraphs",
        type=count_given,
        default=10_000,
        metavar="N",
        help="of the store that is made (default: 10000)",
    )
    kind.add_argument(
        "--articles",
        type=Path,
        default=Path("index/sample"),
        metavar="PATH",
        help="articles whose paragraphs are varied until there are enough (default: the samples)",
    )
    kind.add_argument(
        "--distractors",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="news to take the paragraphs from instead: .txt or .txt.gz with one article a line, "
        "or folders of them",
    )
    kind.add_argument("--embedder", metavar="NAME", help="folder or hub name")
    kind.add_argument(
        "--questions",
        type=count_given,
        default=500,
        metavar="N",
        help="asked through each adapter (default: 500)",
    )
    kind.add_argument(
        "--seconds", type=float, default=10.0, metavar="S", help="of each load (default: 10)"
    )
    kind.add_argument("--out", type=Path, metavar="DIR", help="write tables and figures there")
    kind.add_argument("--json", action="store_true", help="print JSON")
    kind.set_defaults(command=lambda options: _tools(options, show))


def _tools(options: argparse.Namespace, show: "Callable[[Rows, bool], None]") -> int:
    from eval.bench.tools.bench import Plan, bench
    from eval.bench.tools.table import compact, write

    plan = Plan(
        tuple(options.only),
        options.store,
        options.paragraphs,
        options.articles,
        options.distractors,
        options.embedder,
        options.questions,
        options.seconds,
    )
    rows = bench(plan)
    if options.out is not None:
        write(plan, rows, options.out)
    if options.json:
        show(rows, True)
    else:
        for part in plan.parts:
            show(compact([row for row in rows if row["part"] == part]), False)
    return 0
