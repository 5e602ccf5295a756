"""The page as printed: the file line for line, the article's own words told apart."""

import re
from dataclasses import replace

import pytest

from index.article import Article, Paragraph, Piece, Span
from ui.reading.printed import places, render_printed
from ui.texts import EN, ZH_CN

# Two columns, read line by line: the bridge on the left, the lake on the right.
RAW = "桥很长，　湖水清。\n路还在。　鱼多了。\n"
ARTICLE = Article("a1", "page.txt", "桥", RAW, Span(0, len(RAW)))
LEFT = (Piece(0, 0, 4), Piece(4, 10, 4))
BRIDGE = Paragraph("p1", "a1", 0, "桥很长，路还在。", Span(0, 14), LEFT)


def page(article: Article = ARTICLE, *paragraphs: Paragraph, **how: object) -> str:
    options: dict[str, object] = {"at": None, "quotes": {}, "texts": ZH_CN, **how}
    html = render_printed(article, paragraphs, **options)  # type: ignore[arg-type]
    return html.split('<div class="printed">')[1].split("</div>")[0]


def test_lines_are_kept_and_the_articles_own_words_told_apart() -> None:
    own = '<span class="own" data-paragraph="p1">'
    assert page(ARTICLE, BRIDGE) == (
        f"{own}桥很长，</span>　湖水清。<br>{own}路还在。</span>　鱼多了。<br>"
    )


def test_a_quotation_is_marked_in_each_line_but_not_what_is_printed_between() -> None:
    html = page(ARTICLE, BRIDGE, quotes={"p1": [Span(2, 6)]})
    assert re.findall("<mark>(.*?)</mark>", html) == ["长，", "路还"]
    assert "湖水清" in html and "<mark>湖" not in html


def test_a_place_goes_over_line_ends_and_hyphens_only() -> None:
    raw = "a brid-\nge of\nsteel X stone"
    pieces = [Piece(0, 0, 6), Piece(6, 8, 5), Piece(12, 14, 5), Piece(18, 22, 5)]
    assert places(raw, pieces) == (Span(0, 19), Span(22, 27))
    assert places("b" + " " * 41 + "a", [Piece(0, 0, 1), Piece(1, 42, 1)]) == (
        Span(0, 1),
        Span(42, 43),
    )
    assert places("ab", [Piece(0, 1, 1), Piece(1, 0, 1)]) == (Span(1, 2), Span(0, 1))


def test_quotations_in_a_clean_file_go_over_its_lines() -> None:
    raw = "title: x\r\n\r\nOne two\r\nthree.\r\n"
    article = replace(ARTICLE, raw=raw, body=Span(12, len(raw)))
    pieces = (Piece(0, 12, 7), Piece(8, 21, 6))
    own = Paragraph("p1", "a1", 0, "One two three.", Span(12, 27), pieces)
    html = page(article, own, quotes={"p1": [Span(4, 13)]})
    assert html == (
        'title: x<br><br><span class="own" data-paragraph="p1">One </span>'
        '<span class="own" data-paragraph="p1"><mark>two<br>three</mark></span>'
        '<span class="own" data-paragraph="p1">.</span><br>'
    )


def test_a_line_end_of_two_characters_is_not_torn_in_two() -> None:
    raw = "ab\r\ncd"
    article = replace(ARTICLE, raw=raw, body=Span(0, 6))
    own = Paragraph("p1", "a1", 0, "ab", Span(0, 3), (Piece(0, 0, 3),))
    assert page(article, own) == '<span class="own" data-paragraph="p1">ab<br></span>cd'


def test_a_quotation_of_a_repaired_character_is_marked_where_it_was_mended() -> None:
    raw = "One\n— two"
    article = replace(ARTICLE, raw=raw, body=Span(0, len(raw)))
    own = Paragraph("p1", "a1", 0, "One two", Span(0, 9), (Piece(0, 0, 3), Piece(4, 6, 3)))
    assert "<mark><br>— </mark>" in page(article, own, quotes={"p1": [Span(3, 4)]})


def test_pages_of_a_file_are_told() -> None:
    article = replace(ARTICLE, page_starts=(0, 10))
    html = page(article, BRIDGE, texts=EN)
    assert [part.split("<")[0] for part in html.split('class="page-start">')[1:]] == [
        "Page 1",
        "Page 2",
    ]
    assert html.index("Page 2") < html.index("路还在")
    assert html.index("湖水清") < html.index("Page 2")
    assert "page-start" not in page(ARTICLE, BRIDGE)


LINES = "".join(f"{number:09d}\n" for number in range(4000))  # ten characters each
LONG = replace(ARTICLE, raw=LINES, body=Span(0, len(LINES)))
CITED = Paragraph("p1", "a1", 0, "002000", Span(20003, 20009), (Piece(0, 20003, 6),))


@pytest.mark.parametrize(
    ("at", "first", "last"),
    [("p1", 1800, 2400), (None, 1800, 2400)],
)
def test_of_a_long_file_a_window_of_whole_lines_is_shown(
    at: str | None, first: int, last: int
) -> None:
    html = render_printed(LONG, [CITED], at=at, quotes={}, texts=ZH_CN)
    numbers = [int(number) for number in re.findall(r"\b\d{9}\b", html)]
    assert (numbers[0], numbers[-1]) == (first, last)
    assert re.findall(r'data-more="(\w+)" data-window="(\d+-\d+)"', html) == [
        ("before", "12000-24010"),
        ("after", "18000-30010"),
    ]


def test_a_window_that_is_asked_for() -> None:
    html = page(LONG, CITED, window=Span(0, 25))
    assert html == "000000000<br>000000001<br>00000"
    assert page(LONG, CITED, window=Span(39990, 99999)) == "000003999<br>"


def test_hostile_files_stay_text() -> None:
    evil = "<img src=x onerror=alert(1)>\u202e\x00'\""
    article = replace(ARTICLE, raw=evil, title=evil, source=evil, body=Span(0, len(evil)))
    own = Paragraph(evil, "a1", 0, evil, Span(0, len(evil)), (Piece(0, 0, len(evil)),))
    html = render_printed(article, [own], at=evil, quotes={evil: [Span(0, 9)]}, texts=EN)
    assert "<img" not in html and "\u202e" not in html and "\x00" not in html
    assert set(re.findall(r"<(\w+)", html)) == {
        *("article", "header", "p", "h2", "div", "span", "mark"),
    }
