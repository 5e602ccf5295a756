"""The search for the best labels, against all labellings; the evidence; widths of columns."""

from collections.abc import Sequence
from itertools import product
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper import labels
from index.newspaper.contiguity import opens_paragraph
from index.newspaper.labels import (
    FEATURES,
    Label,
    Weights,
    column_widths,
    features_of,
    labels_of,
    weights,
)
from index.newspaper.lines import printed_lines
from index.newspaper.seams import Seams

KINDS, LABELS = 2, len(Label)
HEADS = (Label.HEAD, Label.HEAD_ON)


def random_weights(seed: int, features: int) -> Weights:
    rng = np.random.default_rng(seed)
    seam = rng.normal(size=(KINDS, LABELS, features)).astype(np.float32)
    return Weights(seam, rng.normal(size=(LABELS, LABELS)).astype(np.float32))


def worth(path: tuple[int, ...], features: np.ndarray, learned: Weights) -> float:
    """The score of one labelling, as the sum over its lines."""
    total = float(learned.seam[0, path[0]] @ features[0])
    for i in range(1, len(path)):
        kind = int(path[i - 1] in HEADS)
        total += float(learned.seam[kind, path[i]] @ features[i])
        total += float(learned.change[path[i - 1], path[i]])
    return total


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_best_of_all_labellings(seed: int, count: int) -> None:
    features = np.random.default_rng(seed + 99).normal(size=(count, 3)).astype(np.float32)
    learned = random_weights(seed, 3)
    labels, _ = labels_of(features, learned)
    best = max(product(range(LABELS), repeat=count), key=lambda p: worth(p, features, learned))
    assert tuple(labels) == best


@pytest.mark.parametrize("seed", range(6))
def test_sureness_is_the_share_among_the_labels_of_one_line(seed: int) -> None:
    features = np.random.default_rng(seed + 7).normal(size=(6, 4)).astype(np.float32)
    learned = random_weights(seed, 4)
    labels, sure = labels_of(features, learned)
    for i, shares in enumerate(sure):
        own = [exp(worth((*labels[:i], k, *labels[i + 1 :]), features, learned)) for k in range(5)]
        assert shares == pytest.approx([value / sum(own) for value in own], rel=1e-4)


def test_the_stored_weights_belong_to_the_features() -> None:
    learned = weights()
    assert learned.seam.shape == (KINDS, LABELS, len(FEATURES))
    assert learned.change.shape == (LABELS, LABELS)
    assert np.isfinite(learned.seam).all()
    assert np.isfinite(learned.change).all()


def found(raw: str, *names: str) -> list[list[float]]:
    """The named evidence on every line."""
    lines = printed_lines(raw)
    table = features_of(lines, [False] * (len(lines) + 1), [False] * (len(lines) + 1), Seams(lines))
    assert table.shape == (len(lines), len(FEATURES))
    return [[float(row[FEATURES.index(name)]) for name in names] for row in table]


def test_first_and_last() -> None:
    assert found("石桥\n茶园\n球队", "always", "first", "last") == [[1, 1, 0], [1, 0, 0], [1, 0, 1]]


