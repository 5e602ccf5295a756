import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from index.build import build
from index.check import check
from index.draft import VECTORS
from index.errors import StoreDamaged
from index.files import with_checksum
from index.generation import Generation
from index.manifest import MANIFEST, read_manifest
from index.publish import generations
from index.store import Store
from tests.conftest import SAMPLE, HashEmbedder

SOME = sorted(SAMPLE.glob("*.md"))[:3]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "store"
    build(SOME, folder, HashEmbedder(64))
    return folder


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """One article more than the sample."""
    path = tmp_path / "more.txt"
    path.write_text("丁地有山。", "utf-8")
    return path


def test_vectors_words_and_columns_are_in_one_order(store: Path) -> None:
    generation = Store(store).current()
    embedder = HashEmbedder(64)
    found = [
        (generation.articles()[i].title, paragraph.text)
        for i in range(generation.manifest.articles)
        for paragraph in generation.article_paragraphs(generation.articles()[i].id)
    ]
    paragraphs = generation.paragraphs(range(generation.size))
    assert [text for _, text in found] == [paragraph.text for paragraph in paragraphs]
    for position in (0, 17, generation.size - 1):
        paragraph = paragraphs[position]
        article = generation.article(paragraph.article_id)
        assert article is not None
        (vector,) = embedder.embed([f"{article.title} {paragraph.text}"], kind="passage")
        assert generation.vectors.search(vector, 1)[0].tolist() == [position]
        assert int(np.argmax(generation.lexical.scores(paragraph.text))) == position
        among = generation.among(articles=[article.id])
        assert among is not None
        assert position in among.tolist()


def test_paragraphs_come_in_the_order_asked_for(store: Path) -> None:
    generation = Store(store).current()
    one, two, three = generation.paragraphs([5, 0, 5])
    assert one == three != two
    assert generation.paragraphs(np.array([0], np.int64)) == [two]
    assert generation.paragraphs([]) == []


def test_a_generation_outlives_its_files(store: Path) -> None:
    generation = Store(store).current()
    before = generation.paragraphs([3])
    vector = generation.vectors.vectors([3])[0].copy()
    shutil.rmtree(generation.folder)
    assert generation.vectors.search(vector, 1)[0].tolist() == [3]
    assert generation.paragraphs([3]) == before
    assert generation.lexical.scores(before[0].text)[3] > 0
    among = generation.among(articles=[before[0].article_id])
    assert among is not None
    assert 3 in among.tolist()


def change_manifest(generation: Path, change: Callable[[dict[str, Any]], None]) -> None:
    body, _, _ = (generation / MANIFEST).read_bytes().rstrip(b"\n").rpartition(b"\n")
    fields = json.loads(body)
    change(fields)
    (generation / MANIFEST).write_bytes(with_checksum(fields))


def test_an_index_of_another_faiss_is_written_anew(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = b"IxNx" + bytes(500)
    (store / "gen-1" / VECTORS).write_bytes(content)
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change_manifest(store / "gen-1", lambda fields: fields["files"].update({VECTORS: facts}))
    assert Store(store).current().number == 2
    assert "cannot be read by this release of FAISS" in caplog.text


def test_a_manifest_that_lacks_something_is_written_anew(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def change(fields: dict[str, Any]) -> None:
        del fields["vectors"]

    size = Store(store).current().size
    change_manifest(store / "gen-1", change)
    assert [line for line in check(store) if "earlier version" in line]
    assert Store(store).current().size == size
    assert "rebuilding from its catalogue" in caplog.text
    assert generations(store) == [2]
    assert (store / "quarantine" / "gen-1").is_dir()


def test_who_follows_a_store_that_is_being_deleted_writes_nothing_into_it(
    store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Store(store)
    size = reader.current().size
    shutil.rmtree(store / "gen-1")  # the catalogue is still there
    (store / "CURRENT").unlink()
    assert reader.refresh().size == size
    assert not [path for path in store.iterdir() if path.name.startswith(("gen-", "quarantine"))]
    assert not (store / "CURRENT").exists()
    assert "answers meanwhile" in caplog.text
    assert "rebuilding" not in caplog.text
    assert Store(store).current().size == size  # who opens it anew has it made anew
    assert "rebuilding from its catalogue" in caplog.text


@pytest.mark.parametrize("name", ["../../secret.npy", "/etc/passwd", "lexical/../x.npy", "x.pkl"])
def test_a_manifest_leads_nowhere_else(store: Path, name: str) -> None:
    facts = {"size": 1, "sha256": "0" * 64}
    change_manifest(store / "gen-1", lambda fields: fields["files"].update({name: facts}))
    with pytest.raises(StoreDamaged, match="no file of a generation"):
        Generation(store / "gen-1")


@pytest.mark.parametrize("part", ["vectors.faiss", "columns.npy", "articles.sqlite"])
@pytest.mark.parametrize("how", ["cut", "longer", "changed", "link", "gone"])
def test_a_damaged_file_is_noticed_before_it_is_read(store: Path, part: str, how: str) -> None:
    path = store / "gen-1" / part
    content = path.read_bytes()
    if how == "cut":
        path.write_bytes(content[:-1])
    elif how == "longer":
        path.write_bytes(content + b"\0")
    elif how == "changed":
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 0x40]) + content[-8:])
    else:
        path.rename(store / "elsewhere")
        if how == "link":
            path.symlink_to(store / "elsewhere")
    with pytest.raises(StoreDamaged, match=part):
        Generation(store / "gen-1")


def test_what_the_vector_index_is_stands_in_the_manifest(store: Path) -> None:
    assert read_manifest(store / "gen-1").vectors == {"type": "flat float16"}


def test_questions_do_not_wait_for_what_is_opened(
    store: Path, more: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Store(store)
    build([*SOME, more], store, HashEmbedder(64))
    opening, go_on = Event(), Event()
    opened = Generation.__init__

    def slow(self: Generation, *rest: Any) -> None:
        opening.set()
        assert go_on.wait(30)
        opened(self, *rest)

    monkeypatch.setattr(Generation, "__init__", slow)
    assert reader.current().number == 1
    assert opening.wait(30)
    assert reader.current().number == 1
    go_on.set()
    assert reader.refresh().number == 2


def test_publishing_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int, *, articles: int) -> None:
        assert articles >= 0
        told.append((stage, done, total))

    report = build(SOME, tmp_path / "s", HashEmbedder(8), progress=progress)
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["read", "embed", "copy", "vectors", "words", "write"]
    for stage in ("vectors", "words"):
        counts = [done for name, done, _ in told if name == stage]
        assert counts == sorted(counts)
        assert counts[-1] == report.paragraphs
        assert {total for name, _, total in told if name == stage} == {report.paragraphs}


def test_an_interrupted_publication_leaves_no_draft(
    store: Path, more: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("index.draft.part_of_texts", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build([*SOME, more], store, HashEmbedder(64))
    assert not list(store.glob(".draft-*"))
    assert Store(store).current().number == 1
    assert build([*SOME, more], store, HashEmbedder(64)).generation == 2
    assert check(store) == []
