"""References by the national standard and plainly; nothing is invented."""

from dataclasses import replace

import pytest

from index.article import Article, Span
from ui.chats.references import file_of, paper, reference
from ui.texts.chats import CHATS

PLAIN = Article("a", "x.md", "芷河洪水", "", Span(0, 0))


def standard(**facts: object) -> str:
    article = replace(PLAIN, **facts)
    return reference(article, "gbt7714", visited="2031-05-18", texts=CHATS["zh-CN"])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "芷河洪水[N]."),
        (
            {"source": "青潭日报", "authors": ("卫小川",), "date": "2030-07-10", "page": 3},
            "卫小川. 芷河洪水[N]. 青潭日报, 2030-07-10(3).",
        ),
        ({"date": "2030-07-10", "section": "要闻"}, "芷河洪水[N]. 2030-07-10."),
        ({"date": "2030-07", "section": "第03版：要闻"}, "芷河洪水[N]. 2030-07(03)."),
        ({"section": "2023版"}, "芷河洪水[N]."),
        ({"source": "青潭日报"}, "芷河洪水[N]. 青潭日报."),
        ({"date": "XXXX-04-14"}, "芷河洪水[N]. [年份不详]-04-14."),
        ({"date": "XXXX-04-14", "title": "Flood"}, "Flood[N]. [n.d.]-04-14."),
        ({"subtitle": "一万八千人转移"}, "芷河洪水: 一万八千人转移[N]."),
        ({"authors": ("甲", "乙", "丙")}, "甲, 乙, 丙. 芷河洪水[N]."),
        ({"authors": ("甲", "乙", "丙", "丁")}, "甲, 乙, 丙, 等. 芷河洪水[N]."),
        (
            {"title": "Bridge shut.", "authors": ("Ann B.", "C", "D", "E"), "source": "Gazette"},
            "Ann B., C, D, et al. Bridge shut.[N]. Gazette.",
        ),
        (
            {"source": "https://news.example/a?b=1", "date": "2030-07-10"},
            "芷河洪水[N/OL]. 2030-07-10[2031-05-18]. https://news.example/a?b=1",
        ),
        ({"title": "一\n二\u202e 三", "authors": (" ", "甲\u200b")}, "甲. 一 二 三[N]."),
    ],
)
def test_the_national_standard(facts, expected):
    assert standard(**facts) == expected


@pytest.mark.parametrize(
    ("code", "facts", "expected"),
    [
        ("zh-CN", {}, "芷河洪水"),
        (
            "zh-CN",
            {"authors": ("甲", "乙"), "date": "2030-07-10", "section": "要闻", "page": 3},
            "芷河洪水 · 甲，乙 · 2030-07-10 · 要闻 · 第 3 页",
        ),
        ("zh-TW", {"section": "第3版", "source": "青潭日报"}, "芷河洪水 · 青潭日报 · 第3版"),
        (
            "en",
            {"authors": ("A", "B", "C", "D"), "source": "https://x.example/", "page": 2},
            "芷河洪水 · A, B, C, D · https://x.example/ · p. 2",
        ),
        ("en", {"date": "XXXX-04-14"}, "芷河洪水 · [n.d.]-04-14"),
    ],
)
def test_plainly(code, facts, expected):
    article = replace(PLAIN, **facts)
    assert reference(article, "plain", visited="", texts=CHATS[code]) == expected


@pytest.mark.parametrize(
    ("source", "name", "file"),
    [
        ("青潭日报", "青潭日报", ""),
        ("Tolle Gazette", "Tolle Gazette", ""),
        ("flood.md", "", "flood.md"),
        ("2022/april/a.TXT", "", "2022/april/a.TXT"),
        ("old\\paper", "", "old\\paper"),
        ("https://news.example/a.html", "", ""),
    ],
)
def test_a_file_or_an_address_is_no_newspaper(source, name, file):
    article = replace(PLAIN, source=source)
    assert (paper(article), file_of(article)) == (name, file)
