"""Every kind of damage is found, and mended from what is whole."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.__main__ import main
from index.build import add, build, remove, update
from index.canary import TEXTS as CANARIES
from index.catalog import Catalog
from index.check import check, repair
from index.embedder import Kind, Vectors
from index.errors import (
    InputError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreMismatch,
    StoreMissing,
)
from index.publish import generations, writer_lock
from index.store import Store
from tests.conftest import HashEmbedder

FIRST_PAGE = (
    "第1版\n\n江 城 新 桥 通 车\n\n江城新桥昨日通车,桥长五百米。石料来自青山,工匠石磊说,"
    "桥墩一共十二座。\n\n(下转第4版)\n"
)
FOURTH_PAGE = (
    "第4版\n\n(上接第1版)工匠石磊还说,青山的石料够造十二座桥墩。江城新桥最深的桥墩立在水下二十米。\n\n"
    "茶 园 开 采\n\n本报4月8日讯(记者林叶)云岭的茶园昨日开采。今年的春茶比去年早了五天。\n"
)
NEWS = (
    '{"id": "n1", "title": "湖水", "date": "2031-04-30", '
    '"text": "镜湖高四厘米。\\n渔民说鱼多了。"}\n'
    '{"id": "n2", "title": "图书馆", "text": "市图书馆周二闭馆。"}\n'
)
FERRY = "From Monday the ferry leaves Lowmoor at 7.40 and 18.10.\n"
TEXTS = [
    "From Monday the ferry leaves Lowmoor at 7.40 and 18.10.",
    "镜湖高四厘米。",
    "渔民说鱼多了。",
    "市图书馆周二闭馆。",
]
FACTS = [  # source, id, title, date: of these the ids are given
    ("news.jsonl", "n1", "湖水", "2031-04-30"),
    ("news.jsonl", "n2", "图书馆", None),
]


class Negated(HashEmbedder):
    """The same files of a model, and other vectors: another release of a library, say."""

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        return -super().embed(texts, kind=kind)


@pytest.fixture
def embedder() -> HashEmbedder:
    """The one that made the stores."""
    return HashEmbedder(16)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A paper whose two pages hold one report, and two other files; not to be changed."""
    folder = tmp_path_factory.mktemp("articles")
    (folder / "2030-04-09").mkdir()
    (folder / "2030-04-09" / "p1.txt").write_text(FIRST_PAGE, "utf-8")
    (folder / "2030-04-09" / "p4.txt").write_text(FOURTH_PAGE, "utf-8")
    (folder / "ferry.txt").write_text(FERRY, "utf-8")
    (folder / "news.jsonl").write_text(NEWS, "utf-8")
    return folder


