"""What is changed in a made answer, one thing at a time.

A change takes an answer and gives another one, or None where there is nothing to change.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from opencc import OpenCC

from eval.meta.made import Made, Papers, Said
from index.text import fold

_DIGITS = re.compile(r"\d+")
_OF_TIMES = re.compile(r"[年月日時时分秒点點:]|[ap]\.? ?m\b|\d [A-Z]")  # no amounts
_IN_QUOTES = re.compile('«[^»]*»|“[^”]*”|「[^」]*」|"[^"]*"')
_MONTH = re.compile(r"(?<!\d)(\d{1,2})(月\d{1,2}日)")
_UNITS = {
    "公里": "厘米", "公斤": "公吨", "毫米": "公里", "厘米": "公里", "公噸": "公斤", "万元": "亿元",
    "亿元": "万元", "萬元": "億元", "キロ": "センチ", "円": "ドル", " metres": " kilometres",
    " kilometres": " centimetres", " metros": " kilómetros", " million": " billion",
}  # fmt: skip
_MEASURED = re.compile(rf"(?<=\d)({'|'.join(_UNITS)})(?![\u4e00-\u9fffa-z])")
_NOBODY = {"zh": "霍不群", "zh-Hant": "霍不群", "ja": "轟沢みどり", "en": "Barnaby Quillfeather"}
_INVENTED = {
    "zh": "随后赶来的杂技团当街表演了整整两个晚上的喷火。",
    "zh-Hant": "隨後趕來的雜技團當街表演了整整兩個晚上的噴火。",
    "ja": "そのあと曲芸団がやって来て、二晩にわたって火を吹いてみせた。",
    "en": "Afterwards a troupe of acrobats arrived and breathed fire in the street until dawn.",
    "es": "Después llegó una compañía de acróbatas que escupió fuego en la calle hasta el alba.",
}


def another_cited(made: Made, papers: Papers) -> Made:
    """All sentences cite a paragraph about something else."""
    wrong = (made.hits[-1].paragraph.id,)
    return replace(made, said=tuple(replace(one, cited=wrong) for one in made.said))


def none_cited(made: Made, papers: Papers) -> Made:
    """No sentence cites anything."""
    return replace(made, said=tuple(Said(one.text) for one in made.said))


def one_more_cited(made: Made, papers: Papers) -> Made:
    """All sentences cite a paragraph about something else as well."""
    extra = made.hits[-1].paragraph.id
    return replace(made, said=tuple(replace(o, cited=(*o.cited, extra)) for o in made.said))


def figure(made: Made, papers: Papers) -> Made | None:
    """An amount of the gold answer, each digit one higher, where that is no figure of the page."""
    if made.question.type == "temporal":
        return None
    for place, alternative in _expected(made):
        match = _DIGITS.search(alternative)
        if match is None or len(match[0]) < 2 or _OF_TIMES.search(alternative):
            continue
        if alternative not in _IN_QUOTES.sub("", made.said[place].text):
            continue
        wrong = "".join(str((int(digit) + 1) % 10) for digit in match[0])
        bad = alternative[: match.start()] + wrong + alternative[match.end() :]
        changed = made.with_text(place, made.said[place].text.replace(alternative, bad))
        lost = len(list(_groups(changed))) < len(list(_groups(made)))
        if lost and not any(wrong in hit.paragraph.text for hit in made.hits):
            return changed
    return None


def month(made: Made, papers: Papers) -> Made | None:
    """A day of a month (5月18日) in another month, on which nothing was."""
    for place, one in enumerate(made.said):
        match = _MONTH.search(one.text)
        if match is None:
            continue
        wrong = f"{int(match[1]) % 12 + 1}{match[2]}"
        told = "".join(f"{hit.paragraph.text} {hit.article.date}" for hit in made.hits)
        if wrong not in told:
            return made.with_text(place, one.text.replace(match[0], wrong))
    return None


def unit(made: Made, papers: Papers) -> Made | None:
    """A figure in another unit, or with another power of ten: 27.5公里 as 27.5厘米."""
    for place, one in enumerate(made.said):
        match = _MEASURED.search(one.text)
        if match:
            text = one.text[: match.start()] + _UNITS[match[0]] + one.text[match.end() :]
            return made.with_text(place, text)
    return None


def person(made: Made, papers: Papers) -> Made | None:
    """Somebody who is in no article in the place of a person whose name is the answer."""
    name = _NOBODY.get(made.question.evidence_language or "")
    if name is None or made.question.type != "person":
        return None
    for place, alternative in _expected(made):
        if not _DIGITS.search(alternative):
            text = made.said[place].text.replace(alternative, name)
            return made.with_text(place, text)
    return None


def quotation(made: Made, papers: Papers) -> Made | None:
    """Words put into the speaker's mouth."""
    for place, one in enumerate(made.said):
        match = re.search("“[^“”]{8,}”", one.text)
        if match:
            middle = match.start() + len(match[0]) // 2
            return made.with_text(place, f"{one.text[:middle]}永远彻底{one.text[middle:]}")
    return None


