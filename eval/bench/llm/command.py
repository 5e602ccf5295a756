"""python -m eval bench llm: the language model's engine, measured."""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = list[dict[str, object]]

_EXAMPLES = """examples:
  python -m eval bench llm --quick                 some of everything, in ten minutes
  python -m eval bench llm --only speed kernels    how fast, against llama-cpp-python itself
  python -m eval bench llm --only cancel kills chats mutations markers
                                                   what it survives; 45 minutes
  python -m eval bench llm --only speed --llm model.gguf --vocab ggml-vocab-qwen2.gguf

Models are made with random weights in the shapes of real ones, in --models; speed does not depend
on the weights. The vocabulary of Qwen2 is in the source distribution of llama-cpp-python.
"""


def register(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    show: "Callable[[Rows, bool], None]",
) -> None:
    """Add the `llm` kind of bench; `show` prints rows, as JSON or as a table."""
    help = "the language model's engine: speed, and what it survives"
    kind = kinds.add_parser(
        "llm",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kind.add_argument("--only", nargs="+", metavar="TEST", help="some of the tests")
    kind.add_argument("--quick", action="store_true", help="few cases of each")
    kind.add_argument("--runs", type=int, metavar="N", help="turns of a timing (default: 5)")
    kind.add_argument("--seconds", type=float, metavar="S", help="of concurrent chats")
    kind.add_argument(
        "--models",
        type=Path,
        default=Path(tempfile.gettempdir()) / "yinzheng-models",
        metavar="DIR",
        help="for made models, up to 4 GB (default: %(default)s)",
    )
    kind.add_argument(
        "--shape",
        choices=("qwen2.5-0.5b", "qwen3-0.6b", "qwen3-1.7b"),
        default="qwen2.5-0.5b",
        help="of the made models (default: %(default)s)",
    )
    kind.add_argument("--vocab", type=Path, metavar="FILE", help="a GGUF with a vocabulary only")
    kind.add_argument("--llm", type=Path, metavar="FILE", help="a real model instead of a made one")
    kind.add_argument("--json", action="store_true", help="print JSON")
    kind.set_defaults(command=lambda options: _llm(options, show), usage=kind.error)


def _llm(options: argparse.Namespace, show: "Callable[[Rows, bool], None]") -> int:
    from eval.bench.llm.table import QUICK, TESTS, Effort, Models, bench, unknown

    names = tuple(options.only or TESTS)
    if complaint := unknown(names):
        options.usage(complaint)
    effort = QUICK if options.quick else Effort()
    effort = replace(effort, runs=options.runs) if options.runs else effort
    effort = replace(effort, seconds=options.seconds) if options.seconds else effort
    models = Models(options.models, options.vocab, options.llm, options.shape)
    bad = False
    for name in names:
        rows = bench(name, models, effort)
        bad |= any(row.get("bad") for row in rows)
        show([{"test": name, **row} for row in rows], options.json)
    return 1 if bad else 0
