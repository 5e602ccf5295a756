"""What a change of the store does to its files, and what it would do."""

import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index.__main__ import main
from index.build import add, build, remove, update
from index.catalog import Catalog
from index.check import check
from index.errors import InputError, StoreMissing
from index.publish import generations, writer_lock
from index.readers import reading
from index.store import Store
from tests.conftest import HashEmbedder

A, B, C = ["甲地有桥。", "桥长五百米。"], ["乙地有湖。"], ["丙地有山。"]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("甲地有桥。\n\n桥长五百米。\n", "utf-8")
    (folder / "b.txt").write_text("乙地有湖。\n", "utf-8")
    return folder


@pytest.fixture
def store(articles: Path, tmp_path: Path, embedder: HashEmbedder) -> Path:
    """A store of the articles and of a file elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "c.txt").write_text("丙地有山。\n", "utf-8")
    build([articles, elsewhere], tmp_path / "store", embedder)
    return tmp_path / "store"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, embedder: HashEmbedder) -> None:
    """The commands take the hash embedder."""
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: embedder)
    monkeypatch.setattr("index.commands.give_way", lambda: None)


def texts(folder: Path) -> list[str]:
    generation = Store(folder).current()
    return [p.text for p in generation.paragraphs(generation.positions)]


def on_disk(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All that is in a folder, byte by byte, with when it was changed."""
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        stat = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[path.relative_to(folder).as_posix()] = (stat.st_mode, stat.st_mtime_ns, content)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a store but for LOCK, which names the last writer that failed."""
    return {name: facts[2] for name, facts in on_disk(folder).items() if name != "LOCK"}


def empty(*folders: Path) -> None:
    for folder in folders:
        for path in folder.iterdir():
            path.unlink()


def lock_up(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make a folder one that cannot be entered; root enters all there are."""
    entered, top = str(folder) + os.sep, str(folder)

    def closed(call: Callable[..., Any], itself: bool) -> Callable[..., Any]:
        def guarded(path: Any = ".", *rest: Any, **options: Any) -> Any:
            name = path if isinstance(path, int) else os.fspath(path)
            if isinstance(name, str) and (name.startswith(entered) or (itself and name == top)):
                raise PermissionError(13, "Permission denied", name)
            return call(path, *rest, **options)

        return guarded

    for name, itself in (("lstat", False), ("stat", False), ("scandir", True)):
        monkeypatch.setattr(os, name, closed(getattr(os, name), itself))


