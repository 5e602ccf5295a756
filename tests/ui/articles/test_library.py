"""Adding files to a store while it answers, and taking them out so that they can come back."""

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from index.build import build
from index.check import check
from index.embedder import Embedder, Kind, Vectors
from index.publish import writer_lock
from index.store import Store
from rag.retriever import Retriever
from ui.articles.errors import Refusal
from ui.articles.job import Status
from ui.articles.library import Library
from ui.articles.trash import KEPT
from ui.articles.uploads import LARGEST_FILE

Send = Callable[[str, bytes], str]
NEWS = "---\ntitle: 地铁开通\ndate: 2032-01-01\n---\n\n地铁全长三十公里。\n".encode()
LATER = "---\ntitle: 地铁延长\ndate: 2032-02-02\n---\n\n地铁延长到四十公里。\n".encode()


def done(library: Library) -> Status:
    """The status once the work has ended."""
    assert library._job is not None
    library._job.join(30)
    status = library.status()
    assert status is not None
    assert status.state != "running"
    return status


def ids(store: Store) -> dict[str, list[str]]:
    """All articles and paragraphs, by id."""
    generation = store.refresh()
    return {
        article.id: [article.source, *(p.id for p in generation.article_paragraphs(article.id))]
        for article in generation.articles()
    }


