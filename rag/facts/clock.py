"""Times of day."""

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.facts.fact import Clock, Figure, Form
from rag.facts.numerals import han_values
from rag.facts.reading import Reading
from rag.facts.view import View
from rag.facts.words import SMALL

_MORNING = "上午|早上|早晨|清晨|凌晨|今早|午前|朝|早"
_EVENING = "下午|晚上|晚间|傍晚|午后|夜间|夜里|深夜|今晚|当晚|晚|夜|中午"
_H = r"(?P<h>\d{1,2}|[一二两三四五六七八九十]{1,3})"
_HAN = re.compile(
    rf"(?<![\d.:第])(?<![a-z]-)(?:(?P<half>{_MORNING}|{_EVENING}) ?)?"
    rf"{_H} ?[点时](?![间代段期候数评多])"
    r"(?: ?(?P<m>\d{1,2}|[一二三四五六七八九十]{1,3}|零[一二三四五六七八九]) ?分(?!钟|之|の)"
    r"|(?P<b>半)|(?P<q>[一三])刻|(?P<o>整|钟|许|左右|前后|多))?"
)
_COLON = re.compile(
    rf"(?:(?P<half>{_MORNING}|{_EVENING}) ?)?(?<![\d:.,])(?P<h>[01]?\d|2[0-4])"
    r":(?P<m>[0-5]\d)(?![\d:])(?:[.,]\d{1,3})?(?: ?(?P<ap>[ap])\.?m\b\.?)?"
)
_AM_PM = re.compile(r"(?<![\d:.,])(?P<h>\d{1,2})(?:[.:](?P<m>[0-5]\d))? ?(?P<ap>[ap])\.? ?m\b\.?")
_PARTS_OF_DAY = {
    "a": "in the morning|de la mañana|de la madrugada|утра|ночи|du matin|am morgen",
    "p": "in the (?:afternoon|evening)|at night|de la (?:tarde|noche)|вечера|"
    "(?<=часа )дня|(?<=часов )дня|(?<=час )дня|du soir|de l'après-midi|am (?:nachmittag|abend)",
}
_PART_OF_DAY = re.compile("|".join(_PARTS_OF_DAY.values()))
_IN_WORDS = re.compile(
    r"(?<![\d:.,])(?P<h>\d{1,2}|\b[a-zа-яё]{3,9})(?:[.:h](?P<m>[0-5]\d))?"
    r"(?: (?:час\w*|hours?|heures|uhr|horas))? "
    rf"(?:(?P<am>{_PARTS_OF_DAY['a']})|(?P<pm>{_PARTS_OF_DAY['p']}))\b"
)
_OF_CLOCK = re.compile(
    r"(?<![\d:.,])(?P<h>\d{1,2})(?:[.:h](?P<m>[0-5]\d))? ?(?:o'clock|uhr\b)"
    r"|(?<![\d:.,])(?P<h2>[01]?\d|2[0-4]) ?h ?(?P<m2>[0-5]\d)?\b"
    r"|\ba las? (?P<h3>\d{1,2})(?:[.:](?P<m3>\d\d))?\b"
    r"|\b(?:в|к|до|с|около) (?P<h4>[01]?\d|2[0-4])[.:](?P<m4>[0-5]\d)"
    r"(?![\d%]| (?:процент|млн|млрд|тыс))"
)
_NOON = re.compile("正午|中午|noon|midday|mediodía|полдень|полудня|midi\\b|mittag")
_MIDNIGHT = re.compile(
    "午夜|零时|零点|midnight|medianoche|полночь|полуночи|minuit|mitternacht|深夜"
)
_HAN_SIGN = re.compile(r"[\d一二两三四五六七八九十] ?[点时]")
_BESIDE_LETTERS = re.compile(r"\d[.:]?\d* ?[a-zа-я]|[a-zа-я] \d|a las? ")
_TWELVE_SIGN = re.compile("午|夜|零|noon|mi[dnt]|med|пол")
_PLAYED = re.compile(r"(\d{1,2}) ?分钟? ?(\d{1,2}) ?秒")


_BEGINS = re.compile("(?<=[点时])(?:开[始门幕会馆]|出发|集合|结束|[之以][前后])")
_A_LAS = re.compile(
    r"\ba las? (?P<h>\d{1,2}|[a-zé]{3,6})(?: y (?P<part>media|cuarto)\b| en punto\b|(?=[.,;]|$))"
)
_PARTS = {"media": "30", "cuarto": "15", None: None}


