"""Any sequence of changes, compared with a dict after each."""

from pathlib import Path
from random import Random
from unittest import mock

from eval.bench.reliability.archive import Texts, held, scratch, text_of, write
from index.build import add, build, remove, update
from index.check import check
from index.embedder import Embedder
from index.files import sha256
from index.manifest import MANIFEST
from index.publish import current_generation
from index.store import Store

NAMES = tuple(f"{number}.txt" for number in range(10))


class Archive:
    """A folder of articles, its store, and what the store must hold by now (`expected`)."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.articles, self.store, self.embedder = folder / "articles", folder / "store", embedder
        self.expected: Texts = {}
        self.files: Texts = {}
        self._version = 0
        self.write("0.txt")
        self.build()

    def write(self, name: str) -> None:
        """Write a file of articles, a new one or another version; the store is not told."""
        self._version += 1
        self.files[name] = text_of(int(name.partition(".")[0]), self._version)
        write(self.articles, self.files)

    def delete(self, name: str) -> None:
        """Delete a file, if it is there and not the last one; the store is not told."""
        if name in self.files and len(self.files) > 1:
            del self.files[name]
            write(self.articles, self.files)

    def build(self) -> None:
        """Make the store hold what the folder holds."""
        build([self.articles], self.store, self.embedder)
        self.expected = dict(self.files)

    def add(self, name: str) -> None:
        """Add one file."""
        if name in self.files:
            add([self.articles / name], self.store, self.embedder)
            self.expected[name] = self.files[name]

    def update(self, prune: bool) -> None:
        """Bring the store up to date with the folder."""
        update([self.articles], self.store, self.embedder, prune=prune)
        kept = {} if prune else self.expected
        self.expected = {**kept, **self.files}

    def remove(self, name: str) -> None:
        """Take a file out of the store."""
        if name in self.expected:
            remove([name], self.store)
            del self.expected[name]

    def verify(self) -> None:
        """Whether a reader finds what must be there, by every way there is.

        Raises:
            AssertionError: something differs.
        """
        generation = Store(self.store).current()
        assert held(generation) == self.expected
        assert generation.size == len(self.expected) == len(generation.positions)
        for source, text in self.expected.items():
            among = generation.among(sources=[source])
            assert among is not None
            (paragraph,) = generation.paragraphs(among)
            (searched,) = generation.searched(among)
            assert paragraph.text == text
            (vector,) = self.embedder.embed([searched.words], kind="passage")
            nearest, _ = generation.vectors.search(vector, 1)
            assert nearest.tolist() == among.tolist()
            scores = generation.lexical.scores(text)
            assert scores[among[0]] == scores.max() > 0


def bench(embedder: Embedder, count: int, seed: int = 1) -> dict[str, object]:
    """`count` random changes; generations are written whole, and with changes beside them."""
    random = Random(seed)
    with scratch() as folder, mock.patch("index.draft.WHOLE_BELOW", 4):
        archive = Archive(folder, embedder)
        failed = ""
        for number in range(count):
            _one(archive, random)
            try:
                archive.verify()
            except AssertionError:
                failed = failed or f"after {number + 1} changes"
        failed = failed or "; ".join(check(archive.store))
    return {"test": "random changes", "cases": count, "bad": int(bool(failed)), "detail": failed}


def same(embedder: Embedder, articles: Path) -> dict[str, object]:
    """The same folder indexed three times, into the same store and into others."""
    found = []
    with scratch() as folder:
        for store in ("one", "one", "one", "two", "three"):
            build([articles], folder / store, embedder)
            generation = Store(folder / store).current()
            ids = tuple(p.id for p in generation.paragraphs(generation.positions))
            number = current_generation(folder / store)
            found.append((ids, sha256(folder / store / f"gen-{number}" / MANIFEST)))
    other = sum(pair != found[0] for pair in found)
    detail = f"{len(found[0][0])} paragraph ids, manifest {found[0][1][:12]}…"
    return {"test": "the same folder again", "cases": len(found), "bad": other, "detail": detail}


def _one(archive: Archive, random: Random) -> None:
    name = random.choice(NAMES)
    kind = random.choice(("write", "write", "delete", "build", "add", "update", "prune", "remove"))
    if kind in ("update", "prune"):
        archive.update(prune=kind == "prune")
    elif kind == "build":
        archive.build()
    else:
        getattr(archive, kind)(name)
