"""Files that change by themselves: flipped bits, cut off ends, pages of zeros."""

from pathlib import Path
from random import Random
from unittest import mock

from eval.bench.reliability.archive import Texts, scratch, text_of, write
from index.build import build, update
from index.check import check
from index.embedder import Embedder
from index.errors import YinzhengError
from index.generation import Generation
from index.publish import LOCK

PAGE = 4096  # bytes
HOW = ("flip", "cut", "zeros")
_TEXTS: Texts = {f"{number}.txt": text_of(number) for number in range(40)}


def bench(
    embedder: Embedder, flips: int, cuts: int, pages: int, seed: int = 1
) -> list[dict[str, object]]:
    """Change every file of a store in each way; what neither opening nor `check` noticed.

    A generation is opened; where that succeeds, as for files that opening does not read, the store
    is checked. Cuts and pages are as many as a file has at most.
    """
    random = Random(seed)
    counts = dict(zip(HOW, (flips, cuts, pages), strict=True))
    missed: dict[str, list[str]] = {how: [] for how in HOW}
    done = dict.fromkeys(HOW, 0)
    with scratch() as folder, mock.patch("index.draft.WHOLE_BELOW", 0):
        store = _store(folder, embedder)
        files = sorted(p for p in store.rglob("*") if p.is_file() and p.name != LOCK)
        for path in files:
            whole = path.read_bytes()
            for how in HOW:
                for content in changed(whole, how, counts[how], random):
                    path.write_bytes(content)
                    done[how] += 1
                    if not noticed(store, path):
                        missed[how].append(path.relative_to(store).as_posix())
            path.write_bytes(whole)
        if check(store):
            raise AssertionError("the store is not what it was before")
    names = {"flip": "a byte changed", "cut": "cut off", "zeros": "a page of zeros"}
    return [
        {
            "test": names[how],
            "cases": done[how],
            "bad": len(missed[how]),
            "detail": f"{len(files)} files {', '.join(sorted(set(missed[how])))}".strip(),
        }
        for how in HOW
    ]


def changed(whole: bytes, how: str, count: int, random: Random) -> list[bytes]:
    """Other contents of a file, `count` of them or as many as there are."""
    if how == "cut":
        lengths = random.sample(range(len(whole)), min(count, len(whole)))
        return [whole[:length] for length in lengths]
    found = []
    if how == "flip":
        for _ in range(count):
            place, bit = random.randrange(len(whole)), 1 << random.randrange(8)
            found.append(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        return found
    starts = range(0, len(whole), PAGE)
    for start in random.sample(starts, min(count, len(starts))):
        end = min(start + PAGE, len(whole))
        found.append(whole[:start] + bytes(end - start) + whole[end:])
    return [content for content in found if content != whole]


def noticed(store: Path, path: Path) -> bool:
    """Whether a damage is told when the store is opened, else when it is checked."""
    generation = store / path.relative_to(store).parts[0]
    try:
        if generation.is_dir():
            Generation(generation)
        return bool(check(store))
    except YinzhengError:
        return True


def _store(folder: Path, embedder: Embedder) -> Path:
    """Two generations, the newer one with changes beside the files of the older."""
    write(folder / "articles", _TEXTS)
    build([folder / "articles"], folder / "store", embedder)
    write(folder / "articles", {**_TEXTS, "3.txt": text_of(3, 1)})
    update([folder / "articles"], folder / "store", embedder)
    return folder / "store"
