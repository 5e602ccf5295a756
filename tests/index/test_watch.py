"""A store that keeps up with a folder."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from index.__main__ import main
from index.build import build
from index.check import check
from index.errors import InputError, StoreError
from index.store import Store
from index.watch import changes
from tests.conftest import HashEmbedder

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds; a busy machine may take long, and nothing waits longer than it must


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("甲地有桥。\n", "utf-8")
    return folder


def until(done: Callable[[], bool], *, meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Whether something comes true in time, while something is done over and over."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            return False
        meanwhile()
        time.sleep(0.3)
    return True


def put(path: Path, text: str) -> None:
    """Write a file at one stroke, so that nobody reads half of it."""
    draft = path.parent.parent / f"{path.name}.draft"
    draft.write_text(text, "utf-8")
    draft.replace(path)


class Watching:
    """Waits in a thread for the first change after what was there."""

    def __init__(self, paths: list[Path], store: Path) -> None:
        self.found: list[bool] = []
        self.noticed = threading.Event()
        self._iterator: Iterator[bool] = changes(paths, store)
        self.found.append(next(self._iterator))
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _wait(self) -> None:
        self.found.append(next(self._iterator))
        self.noticed.set()

    def stop(self, meanwhile: Callable[[], object]) -> None:
        """Let the thread come to an end."""
        assert until(self.noticed.is_set, meanwhile=meanwhile)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def test_the_first_look_comes_at_once_and_a_change_after_that(
    articles: Path, tmp_path: Path
) -> None:
    watching = Watching([articles], tmp_path / "store")
    assert watching.found == [False]
    watching.start()
    watching.stop(meanwhile=lambda: put(articles / "b.txt", "乙地有湖。\n"))
    assert watching.found == [False, True]


@pytest.mark.parametrize("change", ["changed", "removed", "in a new folder"])
def test_all_kinds_of_changes_are_noticed(articles: Path, tmp_path: Path, change: str) -> None:
    watching = Watching([articles], tmp_path / "store")
    watching.start()

    def do() -> None:
        if change == "changed":
            (articles / "a.txt").write_text("甲地无桥。\n", "utf-8")
        elif change == "removed":
            (articles / "a.txt").unlink(missing_ok=True)
            if not watching.noticed.is_set():  # again, if that was before anybody watched
                (articles / "a.txt").touch()
        else:
            (articles / "inner").mkdir(exist_ok=True)
            (articles / "inner" / "c.txt").write_text("丙地有山。\n", "utf-8")

    watching.stop(meanwhile=do)
    assert watching.found == [False, True]


def test_what_changes_before_anybody_waits_is_noticed(articles: Path, tmp_path: Path) -> None:
    # The store is built between the first look and the second: what changes then must not be lost.
    watching = Watching([articles], tmp_path / "store")
    put(articles / "b.txt", "乙地有湖。\n")
    watching.start()
    noticed = watching.noticed.wait(10)
    if not noticed:  # so that the thread ends
        watching.stop(meanwhile=lambda: put(articles / "c.txt", "丙地有山。\n"))
    assert noticed


def test_what_changes_in_the_store_is_not_counted(articles: Path) -> None:
    store = articles / "store"
    (store / "gen-1").mkdir(parents=True)
    watching = Watching([articles], store)
    watching.start()
    for number in range(10):
        (store / "catalog.sqlite").write_bytes(bytes([number]))
        (store / "gen-1" / "words.txt").write_text(str(number))
        if watching.noticed.wait(0.4):
            break
    too_early = watching.noticed.is_set()
    watching.stop(meanwhile=lambda: (articles / "b.txt").write_text("乙地有湖。\n", "utf-8"))
    assert (too_early, watching.found) == (False, [False, True])


@pytest.fixture
def wanted(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], bool]:
    """Whether a change of a path is noticed; the store is beside the articles."""
    asked: list[dict[str, Any]] = []

    def watch(*paths: Path, **options: Any) -> Iterator[set[Any]]:
        assert paths == (articles,)
        asked.append(options)
        added = {(watchfiles.Change.added, str(articles / "b.txt"))}
        return iter([set(), set(), added, set()])  # nothing happened, but that time went by

    monkeypatch.setattr("watchfiles.watch", watch)
    assert list(changes([articles], tmp_path / "store")) == [False, True]
    (options,) = asked
    assert options["raise_interrupt"] is True
    return lambda path: bool(options["watch_filter"](watchfiles.Change.modified, str(path)))


def test_which_changes_are_wanted(
    wanted: Callable[[Path], bool], articles: Path, tmp_path: Path
) -> None:
    assert wanted(articles / "a.txt")
    assert wanted(articles / "inner" / "page.pdf")
    assert not wanted(tmp_path / "store" / "CURRENT")
    assert not wanted(tmp_path / "store" / "gen-2" / "vectors.faiss")


def test_a_folder_whose_name_begins_with_that_of_the_store_is_another(
    wanted: Callable[[Path], bool], tmp_path: Path
) -> None:
    assert wanted(tmp_path / "store-articles" / "a.txt")
    assert wanted(tmp_path / "storeroom.txt")


def test_without_watchfiles_the_command_that_installs_it_is_told(
    articles: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(InputError, match="pip install watchfiles"):
        next(changes([articles], tmp_path / "store"))
    assert main(["watch", str(articles), "--store", str(tmp_path / "store")]) == 1
    out, err = capsys.readouterr()
    assert (out, err.startswith("error: ")) == ("", True)
    assert "pip install watchfiles" in err
    assert not (tmp_path / "store").exists()


def test_a_path_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none does not exist; check the path"):
        next(changes([tmp_path / "none"], tmp_path / "store"))


class Scripted:
    """Changes that come when a test says so: each is done before it is told."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = steps

    def __call__(self, paths: list[Path], store: Path) -> Iterator[bool]:
        yield False
        for step in self._steps:
            step()
            yield True


