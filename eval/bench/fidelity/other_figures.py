"""The same figure or date, written in another way."""

import re
from random import Random

from eval.bench.fidelity.changes import put
from eval.bench.fidelity.numerals import WORDS, chinese, chinese_digits
from eval.bench.fidelity.pairs import Pair
from eval.bench.fidelity.quotations import quotations_in
from eval.bench.fidelity.spots import DateSpot, Figure, dates_in, figures_in
from index.article import Span

_PERCENT_WORDS = {"en": " percent", "es": " por ciento", "ru": " процентов", "ja": "パーセント"}
_FRACTION = re.compile(r"[ -](?:third|quarter|fifth|half|terc|cuart|quint|трет|четверт|пят)")
_MILLIONS = {"en": "million", "es": "millones", "ru": "млн"}


def other_figure(pair: Pair, random: Random) -> str | None:
    """One figure of the sentence in another form with the same value, if any has one.

    23,095 becomes 2.3095万 or 二万三千零九十五, 94% 百分之九十四 or 94 percent, five 5.
    """
    found = [
        (span, form)
        for figure in figures_in(pair.sentence, pair.language)
        for span, form in _forms(figure, pair.sentence, pair.language)
    ]
    return _one_changed(pair.sentence, found + _digits_for_words(pair), random)


def _one_changed(text: str, forms: list[tuple[Span, str]], random: Random) -> str | None:
    """The text with one of the other forms, none of them in a quotation."""
    quoted = quotations_in(text)
    free = [
        (span, form)
        for span, form in forms
        if not any(q.start <= span.start < q.end for q in quoted)
    ]
    return put(text, *random.choice(free)) if free else None


def _forms(figure: Figure, text: str, language: str) -> list[tuple[Span, str]]:
    if figure.ordinal:
        return []
    if figure.percent:
        return _percent_forms(figure, language)
    whole = figure.value == int(figure.value) and not figure.tail
    if not whole:
        return []
    if language in ("zh", "ja"):
        return [
            (figure.span, form)
            for form in _eastern_forms(int(figure.value), text, figure, language)
        ]
    return [(figure.span, form) for form in _western_forms(int(figure.value), figure, language)]


def _percent_forms(figure: Figure, language: str) -> list[tuple[Span, str]]:
    if language == "zh":
        whole = figure.value == int(figure.value)
        number = chinese(int(figure.value)) if whole else figure.token
        return [(figure.whole, f"百分之{number}")]
    return [(Span(figure.span.end, figure.whole.end), _PERCENT_WORDS[language])]


def _eastern_forms(value: int, text: str, figure: Figure, language: str) -> list[str]:
    before, after = text[: figure.span.start], text[figure.span.end :]
    if re.search(r"[\d.:：第\-–~～]$", before) or re.match(
        r"[\d.:：\-–~～年月日号號]| ?[A-Za-z]", after
    ):
        return []  # part of a code, a score or a range
    if 1000 <= value <= 2100 and figure.token.isdecimal():
        return []  # most often a year
    forms = [chinese(value)] if 10 < value < 10**8 and language == "zh" else []
    if value >= 10_000 and language == "zh" and value < 10**8:
        forms.append(f"{value / 10_000:.4f}".rstrip("0").rstrip(".") + "万")
    if language == "ja" and 10_000 <= value < 10**8:
        high, low = divmod(value, 10_000)
        forms.append(f"{high}万{low}" if low else f"{high}万")
    if value >= 1000 and not figure.token.isdecimal():
        forms.append(str(value))
    return forms


def _western_forms(value: int, figure: Figure, language: str) -> list[str]:
    forms = []
    if value >= 1000 and not figure.token.isdecimal():
        forms.append(str(value))
    if value >= 10**6 and value % 10**5 == 0:
        point = "." if language == "en" else ","
        number = f"{value / 10**6:.1f}".removesuffix(".0").replace(".", point)
        forms.append(f"{number} {_MILLIONS[language]}")
    return forms


def _digits_for_words(pair: Pair) -> list[tuple[Span, str]]:
    """Number words of two and more, as digits."""
    words = WORDS.get(pair.language, {})
    return [
        (Span(*match.span()), str(words[match.group()]))
        for match in re.finditer(r"\b(?<!-)\w+\b(?!-)", pair.sentence)
        if match.group() in words and not _FRACTION.match(pair.sentence, match.end())
    ]


def other_date(pair: Pair, random: Random) -> str | None:
    """One date of the sentence in another order or form: April 14 becomes 14 April."""
    forms = [
        (spot.span, form)
        for spot in dates_in(pair.sentence, pair.language)
        if not _in_range(spot, pair.sentence)
        and (form := _date_form(spot, pair.sentence, pair.language, random))
    ]
    return _one_changed(pair.sentence, forms, random)


def _in_range(spot: DateSpot, text: str) -> bool:
    """Whether the date is an end of 2014/2015年 or 2日至4日: both are written alike."""
    before, after = text[: spot.span.start][-2:], text[spot.span.end :][:2]
    return bool(
        re.search(r"[/\-–—~～至到\d]\s?$", before) or re.match(r"\s?[/\-–—~～至]|\d", after)
    )


def _date_form(spot: DateSpot, text: str, language: str, random: Random) -> str | None:
    if language in ("zh", "ja"):
        return _eastern_date(spot, language, random)
    if not (spot.month_at and spot.day):
        return None
    month, year = spot.month_at.cut(text), spot.year
    if language == "en":
        first = spot.day_at is not None and spot.day_at.start < spot.month_at.start
        if first:
            return f"{month} {spot.day}" + (f", {year}" if year else "")
        return f"{spot.day} {month}" + (f" {year}" if year else "")
    if not year:
        return None
    mark = "/" if language == "es" else "."
    return f"{spot.day:02}{mark}{spot.month:02}{mark}{year}"


def _eastern_date(spot: DateSpot, language: str, random: Random) -> str | None:
    year, month, day = spot.says()
    if year and month and day and random.random() < 0.5:
        return f"{year}-{month:02}-{day:02}"
    if language == "ja":
        return f"{month}/{day}" if month and day and not year else None
    parts = (
        chinese_digits(str(year)) + "年" if year else "",
        f"{chinese(month)}月" if month else "",
    )
    return "".join(parts) + (f"{chinese(day)}日" if day else "")
