"""Other embedders and other rules than those that made a store: all refused, with the remedy."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from eval.bench.reliability.archive import scratch, text_of, write
from index.build import add, build
from index.embedder import BUNDLED, POOLING, Embedder, Kind, Vectors, load_embedder
from index.errors import StoreMismatch
from rag.retriever import Retriever

_REMEDY = "python -m index build"


class _Drifted:
    """The same files, and vectors that are a little other ones, as of another library."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.fingerprint, self.dimension = embedder.fingerprint, embedder.dimension

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        """See `Embedder`."""
        found = self._embedder.embed(texts, kind=kind)
        noise = np.random.default_rng(1).standard_normal(found.shape).astype(np.float32)
        return found + noise * np.float32(0.1 / found.shape[1] ** 0.5)


def bench() -> dict[str, object]:
    """Twelve changes: opening a retriever and adding articles must both be refused."""
    missed, names = [], []
    with scratch() as folder:
        write(folder / "articles", {"0.txt": text_of(0)})
        write(folder / "more", {"1.txt": text_of(1)})
        for kind, changes in (
            ("bundled", _of_bundled()),
            ("plain", _of_plain()),
            ("rules", _RULES),
        ):
            shutil.copytree(BUNDLED, folder / kind)
            if kind == "plain":
                (folder / kind / POOLING).unlink()  # which sentence-transformers knows nothing of
            original = load_embedder(str(folder / kind))
            store = folder / f"store of {kind}"
            build([folder / "articles"], store, original)
            for name, change in changes.items():
                names.append(name)
                with _changed(original, folder / kind, folder / name, change) as embedder:
                    if not _refused(store, folder / "more", embedder):
                        missed.append(name)
            if Retriever(store, embedder=original).store.current().size != 1:
                missed.append(f"the {kind} itself")
    return {
        "test": "made by another embedder or version",
        "cases": len(names),
        "bad": len(missed),
        "detail": ", ".join(missed) or ", ".join(names),
    }


_Change = Callable[[Path], object] | str | None
_RULES: dict[str, _Change] = {
    "text view": "VIEW",
    "tokens": "TOKENS",
    "chunker": "CHUNKER",
    "what is searched": "SEARCHED",
}


def _of_bundled() -> dict[str, _Change]:
    return {
        "another model of the same dimension": _shuffled,
        "one weight": _one_weight,
        "another dimension": _narrower,
        "pooling": _pooling,
        "tokeniser": _tokeniser,
        "other vectors of the same files": None,
    }


def _of_plain() -> dict[str, _Change]:
    return {"prompt": _prompt, "a module less": _modules}


@contextmanager
def _changed(original: Embedder, model: Path, copy: Path, change: _Change) -> Iterator[Embedder]:
    """An embedder of a changed copy of a model, or a rule of this version that is another one."""
    if isinstance(change, str):
        with mock.patch(f"index.store.{change}", "changed"):
            yield original
    elif change is None:
        yield _Drifted(original)
    else:
        shutil.copytree(model, copy)
        change(copy)
        yield load_embedder(str(copy))


def _refused(store: Path, articles: Path, embedder: Embedder) -> bool:
    """Whether neither a question nor an article gets in, and the remedy is told."""
    attempts: list[Callable[[], object]] = [
        lambda: Retriever(store, embedder=embedder),
        lambda: add([articles], store, embedder),
    ]
    for attempt in attempts:
        try:
            attempt()
        except StoreMismatch as error:
            if _REMEDY not in str(error):
                return False
        else:
            return False
    return True


def _weights(folder: Path) -> Path:
    return next(folder.rglob("*.safetensors"))


def _change_weights(folder: Path, change: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
    tensors = load_file(_weights(folder))
    largest = max(tensors, key=lambda name: tensors[name].size)
    tensors[largest] = np.ascontiguousarray(change(tensors[largest]))
    save_file(tensors, _weights(folder))


def _shuffled(folder: Path) -> None:
    _change_weights(folder, lambda table: table[::-1])


def _one_weight(folder: Path) -> None:
    content = bytearray(_weights(folder).read_bytes())
    content[-7] ^= 1
    _weights(folder).write_bytes(content)


def _edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    fields = json.loads(path.read_text("utf-8"))
    change(fields)
    path.write_text(json.dumps(fields), "utf-8")


def _narrower(folder: Path) -> None:
    _change_weights(folder, lambda table: table[:, : table.shape[1] // 2])


def _pooling(folder: Path) -> None:
    _edit(folder / POOLING, lambda fields: fields.update(term_power=0.5))


def _prompt(folder: Path) -> None:
    prompts = {"query": "query: ", "document": ""}
    path = folder / "config_sentence_transformers.json"
    _edit(path, lambda fields: fields.update(prompts=prompts))


def _tokeniser(folder: Path) -> None:
    def other(fields: dict[str, Any]) -> None:
        pieces = fields["model"]["vocab"]
        pieces[5000][1] -= 1.0  # a piece that is chosen less readily

    _edit(folder / "tokenizer.json", other)


def _modules(folder: Path) -> None:
    path = folder / "modules.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8"))[:1]), "utf-8")
