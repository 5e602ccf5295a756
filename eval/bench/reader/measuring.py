"""What becomes of the reader's choices when its weights are stored in fewer bits."""

import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from torch import Tensor
from tqdm import tqdm

from eval.bench.ranker_cases import HELD, Flags
from eval.bench.reader.export import quantise, write
from eval.bench.reader.net import Shape
from eval.bench.squad import read_set
from index.sentences import sentences
from index.text import fold
from rag.reader.engine import ReaderEngine

KINDS = ("F32", "F16", "Q8_0", "Q4_0")
SHIPPED = "Q8_0"
LICENCE = "CC-BY-SA-4.0"  # of the question sets that it learns from
MEASURED = 600  # questions of each set
_SEED = 20240229


@dataclass(frozen=True)
class Held:
    """A question that is not learnt from, the sentences of its paragraph, which hold an answer."""

    question: str
    sentences: tuple[str, ...]
    right: Flags


def read_held(files: Sequence[Path], most: int = MEASURED) -> dict[str, list[Held]]:
    """Questions of the paragraphs that `ranker_cases.read_cases` holds out, by set.

    Of each set at most so many, drawn with a fixed seed.

    Raises:
        InputError: a file cannot be read.
    """
    sets: dict[str, list[Held]] = {}
    for path in files:
        name = path.name.split(".")[0]
        head, _, number = name.rpartition("_")
        sets.setdefault(head if number.isdecimal() else name, []).extend(_held_of(path))
    rng = np.random.RandomState(_SEED)
    return {
        name: [found[i] for i in rng.permutation(len(found))[:most]]
        for name, found in sets.items()
        if found
    }


def _held_of(path: Path) -> Iterator[Held]:
    told = read_set(path)
    for asked in told.questions:
        text = told.paragraphs[asked.paragraph]
        if zlib.crc32(text.encode("utf-8", "surrogatepass")) % HELD:
            continue
        parts = tuple(span.cut(text) for span in sentences(text))
        wanted = [fold(answer) for answer in asked.answers]
        right = np.array([any(answer in fold(part) for answer in wanted) for part in parts])
        if right.any():
            yield Held(asked.question, parts, right)


def ship(
    weights: Mapping[str, Tensor], shape: Shape, out: Path, held: Mapping[str, Sequence[Held]]
) -> Iterator[dict[str, object]]:
    """Write the .gguf that is shipped, what lies beside it, and measure it and its like.

    A row for each of KINDS, all through llama.cpp.

    Raises:
        ModelError: llama.cpp does not write or read one of them.
    """
    with TemporaryDirectory() as folder:
        paths = {kind: Path(folder) / f"{kind}.gguf" for kind in KINDS}
        plain = paths["F32"]
        write(weights, shape, plain, LICENCE)
        for kind in KINDS[1:]:
            quantise(plain, paths[kind], kind)
            _copy(plain.with_suffix(".safetensors"), paths[kind].with_suffix(".safetensors"))
        out.parent.mkdir(parents=True, exist_ok=True)
        for suffix in (".safetensors", ".gguf"):
            _copy(paths[SHIPPED].with_suffix(suffix), out.with_suffix(suffix))
        for kind, path in paths.items():
            yield {"weights": kind, "bytes": path.stat().st_size} | measured(path, held)


def _copy(source: Path, target: Path) -> None:
    """Copy the content alone: the .safetensors is written for its owner only."""
    shutil.copyfile(source, target)


def measured(path: Path, held: Mapping[str, Sequence[Held]]) -> dict[str, object]:
    """Shares of questions whose best sentence is right, by set, and the mean loss of all.

    The loss is -log of the probability of the right sentences, a softmax over the scores.

    Raises:
        ModelError: it does not load, or fails.
    """
    engine = ReaderEngine(path)
    row: dict[str, object] = {}
    losses: list[float] = []
    for name, questions in held.items():
        hits = []
        told = f"{path.stem} {name}"
        for case in tqdm(questions, desc=told, unit=" questions", disable=None, leave=False):
            read = engine.read(case.question, [case.sentences])
            assert read is not None  # nothing stops it
            hits.append(bool(case.right[int(np.argmax(read.scores))]))
            total = np.logaddexp.reduce(read.scores)
            losses.append(float(total - np.logaddexp.reduce(read.scores[case.right])))
        row[f"{name} right"] = float(np.mean(hits))
    engine.close()
    return row | {"loss": float(np.mean(losses)) if losses else None}
