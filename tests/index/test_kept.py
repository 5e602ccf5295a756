import sqlite3
from pathlib import Path

import numpy as np
import pytest

from index.errors import StoreDamaged, StoreError
from index.kept import KeptVectors
from index.text_key import text_key


@pytest.fixture
def kept(tmp_path: Path) -> KeptVectors:
    return KeptVectors(tmp_path / "vectors.sqlite")


def halves(vectors: np.ndarray) -> np.ndarray:
    return vectors.astype(np.float16).astype(np.float32)


def test_vectors_come_back_in_any_order_in_half_precision(
    kept: KeptVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.kept._READ", 7)
    rng = np.random.default_rng(2)
    keys = rng.integers(-(2**63), 2**63 - 1, 50)
    vectors = rng.standard_normal((50, 4)).astype(np.float32)
    kept.add("one", keys[:20].tolist(), vectors[:20])
    kept.add("other", keys[10:30].tolist(), -vectors[10:30])
    kept.add("one", keys[20:].tolist(), vectors[20:])
    kept.save()
    wanted = rng.integers(0, 50, 80)  # some of them twice
    assert np.array_equal(kept.vectors("one", keys[wanted], 4), halves(vectors[wanted]))
    assert np.array_equal(kept.vectors("other", keys[29:9:-1], 4), halves(-vectors[29:9:-1]))
    assert kept.vectors("one", keys[:0], 4).shape == (0, 4)


def test_what_is_lacking_is_told_once_for_each_text(kept: KeptVectors) -> None:
    assert kept.lacking("one", np.array([3, 1, 3])).tolist() == [True, True, False]
    assert not list(kept._path.parent.iterdir())  # asking makes no file
    kept.add("one", [1], np.ones((1, 2), np.float32))
    assert kept.lacking("one", np.array([3, 1, 3])).tolist() == [True, False, False]
    assert kept.lacking("other", np.array([1, 1])).tolist() == [True, False]


def test_the_first_vector_of_a_text_stays(kept: KeptVectors) -> None:
    kept.add("one", [1], np.array([[1, 0]], np.float32))
    kept.add("one", [1], np.array([[0, 1]], np.float32))
    assert kept.vectors("one", np.array([1]), 2).tolist() == [[1, 0]]


def test_what_was_not_saved_is_lost_and_nothing_else(kept: KeptVectors) -> None:
    kept.add("one", [1], np.ones((1, 2), np.float32))
    kept.save()
    kept.save()  # nothing to save does no harm
    kept.add("one", [2], np.ones((1, 2), np.float32))
    kept.close()
    assert kept.lacking("one", np.array([1, 2])).tolist() == [False, True]


def test_sweeping_keeps_what_is_used(kept: KeptVectors) -> None:
    kept.sweep("one", np.array([1]))  # there is no file yet
    kept.add("one", [1, 2, 3], np.ones((3, 2), np.float32))
    kept.add("other", [1], np.ones((1, 2), np.float32))
    kept.sweep("one", np.array([3, 1, 5]))
    assert kept.lacking("one", np.array([1, 2, 3])).tolist() == [False, True, False]
    assert kept.lacking("other", np.array([1])).tolist() == [True]
    assert kept.problems() == []


def test_missing_and_cut_vectors_are_damage(kept: KeptVectors) -> None:
    with pytest.raises(StoreDamaged, match="lacks vectors; build the store again"):
        kept.vectors("one", np.array([1]), 2)
    kept.add("one", [1], np.ones((1, 2), np.float32))
    with pytest.raises(StoreDamaged, match="lacks vectors"):
        kept.vectors("one", np.array([1, 2]), 2)
    with pytest.raises(StoreDamaged, match="lacks vectors"):
        kept.vectors("one", np.array([1]), 3)


def test_a_file_that_is_none_of_sqlite(kept: KeptVectors) -> None:
    kept._path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreDamaged, match="damaged"):
        kept.lacking("one", np.array([1]))


def test_a_full_disk_is_told(kept: KeptVectors) -> None:
    kept.add("one", [1], np.ones((1, 64), np.float32))
    kept.save()
    kept._db.execute("PRAGMA max_page_count = 8")
    with pytest.raises(StoreError, match=r"disk is full.*free some space"):
        kept.add("one", list(range(2, 2000)), np.ones((1998, 64), np.float32))
    kept.save()
    assert kept.lacking("one", np.array([1, 2])).tolist() == [False, True]


def test_a_text_is_known_by_the_start_of_its_hash() -> None:
    # sha256 of nothing is e3b0c442 98fc1c14 …
    assert text_key("") == 0xE3B0C44298FC1C14 - 2**64
    assert sqlite3.connect(":memory:").execute("SELECT ?", (text_key("文"),)).fetchone()
    assert text_key("\ud800") != text_key("\ud801")  # halves of pairs, as files may hold them