def count_parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources of the files that are parsed from now on."""
    parsed: list[str] = []
    parse = reading._read

    def counted(data: bytes, kind: str, file: Any) -> Any:
        parsed.append(file.source)
        return parse(data, kind, file)

    monkeypatch.setattr(reading, "_read", counted)
    return parsed


# update


def test_update_without_paths_reads_what_changed_of_all_files(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    (articles / "b.txt").write_text("乙地有两个湖。\n", "utf-8")
    (articles / "new.txt").write_text("新文章。\n", "utf-8")  # no file of the store
    report = update([], store, embedder)
    assert (report.read, report.unchanged, report.replaced, report.removed) == (1, 2, 1, 0)
    assert (report.embedded, report.generation, report.faults) == (1, 2, [])
    assert texts(store) == [*A, "乙地有两个湖。", *C]
    assert check(store) == []


def test_update_with_paths_leaves_files_elsewhere_alone(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    (tmp_path / "elsewhere" / "c.txt").write_text("丙地没有山。\n", "utf-8")
    (articles / "new.txt").write_text("新文章。\n", "utf-8")
    (articles / "b.txt").unlink()
    report = update([articles], store, embedder)
    assert (report.read, report.unchanged, report.removed, report.faults) == (1, 1, 0, [])
    assert texts(store) == [*A, *B, *C, "新文章。"]


def test_update_of_one_file(articles: Path, store: Path, embedder: HashEmbedder) -> None:
    (articles / "a.txt").write_text("甲地无桥。\n", "utf-8")
    (articles / "b.txt").write_text("乙地无湖。\n", "utf-8")
    report = update([articles / "b.txt"], store, embedder)
    assert (report.read, report.unchanged) == (1, 0)
    assert texts(store) == [*A, "乙地无湖。", *C]


def test_update_tells_files_that_are_gone_and_keeps_them(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    (articles / "b.txt").unlink()
    report = update([], store, embedder)
    assert [str(fault) for fault in report.faults] == [
        "b.txt: is there no more; --prune takes it out of the store"
    ]
    assert (report.unchanged, report.removed, report.generation) == (2, 0, 1)
    assert texts(store) == [*A, *B, *C]


def test_update_of_a_store_that_is_not_there(tmp_path: Path, embedder: HashEmbedder) -> None:
    for paths in ([], [tmp_path]):
        with pytest.raises(StoreMissing, match=r"there is no store in .*python -m index build"):
            update(paths, tmp_path / "store", embedder)
    assert not (tmp_path / "store").exists()


# --prune


def test_update_that_prunes_takes_out_what_is_gone_and_tells_no_fault(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    (articles / "b.txt").unlink()
    (tmp_path / "elsewhere" / "c.txt").unlink()
    report = update([], store, embedder, prune=True)
    assert (report.unchanged, report.removed, report.faults) == (1, 2, [])
    assert (report.articles, report.paragraphs, report.generation) == (1, 2, 2)
    assert texts(store) == A
    assert check(store) == []


def test_add_takes_out_what_is_gone_only_if_it_prunes(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    (articles / "b.txt").unlink()
    assert add([articles], store, embedder).removed == 0
    assert texts(store) == [*A, *B, *C]
    assert add([articles], store, embedder, prune=True).removed == 1
    assert texts(store) == [*A, *C]


@pytest.mark.parametrize("change", [add, update])
def test_files_outside_the_paths_stay_though_they_are_gone(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder, change: Any
) -> None:
    (articles / "a.txt").unlink()
    (tmp_path / "elsewhere" / "c.txt").unlink()
    report = change([articles], store, embedder, prune=True)
    assert (report.removed, report.unchanged, report.faults) == (1, 1, [])
    assert texts(store) == [*B, *C]


def test_a_folder_whose_name_another_begins_with_is_another(
    articles: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    longer = tmp_path / "articles-2"
    longer.mkdir()
    (longer / "d.txt").write_text("丁地有河。\n", "utf-8")
    build([articles, longer], tmp_path / "store", embedder)
    (longer / "d.txt").unlink()
    assert add([articles], tmp_path / "store", embedder, prune=True).removed == 0
    assert texts(tmp_path / "store") == [*A, *B, "丁地有河。"]


def test_a_path_that_is_gone_itself_is_pruned(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    gone = tmp_path / "elsewhere" / "c.txt"
    gone.unlink()
    with pytest.raises(InputError, match=r"c\.txt does not exist"):
        add([gone], store, embedder)
    report = add([gone], store, embedder, prune=True)
    assert (report.removed, report.read, report.unchanged) == (1, 0, 0)
    assert texts(store) == [*A, *B]
    empty(articles)
    (tmp_path / "elsewhere" / "d.txt").write_text("丁地有河。\n", "utf-8")
    articles.rmdir()
    report = update([articles, tmp_path / "elsewhere"], store, embedder, prune=True)
    assert (report.removed, report.read) == (2, 1)
    assert texts(store) == ["丁地有河。"]


def test_a_file_under_another_name_is_pruned_and_embedded_no_more(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    (articles / "b.txt").rename(articles / "z.txt")
    report = add([articles], store, embedder, prune=True)
    assert (report.removed, report.read, report.embedded) == (1, 1, 0)
    assert texts(store) == [*A, *C, *B]


def test_a_folder_in_the_place_of_a_file_is_not_that_file(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    inner = articles / "inner"
    inner.mkdir()
    (inner / "d.txt").write_text("丁地有河。\n", "utf-8")
    add([articles], store, embedder)
    (inner / "d.txt").unlink()
    inner.rmdir()
    inner.write_text("no folder any more", "utf-8")  # d.txt is "not a directory" below it
    assert add([articles], store, embedder, prune=True).removed == 1
    assert texts(store) == [*A, *B, *C]


@pytest.mark.parametrize("paths", ["all", "the folder", "the folder above"])
def test_a_folder_that_cannot_be_entered_keeps_its_earlier_state(
    articles: Path,
    store: Path,
    tmp_path: Path,
    embedder: HashEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    paths: str,
) -> None:
    (tmp_path / "elsewhere" / "c.txt").write_text("丙地没有山。\n", "utf-8")
    chosen = {"all": [], "the folder": [articles], "the folder above": [tmp_path]}[paths]
    elsewhere = [tmp_path / "elsewhere"] if paths == "the folder" else []
    with monkeypatch.context() as patch:
        lock_up(patch, articles)
        report = update([*chosen, *elsewhere], store, embedder, prune=True)
    assert (report.removed, report.read) == (0, 1)
    told = [str(fault) for fault in report.faults]
    assert len(told) == (2 if paths == "all" else 1)
    assert all("Permission denied" in line for line in told)
    assert texts(store) == [*A, *B, "丙地没有山。"]


def test_nothing_is_pruned_where_nothing_can_be_entered(
    articles: Path, store: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        lock_up(patch, articles)
        with pytest.raises(InputError, match="Permission denied"):
            add([articles], store, embedder, prune=True)
    assert texts(store) == [*A, *B, *C]


@pytest.mark.parametrize("paths", ["all", "the folder", "the link"])
def test_a_broken_link_keeps_its_earlier_state(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder, paths: str
) -> None:
    (articles / "b.txt").unlink()
    (articles / "b.txt").symlink_to(tmp_path / "nowhere")
    (articles / "a.txt").write_text("甲地无桥。\n", "utf-8")
    link = [articles / "a.txt", articles / "b.txt"]
    chosen = {"all": [], "the folder": [articles], "the link": link}[paths]
    report = update(chosen, store, embedder, prune=True)
    assert (report.removed, report.read, report.generation) == (0, 1, 2)
    assert [fault.source for fault in report.faults] == ["b.txt"]
    assert texts(store) == ["甲地无桥。", *B, *C]


@pytest.mark.parametrize("folders", ["empty", "gone"])
@pytest.mark.parametrize("change", [add, update])
def test_where_all_files_are_gone_the_store_stays_and_remove_is_named(
    articles: Path,
    store: Path,
    tmp_path: Path,
    embedder: HashEmbedder,
    change: Any,
    folders: str,
) -> None:
    everything = [articles, tmp_path / "elsewhere"]
    empty(*everything)
    if folders == "gone":  # a disk that is not mounted
        articles.rmdir()
        (tmp_path / "elsewhere").rmdir()
    before = contents(store)
    told = "none of the 3 files of the store is there any more.*python -m index remove"
    with pytest.raises(InputError, match=told):
        update([], store, embedder, prune=True)
    with pytest.raises(InputError, match=told):
        change(everything, store, embedder, prune=True)
    assert contents(store) == before
    assert texts(store) == [*A, *B, *C]
    assert check(store) == []


def test_a_folder_that_is_empty_now_is_pruned(
    articles: Path, store: Path, embedder: HashEmbedder
) -> None:
    empty(articles)
    assert add([articles], store, embedder, prune=True).removed == 2
    assert texts(store) == C


@pytest.mark.parametrize("change", ["build", "add --prune", "update --prune"])
def test_a_file_that_was_moved_and_left_a_link_is_in_the_store_once(
    articles: Path, tmp_path: Path, embedder: HashEmbedder, change: str
) -> None:
    store, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
    build([articles], store, embedder)
    elsewhere.mkdir()
    (articles / "b.txt").rename(elsewhere / "b.txt")
    (articles / "b.txt").symlink_to(elsewhere / "b.txt")
    if change == "build":
        build([articles], store, embedder)
    elif change == "add --prune":
        add([articles], store, embedder, prune=True)
    else:
        update([], store, embedder, prune=True)
    assert texts(store) == [*A, *B]


def test_where_all_files_are_gone_and_none_is_pruned_nothing_was_read(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    empty(articles, tmp_path / "elsewhere")
    with pytest.raises(InputError, match=r"nothing in the files of the store .*no more"):
        update([], store, embedder)
    assert texts(store) == [*A, *B, *C]


# unchanged files


def test_files_that_did_not_change_are_not_parsed(
    articles: Path, store: Path, tmp_path: Path, embedder: HashEmbedder, monkeypatch: Any
) -> None:
    parsed = count_parsed(monkeypatch)
    everything = [articles, tmp_path / "elsewhere"]
    for report in (
        build(everything, store, embedder),
        add(everything, store, embedder, prune=True),
        update([], store, embedder),
    ):
        assert (report.unchanged, report.read, report.generation) == (3, 0, 1)
    assert parsed == []
    (articles / "a.txt").write_text("甲地无桥。\n", "utf-8")
    (articles / "b.txt").touch()  # its bytes are what counts
    assert update([], store, embedder).unchanged == 2
    assert parsed == ["a.txt"]


@pytest.mark.parametrize("change", ["build", "add", "update"])
def test_what_was_left_out_of_an_unchanged_file_is_told_each_time(
    tmp_path: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    news, store = tmp_path / "news.jsonl", tmp_path / "store"
    news.write_text('{"id": "n1", "text": "甲地有桥。"}\n[]\n{"id": "n2"}\n', "utf-8")
    expected = [
        "news.jsonl, line 2: not a JSON object; each line is one article",
        'news.jsonl, line 3: no "text"; give the article, its paragraphs separated by newlines',
    ]
    first = build([news], store, embedder)
    assert [str(fault) for fault in first.faults] == expected
    parsed = count_parsed(monkeypatch)
    for _ in range(2):
        report = {
            "build": lambda: build([news], store, embedder),
            "add": lambda: add([news], store, embedder),
            "update": lambda: update([], store, embedder),
        }[change]()
        assert [str(fault) for fault in report.faults] == expected
        assert (report.unchanged, report.read, report.generation) == (1, 0, 1)
    assert parsed == []
    news.write_text('{"id": "n1", "text": "甲地有桥。"}\n', "utf-8")
    assert update([], store, embedder).faults == []
    assert parsed == ["news.jsonl"]


# --dry-run


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def changed(articles: Path, store: Path, tmp_path: Path) -> Path:
    """A store, a file of which changed, one is gone and one is new since."""
    (articles / "a.txt").write_text("甲地无桥。\n", "utf-8")
    (articles / "b.txt").unlink()
    (articles / "n.txt").write_text("新文章。\n", "utf-8")
    return store


EXPECTED = {  # of a command with the folder: what is new, changed and gone
    "build": (["n.txt"], ["a.txt"], ["b.txt", "c.txt"]),
    "add": (["n.txt"], ["a.txt"], []),
    "add --prune": (["n.txt"], ["a.txt"], ["b.txt"]),
    "update": (["n.txt"], ["a.txt"], []),
    "update --prune": (["n.txt"], ["a.txt"], ["b.txt"]),
}


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize("command", EXPECTED)
def test_a_dry_run_tells_what_would_change_and_changes_nothing(
    articles: Path, changed: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    new, differing, gone = EXPECTED[command]
    before = on_disk(changed)
    arguments = (*command.split(), articles, "--store", changed, "--dry-run")
    code, out, err = run(capsys, *arguments)
    assert out.splitlines() == [
        *(f"+ {name}" for name in new),
        *(f"~ {name}" for name in differing),
        *(f"- {name}" for name in gone),
    ]
    assert err == (
        f"{len(new)} new, {len(differing)} changed, {len(gone)} gone, 0 unchanged; "
        f"nothing was changed in {changed}\n"
    )
    assert code == 0
    code, out, err = run(capsys, *arguments, "--json")
    assert json.loads(out) == {
        "new": new,
        "changed": differing,
        "gone": gone,
        "unchanged": 0,
        "anew": False,
        "left_out": [],
    }
    assert (code, err) == (0, "")
    assert on_disk(changed) == before


@pytest.mark.usefixtures("commands")
def test_a_dry_run_of_all_the_store(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = on_disk(changed)
    code, out, err = run(capsys, "update", "--store", changed, "--dry-run")
    assert (code, out) == (1, "~ a.txt\n")
    assert err.splitlines() == [
        f"0 new, 1 changed, 0 gone, 1 unchanged; nothing was changed in {changed}",
        "left out: b.txt: is there no more; --prune takes it out of the store",
    ]
    code, out, err = run(capsys, "update", "--store", changed, "--dry-run", "--prune")
    assert (code, out) == (0, "~ a.txt\n- b.txt\n")
    assert on_disk(changed) == before


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize("command", ["build", "add --prune", "update --prune"])
def test_what_a_dry_run_tells_is_what_is_done(
    articles: Path, changed: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    arguments = (*command.split(), articles, "--store", changed, "--json")
    told = json.loads(run(capsys, *arguments, "--dry-run")[1])
    done = json.loads(run(capsys, *arguments)[1])
    assert done["files_read"] == len(told["new"]) + len(told["changed"]) == 2
    assert done["files_removed"] == len(told["gone"]) == (2 if command == "build" else 1)
    assert done["files_unchanged"] == told["unchanged"]
    told = json.loads(run(capsys, *arguments, "--dry-run")[1])
    assert (told["new"], told["changed"], told["gone"], told["unchanged"]) == ([], [], [], 2)


@pytest.mark.usefixtures("commands")
def test_a_dry_run_of_remove(
    articles: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = on_disk(store)
    arguments = ("remove", articles, "c.txt", "--store", store, "--dry-run")
    assert run(capsys, *arguments) == (
        0,
        "- a.txt\n- b.txt\n- c.txt\n",
        f"3 gone; nothing was changed in {store}\n",
    )
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, json.loads(out), err) == (0, {"gone": ["a.txt", "b.txt", "c.txt"]}, "")
    code, out, err = run(capsys, "remove", "z.txt", "--store", store, "--dry-run")
    assert (code, out, err.startswith("error: the store holds no z.txt")) == (1, "", True)
    assert on_disk(store) == before
    assert remove([str(articles), "c.txt"], store).removed == 3


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize("command", ["build", "add", "add --prune"])
def test_a_dry_run_makes_no_store(
    articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    store = tmp_path / "none" / "store"
    arguments = (*command.split(), articles, "--store", store, "--dry-run")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (0, "+ a.txt\n+ b.txt\n")
    assert err == f"2 new, 0 changed, 0 gone, 0 unchanged; nothing was changed in {store}\n"
    assert not (tmp_path / "none").exists()


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize("command", ["remove a.txt", "update", "update FOLDER"])
def test_a_dry_run_of_what_needs_a_store_tells_that_there_is_none(
    articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    store = tmp_path / "store"
    words = command.replace("FOLDER", str(articles)).split()
    code, out, err = run(capsys, *words, "--store", store, "--dry-run")
    assert (code, out) == (1, "")
    assert err.startswith(f"error: there is no store in {store}")
    assert not store.exists()


@pytest.mark.usefixtures("commands")
def test_a_dry_run_tells_what_cannot_be_read(
    articles: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = on_disk(store)
    (articles / "b.txt").unlink()
    (articles / "b.txt").symlink_to(tmp_path / "nowhere")
    code, out, err = run(capsys, "add", articles, "--store", store, "--dry-run", "--json")
    reason = "b.txt: is a link to a file that does not exist; mend or remove the link"
    assert (code, json.loads(out)["left_out"]) == (1, [reason])
    assert err == f"left out: {reason}\n"
    code, _, err = run(capsys, "build", tmp_path / "nowhere", "--store", store, "--dry-run")
    assert (code, err) == (1, f"error: {tmp_path / 'nowhere'} does not exist; check the path\n")
    assert on_disk(store) == before


@pytest.mark.usefixtures("commands")
def test_a_dry_run_refuses_to_prune_all(
    articles: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty(articles, tmp_path / "elsewhere")
    before = on_disk(store)
    code, out, err = run(capsys, "update", "--prune", "--dry-run", "--store", store)
    assert (code, out, "python -m index remove" in err) == (1, "", True)
    assert on_disk(store) == before


@pytest.mark.usefixtures("commands")
def test_a_dry_run_parses_nothing_and_waits_for_no_writer(
    articles: Path,
    changed: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed = count_parsed(monkeypatch)
    with writer_lock(changed):
        code, out, _ = run(capsys, "add", articles, "--store", changed, "--dry-run")
    assert (code, out, parsed) == (0, "+ n.txt\n~ a.txt\n", [])


@pytest.mark.usefixtures("commands")
def test_a_dry_run_counts_files_read_otherwise_as_changed(
    articles: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("add", articles, "--store", store, "--dry-run", "--pages", "never")
    assert run(capsys, *arguments)[:2] == (0, "~ a.txt\n~ b.txt\n")


def test_a_dry_run_of_build_tells_that_another_embedder_reads_all_anew(
    articles: Path,
    store: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: HashEmbedder(16))
    before = on_disk(store)
    code, out, err = run(capsys, "build", articles, "--store", store, "--dry-run", "--json")
    found = json.loads(out)
    assert (code, found["anew"], found["unchanged"], found["gone"]) == (0, True, 2, ["c.txt"])
    assert err == "another embedder or version made the store: all is read anew\n"
    assert on_disk(store) == before


@pytest.mark.parametrize("command", ["add", "update"])
def test_a_dry_run_of_add_is_refused_where_add_is(
    articles: Path,
    store: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setattr("index.embedder.load_embedder", lambda name=None: HashEmbedder(16))
    before = on_disk(store)
    code, out, err = run(capsys, command, articles, "--store", store, "--dry-run")
    assert (code, out) == (1, "")
    assert "was made by another embedder or version; index everything again" in err
    assert on_disk(store) == before


@pytest.mark.usefixtures("commands")
def test_a_dry_run_writes_nothing_into_a_catalogue_that_was_emptied(
    articles: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store / "catalog.sqlite").write_bytes(b"")
    before = on_disk(store)
    code, out, _ = run(capsys, "add", articles, "--store", store, "--dry-run")
    assert on_disk(store) == before
    assert (code, out) == (1, "")


# names


def test_a_file_of_one_name_takes_the_name_that_a_pruned_one_had(
    articles: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    store, moved = tmp_path / "store", tmp_path / "moved"
    build([articles], store, embedder)
    moved.mkdir()
    for name in ("a.txt", "b.txt"):
        (articles / name).rename(moved / name)
    report = add([articles, moved], store, embedder, prune=True)
    assert (report.removed, report.read, report.embedded) == (2, 2, 0)
    assert [article.source for article in Store(store).current().articles()] == ["a.txt", "b.txt"]
    assert generations(store) == [1]  # what readers see is the same
    with closing(Catalog(store / "catalog.sqlite")) as catalog:
        paths = [file.path for file in catalog.files()]
    assert paths == [str(moved / "a.txt"), str(moved / "b.txt")]
