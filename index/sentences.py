"""Cutting text into sentences, Chinese, Japanese and alphabetic alike; offsets are kept."""

import re
from collections.abc import Iterator

from index.article import Span

_CLOSERS = "”’」』）)】》〉〕\"'"
_END = re.compile(
    rf"[。！？!?｡]+[{_CLOSERS}]*|…{{2,}}[{_CLOSERS}]*|[.．]+[{_CLOSERS}]*(?=\s|$)|\n+"
)
# “…。”记者说 — words of saying after a closed quotation belong to the quotation.
_SAYING = re.compile(
    r"[^。！？!?；，,、“「\n]{0,20}(?:说|說|表示|介绍|介紹|道|称|稱|告诉|告訴|坦言|指出|写道|"
    r"と話|と述べ|と語|という|と言)"
)
_QUOTE_END = re.compile('[”’」』"]$')
_ABBREVIATION = re.compile(
    r"(?<![^\W\d_])(?:[A-ZÁÉÍÓÚÑ]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Sra|Jr|Lt|Col|Gen|Rev|No|Nos|Vol|vs|etc|"
    r"approx|Inc|Ltd|Co|Corp|Mt|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|e\.g|i\.e|U\.S|"
    r"U\.K|p|pp|a\.m|p\.m|núm|pág|EE\.UU|Fig|cf|al)$"
)
_LOWER_NEXT = re.compile(r"\s*[a-zà-ÿа-я,;]")
_SPACE = re.compile(r"\s*")


def sentences(text: str) -> list[Span]:
    """The sentences of a paragraph in order, white space between them left out.

    A closing quotation mark stays with its sentence, and so do the words of saying that follow
    it (“……。”他说). Decimal points, initials and common abbreviations do not end a sentence.
    """
    spans = []
    start = 0
    for end in [*_ends(text), len(text)]:
        start += len(_SPACE.match(text, start).group())  # type: ignore[union-attr]
        stop = start + len(text[start:end].rstrip())
        if stop > start:
            spans.append(Span(start, stop))
        start = max(start, end)
    return spans


def _ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        if not _continues(text, match):
            yield match.end()


def _continues(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence goes on behind this terminator."""
    mark = match.group()
    if mark.startswith("\n"):
        return False
    if _QUOTE_END.search(mark) and _SAYING.match(text, match.end()):
        return True
    if mark[0] in ".．":
        lower_next = bool(_LOWER_NEXT.match(text, match.end()))
        return lower_next or bool(_ABBREVIATION.search(text[: match.start()]))
    if mark[0] in "!?":  # "Yahoo! is", and “Why?” asked
        return bool(re.match(r" +[a-zà-ÿ]", text[match.end() :]))
    return False
