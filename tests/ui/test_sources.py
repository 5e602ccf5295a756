"""The panel shows each paragraph with its quoted words, inert."""

import re
from dataclasses import replace

from index.article import Piece, Span
from rag.answer import Printing
from ui.sources import Quoted, Source, mark, render_sources, with_neighbours
from ui.texts import EN, ZH_CN


def test_quoted_words_at_the_start_and_the_end_are_marked():
    text = "甲乙丙丁"
    assert mark(text, [Quoted(1, Span(0, 2))]) == '<mark class="s1">甲乙</mark>丙丁'
    assert mark(text, [Quoted(2, Span(2, 4))]) == '甲乙<mark class="s2">丙丁</mark>'
    assert mark(text, [Quoted(1, Span(0, 4))]) == '<mark class="s1">甲乙丙丁</mark>'
    assert mark(text, []) == text


def test_overlapping_quotations_are_split_and_know_their_sentences():
    quotes = [Quoted(1, Span(0, 3)), Quoted(2, Span(2, 4))]
    assert mark("abcde", quotes) == (
        '<mark class="s1">ab</mark><mark class="s1 s2">c</mark><mark class="s2">d</mark>e'
    )


def test_an_empty_quotation_or_one_beyond_the_end_marks_nothing_else():
    assert mark("abc", [Quoted(1, Span(2, 9))]) == 'ab<mark class="s1">c</mark>'
    assert mark("abc", [Quoted(1, Span(1, 1))]) == "abc"


def test_offsets_count_characters_as_python_does():
    assert mark("😀a<b", [Quoted(1, Span(1, 3))]) == '😀<mark class="s1">a&lt;</mark>b'


def test_a_card_has_the_title_date_section_and_file(made, articles):
    hit = made.hit("全长27.5公里。", title="二号线 通车", source="papers/line.md")
    sources = with_neighbours([hit], articles({}))
    sentence = made.sentence("全长27.5公里。", (1, hit, 2, 8))
    html = render_sources(sources, [sentence], turn=2, question="多长？", texts=ZH_CN)
    assert html == (
        '<section class="turn" id="turn-2"><h2>来源</h2><p class="asked" lang="zh-Hans">多长？</p>'
        '<article class="source cited" id="src-2-1" tabindex="-1"><header>'
        '<span class="number">1</span><h3 lang="zh-Hans">二号线 通车</h3>'
        '<p class="facts"><time>2031-05-18</time> · 要闻 · papers/line.md</p></header>'
        '<p class="text" lang="zh-Hans">全长<mark class="s1">27.5公里</mark>。</p>'
        '<button type="button" class="back">回到回答</button></article></section>'
    )


def test_neighbours_stand_around_the_paragraph_under_their_headings(made, articles):
    texts = ["零", "一", "二", "三", "四", "五"]
    ps = [
        made.paragraph(t, ordinal=i, heading="站" if i > 2 else None) for i, t in enumerate(texts)
    ]
    hit = replace(made.hit("四"), paragraph=ps[4])
    sources = with_neighbours([hit], articles({"a1": ps}))
    assert [p.text for p in sources[0].before] == ["一", "二", "三"]
    assert [p.text for p in sources[0].after] == ["五"]
    html = render_sources(sources, [], turn=1, question="?", texts=ZH_CN)
    around = html[html.index("<details") : html.index("</details>")]
    words = [word for word in re.split("<[^>]*>", around) if word]
    assert words == ["看前后文", "一", "二", "站", "三", "四", "五"]


def test_hostile_articles_stay_text(made, articles):
    evil = "<img src=x onerror=alert(1)>\"'>"
    hit = made.hit(evil + "\n\n![](http://evil)[1]", title=evil, source=evil)
    sources = with_neighbours(
        [hit], articles({"a1": [hit.paragraph, made.paragraph(evil, ordinal=1)]})
    )
    html = render_sources(sources, [], turn=1, question=evil, texts=EN)
    assert "<img" not in html
    assert "\n" not in html
    assert "href" not in html
    tags = set(re.findall(r"<(\w+)", html))
    assert tags == {
        *("section", "h2", "p", "article", "header", "span", "h3", "time", "br"),
        *("details", "summary", "button"),
    }


def test_once_finished_what_is_not_cited_is_folded_away(made, articles):
    hits = [made.hit("一", ordinal=0), made.hit("二", ordinal=1), made.hit("三", ordinal=2)]
    sources = with_neighbours(hits, articles({}))
    sentence = made.sentence("二", (2, hits[1], 0, 1))
    html = render_sources(sources, [sentence], turn=1, question="?", texts=EN, finished=True)
    shown, folded = html.split('<details class="others">')
    assert re.findall(r'id="(src-\d-\d)"', shown) == ["src-1-2"]
    assert re.findall(r'id="(src-\d-\d)"', folded) == ["src-1-1", "src-1-3"]
    assert "Also found (2)" in folded


def test_an_abstention_lists_the_nearest_paragraphs(made, articles):
    sources = with_neighbours([made.hit("一")], articles({}))
    html = render_sources(sources, [], turn=1, question="?", texts=EN, finished=True)
    assert "<h2>Nearest paragraphs</h2>" in html
    assert "others" not in html


def test_a_paragraph_put_together_from_several_columns_is_shown_as_one(made, articles):
    raw = "还在。" + "别" * 50 + "桥很\n长，路"
    pieces = (Piece(0, 53, 2), Piece(2, 56, 3), Piece(5, 0, 3))
    hit = made.hit("桥很长，路还在。", ordinal=1)
    scattered = replace(hit.paragraph, pieces=pieces, span=Span(53, 59), context="旁", page=2)
    article = replace(hit.article, raw=raw, page=2, date="XXXX-04-08")
    hit = replace(hit, paragraph=scattered, article=article)
    neighbours = [made.paragraph("前。"), scattered, made.paragraph("后。", ordinal=2)]
    sources = with_neighbours([hit], articles({hit.article.id: neighbours}))
    sentence = made.sentence("路还在。", (1, hit, 4, 8))
    html = render_sources(sources, [sentence], turn=1, question="？", texts=ZH_CN, finished=True)
    assert html.count('桥很长，<mark class="s1">路还在。</mark></p>') == 2
    assert "旁" not in html and "别" not in html


def test_a_date_without_a_year_is_shown_as_day_and_month(made, articles):
    hit = made.hit("全长27.5公里。", title="二号线 通车", source="papers/line.md")
    dated = replace(hit, article=replace(hit.article, date="XXXX-04-08"))
    shown = [
        render_sources(
            with_neighbours([dated], articles({})), [], turn=1, question="?", texts=texts
        )
        for texts in (ZH_CN, EN)
    ]
    assert "<time>4月8日</time>" in shown[0]
    assert "<time>8 April</time>" in shown[1]


def test_a_card_tells_where_else_the_words_are_printed(made):
    again = made.hit("全长27.5公里。", title="二号线<通车>", source="evening.md")
    printing = Printing(again.paragraph, again.article)
    hit = replace(made.hit("全长27.5公里。"), also_in=(printing,))
    html = render_sources([Source(1, hit)], [], turn=1, question="?", texts=EN)
    (line,) = re.findall(r'<p class="facts also">(.*?)</p>', html)
    assert line == "Also in 二号线&lt;通车&gt; · 2031-05-18 · evening.md"
    html = render_sources([Source(1, made.hit("x"))], [], turn=1, question="?", texts=EN)
    assert "also" not in html