def invented(made: Made, papers: Papers) -> Made | None:
    """One sentence more, made up, without a source."""
    text = _INVENTED.get(made.question.language)
    return replace(made, said=(*made.said, Said(text))) if text else None


def half(made: Made, papers: Papers) -> Made | None:
    """Only the first sentence, where another one has the rest of the answer."""
    first = made.said[0].text
    rest = [g for g in made.question.answers if not any(text in first for text in g)]
    return replace(made, said=made.said[:1]) if rest and len(made.said) > 1 else None


def forbidden(made: Made, papers: Papers) -> Made | None:
    """One sentence more: a value that no right answer contains."""
    if not made.question.forbidden:
        return None
    return replace(made, said=(*made.said, Said(made.question.forbidden[0])))


def declined(made: Made, papers: Papers) -> Made:
    """Nothing is said, whatever was found."""
    return replace(made, said=())


def late(made: Made, papers: Papers) -> Made:
    """The gold paragraphs come last."""
    cited = made.cited
    last = [hit for hit in made.hits if hit.paragraph.id in cited]
    return replace(made, hits=(*[h for h in made.hits if h not in last], *last))


def one_lost(made: Made, papers: Papers) -> Made | None:
    """One of several gold paragraphs was not found."""
    if len(made.cited) < 2:
        return None
    lost = made.said[0].cited[0]
    return replace(made, hits=tuple(hit for hit in made.hits if hit.paragraph.id != lost), said=())


def other_tongue(made: Made, papers: Papers) -> Made | None:
    """The question is in another language than the answer."""
    if made.question.language != "zh":
        return None
    return replace(made, question=replace(made.question, language="de"))


def sides_mixed(made: Made, papers: Papers) -> Made | None:
    """Each side of a conflict cites the other's paragraph."""
    if made.question.type != "conflict" or len(made.said) != 2:
        return None
    one, other = made.said
    if one.cited == other.cited:
        return None
    mixed = (replace(one, cited=other.cited), replace(other, cited=one.cited))
    return replace(made, said=mixed)


def ungrouped(made: Made, papers: Papers) -> Made | None:
    """23,095 as 23095; not 1,310, which might be the year 1310."""
    return _written(made, lambda text: re.sub(r"(?<![\d.,])([3-9]|\d{2,3}),(?=\d{3})", r"\1", text))


def wide_digits(made: Made, papers: Papers) -> Made | None:
    """18 as １８."""
    wide = {ord("0") + value: 0xFF10 + value for value in range(10)}
    return _written(made, lambda text: text.translate(wide))


def other_script(made: Made, papers: Papers) -> Made | None:
    """Simplified characters as traditional ones, where they fold into each other."""
    convert = OpenCC("s2t").convert
    if made.question.language != "zh":
        return None
    if any(fold(convert(one.text)) != fold(one.text) for one in made.said):
        return None
    return _written(made, convert)


def asks_back(made: Made, papers: Papers) -> Made:
    """A question to the reader at the end."""
    return replace(made, said=(*made.said, Said("还想知道什么？")))


def said_twice(made: Made, papers: Papers) -> Made:
    """Everything once more."""
    return replace(made, said=made.said * 2)


def cited_twice(made: Made, papers: Papers) -> Made:
    """Every paragraph two times by the same sentence."""
    return replace(made, said=tuple(replace(one, cited=one.cited * 2) for one in made.said))


def others_turned(made: Made, papers: Papers) -> Made:
    """What was found beside the gold paragraphs, in another order."""
    cited = made.cited
    gold = [hit for hit in made.hits if hit.paragraph.id in cited]
    return replace(made, hits=(*gold, *reversed(made.hits[len(gold) :])))


def _expected(made: Made) -> Iterable[tuple[int, str]]:
    """The expected answers that stand in the sentences, and in which one."""
    alternatives = [text for group in made.question.answers for text in group]
    for place, one in enumerate(made.said):
        yield from ((place, text) for text in alternatives if text in one.text)


def _groups(made: Made) -> Iterable[tuple[str, ...]]:
    """The groups of expected answers of which an alternative stands in the sentences."""
    whole = " ".join(one.text for one in made.said)
    return (g for g in made.question.answers if any(text in whole for text in g))


def _written(made: Made, write: Callable[[str], str]) -> Made | None:
    said = tuple(replace(one, text=write(one.text)) for one in made.said)
    return replace(made, said=said) if said != made.said else None
