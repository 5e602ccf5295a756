import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.bench.distractors import LENGTH, passages, read_passages
from eval.bench.language_pairs import language_tables
from eval.bench.pools import Pool, Query, pool_of, read_snippets
from eval.bench.ranking import ndcg, recall
from eval.bench.squad import Asked, QuestionSet
from rag.errors import InputError


@pytest.mark.parametrize(
    ("found", "right", "expected"),
    [
        ("abc", "a", 1.0),
        ("abc", "c", 0.5),  # 1 / log2(1 + 3)
        ("abc", "d", 0.0),
        ("..........a", "a", 0.0),  # place 11 is too late
        (".........a", "a", 0.2890648263178879),  # 1 / log2(11)
        ("axb", "ab", 1.5 / (1 + 0.6309297535714575)),  # places 1 and 3 of the best 1 and 2
        ("ab", "abcdefghijklmn", 1.6309297535714575 / 4.543559338088345),  # ideal: ten places
    ],
)
def test_ndcg_by_hand(found: str, right: str, expected: float) -> None:
    assert ndcg(found, right) == pytest.approx(expected)


def test_recall_asks_for_any_right_item() -> None:
    assert [recall("xab", "ab", k) for k in (1, 2, 3)] == [0.0, 1.0, 1.0]
    assert recall("xab", "c", 3) == 0.0


def test_passages_are_whole_sentences_near_the_length() -> None:
    sentences = [f"{number:03}" + "字" * 96 + "。" for number in range(7)]  # 100 characters each
    found = list(passages("".join(sentences)))
    # two sentences (200) are as near to 250 as three (300): the shorter passage is taken
    assert LENGTH == 250
    assert [len(passage) for passage in found] == [200, 200, 200, 100]
    assert "".join(found) == "".join(sentences)
    assert list(passages("长" * 900 + "。短。")) == ["长" * 900 + "。", "短。"]
    assert list(passages(" \n")) == []


