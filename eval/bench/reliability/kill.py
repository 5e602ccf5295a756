"""kill -9 at random moments: nothing that was acknowledged is lost, and the store answers at once.

A child process changes the store over and over and tells each change that returned. It is killed;
then the store must open and answer, and hold what was told, or that and the change under way.
"""

import os
import signal
import time
from pathlib import Path
from random import Random

from eval.bench.reliability.archive import Texts, filler, held, scratch, text_of, write
from index.build import add, build, remove, update
from index.embedder import Embedder
from index.errors import YinzhengError
from index.files import DISK, Disk
from index.store import Store
from rag.retriever import Retriever

KINDS = ("build", "add", "remove", "update", "publish", "clean-up")
LIMIT = 5.0  # seconds until an answer
_FILES = 12  # articles that change
_FILLER = 2_200  # articles that stay, so that generations share their files
_CHANGES = 3  # of each child, unless it is killed before
_STEPS = {"publish": 40, "clean-up": 2}  # of the disk in one change, about


class Deadly(Disk):
    """A disk whose caller is killed at one of its steps: before it, or in the middle of it."""

    def __init__(self, step: int, random: Random) -> None:
        self.left, self._random = step, random

    def _pass(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def make_folder(self, path: Path) -> None:
        """See `Disk`."""
        self._pass()
        super().make_folder(path)

    def write(self, path: Path, content: bytes) -> None:
        """See `Disk`; the file may be cut off."""
        if self.left == 1:
            super().write(path, content[: self._random.randrange(len(content) + 1)])
        self._pass()
        super().write(path, content)

    def sync(self, path: Path) -> None:
        """See `Disk`."""
        self._pass()
        super().sync(path)

    def link(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        self._pass()
        super().link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        self._pass()
        super().rename(source, target)

    def remove_folder(self, path: Path) -> None:
        """See `Disk`; part of the files may be gone."""
        if self.left == 1:
            files = sorted(p for p in path.rglob("*") if p.is_file())
            for file in self._random.sample(files, self._random.randrange(len(files) + 1)):
                file.unlink()
        self._pass()
        super().remove_folder(path)


class CleaningUp(Disk):
    """The same, where only what clears old generations away counts."""

    def __init__(self, step: int, random: Random) -> None:
        self._deadly = Deadly(step, random)

    def rename(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        (self._deadly if target.name.startswith(".draft-old") else DISK).rename(source, target)

    def remove_folder(self, path: Path) -> None:
        """See `Disk`."""
        (self._deadly if path.name.startswith(".draft-old") else DISK).remove_folder(path)


def bench(kind: str, kills: int, embedder: Embedder, seed: int = 1) -> dict[str, object]:
    """Kill `kills` children that do changes of a kind; what was found afterwards.

    Bad is a kill after which something acknowledged was not there, something stood there that
    never was, the store took longer than `LIMIT` to answer, or it could not be changed any more.
    """
    with scratch() as folder:
        victims = _Victims(kind, embedder, folder, Random(f"{kind} {seed}"))
        for _ in range(kills):
            victims.kill_one()
    return {
        "test": f"kill -9 in {kind}",
        "cases": kills,
        "bad": len(victims.bad),
        "detail": f"{victims.acknowledged} changes acknowledged, {victims.landed} kills hit one "
        f"under way; slowest answer {victims.slowest:.2f} s {'; '.join(victims.bad[:3])}".strip(),
    }


class _Victims:
    """A store, and the children that are killed while they change it."""

    def __init__(self, kind: str, embedder: Embedder, folder: Path, random: Random) -> None:
        self._kind, self._embedder, self._random = kind, embedder, random
        self._articles, self._store = folder / "articles", folder / "store"
        self._filler = folder / "filler.jsonl"
        self._version = 0
        self.bad: list[str] = []
        self.landed = self.acknowledged = 0
        self.slowest = 0.0
        filler(self._filler, _FILLER)
        self._settle({f"{number}.txt": text_of(number) for number in range(_FILES)})
        start = time.perf_counter()
        self._change(self._next(self._texts), DISK)
        self._usual = time.perf_counter() - start

    def kill_one(self) -> None:
        """Bring the store to a known state, change it, kill who does, and look."""
        self._settle(held(Store(self._store).current()))
        states = [self._texts]
        while len(states) <= _CHANGES:
            states.append(self._next(states[-1]))
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            self._be_killed(states[1:], writer)
        os.close(writer)
        if self._kind not in _STEPS:
            time.sleep(self._random.random() * self._usual * _CHANGES)
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reader, "rb") as told:
            done = len(told.read())
        self.acknowledged += done
        self.landed += done < _CHANGES
        self._look(states[done : done + 2])

    def _be_killed(self, states: list[Texts], told: int) -> None:
        """What a child does; it never returns."""
        disk = DISK
        if self._kind in _STEPS:
            step = self._random.randrange(_STEPS[self._kind] * _CHANGES) + 1
            deadly = Deadly if self._kind == "publish" else CleaningUp
            disk = deadly(step, self._random)
        try:
            for texts in states:
                self._change(texts, disk)
                os.write(told, b".")
        finally:
            os._exit(0)

    def _change(self, texts: Texts, disk: Disk) -> None:
        """Bring the store to hold these texts, in the way that is tested."""
        before = {path.name for path in self._articles.iterdir()}
        write(self._articles, texts)
        if self._kind == "build":
            build([self._articles, self._filler], self._store, self._embedder, disk=disk)
        elif self._kind == "add":
            add([self._articles / name for name in texts.keys() - before], self._store,
                self._embedder, disk=disk)  # fmt: skip
        elif self._kind == "remove":
            remove(sorted(before - texts.keys()), self._store, disk=disk)
        else:
            update([self._articles], self._store, self._embedder, disk=disk)

    def _next(self, texts: Texts) -> Texts:
        """What the store shall hold after one more change."""
        self._version += 1
        after = dict(texts)
        if self._kind in ("build", "remove"):
            del after[self._random.choice(sorted(after))]
        if self._kind in ("build", "add"):
            after[f"{100 + self._version}.txt"] = text_of(100 + self._version)
        if self._kind not in ("add", "remove"):
            name = self._random.choice(sorted(after))
            after[name] = text_of(int(name.partition(".")[0]), self._version)
        return after

    def _settle(self, texts: Texts) -> None:
        """Make the store hold what it shows: a change that was committed and never published goes.

        There are enough articles to remove, and not ever more of them.
        """
        kept = dict(sorted(texts.items())[: 3 * _FILES])
        kept |= {f"{n}.txt": text_of(n) for n in range(_FILES) if len(texts) < _FILES}
        write(self._articles, kept)
        try:
            build([self._articles, self._filler], self._store, self._embedder)
        except YinzhengError as error:
            self.bad.append(f"cannot be changed: {error}")
        self._texts = kept

    def _look(self, allowed: list[Texts]) -> None:
        """Open the store as a reader would, ask, and compare."""
        start = time.perf_counter()
        try:
            retriever = Retriever(Store(self._store), embedder=self._embedder)
            generation = retriever.store.current()
            hits = retriever.search(text_of(3, 999), k=1, generation=generation)
        except YinzhengError as error:
            self.bad.append(f"does not answer: {error}")
            return
        seconds = time.perf_counter() - start
        self.slowest = max(self.slowest, seconds)
        if held(generation) not in allowed:
            self.bad.append("holds something else than was acknowledged")
        elif not hits or hits[0].paragraph.text != text_of(3, 999):
            self.bad.append("answers something else")
        elif seconds > LIMIT:
            self.bad.append(f"took {seconds:.1f} s to answer")
