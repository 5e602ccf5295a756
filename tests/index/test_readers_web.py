import logging
from pathlib import Path

import pytest

from index.article import Article
from index.errors import InputError
from index.paragraphs import paragraphs
from index.readers import SourceFile, read_file

PAGE = """<!doctype html><html lang="zh"><head><meta charset="{charset}">
<title>白塔镇新桥通车 - 白塔日报</title>
<meta name="author" content="李青, 王明">
<meta property="article:published_time" content="1931-05-18T08:00:00+08:00"></head>
<body><nav><a href="/">首页</a><a href="/a">新闻</a></nav><article><h1>白塔镇新桥通车</h1>
<p>白塔镇的新桥昨天上午正式通车，两岸居民不必再绕行四十公里。镇长说，
这座桥用了三年时间建成。</p>
<h2>造价<br>与车道</h2><p>工程总投资三亿二千万元，其中一半来自<b>省里</b>的拨款，另一半由镇里自筹。</p>
<ul><li>桥长八百米，宽二十米</li><li>双向四车道</li></ul>
<table><tr><th>年份</th><th>车流</th></tr><tr><td>1930</td><td>1200</td></tr></table>
<blockquote><p>“我等这座桥等了一辈子。”八十岁的老船工说。</p></blockquote>
</article><footer>版权所有 白塔日报</footer></body></html>"""


def read(folder: Path, data: bytes, name: str = "a.html") -> Article:
    (folder / name).write_bytes(data)
    (article,), faults, _ = read_file(SourceFile(folder / name, name))
    assert faults == []
    return article


def test_the_main_text_and_what_the_page_states(tmp_path: Path) -> None:
    article = read(tmp_path, PAGE.encode())
    assert article.title == "白塔镇新桥通车"
    assert article.date == "1931-05-18"
    assert article.authors == ("李青", "王明")
    assert article.raw.splitlines() == [
        "白塔镇新桥通车",
        "白塔镇的新桥昨天上午正式通车，两岸居民不必再绕行四十公里。镇长说，这座桥用了三年时间建成。",
        "## 造价 与车道",
        "工程总投资三亿二千万元，其中一半来自省里的拨款，另一半由镇里自筹。",
        "桥长八百米，宽二十米",
        "双向四车道",
        "年份\t车流",
        "1930\t1200",
        "“我等这座桥等了一辈子。”八十岁的老船工说。",
    ]
    assert [p.heading for p in paragraphs(article)] == [None] * 2 + ["造价 与车道"] * 6


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("gb2312", "gb18030"), ("GBK", "gbk"), ("utf-8", "gbk"), ("iso-8859-1", "gbk")],
)
def test_pages_in_older_encodings(tmp_path: Path, charset: str, encoding: str) -> None:
    """The last two name the wrong encoding."""
    data = PAGE.replace("{charset}", charset).encode(encoding)
    assert read(tmp_path, data, "a.htm").raw == read(tmp_path, PAGE.encode()).raw


def test_the_encoding_that_a_page_names_decides_where_the_text_does_not(tmp_path: Path) -> None:
    page = (
        '<html><head><meta charset="windows-1251"><title>Мост</title></head><body><p>%s</p></body>'
    )
    text = "Мэр города вчера открыл новый мост через реку, строительство шло три года."
    assert read(tmp_path, (page % text).encode("cp1251")).raw == text + "\n"
    with pytest.raises(InputError, match="iconv"):
        read(tmp_path, (page % text).replace("windows-1251", "x-none").encode("cp1251"))


def test_a_page_without_metadata(tmp_path: Path) -> None:
    article = read(
        tmp_path, "<p>甲地的桥昨天开了。</p><p>乙地的湖还没有结冰。</p>".encode(), "湖.html"
    )
    assert (article.title, article.date, article.authors) == ("湖", None, ())
    assert article.raw == "甲地的桥昨天开了。\n乙地的湖还没有结冰。\n"


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body></body></html>",
        b"<html><body><script>var a = 1;</script></body></html>",
        b"<",
        b" ",
        b"<div>" * 5000 + b"<p>x",
    ],
)
def test_pages_without_an_article(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(InputError, match="no article text"):
        read(tmp_path, data)
    assert caplog.records == []


def test_a_picture_that_calls_itself_a_page(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="binary"):
        read(tmp_path, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00")
