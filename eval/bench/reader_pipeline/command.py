"""python -m eval bench reader: answering modes, from search to the finished answer."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from eval.commands.run import count_given

Rows = list[dict[str, object]]

_EXAMPLES = """examples:
  python -m eval bench reader --data DIR --distractors news/ --out DIR
                                              the reader beside quotation without it
  python -m eval bench reader --data DIR --only cmrc2018_dev --limit 50
  python -m eval bench reader --data DIR --llm quote reader model.gguf
  python -m eval bench reader --data DIR --injected
                                              paragraphs that give orders, put among the hits
"""


def register(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    show: Callable[[Rows, bool], None],
) -> None:
    """Add the `reader` kind of bench; `show` prints rows, as JSON or as a table."""
    help = "answers by the bundled reader, from search to citation, beside quotation without it"
    kind = kinds.add_parser(
        "reader",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kind.add_argument("--data", type=Path, required=True, metavar="DIR")
    kind.add_argument(
        "--distractors",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="news to search among: .txt or .txt.gz with one article a line, or folders of them",
    )
    kind.add_argument(
        "--most", type=count_given, metavar="N", help="passages of the distractors (20000)"
    )
    kind.add_argument(
        "--limit", type=count_given, metavar="N", help="questions of each set (400; injected: 30)"
    )
    kind.add_argument("--only", nargs="+", default=[], metavar="SET", help="sets of the folder")
    kind.add_argument("--llm", nargs="+", metavar="NAME", help="modes (default: quote reader)")
    kind.add_argument("--embedder", metavar="NAME", help="folder or hub name")
    kind.add_argument(
        "--injected", action="store_true", help="how paragraphs that give orders move the reader"
    )
    kind.add_argument("--out", type=Path, metavar="DIR", help="write the tables there")
    kind.add_argument("--json", action="store_true", help="print JSON")
    kind.set_defaults(command=lambda options: _reader(options, show))


def _reader(options: argparse.Namespace, show: Callable[[Rows, bool], None]) -> int:
    from eval.bench.reader_pipeline import bench, injected
    from eval.bench.reader_pipeline.archives import Sources
    from eval.bench.reader_pipeline.table import write

    kind = injected if options.injected else bench
    most = options.most or bench.MOST
    sources = Sources(options.data, options.distractors, most, options.only)
    names = options.llm or bench.MODES
    tables = kind.bench(sources, names, options.embedder, options.limit or kind.LIMIT)
    if options.out is not None:
        write(tables, options.out)
    for number, (name, rows) in enumerate(tables.items()):
        if options.json:
            for row in rows:
                sys.stdout.write(json.dumps({"table": name, **row}, ensure_ascii=False) + "\n")
        elif rows:
            sys.stdout.write("\n" * bool(number))
            show(rows, False)
    return 0
