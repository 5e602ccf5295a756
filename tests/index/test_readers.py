import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import InputError
from index.readers import LARGEST, SourceFile, read_file

ROOT = Path(__file__).parents[2]


def read(path: Path):
    return read_file(SourceFile(path, path.name))


def test_front_matter_gives_the_metadata_and_stays_out_of_the_body(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: 标题\ndate: 2031-05-18\nauthors: 甲, 乙\n---\n\n正文。\n", "utf-8")
    (article,), faults, _ = read(path)
    assert (article.title, article.date, article.authors) == ("标题", "2031-05-18", ("甲", "乙"))
    assert article.section is None
    assert article.body.cut(article.raw) == "\n正文。\n"
    assert article.page_starts == ()
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


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n", "empty"),
        ("a.txt", b"\x00\x01", "binary"),
        ("a.txt", b"\xd6\xd0\xce\xc4", "not UTF-8.*too short.*iconv -f GB18030"),
        ("a.jsonl", b"\n", "no record"),
        ("a.PDF", b"", "empty"),
        ("a.docx", b"", "empty"),
        ("a.html", b"", "empty"),
        ("a.csv", b"", "empty"),
    ],
)
def test_unreadable_files_say_why(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path)


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.docx", "a.html"])
def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InputError, match="20,000,001 bytes"):
        read(path)


@pytest.mark.parametrize(("name", "row"), [("a.jsonl", '{"text": "X"}'), ("a.csv", "X")])
def test_a_list_of_articles_may_be_larger(tmp_path: Path, name: str, row: str) -> None:
    path = tmp_path / name
    with path.open("w", encoding="utf-8") as file:
        file.write("text\n" if name == "a.csv" else "")
        for number in range(40):
            file.write(row.replace("X", f"{number} " + "x" * (LARGEST // 40)) + "\n")
    articles, faults, _ = read(path)
    assert (len(articles), faults) == (40, [])
    assert len(articles[-1].raw) == LARGEST // 40 + 3


def test_heavy_libraries_wait_for_a_file_of_their_kind(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("甲地有桥。", "utf-8")
    script = (
        "import sys; from pathlib import Path\n"
        "from index.readers import find_files, read_file\n"
        "files, _ = find_files([Path(sys.argv[1])])\n"
        "read_file(files[0])\n"
        "heavy = {'trafilatura', 'pypdfium2', 'docx', 'lxml', 'charset_normalizer', 'csv'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == "set()\n", done.stderr
