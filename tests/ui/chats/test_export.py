"""A conversation as Markdown, HTML and JSON: word for word as written by hand, and inert."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.article import Span
from ui.chats.export import export, file_name
from ui.chats.markdown import as_text
from ui.chats.marks import split_at
from ui.texts import EN, ZH_CN, ZH_TW

EVIL = "![x](http://e.example/i.png)<img src=x onerror=alert(1)><script>a</script>[l](javascript:b)"

MARKDOWN = """\
# 洪水 \\[1\\]

## 问题 1：水位多高？

提问于 2031-05-18 08:01 UTC\\
理解为：芷河水位多高？

水位涨至46.82米\\[1\\]。转移了18,641人\\[1\\]，桥也裂了。\\[2\\] (原文中没有：数字 18,641)

### 引用的段落

> \\[1\\] 芷河洪水
>
> <mark>水位涨至46.82米</mark>，为第二高。

> \\[1\\] 芷河洪水
>
> 全县共<mark>转移18,640</mark>人。

> \\[2\\] Bridge shut
>
> <mark>Cracks in 17</mark> of 96 hangers.

## 问题 2：月亮？

提问于 2031-05-18 08:02 UTC\\
LIMITS

文章里没有提到。

## 问题 3：还有呢？

提问于 2031-05-18 08:03 UTC

写到一半 (未核对)

已停止。

## 参考文献

\\[1\\] 卫小川. 芷河洪水\\[N\\]. 2030-07-10(1). 文件：flood.md

\\[2\\] Idris Calloway, Nell Pashley. Bridge shut\\[N\\]. Tolle Gazette, 2032-11-14.

