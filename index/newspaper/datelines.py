"""Datelines, by-lines and the paper's own date: who wrote an article, where, and on which day."""

import re
from dataclasses import dataclass
from datetime import date

from index.newspaper.roles import chinese_number

_FIGURE = "[一二三四五六七八九十]{1,3}"
_MONTH_DAY = rf"(?:(\d{{1,2}})\s?月\s?(\d{{1,2}})\s?日|({_FIGURE})月({_FIGURE})日)"
_YEAR = r"(?:((?:1[89]|20)\d\d)\s?年\s?|([一二][八九〇零○][〇零○一二三四五六七八九]{2})年)?"
_AGENCY = (
    r"(?:据\s?)?(?:本报|本刊|新华社|中新社|中国新闻社|新华网|中新网|央视网|人民日报|"
    r"[\u4e00-\u9fff]{2,6}(?:日报|晚报|社|网))"
)
# 本报4月8日讯(记者于小博)  新华社北京4月14日电（记者 王琳琳）  本报讯  中新社纽约电
OPENING = re.compile(
    rf"^[【\[（(]?{_AGENCY}\s?(?:综合|专)?((?![^\d]{{0,7}}的)[\u4e00-\u9fff·]{{0,8}}?)\s?"
    rf"(?:{_YEAR}{_MONTH_DAY})?\s?(?:专电|电(?![话视费脑影梯台报信力池器工车灯子])|综合电|"
    r"讯(?![问号息])|综合消息(?![灵称说])|消息(?![灵称说]))[】\]）)]?\s?(?:[（(]([^（）()。]{0,60})[)）])?"
)
_END = re.compile(
    rf"[（(]\s?{_AGENCY}\s?([\u4e00-\u9fff·]{{0,8}}?)\s?(?:{_YEAR}{_MONTH_DAY})?\s?(?:专?电|讯)\s?[)）]$"
)
_FULL_DATE = re.compile(
    r"(?<!\d)((?:1[89]|20)\d\d)\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日"
    r"|([一二][八九〇零○][〇零○一二三四五六七八九]{2})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日"
    r"|\b((?:1[89]|20)\d\d)-(\d{1,2})-(\d{1,2})\b"
)
_WORDS_OF_OFFICE = re.compile(
    r"本报|本刊|本网|新华社|中新社|新华网|人民日报|央视网?|见习|实习生?|特约|首席|全媒体|融媒体|驻\S{2,4}?(?=记者)|"
    r"记者|通讯员|特派员|评论员|撰稿|作者|报道员|文字|摄影报道|报道|整理|综合|供稿|摄|供图|等(?=$|\s)|"
    r"[□■●◎○▲△◆◇：:/／（）()\[\]【】]"
)
_TASK = re.compile(r"[文图]\s?并?\s?[/／]?\s?[图文]|[文图]\s?[/／]")
_NAME = re.compile(r"^[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,8})?$")
_PARTS = re.compile(r"[\s、，,;；]+")


@dataclass(frozen=True)
class Dateline:
    """Place, day and authors as printed; `year` is None where only month and day are."""

    place: str | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    authors: tuple[str, ...] = ()


def opening(text: str) -> Dateline | None:
    """The dateline with which a paragraph opens, such as 本报4月8日讯(记者于小博)."""
    match = _opening(text)
    if match is None:
        return None
    dateline = _dateline(match)
    named = match.group(match.lastindex) if match.lastindex == _AUTHORS else None
    if named is None:
        return dateline
    return Dateline(dateline.place, dateline.year, dateline.month, dateline.day, authors_of(named))


def is_dateline(text: str) -> bool:
    """Whether a paragraph opens with a dateline."""
    return _opening(text) is not None


def is_bare_dateline(text: str) -> bool:
    """Whether a line is nothing but a dateline, so that its paragraph goes on."""
    match = OPENING.match(text) if text[-1] in "电讯息)）】" else None
    return match is not None and match.end() == len(text)


def end_mark(text: str) -> Dateline | None:
    """The dateline with which an article ends, such as （新华社北京4月14日电）."""
    match = _END.search(text)
    return _dateline(match) if match else None


def authors_of(byline: str) -> tuple[str, ...]:
    """The names in a by-line such as 本报记者 李晓静 or 新华社记者 徐扬 汪伟."""
    without_source = re.sub(r"[（(][^（）()]*(?:电|讯)\s?[)）]", " ", byline)
    bare = _WORDS_OF_OFFICE.sub(" ", _TASK.sub(" ", without_source)).strip()
    if len(bare) == 3 and bare[1] == " ":  # 文 帆: a name of two characters, set wide
        return (bare[0] + bare[2],)
    if re.match(r"(?:By|Por|Par|Von)\s", bare):
        names = re.split(r",\s*|\s+(?:and|y|et|und|&)\s+", bare.split(None, 1)[1])
        return tuple(name.strip() for name in names if name.strip())
    bare = re.sub(
        r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]) ([\u4e00-\u9fff])(?![\u4e00-\u9fff])", r"\1\2", bare
    )
    return tuple(dict.fromkeys(name for name in _PARTS.split(bare) if _NAME.match(name)))


def full_date(text: str) -> str | None:
    """The first date printed in full, as YYYY-MM-DD."""
    for match in _FULL_DATE.finditer(text):
        western, chinese, plain = match.groups()[:3], match.groups()[3:6], match.groups()[6:]
        if western[0] or plain[0]:
            numbers = [int(value) for value in (western if western[0] else plain)]
        else:
            numbers = [chinese_number(value) or 0 for value in chinese]
        found = _iso(*numbers)
        if found:
            return found
    return None


def resolve(dateline: Dateline | None, issue: str | None) -> tuple[str | None, str | None]:
    """The date of an article and its precision (see `PageArticle`); `issue` is the paper's own.

    A day and month alone belong to the last such day that is not more than a week after the
    issue (papers of 2 January report of 31 December).
    """
    if dateline is None or dateline.month is None or dateline.day is None:
        return issue, "issue" if issue else None
    month, day = dateline.month, dateline.day
    if dateline.year is not None:
        found = _iso(dateline.year, month, day)
        return (found, "day") if found else (issue, "issue" if issue else None)
    if issue is None:
        known = _iso(2000, month, day) is not None  # a leap year: 29 February may be
        return (f"XXXX-{month:02}-{day:02}", "no year") if known else (None, None)
    printed = date.fromisoformat(issue)
    for year in (printed.year + 1, printed.year, printed.year - 1):
        found = _iso(year, month, day)
        if found and (date.fromisoformat(found) - printed).days <= 7:
            return found, "year of issue"
    return issue, "issue"


_AUTHORS = 8  # the group of OPENING that holds the names


def _opening(text: str) -> re.Match[str] | None:
    # Most lines hold none of these characters, one of which is in every dateline.
    return OPENING.match(text) if "讯" in text or "电" in text or "消息" in text else None


def _dateline(match: re.Match[str]) -> Dateline:
    place, western, chinese, month, day, month_zh, day_zh = match.groups()[:7]
    year = int(western) if western else chinese_number(chinese) if chinese else None
    if month_zh:
        return Dateline(place or None, year, chinese_number(month_zh), chinese_number(day_zh))
    return Dateline(place or None, year, int(month) if month else None, int(day) if day else None)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
