"""What stands between quotation marks."""

import re
from collections.abc import Iterator

from index.text import fold
from rag.facts.fact import Words
from rag.facts.reading import Reading
from rag.facts.view import View

_QUOTED = re.compile(
    '“([^“”]{6,})”|「([^「」]{6,})」|『([^『』]{6,})』|"([^"]{12,})"|«([^«»]{12,})»|„([^„“”]{12,})[“”]'
)
_SINGLE = re.compile("‘([^‘’]{6,})’(?![a-z])")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def quotations(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of what is quoted: 6 characters or more, 12 between marks of other uses."""
    for pattern in (_QUOTED, _SINGLE):
        for match in pattern.finditer(text):
            group = match.lastindex or 1
            quoted = match[group]
            if pattern is _SINGLE and not _CJK.search(quoted) and len(quoted.split()) < 4:
                continue
            yield match.start(group), match.end(group)


def quoted(view: View) -> Iterator[Reading]:
    """Quotations as facts: each part between … must stand in the source as it is."""
    for start, end in quotations(view.visible):
        parts = _parts(view.visible[start:end])
        if parts:
            yield Reading("quotation", start, end, (Words(parts),), True)


_GAP = re.compile(r"\[?(?:…+|\.{3,}|。{3,})\]?")
_ENDS = " ,.;:!?，。；：！？、…—-'\"“”‘’「」『』()（）[]"


def _parts(quotation: str) -> tuple[str, ...]:
    """What of a quotation must stand in the source, folded; … leaves something out."""
    folded = (fold(part).strip(_ENDS) for part in _GAP.split(quotation))
    return tuple(part for part in folded if part)
