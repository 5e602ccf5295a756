"""Pages for learning that are like a real paper's: long articles on one subject, with crossheads.

News in short items differs from item to item; a page of a daily often has one subject, and its
articles are told apart by by-lines, datelines and end marks alone. Here articles that resemble
one another are put together to longer ones, the headlines of the later ones as crossheads, and
every article of a page gets the same kind of by-line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from eval.bench.damage import DamagedPage, damaged_page
from eval.bench.pages_clean import CleanArticle
from eval.bench.pages_desk import Odds
from index.newspaper.page import Role
from index.text import fold

_NEIGHBOURS = 40  # articles most like the first one, from which a page is made
_LONGEST_CROSSHEAD = 18  # characters
_BUCKETS = 1 << 11  # of the hash of a pair of characters

_CUES = (
    {"byline": 1.0, "subtitle": 0.6, "opening": 0.2},
    {"byline": 0.5, "opening": 1.0, "opening_date": 0.7},
    {"opening": 0.0, "end_mark": 1.0, "subtitle": 0.5},
    {"byline": 0.7, "subtitle": 0.7, "opening": 0.5, "end_mark": 0.5},
)


def paper_pages(articles: Sequence[CleanArticle], pages: int, seed: int) -> Iterator[DamagedPage]:
    """So many pages, the same for the same articles and seed."""
    own = [article for article in articles if not article.latin]
    vectors = _vectors(own)
    for number in range(pages):
        rng = Random(f"paper {seed}:{number}")
        first = rng.randrange(len(own))
        near = np.argsort(-(vectors @ vectors[first]), kind="stable")[:_NEIGHBOURS]
        chosen = [own[first], *(own[i] for i in rng.sample(near[1:].tolist(), 11))]
        page = list(_merged(chosen, rng.randint(2, 5), rng))
        odds = replace(Odds(), crosshead=0.3, no_headline=0.02, **rng.choice(_CUES))
        yield damaged_page(page, f"paper {seed}:{number}", odds=odds)


def _merged(articles: Sequence[CleanArticle], count: int, rng: Random) -> Iterator[CleanArticle]:
    """`count` articles, each put together from one to four."""
    at = 0
    for _ in range(count):
        size = rng.choice((1, 1, 2, 3, 4))
        parts = articles[at : at + size]
        if not parts:
            return
        at += size
        blocks = list(parts[0].blocks)
        for part in parts[1:]:
            blocks += [(Role.HEADING, _crosshead(part, rng)), *part.blocks]
        yield replace(parts[0], blocks=tuple(blocks))


def _crosshead(article: CleanArticle, rng: Random) -> str:
    """Its headline, or a part of it."""
    halves = [half for half in article.title.replace("：", " ").split() if len(half) >= 5]
    short = [half for half in halves if len(half) <= _LONGEST_CROSSHEAD]
    return rng.choice(short) if short else article.title[:_LONGEST_CROSSHEAD]


def _vectors(articles: Sequence[CleanArticle]) -> NDArray[np.float32]:
    """One unit vector an article: its pairs of characters, rare ones counting more."""
    rows = np.zeros((len(articles), _BUCKETS), dtype=np.float32)
    for row, article in zip(rows, articles, strict=True):
        text = fold(article.title + article.blocks[0][1])
        codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
        pairs = (codes[:-1] * np.uint64(0x9E3779B1) + codes[1:]) % np.uint64(_BUCKETS)
        row[np.unique(pairs)] = 1
    rows *= np.log(len(articles) / (1 + rows.sum(axis=0)))
    norms = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(norms, 1e-6), dtype=np.float32)
