"""Figures that are no longer those of the paragraph."""

import re
from collections.abc import Iterator
from decimal import Decimal
from random import Random

from eval.bench.fidelity.changes import Change, put, shuffled
from eval.bench.fidelity.numerals import WORDS, read_chinese
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.spots import EASTERN, Figure, figures_in, values_in
from index.article import Span

_SCALE_WORDS = {
    "zh": (("万", "亿"), ("萬", "億")),
    "ja": (("万", "億"),),
    "en": (("million", "billion"), ("thousand", "million")),
    "es": (("miles de millones", "millones"), ("millones", "miles de millones")),
    "ru": (("миллион", "миллиард"), ("млн", "млрд"), ("тысяч", "миллионов")),
}
_COUNTED = "人名个個年月日元米岁歲次位票家所座天公层層册冊种種条條世周週"
_NUMERAL = re.compile(
    rf"(?:(?<=百分之)|(?<![〇零一二三四五六七八九十百千]))"
    rf"[一二三四五六七八九十百千]{{2,}}(?=[{_COUNTED}%％，。、]|$)"
)
_RUSSIAN_KINDS = ({"два", "три", "четыре"}, {"пять", "шесть", "семь", "восемь", "девять", "десять"})


def digit(pair: Pair, random: Random) -> Iterator[Change]:
    """One digit of a figure is another one."""
    for figure in shuffled(_figures(pair), random):
        places = [i for i, c in enumerate(figure.token) if c.isdecimal()]
        place = places[0] if figure.ordinal else random.choice(places)
        lowest = 1 if place == 0 and len(places) > 1 or len(places) == 1 else 0
        old = int(figure.token[place])
        new = random.choice([n for n in range(lowest, 10) if n != old])
        token = put(figure.token, Span(place, place + 1), _like(figure.token[place], new))
        yield _replaced(pair, figure, token)


def _like(character: str, number: int) -> str:
    """A digit as wide as this one."""
    return chr(ord(character) - int(character) + number)


def tenfold(pair: Pair, random: Random) -> Iterator[Change]:
    """A figure is ten times as large, or a tenth."""
    for figure in shuffled(_figures(pair), random):
        if not figure.ordinal and figure.value:
            for token in shuffled(_tenfold(figure.token), random)[:1]:
                yield _replaced(pair, figure, token)


def _tenfold(token: str) -> list[str]:
    """The figure times ten, and, if that needs no decimals, by ten."""
    decimal = re.fullmatch(r"(\d+)([.,．])(\d{1,2})", token)
    if decimal:
        whole, mark, part = decimal.groups()
        rest = f"{mark}{part[1:]}" if part[1:] else ""
        return [(whole + part[0]).lstrip("0０") + rest] if (whole + part[0]).strip("0０") else []
    larger = token + ("０" if token[-1] >= "０" else "0")
    smaller = [token[:-1]] if token[-1] in "0０" and sum(map(str.isdecimal, token)) > 1 else []
    return [_grouped(text, token) for text in [larger, *smaller]]


def _grouped(text: str, model: str) -> str:
    """The digits of `text`, in groups of three if those of `model` are."""
    separators = [c for c in model if not c.isdecimal()]
    if not separators:
        return text
    digits = "".join(c for c in text if c.isdecimal())
    head = len(digits) % 3
    groups = [digits[:head]] * bool(head) + [digits[i : i + 3] for i in range(head, len(digits), 3)]
    return separators[0].join(groups)


def scale_word(pair: Pair, random: Random) -> Iterator[Change]:
    """万 becomes 亿, million becomes billion, or the other way round."""
    for figure in shuffled([f for f in _figures(pair) if f.tail], random):
        for one, other in _SCALE_WORDS[pair.language]:
            for old, new in ((one, other), (other, one)):
                if figure.tail.lower().startswith(old) and not figure.tail.startswith(new):
                    end = figure.tail_span.start + len(old)
                    text = put(pair.sentence, Span(figure.tail_span.start, end), new)
                    yield Change(text, true=_has_value(pair, text, figure.span.start))


def percent(pair: Pair, random: Random) -> Iterator[Change]:
    """A percentage becomes a plain number."""
    plain = values_in(pair.paragraph, pair.told, percent=False)
    for figure in shuffled([f for f in _figures(pair) if f.percent], random):
        text = put(pair.sentence, Span(figure.span.end, figure.tail_span.end), "")
        yield Change(text, true=figure.value in plain)


def numeral(pair: Pair, random: Random) -> Iterator[Change]:
    """A figure written in words is another one."""
    if pair.language in EASTERN:
        spans = [Span(*match.span()) for match in _NUMERAL.finditer(pair.sentence)]
        changes = [_other_numeral(pair.sentence, span, random) for span in spans]
    else:
        words = WORDS[pair.language]
        found = re.finditer(r"\b\w+\b", pair.sentence)
        spans = [Span(*match.span()) for match in found if match.group() in words]
        changes = [_other_word(pair, span, random) for span in spans]
    known = values_in(pair.paragraph, pair.told)
    for span, (new, value) in shuffled(list(zip(spans, changes, strict=True)), random):
        if new != span.cut(pair.sentence):
            yield Change(put(pair.sentence, span, new), true=value in known)


def _other_numeral(text: str, span: Span, random: Random) -> tuple[str, Decimal | None]:
    old = span.cut(text)
    places = [i for i, c in enumerate(old) if c in "一二三四五六七八九"]
    if not places or re.fullmatch("[一二三四五六七八九]{2,}", old) and len(old) < 4:
        return old, None  # 三四 is a guess, not a figure
    place = random.choice(places)
    new = random.choice([c for c in "二三四五六七八九" if c != old[place]])
    changed = put(old, Span(place, place + 1), new)
    return changed, read_chinese(changed)


def _other_word(pair: Pair, span: Span, random: Random) -> tuple[str, Decimal | None]:
    words, old = WORDS[pair.language], span.cut(pair.sentence)
    like = [word for word in words if word != old]
    if pair.language == "ru":  # a numeral rules the case of what is counted
        kinds = [kind for kind in _RUSSIAN_KINDS if old in kind]
        like = [word for word in like if kinds and word in kinds[0]]
    new = random.choice(like) if like else old
    return new, Decimal(words[new])


def _figures(pair: Pair) -> list[Figure]:
    return figures_in(pair.sentence, pair.language)


def _replaced(pair: Pair, figure: Figure, token: str) -> Change:
    text = put(pair.sentence, figure.span, token)
    return Change(text, true=_has_value(pair, text, figure.span.start))


def _has_value(pair: Pair, text: str, start: int) -> bool:
    """Whether the paragraph has the figure that begins here in the changed text."""
    found = [f for f in figures_in(text, pair.language) if f.span.start == start]
    known = values_in(pair.paragraph, pair.told)
    return not found or found[0].value in known