def texts(store: Path) -> list[str]:
    generation = Store(store).current()
    return [p.text for p in generation.paragraphs(generation.positions)]


def watch(monkeypatch: pytest.MonkeyPatch, articles: Path, store: Path, *steps: Any) -> int:
    monkeypatch.setattr("index.watch.changes", Scripted(*steps))
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: HashEmbedder(16))
    monkeypatch.setattr("index.commands.give_way", lambda: None)
    return main(["watch", str(articles), "--store", str(store)])


def test_every_change_is_followed_and_only_changes_are_told(
    articles: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = tmp_path / "store"
    seen: list[list[str]] = []
    steps = (
        lambda: put(articles / "b.txt", "乙地有湖。\n"),
        lambda: seen.append(texts(store)),  # nothing changed: nothing is told
        lambda: put(articles / "a.txt", "甲地无桥。\n"),
        lambda: seen.append(texts(store)),
        lambda: (articles / "a.txt").unlink(),
        lambda: seen.append(texts(store)),
    )
    assert watch(monkeypatch, articles, store, *steps) == 0
    assert seen == [["甲地有桥。", "乙地有湖。"], ["甲地无桥。", "乙地有湖。"], ["乙地有湖。"]]
    told = [line.split(" →")[0] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "1 articles, 1 paragraphs (1 embedded, 0 files unchanged, 0 removed, 0 left out)",
        "2 articles, 2 paragraphs (1 embedded, 1 files unchanged, 0 removed, 0 left out)",
        "2 articles, 2 paragraphs (1 embedded, 1 files unchanged, 0 removed, 0 left out)",
        "1 articles, 1 paragraphs (0 embedded, 1 files unchanged, 1 removed, 0 left out)",
    ]


def test_a_folder_that_is_empty_at_first_is_watched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, store = tmp_path / "empty", tmp_path / "store"
    folder.mkdir()
    step = partial(put, folder / "b.txt", "乙地有湖。\n")
    assert watch(monkeypatch, folder, store, step) == 0
    assert texts(store) == ["乙地有湖。"]
    assert "; watching on\n" in capsys.readouterr().err


def test_files_of_the_store_that_are_elsewhere_stay(
    articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = tmp_path / "store", tmp_path / "other"
    other.mkdir()
    put(other / "z.txt", "别处有山。\n")
    build([other], store, HashEmbedder(16))
    (other / "z.txt").unlink()
    assert watch(monkeypatch, articles, store, lambda: None) == 0
    assert texts(store) == ["甲地有桥。", "别处有山。"]


def test_the_command_follows_a_folder_until_it_is_interrupted(
    articles: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    environment = {k: v for k, v in os.environ.items() if k not in ("RAG_STORE", "RAG_EMBEDDER")}
    process = subprocess.Popen(
        [sys.executable, "-m", "index", "watch", str(articles), "--store", str(store)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # where the tests themselves run in the background, they would not be interruptible
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )

    def holds(*expected: str) -> bool:
        assert process.poll() is None, process.communicate()
        try:  # a store that was never published is not opened: that would be to mend it
            return (store / "CURRENT").exists() and texts(store) == list(expected)
        except StoreError:
            return False

    try:
        assert until(lambda: holds("甲地有桥。"))
        again = partial(put, articles / "b.txt", "乙地有湖。\n")
        assert until(lambda: holds("甲地有桥。", "乙地有湖。"), meanwhile=again)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, err
    assert out.startswith("1 articles, 1 paragraphs (1 embedded,")
    assert err.strip().endswith("interrupted; the store is as it was before")
    assert check(store) == []
    assert texts(store) == ["甲地有桥。", "乙地有湖。"]