def test_distractors_come_from_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("2031-01-02，正文：第一篇。\n第二篇没有日期。\n\n", "utf-8")
    with gzip.open(tmp_path / "b.txt.gz", "wt", encoding="utf-8") as file:
        file.write("2031-01-03，正文：第三篇。\n")
    (tmp_path / "c.json").write_text("{}")
    expected = ["第一篇。", "第二篇没有日期。", "第三篇。"]
    assert list(read_passages([tmp_path])) == expected
    assert list(read_passages([tmp_path / "b.txt.gz", tmp_path / "a.txt"], 2)) == [
        expected[2],
        expected[0],
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty holds no \*.txt"):
        list(read_passages([tmp_path / "empty"]))
    with pytest.raises(InputError, match="missing.txt cannot be read"):
        list(read_passages([tmp_path / "missing.txt"]))


def test_a_paragraph_that_stands_twice_is_one_text() -> None:
    asked = tuple(Asked(f"问{n}", n, ("答",)) for n in range(3))
    pool = pool_of(QuestionSet("s", ("甲 乙", "丙", "甲乙"), asked))
    assert pool.texts == ("甲 乙", "丙")
    assert [query.right for query in pool.queries] == [{0}, {1}, {0}]


def test_snippets_are_pooled(tmp_path: Path) -> None:
    lines = [
        {
            "query": "一？",
            "positive": ["甲", "乙"],
            "negative": ["丙", " "],
            "positive_wrong": ["丁"],
        },
        {"query": "二？", "positive": ["丙"], "negative": ["甲", "戊"]},
        {"query": "三？", "positive": [], "negative": ["己"]},
    ]
    with gzip.open(tmp_path / "rgb_zh.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "pairs.jsonl").write_text('{"sentence1": "甲", "sentence2": "乙"}\n', "utf-8")
    (tmp_path / "none.jsonl").write_text("\n")
    assert read_snippets(tmp_path) == [
        Pool(
            "rgb_zh",
            ("甲", "乙", "丙", "戊", "己"),
            (Query("一？", frozenset({0, 1})), Query("二？", frozenset({2}))),
        )
    ]
    (tmp_path / "pairs.jsonl").write_text("{broken\n")
    with pytest.raises(InputError, match="pairs.jsonl cannot be read after line 1"):
        read_snippets(tmp_path)


def test_tables_of_language_pairs() -> None:
    def row(name: str, value: float) -> dict[str, object]:
        sides = ("dense nDCG@10", "hybrid nDCG@10", "dense R@5", "hybrid R@5")
        return {"set": name, "distractors": 0} | {side: value + i for i, side in enumerate(sides)}

    rows = [row("q_en", 10), row("q_zh → q_en", 20), row("q_zh", 30), row("q_en → q_zh", 40)]
    tables = language_tables([*rows, row("alone_zh", 0)])
    assert len(tables) == 4
    assert tables[1] == [
        {"q, hybrid nDCG@10, 0 distractors": "questions en", "texts en": 11, "texts zh": 41},
        {"q, hybrid nDCG@10, 0 distractors": "questions zh", "texts en": 21, "texts zh": 31},
    ]


def test_retrieval_among_distractors(
    tmp_path: Path, static_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sets"
    folder.mkdir()
    texts = ["江上有新桥，新桥长五百米。", "湖水很清，湖水深三十米。", "医院有床位，院长姓沈。"]
    questions = {
        "zh": ["新桥多长？", "湖水多深？", "院长姓什么？"],
        "xx": ["江桥？", "湖？", "沈？"],
    }
    for language, asked in questions.items():
        blocks = [
            {"context": text, "qas": [{"question": question, "answers": ["米"]}]}
            for text, question in zip(texts, asked, strict=True)
        ]
        content = {"data": [{"paragraphs": blocks}]}
        (folder / f"toy_{language}.json").write_text(json.dumps(content), "utf-8")
    snippets = {"query": "湖水多深？", "positive": texts[1:2], "negative": texts[2:]}
    (folder / "snippets.jsonl").write_text(json.dumps(snippets) + "\n", "utf-8")
    # the second article is a paragraph of the sets and therefore no distractor
    news = ["正文：新桥新桥新桥多长多长。", f"正文：{texts[1]}"]
    (tmp_path / "news.txt").write_text("\n".join(news) + "\n", "utf-8")

    out = tmp_path / "retrieval.json"
    arguments = ["bench", "retrieval", "--data", str(folder), "--embedder", str(static_model)]
    arguments += ["--distractors", str(tmp_path / "news.txt"), "--out", str(out)]
    assert main([*arguments, "--json"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert printed == json.loads(out.read_text("utf-8"))
    rows = {(row["set"], row["distractors"]): row for row in printed}
    names = ["toy_xx", "toy_xx → toy_zh", "toy_zh", "toy_zh → toy_xx", "snippets"]
    assert sorted(rows) == sorted((name, count) for name in names for count in (0, 1))

    alone, among = rows["toy_zh", 0], rows["toy_zh", 1]
    assert (alone["paragraphs"], alone["questions"]) == (3, 3)
    assert alone["BM25 nDCG@10"] == alone["BM25 R@1"] == 1.0
    assert among["BM25 R@1"] == pytest.approx(2 / 3)  # the distractor asks for the bridge, too
    assert among["BM25 nDCG@10"] == pytest.approx((2 + 1 / np.log2(3)) / 3)
    difference = alone["hybrid nDCG@10"] - alone["BM25 nDCG@10"]
    assert alone["hybrid − BM25"] == pytest.approx(difference)
    assert among["low"] <= among["hybrid − BM25"] <= among["high"]
    assert rows["snippets", 0]["paragraphs"] == 2
    assert "BM25 nDCG@10" not in rows["toy_xx → toy_zh", 0]

    assert main([*arguments, "--limit", "1", "--most", "1"]) == 0
    shown = capsys.readouterr().out
    assert "toy, hybrid nDCG@10, 1 distractors" in shown


def test_a_folder_of_snippets_only_needs_no_sets(
    tmp_path: Path, static_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"query": "湖水多深？", "positive": ["湖水深三十米。"], "negative": ["院长姓沈。"]}
    (tmp_path / "only.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    command = ["bench", "retrieval", "--data", str(tmp_path), "--embedder", str(static_model)]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["BM25 R@1"] == 1.0
    (tmp_path / "only.jsonl").unlink()
    assert main(command) == 1
    assert "check --data" in capsys.readouterr().err
