import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.errors import InputError
from index.readers import Fault, SourceFile, read_file
from index.readers.records import articles_of
from index.readers.table import table_records


def read(folder: Path, text: str | bytes, name: str = "a.csv") -> tuple[list[Article], list[Fault]]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    articles, faults, _ = read_file(SourceFile(path, name))
    return articles, faults


def test_a_row_is_an_article(tmp_path: Path) -> None:
    articles, faults = read(
        tmp_path,
        "\nTitle,TEXT,id,date,source,section,authors,pages\n"
        '新桥,"第一段，有逗号。\n第二段说""好""。",n1,2031-05-18,日报,三版,"甲、乙",4\n'
        "\n"
        ",只有正文。,,,,,,\n",
    )
    assert faults == []
    first, second = articles
    assert (first.id, first.title, first.date) == ("n1", "新桥", "2031-05-18")
    assert (first.source, first.section, first.authors) == ("日报", "三版", ("甲", "乙"))
    assert first.raw == '第一段，有逗号。\n第二段说"好"。'
    assert first.lines_are_paragraphs
    assert (second.source, second.date, second.authors) == ("a.csv", None, ())
    assert second.id.startswith("a")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_chinese_columns_delimiters_and_encodings(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [["标题", "正文", "日期", "来源", "版面", "作者"]]
    rows += [["新桥通车", "白塔镇的新桥昨天通车，居民很高兴。", "2031/5/8", "日报", "1", "李青"]]
    text = "".join(delimiter.join(row) + "\r\n" for row in rows)
    name = "a.tsv" if delimiter == "\t" else "a.csv"
    (article,), faults = read(tmp_path, text.encode(encoding), name)
    assert faults == []
    assert article.raw == "白塔镇的新桥昨天通车，居民很高兴。"
    assert (article.title, article.date, article.source) == ("新桥通车", "2031-05-08", "日报")
    assert (article.section, article.authors) == ("1", ("李青",))


def test_bad_rows_are_faults_with_their_lines(tmp_path: Path) -> None:
    articles, faults = read(
        tmp_path,
        "text,title,date,id\n"
        '"一。\n二。",甲,,1\n'
        ",no text,,2\n"
        "三。,乙,18 May,3\n"
        "四。,丙,,4,extra\n"
        '"五。"x,丁,,5\n'
        "六。,戊,,1\n"
        "七。\n"
        '"八。,己,,8\n',
    )
    assert [a.raw for a in articles] == ["一。\n二。", "七。"]
    assert [(f.line, f.reason.split("(")[0][:24]) for f in faults] == [
        (4, 'no "text"; give the arti'),
        (5, "date '18 May' is not of "),
        (6, "the row has 5 fields and"),
        (7, "the row cannot be read "),
        (8, "id '1' stands on line 2 "),
        (10, "the row cannot be read "),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("headline,body\n甲,乙\n", "no column with the articles.*'headline', 'body'"),
        ("text,正文\n甲,乙\n", "two columns for text"),
        ("text\n", "no record"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ('"text"x,title\n甲,乙\n', "first row cannot be read"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, text)


def test_fields_longer_than_the_limit_of_the_csv_module(tmp_path: Path) -> None:
    long = "甲地有桥。" * 100_000
    limit = csv.field_size_limit()
    (article,), faults = read(tmp_path, f"text,title\n{long},乙\n")
    assert (len(article.raw), faults) == (500_000, [])
    assert csv.field_size_limit() == limit  # the module's own is left as it was


FIELD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_what_the_csv_module_writes_is_read_back(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter)
    writer.writerows([("text", "id"), *((text, f"{n}{id_}") for n, (text, id_) in enumerate(rows))])
    articles, faults = articles_of(table_records(target.getvalue()), "a.csv")
    assert faults == []
    assert [a.raw for a in articles] == [text.strip() for text, _ in rows]