_由引证 Yinzheng 生成。标出的文字逐字引自原文。_
"""

BODY = """\
<body><h1 lang="en">Flood</h1>
<section><h2>Question 1: <span lang="zh-Hans">水位多高？</span></h2>\
<p class="facts">Asked on 2031-05-18 08:01 UTC<br>Understood as: 芷河水位多高？</p>\
<p>水位涨至46.82米<sup><a href="#ref-1">[1]</a></sup>。</p>\
<h3>Given by several articles</h3>\
<ul><li><b>46.82米</b> <sup><a href="#ref-1">[1]</a></sup> 芷河洪水</li></ul>\
<p class="note">Taken out, not in the source: 1 of the model’s sentences</p>\
<h3>Cited paragraphs</h3>\
<blockquote><p class="facts">[1] 芷河洪水</p>\
<p lang="zh-Hans"><mark>水位涨至46.82米</mark>，为第二高。</p></blockquote></section>
<section><h2>References</h2><ol><li id="ref-1">[1] 芷河洪水 · 卫小川 · 2030-07-10 · 要闻 · p. 1 \
<span class="facts">File: flood.md</span></li></ol></section>
<footer><p>Made with Yinzheng 引证. Marked words are cited word for word.</p></footer></body></html>
"""


def text(made) -> str:
    return made.data.decode()


def test_markdown(talks):
    talk = talks.talk(talks.answered(1), talks.refused(2), talks.stopped(3))
    made = export(talk, "洪水 [1]", "md", "gbt7714", ZH_CN)
    limits = as_text(ZH_CN.limited.format(limits="2030 – … · flood.md"))
    assert text(made) == MARKDOWN.replace("LIMITS", limits)
    assert made.media == "text/markdown; charset=utf-8"


def test_html(talks):
    made = export(talks.talk(talks.reported()), "Flood", "html", "plain", EN)
    head, body = text(made).split("</head>\n")
    assert body == BODY
    assert '<html lang="en">' in head
    assert "<title>Flood</title>" in head
    assert "default-src 'none'" in head
    assert made.media == "text/html; charset=utf-8"


def test_json_has_the_answers_as_programs_read_them(talks):
    talk = talks.talk(talks.answered(1), talks.refused(2), talks.stopped(3))
    made = json.loads(text(export(talk, "洪水", "json", "gbt7714", ZH_TW)))
    assert made["title"] == "洪水"
    first, second, third = made["exchanges"]
    assert (first["question"], first["asked"]) == ("水位多高？", "芷河水位多高？")
    assert first["answer"] == talks.answered().answer.to_json()
    assert second["filters"] == {
        "since": "2030", "until": None, "sources": ["flood.md"], "articles": [],
    }  # fmt: skip
    assert (third["answer"], third["trouble"]) == (None, "已停止。")
    assert made["references"][0] == {
        "number": 1, "reference": "卫小川. 芷河洪水[N]. 2030-07-10(1).", "article": "a1",
        "title": "芷河洪水", "authors": ["卫小川"], "date": "2030-07-10", "source": "flood.md",
    }  # fmt: skip


def test_numbers_run_over_the_whole_conversation(talks):
    bridge = talks.answered(1).answer.sentences[1].citations[1]
    water = talks.answered(1).answer.sentences[0].citations[0]

    def only(number, citation):
        sentence = replace(
            talks.answered().answer.sentences[0],
            text="甲。",
            citations=(replace(citation, number=1),),
        )
        answer = replace(talks.answered().answer, sentences=(sentence,))
        return talks.answered(number, answer=answer, placed=())

    talk = talks.talk(only(1, bridge), only(2, water), only(3, bridge))
    shown = text(export(talk, "t", "md", "plain", EN))
    assert re.findall(r"^甲。(.*)$", shown, re.MULTILINE) == ["\\[1\\]", "\\[2\\]", "\\[1\\]"]
    assert re.findall(r"^\\\[(\d)\\\] (\S+)", shown, re.MULTILINE) == [
        ("1", "Bridge"), ("2", "芷河洪水"),
    ]  # fmt: skip


def hostile(talks):
    """A conversation in which all foreign text is hostile."""
    article = replace(
        talks.flood,
        title=EVIL,
        source=EVIL,
        section=EVIL,
        authors=(EVIL,),
        subtitle=EVIL,
        date=EVIL,
    )
    hit = talks.hit(EVIL + "\n\n# a\n- b", article)
    sentence = replace(
        talks.answered().answer.sentences[1],
        text=EVIL, reasons=(EVIL,),
        citations=(replace(talks.answered().answer.sentences[0].citations[0], hit=hit),),
    )  # fmt: skip
    answer = replace(talks.answered().answer, sentences=(sentence,), message=EVIL)
    asked = talks.answered(question=EVIL, asked=EVIL + "1", answer=answer, placed=())
    broken = replace(talks.stopped(2), pending=EVIL, trouble=EVIL, at=EVIL)
    return talks.talk(asked, broken)


def test_hostile_text_stays_text_in_markdown(talks):
    made = text(export(hostile(talks), EVIL, "md", "gbt7714", EN))
    for preset in ("commonmark", "js-default", "gfm-like"):
        viewer = MarkdownIt(preset, {"html": True, "linkify": False})
        tokens = [t for block in viewer.parse(made) for t in (block, *(block.children or ()))]
        assert not {t.type for t in tokens} & {"image", "link_open", "html_block", "fence"}
        html = {t.content for t in tokens if t.type == "html_inline"}
        assert html == {"<mark>", "</mark>"}
        assert "<img src=x onerror=alert(1)>" in "".join(
            t.content for t in tokens if t.type in ("text", "text_special")
        )


def test_hostile_text_stays_text_in_html(talks):
    made = text(export(hostile(talks), EVIL, "html", "plain", EN))
    body = made[made.index("<body>") :]
    assert set(re.findall(r"<(\w+)", body)) == {
        *("body", "h1", "h2", "h3", "section", "span", "p", "br", "sup", "a", "small"),
        *("blockquote", "mark", "ol", "li", "footer"),
    }
    assert set(re.findall(r'(?:src|href|on\w+)="?([^">]*)', re.sub(r">[^<]*", ">", body))) == {
        "#ref-1"
    }
    assert "<script" not in made


LINES = st.text(st.sampled_from("ab1.)-+#*_[]()<>!&;`~|\\=:/@ \n\thtpw水"), max_size=24)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(LINES)
def test_escaped_text_reads_as_it_was_written(words):
    """As one paragraph of a strict viewer, with nothing but its text."""
    shown = " ".join(words.split())
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(as_text(words))
    if not shown:
        assert tokens == []
        return
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {t.type for t in tokens[1].children} <= {"text", "text_special"}
    assert "".join(t.content for t in tokens[1].children) == shown


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], [("abcdef", False)]),
        ([Span(0, 6)], [("abcdef", True)]),
        ([Span(3, 5), Span(1, 4)], [("a", False), ("bcde", True), ("f", False)]),
        ([Span(0, 2), Span(2, 3)], [("abc", True), ("def", False)]),
        ([Span(4, 99), Span(2, 2)], [("abcd", False), ("ef", True)]),
    ],
)
def test_quotations_that_overlap_are_marked_once(spans, expected):
    assert split_at("abcdef", spans) == expected


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("芷河 洪水？", "芷河 洪水？"), ('a/b\\c:d*e?"<f>|g', "a b c d e f g"), ("..", "yinzheng"),
        ("../../etc/passwd", "etc passwd"), ("CON", "_CON"), ("nul.txt", "_nul.txt"),
        ("", "yinzheng"),
        ("x\r\nSet-Cookie: a", "x Set-Cookie a"), ("100% “a”", "100 “a”"), ("字" * 99, "字" * 60),
    ],
)  # fmt: skip
def test_file_names_that_every_system_takes(title, name):
    assert file_name(title) == name


def test_the_header_names_the_file_for_browsers_of_any_age(talks):
    made = export(talks.talk(talks.stopped()), "洪水; a", "json", "plain", EN)
    assert made.disposition == (
        "attachment; filename=\"yinzheng.json\"; filename*=UTF-8''%E6%B4%AA%E6%B0%B4%3B%20a.json"
    )
