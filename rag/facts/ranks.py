"""Places in a row that are told in words: came second, второе место, the third-largest, 首届."""

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.facts.fact import Figure
from rag.facts.reading import Reading
from rag.facts.view import View

_STEMS = {
    stem: number
    for number, stems in enumerate(
        (
            "first primer перв 首",
            "second segund втор",
            "third tercer трет",
            "fourth cuart четвёрт четверт",
            "fifth quint пят",
            "sixth sext шест",
        ),
        1,
    )
    for stem in stems.split()
}
_ENGLISH = "first|second|third|fourth|fifth|sixth"
_SPANISH = "(?:primer|segund|tercer|cuart|quint|sext)[oa]?"
_RANK = re.compile(
    rf"\b(?:comes?|came|finish(?:ed|es)?|placed|rank(?:ed|s)) (?P<a>{_ENGLISH})\b(?! (?:of|to|in))"
    rf"|(?<!in the )\b(?P<b>{_ENGLISH}) (?:place|prize)\b"
    r"|\b(?P<c>second|third|fourth|fifth|sixth)[- ]"
    r"(?:larg|bigg|high|tall|long|old|rich|great|bus)\w*st\b"
    rf"|\b(?:quedó|quedaron|terminó|acabó) (?P<d>{_SPANISH})\b"
    rf"|(?<!en )\b(?P<e>{_SPANISH}) (?:lugar|puesto)\b"
    r"|\b(?P<f>перв|втор|трет|четвёрт|четверт|пят|шест)(?:ое|ье|ого|ьего|ом|ьем) мест[оае]\b"
    r"|(?P<g>首)届"
)
_SIGNS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("lugar", "puesto", "quedó", "quedaron", "terminó", "acabó", "мест", "首届"),
)


def ranks(view: View) -> Iterator[Reading]:
    """The places of a text that its sources must tell too; other ordinals are offered only."""
    if not any(sign in view.text for sign in _SIGNS):
        return
    for match in _RANK.finditer(view.text):
        word = next(found for found in match.groups() if found)
        number = next(number for stem, number in _STEMS.items() if word.startswith(stem))
        yield Reading("figure", *match.span(), (Figure(Decimal(number), "ordinal"),), True)
