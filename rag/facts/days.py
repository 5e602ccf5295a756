"""Weekdays, and days, months and years told from the day of writing."""

import re
from collections.abc import Iterator
from typing import Literal

from rag.facts.fact import Relative, Weekday
from rag.facts.reading import Reading
from rag.facts.view import View

_WEEKDAY_NAMES = {
    0: "monday mondays lunes понедельник понедельника понедельнику понедельникам lundi montag",
    1: "tuesday tuesdays martes вторник вторника вторнику mardi dienstag",
    2: "wednesday wednesdays miércoles среду mercredi mittwoch",
    3: "thursday thursdays jueves четверг четверга четвергу jeudi donnerstag",
    4: "friday fridays viernes пятница пятницу пятницы пятнице vendredi freitag",
    5: "saturday saturdays sábado sábados суббота субботу субботы субботе samedi samstag sonnabend",
    6: "sunday sundays domingo domingos воскресенье воскресенья воскресенью dimanche sonntag",
}
WEEKDAYS = {name: number for number, names in _WEEKDAY_NAMES.items() for name in names.split()}
_DAY_STEMS = {
    "понедельн": 0,
    "вторнич": 1,
    "четверго": 3,
    "пятнич": 4,
    "субботн": 5,
    "воскресн": 6,
    "montag": 0,
    "dienstag": 1,
    "mittwoch": 2,
    "donnerstag": 3,
    "freitag": 4,
    "samstag": 5,
    "sonntag": 6,
}
_SURNAME = re.compile("Domingo [A-ZÁÉÍÓÚ]")
_STEMS = tuple(_DAY_STEMS)
_HAN_WEEKDAY = re.compile(
    "(?:(?<![一两二三四五六七八九十几每\\d])周|星期|礼拜)([一二三四五六日天末])(?![年个])|"
    "([月火水木金土日])曜(?!大工|学校|版|画家|洋画|剧场)|\\(([月火水木金土日])\\)"
)
_HAN_DAYS = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6}
_JA_DAYS = {c: i for i, c in enumerate("月火水木金土日")}


def weekdays(view: View) -> Iterator[Reading]:
    """Days of the week by name."""
    text = view.text
    for start, end, word in view.words:
        number = WEEKDAYS.get(word)
        if number is None and word.startswith(_STEMS):
            number = next(n for stem, n in _DAY_STEMS.items() if word.startswith(stem))
        if number is not None:
            named = word == "domingo" and _SURNAME.match(view.visible, start)
            yield Reading("date", start, end, (Weekday(number),), not named)
    if "周" in text or "星期" in text or "礼拜" in text or "曜" in text or "(" in text:
        for m in _HAN_WEEKDAY.finditer(text):
            if m[1] == "末":
                for number in (5, 6):
                    yield Reading("date", m.end(), m.end(), (Weekday(number),), False)
                continue
            number = _HAN_DAYS[m[1]] if m[1] else _JA_DAYS[m[2] or m[3]]
            yield Reading("date", m.start(), m.end(), (Weekday(number),), not m[3])


