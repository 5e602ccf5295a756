"""Scores of rows: the hash of character n-grams."""

import numpy as np

from index.newspaper.scorer import OPENING_PATTERNS, SEAM_PATTERNS, hashed


def test_hash_of_known_rows() -> None:
    rows = np.array([[5, 6, 7, 8, 9, 10, 11, 12], [5, 6, 0, 0, 9, 0, 0, 0]], np.uint16)
    found = hashed(rows, SEAM_PATTERNS, 19)
    # By the formula in whole numbers of any size, modulo 2**32.
    assert [int(bucket[0]) for bucket, _ in found] == [
        237466, 262823, 240386, 174046, 315414, 249090, 445719, 228951, 220960, 354894,
    ]  # fmt: skip
    # Row 1 lacks the third character before the seam and the second behind it.
    present = {p: bool(there[1]) for p, (_, there) in zip(SEAM_PATTERNS, found, strict=True)}
    assert [p for p in SEAM_PATTERNS if present[p]] == [(0, 4), (1, 0, 4), (0,), (1, 0), (4,)]
    assert all(there[0] for _, there in found)


def test_hash_spreads_evenly() -> None:
    characters = np.arange(2, 4002, dtype=np.uint16)
    rows = np.stack([characters, characters[::-1], characters, characters], axis=1)
    for bucket, _ in hashed(rows, OPENING_PATTERNS[:1], 6):
        # 4,000 into 64 buckets: 62.5 each, standard deviation 7.8.
        assert np.abs(np.bincount(bucket, minlength=64) - 62.5).max() < 40
