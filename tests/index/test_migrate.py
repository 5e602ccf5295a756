"""Stores of the version before, and of this one, as they lie on somebody's disk."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.__main__ import main
from index.build import add, build, remove, update
from index.canary import TEXTS as CANARIES
from index.check import check, repair
from index.errors import StoreBusy, StoreError, StoreMismatch, StoreMissing
from index.files import with_checksum
from index.generation import Generation
from index.migrate import migrate
from index.publish import generations, publish, writer_lock
from index.rows import SCHEMA
from index.store import Store
from tests.conftest import HashEmbedder

STORES = Path(__file__).parents[1] / "stores"
ARTICLES = STORES / "articles"
OLD = "catalog.schema-3.sqlite"  # the catalogue of the version before, until all is done
EXPECTED = [  # source, id, title, date, texts of the paragraphs
    (
        "bridge.md",
        "a5fc2f97a4ebfe973",
        "石桥重开",
        "2031-05-02",
        [
            "青石桥昨日重新开放,桥长一百二十米。",
            "工程用了十一个月,花费三百四十万元。",
            "桥上的灯改成了暖色。",
        ],
    ),
    (
        "ferry.txt",
        "aec5e7117c32c3e30",
        "Ferry times change",
        None,
        [
            "Ferry times change",
            "From Monday the ferry leaves Lowmoor at 7.40 and 18.10.",
            "Tickets cost 3 crowns.",
        ],
    ),
    ("news.jsonl", "n1", "湖水", "2031-04-30", ["镜湖的水位比去年高四厘米。", "渔民说鱼多了。"]),
    ("news.jsonl", "n2", "图书馆", None, ["市图书馆周二闭馆。"]),
]


@pytest.fixture
def embedder() -> HashEmbedder:
    """The one that made the stores."""
    return HashEmbedder(16)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of the version before."""
    return copied("schema-3", tmp_path)


def copied(name: str, tmp_path: Path) -> Path:
    """A copy of a store as it was before git forgot who may read it."""
    folder = shutil.copytree(STORES / name, tmp_path / "store")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def held(generation: Generation) -> list[tuple[str, str, str, str | None, list[str]]]:
    return [
        (a.source, a.id, a.title, a.date, [p.text for p in generation.article_paragraphs(a.id)])
        for a in generation.articles()
    ]


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_in(folder) - {"LOCK"}}


def paragraph_rows(copy: Path) -> list[tuple[object, ...]]:
    """All that a readers' copy holds of paragraphs, read without the code that is tested."""
    query = (
        'SELECT position, id, article, ordinal, text, start, "end", pieces, page, heading, context '
        "FROM paragraphs ORDER BY position"
    )
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def article_rows(copy: Path) -> list[tuple[object, ...]]:
    query = (
        "SELECT articles.id, source, title, date, section, authors, raws.text, body_start, "
        "body_end, lines, more, continues, continued_by "
        "FROM articles JOIN raws ON raws.id = raw ORDER BY articles.id"
    )
    with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def kept_vectors(store: Path) -> list[tuple[int, bytes]]:
    with closing(sqlite3.connect(f"file:{store / 'vectors.sqlite'}?mode=ro", uri=True)) as db:
        return db.execute("SELECT text, vector FROM vectors ORDER BY text").fetchall()


def indexed_vectors(path: Path) -> np.ndarray:
    index = faiss.read_index(str(path))
    return index.reconstruct_n(0, index.ntotal)


def everything(store: Path, embedder: HashEmbedder) -> dict[str, Callable[[], object]]:
    """All that can be done with a store but for `migrate`."""
    return {
        "open": lambda: Store(store),
        "build": lambda: build([ARTICLES], store, embedder),
        "add": lambda: add([ARTICLES], store, embedder),
        "update": lambda: update([], store, embedder),
        "remove": lambda: remove(["ferry.txt"], store),
        "check": lambda: check(store),
        "repair": lambda: repair(store),
    }


ACTIONS = ("open", "build", "add", "update", "remove", "check", "repair")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_store_of_the_version_before_is_refused_with_the_command_that_migrates(
    old: Path, embedder: HashEmbedder, action: str
) -> None:
    before = contents(old)
    told = rf"schema 3, and this version reads {SCHEMA}.*python -m index migrate --store {old}$"
    with pytest.raises(StoreMismatch, match=told):
        everything(old, embedder)[action]()
    assert contents(old) == before