def test_how_the_line_before_ends() -> None:
    raw = "石桥修好了。\n老人说，\n石桥好\n走了"
    names = ("after stop", "after clause", "after open")
    assert found(raw, *names) == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_marks_of_layout() -> None:
    raw = "## 石桥\n\n　　茶园\n——球队\n新 桥 通 车\n（图）"
    names = ("hash", "blank", "indent", "dash", "spaced", "brackets")
    assert found(raw, *names) == [
        [1, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]  # fmt: skip


class Given(Seams):
    """Seams whose scores are known, so that the evidence can be worked out by hand."""

    def scores(self, befores: Sequence[str], afters: Sequence[str]) -> np.ndarray:
        return np.array([-1 if after == "子丑寅卯辰" else 2 for after in afters], dtype=np.float32)


# Ten characters make a full line; paragraphs are indented.
COLUMN = """\
　　甲乙丙丁戊己庚辛
子丑寅卯辰巳午未申酉
子丑寅卯辰巳午未申戌
山水桥。
　　甲乙丙丁戊己庚壬
子丑寅卯辰巳午未酉申
子丑寅卯辰巳午未
茶园桥。
　　甲乙丙丁戊己庚癸
子丑寅卯辰巳午未戌申
子丑寅卯辰
子丑寅卯辰巳午未戌。"""
# Eight lines certainly go on with the one before, none of them indented; two certainly do not,
# both indented. Each share is drawn a little towards one half.
GOES_ON, BEGINS = 0.3 / 8.6, 2.3 / 2.6
MARKED, PLAIN = log(GOES_ON / BEGINS), log((1 - GOES_ON) / (1 - BEGINS))
NO_BLANK = log((1 - GOES_ON) / (1 - 0.3 / 2.6))
OPENS = np.clip(opens_paragraph(COLUMN.split()), -4, 4).tolist()
ROW = "子丑寅卯辰巳午未申酉 子丑寅卯辰巳午未申戌 子丑寅卯辰巳午未酉申"

# For every feature a page, and what the feature says of each of its lines.
BY_HAND: dict[str, tuple[str, list[float]]] = {
    "always": (COLUMN, [1] * 12),
    "first": (COLUMN, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    "last": ("石桥\n茶园\n球队", [0, 0, 1]),
    "after stop": (COLUMN, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]),
    "after clause": ("石桥，\n茶园", [0, 1]),
    "after open": (COLUMN, [0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1]),
    "after colon": ("石桥：\n茶园", [0, 1]),
    "after list item": ("石桥；\n茶园", [0, 1]),
    "seam open": (COLUMN, [0, 2, 2, 2, 0, 2, 2, 2, 0, 2, -1, 2]),
    "seam open good": (COLUMN, [0, 2, 2, 2, 0, 2, 2, 2, 0, 2, 0, 2]),
    "seam closed": (COLUMN, [0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]),
    "opens": (COLUMN, OPENS),
    "opens after stop": (COLUMN, [OPENS[i] if i in (4, 8) else 0 for i in range(12)]),
    "cannot begin": ("石桥\n，茶园", [0, 1]),
    "blank": ("石桥\n\n茶园\n球队", [0, 1, 0]),
    "blank behind": ("石桥\n\n茶园\n球队", [1, 0, 0]),
    "blank known": (COLUMN, [NO_BLANK] * 12),
    "indent": ("石桥\n　茶园", [0, 1]),
    "indent known": (COLUMN, [MARKED if i % 4 == 0 else PLAIN for i in range(12)]),
    "before full": (COLUMN, [0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0]),
    "before a bit short": (COLUMN, [0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0]),
    "before short": (COLUMN, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]),
    "before short open": (COLUMN, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    "before not set": ("石桥\n茶园", [0, 1]),
    "full": (COLUMN, [0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1]),
    "open and full": (COLUMN, [0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0]),
    "indent lost": (COLUMN, [1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0]),
    "indent lost, next full": (COLUMN, [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]),
    "short": (COLUMN, [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0]),
    "open and short": (COLUMN, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
    "wider": (COLUMN, [0] * 12),
    "not set": ("石桥\n茶园", [1, 1]),
    "not set, brief": ("石桥\n" + "山" * 30, [1, 0]),
    "soft": (ROW, [0, 1, 1]),
    "in row": (ROW, [1, 1, 1]),
    "width": (COLUMN, [0.8, 1, 1, 0.4, 0.8, 1, 0.8, 0.4, 0.8, 1, 0.5, 1]),
    "tiny": (COLUMN, [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
    "long": ("山" * 35 + "\n石桥", [1, 0]),
    "stop": ("石桥；\n茶园！\n球队", [1, 0, 0]),
    "exclamation": ("石桥；\n茶园！\n球队", [0, 1, 0]),
    "spaced": ("石 桥 茶 园\n球队", [1, 0]),
    "dash": ("——石桥\n球队", [1, 0]),
    "hash": ("#石桥\n球队", [1, 0]),
    "comma": ("石，桥\n球队", [1, 0]),
    "stop inside": ("石。桥\n球队", [1, 0]),
    "colon": ("石桥：\n球队", [1, 0]),
    "dateline": ("本报讯 石桥开放。\n电灯亮了", [1, 0]),
    "marks open before": ("石“桥\n茶园", [0, 1]),
    "brackets": ("（石桥\n球队", [1, 0]),
    # Something else stands before these lines (see `evidence`).
    "barrier": ("石桥\n茶园\n球队", [0, 1, 1]),
    "barrier behind": ("石桥\n茶园\n球队", [1, 1, 0]),
    "other between": ("石桥\n茶园\n球队", [1, 0, 1]),
    "foot before": ("石桥\n茶园\n球队", [0, 1, 0]),
    "foot elsewhere": ("石桥\n茶园\n球队", [0, 0, 1]),
}


def evidence(raw: str, *, marked: bool) -> np.ndarray:
    """All evidence on a page; `marked`: notices stand before lines 1 and 2, captions before
    lines 0 and 2, and (in their features) the foot of the first line was printed again."""
    lines = printed_lines(raw)
    barrier, between = ([False] * (len(lines) + 1) for _ in range(2))
    if marked:
        barrier[1] = barrier[2] = between[0] = between[2] = True
        lines[1].behind = lines[2].behind = lines[0]
    return features_of(lines, barrier, between, Given(lines))


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_by_hand(name: str) -> None:
    raw, values = BY_HAND[name]
    marked = name.startswith(("barrier", "foot", "other"))
    found = evidence(raw, marked=marked)[:, FEATURES.index(name)]
    assert found.tolist() == pytest.approx(values, abs=1e-5)


def test_evidence_that_is_no_feature_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "evidence_of", lambda *_: dict.fromkeys(FEATURES[1:], 0.0))
    with pytest.raises(ValueError, match="always"):
        evidence("石桥", marked=False)


def test_datelines() -> None:
    assert found("石桥\n本报讯 石桥开放。\n石桥", "dateline") == [[0], [1], [0]]


def test_barriers_stand_before_and_behind() -> None:
    lines = printed_lines("石桥\n茶园\n球队")
    table = features_of(lines, [False, True, False, True], [True, False, True, False], Seams(lines))
    names = ("barrier", "barrier behind", "other between")
    columns = [FEATURES.index(name) for name in names]
    assert table[:, columns].tolist() == [[0, 1, 1], [1, 0, 0], [0, 1, 1]]


def test_width_of_a_column() -> None:
    widths = np.array([17, 17, 16.5, 17, 9, 17, 17, 4, 17], dtype=np.float32)
    assert column_widths(widths).tolist() == [17] * 9


def test_no_column_where_widths_differ() -> None:
    widths = np.array([17, 9, 30, 13, 22, 6, 26], dtype=np.float32)
    assert column_widths(widths).tolist() == [0] * 7


def test_a_line_much_wider_than_the_column_is_not_set_in_it() -> None:
    widths = np.array([17, 17, 17, 30, 17, 17, 17], dtype=np.float32)
    assert column_widths(widths).tolist() == [17, 17, 17, 0, 17, 17, 17]


def test_paragraphs_make_no_column() -> None:
    assert column_widths(np.full(8, 120, dtype=np.float32)).tolist() == [0] * 8


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.sampled_from("山水桥。，；：“”（）#-—a9 \u3000\n") | st.characters(), min_size=1))
def test_evidence_is_finite_and_shares_are_shares(raw: str) -> None:
    lines = printed_lines(raw)
    if not lines:
        return
    flags = [False] * (len(lines) + 1)
    table = features_of(lines, flags, flags, Seams(lines))
    assert np.isfinite(table).all()
    labels, sure = labels_of(table, weights())
    assert len(labels) == len(sure) == len(lines)
    for label, shares in zip(labels, sure, strict=True):
        assert sum(shares) == pytest.approx(1)
        assert all(0 <= share <= 1 for share in shares)
        assert log(shares[label] + 1e-300) > log(1e-9)
