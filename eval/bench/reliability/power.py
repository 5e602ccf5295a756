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
    files: Path  # the store as it was left, whose catalogue every state has
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
        yield _Run(disk, root / _STORE, failed)


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
    verdicts: dict[bytes, str] = {}
    count, bad = 0, []
    steps = run.disk.steps if run.disk.states else []
    moments = zip([*steps, _END], [*run.disk.states, run.disk.after()], strict=True)
    published = False
    for step, trees in moments:
        published |= step.endswith("/.SEAL")  # what comes then is sealing, of what is published
        for tree in trees:
            count += 1
            key = _key(tree) + step.encode() * (step == _END) + bytes([published])
            if key not in verdicts:
                done = published or step == _END
                verdicts[key] = _verdict(run, tree, before, done=done, sealed=step == _END)
            if verdicts[key]:
                bad.append(f"after {step}: {verdicts[key]}")
                if len(bad) >= enough:
                    return count, bad
    return count, bad


def _verdict(run: _Run, tree: Tree, before: Texts, *, done: bool, sealed: bool) -> str:
    """What is wrong with a state; an empty string if nothing is."""
    if _STORE not in tree:
        return "there is no store" if done or before else ""
    with scratch() as folder:
        materialise(tree, folder / "disk")
        store = folder / "disk" / _STORE
        for path in run.files.glob("*.sqlite"):
            copy(path, store / path.name)
        named, there = current_generation(store), generations(store)
        if named is not None and named not in there:
            return f"CURRENT names gen-{named}, which is not there"
        if done and (not there or named != there[-1]):
            return f"CURRENT names {named}, and what was acknowledged is another"
        if torn := broken_seal(store):
            return torn[0]
        if sealed and unsealed(store):
            return "the catalogue is not sealed"
        try:
            found = held(Store(store).current())
        except YinzhengError as error:
            return str(error)
        rebuilt = generations(store) != there
        if done and rebuilt:
            return "what was acknowledged had to be written anew"
        return "" if found == _AFTER or (not done and found == before) else "other articles"


def _key(tree: Tree) -> bytes:
    """A hash of all that a reader looks at."""
    digest = sha256()
    for name, content in sorted(tree.items()):
        if not name.startswith("."):
            inner = content if isinstance(content, bytes) else _key(content)
            digest.update(f"{name}:{len(inner)}:".encode() + sha256(inner).digest())
    return digest.digest()