_RELATIVE = {
    (
        "day",
        0,
    ): "今天 今日 本日 今晚 今早 今夜 当日 当天 today tonight hoy сегодня aujourd'hui heute",
    (
        "day",
        -1,
    ): "昨天 昨日 昨晚 昨夜 昨 前一天 yesterday ayer anoche вчера вчерашний "
    "вчерашнего вчерашнем вчерашней вчерашняя hier gestern",
    ("day", 1): "明天 明日 明晚 次日 翌日 第二天 tomorrow mañana завтра demain morgen",
    ("day", -2): "前天 前日 一昨日 anteayer позавчера",
    ("day", 2): "后天 послезавтра",
    ("month", 0): "本月 今月 当月 这个月",
    ("month", -1): "上月 上个月 先月 前月",
    ("month", 1): "下月 下个月 来月",
    ("year", 0): "今年 本年 本年度 当年 今季",
    ("year", -1): "去年 昨年 上年 前一年 上一年 去年度 昨季 前年度",
    ("year", 1): "明年 来年 翌年 下一年 明年度",
    ("year", -2): "前年 一昨年",
}
_SEASON = (
    "(?:spring|summer|autumn|fall|winter|season|january|february|march|april|may|june|july|august|"
    "september|october|november|december)"
)
_PHRASES: dict[tuple[str, int], str] = {
    ("month", 0): "this month|este mes|этом месяце|ce mois|diesen monat",
    ("month", -1): "last month|previous month|mes pasado|прошлом месяце|прошлого месяца|"
    "mois dernier|letzten monat",
    ("month", 1): "next month|próximo mes|mes que viene|следующем месяце|mois prochain|"
    "nächsten monat",
    ("year", 0): "this year|este año|этом году|этого года|cette année|dieses jahr",
    ("year", -1): "last year|previous year|year earlier|year ago|the year before|prior year|"
    f"last {_SEASON}|año pasado|año anterior|прошлом году|прошлого года|прошлый год|прошлогодн|"
    "l'année dernière|l'an dernier|(?:letzte|vergangene)[sn]? jahr|vorjahr",
    ("year", 1): f"next year|following year|next {_SEASON}|próximo año|año que viene|año próximo|"
    "следующем году|следующего года|будущем году|l'année prochaine|l'an prochain|"
    "nächste[sn]? jahr",
    ("day", -1): "day before|previous day|last night|día anterior",
    ("day", 1): "next day|following day|día siguiente|следующий день",
}
_SURE = (
    "昨天 昨日 昨晚 去年 昨年 明年 前年 后天 前天 上月 上个月 下月 下个月 先月 来月 "
    "yesterday tomorrow ayer вчера завтра hier gestern demain"
)
_CERTAIN = frozenset(_SURE.split())
_SURE_PHRASES = re.compile(
    "last year|next year|last month|next month|año pasado|próximo año|mes pasado|прошлом году|"
    "прошлого года|следующем году"
)
_OF = (" of ", " de ")  # the last year of his life
_HAN_RELATIVE = {
    word: meaning
    for meaning, words in _RELATIVE.items()
    for word in words.split()
    if word[0] >= "\u3040"
}
_WORD_RELATIVE = {
    word: meaning
    for meaning, words in _RELATIVE.items()
    for word in words.split()
    if word[0] < "\u3040"
}
_HAN_RELATIVES = re.compile("|".join(sorted(_HAN_RELATIVE, key=len, reverse=True)))
_HAN_SIGN = re.compile("[昨今明前后去本上下来先当翌次一这第]")
_PHRASE = re.compile("|".join(f"({p})" for p in _PHRASES.values()))
_PHRASE_IS = tuple(_PHRASES)
_PHRASE_SIGN = re.compile("year|month|day|año|mes|día|год|меся|день|ann|mois|jahr|monat")
_Unit = Literal["day", "month", "year"]


def relatives(view: View) -> Iterator[Reading]:
    """Yesterday, last year, 上月: days, months and years told from the day of writing."""
    text = view.text
    for start, end, word in view.words:
        if word in _WORD_RELATIVE:
            yield _relative(start, end, _WORD_RELATIVE[word], word in _CERTAIN)
    if view.words and _PHRASE_SIGN.search(text):
        for m in _PHRASE.finditer(text):
            meaning = _PHRASE_IS[(m.lastindex or 1) - 1]
            sure = _SURE_PHRASES.fullmatch(m[0]) and not text.startswith(_OF, m.end())
            yield _relative(m.start(), m.end(), meaning, bool(sure))
    if not text.isascii():
        for m in _HAN_RELATIVES.finditer(text):
            yield _relative(m.start(), m.end(), _HAN_RELATIVE[m[0]], m[0] in _CERTAIN)


def _relative(start: int, end: int, meaning: tuple[str, int], certain: bool) -> Reading:
    unit: _Unit = "day" if meaning[0] == "day" else "month" if meaning[0] == "month" else "year"
    return Reading("date", start, end, (Relative(unit, meaning[1]),), certain)
