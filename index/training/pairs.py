"""From the data folder to weighted sources of training pairs, encoded once and kept on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from index.training import readers
from index.training.lexicon import lexicons
from index.training.ragged import Ids, Ragged, encode
from index.training.readers import Pair
from index.training.sources import Pairs, Passages, Source, Translations, Windows
from index.training.translated import FROM_CHINESE, FROM_JAPANESE, Translated, copied_pieces

log = logging.getLogger(__name__)

# Share of the training steps that draw from each source; "… in others": translated word by word.
SHARES = {
    "news": 0.22,
    "news in others": 0.15,
    "headlines": 0.03,
    "cmrc2018": 0.07,
    "cmrc2018 in others": 0.06,
    "jaquad": 0.04,
    "jaquad in others": 0.08,
    "translations": 0.18,
    "ntrex": 0.06,
    "tico19": 0.02,
    "wmt": 0.02,
    "dictionary": 0.07,
}
# Languages that matter more here: a file's weight is multiplied for both of its languages.
BOOST = {"zh": 3.0, "en": 1.5, "es": 1.6, "sp": 1.6, "ru": 1.6, "de": 1.4, "fr": 1.3, "ja": 1.3}
BOOST |= {"jp": 1.3}
OTHER_LANGUAGES = 0.5
PASSAGE_CHARACTERS = (120, 400)  # a news passage ends at a length drawn between these
MANYWAY = {"ntrex": 5, "tico19": 1}  # set -> longest window of lines (tico19 has no line order)
WMT_WINDOW = 5


@dataclass(frozen=True)
class Weighted:
    """A source, its name and the share of steps that use it."""

    name: str
    share: float
    source: Source


class Encoder:
    """Encodes lists of texts with one tokeniser and keeps the results in a folder."""

    def __init__(self, tokenizer: Tokenizer, folder: Path) -> None:
        self.tokenizer = tokenizer
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, name: str, texts: Callable[[], Iterable[str]]) -> Ragged:
        """Token lists of ``texts()``, read from the folder where they were kept before."""
        path = self.folder / f"{name}.npz"
        if path.exists():
            kept = np.load(path)
            return Ragged(kept["tokens"], kept["offsets"])
        ragged = encode(self.tokenizer, texts())
        np.savez(path, tokens=ragged.tokens, offsets=ragged.offsets)
        log.info("%s: %d texts, %d tokens", name, len(ragged), len(ragged.tokens))
        return ragged

    def kept(self, name: str) -> Ragged:
        """Token lists that an earlier call left in the folder; none where there was no such set."""
        if not (self.folder / f"{name}.npz").exists():
            return Ragged(np.zeros(0, np.int32), np.zeros(1, np.int64))
        return self(name, lambda: ())

    def pairs(self, name: str, read: Callable[[], Iterator[Pair]], symmetric: bool) -> Pairs:
        """Both columns of a stream of pairs."""
        first = self(f"{name}.0", lambda: (pair[0] for pair in read()))
        return Pairs(first, self(f"{name}.1", lambda: (pair[1] for pair in read())), symmetric)


def passage_bounds(articles: Iterable[list[str]], seed: int) -> Ids:
    """Cut every article into passages of whole sentences; numbers of each one's first sentence."""
    rng = np.random.default_rng(seed)
    low, high = PASSAGE_CHARACTERS
    bounds, sentence = [0], 0
    for article in articles:
        length, target = 0, int(rng.integers(low, high))
        for text in article:
            sentence += 1
            length += len(text)
            if length >= target:
                bounds.append(sentence)
                length, target = 0, int(rng.integers(low, high))
        if length:
            bounds.append(sentence)
    return np.array(bounds, dtype=np.int64)


def _news(encoder: Encoder, data: Path, seed: int) -> Passages:
    def all_sentences() -> Iterator[str]:
        return (s for article in readers.news_articles(data) for s in article)

    bounds = passage_bounds(readers.news_articles(data), seed)
    return Passages(encoder("news", all_sentences), bounds, least=0.4)


def _boost(codes: Iterable[str]) -> float:
    return float(np.prod([BOOST.get(code[:2], OTHER_LANGUAGES) for code in codes]))


def _translations(encoder: Encoder, data: Path) -> Translations:
    files, weights = [], []
    for path in readers.parallel_files(data):
        name, first, second = readers.languages(path)
        if name in MANYWAY:
            continue
        stem = path.name.removesuffix(".tsv.gz")
        files.append(encoder.pairs(stem, partial(readers.parallel, path), True))
        weights.append(len(files[-1]) ** 0.5 * _boost((first, second)))
    return Translations(files, np.array(weights))


def _windows(encoder: Encoder, name: str, columns: dict[str, list[str]], longest: int) -> Windows:
    texts = {
        code: encoder(f"{name}.{code}", partial(list, lines)) for code, lines in columns.items()
    }
    weights = np.array([_boost((code,)) ** 2 for code in texts])
    return Windows(texts, weights / weights.sum(), longest)


def _wmt(data: Path) -> dict[str, list[str]]:
    path = data / "train" / readers.PARALLEL / "wmt.eng-zho.tsv.gz"
    lines = list(readers.parallel(path)) if path.exists() else []
    return {"eng": [a for a, _ in lines], "zho": [b for _, b in lines]} if lines else {}


def load_sources(data: Path, tokenizer: Tokenizer, folder: Path, seed: int) -> list[Weighted]:
    """Every source that the data folder offers, with its share; encoded lists go to ``folder``."""
    encoder = Encoder(tokenizer, folder)
    train = data / "train"
    fixed = {
        "headlines": encoder.pairs("headlines", lambda: readers.headlines(data), False),
        "dictionary": encoder.pairs("dictionary", lambda: readers.dictionary(data), True),
        "cmrc2018": encoder.pairs("cmrc2018", lambda: readers.questions(train / "cmrc2018"), False),
        "jaquad": encoder.pairs("jaquad", lambda: readers.questions(train / "jaquad"), False),
    }
    found: dict[str, Source] = {name: pairs for name, pairs in fixed.items() if len(pairs)}
    news = _news(encoder, data, seed)
    if len(news.sentences):
        found["news"] = news
    translations = _translations(encoder, data)
    if translations.files:
        found["translations"] = translations
    manyway = {name: readers.manyway(data, name) for name in MANYWAY} | {"wmt": _wmt(data)}
    for name, columns in manyway.items():
        if columns:
            found[name] = _windows(encoder, name, columns, MANYWAY.get(name, WMT_WINDOW))
    found |= _in_others(found, encoder)
    return [Weighted(name, SHARES[name], source) for name, source in found.items()]


def _in_others(found: dict[str, Source], encoder: Encoder) -> dict[str, Source]:
    """The Chinese and Japanese sources once more, in other languages."""
    tables = lexicons(encoder.kept, encoder.tokenizer.get_vocab_size())
    copied = copied_pieces(encoder.tokenizer)
    languages = {"news": "zh", "cmrc2018": "zh", "jaquad": "ja"}
    wanted = {"zh": FROM_CHINESE, "ja": FROM_JAPANESE}
    return {
        f"{name} in others": Translated(found[name], code, tables, wanted[code], copied)
        for name, code in languages.items()
        if name in found and any(source == code for source, _ in tables)
    }
