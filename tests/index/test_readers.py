import json
from pathlib import Path

import pytest

from index.errors import InputError
from index.readers import LARGEST, SourceFile, decode, find_files, read_file


def read(path: Path):
    return read_file(SourceFile(path, path.name))


def test_front_matter_gives_the_metadata_and_stays_out_of_the_body(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: 标题\ndate: 2031-05-18\nauthors: 甲, 乙\n---\n\n正文。\n", "utf-8")
    (article,), faults, _ = read(path)
    assert (article.title, article.date, article.authors) == ("标题", "2031-05-18", ("甲", "乙"))
    assert article.section is None
    assert article.body.cut(article.raw) == "\n正文。\n"
    assert faults == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# 众志成城\n\n正文。", "众志成城"),
        ("今天晴。\n\n正文。", "a"),  # a sentence is no headline: the file's name
        ("众 志 成 城\n\n正文。", "众 志 成 城"),
    ],
)
def test_title_of_a_plain_file(tmp_path: Path, text: str, title: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, "utf-8")
    assert read(path)[0][0].title == title


def test_records_of_a_jsonl_file_and_their_faults(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    rows = [
        '{"id": "n1", "text":"一段。\\n二段。","title":"甲","date":"2022-04-14T8", "authors": "A"}',
        "",
        '{"text": "无号"}',
        "[1]",
        '{"id": "n1", "text": "again"}',
        '{"title": "no text"}',
        '{"text": "x", "date": "14 April"}',
        '{"text": "\\ud800"}',
        '{"text": "x", "authors": 5}',
        "{broken",
        '{"id": 7, "text": "number as id", "source": "other.txt"}',
    ]
    path.write_text("\n".join(rows), "utf-8")
    articles, faults, _ = read(path)
    assert [(a.id, a.title, a.date, a.source) for a in articles] == [
        ("n1", "甲", "2022-04-14", "news.jsonl"),
        (articles[1].id, "无号", None, "news.jsonl"),
        ("7", "number as id", None, "other.txt"),
    ]
    assert articles[1].id.startswith("a")
    assert [f.line for f in faults] == [4, 5, 6, 7, 8, 9, 10]
    assert "stands on line 1 already" in str(faults[1])
    assert "YYYY-MM-DD" in str(faults[3])


def test_encodings() -> None:
    text = "长春市，方艙"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert decode(text.encode(encoding)) == text
    with pytest.raises(InputError, match="not UTF-8.*iconv"):
        decode(text.replace("艙", "舱").encode("gb18030"))
    with pytest.raises(InputError, match="binary"):
        decode(b"\x7fELF\x00\x01\x02")
    with pytest.raises(InputError, match="binary"):
        decode(bytes(range(1, 9)) * 50)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b" \n", "empty"), (b"\x00\x01", "binary"), (b"\xd6\xd0\xce\xc4", "UTF-8")],
)
def test_unreadable_files_say_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InputError, match="20,000,001 bytes"):
        read(path)


def test_find_files_is_ordered_and_leaves_hidden_ones_alone(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.jsonl", ".hidden.txt", ".git/x.txt", "d.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"text": "x"}))
    files, faults = find_files([tmp_path, tmp_path / "a.md", tmp_path / "d.pdf"])
    assert [f.source for f in files] == ["a.md", "b.txt", "sub/c.jsonl"]
    assert [f.source for f in faults] == ["d.pdf"]


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        find_files([tmp_path / "none"])
    with pytest.raises(InputError, match=r"no \.txt"):
        find_files([tmp_path])