def clock(view: View) -> Iterator[Reading]:
    """The times of day of a text; a reading with an empty span stands beside the one before it."""
    text = view.text
    if ("点" in text or "时" in text) and _HAN_SIGN.search(text):
        yield from _han(text)
    if ":" in text or "秒" in text:
        yield from _colons(text)
    if view.words:
        yield from _in_words(text)
    if not _TWELVE_SIGN.search(text):
        return
    for pattern, minutes in ((_NOON, 720), (_MIDNIGHT, 0)):
        for match in pattern.finditer(text):
            form = Clock(frozenset({minutes}))
            yield Reading("time", match.start(), match.start(), (form,), False)


def _colons(text: str) -> Iterator[Reading]:
    """7:55, which is also how 7分55秒 of a match is printed."""
    for match in _COLON.finditer(text):
        yield _reading(match, match["h"], match["m"], _half(match["half"], match["ap"]))
        played = (
            Figure(Decimal(match["h"]), "second", Decimal(60)),
            Figure(Decimal(match["m"]), "second"),
        )
        yield Reading("time", match.end(), match.end(), played, False)
    for match in _PLAYED.finditer(text):
        form = Clock(frozenset({60 * int(match[1]) + int(match[2])}))
        yield Reading("time", match.start(), match.start(), (form,), False)


_HOURS = {
    word: str(value)
    for language in ("es", "en", "ru", "fr")
    for word, value in SMALL[language].items()
    if value <= 12 and not word.startswith("одно")
}


def _in_words(text: str) -> Iterator[Reading]:
    found: list[tuple[re.Match[str], str, str | None, str | None]] = []
    if _PART_OF_DAY.search(text):
        found += [(m, m["h"], m["m"], "a" if m["am"] else "p") for m in _IN_WORDS.finditer(text)]
    if _BESIDE_LETTERS.search(text):
        found += [(m, m["h"], m["m"], m["ap"]) for m in _AM_PM.finditer(text)]
        found += [(m, m["h"], _PARTS[m["part"]], None) for m in _A_LAS.finditer(text)]
        found += [(m, *_hour_of_clock(m), None) for m in _OF_CLOCK.finditer(text)]
    for match, said, minute, half in found:
        hour = said if said.isdigit() else _HOURS.get(said, "99")
        if int(hour) <= (12 if half and not minute else 24):
            yield _reading(match, hour, minute, half)


def _hour_of_clock(m: re.Match[str]) -> tuple[str, str | None]:
    hour = m["h"] or m["h2"] or m["h3"] or m["h4"]
    return hour, m["m"] or m["m2"] or m["m3"] or m["m4"]


def _han(text: str) -> Iterator[Reading]:
    for match in _HAN.finditer(text):
        hour, minute = _number(match["h"]), _minute(match)
        sure = any(match[name] for name in ("half", "m", "b", "q", "o")) or _BEGINS.match(
            text, match.end()
        )
        if hour > 24 or minute > 59 or not (sure or match["h"].isdigit()):
            continue
        forms: tuple[Form, ...] = (_clock(hour, minute, _half(match["half"], None)),)
        if not sure and "点" in match[0]:  # 3点 is also a score
            forms += (Figure(Decimal(hour), "point"),)
        yield Reading("time", *match.span(), forms, True)


def _minute(match: re.Match[str]) -> int:
    if match["b"]:
        return 30
    return 15 * _number(match["q"]) if match["q"] else _number(match["m"])


def _number(text: str | None) -> int:
    if not text:
        return 0
    if text.isdigit():
        return int(text)
    values = han_values(text.lstrip("零"))
    return int(values[0].value) if values else 99


def _half(word: str | None, letter: str | None) -> str | None:
    if letter:
        return letter
    if not word:
        return None
    return "a" if re.fullmatch(_MORNING, word) else "p"


def _reading(m: re.Match[str], hour: str, minute: str | None, half: str | None) -> Reading:
    h, n = int(hour), int(minute or 0)
    forms: tuple[Form, ...] = (_clock(h, n, half),)
    if half is None and not minute:
        forms += _amount(m[0], Decimal(h))
    return Reading("time", m.start(), m.end(), forms, h <= 24)


def _amount(printed: str, number: Decimal) -> tuple[Figure, ...]:
    """What may be meant instead: 3 h are hours, "a las 3" may go on with what is counted."""
    if printed.startswith("a la"):
        return (Figure(number),)
    return (Figure(number, "second", Decimal(3600)),) if printed.endswith("h") else ()


def _clock(hour: int, minute: int, half: str | None) -> Clock:
    """All minutes of the day that may be meant; 12 a.m. and 12 p.m. are used both ways."""
    if half is None or hour == 12:
        hours = {hour % 24, (hour + 12) % 24} if hour <= 12 else {hour % 24}
    else:
        hours = {hour + 12 if half == "p" and hour < 12 else hour % 24}
    return Clock(frozenset(60 * h + minute for h in hours))
