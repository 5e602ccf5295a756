"""python -m eval bench pipelines: the same questions and model through other libraries."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from eval.commands.run import count_given, filter_given

Rows = list[dict[str, object]]

_EXAMPLES = """examples:
  python -m eval bench pipelines eval/sets/sample.jsonl --work DIR
                                              the search alone: needs no language model
  python -m eval bench pipelines SET --filter split=unseen --work DIR
  python -m eval bench pipelines SET --articles news/ --llm model.gguf --work DIR --out DIR
  python -m eval bench pipelines SET --articles news/ --llm model.gguf --work DIR --peers haystack

Environments are made below --work on the first run, from the network; with --llm each compiles
llama-cpp-python for about ten minutes unless pip has it already. A run that was interrupted goes on
where it stopped. Questions that lean on a conversation are left out.
"""


def register(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    show: "Callable[[Rows, bool], None]",
) -> None:
    """Add the `pipelines` kind of bench; `show` prints rows, as JSON or as a table."""
    help = "a question set through pipelines of LangChain, LlamaIndex and Haystack"
    kind = kinds.add_parser(
        "pipelines",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kind.add_argument("sets", type=Path, nargs="+", metavar="SET", help="files of questions")
    kind.add_argument(
        "--articles",
        type=Path,
        nargs="+",
        default=[Path("index/sample")],
        metavar="PATH",
        help="files or folders of the articles (default: the samples)",
    )
    kind.add_argument("--llm", metavar="NAME", help="a GGUF file (default: search alone)")
    kind.add_argument("--work", type=Path, required=True, metavar="DIR", help="for environments")
    kind.add_argument("--peers", nargs="+", metavar="NAME", help="some of the libraries")
    kind.add_argument(
        "--filter",
        type=filter_given,
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="only these questions, as of `run`",
    )
    kind.add_argument("--limit", type=int, metavar="N", help="the first so many questions")
    kind.add_argument(
        "-k", type=count_given, default=8, metavar="N", help="paragraphs (default: 8)"
    )
    kind.add_argument("--out", type=Path, metavar="DIR", help="write table, figures and rows there")
    kind.add_argument("--json", action="store_true", help="print JSON")
    kind.set_defaults(command=lambda options: _pipelines(options, show), usage=kind.error)


def _pipelines(options: argparse.Namespace, show: "Callable[[Rows, bool], None]") -> int:
    from eval.bench.pipelines.bench import Plan, compare
    from eval.bench.pipelines.libraries import PEERS
    from eval.bench.pipelines.table import compact, figures, write
    from eval.sets import chosen, read_sets

    peers = tuple(options.peers or PEERS)
    if unknown := set(peers) - set(PEERS):
        options.usage(
            f"there is no library {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}"
        )
    plan = Plan(
        chosen(read_sets(options.sets), options.filter),
        options.articles,
        options.llm,
        options.work,
        peers,
        options.limit,
        options.k,
    )
    comparison = compare(plan)
    rows = figures(comparison)
    if options.out is not None:
        write(comparison, rows, options.out)
    if options.json:
        about = json.dumps(comparison.about, ensure_ascii=False)
        sys.stdout.write(about + "\n")
    show(rows if options.json else compact(rows), options.json)
    return 0
