"""Texts that the reader learns from: real questions, and articles that questions are made of."""

import gzip
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.bench.ranker_cases import Case, Integers, Passage, clipped, read_cases, switched
from eval.bench.reader.made_up import Asking, made_up
from eval.bench.squad import read_set
from index.sentences import sentences
from rag.errors import InputError
from rag.ranker_pieces import PieceTable

OTHERS = 0.3  # share of the real questions that see a paragraph without the answer, too
ALONE = 0.08  # … that see only such a paragraph, or theirs without what answers
SWITCHED = 0.12  # share of questions that are asked in another language, word by word
BOTH_SWITCHED = 0.12  # … together with their paragraph
DRAWN = 40_000  # questions of each set
_LANGUAGES = {"zh": 0.6, "ja": 0.2, "en": 0.2}  # shares of the made-up questions
_MOST_COUNTED = 30_000  # articles of one source that make its share larger
_LINES = 12  # translated sentences in their order that make an article


@dataclass(frozen=True)
class Articles:
    """Articles of one language, as sentences of pieces."""

    language: str
    texts: Sequence[Sequence[Integers]]


@dataclass(frozen=True)
class Sources:
    """What is learnt from."""

    real: Sequence[Sequence[Case]]  # by set
    articles: Sequence[Articles]
    shares: Sequence[float]  # of the articles, in questions
    table: PieceTable
    asking: Asking

    def draw(self, rng: np.random.RandomState, made: float) -> tuple[Integers, list[Passage]]:
        """A question and its passages; `made` is the share of those that are made up."""
        case = self._made(rng) if rng.rand() < made else None
        if case is None:
            cases = self.real[rng.randint(len(self.real))]
            case = cases[rng.randint(len(cases))]
        passages = [clipped(case.passage, rng)]
        chance = rng.rand()
        if case.others and chance < OTHERS:
            passages.append(clipped(case.others[rng.randint(len(case.others))], rng))
        return _varied(case.asked, passages, rng)

    def _made(self, rng: np.random.RandomState) -> Case | None:
        articles = self.articles[rng.choice(len(self.articles), p=self.shares)]
        text = articles.texts[rng.randint(len(articles.texts))]
        return made_up(text, articles.language, self.table, self.asking, rng)


def _varied(
    asked: Integers, passages: list[Passage], rng: np.random.RandomState
) -> tuple[Integers, list[Passage]]:
    chance = rng.rand()
    if chance < SWITCHED:
        return switched(asked, rng), passages
    if chance < SWITCHED + BOTH_SWITCHED:
        return _all_switched(asked, passages, rng)
    return asked, passages


def _all_switched(
    asked: Integers, passages: list[Passage], rng: np.random.RandomState
) -> tuple[Integers, list[Passage]]:
    """Each piece translated into one other, the same wherever it stands."""
    flat = [asked, *(ids for passage in passages for ids in passage.sentences)]
    unique, places = np.unique(np.concatenate(flat), return_inverse=True)
    translated = switched(unique, rng, script=1)[places]
    parts = np.split(translated, np.cumsum([len(ids) for ids in flat])[:-1])
    rest = iter(parts[1:])
    return parts[0], [
        Passage(tuple(next(rest) for _ in passage.sentences), passage.right, passage.answers)
        for passage in passages
    ]


def read_sources(
    train: Sequence[Path], news: Path | None, parallel: Path | None, table: PieceTable, most: int
) -> Sources:
    """Everything, as pieces.

    Args:
        train: SQuAD-style files, as for the ranker.
        news: a folder of news, an article a line (*.txt.gz).
        parallel: a folder of translated texts whose English side is read (*.tsv.gz).
        table: cuts the texts.
        most: news articles of each file.

    Raises:
        InputError: a file cannot be read, or there is nothing to make questions of.
    """
    real, _ = read_cases(train, DRAWN)
    articles = [*_contexts(train, table)]
    if news is not None:
        articles.append(Articles("zh", [*_cut(_news(news, most), table)]))
    if parallel is not None:
        articles.append(Articles("en", [*_cut(_english(parallel), table)]))
    articles = [a for a in articles if a.texts]
    if not articles:
        raise InputError("there are no texts long enough to make questions of; give --news DIR")
    return Sources(real, articles, _shares(articles), table, Asking.of(table))


def _shares(articles: Sequence[Articles]) -> Sequence[float]:
    """Of the made-up questions, by language and then by how many articles there are."""
    sizes = [min(len(a.texts), _MOST_COUNTED) for a in articles]
    by_language = Counter[str]()
    for a, size in zip(articles, sizes, strict=True):
        by_language[a.language] += size
    shares = np.array(
        [
            _LANGUAGES[a.language] * size / by_language[a.language]
            for a, size in zip(articles, sizes, strict=True)
        ]
    )
    found: list[float] = (shares / shares.sum()).tolist()
    return found


def _contexts(train: Sequence[Path], table: PieceTable) -> Iterator[Articles]:
    """The paragraphs of the question sets, by language."""
    texts: dict[str, list[str]] = {"zh": [], "ja": []}
    for path in train:
        for paragraph in read_set(path).paragraphs:
            kana = re.search("[\u3040-\u30ff]{3}", paragraph)
            texts["ja" if kana else "zh"].append(paragraph)
    for language, found in texts.items():
        if found:
            yield Articles(language, [*_cut(found, table)])


def _news(folder: Path, most: int) -> Iterator[str]:
    files = sorted(folder.glob("*.txt.gz"))
    if not files:
        raise InputError(f"{folder} holds no *.txt.gz; check --news")
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for _, line in zip(range(most), lines, strict=False):
                yield line.split("正文：", 1)[-1]


def _english(folder: Path) -> Iterator[str]:
    """The English side of translated documents, some sentences in their order at a time."""
    seen: set[str] = set()
    for path in sorted(folder.glob("*.eng-*.tsv.gz")):
        if not path.name.startswith(("wmt", "ntrex.eng-zho", "ntrex.eng-deu", "tico19")):
            continue
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            told = [line.split("\t")[0].strip() for line in lines]
        fresh = [text for text in told if text not in seen]
        seen.update(fresh)
        for start in range(0, len(fresh), _LINES // 2):
            yield "\n".join(fresh[start : start + _LINES])


def _cut(texts: Iterator[str] | Sequence[str], table: PieceTable) -> Iterator[list[Integers]]:
    waiting: list[list[str]] = []
    for text in texts:
        waiting.append([span.cut(text) for span in sentences(text)])
        if len(waiting) == 500:
            yield from _pieces(waiting, table)
            waiting = []
    yield from _pieces(waiting, table)


def _pieces(texts: list[list[str]], table: PieceTable) -> Iterator[list[Integers]]:
    ids = iter(table.ids([sentence for text in texts for sentence in text]))
    for text in texts:
        cut = [part for part in (next(ids) for _ in text) if len(part)]
        if len(cut) > 2 and sum(map(len, cut)) > 40:
            yield [part.astype(np.int32) for part in cut]
