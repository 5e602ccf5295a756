"""Questions made of articles by rule, for the reader to learn from before it sees real ones.

Of two sentences that share a rare word, one becomes the question, with the word taken out and a
word that asks in its place; the other, which has to be told by what both say, is the answer
(after Glass et al. 2020, span selection; Ram et al. 2021, recurring spans). Or a sentence is asked
for with some of its own words. All on pieces, as the bundled tokeniser cuts them.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from eval.bench.ranker_cases import Case, Flags, Integers, Passage
from rag.ranker_pieces import PieceTable

Sentences = Sequence[Integers]

LONGEST = 190  # pieces of a passage
LONGEST_QUESTION = 24  # pieces around what was taken out
SPAN = 5  # pieces of an answer
RARE = 0.3  # least rarity of a piece that may begin an answer
OTHER_SENTENCE = 0.65  # share of questions that come from another sentence than the answer
UNASKED = 0.25  # … that have no word that asks
AT_END = 0.4  # … whose asking word stands at the end
DROPPED = 0.15  # most of the words of a question from another sentence that are left out
DROPPED_OWN = 0.6  # … from the same sentence
_TRIES = 6

_ASKING = {
    "zh": {
        "when": "什么时候 哪一年 哪年 何时 哪一天 几月 什么时间",
        "number": "多少 几 多少 有多少 第几",
        "person": "谁 谁 哪位 什么人",
        "place": "哪里 哪儿 哪个地方 什么地方 哪个城市 哪个国家",
        "thing": "什么 什么 哪个 哪些 哪一 什么样 怎么 谁 哪里",
    },
    "ja": {
        "when": "いつ 何年 何月",
        "number": "いくつ 何 どのくらい",
        "person": "誰 だれ",
        "place": "どこ",
        "thing": "何 なに どの どこ 誰 どのような なんという",
    },
    "en": {
        "when": "when|what year|what date",
        "number": "how many|how much|what number of",
        "person": "who|whom",
        "place": "where|what city|what country",
        "thing": "what|which|what kind of|who|where",
    },
}
_BEFORE_PLACE = ("在", "于", "到", "赴", "位于", "前往", "抵达", "来自", "in", "at", "from", "near")
_BEHIND_PERSON = ("说", "表示", "指出", "认为", "强调", "介绍", "称", "said")
_BEHIND_DATE = ("年", "月", "日", "时", "世纪", "年代")


@dataclass(frozen=True)
class Asking:
    """Words that ask as pieces, and the pieces that tell what kind of word is asked for."""

    words: dict[str, dict[str, list[Integers]]]
    place: frozenset[int]
    person: frozenset[int]
    date: frozenset[int]
    digits: frozenset[int]

    @classmethod
    def of(cls, table: PieceTable) -> "Asking":
        """By the table's tokeniser."""

        def ids(texts: Sequence[str]) -> frozenset[int]:
            return frozenset(int(i[0]) for i in table.ids(texts) if len(i) == 1)

        words = {
            name: {
                kind: table.ids(text.split("|") if "|" in text else text.split())
                for kind, text in kinds.items()
            }
            for name, kinds in _ASKING.items()
        }
        digits = frozenset(i for i, name in enumerate(table.names) if name.isdigit())
        return cls(words, ids(_BEFORE_PLACE), ids(_BEHIND_PERSON), ids(_BEHIND_DATE), digits)

    def kind(self, sentence: Integers, start: int, end: int) -> str:
        """What kind of word stands in sentence[start:end], by what is beside it."""
        behind = int(sentence[end]) if end < len(sentence) else -1
        if any(int(i) in self.digits for i in sentence[start:end]):
            dated = behind in self.date or int(sentence[end - 1]) in self.date
            return "when" if dated else "number"
        if behind in self.person:
            return "person"
        if start and int(sentence[start - 1]) in self.place:
            return "place"
        return "thing"


def made_up(
    article: Sentences,
    language: str,
    table: PieceTable,
    asking: Asking,
    rng: np.random.RandomState,
) -> Case | None:
    """A question about a stretch of an article; None where it has nothing to ask for.

    `language` is one of those of the words that ask: zh, ja, en.
    """
    stretch = _stretch(article, rng)
    for _ in range(_TRIES):
        if rng.rand() < OTHER_SENTENCE:
            found = _shared(stretch, table, rng)
        else:
            found = _own(stretch, table, rng)
        if found is None:
            continue
        source, start, end, passage, answer = found
        asked = _question(stretch[source], start, end, source in passage, language, asking, rng)
        if len(asked) < 3:
            continue
        kept = [stretch[i] for i in passage]
        flags = [_standing(ids, answer) for ids in kept]
        right = np.array([flag.any() for flag in flags])
        return Case(asked, Passage(tuple(kept), right, np.concatenate(flags)), ())
    return None


