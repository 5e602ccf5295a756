import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Block, Paragraph, Piece, Span, paragraph_id
from index.paragraphs import LONGEST, paragraphs, searched_text
from index.text import fold


def article(raw: str, *, start: int = 0, lines: bool = False) -> Article:
    return Article("a1", "x.txt", "T", raw, Span(start, len(raw)), lines_are_paragraphs=lines)


def texts(raw: str, **how: bool) -> list[str]:
    return [p.text for p in paragraphs(article(raw, **how))]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("一段。\n\n二段。\n", ["一段。", "二段。"]),
        ("一段。\n二段\n三段", ["一段。", "二段", "三段"]),  # no empty line: a line is a paragraph
        ("broken at\nthe margin.\n\nnext", ["broken at the margin.", "next"]),
        ("断在行\n尾。\n\n下一段", ["断在行尾。", "下一段"]),
        ("标题\n\n第一句。\n第二段。\n", ["标题", "第一句。", "第二段。"]),
        ("\r\n\r\na\r\nb\r\n\r\nc\r\n", ["a b", "c"]),
        ("  \n \n", []),
        ("", []),
    ],
)
def test_blocks(raw: str, expected: list[str]) -> None:
    assert texts(raw) == expected


def test_lines_of_a_record_are_paragraphs_even_with_empty_lines_between() -> None:
    assert texts("one\ntwo\n\nthree", lines=True) == ["one", "two", "three"]


LONG = "石磊在桥上走了一整天,把每一块石头都数了一遍,回来时天已经黑了。"


@pytest.mark.parametrize(
    ("blocks", "short", "context"),
    [
        ([LONG, "“数完了！”"], 1, LONG),  # follows
        (["石磊说：", LONG], 0, LONG),  # announces
        ([LONG, "石磊说：", LONG[:20]], 1, LONG[:20]),
        (["“数完了！”", LONG], 0, LONG),  # nothing before it
        ([LONG, "石头九百块"], 1, LONG),  # no sentence
        ([LONG, "石头九百块。"], 1, None),  # a whole sentence
        ([LONG, "石头九百块，一块也不少，真是好桥"], 1, LONG),  # 16 characters
        ([LONG, "石头九百块，一块也不少，真是好桥呀"], 1, None),  # 17
        ([LONG, "石磊说："], 1, None),  # announces nothing
        (["桥长五百米", "桥宽三十米"], 1, None),  # a list
        ([LONG, "……"], 1, None),
        ([LONG, "T"], 1, None),  # the title of the article
        ([LONG * 5, "“数完了！”"], 1, (LONG * 5)[-120:]),
    ],
)
def test_a_short_paragraph_is_searched_with_what_stands_beside_it(
    blocks: list[str], short: int, context: str | None
) -> None:
    found = paragraphs(article("\n\n".join(blocks)))
    assert found[short].context == context
    assert [p.context for i, p in enumerate(found) if i != short] == [None] * (len(found) - 1)


def test_what_is_searched_of_a_paragraph() -> None:
    assert searched_text("桥", "a.txt", "一", "旁", "话。") == "桥\n一\n旁\n话。"
    assert searched_text("桥", "a.txt", None, None, "桥长。") == "桥长。"
    assert searched_text("a", "x/a.txt", None, None, "话。") == "话。"
    assert searched_text("", "a.txt", None, None, "话。") == "话。"
    assert searched_text("石磊数…", "a.txt", None, None, "那天石磊数石头。") == "那天石磊数石头。"
    assert searched_text("石磊数…", "a.txt", None, None, "他走了。") == "石磊数…\n他走了。"


def scattered() -> tuple[str, Article]:
    """A paragraph of three lines: the last stands first in the file, the others far below."""
    raw = "还在。" + "别" * 50 + "桥很\n长，路"
    pieces = (Piece(0, 53, 2), Piece(2, 56, 3), Piece(5, 0, 3))
    return raw, replace(article(raw), blocks=(Block("桥很长，路还在。", pieces),))


def test_a_paragraph_whose_pieces_jump_backwards() -> None:
    raw, page = scattered()
    (p,) = paragraphs(page)
    check_pieces(p, raw)
    assert p.span == Span(53, 59)  # the longest place
    assert p.raw_spans(Span(0, 8)) == (Span(53, 59), Span(0, 3))
    assert p.raw_spans(Span(1, 5)) == (Span(54, 59),)
    assert p.raw_spans(Span(4, 6)) == (Span(58, 59), Span(0, 1))
    assert p.raw_span(Span(4, 8)) == Span(0, 3)
    assert p.raw_span(Span(0, 8)) == p.span


def test_headings_belong_to_what_follows() -> None:
    found = paragraphs(article("before\n\n## 标题 一\n\nafter\n\nmore\n"))
    assert [(p.text, p.heading) for p in found] == [
        ("before", None), ("after", "标题 一"), ("more", "标题 一"),
    ]  # fmt: skip


def test_offsets_cut_the_printed_words_out_of_the_file() -> None:
    raw = "---\ntitle: x\n---\nthe river\nrose 3 m.\n\n下一段"
    first, second = paragraphs(article(raw, start=17))
    assert first.text == "the river rose 3 m."
    assert first.span.cut(raw) == "the river\nrose 3 m."
    assert first.raw_span(Span(4, 14)).cut(raw) == "river\nrose"
    assert first.raw_span(Span(9, 10)) == Span(26, 27)  # the joining space is the line break
    assert second.raw_span(Span(0, 3)).cut(raw) == "下一段"
    with pytest.raises(ValueError, match="no part"):
        first.raw_span(Span(0, 99))


def test_ids_depend_on_article_ordinal_and_normalised_text_only() -> None:
    (one,) = paragraphs(article("長春 市"))
    (other,) = paragraphs(article("长春市"))
    assert one.id == other.id == paragraph_id("a1", 0, "长春市")
    assert one.id == "p" + hashlib.sha256("a1\x000\x00长春市".encode()).hexdigest()[:16]


def test_long_paragraphs_are_cut_at_sentence_borders() -> None:
    sentence = "这是一个相当长的句子，用来填满一段。"
    found = texts(sentence * 1000)
    assert len(found) == 3
    assert all(len(t) <= LONGEST and t.endswith("。") for t in found)
    assert "".join(found) == sentence * 1000
    assert [len(t) for t in texts("字" * (LONGEST + 5))] == [LONGEST, 5]


@given(
    st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\n\n \r。#中a"))),
    st.booleans(),
)
def test_pieces_are_verbatim_and_nothing_is_lost(raw: str, lines: bool) -> None:
    found = paragraphs(article(raw, lines=lines))
    for p in found:
        assert p.text.strip()
        assert p.raw_span(Span(0, len(p.text))) == p.span
        check_pieces(p, raw)
    headings = "".join(line for line in raw.splitlines() if line.strip().startswith("#"))
    kept = "".join("".join(p.text.split()) for p in found)
    wanted = "".join(raw.split())
    if not headings:
        assert kept == wanted
    assert [p.id for p in found] == [
        paragraph_id("a1", i, fold(p.text)) for i, p in enumerate(found)
    ]


def check_pieces(p: Paragraph, raw: str) -> None:
    for q in p.pieces:
        text = p.text[q.text_start : q.text_start + q.length]
        assert text == raw[q.raw_start : q.raw_start + q.length] != ""
