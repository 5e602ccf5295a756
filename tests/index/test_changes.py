"""Generations that share files with the one before, and hold what changed beside them."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.build import add, build, remove
from index.catalog import Catalog
from index.check import check
from index.draft import CHANGES
from index.errors import StoreDamaged
from index.files import Disk, sha256
from index.generation import Generation
from index.joined import JoinedVectors
from index.publish import current_generation, generations, publish, set_current, writer_lock
from index.seal import unsealed
from index.store import Store
from index.vectors import VectorIndex
from rag.retriever import Retriever
from tests.conftest import HashEmbedder

SHARED = ("vectors.faiss", "articles.sqlite", "columns.npy", "lexical/weights.npy")


def text(number: int, version: int = 0) -> str:
    return f"第{number}号渡船从镜湖开出。\n改期第{version}次，船票{number % 7}元。"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Forty articles of two paragraphs in one file."""
    path = tmp_path / "all.jsonl"
    write(path, {number: text(number) for number in range(40)})
    return path


def write(path: Path, texts: dict[int, str]) -> None:
    rows = (
        {"id": f"n{number}", "title": f"渡船{number}", "date": "2031-05-02", "text": words}
        for number, words in texts.items()
    )
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")


@pytest.fixture
def store(
    articles: Path, tmp_path: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setattr("index.draft.WHOLE_BELOW", 0)
    build([articles], tmp_path / "store", embedder)
    return tmp_path / "store"


def change(articles: Path, store: Path, embedder: HashEmbedder) -> Generation:
    """One article changed, one gone, one new."""
    texts = {number: text(number) for number in range(40)}
    texts[3] = text(3, 1)
    del texts[5]
    texts[70] = text(70)
    write(articles, texts)
    build([articles], store, embedder)
    return Store(store).current()


def test_files_are_shared_and_only_what_changed_is_written(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    generation = change(articles, store, embedder)
    for name in SHARED:
        assert (store / "gen-1" / name).samefile(store / "gen-2" / name)
    assert generation.manifest.base_paragraphs == 80
    assert (generation.manifest.articles, generation.size) == (40, 80)
    assert np.load(store / "gen-2" / CHANGES / "gone.npy").tolist() == [3, 5]
    counts = np.load(store / "gen-2" / CHANGES / "columns.npy")[0]
    assert counts.tolist() == [2, 2]
    assert generation.positions.tolist() == [*range(6), 8, 9, *range(12, 84)]
    assert check(store) == []


def test_what_is_gone_is_found_by_nothing(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    old = Store(store).current()
    before = old.article_paragraphs("n3") + old.article_paragraphs("n5")
    generation = change(articles, store, embedder)
    stale = [p for p in before if p not in generation.article_paragraphs("n3")]
    assert len(stale) == 3
    assert [generation.paragraph(p.id) for p in stale] == [None] * 3
    assert generation.article("n5") is None
    assert generation.article_paragraphs("n5") == []
    assert generation.articles_named(["n5", "n70"]).keys() == {"n70"}
    assert generation.among(articles=["n5"]).tolist() == []  # type: ignore[union-attr]
    assert generation.among(since="2031", articles=["n3"]).tolist() == [80, 81]  # type: ignore[union-attr]
    assert len(generation.facts) == 80
    assert [a.id for a in generation.articles()][2:6] == ["n2", "n3", "n4", "n6"]
    for paragraph in stale:
        (vector,) = embedder.embed([f"渡船 {paragraph.text}"], kind="passage")
        found, _ = generation.vectors.search(vector, 84)
        assert set(found.tolist()) <= set(generation.positions.tolist())
        assert generation.lexical.scores(paragraph.text)[[6, 7, 10, 11]].tolist() == [0] * 4


def test_hits_and_scores_are_those_of_a_store_written_whole(
    articles: Path,
    store: Path,
    tmp_path: Path,
    embedder: HashEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generation = change(articles, store, embedder)
    monkeypatch.setattr("index.draft.WHOLE_BELOW", 10_000)
    build([articles], tmp_path / "whole", embedder)
    whole = Store(tmp_path / "whole").current()
    assert not (whole.folder / CHANGES).exists()
    assert generation.articles() == whole.articles()
    for question in ("第3号渡船改期第1次", "第70号渡船", "船票5元", "镜湖"):
        (vector,) = embedder.embed([question], kind="query")
        for search in (dense(vector), words(question)):
            assert search(generation) == search(whole)
    # The order of those that score alike may differ, so that the best is asked for alone.
    assert best(store, embedder, "第70号渡船") == best(tmp_path / "whole", embedder, "第70号渡船")


def dense(vector: np.ndarray) -> Callable[[Generation], dict[str, float]]:
    def search(generation: Generation) -> dict[str, float]:
        positions, scores = generation.vectors.search(vector, generation.size)
        ids = [p.id for p in generation.paragraphs(positions)]
        return dict(zip(ids, scores.round(5).tolist(), strict=True))

    return search


def words(question: str) -> Callable[[Generation], dict[str, float]]:
    def search(generation: Generation) -> dict[str, float]:
        scores = generation.lexical.scores(question)[generation.positions]
        ids = [p.id for p in generation.paragraphs(generation.positions)]
        return dict(zip(ids, scores.tolist(), strict=True))

    return search


def best(store: Path, embedder: HashEmbedder, question: str) -> str:
    return Retriever(store, embedder=embedder).search(question, k=1)[0].paragraph.id


def test_all_is_written_anew_where_much_changed(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    write(articles, {number: text(number, number > 1) for number in range(40)})
    build([articles], store, embedder)
    assert not (store / "gen-2" / CHANGES).exists()
    assert Store(store).current().size == 80


def test_all_is_written_anew_where_paragraphs_have_another_usual_length(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    write(articles, {number: text(number) for number in range(40)} | {7: "长" * 900})
    build([articles], store, embedder)
    assert not (store / "gen-2" / CHANGES).exists()


def test_all_is_written_anew_on_a_disk_without_links(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    class NoLinks(Disk):
        def link(self, source: Path, target: Path) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

    write(articles, {number: text(number) for number in range(39)})
    build([articles], store, embedder, disk=NoLinks())
    assert not (store / "gen-2" / CHANGES).exists()
    assert Store(store).current().size == 78
    assert check(store) == []


def test_changes_of_changes_are_of_the_same_base(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    change(articles, store, embedder)
    extra = tmp_path / "extra.txt"
    extra.write_text("丁地有山。", "utf-8")
    add([extra], store, embedder)
    remove(["extra.txt"], store)
    assert generations(store) == [3, 4]
    assert Store(store).current().size == 80
    build([articles], store, embedder)
    assert generations(store) == [3, 4]  # nothing changed
    write(articles, {number: text(number) for number in range(40)})
    build([articles], store, embedder)
    back = Store(store).current()
    assert back.positions.tolist() == list(range(80))  # as the base was


def test_a_reader_verifies_only_what_is_new(
    articles: Path, store: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Store(store).current()
    change(articles, store, embedder)
    hashed: list[str] = []

    def noted(path: Path) -> str:
        hashed.append(path.relative_to(store / "gen-2").as_posix())
        return sha256(path)

    monkeypatch.setattr("index.manifest.sha256", noted)
    Generation(store / "gen-2", before)
    assert {name.partition("/")[0] for name in hashed} == {CHANGES, "canary.npy"}
    hashed.clear()
    content = (store / "gen-2" / "columns.npy").read_bytes()
    (store / "gen-2" / "columns.npy").write_bytes(content[:-1] + b"\xff")  # another time of change
    with pytest.raises(StoreDamaged, match=r"columns\.npy"):
        Generation(store / "gen-2", before)


def test_gone_vectors_do_not_crowd_out_the_others() -> None:
    vectors = np.eye(6, dtype=np.float32)
    question = np.array([6, 5, 4, 3, 2, 1], np.float32)
    parts = [VectorIndex.build([vectors[:5]], 6), VectorIndex.build([vectors[5:]], 6)]
    joined = JoinedVectors(parts, np.array([0, 1, 2, 3]))
    assert joined.search(question, 2)[0].tolist() == [4, 5]
    assert joined.search(question, 9)[0].tolist() == [4, 5]
    assert joined.search(question, 9, among=[0, 5])[0].tolist() == [5]
    assert joined.vectors([5, 0]).tolist() == vectors[[5, 0]].tolist()


def test_the_newest_generation_answers_even_if_it_is_not_named_yet(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    change(articles, store, embedder)
    set_current(store, 1)  # as a crash between the two steps leaves it
    assert Store(store).current().number == 2
    assert build([articles], store, embedder).generation == 2
    assert current_generation(store) == 2


def test_a_generation_that_goes_while_it_is_opened_is_no_damage(
    articles: Path,
    store: Path,
    embedder: HashEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened = Generation.__init__
    times = []

    def late(self: Generation, folder: Path, before: Generation | None = None) -> None:
        times.append(folder.name)
        if len(times) == 1:  # while gen-1 is opened, two others are published and it is removed
            for number in (5, 6):
                write(articles, {n: text(n, number) for n in range(40)})
                build([articles], store, embedder)
        opened(self, folder, before)

    monkeypatch.setattr(Generation, "__init__", late)
    assert Store(store).current().number == 3
    assert not (store / "quarantine").exists()
    assert caplog.text == ""


def test_what_is_found_damaged_is_never_sealed(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    path = store / "catalog.sqlite"
    catalog = Catalog(path)
    with catalog.transaction():
        catalog.set_meta("note", "killed before it was sealed")
    catalog.close()
    path.write_bytes(path.read_bytes().replace("镜湖".encode(), "青湖".encode()))
    assert unsealed(store) == ["catalog.sqlite"]
    for _ in range(2):
        with pytest.raises(StoreDamaged, match="is not what was stored"):
            build([articles], store, embedder)
        assert unsealed(store) == ["catalog.sqlite"]


def test_publishing_the_same_state_again_is_the_same_generation(store: Path) -> None:
    with writer_lock(store):
        catalog = Catalog(store / "catalog.sqlite")
        assert publish(store, catalog) == 1
        catalog.close()
    assert generations(store) == [1]
