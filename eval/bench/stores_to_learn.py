"""Stores with questions whose paragraph is known, to learn the fusion from; training data only.

Questions that people asked (Chinese, Japanese) are few languages; questions made from sentences
stand for the others: a stretch of a sentence with words left out, of the store's own language, or
of a translation of it. Headlines say in other words what their news are about, as people who ask
for news do. Nothing here may come from development sets.
"""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.bench.made_up import Known, made_of, related
from eval.bench.squad import QuestionSet, read_sets
from index.training.pairs import passage_bounds
from index.training.readers import (
    HEADLINES,
    PARALLEL,
    headlines,
    manyway,
    news_articles,
    parallel,
    parallel_files,
)

QUESTIONS = ("cmrc2018", "jaquad")  # folders of question sets
UNSEEN = 0.3  # the last share of these and of headlines, unseen by an embedder to learn with
PASSAGES = 20_000  # of news, beside the questions' own paragraphs in the large store
_MADE_FROM = ("ntrex.", "wmt.")  # translated texts that questions are made of
_SMALL = 300  # paragraphs of a small store
_QUESTIONS = 500  # of one kind in one store
_HEADLINE = 8  # characters at least; shorter ones name a kind of news
_LINES = 6  # lines of a translated text that make a paragraph
_ABROAD = ("eng", "spa", "rus", "deu", "fra", "jpn", "kor", "por", "ita", "vie", "ukr")


@dataclass(frozen=True)
class ToLearn:
    """A store: its paragraphs, and questions of one or more kinds."""

    name: str
    paragraphs: tuple[str, ...]
    questions: dict[str, tuple[Known, ...]]


def stores(train: Path, seed: int, passages: int = PASSAGES) -> Iterator[ToLearn]:
    """The stores that a folder of training data (see index/training/readers.py) allows.

    Raises:
        InputError: it has no question sets.
    """
    rng = random.Random(seed)
    asked = [_unseen(_joined(train / name)) for name in QUESTIONS]
    for questions in asked:
        yield _small(questions, rng)
    windows = _windows(train.parent)
    if "eng" in windows:
        yield from _translated(windows, rng)
    yield _large(train, asked, windows, rng, passages)


def write_seen(train: Path, out: Path, *, translated: bool = False) -> None:
    """Training data without the questions to learn from, for an embedder to learn with.

    `out`/train is laid out like `train`; what is not cut is linked. The translated texts that
    questions are made of are left out, unless `translated`. Train with --data `out`.

    Raises:
        InputError: `train` has no question sets.
    """
    (out / "train").mkdir(parents=True)
    for path in train.iterdir():
        if path.name not in (*QUESTIONS, HEADLINES, PARALLEL):
            (out / "train" / path.name).symlink_to(path.resolve())
    (out / "train" / PARALLEL).mkdir()
    for path in (train / PARALLEL).glob("*"):
        if translated or not path.name.startswith(_MADE_FROM):
            (out / "train" / PARALLEL / path.name).symlink_to(path.resolve())
    if (train / HEADLINES).exists():
        _write_first_lines(train / HEADLINES, out / "train" / HEADLINES)
    for name in QUESTIONS:
        asked = _joined(train / name)
        blocks: dict[int, list[dict[str, object]]] = {}
        for q in asked.questions[: _first_unseen(asked)]:
            answers = [{"text": answer} for answer in q.answers]
            blocks.setdefault(q.paragraph, []).append({"question": q.question, "answers": answers})
        paragraphs = [{"context": asked.paragraphs[n], "qas": qas} for n, qas in blocks.items()]
        (out / "train" / name).mkdir()
        with gzip.open(out / "train" / name / "seen.json.gz", "wt", encoding="utf-8") as file:
            json.dump({"data": [{"paragraphs": paragraphs}]}, file, ensure_ascii=False)


def _write_first_lines(file: Path, out: Path) -> None:
    with gzip.open(file, "rt", encoding="utf-8") as given:
        lines = list(given)
    with gzip.open(out, "wt", encoding="utf-8") as kept:
        kept.writelines(lines[: _first_unseen_headline(len(lines))])


def _first_unseen_headline(count: int) -> int:
    return int(count * (1 - UNSEEN))


def _joined(folder: Path) -> QuestionSet:
    """All files of a folder as one set."""
    found = read_sets(folder)
    paragraphs = tuple(text for s in found for text in s.paragraphs)
    questions, shift = [], 0
    for s in found:
        questions += [type(q)(q.question, q.paragraph + shift, q.answers) for q in s.questions]
        shift += len(s.paragraphs)
    return QuestionSet(folder.name, paragraphs, tuple(questions))


def _unseen(questions: QuestionSet) -> QuestionSet:
    """The last share of a set."""
    kept = questions.questions[_first_unseen(questions) :]
    low = min(q.paragraph for q in kept)
    moved = tuple(type(q)(q.question, q.paragraph - low, q.answers) for q in kept)
    return QuestionSet(questions.name, questions.paragraphs[low:], moved)


def _first_unseen(questions: QuestionSet) -> int:
    """The first question of the last share; its paragraph is not shared with those before."""
    number = int(len(questions.questions) * (1 - UNSEEN))
    before = questions.questions[number - 1].paragraph if number else -1
    while number < len(questions.questions) and questions.questions[number].paragraph == before:
        number += 1
    return number


