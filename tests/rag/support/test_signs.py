import pytest

from rag.support.alignment import align
from rag.support.differences import turned
from rag.support.signs import signs
from rag.support.tokens import read


def found(text: str) -> list[tuple[str, str]]:
    return [(sign.axis, sign.pole) for sign in signs(read(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("大桥没有按时通车", [("denial", "no")]),
        ("不仅按时，而且提前", [("sooner", "early")]),
        ("超过三成", [("bound", "least")]),
        ("不超过三成", [("bound", "most")]),
        ("所有学校", [("scope", "all")]),
        ("No more than ten", [("bound", "most")]),
        ("not only here", []),
        ("It isn't open", [("denial", "no"), ("phase", "on")]),
        ("on May 5", []),
        ("may open", [("hedge", "maybe"), ("phase", "on")]),
        ("Todos los alumnos", [("scope", "all")]),
        ("Цены снизились", [("direction", "down")]),
        ("閉館した", [("phase", "off")]),
        ("knot, nothing", [("denial", "no")]),
    ],
)
def test_signs(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("sentence", "source", "reason", "hard"),
    [
        ("大桥没有建成。", "大桥建成。", "“没有” denies what the source says", True),
        ("大桥建成了。", "大桥尚未建成。", "leaves out “尚未” of the source", True),
        ("全部学校停课。", "部分学校停课。", "“全部” where the source has “部分”", True),
        ("学校停课。", "部分学校停课。", "leaves out “部分” of the source", False),
        ("票价上涨两元。", "票价下跌两元。", "“上涨” where the source has “下跌”", True),
        ("至多三百人参加。", "至少三百人参加。", "“至多” where the source has “至少”", True),
        (
            "The bridge opened.",
            "The bridge never opened.",
            "leaves out “never” of the source",
            True,
        ),
        ("Rents fell in May.", "Rents rose in May.", "“fell” where the source has “rose”", True),
        ("El puente no abrió.", "El puente abrió.", "“no” denies what the source says", True),
        ("Мост открыли.", "Мост не открыли.", "leaves out “не” of the source", True),
        ("橋は開通しなかった。", "橋は開通した。", "“なかっ” denies what the source says", True),
        ("大桥下月通车。", "大桥预计下月通车。", "leaves out “预计” of the source", False),
    ],
)
def test_a_turned_statement_is_told(sentence: str, source: str, reason: str, hard: bool) -> None:
    findings = turned(align(read(sentence), source))
    assert [(f.reason, f.hard) for f in findings] == [(reason, hard)]


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("大桥未建成。", "大桥没有建成。"),  # another word of denial
        ("大桥建成。", "大桥建成，但没有通车，因为雨一直下。"),  # the part with it is left out
        ("学校不但停课。", "学校停课。"),
        ("The bridge did not open.", "The bridge didn't open."),
    ],
)
def test_what_only_looks_turned(sentence: str, source: str) -> None:
    assert turned(align(read(sentence), source)) == []


def test_two_turns_side_by_side_are_left_to_the_reader() -> None:
    findings = turned(align(read("校方不允许外出。"), "校方禁止外出。"))
    assert [f.hard for f in findings] == [False]
