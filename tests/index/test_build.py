import json
import sqlite3
from pathlib import Path

import pytest

from index.build import add, build, remove
from index.canary import TEXTS as CANARIES
from index.catalog import Catalog
from index.check import check, repair
from index.draft import write_whole
from index.errors import (
    InputError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreMismatch,
    StoreMissing,
)
from index.files import with_checksum
from index.manifest import MANIFEST
from index.publish import generations, writer_lock
from index.rows import SCHEMA
from index.store import Store
from tests.conftest import HashEmbedder


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("甲地有桥。\n\n桥长五百米。\n", "utf-8")
    (folder / "b.txt").write_text("乙地有湖。\n", "utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def texts(folder: Path) -> list[str]:
    generation = Store(folder).current()
    return [p.text for p in generation.paragraphs(range(generation.size))]


def test_build_add_and_remove(articles: Path, store: Path, embedder: HashEmbedder) -> None:
    report = build([articles], store, embedder)
    assert (report.articles, report.paragraphs, report.embedded, report.generation) == (2, 3, 3, 1)
    assert texts(store) == ["甲地有桥。", "桥长五百米。", "乙地有湖。"]
    extra = articles.parent / "c.md"
    extra.write_text("---\ntitle: 丙\ndate: 2030-01-02\n---\n丙地有山。\n", "utf-8")
    assert add([extra], store, embedder).embedded == 1
    article = Store(store).current().articles()[-1]
    assert (article.title, article.date, article.source) == ("丙", "2030-01-02", "c.md")
    assert remove(["a.txt"], store).removed == 1
    assert texts(store) == ["乙地有湖。", "丙地有山。"]
    assert generations(store) == [2, 3]  # the current one and the one before
    assert check(store) == []


def test_building_again_embeds_and_publishes_nothing(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    before = embedder.texts_embedded
    report = build([articles], store, embedder)
    assert (report.unchanged, report.embedded, report.generation) == (2, 0, 1)
    assert embedder.texts_embedded == before + len(CANARIES)


def test_a_changed_file_embeds_only_what_changed(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    (articles / "a.txt").write_text("甲地有桥。\n\n桥长六百米。\n", "utf-8")
    (articles / "b.txt").unlink()
    report = build([articles], store, embedder)
    assert (report.embedded, report.removed) == (1, 1)
    assert texts(store) == ["甲地有桥。", "桥长六百米。"]


def test_the_same_articles_make_the_same_store_anywhere(
    articles: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    build([articles], tmp_path / "one", embedder)
    elsewhere = tmp_path / "elsewhere"
    articles.rename(elsewhere)
    build([elsewhere], tmp_path / "two", embedder)
    one, two = (Store(tmp_path / name).current() for name in ("one", "two"))
    assert [p.id for p in one.paragraphs(range(3))] == [p.id for p in two.paragraphs(range(3))]
    assert (one.folder / MANIFEST).read_bytes() == (two.folder / MANIFEST).read_bytes()


def test_a_bad_file_is_reported_and_keeps_its_earlier_state(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    (articles / "a.txt").write_bytes(b"\x00\x01binary")
    (articles / "new.txt").write_text("新文章。", "utf-8")
    report = build([articles], store, embedder)
    assert [str(f).split(":")[0] for f in report.faults] == ["a.txt"]
    assert texts(store) == ["甲地有桥。", "桥长五百米。", "乙地有湖。", "新文章。"]


@pytest.mark.parametrize("content", [b"\x00\x01", "中文".encode("gb18030"), b""])
def test_only_bad_files_leave_the_store_as_it_was(
    articles: Path, store: Path, embedder: HashEmbedder, tmp_path: Path, content: bytes
) -> None:
    build([articles], store, embedder)
    before = texts(store)
    bad = tmp_path / "bad.txt"
    bad.write_bytes(content)
    with pytest.raises(InputError, match=r"nothing in .* could be read.*bad\.txt"):
        build([bad], store, embedder)
    assert texts(store) == before
    assert check(store) == []


def test_an_interruption_leaves_the_store_as_it_was(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    (articles / "b.txt").write_text("改了。", "utf-8")

    class Interrupted(HashEmbedder):
        def embed(self, texts, *, kind):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build([articles], store, Interrupted())
    assert texts(store) == ["甲地有桥。", "桥长五百米。", "乙地有湖。"]
    assert check(store) == []
    build([articles], store, embedder)
    assert texts(store)[-1] == "改了。"


def test_files_of_one_name_are_told_apart(tmp_path: Path, embedder: HashEmbedder) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.txt").write_text(f"{name} 的文章。", "utf-8")
    build([tmp_path / "x", tmp_path / "y"], tmp_path / "s", embedder)
    assert [a.source for a in Store(tmp_path / "s").current().articles()] == [
        "page.txt",
        "y/page.txt",
    ]
    add([tmp_path / "y"], tmp_path / "s", embedder)
    assert len(texts(tmp_path / "s")) == 2


def test_one_id_in_two_files_is_a_fault(tmp_path: Path, embedder: HashEmbedder) -> None:
    for name in ("x", "y"):
        row = {"id": "n1", "text": f"{name} 说。"}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row), "utf-8")
    report = build([tmp_path], tmp_path / "s", embedder)
    assert "id 'n1' belongs to" in str(report.faults[0])
    assert texts(tmp_path / "s") == ["x 说。"]


def records(path: Path, **texts: str) -> Path:
    """A .jsonl file of articles, by id."""
    lines = (json.dumps({"id": key, "text": text}) for key, text in texts.items())
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_file_in_the_place_of_another_may_use_its_ids(
    tmp_path: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([records(tmp_path / "old.jsonl", x="甲地有桥。", y="乙地有湖。")], store, embedder)
    new = records(tmp_path / "new.jsonl", x="甲地的桥断了。", z="丙地有山。")
    report = build([new], store, embedder)
    assert (report.faults, report.removed, report.articles) == ([], 1, 2)
    assert texts(store) == ["甲地的桥断了。", "丙地有山。"]


def test_an_article_left_out_for_its_id_comes_in_when_the_id_is_free(
    tmp_path: Path, store: Path, embedder: HashEmbedder
) -> None:
    first = records(tmp_path / "a.jsonl", x="甲地有桥。")
    second = records(tmp_path / "b.jsonl", x="乙地有湖。", y="丙地有山。")
    assert len(build([first, second], store, embedder).faults) == 1
    assert texts(store) == ["甲地有桥。", "丙地有山。"]
    assert len(build([first, second], store, embedder).faults) == 1  # told as long as it is so
    assert build([second], store, embedder).faults == []
    assert texts(store) == ["乙地有湖。", "丙地有山。"]


def test_another_embedder_is_refused_until_all_is_built_anew(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    other = HashEmbedder(16)
    with pytest.raises(StoreMismatch, match="python -m index build"):
        add([articles], store, other)
    with pytest.raises(StoreMismatch, match="embedder, dimension"):
        Store(store).expect(other)
    assert build([articles], store, other).embedded == 3
    Store(store).expect(other)


def test_one_writer_at_a_time(articles: Path, store: Path, embedder: HashEmbedder) -> None:
    with writer_lock(store), pytest.raises(StoreBusy, match="being updated by process"):
        build([articles], store, embedder)


def test_removing_what_is_not_there(articles: Path, store: Path, embedder: HashEmbedder) -> None:
    with pytest.raises(StoreMissing):
        remove(["a.txt"], store)
    build([articles], store, embedder)
    with pytest.raises(InputError, match=r"holds no z\.txt"):
        remove(["a.txt", "z.txt"], store)
    assert len(texts(store)) == 3
    remove([str(articles)], store)
    assert texts(store) == []


def test_a_missing_store_names_the_command(store: Path) -> None:
    with pytest.raises(StoreMissing, match="python -m index build"):
        Store(store)


def test_every_changed_byte_is_noticed(articles: Path, store: Path, embedder: HashEmbedder) -> None:
    build([articles], store, embedder)
    generation = store / "gen-1"
    for path in sorted(p for p in generation.rglob("*") if p.is_file()):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert check(store) != [], path
        path.write_bytes(content)
    assert check(store) == []


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def test_a_damaged_generation_falls_back_to_the_one_before(
    articles: Path, store: Path, embedder: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    build([articles], store, embedder)
    (articles / "c.txt").write_text("丙。", "utf-8")
    build([articles], store, embedder)
    damage(store / "gen-2" / "vectors.faiss")
    assert len(texts(store)) == 3
    assert "check --repair" in caplog.text
    assert len(check(store)) == 1
    assert any("quarantine" in line for line in repair(store))
    assert check(store) == []
    assert len(texts(store)) == 4
    assert (store / "quarantine" / "gen-2").is_dir()


def test_without_any_generation_the_catalogue_rebuilds_them(
    articles: Path, store: Path, embedder: HashEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    build([articles], store, embedder)
    damage(store / "gen-1" / "articles.sqlite")
    assert len(texts(store)) == 3
    assert "rebuilding from its catalogue" in caplog.text
    assert check(store) == []


def test_a_store_damaged_beyond_repair_is_refused(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    damage(store / "gen-1" / "vectors.faiss")
    (store / "catalog.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreDamaged, match="damaged"):
        Store(store)
    with pytest.raises(StoreDamaged, match="build another store"):
        build([articles], store, embedder)


def test_a_missing_current_and_a_left_draft_are_mended(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    (store / "CURRENT").unlink()
    (store / ".draft-2").mkdir()
    assert len(check(store)) == 2
    assert len(texts(store)) == 3
    repair(store)
    assert check(store) == []


def test_a_reader_keeps_its_generation_while_another_is_published(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    reader = Store(store)
    old = reader.current()
    for number in range(4):
        (articles / "b.txt").write_text(f"第{number}版。", "utf-8")
        build([articles], store, embedder)
    assert [p.text for p in old.paragraphs([2])] == ["乙地有湖。"]
    assert old.article_paragraphs(old.articles()[1].id)[0].text == "乙地有湖。"
    assert reader.current().paragraphs([2])[0].text == "第3版。"


def test_a_full_disk_keeps_the_old_store(
    articles: Path, store: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([articles], store, embedder)
    (articles / "c.txt").write_text("丙。", "utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("index.publish.os.fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            build([articles], store, embedder)
    assert len(texts(store)) == 3
    assert any("behind the catalogue" in line for line in check(store))
    repair(store)
    assert len(texts(store)) == 4


def test_files_are_private(articles: Path, store: Path, embedder: HashEmbedder) -> None:
    build([articles], store, embedder)
    modes = {p: p.stat().st_mode & 0o777 for p in store.rglob("*")}
    assert {m for p, m in modes.items() if p.is_dir()} == {0o700}
    assert {m for p, m in modes.items() if p.is_file()} == {0o600}


def test_the_catalogue_rolls_back(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "c.sqlite")
    with pytest.raises(RuntimeError), catalog.transaction():
        catalog.set_meta("x", "1")
        raise RuntimeError
    assert catalog.meta("x") is None
    catalog.close()
    db = sqlite3.connect(tmp_path / "c.sqlite")
    db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    db.commit()
    db.close()
    with pytest.raises(StoreMismatch, match="schema 99"):
        Catalog(tmp_path / "c.sqlite")


def as_schema_1(store: Path) -> None:
    """Make a store look like one of the version before."""
    db = sqlite3.connect(store / "catalog.sqlite")
    db.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    db.commit()
    db.close()
    for manifest in store.glob("gen-*/MANIFEST.json"):
        body, _, _ = manifest.read_bytes().rstrip(b"\n").rpartition(b"\n")
        manifest.write_bytes(with_checksum({**json.loads(body), "schema": 1}))


def test_a_store_of_another_schema_is_refused_and_left_as_it_is(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    as_schema_1(store)
    before = {p: p.read_bytes() for p in store.rglob("*") if p.is_file() and p.name != "LOCK"}
    remedy = (
        rf"schema 1, and this version reads {SCHEMA}.*python -m index build PATH… --store NEW; "
        "or go on"
    )
    for attempt in (
        lambda: build([articles], store, embedder),
        lambda: add([articles], store, embedder),
        lambda: remove(["a.txt"], store),
        lambda: Store(store),
        lambda: repair(store),
    ):
        with pytest.raises(StoreMismatch, match=remedy):
            attempt()
    assert before == {p: p.read_bytes() for p in before}


# Spaced headlines, a dateline each, a page number: there is no doubt that it is a page.
PRINTED = (
    "第1版\n\n江 城 新 桥 通 车\n\n本报4月8日讯(记者石磊)江城新桥昨日通车,桥长五百米。"
    "市民王大妈说,过江再也不用等渡船了。\n\n湖 水 变 清\n\n"
    "本报4月8日讯(记者木森)青湖的水今年清了三分。渔民说,鱼也多了起来。\n"
)


def test_a_printed_page_gives_its_articles(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    (articles / "2030-04-09.txt").write_text(PRINTED, "utf-8")
    report = build([articles], store, embedder)
    assert (report.printed, report.articles) == (1, 4)
    assert (report.shares.total, report.shares.whole) == (len("".join(PRINTED.split())), True)
    assert report.shares.roles["title"] == 10
    found = Store(store).current().articles()[:2]
    assert [(a.title, a.date, a.authors) for a in found] == [
        ("江城新桥通车", "2030-04-08", ("石磊",)),
        ("湖水变清", "2030-04-08", ("木森",)),
    ]
    assert all(a.raw == PRINTED for a in found)
    assert build([articles], store, embedder, pages="never").printed == 0
    assert check(store) == []


def test_other_pages_read_the_text_anew_and_keep_what_did_not_change(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    (articles / "page.txt").write_text(PRINTED, "utf-8")
    build([articles], store, embedder)
    ids = [p.id for p in Store(store).current().paragraphs(range(5))]
    report = build([articles], store, embedder)
    assert (report.read, report.unchanged) == (0, 3)
    report = build([articles], store, embedder, pages="never")
    assert (report.read, report.unchanged) == (3, 0)
    page = [
        text for text in texts(store) if text not in ("甲地有桥。", "桥长五百米。", "乙地有湖。")
    ]
    assert report.embedded == len(page) == 5  # of the three others, every vector was kept
    report = build([articles], store, embedder)
    assert (report.read, report.embedded) == (3, 2)
    assert [p.id for p in Store(store).current().paragraphs(range(5))] == ids


def test_how_a_file_was_read_is_known_of_each_file(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder, pages="never")
    page = articles / "page.txt"
    page.write_text(PRINTED, "utf-8")
    assert add([page], store, embedder, pages="always").printed == 1
    report = build([articles], store, embedder, pages="always")
    assert (report.read, report.unchanged) == (2, 1)


def test_a_file_under_another_name_needs_no_embedding(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    build([articles], store, embedder)
    (articles / "a.txt").rename(articles / "c.txt")
    report = build([articles], store, embedder)
    assert (report.removed, report.embedded) == (1, 0)
    assert texts(store) == ["乙地有湖。", "甲地有桥。", "桥长五百米。"]


def test_a_full_disk_while_the_catalogue_is_written(
    articles: Path, store: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([articles], store, embedder)
    (articles / "c.txt").write_text("丙。\n\n" * 20_000, "utf-8")
    opened = Catalog.__init__

    def small(self: Catalog, path: Path) -> None:
        opened(self, path)
        self._db.execute("PRAGMA max_page_count = 40")

    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "__init__", small)
        with pytest.raises(StoreError, match="disk is full.*free some space"):
            build([articles], store, embedder)
    assert len(texts(store)) == 3
    assert check(store) == []


def test_nothing_is_written_anew_while_nothing_changed(
    articles: Path, store: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([articles], store, embedder)
    written: list[Path] = []

    def noted(draft: Path, *rest: object) -> object:
        written.append(draft)
        return write_whole(draft, *rest)

    monkeypatch.setattr("index.publish.write_whole", noted)
    assert build([articles], store, embedder).generation == 1
    assert add([articles / "a.txt"], store, embedder).generation == 1
    assert not written
    damage(store / "gen-1" / "vectors.faiss")  # what is damaged is no state to leave alone
    assert build([articles], store, embedder).generation == 2  # a number is never used again
    assert check(store) == []
    assert (store / "quarantine" / "gen-1").is_dir()
    (articles / "c.txt").write_text("丙。", "utf-8")
    assert add([articles / "c.txt"], store, embedder).generation == 3
    remove(["c.txt"], store)
    assert len(written) == 3
    assert texts(store) == ["甲地有桥。", "桥长五百米。", "乙地有湖。"]


def test_a_change_that_was_never_published_is_published_by_the_next_build(
    articles: Path, store: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([articles], store, embedder)
    (articles / "c.txt").write_text("丙。", "utf-8")

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("index.build.publish", killed)
        with pytest.raises(KeyboardInterrupt):
            build([articles], store, embedder)
    assert len(texts(store)) == 3
    assert build([articles], store, embedder).generation == 2
    assert len(texts(store)) == 4
