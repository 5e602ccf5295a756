"""How the words of a question lie in paragraphs: all paragraphs of one look at once.

The texts are laid end to end as an array of folded code points, so that each word of the
question is looked for by a few array operations instead of cutting every text into words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.text import fold

Codes = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Values = NDArray[np.float64]
Entry = TypeVar("Entry", bound=np.generic)

MATCHES = (
    "covered",  # share of the question's words that the paragraph has, by idf
    "sentence",  # … its best sentence
    "sentences",  # … its best two sentences side by side
    "telling",  # like covered, words weighted also by how few of the candidates have them
    "telling_sentence",  # like sentence, weighted so
    "phrases",  # share of the question's runs of three characters, or pairs of words
    "telling_phrases",  # the same, weighted by how few of the candidates have them
    "telling_translated",  # like telling, of words that the paragraph has a translation of
    "translated_sentence",  # the same of its best sentence
    "length",  # logarithm of the paragraph's length in characters
    "script",  # how far it is written in other scripts than the question, 0 to 1
)

_MOST = 64  # words, and phrases, of a question that are looked for
_LEAST_STEM = 4  # letters: a word this long also matches the beginning of a longer one
_RUN, _BITS = 3, 21  # characters that make a number of 64 bits, 21 each
_TABLE = 0x20000  # code points that have an entry in the tables; the rest stand for themselves
# Ranges whose characters fold one by one: Latin to Cyrillic, CJK marks and kana, Han, full width.
_FOLDING = ((0x20, 0x530), (0x1E00, 0x2000), (0x3000, 0x3400), (0x3400, 0xA000), (0xFF00, 0xFFF0))
_SCRIPTS = ((0x41, 0x250), (0x370, 0x400), (0x400, 0x530), (0x3040, 0x3100), (0x3400, 0xA000))
_ENDS = "。！？!?；;\n"
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")


def matches(
    question: str,
    idf: Mapping[str, float],
    texts: Sequence[str],
    abroad: Sequence[Mapping[str, float]] = (),
) -> Values:
    """What `MATCHES` names, of each text; shape (texts, MATCHES).

    `idf` has the search tokens of the question and how much each tells, `abroad` the translations
    of its words (see `index.lexical.Asked`).
    """
    if not texts:
        return np.zeros((0, len(MATCHES)))
    laid = _laid(texts)
    words = sorted(idf, key=lambda word: (-idf[word], word))[:_MOST]
    weights = np.array([idf[word] for word in words])
    found = _sentences_with(laid, words)
    phrases = _phrases(question)[:_MOST]
    runs = _per_text(laid, _sentences_with(laid, phrases))
    own = _per_text(laid, found)
    pairs = found.copy()
    pairs[:-1] |= found[1:] & (laid.text_of[:-1] == laid.text_of[1:])[:, None]
    rare = weights * _rarity(own)
    columns = (
        _share(own, weights),
        _best(laid, _share(found, weights)),
        _best(laid, _share(pairs, weights)),
        _share(own, rare),
        _best(laid, _share(found, rare)),
        _share(runs, np.ones(len(phrases))),
        _share(runs, _rarity(runs)),
        *_translated(laid, abroad),
        np.log1p(laid.lengths),
        _other_scripts(laid, question),
    )
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class _Laid:
    """Texts end to end: folded characters, the sentence of each, and the text of each sentence."""

    codes: Codes
    sentence_of: NDArray[np.int64]
    text_of: NDArray[np.int64]
    starts: NDArray[np.int64]  # first character of each text
    lengths: NDArray[np.int64]
    first: NDArray[np.int64]  # first sentence of each text


def _laid(texts: Sequence[str]) -> _Laid:
    codes = _codes("".join(text + "\n" for text in texts))
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]]).astype(np.int64)
    ends = _lookup(_tables().ends, codes)
    ends[:-1] |= (codes[:-1] == ord(".")) & (codes[1:] == ord(" "))
    sentence_of = np.zeros(len(codes), dtype=np.int64)
    sentence_of[1:] = np.cumsum(ends[:-1])
    first = sentence_of[starts]
    text_of = np.repeat(np.arange(len(texts)), np.diff([*first, sentence_of[-1] + 1]))
    return _Laid(codes, sentence_of, text_of, starts, lengths, first)


def translated_shares(abroad: Sequence[Mapping[str, float]], texts: Sequence[str]) -> Values:
    """`telling_translated` of each text, shape (texts,); see `matches`."""
    return _translated(_laid(texts), abroad)[0] if texts else np.zeros(0)


def _translated(laid: _Laid, abroad: Sequence[Mapping[str, float]]) -> tuple[Values, Values]:
    """`telling_translated` and `translated_sentence`; of a word's translations the best counts."""
    if not abroad:
        return np.zeros(len(laid.starts)), np.zeros(len(laid.starts))
    words = _translations_in(laid, abroad)
    own = np.maximum.reduceat(words, laid.first, axis=0)
    rare = _rarity(own > 0)
    return _share(own, rare), _best(laid, _share(words, rare))