@pytest.mark.parametrize("command", ["list", "info", "check", "check --repair", "remove n.txt"])
def test_the_commands_name_it_too(
    old: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: HashEmbedder(16))
    before = contents(old)
    assert main([*command.split(), "--store", str(old)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.startswith("error: ")) == ("", True)
    assert f"python -m index migrate --store {old}\n" in err
    assert contents(old) == before


def test_a_migrated_store_holds_what_it_held(old: Path, embedder: HashEmbedder) -> None:
    before = old / "gen-1" / "articles.sqlite"
    paragraphs, articles = paragraph_rows(before), article_rows(before)
    kept, indexed = kept_vectors(old), indexed_vectors(old / "gen-1" / "vectors.faiss")
    assert (len(paragraphs), len(articles), len(kept), indexed.shape) == (9, 4, 9, (9, 16))
    assert migrate(old) == 2
    now = old / "gen-2" / "articles.sqlite"
    assert paragraph_rows(now) == paragraphs
    assert article_rows(now) == articles
    assert kept_vectors(old) == kept
    assert np.array_equal(indexed_vectors(old / "gen-2" / "vectors.faiss"), indexed)
    generation = Store(old).current()
    assert (generation.number, held(generation)) == (2, EXPECTED)
    assert [p.id for p in generation.paragraphs(generation.positions)] == [p[1] for p in paragraphs]
    body, _, _ = (old / "gen-2" / "MANIFEST.json").read_bytes().rstrip(b"\n").rpartition(b"\n")
    assert (json.loads(body)["schema"], SCHEMA) == (4, 4)


def test_a_migrated_store_can_be_searched(old: Path, embedder: HashEmbedder) -> None:
    migrate(old)
    store = Store(old)
    store.expect(embedder)
    generation = store.current()
    for question, position in (("镜湖的水位", 6), ("the ferry leaves Lowmoor", 4), ("桥上的灯", 2)):
        (vector,) = embedder.embed([question], kind="query")
        positions, _ = generation.vectors.search(vector, 9)
        assert sorted(positions) == list(range(9))
        assert int(generation.lexical.scores(question).argmax()) == position
    # A paragraph's own vector finds it: rows of vectors and of texts belong together.
    for position, text in enumerate(generation.searched(range(9))):
        (vector,) = embedder.embed([text.words], kind="passage")
        positions, scores = generation.vectors.search(vector, 1)
        assert list(positions) == [position]
        assert scores[0] == pytest.approx(1, abs=0.01)


def test_nothing_is_left_over_and_nothing_found_by_check(old: Path, embedder: HashEmbedder) -> None:
    migrate(old)
    assert check(old) == []
    assert check(old, embedder) == []
    assert {name for name in files_in(old) if "/" not in name} == {
        "CURRENT",
        "LOCK",
        "SEAL",
        "catalog.sqlite",
        "vectors.sqlite",
    }
    assert {path.name for path in old.iterdir() if path.is_dir()} == {"gen-1", "gen-2"}
    assert (old / "CURRENT").read_text() == "gen-2\n"
    assert {path.stat().st_mode & 0o777 for path in old.rglob("*") if path.is_file()} == {0o600}


def test_migrating_twice_does_nothing(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--store", str(old)]) == 0
    assert capsys.readouterr().out == f"{old} is of schema 4 now, generation 2\n"
    before = contents(old)
    assert migrate(old) is None
    assert main(["migrate", "--store", str(old)]) == 0
    assert capsys.readouterr().out == f"{old} is of schema 4 already\n"
    assert main(["migrate", "--store", str(old), "--json"]) == 0
    told = {"store": str(old), "schema": 4, "generation": None}
    assert json.loads(capsys.readouterr().out) == told
    assert contents(old) == before


def test_a_store_that_is_not_there_cannot_be_migrated(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="there is no store"):
        migrate(tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_store_that_is_being_written_is_not_migrated(old: Path) -> None:
    before = contents(old)
    with writer_lock(old), pytest.raises(StoreBusy):
        migrate(old)
    assert contents(old) == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_migration_that_failed_can_be_run_again(
    old: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = (old / "catalog.sqlite").read_bytes()

    def failing(*_: object) -> int:
        raise error

    for _ in range(2):  # it may fail more than once
        with monkeypatch.context() as patch:
            patch.setattr("index.migrate.publish", failing)
            told = StoreError if isinstance(error, OSError) else KeyboardInterrupt
            with pytest.raises(told, match="No space left.*again" if told is StoreError else None):
                migrate(old)
        assert (old / OLD).read_bytes() == before
        assert generations(old) == [1]
    assert migrate(old) == 2
    assert not (old / OLD).exists()
    assert held(Store(old).current()) == EXPECTED
    assert check(old, embedder) == []
    assert migrate(old) is None
    assert kept_vectors(old) == kept_vectors(STORES / "schema-3")


def test_a_migration_that_failed_does_not_stand_in_the_way_of_a_build(
    old: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("index.migrate.publish", killed)
        with pytest.raises(KeyboardInterrupt):
            migrate(old)
    with pytest.raises(StoreMismatch, match="python -m index migrate"):
        Store(old)
    report = build([ARTICLES], old, embedder)
    assert (report.embedded, report.generation) == (0, 2)
    assert held(Store(old).current()) == EXPECTED
    assert migrate(old) == 2  # which only clears away the old catalogue
    assert not (old / OLD).exists()
    assert check(old, embedder) == []


def test_the_old_catalogue_is_there_until_the_new_generation_is(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (old / "catalog.sqlite").read_bytes()
    seen = []

    def watched(*arguments: object) -> int:
        seen.append((old / OLD).read_bytes() == before)
        number = publish(*arguments)
        seen.append((old / OLD).read_bytes() == before)
        return number

    monkeypatch.setattr("index.migrate.publish", watched)
    assert migrate(old) == 2
    assert seen == [True, True]
    assert not (old / OLD).exists()


@pytest.mark.parametrize("step", ["_STEPS", "stored_articles", "digest_of"])
def test_a_failure_before_the_catalogue_is_replaced_leaves_the_old_store(
    old: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = contents(old)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if step == "_STEPS":
            patch.setattr("index.migrate._STEPS", "INSERT INTO no_table VALUES (1);")
        else:
            patch.setattr(f"index.migrate.{step}", killed)
        with pytest.raises((KeyboardInterrupt, StoreError)):
            migrate(old)
    left = contents(old)
    assert {name: left[name] for name in before} == before
    assert migrate(old) == 2
    assert check(old) == []
    assert held(Store(old).current()) == EXPECTED


def test_building_a_migrated_store_embeds_nothing_again(old: Path, embedder: HashEmbedder) -> None:
    migrate(old)
    report = build([ARTICLES], old, embedder)
    assert (report.embedded, report.articles, report.paragraphs) == (0, 4, 9)
    assert (report.faults, embedder.texts_embedded) == ([], len(CANARIES))
    assert held(Store(old).current()) == EXPECTED
    assert check(old, embedder) == []
    report = build([ARTICLES], old, embedder)
    assert (report.embedded, report.read, report.unchanged) == (0, 0, 3)


def test_a_migrated_store_is_changed_like_any_other(
    old: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    migrate(old)
    (tmp_path / "new.txt").write_text("桥边开了一家书店。\n", "utf-8")
    assert add([tmp_path / "new.txt"], old, embedder).embedded == 1
    assert remove(["news.jsonl"], old).removed == 1
    texts = [text for *_, found in held(Store(old).current()) for text in found]
    assert texts == [*EXPECTED[0][4], *EXPECTED[1][4], "桥边开了一家书店。"]
    assert check(old) == []


def as_schema_5(store: Path) -> None:
    """Make a store look like one of a later version."""
    with closing(sqlite3.connect(store / "catalog.sqlite")) as db, db:
        db.execute("UPDATE meta SET value = '5' WHERE key = 'schema'")
        db.execute("INSERT OR REPLACE INTO meta VALUES ('needs', '9.9')")
    (store / "SEAL").unlink(missing_ok=True)
    for manifest in store.glob("gen-*/MANIFEST.json"):
        body, _, _ = manifest.read_bytes().rstrip(b"\n").rpartition(b"\n")
        fields = {**json.loads(body), "schema": 5, "needs": "9.9"}
        manifest.write_bytes(with_checksum(fields))


@pytest.mark.parametrize("action", [*ACTIONS, "migrate"])
def test_a_store_of_a_later_version_is_refused_with_the_version_that_reads_it(
    tmp_path: Path, embedder: HashEmbedder, action: str
) -> None:
    store = copied("schema-4", tmp_path)
    as_schema_5(store)
    before = contents(store)
    actions = {**everything(store, embedder), "migrate": lambda: migrate(store)}
    with pytest.raises(StoreMismatch, match=r"schema 5, .* version 9\.9 or later") as told:
        actions[action]()
    assert "migrate" not in str(told.value)
    now = contents(store)
    assert {name: now.get(name) for name in before} == before


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "open"])
def test_a_catalogue_of_a_later_version_is_refused_whatever_its_generations_are(
    tmp_path: Path, embedder: HashEmbedder, action: str
) -> None:
    store = copied("schema-4", tmp_path)
    with closing(sqlite3.connect(store / "catalog.sqlite")) as db, db:
        db.execute("UPDATE meta SET value = '5' WHERE key = 'schema'")
        db.execute("UPDATE meta SET value = '9.9' WHERE key = 'needs'")
    before = contents(store)
    with pytest.raises(StoreMismatch, match=r"schema 5, .* version 9\.9 or later"):
        everything(store, embedder)[action]()
    assert {name: contents(store).get(name) for name in before if name != "SEAL"} == {
        name: content for name, content in before.items() if name != "SEAL"
    }


def test_a_store_of_this_version_is_read_and_built_upon(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    store = copied("schema-4", tmp_path)
    generation = Store(store).current()
    assert (generation.number, held(generation)) == (1, EXPECTED)
    assert [p.text for p in generation.paragraphs(generation.positions)] == [
        text for *_, texts in EXPECTED for text in texts
    ]
    Store(store).expect(embedder)
    assert check(store) == []
    assert check(store, embedder) == []
    assert migrate(store) is None
    report = build([ARTICLES], store, embedder)
    assert (report.embedded, report.articles, report.faults) == (0, 4, [])
    assert held(Store(store).current()) == EXPECTED
    assert check(store, embedder) == []


def test_the_stores_of_both_versions_hold_the_same() -> None:
    old, new = (STORES / name / "gen-1" for name in ("schema-3", "schema-4"))
    assert paragraph_rows(old / "articles.sqlite") == paragraph_rows(new / "articles.sqlite")
    assert article_rows(old / "articles.sqlite") == article_rows(new / "articles.sqlite")
    assert np.array_equal(
        indexed_vectors(old / "vectors.faiss"), indexed_vectors(new / "vectors.faiss")
    )