_Found = tuple[int, int, int, list[int], Integers]


def _stretch(article: Sentences, rng: np.random.RandomState) -> list[Integers]:
    """Sentences side by side, of at most LONGEST pieces and one sentence more."""
    lengths = np.array([len(ids) for ids in article])
    ends = np.cumsum(lengths)
    last_start = int(np.searchsorted(ends, max(0, ends[-1] - LONGEST)))
    first = rng.randint(last_start + 1)
    room = LONGEST + 40 if rng.rand() < 0.7 else rng.randint(60, LONGEST)
    before = ends[first] - lengths[first]
    last = int(np.searchsorted(ends, before + room))
    return [ids[:120] for ids in article[first : max(last, first + 2)]]


def _shared(
    stretch: Sequence[Integers], table: PieceTable, rng: np.random.RandomState
) -> _Found | None:
    """A run of pieces that stands in two sentences (or three), and little else does."""
    where: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, ids in enumerate(stretch):
        for place in np.flatnonzero(table.rarity[ids] > RARE).tolist():
            where[int(ids[place])].append((number, place))
    shared = [v for v in where.values() if 2 <= len({number for number, _ in v}) <= 3]
    if not shared:
        return None
    weights = _weights(shared)
    places = shared[rng.choice(len(shared), p=weights / weights.sum())]
    one, other = (places[i] for i in rng.permutation(len(places))[:2])
    if one[0] == other[0]:
        return None
    (source, start), (target, at) = one, other
    start, end = _grown(stretch[source], start, stretch[target], at)
    passage = [i for i in range(len(stretch)) if i != source]
    return source, start, end, passage, stretch[source][start:end]


def _weights(shared: Sequence[list[tuple[int, int]]]) -> NDArray[np.float64]:
    """Of each shared piece, the more the more of them two of its sentences have in common."""
    pairs = [list(combinations(sorted({number for number, _ in v}), 2)) for v in shared]
    common = Counter(pair for some in pairs for pair in some)
    most = np.array([max(common[pair] for pair in some) for some in pairs], float)
    weights: NDArray[np.float64] = np.minimum(most, 4) ** 1.5
    return weights


def _grown(one: Integers, start: int, other: Integers, at: int) -> tuple[int, int]:
    """The longest run around a piece that stands in both, at most SPAN pieces."""
    end, behind = start + 1, at + 1
    while end < len(one) and behind < len(other) and one[end] == other[behind]:
        end, behind = end + 1, behind + 1
        if end - start == SPAN:
            return start, end
    while start and at and one[start - 1] == other[at - 1] and end - start < SPAN:
        start, at = start - 1, at - 1
    return start, end


def _own(
    stretch: Sequence[Integers], table: PieceTable, rng: np.random.RandomState
) -> _Found | None:
    """A run of pieces of a sentence, to be asked for by that sentence."""
    source = rng.randint(len(stretch))
    ids = stretch[source]
    rare = np.flatnonzero(table.rarity[ids] > RARE)
    if len(ids) < 6 or not len(rare):
        return None
    start = int(rng.choice(rare))
    end = min(len(ids), start + rng.choice([1, 1, 2, 2, 3, 4]))
    return source, start, end, list(range(len(stretch))), ids[start:end]


def _question(
    sentence: Integers,
    start: int,
    end: int,
    own: bool,
    language: str,
    asking: Asking,
    rng: np.random.RandomState,
) -> Integers:
    """What stands around [start, end), with words left out, and a word that asks."""
    most = rng.randint(6, LONGEST_QUESTION + 1)
    before = min(start, rng.randint(most + 1))
    first, last = start - before, min(len(sentence), end + most - before)
    dropped = rng.rand() * (DROPPED_OWN if own else DROPPED)
    left = sentence[first:start]
    right = sentence[end:last]
    left, right = (ids[rng.rand(len(ids)) >= dropped] for ids in (left, right))
    words = asking.words[language][asking.kind(sentence, start, end)]
    word = words[rng.randint(len(words))] if rng.rand() >= UNASKED else sentence[:0]
    if language == "en" and rng.rand() < 0.7:
        parts = [word, left, right]
    elif rng.rand() < AT_END:
        parts = [right, left, word] if rng.rand() < 0.4 else [left, right, word]
    else:
        parts = [left, word, right]
    return np.concatenate(parts)


def _standing(ids: Integers, answer: Integers) -> Flags:
    """Which pieces belong to a place where all of the answer stands."""
    found = np.zeros(len(ids), np.bool_)
    size = len(answer)
    if len(ids) >= size:
        runs = np.lib.stride_tricks.sliding_window_view(ids, size)
        for start in np.flatnonzero((runs == answer).all(axis=1)).tolist():
            found[start : start + size] = True
    return found
