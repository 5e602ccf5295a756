"""BM25 over the folded view: CJK characters and their pairs, and lower-cased words."""

import logging
import math
import re
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from index.language import SMALL_WORDS
from index.text import fold

Scores = NDArray[np.float32]

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG when imported

TOKENS = "cjk-1-2-words-1"  # part of the fingerprint: change it when tokens change
_K1, _B = 1.2, 0.75  # Robertson and Zaragoza 2009, section 3.5: the usual middle values

_RUN = re.compile(
    "(?P<cjk>[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆〇]+)"
    r"|(?P<word>\d+(?:[.,]\d+)*|[^\W\d_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)"
)


def tokens(text: str) -> list[str]:
    """Search tokens of raw text: CJK characters one by one and in pairs, words, numbers.

    Thousands separators are dropped, so that 23,095 and 23095 meet.
    """
    found: list[str] = []
    for match in _RUN.finditer(fold(text)):
        run = match.group()
        if match.lastgroup == "cjk":
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", run))
    return found


def asked_tokens(question: str) -> list[str]:
    """Search tokens of a question without small words (how, of, el …), unless it has no others.

    In a store of several languages the small words of the rarer ones look telling, and a
    question would find paragraphs in its own language rather than those that answer it.
    """
    found = tokens(question)
    return [token for token in found if token not in SMALL_WORDS] or found


class Lexical:
    """A BM25 index (Lucene's variant, by bm25s) over paragraphs in the order given."""

    def __init__(self, engine: "bm25s.BM25 | None", size: int) -> None:
        self._engine = engine
        self.size = size

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]]) -> "Lexical":
        """Index the tokens of each paragraph; paragraphs without tokens are never found."""
        seen: dict[str, int] = {}
        # Numbers instead of strings, which would take most of the memory of a large build.
        numbered = [array("i", [seen.setdefault(w, len(seen)) for w in text]) for text in texts]
        if not seen:
            return cls(None, len(numbered))
        # Our own numbering of the words, in their order: the library's changes from run to run,
        # and the same articles must make the same files.
        vocabulary = {word: number for number, word in enumerate(sorted(seen))}
        order = np.array([vocabulary[word] for word in seen], dtype=np.int32)
        for text in numbered:
            text[:] = array("i", order[np.frombuffer(text, np.int32)].tobytes())
        engine = bm25s.BM25(method="lucene", k1=_K1, b=_B)
        engine.index((numbered, vocabulary), show_progress=False)
        return cls(engine, len(numbered))

    def scores(self, query: str) -> Scores:
        """BM25 score of every paragraph for a raw question, shape (size,)."""
        known = [t for t in asked_tokens(query) if self._engine and t in self._engine.vocab_dict]
        if self._engine is None or not known:
            return np.zeros(self.size, np.float32)
        return np.asarray(self._engine.get_scores(known), dtype=np.float32)

    def idf(self, words: Iterable[str]) -> dict[str, float]:
        """Inverse document frequency of tokens, that of a token never seen included.

        ln(1 + (N - n + 0.5) / (n + 0.5)), Robertson and Zaragoza 2009, as Lucene computes it.
        """
        known = self._engine.vocab_dict if self._engine else {}
        columns = self._engine.scores["indptr"] if self._engine else np.zeros(0, np.int64)
        weights = {}
        for word in words:
            column = known.get(word)
            count = 0 if column is None else int(columns[column + 1] - columns[column])
            weights[word] = math.log1p((self.size - count + 0.5) / (count + 0.5))
        return weights

    def coverage(self, question: str, text: str) -> float:
        """Share of a question's words, weighted by idf, that a text has; 0 to 1."""
        asked = set(asked_tokens(question))
        weights = self.idf(asked)
        shared = math.fsum(weights[word] for word in asked & set(tokens(text)))
        return shared / max(math.fsum(weights.values()), 1e-9)

    def save(self, folder: Path) -> None:
        """Write the index into an existing empty folder."""
        if self._engine is not None:
            self._engine.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path, size: int) -> "Lexical":
        """Read an index whose files were verified before."""
        if not (folder / "params.index.json").exists():
            return cls(None, size)
        return cls(bm25s.BM25.load(folder, load_corpus=False, show_progress=False), size)
