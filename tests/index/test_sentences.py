import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentences


def split(text: str) -> list[str]:
    return [span.cut(text) for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("今天晴。明天雨！后天呢？", ["今天晴。", "明天雨！", "后天呢？"]),
        ("“加油！”他走了。", ["“加油！”", "他走了。"]),
        ("“先分好。”张立冬说，“快。”然后走了。", ["“先分好。”张立冬说，“快。”", "然后走了。"]),
        ("占96.1%，共2.3万。", ["占96.1%，共2.3万。"]),
        ("Mr. Smith paid 3.5 dollars. He left.", ["Mr. Smith paid 3.5 dollars.", "He left."]),
        ("It rose in the U.S. market. Why? Now.", ["It rose in the U.S. market.", "Why?", "Now."]),
        ("他走了……她留下。", ["他走了……", "她留下。"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("「行こう。」と話した。次だ。", ["「行こう。」と話した。", "次だ。"]),
        ("¿Cuándo? El 3 de mayo. Fin", ["¿Cuándo?", "El 3 de mayo.", "Fin"]),
        ("   ", []),
        ("", []),
    ],
)  # fmt: skip
def test_sentences(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@given(st.text(st.one_of(st.characters(), st.sampled_from("。！？.!?…”』\n 说a"))))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    spans = sentences(text)
    joined = "".join(s.cut(text) for s in spans)
    assert "".join(joined.split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
    assert all(s.cut(text) == s.cut(text).strip() != "" for s in spans)
