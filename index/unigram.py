"""Token ids of many texts at once: the bundled embedder's tokeniser on arrays.

The ids are those of the `tokenizers` library, found many times faster: characters are looked up in
tables (`index.characters`), pieces are found in all words together (`index.pieces`). The few texts
that these cannot do exactly are encoded by the library itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from index.characters import ODD, SEPARATOR, Characters, Codes, Flags, Labels, owners
from index.pieces import Integers, Pieces, Symbols, Words

FEW = 300  # characters; below, the library is faster than many operations on small arrays
SOME = 50_000  # characters; until so many came, making the arrays would cost more than it saves
LONGEST_WORD = 500  # letters; a batch takes as many steps as its longest word has letters
LONGEST_TEXT = 100_000  # characters; the arrays take some 250 bytes for each
HIGHEST_LOW = 10.0  # were the lowest score higher, unknown letters could together equal a piece
DIGITS = 4  # of one word at most
FOLDING = ["NFKC", "Lowercase", "Precompiled"]
CUTTING = [
    {"type": "WhitespaceSplit"},
    {"type": "UnicodeScripts"},
    {"type": "Punctuation", "behavior": "Removed"},
    {
        "type": "Split",
        "pattern": {"Regex": r"[\p{Hiragana}]+|[\p{Katakana}\u30fc]+"},
        "behavior": "Isolated",
        "invert": False,
    },
    {
        "type": "Split",
        "pattern": {"Regex": rf"\d{{1,{DIGITS}}}"},
        "behavior": "Isolated",
        "invert": False,
    },
]


@dataclass(frozen=True)
class Tokens:
    """Token ids of texts, one behind the other; text i has `ids[bounds[i] : bounds[i + 1]]`."""

    ids: Symbols
    bounds: Integers


class UnigramTokenizer:
    """A tokeniser with the rules of the bundled one and any pieces; safe to share among threads."""

    def __init__(self, content: str) -> None:
        """`content`: a tokenizer.json.

        Raises:
            ValueError: it is no JSON, or has other rules.
            KeyError, TypeError: it is no tokeniser.
        """
        self._content = content
        self._state: dict[str, Any] = json.loads(content)
        if not _supports(self._state):
            raise ValueError("a tokeniser with other rules than those of the bundled one")
        self._seen = 0  # characters
        self._literal = [token["content"] for token in self._state["added_tokens"]]

    @property
    def size(self) -> int:
        """Number of token ids."""
        return len(self._state["model"]["vocab"])

    def encode(self, texts: Sequence[str]) -> Tokens:
        """The ids that the `tokenizers` library gives without special tokens.

        Lone surrogates, which that library refuses, count as U+FFFD. The arrays take some 250
        bytes a character: encode long lists in parts.
        """
        characters = sum(map(len, texts))
        self._seen += characters
        if characters < FEW or self._seen < SOME:
            texts = _readable(texts)
            empty = Tokens(np.zeros(0, np.int32), np.zeros(len(texts) + 1, np.int64))
            return self._with_library(empty, texts, np.arange(len(texts)))
        return self.encode_together(texts)

    def encode_together(self, texts: Sequence[str]) -> Tokens:
        """The same as `encode`, on arrays however little text there is."""
        texts = _readable(texts)
        aside = np.array([self._is_special(text) for text in texts], np.bool_)
        codes, bounds = self._characters.normal(
            ["" if out else text for text, out in zip(texts, aside.tolist(), strict=True)]
        )
        letters, starts = self._words(codes, bounds, aside)
        ids, starts = self._pieces.best(Words(self._pieces.symbols(codes[letters]), starts))
        tokens = Tokens(ids, np.searchsorted(letters[starts], bounds))
        return self._with_library(tokens, texts, np.flatnonzero(aside))

    def _words(self, codes: Codes, bounds: Integers, aside: Flags) -> tuple[Integers, Integers]:
        """The letters of the words (as places in `codes`), and which of them start words.

        Texts with words that are not for us are marked in `aside`, and have no words here.
        """
        labels = self._characters.labels(codes)
        aside |= owners(np.flatnonzero(labels == ODD), bounds)
        while True:
            labels[np.repeat(aside, np.diff(bounds))] = SEPARATOR
            letters = np.flatnonzero(labels != SEPARATOR)
            starts = np.flatnonzero(self._opens(labels, bounds)[letters])
            long = np.diff(starts, append=len(letters)) > LONGEST_WORD
            if not long.any():
                return letters, starts
            aside |= owners(letters[starts[long]], bounds)

    def _opens(self, labels: Labels, bounds: Integers) -> Flags:
        """Whether a word starts at each character (separators aside)."""
        opens = np.empty(len(labels), np.bool_)
        opens[1:] = labels[1:] != labels[:-1]
        opens[bounds[bounds < len(labels)]] = True
        digits = np.flatnonzero(self._characters.are_digits(labels))
        if len(digits):
            firsts = np.maximum.accumulate(np.where(opens[digits], digits, 0))
            opens[digits[(digits - firsts) % DIGITS == 0]] = True
        return opens

    def _is_special(self, text: str) -> bool:
        return len(text) > LONGEST_TEXT or any(token in text for token in self._literal)

    def _with_library(self, tokens: Tokens, texts: Sequence[str], aside: Integers) -> Tokens:
        """Put the library's ids where the texts `aside` have none yet."""
        if not len(aside):
            return tokens
        found = [
            self._library.encode(texts[i], add_special_tokens=False).ids for i in aside.tolist()
        ]
        counts = np.zeros(len(texts), np.int64)
        counts[aside] = [len(ids) for ids in found]
        places = np.repeat(tokens.bounds[:-1], counts)
        bounds = tokens.bounds + np.concatenate([[0], np.cumsum(counts)])
        return Tokens(np.insert(tokens.ids, places, [i for ids in found for i in ids]), bounds)

    @cached_property
    def _library(self) -> Tokenizer:
        return Tokenizer.from_str(self._content)

    @cached_property
    def _pieces(self) -> Pieces:
        model = self._state["model"]
        return Pieces(model["vocab"], model["unk_id"])

    @cached_property
    def _characters(self) -> Characters:
        model = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]], "byte_fallback": False}
        state = {**self._state, "model": model, "added_tokens": []}
        rules = Tokenizer.from_str(json.dumps(state))
        assert rules.normalizer is not None and rules.pre_tokenizer is not None
        return Characters(rules.normalizer.normalize_str, rules.pre_tokenizer.pre_tokenize_str)


def _supports(state: Mapping[str, Any]) -> bool:
    """Whether characters, words and pieces follow the rules that are computed here."""
    model = state["model"]
    normalizer, cutting = state["normalizer"] or {}, state["pre_tokenizer"] or {}
    folding = [step["type"] for step in normalizer.get("normalizers", ())]
    if folding != FOLDING or cutting.get("pretokenizers") != CUTTING or state["truncation"]:
        return False
    if model.get("type") != "Unigram" or model.get("byte_fallback") or model["unk_id"] is None:
        return False
    if any(token["normalized"] for token in state["added_tokens"]):
        return False
    pieces = [piece for piece, _ in model["vocab"]]
    lowest = min(score for _, score in model["vocab"])
    return lowest <= HIGHEST_LOW and all(piece and "\0" not in piece for piece in pieces)


def _readable(texts: Sequence[str]) -> Sequence[str]:
    """The texts with U+FFFD for lone surrogates."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return [
            t.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") for t in texts
        ]
    return texts