def _translations_in(laid: _Laid, abroad: Sequence[Mapping[str, float]]) -> Values:
    """The weight of the best translation of each word in each sentence, (sentences, words)."""
    wanted = list(dict.fromkeys(translation for word in abroad for translation in word))
    column = {translation: i for i, translation in enumerate(wanted)}
    found = _sentences_with(laid, wanted)
    weighted = (found[:, [column[t] for t in word]] * [*word.values()] for word in abroad)
    return np.stack([values.max(axis=1) for values in weighted], axis=1)


def _sentences_with(laid: _Laid, wanted: Sequence[str]) -> Flags:
    """Which sentence has which word, shape (sentences, words)."""
    found = np.zeros((len(laid.text_of), len(wanted)), dtype=np.bool_)
    if not wanted:
        return found
    codes = _codes("".join(wanted))
    lengths = np.array([len(word) for word in wanted])
    starts = np.cumsum(lengths) - lengths
    bordered = _lookup(_tables().letters, codes) | (codes >= _TABLE)
    alone = (lengths > _RUN) | np.logical_or.reduceat(bordered, starts)
    for column in np.flatnonzero(alone):
        word = codes[starts[column] : starts[column] + lengths[column]]
        found[laid.sentence_of[_places(laid.codes, word)], column] = True
    for length in set(lengths[~alone].tolist()):
        columns = np.flatnonzero(~alone & (lengths == length))
        runs = codes[starts[columns, None] + np.arange(length)]
        places, which = _places_of_runs(laid.codes, runs)
        found[laid.sentence_of[places], columns[which]] = True
    return found


