"""An article whole: what stands over it, its paragraphs, and where it goes on."""

import re
from dataclasses import replace

from index.article import Article, Paragraph, Piece, Span
from ui.reading.article import render_article
from ui.texts import EN, ZH_CN, ZH_TW

BRIDGE = Article(
    "a1", "1987/桥.pdf", "桥通车", "", Span(0, 0), "1987-04-14", "要闻", ("石磊", "林一"),
    date_precision="issue", kicker="江上", subtitle="——三年建成", place="江城", page=1,
    continued_on=4,
)  # fmt: skip


def paragraph(number: int, text: str, **facts: object) -> Paragraph:
    span, pieces = Span(0, len(text)), (Piece(0, 0, len(text)),)
    return Paragraph(f"p{number}", "a1", number, text, span, pieces, **facts)  # type: ignore[arg-type]


def read(article: Article = BRIDGE, *paragraphs: Paragraph, **how: object) -> str:
    options: dict[str, object] = {"at": None, "quotes": {}, "texts": ZH_CN, **how}
    return render_article(article, paragraphs, **options)  # type: ignore[arg-type]


def test_what_stands_over_an_article() -> None:
    html = read()
    assert html == (
        '<article class="whole" data-article="a1" data-view="text" data-quoted=""><header>'
        '<p class="kicker" lang="zh-Hans">江上</p><h2 lang="zh-Hans">桥通车</h2>'
        '<p class="subtitle" lang="zh-Hans">——三年建成</p>'
        '<p class="byline" lang="zh-Hans">石磊、林一</p>'
        '<p class="facts"><time>1987-04-14（报纸日期）</time> · 要闻 · 江城 · 第 1 版 · '
        "1987/桥.pdf</p>"
        '</header><p class="tie facts">下转第 4 版</p></article>'
    )


def test_a_date_without_a_year_and_a_title_that_was_not_printed() -> None:
    bare = replace(BRIDGE, date="XXXX-04-08", date_precision="no year", untitled=True)
    assert "<time>8 April</time>" in read(bare, texts=EN)
    assert '<h2 class="untitled" lang="zh-Hans">桥通车</h2>' in read(bare, texts=EN)
    of_issue = replace(BRIDGE, date_precision="year of issue")
    assert "<time>1987-04-14（年份依報紙）</time>" in read(of_issue, texts=ZH_TW)


def test_the_other_parts_of_an_article_can_be_opened() -> None:
    tied = replace(BRIDGE, continues="b", continued_from=2, continued_by="c<", continued_on=None)
    assert re.findall(r'data-reads="([^"]*)">([^<]*)<', read(tied)) == [
        ("b", "上接第 2 版"),
        ("c&lt;", "读下文"),
    ]


def test_paragraphs_stand_under_their_headings_with_quoted_words_marked() -> None:
    ps = (
        paragraph(0, "一。"),
        paragraph(1, "二二。", heading="站"),
        paragraph(2, "三。", heading="站"),
    )
    html = read(BRIDGE, *ps, at="p1", quotes={"p1": [Span(0, 2)], "gone": [Span(0, 1)]})
    assert html.split("</header>")[1] == (
        '<p id="par-p0" data-paragraph="p0" lang="zh-Hans">一。</p><h3 lang="zh-Hans">站</h3>'
        '<p id="par-p1" data-paragraph="p1" class="cited at" lang="zh-Hans">'
        "<mark>二二</mark>。</p>"
        '<p id="par-p2" data-paragraph="p2" lang="zh-Hans">三。</p>'
        '<p class="tie facts">下转第 4 版</p></article>'
    )
    assert 'data-quoted="p1"' in html


def test_where_a_new_page_of_the_file_begins() -> None:
    ps = (paragraph(0, "一", page=2), paragraph(1, "二", page=2), paragraph(2, "三", page=3))
    html = read(BRIDGE, *ps)
    assert html.count("page-turn") == 1
    assert '二</p><p class="page-turn">第 3 页</p><p id="par-p2"' in html


def shown(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="par-p(\d+)"', html)]


def test_of_a_long_article_a_window_is_shown() -> None:
    ps = [paragraph(number, "文。") for number in range(300)]
    html = read(BRIDGE, *ps, at="p100")
    assert shown(html) == list(range(80, 160))
    assert re.findall(r'data-more="(\w+)" data-window="(\d+-\d+)">([^<]*)<', html) == [
        ("before", "0-160", "前面还有 80 段"),
        ("after", "80-300", "后面还有 140 段"),
    ]
    assert shown(read(BRIDGE, *ps, at=None)) == list(range(80))
    assert shown(read(BRIDGE, *ps, at="p299")) == list(range(220, 300))
    assert shown(read(BRIDGE, *ps, window=Span(70, 1000))) == list(range(70, 300))
    assert shown(read(BRIDGE, *ps, window=Span(300, 310))) == list(range(80))  # there is no 301st
    assert len(shown(read(BRIDGE, *ps[:80], at="p79"))) == 80


def test_hostile_articles_stay_text() -> None:
    evil = "<img src=x onerror=alert(1)>\"'>"
    article = Article(
        evil, evil, evil, "", Span(0, 0), "1987-01-01", evil, (evil,), kicker=evil, subtitle=evil,
        place=evil, continues=evil, continued_by=evil,
    )  # fmt: skip
    hostile = replace(paragraph(0, evil, heading=evil), id=evil)
    html = read(article, hostile, at=evil, quotes={evil: [Span(0, 5)]})
    assert set(re.findall(r"<(\w+)", html)) == {
        *("article", "header", "p", "h2", "h3", "time", "button", "mark"),
    }
    assert html.count("<") == html.count(">")
