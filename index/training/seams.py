"""Texts cut into lines as a printer does, and pairs of line ends and line beginnings drawn from it.

Columns of 12 to 45 characters, cut at a random place, break a paragraph at nearly every character
alike, so a break is drawn directly: any place of the text, moved so that no line begins with
closing punctuation or ends with opening punctuation (the printers' rule 禁则).
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.newspaper.scorer import NOTHING, UNKNOWN, WINDOW, Classes
from index.text import fold

RAREST = 20  # a character seen less often belongs to the class of rare ones
INDENT = 10  # the first line of a column is at least this long
NEAREST = 8  # a wrong continuation begins at least so many characters away from the right one
AGAINST_RULE = 0.05  # share of breaks that do not respect the rule on punctuation
SHORT = 0.03  # share of rows with fewer than WINDOW characters on a side
SAME_ARTICLE = 0.5
PARAGRAPH_STARTS = 0.15  # of the wrong continuations
ARTICLE_STARTS = 0.15  # of the paragraph starts: first lines of articles without paragraphs
SHORTEST = 14  # characters of a paragraph
RUN = 24  # a break counts once for all places with the same characters around it, so many

_PARAGRAPH = re.compile(r"</?p[^>]*>|<br[^>]*>|\n")
_TAG = re.compile(r"<[^>]*>")
_CREDIT = re.compile(r"^\s*央视网消息\s*(（新闻联播）)?[：:]?\s*")
_CLOSING = "，,。、；;：:？?！!”’』」）)》〉】]%…·—"
_OPENING = "“‘『「（(《〈【["

Ints = NDArray[np.int64]
Rng = np.random.Generator


@dataclass(frozen=True)
class Article:
    """Paragraphs of an article; `whole` where the borders between them are lost."""

    paragraphs: tuple[str, ...]
    whole: bool
    dev: bool


def news(path: Path) -> Iterator[Article]:
    """One article a line: ``date，正文：text``."""
    with gzip.open(path, "rt", encoding="utf8") as lines:
        for line in lines:
            text = line.strip().split("，正文：", 1)[-1]
            yield Article((text,), whole=True, dev=_share(text, 50) == 0)


def headlines(path: Path) -> Iterator[Article]:
    """JSON lines of title and body (HTML). One in five is left for the final figures."""
    with gzip.open(path, "rt", encoding="utf8") as lines:
        for line in lines:
            record = json.loads(line)
            if _share(record["title"], 10) >= 8:
                continue
            texts = (html.unescape(_TAG.sub("", p)) for p in _PARAGRAPH.split(record["body"]))
            paragraphs = tuple(_CREDIT.sub("", text) for text in texts)
            yield Article(paragraphs, whole=False, dev=_share("dev" + record["title"], 20) == 0)


def _share(text: str, parts: int) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % parts


def character_classes(articles: Sequence[Article]) -> Classes:
    """Class of each code point of the Basic Multilingual Plane: folded, then numbered.

    Traditional and simplified, full and half width fall together, so do all digits and all
    Latin letters; what folding drops and white space is NOTHING.
    """
    folded = np.array([_folded(code) for code in range(0x10000)])
    counts = np.zeros(0x10000, np.int64)
    for article in articles:
        counts += np.bincount(folded[_codes("".join(article.paragraphs))], minlength=0x10000)
    counts[NOTHING] = 0
    classes = np.full(0x10000, UNKNOWN, np.uint16)
    frequent = np.flatnonzero(counts >= RAREST)
    classes[frequent] = np.arange(2, 2 + len(frequent))
    classes[NOTHING] = NOTHING
    return np.asarray(classes[folded], dtype=np.uint16)


def _folded(code: int) -> int:
    if 0xD800 <= code < 0xE000:
        return code
    text = fold(chr(code))
    if not text:
        return NOTHING
    if len(text) > 1 or text > "\uffff":
        return code
    if text.isdigit():
        return ord("0")
    return ord("a") if "LATIN" in unicodedata.name(text, "") else ord(text)


def _codes(text: str) -> NDArray[np.uint32]:
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return np.where(codes < 0x10000, codes, np.uint32(0xFFFD))


@dataclass(frozen=True)
class Corpus:
    """All paragraphs end to end, as character classes.

    Paragraph i is characters `starts[i]` to `starts[i + 1]`; article j is paragraphs
    `articles[j]` to `articles[j + 1]`. `owner` gives each paragraph its article, `whole` says
    which paragraphs are articles without borders. `fresh` says of each place whether the RUN
    characters around it stand nowhere earlier: news repeat whole passages.
    """

    characters: Classes
    starts: Ints
    articles: Ints
    owner: Ints
    whole: NDArray[np.bool_]
    fresh: NDArray[np.bool_]
    closing: NDArray[np.bool_]  # of each character class
    opening: NDArray[np.bool_]

    @classmethod
    def of(cls, articles: Sequence[Article], table: Classes, known: Corpus | None = None) -> Corpus:
        """The corpus of some articles; what `known` holds is not fresh in it."""
        paragraphs: list[Classes] = []
        borders, whole = [0], []
        for article in articles:
            rows = [table[_codes(text)] for text in article.paragraphs]
            kept = [c for row in rows if len(c := row[row != NOTHING]) >= SHORTEST]
            if kept:
                paragraphs += kept
                whole += [article.whole] * len(kept)
                borders.append(len(paragraphs))
        lengths = [len(p) for p in paragraphs]
        characters = np.concatenate(paragraphs)
        return cls(
            characters,
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array(borders, np.int64),
            np.repeat(np.arange(len(borders) - 1), np.diff(borders)),
            np.array(whole),
            _fresh(characters, known.characters if known else characters[:0]),
            _marked(table, _CLOSING),
            _marked(table, _OPENING),
        )

    def breaks(self, rng: Rng, places: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Where lines begin near some places, and which of these are breaks at all."""
        last = len(self.characters) - 1
        loose = rng.random(len(places)) < AGAINST_RULE
        for _ in range(2):
            closing = self.closing[self.characters[places]] & ~loose
            places = np.minimum(places + closing, last)
        places = places - self.opening[self.characters[np.maximum(places - 1, 0)]]
        places = np.maximum(places, 0)
        inside = places - self.starts[self.paragraph(places)] >= INDENT
        good = inside & self.fresh[places]
        return places, good & (loose | ~self.closing[self.characters[places]])

    def paragraph(self, places: Ints) -> Ints:
        """The paragraph that holds each place."""
        return np.searchsorted(self.starts, places, side="right") - 1

    def window(self, places: Ints, forward: bool, length: int = WINDOW) -> Classes:
        """The first characters of the lines at these places, or the last before, last first."""
        offsets = np.arange(length) if forward else -1 - np.arange(length)
        at = places[:, None] + offsets
        owner = self.paragraph(places)[:, None]
        inside = (at >= self.starts[owner]) & (at < self.starts[owner + 1])
        characters = self.characters[np.clip(at, 0, len(self.characters) - 1)]
        return np.where(inside, characters, np.uint16(NOTHING))

    def middles(self, rng: Rng, count: int) -> Ints:
        """At most `count` places where a line begins inside a paragraph."""
        places, good = self.breaks(rng, rng.integers(0, len(self.characters), count))
        return places[good]

    def paragraph_starts(self, rng: Rng, count: int) -> Ints:
        """Places where a paragraph, or an article without borders, begins."""
        fresh = self.fresh[self.starts[:-1]]
        pools = np.flatnonzero(~self.whole & fresh), np.flatnonzero(self.whole & fresh)
        drawn = [pool[rng.integers(0, len(pool), count)] for pool in pools]
        return self.starts[np.where(rng.random(count) < ARTICLE_STARTS, drawn[1], drawn[0])]

    def others(self, rng: Rng, places: Ints) -> Ints:
        """A wrong continuation for each place: a line of the same article or of any other."""
        count = len(places)
        article = self.owner[self.paragraph(places)]
        first, past = self.articles[article], self.articles[article + 1]
        same = rng.random(count) < SAME_ARTICLE
        low, high = self.starts[first], self.starts[past]
        near = low + (rng.random(count) * (high - low)).astype(np.int64)
        far = rng.integers(0, len(self.characters), count)
        found, good = self.breaks(rng, np.where(same, near, far))
        good &= np.abs(found - places) >= NEAREST
        found = np.where(good, found, rng.permutation(places))
        own = self.starts[first + (rng.random(count) * (past - first)).astype(np.int64)]
        of_own = (rng.random(count) < SAME_ARTICLE) & (past - first > 1)
        start = np.where(of_own, own, self.paragraph_starts(rng, count))
        return np.where(rng.random(count) < PARAGRAPH_STARTS, start, found)


