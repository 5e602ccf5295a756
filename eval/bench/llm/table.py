"""The measurements of `python -m eval bench llm`, and what each needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from eval.bench.llm import (
    cancel,
    chats,
    drafts,
    kernels,
    kills,
    markers,
    mutations,
    rounding,
    speed,
)
from eval.bench.llm.kernels import Grid, Row
from eval.bench.llm.made_models import QUANTS, make, make_all
from eval.bench.llm.roofline import machine, roofline
from eval.bench.llm.session import Options
from eval.bench.llm.shapes import SHAPES, Shape
from rag.self_test import defaults

TESTS = (
    "speed", "drafts", "kernels", "rounding", "cancel", "kills", "chats", "mutations", "markers",
)  # fmt: skip
SHAPE, QUANT = "qwen2.5-0.5b", "q4_0"


@dataclass(frozen=True)
class Effort:
    """How much of each is done.

    Attributes:
        runs: turns of a timing.
        cancels, kills, mutants, streams, tokens: cases.
        seconds: of concurrent chats.
    """

    runs: int = 5
    cancels: int = 100
    kills: int = 50
    seconds: float = 600.0
    mutants: int = 1000
    streams: int = 10_000
    tokens: int = 2000


QUICK = Effort(runs=1, cancels=10, kills=5, seconds=20, mutants=22, streams=500, tokens=300)


@dataclass(frozen=True)
class Models:
    """Where models come from.

    Attributes:
        folder: for made ones.
        vocabulary: a vocabulary-only GGUF for them; see `made_models`.
        llm: a real one, for speed and cancelling; a made one without it.
        shape: of the made ones, but for the one that recites.
    """

    folder: Path
    vocabulary: Path | None = None
    llm: Path | None = None
    shape: str = SHAPE

    def usual(self) -> Path:
        """The model that most is measured on."""
        return self.llm or make(self.folder, self.shape, QUANT, vocab=self.vocabulary)

    def copying(self) -> Path:
        """One that recites `speed.COPIED`."""
        return make(self.folder, SHAPE, QUANT, vocab=self.vocabulary, passage_to_copy=speed.COPIED)

    def quantised(self) -> list[Path]:
        """The usual one in all quantisations."""
        return make_all(self.folder, self.shape, QUANTS, vocab=self.vocabulary)


def bench(name: str, models: Models, effort: Effort) -> list[Row]:
    """The rows of one measurement; those that must not be have something in `bad`."""
    if name == "speed":
        return speed.bench(models.usual(), models.copying(), effort.runs)
    if name == "drafts":
        return drafts.bench(models.usual(), models.copying(), effort.tokens)
    if name == "kernels":
        return list(_kernels(models.quantised(), SHAPES[models.shape], effort.runs))
    if name == "rounding":
        return list(_rounding(models.quantised()))
    if name == "cancel":
        return cancel.bench(models.usual(), effort.cancels)
    if name == "kills":
        return kills.bench(models.usual(), effort.kills)
    if name == "chats":
        return chats.bench(models.usual(), effort.seconds)
    if name == "mutations":
        return mutations.bench(effort.mutants)
    return markers.bench(effort.streams, 1)


def _kernels(paths: Sequence[Path], shape: Shape, runs: int) -> Iterator[Row]:
    limits = machine()
    yield limits
    grid = Grid(ubatch=(128, 512))
    for row in kernels.bench(paths, grid, runs):
        path = next(path for path in paths if path.stem == row["model"])
        yield row if "failed" in row else row | roofline(row, path, shape, limits)


def _rounding(paths: Sequence[Path]) -> Iterator[Row]:
    extra = defaults().extra_buffers
    for path, flash in product(paths, ("off", "on")):
        options = Options(extra=extra, flash=flash)
        yield rounding.drafts(path, options)
        yield from rounding.prompts(path, options, [(128, 128), (32, 32), (64, 64), (256, 256)])


def unknown(names: Sequence[str]) -> str:
    """A complaint about names that are no tests; "" if all are."""
    wrong = [name for name in names if name not in TESTS]
    return f"there is no {', '.join(wrong)}; there are {', '.join(TESTS)}" if wrong else ""
