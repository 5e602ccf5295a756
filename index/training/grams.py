"""What a piece is made of: characters and letter groups that similar pieces share.

While the model trains, a piece's row is its own vector plus those of its parts, so that a rare
piece learns from its relatives (Bojanowski et al. 2017, "Enriching word vectors with subword
information"). The sum is written into the table at the end: using the model costs nothing more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

SHARED_WEIGHT = 0.6  # of all parts of a piece together, divided by the root of their number
LEAST_PIECES = 2  # in which a part must occur
GROUPS = (3, 4, 5)  # letters
BEGINNINGS = (4, 5, 6)  # letters at the beginning of a piece, which tell the stem

HAN = re.compile("[\u3400-\u9fff]+")
KATAKANA = re.compile("[\u30a0-\u30ff]+")
LETTERS = re.compile(r"[^\W\d_\u3040-\u9fff]+")


def parts(piece: str) -> list[str]:
    """Names of a piece's parts; a part of Han or kana is named as it is written.

    >>> parts("大学"), parts("图书馆")
    (['大', '学'], ['图', '书', '馆', '图书', '书馆'])
    >>> parts("river")
    ['3:riv', '3:ive', '3:ver', '4:rive', '4:iver', '^rive', '^river']
    """
    if HAN.fullmatch(piece) and len(piece) > 1:
        return [*piece, *(_groups(piece, 2) if len(piece) > 2 else ())]
    if KATAKANA.fullmatch(piece) and len(piece) > 2:
        return list(_groups(piece, 2))
    if LETTERS.fullmatch(piece) and len(piece) > 3:
        inside = [f"{n}:{g}" for n in GROUPS if n < len(piece) for g in _groups(piece, n)]
        return inside + [f"^{piece[:n]}" for n in BEGINNINGS if n <= len(piece)]
    return []


def _groups(piece: str, length: int) -> Iterator[str]:
    return (piece[i : i + length] for i in range(len(piece) - length + 1))


def composition(pieces: list[str]) -> csr_matrix:
    """(pieces, pieces + other parts): row i sums the vectors that make up piece i's.

    A part that is a piece itself uses that piece's own vector. Parts of one piece alone are left
    out, for its own vector says the same.
    """
    number = {piece: i for i, piece in enumerate(pieces)}
    found = [parts(piece) for piece in pieces]
    occurs = Counter(part for some in found for part in set(some))
    others: dict[str, int] = {}
    columns, values, lengths = [], [], []
    for i, some in enumerate(found):
        kept = [
            number[p] if p in number else len(pieces) + others.setdefault(p, len(others))
            for p in some
            if p in number or occurs[p] >= LEAST_PIECES
        ]
        columns += [i, *kept]
        values += [1.0] + [SHARED_WEIGHT / max(1, len(kept)) ** 0.5] * len(kept)
        lengths.append(1 + len(kept))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    shape = (len(pieces), len(pieces) + len(others))
    matrix = csr_matrix((np.array(values, np.float32), np.array(columns), offsets), shape=shape)
    matrix.sum_duplicates()
    return matrix