def _small(asked: QuestionSet, rng: random.Random) -> ToLearn:
    kept = set(rng.sample(range(len(asked.paragraphs)), min(_SMALL, len(asked.paragraphs))))
    numbers = {old: new for new, old in enumerate(sorted(kept))}
    known = [
        Known(q.question, (numbers[q.paragraph],)) for q in asked.questions if q.paragraph in kept
    ]
    texts = tuple(asked.paragraphs[old] for old in sorted(kept))
    return ToLearn(f"{asked.name}, small", texts, {"asked": _some(known, rng)})


def _windows(data: Path) -> dict[str, list[list[str]]]:
    """Language → the same stretches of lines in each (ntrex), as paragraphs of lines."""
    columns = manyway(data, "ntrex")
    return {
        code: [lines[i : i + _LINES] for i in range(0, len(lines), _LINES)]
        for code, lines in columns.items()
        if code in (*_ABROAD, "zho-CN")
    }


def _wmt(train: Path) -> tuple[list[str], list[str]]:
    lines = [
        pair
        for path in parallel_files(train.parent)
        if path.name.startswith("wmt.eng-zho")
        for pair in parallel(path)
    ]
    return [a for a, _ in lines], [b for _, b in lines]


def _translated(windows: dict[str, list[list[str]]], rng: random.Random) -> Iterator[ToLearn]:
    """Small stores of one language, asked in it and in others."""
    for code in ("eng", "spa", "rus"):
        if code not in windows:
            continue
        others = [other for other in windows if other != code]
        texts = tuple(" ".join(lines) for lines in windows[code])
        yield ToLearn(
            f"ntrex {code}",
            texts,
            {
                "made up": _some(made_of(windows[code], rng), rng),
                "abroad": _some(made_of(windows[rng.choice(others)], rng, whole=0.3), rng)[:100]
                + _some(made_of(windows.get("zho-CN", windows["eng"]), rng, whole=0.3), rng)[:150],
            },
        )


def _large(
    train: Path,
    asked: Sequence[QuestionSet],
    windows: dict[str, list[list[str]]],
    rng: random.Random,
    passages: int,
) -> ToLearn:
    """Chinese and Japanese together with passages of news; no other language is in it."""
    paragraphs: list[str] = []
    questions: dict[str, tuple[Known, ...]] = {}

    def add(name: str, texts: Sequence[str], known: Sequence[Known]) -> None:
        shift = len(paragraphs)
        paragraphs.extend(texts)
        questions[name] = tuple(
            Known(k.question, tuple(n + shift for n in k.paragraphs)) for k in known
        )

    for s in asked:
        own = [Known(q.question, (q.paragraph,)) for q in s.questions]
        add(s.name, s.paragraphs, _some(own, rng))
    titles = _headlines(train.parent)
    add("headlines", [body for _, body in titles], _some(_told_once(titles), rng))
    english, chinese = _wmt(train)
    rows = range(0, len(english), _LINES)
    there = ["".join(chinese[i : i + _LINES]) for i in rows]
    add(
        "wmt abroad",
        there,
        _some(made_of([english[i : i + _LINES] for i in rows], rng, whole=0.3), rng),
    )
    if "zho-CN" in windows:
        abroad = [
            known
            for code in _ABROAD
            if code in windows
            for known in _some(made_of(windows[code], rng, whole=0.3), rng)[:60]
        ]
        add("ntrex abroad", ["".join(lines) for lines in windows["zho-CN"]], abroad)
    news = _news(train.parent, rng, passages)
    texts, made = ["".join(lines) for lines, _ in news], made_of([lines for lines, _ in news], rng)
    add("news made up", texts, _some(made, rng))
    shift = len(paragraphs) - len(texts)
    about = _some(related(news, rng), rng)
    questions["news related"] = tuple(
        Known(k.question, tuple(n + shift for n in k.paragraphs)) for k in about
    )
    return ToLearn("large", tuple(paragraphs), questions)


def _headlines(data: Path) -> list[tuple[str, str]]:
    """The last share of headlines with their news; the same news is there once."""
    told = list(headlines(data))
    news = {body: title for title, body in told[_first_unseen_headline(len(told)) :]}
    return [(title, body) for body, title in news.items()]


def _told_once(titles: Sequence[tuple[str, str]]) -> list[Known]:
    """Headlines of one piece of news alone; others cannot tell which is meant."""
    counts = Counter(title for title, _ in titles)
    return [
        Known(title, (number,))
        for number, (title, _) in enumerate(titles)
        if counts[title] == 1 and len(title) >= _HEADLINE
    ]


def _news(data: Path, rng: random.Random, passages: int) -> list[tuple[list[str], int]]:
    """Passages of news as lists of sentences, each with the number of its article."""
    articles = []
    for article in news_articles(data):
        articles.append(article)
        if len(articles) * 3 > passages:
            break
    bounds = passage_bounds(articles, rng.randrange(1000))
    sentences = [(s, number) for number, article in enumerate(articles) for s in article]
    pieces = [sentences[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    found = [([s for s, _ in piece], piece[0][1]) for piece in pieces]
    return rng.sample(found, min(passages, len(found)))


def _some(known: Sequence[Known], rng: random.Random) -> tuple[Known, ...]:
    return tuple(rng.sample(list(known), min(_QUESTIONS, len(known))))
