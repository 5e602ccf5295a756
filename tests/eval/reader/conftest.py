"""Texts of few words that a reader of few numbers can learn from."""

import gzip
import json
from pathlib import Path

import pytest

from eval.bench.reader import batches
from eval.bench.reader.sources import Sources, read_sources
from rag.ranker_pieces import bundled_pieces

NUMERALS = "一二三四五六七八九"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A set of bridges and one of lakes, each with its length."""
    folder, found = tmp_path_factory.mktemp("train"), []
    for name, thing in (("bridges", "桥"), ("lakes", "湖")):
        blocks = [
            {
                "context": f"第{n}座{thing}在城{other}里。它有{n}百米长。市民常来散步。",
                "qas": [{"question": f"第{n}座{thing}多长？", "answers": [{"text": f"{n}百米"}]}],
            }
            for n in NUMERALS
            for other in NUMERALS[:4]
        ]
        found.append(folder / f"{name}.json")
        found[-1].write_text(json.dumps({"data": [{"paragraphs": blocks}]}), "utf-8")
    return found


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four articles about ferries, a line each, with a head that is no part of their text."""
    folder = tmp_path_factory.mktemp("news")
    lines = [
        f"标题：渡轮　正文：{n}号渡轮昨天从东渡口开往西渡口。船长李明说，{n}号渡轮可以载客三百人。"
        f"西渡口去年新建了候船大厅。李明在渡轮公司工作了二十年，渡轮公司今年秋天还要再开两条新的航线。"
        for n in NUMERALS[:4]
    ]
    with gzip.open(folder / "news.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return folder


@pytest.fixture(scope="session")
def sources(files: list[Path], news: Path) -> Sources:
    return read_sources(files, news, None, bundled_pieces(), 3)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pools of small batches, some of each."""
    monkeypatch.setattr(batches, "POOL", 40)
    monkeypatch.setattr(batches, "PLACES", 1024)
