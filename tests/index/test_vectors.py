from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.coarse import RECALL
from index.embedder import Vectors, normalised
from index.vectors import COARSE_FROM, VectorIndex


def random_vectors(count: int, dimension: int, seed: int) -> Vectors:
    rng = np.random.default_rng(seed)
    return normalised(rng.standard_normal((count, dimension)).astype(np.float32))


def reopened(index: VectorIndex, folder: Path) -> VectorIndex:
    index.save(folder / "v.faiss")
    return VectorIndex.open(folder / "v.faiss")


def test_search_agrees_with_a_matrix_product(tmp_path: Path) -> None:
    vectors = random_vectors(50, 8, 3)
    query = random_vectors(1, 8, 4)[0]
    index = reopened(VectorIndex.build([vectors[:20], vectors[20:]], 8), tmp_path)
    stored = index.vectors(range(50))
    assert np.allclose(stored, vectors, rtol=2**-11)  # a 16-bit float has 11 significant bits
    cosines = stored @ query
    order = np.argsort(-cosines)
    positions, scores = index.search(query, 10)
    assert positions.tolist() == order[:10].tolist()
    assert np.allclose(scores, cosines[order[:10]], atol=1e-6)
    assert np.array_equal(index.vectors([5, 2]), stored[[5, 2]])
    assert (index.size, index.dimension) == (50, 8)
    assert index.facts == {"type": "flat float16"}


FEW = random_vectors(300, 8, 5)
FLAT = VectorIndex.build([FEW], 8)


@given(
    st.lists(st.integers(0, 299), unique=True),
    st.integers(0, 12),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_among_some_only_these_are_compared(
    among: list[int], k: int, seed: int, as_array: bool
) -> None:
    query = random_vectors(1, 8, seed)[0]
    cosines = FLAT.vectors(range(300)) @ query
    given_among = np.array(among, np.int64) if as_array else among
    positions, scores = FLAT.search(query, k, among=given_among)
    expected = sorted(among, key=lambda i: -cosines[i])[:k]
    assert positions.tolist() == expected
    assert np.allclose(scores, cosines[expected], atol=1e-6)


def test_nothing_to_find() -> None:
    index = VectorIndex.build([], 4)
    assert index.search(np.ones(4, np.float32), 5)[0].tolist() == []
    full = VectorIndex.build([np.eye(4, dtype=np.float32)], 4)
    assert full.search(np.ones(4, np.float32), 0)[0].tolist() == []
    assert full.search(np.ones(4, np.float32), 3, among=[])[0].tolist() == []


@pytest.fixture(scope="module")
def many() -> Vectors:
    """As many as get a coarse index: clouds around 500 centres, some rows more than once."""
    rng = np.random.default_rng(6)
    centres = rng.standard_normal((500, 32))
    rows = centres[rng.integers(0, 500, COARSE_FROM)] + rng.standard_normal((COARSE_FROM, 32))
    rows[100:110] = rows[0]
    return normalised(rows.astype(np.float32))


@pytest.fixture(scope="module")
def coarse(many: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorIndex]:
    built = VectorIndex.build(np.array_split(many, 4), 32)
    facts = built.facts
    assert facts["type"] == "4-bit, then float16"
    assert RECALL <= float(facts["recall_at_10"]) <= 1
    index = reopened(built, tmp_path_factory.mktemp("coarse"))
    assert index.facts["rescored"] == facts["rescored"]
    yield index


@pytest.mark.parametrize("k", [10, 50])
def test_a_coarse_index_finds_nearly_all(coarse: VectorIndex, k: int) -> None:
    questions = random_vectors(40, 32, 7)  # not near any of the centres
    found = 0.0
    stored = coarse.vectors(range(COARSE_FROM))
    for query in questions:
        cosines = stored @ query
        positions, scores = coarse.search(query, k)
        assert len(set(positions.tolist())) == k
        assert np.allclose(scores, cosines[positions], atol=1e-5)
        assert np.all(np.diff(scores) <= 0)
        found += np.mean(cosines[positions] >= np.partition(cosines, -k)[-k] - 1e-5)
    assert found / len(questions) >= (0.98 if k == 10 else 0.95)


def test_among_some_a_coarse_index_is_exact(coarse: VectorIndex) -> None:
    rng = np.random.default_rng(8)
    stored = coarse.vectors(range(COARSE_FROM))
    for size in (3, 1000, 20_000):
        among = rng.choice(COARSE_FROM, size, replace=False)
        query = random_vectors(1, 32, size)[0]
        positions, _ = coarse.search(query, 10, among=among)
        cosines = stored[among] @ query
        assert positions.tolist() == among[np.argsort(-cosines, kind="stable")[:10]].tolist()


def test_a_coarse_index_gives_the_vectors_back(many: Vectors, coarse: VectorIndex) -> None:
    assert np.allclose(coarse.vectors([7, 3]), many[[7, 3]], rtol=2**-11)


def test_more_can_be_asked_for_than_are_rescored(coarse: VectorIndex) -> None:
    query = random_vectors(1, 32, 9)[0]
    positions, scores = coarse.search(query, 30_000)
    assert sorted(positions.tolist()) == list(range(COARSE_FROM))
    assert np.all(np.diff(scores) <= 0)


def test_the_same_vectors_make_the_same_file(many: Vectors, tmp_path: Path) -> None:
    for name, parts in (("one", 1), ("two", 7)):
        VectorIndex.build(np.array_split(many, parts), 32).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_where_no_coarse_index_is_exact_enough_all_are_compared(
    many: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.coarse._RESCORED", (10, 20))
    index = VectorIndex.build([many], 32)
    assert index.facts == {"type": "flat float16"}
    assert index.search(many[77], 1)[0].tolist() == [77]


def test_numbers_without_a_partner_are_compared_one_by_one() -> None:
    index = VectorIndex.build([random_vectors(COARSE_FROM, 33, 10)], 33)
    assert index.facts == {"type": "flat float16"}


def test_indexing_is_counted(many: Vectors) -> None:
    told: list[int] = []
    VectorIndex.build([many], 32, counted=told.append)
    assert told == sorted(told)
    assert told[-1] == COARSE_FROM


def test_an_open_index_outlives_its_file(tmp_path: Path) -> None:
    vectors = random_vectors(1000, 16, 11)
    index = reopened(VectorIndex.build([vectors], 16), tmp_path)
    (tmp_path / "v.faiss").unlink()
    assert index.search(vectors[500], 1)[0].tolist() == [500]


def test_a_search_takes_one_core_whatever_thread_asks() -> None:
    seen: list[int] = []

    def ask() -> None:
        FLAT.search(FEW[0], 1)
        seen.append(faiss.omp_get_max_threads())

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert seen == [1]


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        FLAT.save(Path("/dev/full"))


def test_a_zero_row_stays_zero() -> None:
    rows = normalised(np.array([[0, 0], [3, 4]], np.float32))
    assert rows.tolist() == [[0, 0], [np.float32(0.6), np.float32(0.8)]]