def _places_of_runs(codes: Codes, runs: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where runs of characters, shape (runs, length), stand, and which; they need no border.

    All are looked for together: at each character that begins one, by the number that the next
    few make.
    """
    begins = np.zeros(_TABLE, dtype=np.bool_)
    begins[runs[:, 0]] = True
    length = runs.shape[1]
    places = np.flatnonzero(_lookup(begins, codes[: max(0, len(codes) - length)]))
    numbers, there = runs[:, 0].astype(np.uint64), codes[places].astype(np.uint64)
    for offset in range(1, length):
        numbers = numbers << np.uint64(_BITS) | runs[:, offset]
        there = there << np.uint64(_BITS) | codes[places + offset]
    order = np.argsort(numbers)
    near = order[np.searchsorted(numbers[order], there).clip(max=len(order) - 1)]
    right = numbers[near] == there
    return places[right], near[right]


def _places(codes: Codes, word: Codes) -> NDArray[np.int64]:
    """Where a word begins; one of letters begins and (if it is short) ends at a word's border."""
    places = np.flatnonzero(codes[: len(codes) - len(word)] == word[0])
    for offset in range(1, len(word)):
        if not len(places):
            return places
        places = places[codes[places + offset] == word[offset]]
    letters = _tables().letters
    if _lookup(letters, word[:1])[0]:
        places = places[(places == 0) | ~_lookup(letters, codes[places - 1])]
        if len(word) < _LEAST_STEM or word[-1] < 0x40:
            places = places[~_lookup(letters, codes[places + len(word)])]
    return places


def _per_text(laid: _Laid, found: Flags) -> Flags:
    return np.asarray(np.logical_or.reduceat(found, laid.first, axis=0), dtype=np.bool_)


def _best(laid: _Laid, values: Values) -> Values:
    return np.asarray(np.maximum.reduceat(values, laid.first))


def _share(found: Flags | Values, weights: Values) -> Values:
    total = weights.sum()
    return np.asarray(found @ weights / total) if total > 0 else np.zeros(len(found))


def _rarity(own: Flags) -> Values:
    """ln((n + 1) / (m + ½)) of words that m of the n candidates have, 0 where none has."""
    having = own.sum(axis=0)
    return np.where(having > 0, np.log((len(own) + 1) / (having + 0.5)), 0.0).clip(min=0)


def _phrases(question: str) -> list[str]:
    """Runs of three CJK characters, and words that stand side by side."""
    folded = fold(question)
    runs = re.findall("[\u3040-\u30ff\u3400-\u9fff]{3,}", folded)
    threes = [run[i : i + 3] for run in runs for i in range(len(run) - 2)]
    words = [m for m in _WORD.finditer(folded) if m.group()[0] < "\u3040"]
    sides = zip(words, words[1:], strict=False)
    pairs = [folded[a.start() : b.end()] for a, b in sides if a.end() + 1 == b.start()]
    return list(dict.fromkeys([*threes, *pairs]))


def _other_scripts(laid: _Laid, question: str) -> Values:
    """1 - the share of a text's letters that are of the scripts in which the question is written.

    Each script counts as far as the question uses it.
    """
    asked = _script_counts(_codes(question + "\n"), np.zeros(1, np.int64))[0]
    if not asked.any():
        return np.zeros(len(laid.starts))
    written = _script_counts(laid.codes, laid.starts)
    shares = written / np.maximum(written.sum(axis=1, keepdims=True), 1)
    return np.asarray(1 - np.minimum(shares, asked / asked.sum()).sum(axis=1))


def _script_counts(codes: Codes, starts: NDArray[np.int64]) -> Values:
    scripts = _lookup(_tables().scripts, codes)
    counts = [np.add.reduceat(scripts == s, starts) for s in range(1, len(_SCRIPTS) + 1)]
    return np.stack(counts, axis=1).astype(np.float64)


@dataclass(frozen=True)
class _Tables:
    """By code point: what it folds to, whether it is a letter or digit of words, ends, script."""

    folded: Codes
    letters: Flags
    ends: Flags
    scripts: NDArray[np.uint8]


@cache
def _tables() -> _Tables:
    folded = np.arange(_TABLE, dtype=np.uint32)
    for low, high in _FOLDING:
        # A character of private use between them keeps each from joining the next.
        parts = fold("\ue000".join(map(chr, range(low, high)))).split("\ue000")
        for code, part in zip(range(low, high), parts, strict=False):
            if len(part) == 1:
                folded[code] = ord(part)
    letters = np.zeros(_TABLE, dtype=np.bool_)
    scripts = np.zeros(_TABLE, dtype=np.uint8)
    for low, high in ((0x30, 0x3040), (0xA960, 0xD800)):
        letters[low:high] = [chr(code).isalnum() for code in range(low, high)]
    for number, (low, high) in enumerate(_SCRIPTS, 1):
        scripts[low:high] = [number * chr(code).isalpha() for code in range(low, high)]
    ends = np.zeros(_TABLE, dtype=np.bool_)
    ends[[ord(c) for c in _ENDS]] = True
    return _Tables(folded, letters, ends, scripts)


def _codes(text: str) -> Codes:
    raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return np.where(raw < _TABLE, _tables().folded[np.minimum(raw, _TABLE - 1)], raw)


def _lookup(table: NDArray[Entry], codes: Codes) -> NDArray[Entry]:
    if codes.max(initial=0) < _TABLE:  # nearly always
        return table[codes]
    return np.where(codes < _TABLE, table[np.minimum(codes, _TABLE - 1)], table[0])
