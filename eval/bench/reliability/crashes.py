"""A model of what power loss leaves: every state that a disk may be in after a crash.

After Pillai et al. 2014 (ALICE): content that was not synced may be absent, cut off, zeros or
whole; a name that was made, changed or removed in a folder may or may not have become so until the
folder is synced, each independent of the others.
"""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.files import Disk

_PRODUCT = 4096  # states of one moment that are enumerated in full; of more, see `_chosen`


@dataclass(eq=False)
class File:
    """Content as it is now, and as it was last synced (None: never)."""

    now: bytes
    synced: bytes | None = None
    _known: tuple[bytes, bytes | None, list[bytes]] | None = None

    def outcomes(self) -> list[bytes]:
        """What may be there after a crash; the last one is all of it.

        The same objects as long as nothing changes: many states hold them.
        """
        known = self._known
        if known is None or known[0] is not self.now or known[1] is not self.synced:
            known = self._known = (self.now, self.synced, self._outcomes())
        return known[2]

    def _outcomes(self) -> list[bytes]:
        if self.synced == self.now:
            return [self.now]
        half = len(self.now) // 2
        torn = [b"", self.now[:half], bytes(len(self.now)), self.now[:half] + bytes(half)]
        before = [] if self.synced is None else [self.synced]
        return [*dict.fromkeys([*before, *torn]), self.now]


@dataclass(eq=False)
class Folder:
    """Names that last, and changes of names since: a name and what it stands for, or None."""

    synced: "dict[str, Node]" = field(default_factory=dict)
    pending: "list[tuple[tuple[str, Node | None], ...]]" = field(default_factory=list)

    def names(self, applied: "tuple[bool, ...] | None" = None) -> "dict[str, Node]":
        """The names there are, or would be after a crash in which some changes were applied."""
        found = dict(self.synced)
        for number, change in enumerate(self.pending):
            if applied is None or applied[number]:
                for name, node in change:
                    if node is None:
                        found.pop(name, None)
                    else:
                        found[name] = node
        return found


Node = File | Folder
Tree = dict[str, "bytes | Tree"]  # a folder as it would be found; states share what is the same