def _fresh(characters: Classes, known: Classes) -> NDArray[np.bool_]:
    """Places whose surroundings stand neither earlier in `characters` nor in `known`."""
    runs = _runs(characters)
    firsts = np.unique(runs, return_index=True)[1]
    fresh = np.ones(len(characters), np.bool_)
    middle = fresh[RUN // 2 : RUN // 2 + len(runs)]
    middle[:] = False
    middle[firsts] = True
    if len(known):
        middle &= ~np.isin(runs, _runs(known))
    return fresh


def _runs(characters: Classes) -> NDArray[np.uint64]:
    """Hash of the RUN characters from each place on."""
    runs = np.zeros(max(0, len(characters) - RUN + 1), np.uint64)
    for offset in range(RUN):
        runs *= np.uint64(0x9E3779B97F4A7C15)
        runs += characters[offset : offset + len(runs)]
    return runs


def _marked(table: Classes, marks: str) -> NDArray[np.bool_]:
    flags = np.zeros(int(table.max()) + 1, np.bool_)
    flags[table[[ord(mark) for mark in marks]]] = True
    flags[[NOTHING, UNKNOWN]] = False
    return flags


def seams(corpus: Corpus, rng: Rng, count: int, wrong: int = 1) -> list[Classes]:
    """Rows of seams (rows, 2 * WINDOW): first the right ones, then `wrong` times wrong ones.

    Row i of every array has the same line before the seam.
    """
    places = corpus.middles(rng, count)
    before = corpus.window(places, forward=False)
    afters = [places] + [corpus.others(rng, places) for _ in range(wrong)]
    return [np.concatenate([before, corpus.window(at, forward=True)], 1) for at in afters]


def shortened(rng: Rng, rows: Classes) -> Classes:
    """Some rows with characters missing at the far end of a side, as in very short lines."""
    short = np.flatnonzero(rng.random(len(rows)) < SHORT)
    left = rng.integers(1, WINDOW + 1, (len(short), 2))
    gone = np.arange(WINDOW) >= left[:, :, None]
    rows[short] = np.where(gone.reshape(len(short), -1), np.uint16(NOTHING), rows[short])
    return rows


def openings(corpus: Corpus, rng: Rng, count: int) -> list[Classes]:
    """Rows of first characters (rows, WINDOW): of paragraphs, then of lines inside paragraphs.

    Both come in the same shares from articles with and without borders.
    """
    middles = corpus.middles(rng, 8 * count)
    whole = corpus.whole[corpus.paragraph(middles)]
    articles = int(ARTICLE_STARTS * count)
    lines = np.concatenate([middles[~whole][: count - articles], middles[whole][:articles]])
    starts = corpus.paragraph_starts(rng, len(lines))
    return [corpus.window(at, forward=True) for at in (starts, lines)]
