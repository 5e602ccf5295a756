import numpy as np

from index.embedder import normalised
from index.vectors import VectorIndex


def test_search_agrees_with_a_matrix_product() -> None:
    rng = np.random.default_rng(3)
    vectors = normalised(rng.standard_normal((50, 8)).astype(np.float32))
    query = normalised(rng.standard_normal((1, 8)).astype(np.float32))[0]
    index = VectorIndex.from_bytes(VectorIndex.build(vectors).to_bytes())
    cosines = vectors @ query
    order = np.argsort(-cosines)
    positions, scores = index.search(query, 10)
    assert positions.tolist() == order[:10].tolist()
    assert np.allclose(scores, cosines[order[:10]], atol=1e-6)
    among = [4, 7, 30]
    positions, _ = index.search(query, 10, among=among)
    assert positions.tolist() == sorted(among, key=lambda i: -cosines[i])
    assert np.allclose(index.vectors([5, 2]), vectors[[5, 2]])
    assert (index.size, index.dimension) == (50, 8)


def test_nothing_to_find() -> None:
    index = VectorIndex.build(np.zeros((0, 4), np.float32))
    assert index.search(np.ones(4, np.float32), 5)[0].tolist() == []
    full = VectorIndex.build(np.eye(4, dtype=np.float32))
    assert full.search(np.ones(4, np.float32), 0)[0].tolist() == []
    assert full.search(np.ones(4, np.float32), 3, among=[])[0].tolist() == []


def test_a_zero_row_stays_zero() -> None:
    rows = normalised(np.array([[0, 0], [3, 4]], np.float32))
    assert rows.tolist() == [[0, 0], [np.float32(0.6), np.float32(0.8)]]
