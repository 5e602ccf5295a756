"""A text cut into tokens that keep their places: what a sentence and its source are aligned by.

Han characters and hiragana stand alone; other scripts, katakana and figures give whole words.
Two tokens match when their keys are equal: folded, figures without separators, words without
their usual endings.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from index.language import SMALL_WORDS
from index.text import fold

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA, _KATAKANA = "\u3040-\u309f", "\u30a0-\u30ff\uff66-\uff9d"
_JOINED = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"  # accents, and what is not seen
_LETTER = rf"(?:[^\W\d_{_HAN}{_HIRAGANA}{_KATAKANA}]|[{_JOINED}])"
_TOKEN = re.compile(
    rf"\d+(?:[.,]\d+)*|[{_HAN}{_HIRAGANA}][\u3099\u309a]?|[{_KATAKANA}]+|{_LETTER}+(?:['’]{_LETTER}+)*"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_POSSESSIVE = re.compile(r"['’](?:s)?$")
# Of words of five letters or more: "news" is not "new".
_ENDING = re.compile(
    r"(?:ings?|edly|ed|es|s|ly|mente|ciones|ción|os|as|es|o|a|e|"
    r"[аеиоуыэюяйь]{1,2}|ами|ями|ах|ях|ов|ев|ей|ого|его|ому|ему|ым|им|ых|их|ой|ая|ое|ые)$"
)
_LEAST_STEM = 4
_MARK = re.compile(
    r"[^\w\s“”‘’「」『』《》\"'«»·・%％-]"
)  # what parts clauses: not quotation marks
# Han characters and hiragana that join or colour what others say.
_LIGHT_CHARACTERS = frozenset(
    "的了着过地得之其这那此该们个是为在于与和及或并而且也还又都就便则将把被给让由从向对到至"
    "以因所等者们呢吗啊吧呀么很更最约近共总已曾正会可能要该有"
)
_LIGHT = (
    "an or be been being am their its his her our they he she we i you this these those there "
    "as but than then so if not no also would will can could may might should into over about "
    "after before while during were had has said says say один и в во на с со к ко о об от до за "
    "из у по при под над для что как это тот эта эти который которая которые был была было были "
    "есть будет а но или же ли бы не ни он она они его её их мы вы я su sus este esta estos estas "
    "ese esa al lo le les se ha han fue fueron era eran ser sido está están más muy también como "
    "o u e ni no sí pero sin sobre entre hasta desde"
)
_LIGHT_WORDS = SMALL_WORDS | frozenset(_LIGHT.split())
# Characters that the text view keeps apart: 回覆 is 回复, but 覆盖 is never 复盖. It folds one
# character at a time and is part of what a store is made with, so they are matched as one here.
_VARIANTS = {"覆": "复"}


@dataclass(frozen=True)
class Tokens:
    """Tokens of a raw text: `keys` to match by, `words` folded as written, and where they stand.

    `light` says which of them carry no content of their own.
    """

    text: str
    keys: tuple[str, ...]
    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    light: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.keys)

    def printed(self, first: int, last: int) -> str:
        """The raw text from token `first` up to before token `last`."""
        return self.text[self.starts[first] : self.ends[last - 1]] if first < last else ""

    def in_clause(self, places: range) -> list[int]:
        """Places of neighbouring tokens, forward or backward, up to the first mark before one."""
        found: list[int] = []
        for i in places:
            if self.parted(i if places.step > 0 else i + 1):
                break
            found.append(i)
        return found

    def parted(self, place: int) -> bool:
        """Whether a mark that parts clauses stands right before a token."""
        if not 0 < place < len(self):
            return False
        return bool(_MARK.search(self.text[self.ends[place - 1] : self.starts[place]]))

    def part(self, first: int, last: int) -> "Tokens":
        """Tokens `first` up to before `last`, of the same raw text."""
        cut = slice(first, last)
        return Tokens(
            self.text, self.keys[cut], self.words[cut], self.starts[cut], self.ends[cut],
            self.light[cut],
        )  # fmt: skip


@lru_cache(maxsize=256)  # the sentences of an answer cite the same few paragraphs
def read(text: str) -> Tokens:
    """The tokens of a raw text, in order."""
    found = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    known = [_known(printed) for printed, _, _ in found]
    return Tokens(
        text,
        tuple(key for key, _, _ in known),
        tuple(word for _, word, _ in known),
        tuple(start for _, start, _ in found),
        tuple(end for _, _, end in found),
        tuple(light for _, _, light in known),
    )


@lru_cache(maxsize=1 << 16)  # the words of a newspaper come again and again
def _known(printed: str) -> tuple[str, str, bool]:
    """Key, folded word and lightness of one printed token."""
    word = fold(printed).replace("’", "'") or printed
    if word[0].isdigit():
        word = _THOUSANDS.sub("", word)
        return word, word, False
    if len(word) == 1 and word > "\u3000":
        light = word in _LIGHT_CHARACTERS or "\u3040" <= word <= "\u309f"
        return _VARIANTS.get(word, word), word, light
    bare = _POSSESSIVE.sub("", word)
    return _stem(bare), bare, bare in _LIGHT_WORDS


def _stem(word: str) -> str:
    if len(word) <= _LEAST_STEM or word[0] > "\u3000":
        return word
    stem = _ENDING.sub("", word)
    return stem if len(stem) >= _LEAST_STEM - 1 else word