@pytest.fixture(scope="module")
def with_ties(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of all of them, in two generations; not to be changed."""
    folder = tmp_path_factory.mktemp("whole") / "store"
    build([articles / "2030-04-09", articles / "ferry.txt"], folder, HashEmbedder(16))
    add([articles / "news.jsonl"], folder, HashEmbedder(16))
    assert generations(folder) == [1, 2]
    return folder


@pytest.fixture(scope="module")
def without_ties(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the two files, in two generations; not to be changed."""
    folder = tmp_path_factory.mktemp("plain") / "store"
    build([articles / "ferry.txt"], folder, HashEmbedder(16))
    add([articles / "news.jsonl"], folder, HashEmbedder(16))
    assert generations(folder) == [1, 2]
    return folder


@pytest.fixture
def store(without_ties: Path, tmp_path: Path) -> Path:
    return shutil.copytree(without_ties, tmp_path / "store")


@pytest.fixture
def tied(with_ties: Path, tmp_path: Path) -> Path:
    return shutil.copytree(with_ties, tmp_path / "tied")


def texts(folder: Path) -> list[str]:
    generation = Store(folder).current()
    return [p.text for p in generation.paragraphs(generation.positions)]


def held(folder: Path) -> list[tuple[Any, ...]]:
    """Everything that readers see: articles with their ties, and paragraphs."""
    generation = Store(folder).current()
    return [(a, generation.article_paragraphs(a.id)) for a in generation.articles()]


def kept(folder: Path) -> list[tuple[int, bytes]]:
    with closing(sqlite3.connect(folder / "vectors.sqlite")) as db:
        return db.execute("SELECT text, vector FROM vectors ORDER BY text").fetchall()


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "LOCK")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def flip(path: Path, place: int | None = None) -> None:
    """Change one bit of one byte."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 1
    path.write_bytes(content)


def flip_letter(path: Path, word: bytes = b"Lowmoor") -> None:
    """Change a letter of every copy of a word: SQLite sees nothing wrong."""
    content = path.read_bytes()
    assert word in content
    path.write_bytes(content.replace(word, word[:-1] + bytes([word[-1] ^ 1])))


def chop(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def leave_folder(path: Path) -> None:
    path.mkdir(mode=0o700)
    (path / "vectors.faiss").write_bytes(b"half of it")
    (path / "vectors.faiss").chmod(0o600)


def leave(path: Path) -> None:
    path.write_bytes(b"gen-9\n")
    path.chmod(0o600)


def chmod_all(store: Path) -> None:
    for path in store.rglob("*"):
        if path.is_file():
            path.chmod(0o644)


UNSEALED = "was changed and not sealed: a run was killed"
NOT_NEWEST = "CURRENT does not name gen-2, the newest generation"
LEFT = "was left by an interrupted run"
SEALED_OTHERWISE = "is damaged: it is not as it was sealed"
DAMAGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {  # and what is found then
    "a letter of the catalogue": (
        lambda s: flip_letter(s / "catalog.sqlite"),
        [f"catalog.sqlite {SEALED_OTHERWISE}"],
    ),
    "a bit of the catalogue": (
        lambda s: flip(s / "catalog.sqlite"),
        [f"catalog.sqlite {SEALED_OTHERWISE}"],
    ),
    "no catalogue": (
        lambda s: (s / "catalog.sqlite").unlink(),
        ["catalog.sqlite is missing: articles can be searched, but not added or removed"],
    ),
    "half a catalogue": (
        lambda s: chop(s / "catalog.sqlite", 30_000),
        [f"catalog.sqlite {SEALED_OTHERWISE}"],
    ),
    "half a header": (
        lambda s: chop(s / "catalog.sqlite", 50),
        [f"catalog.sqlite {SEALED_OTHERWISE}"],
    ),
    "an empty catalogue": (
        lambda s: chop(s / "catalog.sqlite", 0),
        [f"catalog.sqlite {SEALED_OTHERWISE}"],
    ),
    "a bit of the magic number": (
        lambda s: flip(s / "catalog.sqlite", 0),
        [f"catalog.sqlite {SEALED_OTHERWISE}"],
    ),
    "a bit of the count of changes": (
        lambda s: flip(s / "catalog.sqlite", 27),
        [f"catalog.sqlite {UNSEALED}"],
    ),
    "no database": (
        lambda s: (s / "catalog.sqlite").write_bytes(b"no database at all" * 100),
        [f"catalog.sqlite {SEALED_OTHERWISE}"],
    ),
    "a bit of the vectors": (
        lambda s: flip(s / "vectors.sqlite"),
        [f"vectors.sqlite {SEALED_OTHERWISE}"],
    ),
    "half the vectors": (
        lambda s: chop(s / "vectors.sqlite", 10_000),
        [f"vectors.sqlite {SEALED_OTHERWISE}"],
    ),
    "no vectors": (
        lambda s: (s / "vectors.sqlite").unlink(),
        [
            (
                "catalog.sqlite: 4 texts have no vector; check --repair takes them from the "
                "published generation, else build the store again from the articles"
            )
        ],
    ),
    "a bit of the seal": (lambda s: flip(s / "SEAL"), ["SEAL fails its checksum"]),
    "an empty seal": (lambda s: chop(s / "SEAL", 0), ["SEAL fails its checksum"]),
    "no seal": (
        lambda s: (s / "SEAL").unlink(),
        [f"catalog.sqlite {UNSEALED}", f"vectors.sqlite {UNSEALED}"],
    ),
    "a bit of CURRENT": (lambda s: flip(s / "CURRENT", 0), [NOT_NEWEST]),
    "no CURRENT": (lambda s: (s / "CURRENT").unlink(), [NOT_NEWEST]),
    "an empty CURRENT": (lambda s: chop(s / "CURRENT", 0), [NOT_NEWEST]),
    "CURRENT names another": (lambda s: (s / "CURRENT").write_bytes(b"gen-1\n"), [NOT_NEWEST]),
    "CURRENT names none": (lambda s: (s / "CURRENT").write_bytes(b"gen-77\n"), [NOT_NEWEST]),
    "a draft": (lambda s: leave_folder(s / ".draft-9"), [f".draft-9 {LEFT}"]),
    "a half written CURRENT": (lambda s: leave(s / ".CURRENT"), [f".CURRENT {LEFT}"]),
    "a half written seal": (lambda s: leave(s / ".SEAL"), [f".SEAL {LEFT}"]),
    "a half written catalogue": (
        lambda s: leave(s / ".catalog-draft.sqlite"),
        [f".catalog-draft.sqlite {LEFT}"],
    ),
    "a file too many": (
        lambda s: leave(s / "gen-2" / "lexical" / "more.npy"),
        ["gen-2/lexical/more.npy is no file of the generation"],
    ),
    "a bit of a generation": (
        lambda s: flip(s / "gen-2" / "columns.npy"),
        ["gen-2/columns.npy fails its checksum"],
    ),
    "a bit of a manifest": (
        lambda s: flip(s / "gen-2" / "MANIFEST.json"),
        ["gen-2/MANIFEST.json fails its checksum"],
    ),
    "a file of a generation is gone": (
        lambda s: (s / "gen-2" / "canary.npy").unlink(),
        ["gen-2/canary.npy is missing"],
    ),
    "a bit of the generation before": (
        lambda s: flip(s / "gen-1" / "vectors.faiss"),
        ["gen-1/vectors.faiss fails its checksum"],
    ),
    "a file that others may read": (
        lambda s: (s / "gen-2" / "articles.sqlite").chmod(0o644),
        ["gen-2/articles.sqlite may be read by others (mode 644)"],
    ),
    "a folder that others may enter": (
        lambda s: (s / "gen-1").chmod(0o750),
        ["gen-1 may be read by others (mode 750)"],
    ),
}


def test_a_whole_store_has_no_findings(store: Path, tied: Path, embedder: HashEmbedder) -> None:
    assert texts(store) == TEXTS
    found = [(a.source, a.id, a.title, a.date) for a in Store(store).current().articles()]
    assert found[1:] == FACTS
    for folder in (store, tied):
        before = contents(folder)
        assert check(folder) == []
        assert check(folder, embedder) == []
        assert contents(folder) == before
    assert len([a for a, _ in held(tied) if a.continues or a.continued_by]) == 2


def test_a_whole_store_needs_no_repair(store: Path) -> None:
    before = contents(store)
    assert repair(store) == ["generation 2 holds the catalogue's state"]
    assert contents(store) == before


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_found_and_mended(store: Path, embedder: HashEmbedder, kind: str) -> None:
    before, vectors = held(store), kept(store)
    damage, expected = DAMAGES[kind]
    damage(store)
    assert check(store) == [f"{store}/{line}" for line in expected]
    assert len(repair(store)) > 1
    assert check(store) == []
    assert check(store, embedder) == []
    assert held(store) == before
    assert texts(store) == TEXTS
    assert kept(store) == vectors
    assert repair(store)[:-1] == []


@pytest.mark.parametrize("kind", DAMAGES)
def test_articles_on_two_pages_are_mended_like_others(
    tied: Path, embedder: HashEmbedder, kind: str
) -> None:
    before, vectors = held(tied), kept(tied)
    DAMAGES[kind][0](tied)
    assert len(check(tied)) == len(DAMAGES[kind][1])
    repair(tied)
    assert check(tied, embedder) == []
    assert held(tied) == before
    # The text of a part under its own title is in no generation, and its vector is not restored.
    lost = 1 if "vectors" in kind else 0
    assert set(kept(tied)) <= set(vectors)
    assert len(kept(tied)) == len(vectors) - lost


def test_all_modes_are_mended(store: Path) -> None:
    chmod_all(store)
    store.chmod(0o755)
    found = check(store)
    assert f"{store} may be read by others (mode 755)" in found
    assert {line.rpartition(" may be")[2] for line in found if line.endswith("644)")} == {
        " read by others (mode 644)"
    }
    paths = [path for path in store.rglob("*") if path.is_file()]
    assert len(found) == len(paths) + 1
    repair(store)
    assert check(store) == []
    assert store.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


# the catalogue, restored


def test_a_damaged_catalogue_lies_in_quarantine_and_another_is_made_of_the_generation(
    tied: Path,
) -> None:
    before = held(tied)
    titles = {a.id: (a.title, a.continues, a.continued_by) for a, _ in before if a.page}
    assert [title for title, *_ in titles.values()] == [
        "江城新桥通车", "江城新桥通车（续）", "茶园开采",
    ]  # fmt: skip
    flip_letter(tied / "catalog.sqlite")
    damaged = (tied / "catalog.sqlite").read_bytes()
    done = repair(tied)
    assert "moved catalog.sqlite to quarantine/catalog.sqlite" in done
    assert (tied / "quarantine" / "catalog.sqlite").read_bytes() == damaged
    assert held(tied) == before
    assert generations(tied) == [1, 2]  # the state is the same, and nothing is published
    with closing(Catalog(tied / "catalog.sqlite")) as catalog:
        assert catalog.counts() == (6, 7)
        assert catalog.problems() == []
        assert [file.source for file in catalog.files()] == [
            "ferry.txt", "news.jsonl", "p1.txt", "p4.txt",
        ]  # fmt: skip
        links = catalog.ties.links()
        second = next(key for key, link in links.items() if link.continues)
        assert catalog.ties.own_title(second) == "工匠石磊还说,青山的石料够造十二座桥墩…"
    found = {key: (link.title, link.continues, link.continued_by) for key, link in links.items()}
    assert found == {key: facts for key, facts in titles.items() if facts[1] or facts[2]}
    assert len(found) == 2


def test_a_second_damaged_catalogue_does_not_take_the_place_of_the_first(store: Path) -> None:
    for _ in range(2):
        flip_letter(store / "catalog.sqlite")
        repair(store)
    assert {path.name for path in (store / "quarantine").iterdir()} == {
        "catalog.sqlite",
        "catalog.sqlite.2",
    }
    assert texts(store) == TEXTS
    assert check(store) == []


@pytest.mark.parametrize("word", [b"catalog.sqlite", b"vectors.sqlite"])
def test_a_damaged_file_is_not_built_upon(
    store: Path, articles: Path, embedder: HashEmbedder, word: bytes
) -> None:
    name = word.decode()
    flip(store / name)
    before = contents(store)
    for change in (
        lambda: build([articles / "ferry.txt"], store, embedder),
        lambda: add([articles / "2030-04-09"], store, embedder),
        lambda: remove(["ferry.txt"], store),
    ):
        with pytest.raises(StoreDamaged, match=rf"{name} is damaged.*check --repair --store"):
            change()
    assert contents(store) == before
    assert texts(store) == TEXTS  # readers need neither


def test_files_added_again_to_a_restored_catalogue_cost_nothing(
    tied: Path, articles: Path, embedder: HashEmbedder
) -> None:
    before = held(tied)
    (tied / "catalog.sqlite").unlink()
    repair(tied)
    assert check(tied) == []
    report = add([articles / "2030-04-09", articles / "ferry.txt"], tied, embedder)
    assert ([str(fault) for fault in report.faults], report.embedded) == ([], 0)
    report = add([articles / "news.jsonl"], tied, embedder)
    assert ([str(fault) for fault in report.faults], report.embedded) == ([], 0)
    assert held(tied) == before
    with closing(Catalog(tied / "catalog.sqlite")) as catalog:
        assert [file.path for file in catalog.files()] == [
            str(articles / "ferry.txt"),
            str(articles / "news.jsonl"),
            str(articles / "2030-04-09" / "p1.txt"),
            str(articles / "2030-04-09" / "p4.txt"),
        ]
    assert update([], tied, embedder).unchanged == 4
    assert check(tied, embedder) == []


def test_a_build_of_all_after_a_restored_catalogue_costs_nothing(
    tied: Path, articles: Path, embedder: HashEmbedder
) -> None:
    before = held(tied)
    (tied / "catalog.sqlite").unlink()
    repair(tied)
    report = build([articles / "2030-04-09", *sorted(articles.glob("*.*"))], tied, embedder)
    assert (report.faults, report.embedded, report.articles) == ([], 0, 6)
    assert held(tied) == before


def test_a_file_of_the_same_name_takes_the_place_of_one_of_which_it_is_not_known_where_it_lies(
    store: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    (store / "catalog.sqlite").unlink()
    repair(store)
    (tmp_path / "ferry.txt").write_text("The ferry is out of order.\n", "utf-8")
    report = add([tmp_path / "ferry.txt"], store, embedder)
    assert (report.faults, report.embedded) == ([], 1)
    assert texts(store) == ["The ferry is out of order.", *TEXTS[1:]]


def test_update_of_a_restored_catalogue_tells_that_places_are_not_known(
    store: Path, articles: Path, embedder: HashEmbedder
) -> None:
    (store / "catalog.sqlite").unlink()
    repair(store)
    before = contents(store)
    reason = "where it lies is not known since the catalogue was restored; add it again"
    for prune in (False, True):
        with pytest.raises(InputError, match=f"ferry.txt: {reason}; news.jsonl: {reason}"):
            update([], store, embedder, prune=prune)
    assert contents(store) == before
    add([articles / "ferry.txt"], store, embedder)
    for prune in (False, True):
        report = update([], store, embedder, prune=prune)
        assert [str(fault) for fault in report.faults] == [f"news.jsonl: {reason}"]
        assert (report.unchanged, report.removed) == (1, 0)
    assert texts(store) == TEXTS


def test_files_of_one_name_added_again_to_a_restored_catalogue_are_there_once(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    store = tmp_path / "store"
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.txt").write_text(f"{name} has a bridge.\n", "utf-8")
    build([tmp_path / "x", tmp_path / "y"], store, embedder)
    before = held(store)
    (store / "catalog.sqlite").unlink()
    repair(store)
    assert held(store) == before
    report = add([tmp_path / "x", tmp_path / "y"], store, embedder)
    assert (report.articles, report.embedded) == (2, 0)
    assert held(store) == before


def test_the_generation_before_serves_where_the_newest_is_damaged_with_the_catalogue(
    store: Path, articles: Path, embedder: HashEmbedder
) -> None:
    flip_letter(store / "catalog.sqlite")
    flip(store / "gen-2" / "vectors.faiss")
    assert check(store) == [
        f"{store}/catalog.sqlite {SEALED_OTHERWISE}",
        f"{store}/gen-2/vectors.faiss fails its checksum",
    ]
    repair(store)
    assert check(store) == []
    assert texts(store) == TEXTS[:1]  # what the generation before held
    report = add([articles / "news.jsonl"], store, embedder)
    assert (report.faults, report.embedded) == ([], 0)  # the vectors were whole
    assert texts(store) == TEXTS
    assert check(store, embedder) == []


@pytest.mark.parametrize("catalogue", ["a letter of the catalogue", "no catalogue", "no database"])
def test_where_nothing_is_whole_only_building_helps(store: Path, catalogue: str) -> None:
    DAMAGES[catalogue][0](store)
    for number in (1, 2):
        flip(store / f"gen-{number}" / "articles.sqlite")
    assert len(check(store)) == 3
    damaged = (store / "gen-2" / "articles.sqlite").read_bytes()
    with pytest.raises(StoreDamaged, match="build it again: python -m index build"):
        repair(store)
    with pytest.raises(StoreError, match="build"):
        Store(store)
    found = [path.read_bytes() for path in store.rglob("articles.sqlite")]
    assert damaged in found  # nothing was thrown away


# a run that was killed


def killed_before_the_seal(store: Path) -> None:
    """Commit a change to the catalogue, and nothing after that."""
    with closing(Catalog(store / "catalog.sqlite")) as catalog:
        (path,) = [file.path for file in catalog.files() if file.source == "ferry.txt"]
        with catalog.transaction():
            catalog.remove_file(path)


def test_a_run_killed_before_it_sealed_is_found_and_mended(store: Path) -> None:
    killed_before_the_seal(store)
    assert check(store) == [
        "gen-2 is behind the catalogue: a run stopped before it published",
        f"{store}/catalog.sqlite {UNSEALED}",
    ]
    assert texts(store) == TEXTS  # what is published
    repair(store)
    assert check(store) == []
    assert texts(store) == TEXTS[1:]
    assert generations(store) == [2, 3]


def test_a_run_killed_before_it_sealed_does_not_stand_in_the_way_of_a_build(
    store: Path, articles: Path, embedder: HashEmbedder
) -> None:
    killed_before_the_seal(store)
    report = build(sorted(articles.glob("*.*")), store, embedder)
    assert (report.read, report.unchanged, report.embedded, report.articles) == (1, 1, 0, 3)
    assert texts(store) == TEXTS
    assert check(store, embedder) == []


def test_a_letter_changed_after_a_run_was_killed_is_found_by_the_digests(
    store: Path, articles: Path, embedder: HashEmbedder
) -> None:
    with closing(Catalog(store / "catalog.sqlite")) as catalog:
        (path,) = [file.path for file in catalog.files() if file.source == "news.jsonl"]
        with catalog.transaction():
            catalog.remove_file(path)
    flip_letter(store / "catalog.sqlite")
    told = "of ferry.txt is not what was stored"
    found = check(store)
    assert [told in line for line in found] == [True, False]
    assert found[1] == f"{store}/catalog.sqlite {UNSEALED}"
    with pytest.raises(StoreDamaged, match=f"{told}.*check --repair"):
        build([articles / "news.jsonl"], store, embedder)
    assert any(told in line for line in check(store))  # a run that refused has sealed nothing
    repair(store)
    assert check(store) == []
    assert texts(store) == TEXTS  # those of the generation; what was not published is gone


# links


PLACES = (
    "CURRENT",
    "SEAL",
    "catalog.sqlite",
    "vectors.sqlite",
    "gen-2/vectors.faiss",
    "gen-2/MANIFEST.json",
    "gen-2",
    "gen-1",
    "gen-2/lexical",
    ".draft-9",
    ".CURRENT",
    ".SEAL",
    ".catalog-draft.sqlite",
)


def put_outside(store: Path, place: str) -> Path:
    """Move a file or folder of a store elsewhere, and leave a link."""
    path, outside = store / place, store.parent / "outside"
    outside.mkdir(mode=0o755)
    target = outside / "target"
    if path.exists():
        path.rename(target)
    elif place == ".draft-9":
        leave_folder(target)
    else:
        leave(target)
    for inner in (target, *target.rglob("*")):
        inner.chmod(0o755 if inner.is_dir() else 0o644)
    path.symlink_to(target)
    return outside


def outside_facts(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("place", PLACES)
def test_a_link_is_found_and_mended_and_nothing_behind_it_is_touched(
    store: Path, articles: Path, embedder: HashEmbedder, place: str
) -> None:
    outside = put_outside(store, place)
    before = outside_facts(outside)
    found = check(store)
    what = "was left by" if place.startswith(".") else "is a link, which a store has none of"
    assert [line for line in found if line.startswith(f"{store}/{place} {what}")] != []
    assert outside_facts(outside) == before
    repair(store)
    assert outside_facts(outside) == before
    assert check(store, embedder) == []
    assert texts(store) == TEXTS
    links = [path for path in store.rglob("*") if path.is_symlink()]
    assert [path for path in links if "quarantine" not in path.parts] == []
    build(sorted(articles.glob("*.*")), store, embedder)
    assert texts(store) == TEXTS
    assert outside_facts(outside) == before


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_told_twice_of_a_link(store: Path, place: str) -> None:
    put_outside(store, place)
    found = check(store)
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("place", PLACES)
def test_a_link_is_not_written_through_by_a_build(
    store: Path, articles: Path, embedder: HashEmbedder, place: str
) -> None:
    outside = put_outside(store, place)
    before = outside_facts(outside)
    try:
        build([articles], store, embedder)
    except StoreDamaged as error:
        assert "check --repair" in str(error)
    assert outside_facts(outside) == before


def test_a_link_in_the_place_of_the_lock_is_refused(store: Path) -> None:
    outside = store.parent / "outside"
    outside.write_bytes(b"keep me")
    (store / "LOCK").unlink()
    (store / "LOCK").symlink_to(outside)
    for action in (lambda: check(store), lambda: repair(store)):
        with pytest.raises(StoreError, match="cannot be written"):
            action()
    assert outside.read_bytes() == b"keep me"


# what is asked


def test_a_store_that_is_not_there_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="there is no store"):
        check(tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_store_that_is_not_there_cannot_be_repaired(tmp_path: Path) -> None:
    with pytest.raises((StoreMissing, StoreDamaged)):
        repair(tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_store_that_is_being_written_cannot_be_checked(store: Path) -> None:
    with writer_lock(store):
        for action in (lambda: check(store), lambda: repair(store)):
            with pytest.raises(StoreBusy, match=f"being updated by process {os.getpid()};"):
                action()
    assert check(store) == []


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: HashEmbedder(16))
    arguments = ("check", "--store", store)
    assert run(capsys, *arguments) == (0, f"{store}: all checks passed\n", "")
    flip_letter(store / "catalog.sqlite")
    finding = f"{store}/catalog.sqlite {SEALED_OTHERWISE}"
    assert run(capsys, *arguments) == (1, f"{finding}\n", "")
    code, out, err = run(capsys, *arguments, "--json")
    told = {"store": str(store), "findings": [finding], "repaired": [], "left": [finding]}
    assert (code, json.loads(out), err) == (1, told, "")
    code, out, err = run(capsys, *arguments, "--repair")
    assert (code, out.splitlines()[0], err) == (0, finding, "")
    assert out.splitlines()[1] == "repaired: moved catalog.sqlite to quarantine/catalog.sqlite"
    assert out.splitlines()[-1] == f"{store}: all checks passed"
    assert run(capsys, *arguments) == (0, f"{store}: all checks passed\n", "")


def test_the_command_in_json(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: HashEmbedder(16))
    (store / "CURRENT").unlink()
    code, out, _ = run(capsys, "check", "--repair", "--json", "--store", store)
    assert (code, json.loads(out)) == (
        0,
        {
            "store": str(store),
            "findings": [f"{store}/{NOT_NEWEST}"],
            "repaired": ["CURRENT names gen-2", "generation 2 holds the catalogue's state"],
            "left": [],
        },
    )
    code, out, _ = run(capsys, "check", "--repair", "--json", "--store", store)
    told = {"store": str(store), "findings": [], "repaired": [], "left": []}
    assert (code, json.loads(out)) == (0, told)


def test_what_cannot_be_mended_is_an_error_of_the_command(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: HashEmbedder(16))
    (store / "catalog.sqlite").unlink()
    for number in (1, 2):
        flip(store / f"gen-{number}" / "articles.sqlite")
    code, _, err = run(capsys, "check", "--repair", "--store", store)
    assert (code, err.startswith("error: ")) == (1, True)
    assert "python -m index build" in err


# other vectors by the same embedder


def test_an_embedder_that_gives_other_vectors_is_refused(
    store: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    other = Negated(16)
    assert other.fingerprint == embedder.fingerprint
    Store(store).expect(embedder)
    with pytest.raises(StoreMismatch, match=r"other vectors than when.*python -m index build"):
        Store(store).expect(other)
    (tmp_path / "new.txt").write_text("桥边开了一家书店。\n", "utf-8")
    before = contents(store)
    with pytest.raises(StoreMismatch, match=r"other vectors than when.*python -m index build"):
        add([tmp_path / "new.txt"], store, other)
    assert contents(store) == before
    assert check(store) == []
    remedy = f"index the articles again: python -m index build PATH… --store {store}"
    assert check(store, other) == [
        f"the embedder gives other vectors than when it made the store; {remedy}"
    ]
    assert check(store, HashEmbedder(16, "other")) == [
        f"the store was made with another embedder; {remedy}"
    ]
    assert texts(store) == TEXTS


def test_building_all_with_it_embeds_all_anew(
    store: Path, articles: Path, embedder: HashEmbedder
) -> None:
    other = Negated(16)
    old = Store(store).current()
    before = old.vectors.vectors(old.positions)
    report = build(sorted(articles.glob("*.*")), store, other)
    assert (report.embedded, report.articles, report.generation) == (4, 3, 3)
    assert other.texts_embedded == 4 + len(CANARIES)
    Store(store).expect(other)
    assert check(store, other) == []
    with pytest.raises(StoreMismatch):
        Store(store).expect(embedder)
    new = Store(store).current()
    assert np.array_equal(new.vectors.vectors(new.positions), -before)
    assert texts(store) == TEXTS
    assert build(sorted(articles.glob("*.*")), store, other).embedded == 0


def test_what_need_not_be_embedded_may_be_added_with_it(
    store: Path, articles: Path, tmp_path: Path
) -> None:
    (tmp_path / "again.txt").write_text("Another file.\n", "utf-8")
    assert add([articles / "ferry.txt"], store, Negated(16)).embedded == 0
    with pytest.raises(StoreMismatch):
        add([tmp_path / "again.txt"], store, Negated(16))


def test_a_build_with_it_that_was_interrupted_mixes_nothing(
    store: Path, articles: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    old = Store(store).current()
    before = old.vectors.vectors(old.positions)

    def interrupted(stage: str, done: int, total: int, *, articles: int) -> None:
        if stage == "embed" and done == total == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(sorted(articles.glob("*.*")), store, Negated(16), progress=interrupted)
    Store(store).expect(embedder)  # the store is as it was
    (tmp_path / "zoo.txt").write_text("The zoo has a bear.\n", "utf-8")
    add([tmp_path / "zoo.txt"], store, embedder)
    assert texts(store) == [*TEXTS, "The zoo has a bear."]
    new = Store(store).current()
    assert np.array_equal(new.vectors.vectors(new.positions[:4]), before)


def test_a_build_with_it_that_was_interrupted_leaves_a_store_that_is_mended(
    store: Path, articles: Path, embedder: HashEmbedder
) -> None:
    before = kept(store)

    def interrupted(stage: str, done: int, total: int, *, articles: int) -> None:
        if stage == "embed" and done == 0 and total == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(sorted(articles.glob("*.*")), store, Negated(16), progress=interrupted)
    if check(store):
        repair(store)
    assert check(store, embedder) == []
    assert kept(store) == before
