"""Power loss at any moment while a store is written, and what happens if a step were missing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copy
from unittest import mock

from eval.bench.reliability.archive import Texts, held, scratch, text_of, write
from eval.bench.reliability.crashes import RecordingDisk, Tree, materialise
from index.build import build, update
from index.embedder import Embedder
from index.errors import YinzhengError
from index.files import Disk
from index.publish import current_generation, generations
from index.seal import broken_seal, unsealed
from index.store import Store

SCENARIOS = ("first", "whole", "changes")
_STORE, _END = "store", "the end"
_OLD = ".draft-old-1"  # an old generation on its way out: nothing is promised of it
_BEFORE: Texts = {f"{number}.txt": text_of(number) for number in range(8)}
_AFTER: Texts = {**_BEFORE, "3.txt": text_of(3, 1), "9.txt": text_of(9)}


@dataclass(frozen=True)
class _Run:
    """What was recorded of one scenario, and how its store may look afterwards."""

    disk: RecordingDisk
    catalogue: list[Path]  # of the store as it was left: every state has it
    failed: bool


def bench(
    embedder: Embedder, mutated: tuple[str, ...] = ("first", "changes")
) -> list[dict[str, object]]:
    """All crash states of every scenario; then of some with one sync or rename left out."""
    rows: list[dict[str, object]] = []
    for scenario in SCENARIOS:
        with _recorded(scenario, embedder) as run:
            count, bad = _judge(run, scenario)
        rows.append(
            {
                "test": f"power loss, {scenario}",
                "cases": count,
                "bad": len(bad),
                "detail": f"{len(run.disk.steps)} steps {'; '.join(bad[:2])}".strip(),
            }
        )
    return [*rows, _mutants(embedder, mutated)]


def _mutants(embedder: Embedder, scenarios: tuple[str, ...]) -> dict[str, object]:
    """Leave out each sync and each rename of a publication, one at a time."""
    caught: list[str] = []
    missed: list[str] = []
    for scenario in scenarios:
        with _recorded(scenario, embedder, moments=False) as run:
            steps = list(run.disk.steps)
        for number, step in enumerate(steps):
            if step.startswith(("sync", "rename")) and not step.endswith(_OLD):
                found = any(_noticed(scenario, embedder, number, moments=m) for m in (False, True))
                (caught if found else missed).append(f"{scenario}: {step}")
    return {
        "test": "power loss, a step left out",
        "cases": len(caught) + len(missed),
        "bad": len(missed),
        "detail": f"{len(caught)} noticed{'; not: ' if missed else ''}{', '.join(missed)}",
    }


def _noticed(scenario: str, embedder: Embedder, without: int, *, moments: bool) -> bool:
    """Whether a step that is left out shows: at the end, which is quick, or at any moment."""
    with _recorded(scenario, embedder, without, moments=moments) as run:
        return run.failed or bool(_judge(run, scenario, enough=1)[1])


@contextmanager
def _recorded(
    scenario: str, embedder: Embedder, without: int | None = None, *, moments: bool = True
) -> Iterator[_Run]:
    """Run a scenario over a disk that records."""
    with scratch() as folder:
        root, articles = folder / "disk", folder / "articles"
        root.mkdir()
        change = _prepared(scenario, root / _STORE, articles, embedder)
        disk = RecordingDisk(root, without, moments=moments)
        failed = False
        with mock.patch("index.draft.WHOLE_BELOW", 0 if scenario == "changes" else 10_000):
            try:
                change(disk)
            except (YinzhengError, OSError, AssertionError):
                failed = True
        yield _Run(disk, sorted((root / _STORE).glob("*.sqlite")), failed)


def _prepared(
    scenario: str, store: Path, articles: Path, embedder: Embedder
) -> Callable[[Disk], object]:
    """The store before, and what is done to it."""
    if scenario == "first":
        write(articles, _AFTER)
        return lambda disk: build([articles], store, embedder, disk=disk)
    for texts in ({"1.txt": text_of(1)}, _BEFORE):  # two generations: the older one goes
        write(articles, texts)
        build([articles], store, embedder)
    write(articles, _AFTER)
    return lambda disk: update([articles], store, embedder, disk=disk)


def _judge(run: _Run, scenario: str, enough: int = 10**9) -> tuple[int, list[str]]:
    """Open every state that a crash may leave; how many there are, and what is wrong with which.

    States that differ only in files whose names begin with a dot are opened once: those are
    never looked at, but swept.
    """
    before = {} if scenario == "first" else _BEFORE
    opened: dict[bytes, _Found | None] = {}
    keys = _Keys()
    count, bad = 0, []
    steps = run.disk.steps if run.disk.states else []
    moments = list(zip([*steps, _END], [*run.disk.states, run.disk.after()], strict=True))
    published = False
    for step, trees in moments:
        published |= step.endswith("/.SEAL")  # what comes then is sealing, of what is published
        for tree in trees:
            count += 1
            key = keys.of(tree)
            if key not in opened:
                opened[key] = _opened(run, tree)
            done = published or step == _END
            if fault := _fault(opened[key], before, done=done, sealed=step == _END):
                bad.append(f"after {step}: {fault}")
                if len(bad) >= enough:
                    return count, bad
    return count, bad


@dataclass(frozen=True)
class _Found:
    """What a reader finds in a state: before it opens the store, and then."""

    named: int | None
    there: list[int]
    torn: list[str]
    unsealed: bool
    held: Texts | None
    error: str
    rebuilt: bool


def _opened(run: _Run, tree: Tree) -> _Found | None:
    """Write a state, and open it; None if there is no store in it."""
    if _STORE not in tree:
        return None
    with scratch() as folder:
        materialise(tree, folder / "disk")
        store = folder / "disk" / _STORE
        for path in run.catalogue:
            copy(path, store / path.name)
        named, there = current_generation(store), generations(store)
        torn, open_seal = broken_seal(store), bool(unsealed(store))
        found, error = None, ""
        try:
            found = held(Store(store).current())
        except YinzhengError as told:
            error = str(told)
        return _Found(named, there, torn, open_seal, found, error, generations(store) != there)


def _fault(state: _Found | None, before: Texts, *, done: bool, sealed: bool) -> str:
    """What is wrong with a state; an empty string if nothing is."""
    if state is None:
        return "there is no store" if done or before else ""
    if state.named is not None and state.named not in state.there:
        return f"CURRENT names gen-{state.named}, which is not there"
    if done and (not state.there or state.named != state.there[-1]):
        return f"CURRENT names {state.named}, and what was acknowledged is another"
    if state.torn:
        return state.torn[0]
    if sealed and state.unsealed:
        return "the catalogue is not sealed"
    if state.error:
        return state.error
    if done and state.rebuilt:
        return "what was acknowledged had to be written anew"
    return "" if state.held == _AFTER or (not done and state.held == before) else "other articles"


class _Keys:
    """Hashes of all that a reader looks at; of what states share it is taken once.

    Known by identity: the trees and contents have to stay alive as long as this does.
    """

    def __init__(self) -> None:
        self._known: dict[int, bytes] = {}

    def of(self, tree: Tree | bytes) -> bytes:
        """The hash of a folder or a content."""
        if (found := self._known.get(id(tree))) is None:
            found = self._known[id(tree)] = self._hash(tree)
        return found

    def _hash(self, tree: Tree | bytes) -> bytes:
        if isinstance(tree, bytes):
            return sha256(b"file:" + tree).digest()
        names = sorted(name for name in tree if not name.startswith("."))
        parts = [name.encode() + b"\0" + self.of(tree[name]) for name in names]
        return sha256(b"folder:" + b"".join(parts)).digest()
