"""The panel shows each paragraph with its quoted words, inert."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

from index.article import Piece, Span
from rag.answer import Printing
from ui.conversation import Exchange, Placed
from ui.sources import Quoted, mark, render_sources
from ui.texts import EN, ZH_CN


def exchange(*hits, cited=(), number=1, question="?", answer=None):
    placed = tuple(Placed("", sentence, ()) for sentence in cited)
    return Exchange(number, question, hits=hits, placed=placed, answer=answer)


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


def test_a_card_has_the_title_date_section_authors_and_file(made):
    hit = made.hit("全长27.5公里。", title="二号线 通车", source="papers/line.md")
    article = replace(hit.article, authors=("王岚", "周平"), page=4)
    hit = replace(hit, article=article)
    sentence = made.sentence("全长27.5公里。", (1, hit, 2, 8))
    html = render_sources(exchange(hit, cited=[sentence], number=2, question="多长？"), ZH_CN)
    assert html == (
        '<section class="turn" id="turn-2"><h2>来源</h2><p class="asked" lang="zh-Hans">多长？</p>'
        '<article class="source cited" id="src-2-1" tabindex="-1"><header>'
        '<span class="number">1</span><h3 lang="zh-Hans">二号线 通车</h3>'
        '<p class="facts"><time>2031-05-18</time> · <bdi>要闻</bdi> · <bdi>王岚、周平</bdi> · '
        "<bdi>papers/line.md</bdi> · <bdi>第 4 页</bdi></p></header>"
        '<p class="text" lang="zh-Hans">全长<mark class="s1">27.5公里</mark>。</p>'
        '<a class="open" href="#read?article=a1&amp;at=pa10&amp;quote=1%3A2-8">在文章中查看</a>'
        "</article></section>"
    )


def test_the_way_into_an_article_survives_any_id(made):
    hit = made.hit("abc")
    odd = 'a&b="c"#é 1'
    hit = replace(hit, paragraph=replace(hit.paragraph, article_id=odd, id='p"1'))
    html = render_sources(exchange(hit, cited=[made.sentence("abc", (1, hit, 0, 3))]), EN)
    (href,) = re.findall(r'href="([^"]*)"', html)
    said = dict(parse_qsl(href.replace("&amp;", "&").split("?", 1)[1]))
    assert said == {"article": odd, "at": 'p"1', "quote": "1:0-3"}


def test_hostile_articles_stay_text(made):
    evil = "<img src=x onerror=alert(1)>\"'>"
    hit = made.hit(evil + "\n\n![](http://evil)[1]", title=evil, source=evil)
    html = render_sources(exchange(hit, question=evil), EN)
    assert "<img" not in html
    assert "\n" not in html
    assert re.findall(r'href="([^"?]*)', html) == ["#read"]
    tags = set(re.findall(r"<(\w+)", html))
    assert tags == {
        *("section", "h2", "p", "article", "header", "span", "h3", "time", "bdi", "br", "a")
    }


def test_once_finished_what_is_not_cited_is_folded_away(made):
    hits = [made.hit("一", ordinal=0), made.hit("二", ordinal=1), made.hit("三", ordinal=2)]
    answer = made.answer(made.sentence("二", (2, hits[1], 0, 1)), hits=tuple(hits))
    html = render_sources(exchange(*hits, answer=answer), EN)
    shown, folded = html.split('<details class="others">')
    assert re.findall(r'id="(src-\d-\d)"', shown) == ["src-1-2"]
    assert re.findall(r'id="(src-\d-\d)"', folded) == ["src-1-1", "src-1-3"]
    assert "Also found (2)" in folded


def test_an_abstention_lists_the_nearest_paragraphs(made):
    hit = made.hit("一")
    html = render_sources(exchange(hit, answer=made.answer(hits=(hit,), message="?")), EN)
    assert "<h2>Nearest paragraphs</h2>" in html
    assert "others" not in html


def test_a_paragraph_put_together_from_several_columns_is_shown_as_one(made):
    raw = "还在。" + "别" * 50 + "桥很\n长，路"
    pieces = (Piece(0, 53, 2), Piece(2, 56, 3), Piece(5, 0, 3))
    hit = made.hit("桥很长，路还在。", ordinal=1)
    scattered = replace(hit.paragraph, pieces=pieces, span=Span(53, 59), context="旁", page=2)
    hit = replace(hit, paragraph=scattered, article=replace(hit.article, raw=raw))
    html = render_sources(exchange(hit, cited=[made.sentence("路", (1, hit, 4, 8))]), ZH_CN)
    assert html.count('桥很长，<mark class="s1">路还在。</mark></p>') == 1
    assert "<bdi>第 2 页</bdi>" in html
    assert "旁" not in html and "别" not in html


def test_a_date_without_a_year_is_shown_as_day_and_month(made):
    hit = made.hit("全长27.5公里。", title="二号线 通车", source="papers/line.md")
    dated = replace(hit, article=replace(hit.article, date="XXXX-04-08"))
    shown = [render_sources(exchange(dated), texts) for texts in (ZH_CN, EN)]
    assert "<time>4月8日</time>" in shown[0]
    assert "<time>8 April</time>" in shown[1]


def test_a_card_tells_where_else_the_words_are_printed(made):
    again = made.hit("全长27.5公里。", title="二号线<通车>", source="evening.md")
    printing = Printing(again.paragraph, again.article)
    hit = replace(made.hit("全长27.5公里。"), also_in=(printing,))
    html = render_sources(exchange(hit), EN)
    (line,) = re.findall(r'<p class="facts also">(.*?)</p>', html)
    assert line == "Also in 二号线&lt;通车&gt; · 2031-05-18 · evening.md"
    assert "also" not in render_sources(exchange(made.hit("x")), EN)
