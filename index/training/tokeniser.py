"""Train the unigram tokeniser of the embedder on a balanced sample of the training data.

Text is folded (see ``charsmap``), then cut at white space, where the script changes, at
punctuation (which is dropped: a mean of word vectors gains nothing from commas), between Han and
kana, and into groups of at most four digits, so that a year stays one piece. The pieces come from
a unigram language model (Kudo 2018, "Subword Regularization"), trained by the ``tokenizers``
library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from index.training import readers
from index.training.charsmap import folding_normalizer, in_gb2312

VOCABULARY = 72_000
UNKNOWN = "<unk>"
OVERSHOOT = 1.3  # pieces trained before the Han pieces that are no words are dropped
HAN = re.compile(r"[\u3400-\u9fff]{2,}")
KANA = r"[\p{Hiragana}]+|[\p{Katakana}\u30fc]+"
LONGEST_HAN = 4  # characters of a Han piece that the dictionary does not know
# Characters of grammar: a piece that begins or ends with one (是由, 了什么) is no word by itself.
GRAMMAR = frozenset(
    "的了是在和与就也都不这那哪什几谁何每把被将从对向为以及由于个们着过吗呢吧而但且之其并又等"
)
YEARS = range(1800, 2050)  # news is full of them: each is one piece
YEAR_SCORE = -11.0  # natural logarithm of a probability, above that of a year cut in two
NEWS_STEP = 5  # every fifth article enters the sample ...
OPENING = 8  # ... with this many sentences
JAPANESE_SAMPLE = 2_000  # paragraphs
MAIN_LANGUAGES = ("zh", "zho", "es", "spa", "ru", "rus", "de", "deu", "fr", "fra", "jpn", "kor")
MAIN_STEP = 2  # every second pair of their files enters the sample ...
SMALL_STEP = 8  # ... and every eighth line of the languages that only many-language sets have


def blank_tokenizer() -> Tokenizer:
    """A tokeniser with the folding and cutting rules, but no pieces yet."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = folding_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.UnicodeScripts(),
            pre_tokenizers.Punctuation("removed"),
            pre_tokenizers.Split(Regex(KANA), "isolated"),
            pre_tokenizers.Split(Regex(r"\d{1,4}"), "isolated"),
        ]
    )
    return tokenizer


def _translations(data: Path) -> Iterator[str]:
    """Sentences of the parallel files; few of the languages that only many-language sets have."""
    for path in readers.parallel_files(data):
        name, _, language = readers.languages(path)
        main = name not in ("ntrex", "tico19") or language.startswith(MAIN_LANGUAGES)
        lines = islice(readers.parallel(path), 0, None, MAIN_STEP if main else SMALL_STEP)
        yield from chain.from_iterable(lines)


def _sample(data: Path) -> Iterator[str]:
    for article in islice(readers.news_articles(data), 0, None, NEWS_STEP):
        yield "".join(article[:OPENING])
    yield from chain.from_iterable(readers.questions(data / "train" / "cmrc2018"))
    japanese = dict.fromkeys(text for _, text in readers.questions(data / "train" / "jaquad"))
    yield from islice(japanese, JAPANESE_SAMPLE)
    yield from chain.from_iterable(readers.dictionary(data))
    yield from _translations(data)


def sample(data: Path) -> Iterator[str]:
    """The distinct texts that the pieces are learnt from, in every language of the data."""
    seen: set[int] = set()
    for text in _sample(data):
        if hash(text) not in seen:
            seen.add(hash(text))
            yield text


def _is_word(piece: str, words: frozenset[str]) -> bool:
    """Whether a piece may stay: anything but a Han piece that is a phrase rather than a word."""
    if not HAN.fullmatch(piece) or piece in words:
        return True
    return len(piece) <= LONGEST_HAN and GRAMMAR.isdisjoint((piece[0], piece[-1]))


def _is_basic(piece: str) -> bool:
    """Whether a piece stays however rare: the unknown piece, letters, common Han characters."""
    return piece == UNKNOWN or (len(piece) == 1 and (not HAN.match(piece * 2) or in_gb2312(piece)))


def _prune(tokenizer: Tokenizer, size: int, words: frozenset[str]) -> Tokenizer:
    """Keep basic characters and the likeliest words, ``size`` pieces in all."""
    state = json.loads(tokenizer.to_str())
    pieces = [p for p in state["model"]["vocab"] if _is_word(p[0], words)]
    known = {piece for piece, _ in pieces}
    pieces += [[str(year), YEAR_SCORE] for year in YEARS if str(year) not in known]
    pieces.sort(key=lambda piece: (not _is_basic(piece[0]), -piece[1], piece[0]))
    kept = pieces[:size]
    state["model"]["vocab"] = kept
    state["model"]["unk_id"] = [piece for piece, _ in kept].index(UNKNOWN)
    return Tokenizer.from_str(json.dumps(state))


def train_tokenizer(
    texts: Iterable[str], words: Iterable[str] = (), size: int = VOCABULARY
) -> Tokenizer:
    """Learn at most ``size`` pieces (the unknown piece included) from texts.

    ``words``: dictionary words; Han pieces among them stay whatever their length or characters.
    """
    tokenizer = blank_tokenizer()
    trainer = trainers.UnigramTrainer(
        vocab_size=int(size * OVERSHOOT),
        special_tokens=[UNKNOWN],
        unk_token=UNKNOWN,
        max_piece_length=12,
        shrinking_factor=0.65,
        n_sub_iterations=1,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    normalizer = tokenizer.normalizer
    assert normalizer is not None
    return _prune(tokenizer, size, frozenset(normalizer.normalize_str(word) for word in words))
