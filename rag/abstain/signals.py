"""What tells whether the hits answer a question: how its words, meaning and kind are met.

Words count by idf, as shares of all that the question has, and cosines by how far they stand above
the store's usual ones, so that stores of any size and embedders of any kind are read alike.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder
from index.generation import Generation
from index.language import language
from index.lexical import Lexical, asked_tokens
from index.translations import bundled as translations
from rag.abstain.words import Flags, Seen, seen
from rag.answer import Hit
from rag.features import FEATURES, Candidate
from rag.matching import translated_shares
from rag.question import kinds_asked, offers

Values = NDArray[np.float64]

_LEAST_SPREAD = 0.05  # of cosines: a few paragraphs may all lie alike
_LARGE, _SMALL = 20_000, 200  # paragraphs between which the size of a store counts
# Who speaks and who is spoken to: nothing that an article is asked about (“How are you?”).
_PERSONS = (
    "i me my mine you your yours je moi vous votre usted ustedes yo ich mich mir dich ihr eu você "
    "vocês io mi voi я мне меня ты вы вас вам тебя"
)

SIGNALS = (
    # Shares of the question's words, by idf, in the best sentence with its neighbours, title and
    # heading, and in its hit; how far these are above the best of another hit:
    "near", "hit", "near_ahead", "hit_ahead",
    # The greatest cosine of a sentence, 0 as usual in the store and 1 the same; how far that of
    # the best hit is above that of the others; the first in standard deviations above chance:
    "close", "close_ahead", "close_by_chance",
    # The retriever's probability of its first hit; the entropy of all:
    "sure", "undecided",
    # Share of the kinds asked for (figure, date …) that the best sentence offers, one half where
    # none is clear:
    "offers",
    # The greatest share of the question's words that a hit in another language translates:
    "translated",
    # Whether the sentence that would be quoted offers nothing of the kinds asked for:
    "lacks",
    # How much smaller the store is than 20,000 paragraphs, in powers of ten: among few, less
    # agrees by chance.
    "small",
)  # fmt: skip


@dataclass(frozen=True)
class Usual:
    """The cosines of a question to all of a store: mean, standard deviation, and how many."""

    mean: float
    spread: float
    size: int


@dataclass(frozen=True)
class Signals:
    """The values of `SIGNALS`, and whether the best hit is in another language than the question.

    There, other signals count.
    """

    values: Values
    foreign: bool


def usual(question: str, generation: Generation, embedder: Embedder) -> Usual:
    """What cosines the question has to paragraphs that stand for all of a store."""
    cosines = generation.sample @ embedder.embed([question], kind="query")[0]
    return Usual(float(cosines.mean()), max(float(cosines.std()), _LEAST_SPREAD), generation.size)


def cosines(values: Values) -> Values:
    """The cosine of each sentence to the question, from its features (`rag.features`)."""
    home, abroad = (FEATURES.index(name) for name in ("cosine_home", "cosine_abroad"))
    return np.asarray(values[:, home] + values[:, abroad])


def signals(
    question: str,
    found: Sequence[Candidate],
    best: int,
    near: Values,
    store: Usual,
    lexical: Lexical,
) -> Signals:
    """What there is to see of a question and the sentences found for it; some there must be.

    `best` is the place of the sentence that answers best; `near` has the `cosines` of the
    sentences, `store` those that are usual.
    """
    idf = _weights(question, lexical)
    there = seen(list(idf), found)
    weights = np.array(list(idf.values()))
    hits = list({candidate.number: candidate.hit for candidate in found}.values())
    foreign = _foreign(question, hits)
    fullest = _fullest(there, weights, hits)
    own = int(there.hit_of[fullest])
    values = (
        *_words(there, weights, fullest),
        *_close(near, there.hit_of, store),
        *_sure(hits),
        _offered(question, found[fullest].text),
        _translated(question, [h for h, abroad in zip(hits, foreign, strict=True) if abroad]),
        float(_offered(question, found[best].text) == 0),
        max(0.0, math.log10(_LARGE / max(store.size, _SMALL))),
    )
    return Signals(np.array(values, np.float64), foreign[own])


def _weights(question: str, lexical: Lexical) -> dict[str, float]:
    """The words of a question and their idf, in an order that is the same in every run."""
    words = set(asked_tokens(question))
    return dict(sorted(lexical.idf(words - set(_PERSONS.split()) or words).items()))


def _foreign(question: str, hits: Sequence[Hit]) -> list[bool]:
    asked = language(question)
    return [language(hit.paragraph.text) not in (asked, "und") for hit in hits]


def _fullest(there: Seen, idf: Values, hits: Sequence[Hit]) -> int:
    """Place of the sentence that has most of the question, with what stands around it.

    The retriever has its say, since words do not tell where the hits are in another language.
    """
    covered = (there.sentences * 1.0 + there.near + there.hits[there.hit_of]) @ idf
    chances = np.array([hit.score for hit in hits])
    return int(np.argmax(covered / (3 * max(idf.sum(), 1e-9)) + chances[there.hit_of]))


def _words(there: Seen, idf: Values, best: int) -> list[float]:
    """`near` and `hit`, then how far they are ahead."""
    own = there.hit_of[best]
    near, hits = _share(there.near, idf), _share(there.hits, idf)
    sides = _of_hits(near, there.hit_of), hits
    ahead = [side[own] - np.delete(side, own).max(initial=0.0) for side in sides]
    return [near[best], hits[own], *ahead]


def _share(rows: Flags, idf: Values) -> Values:
    return np.asarray(rows @ idf / max(idf.sum(), 1e-9))


def _of_hits(values: Values, hit_of: NDArray[np.int64]) -> Values:
    """The greatest value of each hit's sentences."""
    most = np.full(int(hit_of.max()) + 1, -np.inf)
    np.maximum.at(most, hit_of, values)
    return most


def _close(near: Values, hit_of: NDArray[np.int64], store: Usual) -> list[float]:
    nearest = np.sort([*_of_hits(near, hit_of), store.mean])[::-1]
    room = max(1 - store.mean, 1e-6)
    # The greatest of n normal values is about the square root of 2 ln n above their mean.
    chance = math.sqrt(2 * math.log(max(store.size, 2)))
    above = nearest[0] - store.mean
    return [above / room, (nearest[0] - nearest[1]) / room, above / store.spread - chance]


def _sure(hits: Sequence[Hit]) -> list[float]:
    chances = np.array([max(hit.score, 1e-6) for hit in hits])
    return [float(chances.max()), -float((chances * np.log(chances)).sum())]


def _offered(question: str, sentence: str) -> float:
    kinds = kinds_asked(question)
    if not kinds:
        return 0.5
    return sum(offers(sentence, kind, question) for kind in kinds) / len(kinds)


def _translated(question: str, abroad: Sequence[Hit]) -> float:
    if not abroad:
        return 0.0
    words = translations().words(question)
    shares = translated_shares(words, [hit.paragraph.text for hit in abroad])
    return float(shares.max())
