"""python -m eval bench fit-reader: train the bundled reader, write it, measure what is written."""

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rag.errors import InputError
from rag.gguf_names import READER

if TYPE_CHECKING:  # torch takes seconds, which other commands need not wait for
    from eval.bench.reader.net import Shape
    from eval.bench.reader.training import Run

Rows = list[dict[str, object]]

_EXAMPLES = """examples:
  python -m eval bench fit-reader --train DATA/train/cmrc2018/*.gz DATA/train/jaquad/*.gz \\
      --news DATA/train/news_zh --parallel DATA/train/parallel --checkpoint reader.pt
                                                       start, or go on from reader.pt
  python -m eval bench fit-reader --train … --checkpoint reader.pt --steps 0 --out reader.gguf
                                                       only write reader.gguf, and measure it

Ctrl-C keeps what is learnt; the same command goes on.
"""


def register(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    show: Callable[[Rows, bool], None],
) -> None:
    """Add the `fit-reader` kind of bench; `show` prints rows, as JSON or as a table."""
    help = "train the bundled reader (rag/model/reader.gguf)"
    fit = kinds.add_parser(
        "fit-reader",
        help=help,
        description=help,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fit.add_argument(
        "--train", type=Path, nargs="+", required=True, metavar="FILE", help="SQuAD-style files"
    )
    fit.add_argument("--news", type=Path, metavar="DIR", help="Chinese news, *.txt.gz")
    fit.add_argument("--parallel", type=Path, metavar="DIR", help="translations, *.eng-*.tsv.gz")
    fit.add_argument(
        *("--news-articles",), type=int, default=3000, metavar="N", help="of each file (3000)"
    )
    fit.add_argument("--steps", type=int, default=5200, metavar="N", help="0: only write (5200)")
    fit.add_argument("--layers", type=int, default=4, metavar="N", help="of the network (4)")
    fit.add_argument("--seed", type=int, default=1, metavar="N", help="other batches (1)")
    fit.add_argument("--checkpoint", type=Path, required=True, metavar="FILE")
    fit.add_argument("--out", type=Path, default=READER, metavar="FILE", help="default: its place")
    fit.add_argument("--json", action="store_true", help="print the table as JSON")
    fit.set_defaults(command=lambda options: _fit(options, show))


def _fit(options: argparse.Namespace, show: Callable[[Rows, bool], None]) -> int:
    from dataclasses import replace

    from eval.bench.reader.measuring import read_held, ship
    from eval.bench.reader.training import read_checkpoint, shape_for
    from rag.ranker_pieces import bundled_pieces

    checkpoint: Path = options.checkpoint
    shape = replace(shape_for(bundled_pieces()), layers=options.layers)
    held = read_held(options.train)
    if _steps_made(checkpoint, shape, options.steps) < options.steps and not _train(options, shape):
        return 130
    weights = read_checkpoint(checkpoint, shape)["averaged"]
    show(list(ship(weights, shape, options.out, held)), options.json)
    _say(f"# written: {options.out}, and the .safetensors beside it")
    return 0


def _steps_made(checkpoint: Path, shape: "Shape", steps: int) -> int:
    """Those of the checkpoint, 0 where there is none; told in a line.

    Raises:
        InputError: it fits no such network, or there is none although nothing is to be learnt.
    """
    from eval.bench.reader.training import read_checkpoint

    if checkpoint.exists():
        made = int(read_checkpoint(checkpoint, shape)["step"])
        _say(f"# {checkpoint} has {made} steps" + (", going on" if made < steps else ""))
        return made
    if not steps:
        raise InputError(f"{checkpoint} is not there to be written out; train with --steps N")
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    return 0


def _train(options: argparse.Namespace, shape: "Shape") -> bool:
    """Learn until the checkpoint has all steps; False where Ctrl-C came first."""
    from eval.bench.reader.sources import read_sources
    from eval.bench.reader.training import Run
    from rag.ranker_pieces import bundled_pieces

    _say("# reading the texts")
    sources = read_sources(
        options.train, options.news, options.parallel, bundled_pieces(), options.news_articles
    )
    run = Run(sources, options.steps, options.seed, shape)
    if options.checkpoint.exists():
        run.load(options.checkpoint)
    if compiles():
        run.net.compile(dynamic=True)
    else:
        _say("# there is no C++ compiler, so that it takes longer")
    with _stopped_by_ctrl_c(run):
        for line in run.train(options.checkpoint):
            _say(line)
    if run.stopped and run.step < run.steps:
        sys.stderr.write(
            f"stopped at step {run.step}, which {options.checkpoint} keeps; "
            "the same command goes on\n"
        )
        return False
    return True


def compiles() -> bool:
    """Whether there is the C++ compiler that torch looks for."""
    usual = "clang++" if sys.platform == "darwin" else "g++"
    return shutil.which(os.environ.get("CXX", usual)) is not None


@contextmanager
def _stopped_by_ctrl_c(run: "Run") -> Iterator[None]:
    """Ctrl-C lets the step end, so that the checkpoint is whole; a second one does not wait."""

    def stop(number: int, frame: FrameType | None) -> None:
        sys.stderr.write("stopping after this step …\n")
        signal.signal(signal.SIGINT, before)
        run.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()  # an hour is long where the lines go into a file
