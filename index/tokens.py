"""What is matched by words: characters and their pairs, words, figures and dates in normal form.

Chinese and Japanese runs give every character but kana, and every pair of neighbours; other
scripts give lower-cased words. On top of these come figures and dates as `numbers.py` and
`dates.py` read them, so that 2.3万, 23,000 and 二万三千 meet, and April 14 meets 4月14日.
"""

import re
from functools import cache
from importlib import resources

from index.dates import date_tokens
from index.language import SMALL_WORDS
from index.numbers import number_tokens
from index.text import fold

TOKENS = "cjk-1-2-words-figures-dates-2"  # part of the fingerprint: change it when tokens change

KANA_RANGE = (0x3040, 0x30FF)
# Kana; 々〆〇; Han and its extensions.
CJK_RANGES = (
    KANA_RANGE, (0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)  # fmt: skip
CJK = "".join(f"{chr(first)}-{chr(last)}" for first, last in CJK_RANGES)
WORD = re.compile(rf"\d+(?:[.,]\d+)*|[^\W\d_{CJK}]+")
_RUN = re.compile(rf"(?P<cjk>[{CJK}]+)|{WORD.pattern}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_KANA = re.compile("[{}-{}]".format(*map(chr, KANA_RANGE)))


def tokens(text: str, *, date: str | None = None) -> list[str]:
    """Search tokens of raw text: first those that stand there, in their order, then normal forms.

    Thousands separators are dropped, so that 23,095 and 23095 meet. `date` is the day of the
    article (YYYY-MM-DD); it tells the year of dates that are written without.
    """
    folded = fold(text)
    return [*_printed(folded), *normal_forms(folded, date)]


def printed_tokens(text: str) -> list[str]:
    """The tokens that stand in a raw text, in their order, without normal forms."""
    return _printed(fold(text))


def _printed(folded: str) -> list[str]:
    found: list[str] = []
    for match in _RUN.finditer(folded):
        run = match.group()
        if match.lastgroup == "cjk":
            found.extend(c for c in run if len(run) == 1 or not _KANA.match(c))
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(plain_word(run))
    return found


def asked_tokens(question: str) -> list[str]:
    """Search tokens of a question without the words that only ask, unless it has no others.

    These are small words (how, of, el …) and what Chinese and Japanese ask with (是什, 什么, 多少,
    すか). In a store of several languages the small words of the rarer ones look
    telling, and a question would find paragraphs in its own language rather than those that
    answer it.
    """
    found = tokens(question)
    return [token for token in found if token not in _small()] or found


def plain_word(word: str) -> str:
    """A word or figure of folded text as a token."""
    return _THOUSANDS.sub("", word) if "," in word else word


def normal_forms(folded: str, date: str | None) -> list[str]:
    """Figures and dates of a folded text as tokens."""
    return [*number_tokens(folded), *date_tokens(folded, date)]


@cache
def _small() -> frozenset[str]:
    """Small words, and the tokens that `python -m index.training.asking` learnt from questions."""
    text = resources.files("index").joinpath("asking.txt").read_text(encoding="utf-8")
    return SMALL_WORDS.union(text.split())
