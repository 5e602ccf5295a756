"""Search tokens of a question's translations, for articles in other languages.

Words of a question in English do not stand in a Chinese article; those that translate them do.
`translations.safetensors` says which piece of the bundled embedder's tokeniser translates which,
as learnt from translated sentences (`index/training/translations.py`). Pieces are parts of words
too, so that inflected words have their stem's translations.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from index.tokens import printed_tokens

FILE = Path(__file__).parent / "translations.safetensors"
TOKENIZER = Path(__file__).parent / "model" / "tokenizer.json"

_STEPS = 255  # of a weight
_CHARACTER = 0.3  # weight of the single characters of a longer word, together; its pairs have 1
_LONGEST = 300  # pieces of a question that are translated


class Translations:
    """A table of pieces and their translations; safe to share among threads."""

    def __init__(self, tokenizer: Tokenizer, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Translations of piece i are `pieces[starts[i]:starts[i + 1]]`, weights alike."""
        self._tokenizer = tokenizer
        self._starts, self._pieces = tensors["starts"], tensors["pieces"]
        self._weights = tensors["weights"] / _STEPS

    def words(self, question: str) -> list[dict[str, float]]:
        """For each word of a raw question (or part of one) its translations, folded, and weights.

        The translations into one language have about 1 together; words without any are left out.
        """
        readable = question.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        ids = self._tokenizer.encode(readable, add_special_tokens=False).ids[:_LONGEST]
        return [found for piece in dict.fromkeys(ids) if (found := self._of(piece))]

    def _of(self, piece: int) -> dict[str, float]:
        some = slice(self._starts[piece], self._starts[piece + 1])
        named = [
            self._tokenizer.id_to_token(target) or "" for target in self._pieces[some].tolist()
        ]
        return dict(zip(named, self._weights[some].tolist(), strict=True))


def translated_tokens(words: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Search tokens of all translations of some words, and how far each stands for its word."""
    found: dict[str, float] = {}
    for word in words:
        for translation, weight in word.items():
            for token, share in _shares(translation).items():
                found[token] = found.get(token, 0.0) + weight * share
    return found


def _shares(word: str) -> dict[str, float]:
    """The search tokens of a word and how far each stands for it."""
    tokens = printed_tokens(word)
    longest = max(map(len, tokens), default=0)
    whole = [token for token in tokens if len(token) == longest]
    parts = [token for token in tokens if len(token) < longest]
    shares = dict.fromkeys(parts, _CHARACTER / max(1, len(parts)))
    return shares | dict.fromkeys(whole, 1 / max(1, len(whole)))


def read_translations(file: Path) -> Translations:
    """A table that `python -m index.training.translations` wrote for the bundled tokeniser."""
    return Translations(Tokenizer.from_file(str(TOKENIZER)), load_file(file))


@cache
def bundled() -> Translations:
    """The table that is checked in; loaded once, when the first question needs it."""
    return read_translations(FILE)
