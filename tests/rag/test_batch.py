"""Files of questions → rows: what is read, what is a fault of one row, what of the file."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import Turn
from rag.batch.reading import read_batch
from rag.batch.row import Row
from rag.errors import QuestionError


def rows(folder: Path, content: str | bytes, name: str = "q.jsonl") -> list[Row]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    batch = read_batch(path)
    found = list(batch)
    assert list(batch) == found  # as often as it is gone through
    assert batch.size == len(found)
    return found


def test_lines_of_json(tmp_path: Path) -> None:
    lines = [
        '{"id": 7, "question": "桥？", "note": "is not looked at"}',
        "",
        '{"id": {"a": [1]}, "question": "b\\u2028?", "since": "2031", "until": null}',
        '{"question": "c?", "history": [["它？", "是。"], {"question": "d?", "answer": "e"}]}',
    ]
    assert rows(tmp_path, "\r\n".join(lines) + "\r\n") == [
        Row(1, 7, "桥？"),
        Row(3, {"a": [1]}, "b\u2028?", since="2031"),
        Row(4, None, "c?", (Turn("它？", "是。"), Turn("d?", "e"))),
    ]
    batch = read_batch(tmp_path / "q.jsonl")
    assert batch.sha256 == hashlib.sha256((tmp_path / "q.jsonl").read_bytes()).hexdigest()
    assert (batch.table, batch.ignored) == (None, ())


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("{broken", Row(2, fault="not a JSON object (")),
        ('["q"]', Row(2, fault="not a JSON object")),
        ("[" * 100_000, Row(2, fault="not a JSON object (")),
        ('{"question": "a\0b"}', Row(2, fault="not a JSON object (")),
        ('{"question": "a\\u0000b"}', Row(2, None, "a\0b", fault="a text holds a null character")),
        (
            '{"question": "a", "history": [["b\\u0000", "c"]]}',
            Row(2, None, "a", fault="a text holds a null character"),
        ),
        ('{"id": NaN, "question": "a"}', Row(2, fault="not a JSON object (NaN is no value")),
        ('{"id": 1e999, "question": "a"}', Row(2, fault="not a JSON object (")),
        ('{"id": "x"}', Row(2, "x", fault='no "question"')),
        ('{"id": "x", "question": ["a"]}', Row(2, "x", fault='no "question"')),
        ('{"question": "a", "until": 5}', Row(2, None, "a", fault='"since" or "until" is')),
        ('{"question": "a", "history": "b"}', Row(2, None, "a", fault='"history" is not a')),
        ('{"question": "a", "history": [["b"]]}', Row(2, None, "a", fault='"history" is not a')),
        ('{"question": "a", "history": [["b", 1]]}', Row(2, None, "a", fault='"history" is not')),
    ],
)
def test_a_bad_line_is_the_fault_of_its_row(tmp_path: Path, line: str, row: Row) -> None:
    first, bad, last = rows(tmp_path, f'{{"question": "一"}}\n{line}\n{{"question": "二"}}')
    assert (first, last) == (Row(1, None, "一"), Row(3, None, "二"))
    assert row.fault and bad.fault
    assert bad.fault.startswith(row.fault)
    assert (bad.line, bad.id, bad.question) == (row.line, row.id, row.question)


def test_a_table_has_columns_of_the_names_of_a_row(tmp_path: Path) -> None:
    history = json.dumps([["它？", "是。"]], ensure_ascii=False).replace('"', '""')
    table = (
        "\ufeffid,Question,note,until,since,history\r\n"
        "\r\n"
        f'7,"How ""long"",\r\nhere?", x ,2032,2031-05,"{history}"\r\n'
        ' , 多长？ ,,"",\r\n'
        "9,last"
    )
    assert rows(tmp_path, table, "q.csv") == [
        Row(3, "7", 'How "long",\r\nhere?', (Turn("它？", "是。"),), "2031-05", "2032"),
        Row(5, None, "多长？"),
        Row(6, "9", "last"),
    ]
    assert read_batch(tmp_path / "q.csv").ignored == ("note",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_tables_in_the_forms_that_spreadsheets_write(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    lines = [["编号", "问题"]] + [[str(n), "新桥有多长，有多宽；什么时候通车？"] for n in range(9)]
    text = "".join(delimiter.join(f'"{value}"' for value in line) + "\r\n" for line in lines)
    found = rows(tmp_path, text.encode(encoding), "q.tsv" if delimiter == "\t" else "q.csv")
    assert found == [Row(n + 2, str(n), "新桥有多长，有多宽；什么时候通车？") for n in range(9)]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('a"b,', None),  # a quote inside of a value without quotes is a quote
        ('"a"b,c', Row(2, fault="the row cannot be read (")),
        ("a,b,c", Row(2, fault="the row has 3 fields and the first row 2; put")),
        (",[]", Row(2, fault='no "question"')),
        ("a,[1", Row(2, None, "a", fault='"history" is not JSON (')),
        ("a,{}", None),  # empty
        ("a,5", Row(2, None, "a", fault='"history" is not a list')),
        ("a\0,", Row(2, None, "a\0", fault="a text holds a null character")),
    ],
)
def test_a_bad_row_of_a_table_is_its_own_fault(tmp_path: Path, line: str, row: Row | None) -> None:
    first, last = rows(tmp_path, f"question,history\n{line}\n二", "q.csv")
    assert last == Row(3, None, "二")
    if row is None:
        assert first.fault is None
    else:
        assert first.fault is not None and row.fault is not None
        assert first.fault.startswith(row.fault)
        assert (first.line, first.id, first.question) == (2, row.id, row.question)


def test_a_long_history_fits_a_table_and_no_limit_is_left_behind(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    turns = [["q" * 8000, "答" * 8000]] * 50
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["question", "history"], ["a", json.dumps(turns)]])
    (row,) = rows(tmp_path, file.getvalue(), "q.csv")
    assert row == Row(2, None, "a", tuple(Turn(*turn) for turn in turns))
    assert csv.field_size_limit() == before == 131072


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.jsonl", b" \n\n", "holds no question; write one JSON object a line"),
        ("q.csv", b"question\n\n", "holds no question; write a question a row"),
        ("q.csv", b"", "is empty"),
        (
            "q.csv",
            b"id,text\n1,a",
            "has no column with the questions;.*Columns found: 'id', 'text'",
        ),
        ("q.csv", b"question,Question\na,b", "has two columns for question; keep one of"),
        ("q.csv", b'"question\na', r"its first row cannot be read \("),
        ("q.jsonl", b"\x89PNG\r\n\x1a\n\x00\x00\xff", "looks like a binary file"),
        (
            "q.jsonl",
            '{"question": "新桥多长？"}'.encode()[:-3],
            "ends in the middle of a character",
        ),
    ],
)
def test_files_that_are_no_batch(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(QuestionError, match=message):
        read_batch(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(QuestionError, match=r"cannot be read \(.*\); check the path"):
            read_batch(path)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
CELLS = st.text(st.sampled_from("ab,;\t\"'\n\r 桥"), max_size=8)


@settings(derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.fixed_dictionaries(
            {"question": TEXTS},
            optional={
                "id": st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                | TEXTS | st.lists(st.booleans()),
                "since": st.none() | TEXTS,
                "history": st.lists(st.tuples(TEXTS, TEXTS), max_size=2),
            },
        ),
        min_size=1,
        max_size=5,
    )
)  # fmt: skip
def test_what_json_writes_is_read(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    found = rows(tmp_path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))
    assert [row.fault for row in found] == [None] * len(records)
    for row, record in zip(found, records, strict=True):
        assert (row.question, row.id) == (record["question"], record.get("id"))
        assert row.since == record.get("since")
        assert [(t.question, t.answer) for t in row.history] == record.get("history", [])


@settings(derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_is_read(
    tmp_path: Path, cells: list[tuple[str, str]], delimiter: str, end: str
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "question"), *cells, ("last", "last")])
    found = rows(tmp_path, file.getvalue(), "q.csv")
    assert [(row.id, row.question) for row in found] == [
        (a.strip() or None, b.strip()) for a, b in [*cells, ("last", "last")] if (a + b).strip()
    ]
    assert [row.fault for row in found] == [None if r.question else 'no "question"' for r in found]


@settings(derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60), st.sampled_from(["q.jsonl", "q.csv", "q.tsv"]))
def test_whatever_a_file_holds_it_is_rows_or_an_error_that_names_it(
    tmp_path: Path, content: bytes, name: str
) -> None:
    for prefix in (b"", b"question,id\n", b'{"question": "a"}\n'):
        try:
            found = rows(tmp_path, prefix + content, name)
        except QuestionError as error:
            assert str(error).startswith(str(tmp_path / name))
        else:
            assert found
            assert [row.line for row in found] == sorted({row.line for row in found})
