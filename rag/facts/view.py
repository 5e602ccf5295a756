"""The view in which facts are read: as long as the text, so that offsets stay what they are."""

import re
from dataclasses import dataclass
from functools import cache, cached_property

from index.article import Span
from index.language import SMALL_WORDS, language
from index.text import fold

BLANK = "·"
WORD = re.compile("[a-zà-öø-ÿœа-яёіїє]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_HAN = "".join(map(chr, range(0x4E00, 0xA000)))
_ALIKE = {
    " ": "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t\n\r",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d",
    "~": "\u301c\uff5e\u223c",
    "'": "\u2019\u2018\u02bc",
    ",": "\u066c",
    "%": "\ufe6a\u066a",
}


@dataclass(frozen=True)
class View:
    """`text`: lower case, half width, simplified, spaces and dashes of one kind each.

    `visible` is the raw text without invisible characters, as long as `text`.
    `kept`: where each of its characters stands in the raw text, None where nothing was left out.
    """

    raw: str
    visible: str
    text: str
    kept: tuple[int, ...] | None

    def span(self, start: int, end: int) -> Span:
        """The raw characters behind a part of the view that is not empty."""
        if self.kept is None:
            return Span(start, end)
        return Span(self.kept[start], self.kept[end - 1] + 1)

    def capital(self, start: int) -> bool:
        """Whether the raw text has a capital letter here."""
        return self.visible[start].isupper()

    @cached_property
    def language(self) -> str:
        """ISO 639-1 code."""
        return language(self.raw)

    @cached_property
    def language_unsure(self) -> bool:
        """Whether the language is only taken to be English, for want of small words."""
        return self.language in ("en", "und") and SMALL_WORDS.isdisjoint(self.vocabulary)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words."""
        return frozenset(word for _, _, word in self.words)

    @cached_property
    def words(self) -> list[tuple[int, int, str]]:
        """Start, end and letters of each word in Latin or Cyrillic script."""
        return [(m.start(), m.end(), m[0]) for m in WORD.finditer(self.text)]


def view(text: str) -> View:
    """The view of a text."""
    kept = None
    raw = text
    if _INVISIBLE.search(text):
        kept = tuple(i for i, c in enumerate(text) if not _INVISIBLE.match(c))
        text = "".join(text[i] for i in kept)
    lower = text.lower()
    if len(lower) != len(text):  # İ becomes two characters
        lower = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    return View(raw, text, lower if lower.isascii() and "\n" not in lower else _plain(lower), kept)


def blank(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with spans filled with dots: what they hold is read already."""
    pieces, done = [], 0
    for start, end in sorted(spans):
        if start >= done:
            pieces += [text[done:start], BLANK * (end - start)]
            done = end
    return "".join((*pieces, text[done:]))


_POINT = re.compile(r"(?<=\d)[·•](?=\d)")  # 8·11
_SCALES = {"천": "千", "만": "万", "억": "亿"}
_KOREAN = re.compile(r"(?<=\d)[천만억]|(?<=\d[천백])[만억]")
_WIDE_COMMA = re.compile("(?<=[０-９])，(?=[０-９]{3})")


def _plain(text: str) -> str:
    if "，" in text:
        text = _WIDE_COMMA.sub(",", text)
    if "·" in text or "•" in text:
        text = _POINT.sub(".", text)
    if "천" in text or "만" in text or "억" in text:
        text = _KOREAN.sub(lambda match: _SCALES[match[0]], text)
    return text.translate(_table())


@cache
def _table() -> dict[int, str]:
    table = {ord(c): new for c, new in zip(_HAN, fold(_HAN), strict=True) if c != new}
    table |= {0xFF01 + i: chr(0x21 + i).lower() for i in range(94) if i != 11}  # ，ends a clause
    table |= {ord(c): new for new, old in _ALIKE.items() for c in old}
    return table
