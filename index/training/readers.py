"""Readers of the training data folder: plain texts and pairs of texts, set by set.

Layout expected below the data folder (every file gzip)::

    train/news_zh/part_*.txt.gz             one article a line, "date，正文：text"
    train/headlines_zh.jsonl.gz             {"date", "title", "body"} with HTML in the body
    train/cmrc2018/*.json.gz                SQuAD style, Chinese
    train/jaquad/*.json.gz                  SQuAD style, Japanese
    train/parallel/SET.LANG-LANG.tsv.gz     two columns, translations of each other
    train/parallel/cedict_*.txt.gz          "traditional simplified [pinyin] /gloss/gloss/"

Only ``train`` is read, so that development sets cannot leak into training.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

Pair = tuple[str, str]

HEADLINES = "headlines_zh.jsonl.gz"
PARALLEL = "parallel"
BODY_MARK = "正文："
TAG = re.compile(r"<[^>]+>")
SENTENCE = re.compile(r"[^。！？!?；\n]+[。！？!?；\n]*[”’」』）)]*")
HEADLINE_LABEL = re.compile(r"^[【\[][^】\]]*[】\]]\s*")
DICTIONARY_LINE = re.compile(r"^(\S+) (\S+) \[[^\]]*\] /(.+)/\s*$")
NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]|^(?:abbr\. for|variant of|see also|see|also written) ")
MAX_SENTENCE = 160  # characters; longer sentences are cut so that passages stay short
HEADLINE_BODY = 250  # characters of a news body that stand for the whole


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf8") as stream:
        for line in stream:
            yield line.rstrip("\n")


def sentences(text: str) -> list[str]:
    """Split running text after its sentence marks; overlong sentences are cut."""
    found = [s.strip() for s in SENTENCE.findall(text)]
    cut = (s[i : i + MAX_SENTENCE] for s in found for i in range(0, len(s), MAX_SENTENCE))
    return [s for s in cut if len(s) > 3]


def news_articles(data: Path) -> Iterator[list[str]]:
    """Chinese news: the sentences of each article."""
    for path in sorted((data / "train" / "news_zh").glob("*.txt.gz")):
        for line in _lines(path):
            yield sentences(line.partition(BODY_MARK)[2] or line)


def headlines(data: Path) -> Iterator[Pair]:
    """Headline (without its bracketed label) and the beginning of its body."""
    path = data / "train" / HEADLINES
    for line in _lines(path) if path.exists() else ():
        record = json.loads(line)
        title = HEADLINE_LABEL.sub("", record["title"])
        body = TAG.sub("", record["body"].replace("央视网消息", ""))
        if title and body:
            yield title, body[:HEADLINE_BODY]


def questions(folder: Path) -> Iterator[Pair]:
    """(question, paragraph) of every SQuAD-style file in a folder."""
    for path in sorted(folder.glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf8") as stream:
            content = json.load(stream)
        for article in content["data"]:
            for paragraph in article["paragraphs"]:
                for entry in paragraph["qas"]:
                    yield entry["question"], paragraph["context"]


def _gloss(text: str) -> str:
    return NOTE.sub("", text).strip()


def dictionary(data: Path) -> Iterator[Pair]:
    """(simplified headword, one English gloss), classifiers and notes left out."""
    for path in sorted((data / "train" / PARALLEL).glob("cedict*.gz")):
        for line in _lines(path):
            match = DICTIONARY_LINE.match(line)
            if match is None or line.startswith("#"):
                continue
            senses = [g for g in match[3].split("/") if not g.startswith("CL:")]
            glosses = [g for g in map(_gloss, senses) if g]
            yield from ((match[2], gloss) for gloss in glosses[:4])
            if len(glosses) > 1:
                yield match[2], "; ".join(glosses)


def languages(path: Path) -> tuple[str, str, str]:
    """(set, first language, second language) of a parallel file's name."""
    name, codes = path.name.removesuffix(".tsv.gz").split(".", 1)
    first, second = codes.split("-", 1)
    return name, first, second


def parallel_files(data: Path) -> list[Path]:
    """Every parallel file except translations of English into English."""
    found = sorted((data / "train" / PARALLEL).glob("*.tsv.gz"))
    return [path for path in found if not languages(path)[2].startswith("eng")]


def parallel(path: Path) -> Iterator[Pair]:
    """The sentence pairs of one parallel file."""
    for line in _lines(path):
        first, tab, second = line.partition("\t")
        if tab and first.strip() and second.strip():
            yield first.strip(), second.strip()


def manyway(data: Path, name: str) -> dict[str, list[str]]:
    """Language -> sentences of a set that translates the same English lines into many languages.

    Lines are joined by their English text, so that every list has the same length and order;
    a line is kept where every language has it. English is one of the languages ("eng").
    """
    tables: dict[str, dict[str, str]] = {}
    for path in parallel_files(data):
        set_name, first, second = languages(path)
        if set_name == name and first == "eng":
            tables[second] = dict(parallel(path))
    if not tables:
        return {}
    widest = max(len(table) for table in tables.values())
    tables = {code: table for code, table in tables.items() if len(table) > 0.9 * widest}
    shared = set.intersection(*(set(table) for table in tables.values()))
    order = [line for line in next(iter(tables.values())) if line in shared]
    columns = {code: [table[line] for line in order] for code, table in tables.items()}
    return {"eng": order, **columns}