def left(folder: Path) -> list[str]:
    """All files of uploads and removals."""
    places = [folder / "added", folder / "coming", folder / "trash"]
    files = (path for place in places for path in place.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        work()
    return refused.value.reason


class Slow:
    """An embedder that waits at its second call until it is told to go on."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.fingerprint = embedder.fingerprint
        self.dimension = embedder.dimension
        self.reached = threading.Event()
        self.go = threading.Event()

    def embed(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        if any("地铁" in text for text in texts):
            self.reached.set()
            assert self.go.wait(30)
        return self._embedder.embed(texts, kind=kind)


def test_a_file_is_added_and_answers(library: Library, send: Send, embedder: Embedder) -> None:
    assert send("metro.md", NEWS) == "new"
    assert library.waiting() == ("metro.md",)
    library.begin_add()
    status = done(library)
    assert status.state == "done"
    outcome = status.outcome
    assert outcome is not None
    assert (outcome.files, outcome.articles, outcome.total) == (("metro.md",), 1, 5)
    assert (outcome.faults, outcome.replaced) == ((), ())
    hits = Retriever(library.store, embedder=embedder).search("地铁全长多少公里", k=1)
    assert [(hit.article.title, hit.article.source) for hit in hits] == [("地铁开通", "metro.md")]
    assert left(library.store.folder) == ["added/metro.md"]
    assert library.waiting() == ()


def test_check_finds_nothing_wrong_with_what_is_kept_in_the_store(
    library: Library, send: Send
) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    library.remove("n1")
    send("half.md", NEWS)
    assert check(library.store.folder) == []


def test_while_files_are_added_questions_are_answered_from_what_was_there(
    store: Store, embedder: Embedder
) -> None:
    slow = Slow(embedder)
    library = Library(store, slow, folder=store.folder)
    incoming = library.uploads.begin("metro.md", len(NEWS))
    incoming.write(NEWS)
    incoming.finish()
    retriever, before = Retriever(store, embedder=embedder), store.current().number
    library.begin_add()
    assert slow.reached.wait(30)
    assert store.current().number == before
    hits = retriever.search("大桥长多少米", k=1)
    assert [hit.article.title for hit in hits] == ["大桥通车"]
    assert refusal(lambda: library.begin_add()) == "job"
    assert refusal(lambda: library.remove("n1")) == "job"
    slow.go.set()
    assert done(library).state == "done"
    assert store.current().number == before + 1


def test_cancelling_leaves_store_and_folder_as_they_were(store: Store, embedder: Embedder) -> None:
    slow = Slow(embedder)
    library = Library(store, slow, folder=store.folder)
    many = "".join(
        json.dumps({"title": f"地铁{n}", "text": f"地铁第{n}号线。"}, ensure_ascii=False) + "\n"
        for n in range(200)
    ).encode()
    incoming = library.uploads.begin("metro.jsonl", len(many))
    incoming.write(many)
    incoming.finish()
    before = ids(store)
    library.begin_add()
    assert slow.reached.wait(30)
    library.cancel()
    slow.go.set()
    assert done(library).state == "cancelled"
    assert ids(store) == before
    assert left(store.folder) == []
    assert refusal(library.cancel) == "too_late"
    library.remove("n1")  # nothing is held on to
    assert check(store.folder) == []


def test_the_same_bytes_are_there_already(library: Library, send: Send) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    assert send("metro.md", NEWS) == "same"
    assert library.waiting() == ()


def test_other_bytes_take_the_place_of_an_uploaded_file(library: Library, send: Send) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    assert send("metro.md", LATER) == "replaces"
    library.begin_add()
    outcome = done(library).outcome
    assert outcome is not None
    assert (outcome.replaced, outcome.articles, outcome.total) == (("metro.md",), 1, 5)
    assert "地铁延长" in {article.title for article in library.store.current().articles()}
    assert (library.store.folder / "added" / "metro.md").read_bytes() == LATER
    assert left(library.store.folder) == ["added/metro.md"]


def test_an_unreadable_file_is_told_and_not_kept(library: Library, send: Send) -> None:
    send("metro.md", NEWS)
    send("scan.pdf", b"no pdf at all")
    library.begin_add()
    outcome = done(library).outcome
    assert outcome is not None
    assert (outcome.files, outcome.articles) == (("metro.md",), 1)
    assert [fault.source for fault in outcome.faults] == ["scan.pdf"]
    assert outcome.faults[0].reason.startswith("is not a PDF file")
    assert left(library.store.folder) == ["added/metro.md"]


def test_where_nothing_can_be_read_the_reasons_are_told(library: Library, send: Send) -> None:
    before = ids(library.store)
    send("scan.pdf", b"no pdf at all")
    send("none.jsonl", b"\n")
    library.begin_add()
    status = done(library)
    assert status.state == "done"
    assert status.outcome is not None
    assert status.outcome.files == ()
    assert [(fault.source, fault.reason[:16]) for fault in status.outcome.faults] == [
        ("none.jsonl", "holds no record"),
        ("scan.pdf", "is not a PDF fil"),
    ]
    assert ids(library.store) == before
    assert left(library.store.folder) == []


def test_a_worse_file_does_not_take_the_place_of_a_good_one(library: Library, send: Send) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    before = ids(library.store)
    send("metro.md", b"\x00\x01\x02\x03" * 9)
    library.begin_add()
    outcome = done(library).outcome
    assert outcome is not None
    assert [fault.source for fault in outcome.faults] == ["metro.md"]
    assert ids(library.store) == before
    assert (library.store.folder / "added" / "metro.md").read_bytes() == NEWS


def test_where_another_program_writes_the_files_wait_on(library: Library, send: Send) -> None:
    send("metro.md", NEWS)
    with writer_lock(library.store.folder):
        library.begin_add()
        status = done(library)
    assert (status.state, status.reason) == ("failed", "store_busy")
    assert library.waiting() == ("metro.md",)
    library.begin_add(["metro.md"])
    assert done(library).state == "done"


def test_a_run_that_was_killed_is_mended(library: Library, send: Send, embedder: Embedder) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    send("metro.md", LATER)
    send("new.md", LATER)
    library.uploads.begin("half.md", 100).write(b"half")
    library.uploads.put_in(["metro.md", "new.md"])  # and here the server was killed
    again = Library(library.store, embedder, folder=library.store.folder)
    assert (library.store.folder / "added" / "metro.md").read_bytes() == NEWS
    assert again.waiting() == ("metro.md", "new.md")
    again.begin_add()
    outcome = done(again).outcome
    assert outcome is not None
    assert (outcome.files, outcome.total) == (("metro.md", "new.md"), 6)
    assert left(library.store.folder) == ["added/metro.md", "added/new.md"]


def test_uploads_survive_that_the_store_is_built_anew(
    library: Library, send: Send, own: Path, embedder: Embedder
) -> None:
    send("bridge.md", NEWS)
    send("list.jsonl", b'{"text": "x"}\n')  # another file has this name
    library.begin_add()
    outcome = done(library).outcome
    assert outcome is not None
    assert outcome.files == ("bridge.md", "added/list.jsonl")
    before, folder = ids(library.store), library.store.folder
    build([own, folder / "added"], folder, embedder)
    assert ids(library.store) == before
    build([own], folder, embedder)  # without them, they wait to be added
    assert library.waiting() == ("bridge.md", "list.jsonl")
    library.begin_add()
    done(library)
    assert ids(library.store) == before
    for source in ("added/list.jsonl", "list.jsonl"):
        article = next(key for key, found in before.items() if found[0] == source)
        key = library.remove(article).key
        assert article not in ids(library.store)
        library.begin_undo(key)
        assert done(library).state == "done"
        assert ids(library.store) == before


def test_waiting_files_can_be_discarded(library: Library, send: Send) -> None:
    send("metro.md", NEWS)
    library.discard()
    assert library.waiting() == ()
    assert refusal(lambda: library.begin_add()) == "nothing_waits"


def test_undo_brings_a_file_of_a_folder_back_with_all_its_ids(library: Library, own: Path) -> None:
    before = ids(library.store)
    article = next(key for key, found in before.items() if found[0] == "2031/bridge.md")
    entry = library.remove(article)
    assert (entry.source, entry.articles, entry.uploaded) == ("2031/bridge.md", 1, False)
    assert article not in ids(library.store)
    assert (own / "2031" / "bridge.md").exists()
    library.begin_undo(entry.key)
    assert done(library).state == "done"
    assert ids(library.store) == before
    assert library.trash.entries() == ()


def test_a_file_goes_with_all_its_articles(library: Library) -> None:
    before = ids(library.store)
    entry = library.remove("n1")
    assert (entry.source, entry.articles) == ("list.jsonl", 2)
    assert set(before) - set(ids(library.store)) == {"n1", "n2"}


def test_undo_brings_an_uploaded_file_back_over_a_restart(
    library: Library, send: Send, own: Path, embedder: Embedder
) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    before = ids(library.store)
    article = next(key for key, found in before.items() if found[0] == "metro.md")
    entry = library.remove(article)
    assert left(library.store.folder) == [
        f"trash/{entry.key}/about.json",
        f"trash/{entry.key}/file",
    ]
    folder = library.store.folder
    build([own], folder, embedder)  # and so it is not brought back by building anew
    again = Library(Store(folder), embedder, folder=folder)
    assert [found.source for found in again.trash.entries()] == ["metro.md"]
    again.begin_undo(entry.key)
    assert done(again).state == "done"
    assert ids(again.store) == before
    assert left(folder) == ["added/metro.md"]


def test_the_last_file_can_go_and_come_back(library: Library) -> None:
    before = ids(library.store)
    keys = [library.remove(next(iter(ids(library.store)))).key for _ in range(3)]
    assert ids(library.store) == {}
    for key in reversed(keys):
        library.begin_undo(key)
        assert done(library).state == "done"
    assert ids(library.store) == before


def test_what_could_not_be_undone_is_refused_first(library: Library, own: Path) -> None:
    (own / "list.jsonl").write_text('{"text": "换了。"}\n', "utf-8")
    before = ids(library.store)
    assert refusal(lambda: library.remove("n1")) == "no_way_back"
    (own / "list.jsonl").unlink()
    assert refusal(lambda: library.remove("n1")) == "no_way_back"
    assert ids(library.store) == before
    assert library.remove("n1", for_good=True).articles == 2
    assert "n1" not in ids(library.store)
    assert library.trash.entries() == ()


def test_undo_refuses_what_would_be_another_article(library: Library, own: Path) -> None:
    key = library.remove("n1").key
    (own / "list.jsonl").write_text('{"text": "换了。"}\n', "utf-8")
    assert refusal(lambda: library.begin_undo(key)) == "changed"
    assert refusal(lambda: library.begin_undo("../../x")) == "unknown"


def test_undo_refuses_where_a_file_of_that_name_came_since(library: Library, send: Send) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    article = next(key for key, found in ids(library.store).items() if found[0] == "metro.md")
    key = library.remove(article).key
    send("metro.md", LATER)
    library.begin_add()
    done(library)
    assert refusal(lambda: library.begin_undo(key)) == "undone"
    assert (library.store.folder / "added" / "metro.md").read_bytes() == LATER


def test_a_removal_that_was_killed_half_way_is_mended(
    library: Library, send: Send, embedder: Embedder
) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    path, digest = library.uploads.path("metro.md"), hashlib.sha256(NEWS).hexdigest()
    library.trash.put("metro.md", str(path), digest, "auto", uploaded=True, articles=1)
    assert not path.exists()  # and here the server was killed
    again = Library(library.store, embedder, folder=library.store.folder)
    assert left(library.store.folder) == ["added/metro.md"]
    assert again.trash.entries() == ()


def test_where_the_store_cannot_be_written_a_file_is_not_removed(
    library: Library, send: Send
) -> None:
    send("metro.md", NEWS)
    library.begin_add()
    done(library)
    article = next(key for key, found in ids(library.store).items() if found[0] == "metro.md")
    before = left(library.store.folder)
    with writer_lock(library.store.folder), pytest.raises(Exception, match="being updated"):
        library.remove(article)
    assert left(library.store.folder) == before
    library.remove(article)


def test_the_trash_keeps_the_last_ones(library: Library) -> None:
    for number in range(KEPT + 3):
        library.trash.put(f"{number}.md", "/x", "0", "auto", uploaded=False, articles=1)
    library.trash.trim()
    kept = [entry.source for entry in library.trash.entries()]
    assert kept == [f"{number}.md" for number in range(KEPT + 2, 2, -1)]


def test_files_too_large_or_of_other_kinds_are_not_taken(library: Library) -> None:
    begin = library.uploads.begin
    assert refusal(lambda: begin("a.exe", 1)) == "kind"
    assert refusal(lambda: begin("a.jsonl", LARGEST_FILE + 1)) == "large"
    assert refusal(lambda: begin("a.txt", 20_000_001)) == "large"
    incoming = begin("a.txt", 0)  # it does not say how large it is
    incoming.write(b"x" * 20_000_000)
    assert refusal(lambda: incoming.write(b"x")) == "large"
    incoming.close()
    assert left(library.store.folder) == []


def test_an_empty_file_is_not_taken(library: Library) -> None:
    incoming = library.uploads.begin("a.txt", 0)
    assert refusal(incoming.finish) == "empty"
    incoming.close()
    assert left(library.store.folder) == []


def test_on_a_full_disk_nothing_is_left(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(free=0)
    monkeypatch.setattr("ui.articles.uploads.shutil.disk_usage", lambda _path: full)
    assert refusal(lambda: library.uploads.begin("a.txt", 5)) == "full"
    assert left(library.store.folder) == []


def test_no_more_than_a_lot_waits(
    library: Library, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.articles.uploads.LARGEST_LOT", 10)
    send("a.txt", b"123456")
    assert refusal(lambda: library.uploads.begin("b.txt", 5)) == "much"
    assert refusal(lambda: library.uploads.begin("b.txt", 11)) == "much"
    library.uploads.begin("b.txt", 4).close()