class RecordingDisk(Disk):
    """The real disk, that notes what would have lasted after each of its steps.

    `without` is a step (by its number) that is left out: a sync or a rename. `steps` are those that
    were taken, and `states` what a crash after each of them may leave.
    """

    def __init__(self, root: Path, without: int | None = None, *, moments: bool = True) -> None:
        """Record below `root`, whose content now lasts; without `moments` the end alone."""
        self.root, self._without, self._moments = root, without, moments
        self.top = Folder(_lasting(root)) if root.is_dir() else Folder()
        self.steps: list[str] = []
        self.states: list[list[Tree]] = []

    def make_folder(self, path: Path) -> None:
        """See `Disk`."""
        super().make_folder(path)
        self._done("mkdir", path)

    def write(self, path: Path, content: bytes) -> None:
        """See `Disk`."""
        super().write(path, content)
        self._done("write", path)

    def sync(self, path: Path) -> None:
        """See `Disk`."""
        self._notice()
        if not self._left_out:
            super().sync(path)
            node = self._node(path)
            if isinstance(node, File):
                node.synced = node.now
            elif node is not None:
                node.synced, node.pending = node.names(), []
        self._done("sync", path)

    def link(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        super().link(source, target)
        self._entry(target, self._node(source))
        self._done("link", target)

    def rename(self, source: Path, target: Path) -> None:
        """See `Disk`."""
        self._notice()
        if not self._left_out:
            super().rename(source, target)
            folder, moved = self._folder(source.parent), self._node(source)
            folder.pending.append(((source.name, None), (target.name, moved)))
        self._done("rename", target)

    def remove(self, path: Path) -> None:
        """See `Disk`."""
        self._notice()
        if path.exists() and self._node(path) is not None:
            self._entry(path, None)
        super().remove(path)
        self._done("remove", path)

    def remove_folder(self, path: Path) -> None:
        """See `Disk`."""
        self._notice()
        for file in sorted(p for p in path.rglob("*") if p.is_file()):
            self._entry(file, None)
        self._entry(path, None)
        super().remove_folder(path)
        self._done("remove folder", path)

    def after(self) -> list[Tree]:
        """What a crash may leave that comes when all is done."""
        return list(_crashes(self.top))

    @property
    def _left_out(self) -> bool:
        return self._without == len(self.steps)

    def _done(self, kind: str, path: Path) -> None:
        self._notice()
        self.steps.append(f"{kind} {path.relative_to(self.root).as_posix()}")
        if self._moments:
            self.states.append(list(_crashes(self.top)))

    def _notice(self) -> None:
        """Take in what libraries have written below the root meanwhile."""
        if self.root.is_dir():
            self._compare(self.root, self.top)

    def _compare(self, path: Path, folder: Folder) -> None:
        known = folder.names()
        for inner in sorted(path.iterdir()):
            if _is_of_sqlite(inner):
                continue
            node = known.get(inner.name)
            if node is None:
                node = Folder() if inner.is_dir() else File(inner.read_bytes())
                folder.pending.append(((inner.name, node),))
            if isinstance(node, Folder):
                self._compare(inner, node)
            elif (content := inner.read_bytes()) != node.now:
                node.now = content

    def _node(self, path: Path) -> Node | None:
        node: Node | None = self.top
        for name in path.relative_to(self.root).parts:
            node = node.names().get(name) if isinstance(node, Folder) else None
        return node

    def _folder(self, path: Path) -> Folder:
        found = self._node(path)
        assert isinstance(found, Folder)
        return found

    def _entry(self, path: Path, node: Node | None) -> None:
        self._folder(path.parent).pending.append(((path.name, node),))


def materialise(tree: Tree, folder: Path) -> None:
    """Write a state into a new folder."""
    _materialise(tree, str(folder))


def _materialise(tree: Tree, folder: str) -> None:
    """Calls of the system alone: thousands of states are written."""
    os.mkdir(folder, 0o700)  # noqa: PTH102
    for name, content in tree.items():
        path = f"{folder}/{name}"
        if isinstance(content, bytes):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                written = os.write(handle, content)
                assert written == len(content)
            finally:
                os.close(handle)
        else:
            _materialise(content, path)


def _is_of_sqlite(path: Path) -> bool:
    """Whether SQLite takes care of a file: what it commits lasts; and LOCK means nothing."""
    return path.name.startswith(("catalog.sqlite", "vectors.sqlite", "LOCK"))


def _lasting(folder: Path) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for path in folder.iterdir():
        if path.is_dir():
            found[path.name] = Folder(_lasting(path))
        elif not _is_of_sqlite(path):
            content = path.read_bytes()
            found[path.name] = File(content, content)
    return found


def _crashes(top: Folder) -> Iterator[Tree]:
    """Every tree that may be found: one for each choice of outcomes."""
    choices = list(_choices(top, set()))
    trees = _Trees({id(node): place for place, (node, _) in enumerate(choices)})
    for chosen in _chosen([count for _, count in choices]):
        yield trees.of(top, chosen)


def _choices(folder: Folder, seen: set[int]) -> Iterator[tuple[Node, int]]:
    """Files and folders of which it is open what a crash leaves, and how many outcomes each has."""
    if id(folder) in seen:
        return
    seen.add(id(folder))
    if folder.pending:
        yield folder, 2 ** len(folder.pending)
    nodes = [*folder.synced.values(), *(n for change in folder.pending for _, n in change if n)]
    for node in nodes:
        if isinstance(node, Folder):
            yield from _choices(node, seen)
        elif id(node) not in seen and len(node.outcomes()) > 1:
            seen.add(id(node))
            yield node, len(node.outcomes())


def _chosen(counts: list[int]) -> Iterator[tuple[int, ...]]:
    """All combinations; where they are too many, every one that differs in at most two places
    from nothing or from all having been written.
    """
    total = 1
    for count in counts:
        total *= count
    if total <= _PRODUCT:
        yield from itertools.product(*map(range, counts))
        return
    yield from _near(counts)


def _near(counts: list[int]) -> Iterator[tuple[int, ...]]:
    seen = set()
    few = [[*range(min(count, 8)), count - 1] for count in counts]
    for base in ([0] * len(counts), [count - 1 for count in counts]):
        for one, two in itertools.combinations(range(len(counts)), 2):
            for first, second in itertools.product(few[one], few[two]):
                chosen = list(base)
                chosen[one], chosen[two] = first, second
                if tuple(chosen) not in seen:
                    seen.add(tuple(chosen))
                    yield tuple(chosen)


class _Trees:
    """The trees of one moment; a folder of which the same was chosen twice is made once."""

    def __init__(self, places: dict[int, int]) -> None:
        """`places` says where in a choice the outcome of a file or folder stands, by identity."""
        self._places = places
        self._concerned: dict[int, list[int]] = {}
        self._made: dict[tuple[int, tuple[int, ...]], Tree] = {}

    def of(self, folder: Folder, chosen: tuple[int, ...]) -> Tree:
        """The folder as it would be found."""
        concerned = self._concerned.get(id(folder))
        if concerned is None:
            nodes = (id(node) for node, _ in _choices(folder, set()))
            concerned = self._concerned[id(folder)] = [self._places[node] for node in nodes]
        key = id(folder), tuple([chosen[place] for place in concerned])
        if key not in self._made:
            self._made[key] = self._tree(folder, chosen)
        return self._made[key]

    def _tree(self, folder: Folder, chosen: tuple[int, ...]) -> Tree:
        place = self._places.get(id(folder))
        bits = 0 if place is None else chosen[place]
        applied = tuple([bool(bits >> number & 1) for number in range(len(folder.pending))])
        found: Tree = {}
        for name, node in folder.names(applied).items():
            if isinstance(node, Folder):
                found[name] = self.of(node, chosen)
            else:
                place = self._places.get(id(node))
                found[name] = node.outcomes()[0 if place is None else chosen[place]]
        return found
