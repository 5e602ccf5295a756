"""The evidence on what a line does, each feature by hand; widths of columns."""

from collections.abc import Sequence
from math import log

import numpy as np
import pytest

from index.newspaper import evidence as module
from index.newspaper.contiguity import opens_paragraph
from index.newspaper.evidence import FEATURES, column_widths, features_of
from index.newspaper.lines import printed_lines
from index.newspaper.seams import Seams


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
    monkeypatch.setattr(module, "evidence_of", lambda *_: dict.fromkeys(FEATURES[1:], 0.0))
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
