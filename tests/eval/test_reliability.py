"""The short form of `python -m eval bench reliability`, and whether its parts can fail."""

import shutil
from pathlib import Path
from random import Random

import pytest

from eval.bench.reliability import kill, operations, power, readers, rot
from eval.bench.reliability.archive import copied, held, text_of, write
from eval.bench.reliability.crashes import RecordingDisk, Tree, materialise
from eval.bench.reliability.faults import FailingDisk
from eval.bench.reliability.table import QUICK, bench
from index.build import build, update
from index.check import check, repair
from index.embedder import load_embedder
from index.errors import StoreError
from index.store import Store
from tests.conftest import SAMPLE, HashEmbedder


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the sample articles: with all of them the tests take twice as long."""
    folder = tmp_path_factory.mktemp("articles")
    for path in sorted(SAMPLE.glob("*.md"))[::3]:
        shutil.copy(path, folder)
    return folder


@pytest.mark.parametrize("test", ["faults", "rot", "makers", "changes"])
def test_nothing_bad_is_found(test: str, articles: Path) -> None:
    rows = list(bench((test,), QUICK, articles))
    assert rows
    assert [row for row in rows if row["bad"]] == []


@pytest.mark.parametrize("kind", kill.KINDS)
def test_nothing_acknowledged_is_lost_by_kill_9(kind: str) -> None:
    row = kill.bench(kind, QUICK.kills, load_embedder())
    assert (row["cases"], row["bad"]) == (QUICK.kills, 0), row["detail"]


def test_every_hit_of_every_reader_resolves_in_its_generation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readers, "_EVERY", 0.25)  # four times as fast as is measured: the same
    monkeypatch.setattr(readers, "_PAUSE", 0.1)  # commits, and as many questions between them
    row, _ = readers.bench(load_embedder(), 2, 8)
    assert row["bad"] == 0
    assert int(str(row["cases"])) > 10


def test_no_crash_state_is_bad_and_every_step_is_needed() -> None:
    rows = power.bench(HashEmbedder(16), QUICK.left_out_in)
    assert [row for row in rows if row["bad"]] == []
    assert all(int(str(row["cases"])) > 1000 for row in rows[:-1])
    assert int(str(rows[-1]["cases"])) > 15  # steps that were left out, one at a time


def test_what_safety_costs_is_told(articles: Path) -> None:
    change, switch = bench(("cost",), QUICK, articles)
    assert int(str(switch["cases"])) > 10
    assert "writing" in str(change["detail"])


def states(disk: RecordingDisk) -> list[Tree]:
    return disk.states[-1]


def test_what_was_never_synced_may_be_torn_or_absent(tmp_path: Path) -> None:
    disk = RecordingDisk(tmp_path)
    disk.write(tmp_path / "a", b"abcd")
    assert sorted(map(repr, states(disk))) == sorted(
        map(
            repr,
            [{}, *[{"a": c} for c in (b"", b"ab", b"\0\0\0\0", b"ab\0\0", b"abcd")]] + [{}] * 4,
        )
    )
    disk.sync(tmp_path / "a")
    assert states(disk) == [{}, {"a": b"abcd"}]
    disk.sync(tmp_path)
    assert states(disk) == [{"a": b"abcd"}]
    disk.rename(tmp_path / "a", tmp_path / "b")
    assert states(disk) == [{"a": b"abcd"}, {"b": b"abcd"}]
    disk.sync(tmp_path)
    disk.remove(tmp_path / "b")
    assert states(disk) == [{"b": b"abcd"}, {}]


def test_a_state_is_written_as_it_is(tmp_path: Path) -> None:
    materialise({"a": b"1", "inner": {"b": b""}}, tmp_path / "new")
    assert (tmp_path / "new" / "a").read_bytes() == b"1"
    assert (tmp_path / "new" / "inner" / "b").read_bytes() == b""


def test_a_step_left_out_is_left_out(tmp_path: Path) -> None:
    disk = RecordingDisk(tmp_path, without=1)
    disk.write(tmp_path / "a", b"ab")
    disk.sync(tmp_path / "a")
    disk.sync(tmp_path)
    assert {"a": b""} in disk.after()


def test_other_contents_are_other_contents() -> None:
    whole = bytes(range(200)) * 50
    for how, count in (("flip", 30), ("cut", 30), ("zeros", 3)):
        found = rot.changed(whole, how, count, Random(3))
        assert len(found) == count
        assert whole not in found
    assert {len(content) for content in rot.changed(whole, "flip", 5, Random(3))} == {len(whole)}
    assert all(whole.startswith(content) for content in rot.changed(whole, "cut", 5, Random(3)))


def test_a_changed_letter_of_the_catalogue_is_noticed_only_because_it_is_sealed(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    write(tmp_path / "articles", {"0.txt": text_of(0)})
    store = tmp_path / "store"
    build([tmp_path / "articles"], store, embedder)
    path = store / "catalog.sqlite"
    assert not rot.noticed(store, path)
    path.write_bytes(path.read_bytes().replace("镜湖".encode(), "青湖".encode()))
    assert rot.noticed(store, path)


def test_a_step_that_fails_tells_what_to_do(tmp_path: Path, embedder: HashEmbedder) -> None:
    write(tmp_path / "articles", {"0.txt": text_of(0)})
    store = tmp_path / "store"
    build([tmp_path / "articles"], store, embedder)
    write(tmp_path / "articles", {"0.txt": text_of(0, 1)})
    with pytest.raises(StoreError, match=r"No space left.*free some space"):
        update([tmp_path / "articles"], store, embedder, disk=FailingDisk(3, 28))
    assert held(Store(store).current()) == {"0.txt": text_of(0)}


def test_any_step_of_a_first_build_that_fails_tells_what_to_do(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    write(tmp_path / "articles", {"0.txt": text_of(0)})
    disk, step = FailingDisk(), 0
    while disk.count >= step:  # until a build has no such step
        step += 1
        disk, store = FailingDisk(step, 28), tmp_path / f"store {step}"
        try:
            build([tmp_path / "articles"], store, embedder, disk=disk)
        except StoreError as error:
            assert "; " in str(error)
        build([tmp_path / "articles"], store, embedder)
        assert held(Store(store).current()) == {"0.txt": text_of(0)}
    assert step > 20


def test_a_repair_that_fails_tells_what_to_do(
    tmp_path: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "articles", {"0.txt": text_of(0)})
    store = tmp_path / "store"
    build([tmp_path / "articles"], store, embedder)
    (store / "vectors.sqlite").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("index.check.DISK", FailingDisk(1, 28))
        with pytest.raises(StoreError, match=r"No space left.*run the same command again"):
            repair(store)
    repair(store)
    assert check(store) == []


def test_a_killed_disk_stops_where_it_is_told(tmp_path: Path) -> None:
    class Stopped(kill.Deadly):
        def _pass(self) -> None:
            self.left -= 1
            if self.left == 0:
                raise InterruptedError

    disk = Stopped(2, Random(1))
    disk.write(tmp_path / "a", b"whole")
    with pytest.raises(InterruptedError):
        disk.write(tmp_path / "b", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert b"whole".startswith((tmp_path / "b").read_bytes())


def test_the_model_notices_a_store_that_holds_something_else(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    archive = operations.Archive(tmp_path, embedder)
    archive.verify()
    archive.expected["0.txt"] = text_of(0, 7)
    with pytest.raises(AssertionError):
        archive.verify()


def test_a_copy_of_a_store_is_a_store(tmp_path: Path, embedder: HashEmbedder) -> None:
    archive = operations.Archive(tmp_path, embedder)
    assert held(Store(copied(archive.store, tmp_path / "copy")).current()) == archive.expected
