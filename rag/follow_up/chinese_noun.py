"""Chinese: the noun phrase that a part of a question is about, without what is said of it.

Patterns are of leveled text (`words.level`): simplified characters, places as in the raw text.
"""

import re

from rag.follow_up.chinese_words import (
    ATTRIBUTES,
    DEEDS,
    MEASURES_OF,
    NOT_GIVEN,
    PLACE_END,
    PLACES,
    SURNAMES,
    THING,
    VERBS,
)
from rag.follow_up.words import asks, level
from rag.looked_for import borders, telling_words

TITLE = re.compile("《[^《》]{1,30}》")
LEADING = re.compile(
    r"^(?:(?:截[止至]|到)?(?:\d+年)?(?:\d+月)?\d*[日号]?(?<=[年月日号])(?:[底初前后时]的?)?|[去今明]年|昨天|今天|目前|现在|请问|那么?|(?:能|可以)?(?:给我|为我)?(?:介绍|说|讲)一下|关于|在|据|由|是|为|把|将|被)+"
)
DONE = re.compile(
    rf"^(?:{VERBS})(?:了|过|的)?(?=.{{2}})|^[\u4e00-\u9fff]{{1,2}}(?:了|过)(?=.{{2}})"
)
BOUNDARY = re.compile(
    "[的是有在由和与及或被把从到对向为,，。.、;；:：!?！？“”\"'《》()（）\\s]|总工|记者"
)
_LINK = re.compile(
    "(?:(?<![大运动展览协聚集奥峰晚员商工学教例社宴年国])会|[是有由叫在于为的将被从到约又而共要能已就也用向]|"
    "一共|总共|位于|建于|分别|主要|大概|到底|究竟|现在|目前|最终|"
    "首次|一般|平均|每[年天月日]?|一[斤个台张次家年])+$"
)
_DOING = re.compile(rf"(?:(?:{VERBS})(?:了|过)?|[\u4e00-\u9fff](?:了|过))$")
_TURN = re.compile(
    "(?<=.{2})(?:被|把|将|所|对|曾|这个|那个|又名|又称|俗称|属于|认为|担心|要求|希望|计划|决定|成为|包括|来自|涉及)"
)
# What may follow a name; where another noun follows, 江 or 国 are no end of it.
_GOES_ON = re.compile(
    rf"{VERBS}|{ATTRIBUTES}|[在有是了不正已会能最首第上下里内同全总共长高宽\d一二两三]"
)
# Where a predicate begins behind a name, whatever else it names: 西起…, 7月8日遭遇…, 在…起跑.
_PREDICATE = re.compile(
    r"(?<=..)(?:[东西南北](?:起|至|到|接|达|临)|[今去明前]年|\d+[年月日]|[在从自因经]|每[年天月日斤]|位于|建于|现在|目前"
    rf"|(?:{DEEDS})|(?:{VERBS})(?=[了过到至于在后时\d一二两三四五六七八九十]|$))"
)
# How much, behind what is measured: 全长约, 总投资共, 参赛人数达.
_MEASURED = re.compile(
    rf"(?:的?(?:[全总最](?:大|高|多)?)?(?:{MEASURES_OF}|{ATTRIBUTES})"
    r"|一共|总共|共计|合计|总计|总数|大约|平均|分别|超过|将近|最多|至少|今年|去年|现在|目前|每[年天月日斤]|[全共约达总近])$"
)
_ADVERBS = re.compile("[全共约达总近]")
_ENDS_OPEN = re.compile(rf"(?:{DEEDS}|[了过着到后时前的在于从被把将已又也都很不叫])$")
_LONGEST_PERSON, _LONGEST_PHRASE = 3, 40


def named(text: str) -> bool:
    """Whether a leveled text names something by its ending, title or place."""
    if TITLE.search(text) or any(place in text for place in PLACES):
        return True
    return any(match.start() >= 1 and _is_name(text, match) for match in THING.finditer(text))


def _is_name(text: str, match: re.Match[str]) -> bool:
    boundary = 0
    for found in BOUNDARY.finditer(text, 0, match.start()):
        boundary = found.end()
    before = text[boundary : match.start()]
    return len(before) >= 1 and not asks(before) and not re.search("[这那该此其它他她]", before)


def is_person(name: str) -> bool:
    """Whether a leveled text is a name that a person may have."""
    return (
        2 <= len(name) <= _LONGEST_PERSON
        and name[0] in SURNAMES
        and name not in PLACES
        and not THING.fullmatch(name[-1])
        and not NOT_GIVEN.search(name)
    )


def noun(text: str) -> str:
    """The noun phrase that a part of a question begins with, or is; nothing if it is none."""
    leveled = level(text)
    lead = LEADING.match(leveled)
    begin = lead.end() if lead and lead.end() < len(text) else 0
    end = _unmeasured(leveled, begin)
    text, leveled = text[begin:end], leveled[begin:end]
    if is_person(leveled):
        return text
    owner, of, _ = leveled.partition("的")
    if of and telling_words(owner):
        return _owned(text, len(owner))
    cut = _PREDICATE.search(leveled)
    if cut and telling_words(leveled[: cut.start()]):
        text, leveled = text[: cut.start()], leveled[: cut.start()]
    found = text[: _end(leveled)]
    found = found[: _unmeasured(level(found), 0)]
    return found if _is_whole(level(found)) else ""


def _unmeasured(leveled: str, begin: int) -> int:
    """Where a phrase ends without the measure and the adverbs behind it."""
    end, words = len(leveled), borders(leveled)
    while end > begin:
        link = _LINK.search(leveled, begin, end)
        if link:
            end = link.start()
            continue
        measured = _MEASURED.search(leveled, begin, end)
        if not measured:
            break
        if _ADVERBS.fullmatch(measured.group()) and measured.start() not in words:
            break  # 万达 is a name
        end = measured.start()
    return end


def _owned(text: str, size: int) -> str:
    """The whole of X的Y that a question is about: X of a part, else both together."""
    owner, leveled = text[:size], level(text[:size])
    behind = noun(text[size + 1 :])
    whole = f"{owner}的{behind}" if behind and size + len(behind) < _LONGEST_PHRASE else ""
    if _DOING.search(leveled):  # 柏鹤鸣修复的桥
        return whole
    if is_person(leveled):
        return owner
    place = leveled in PLACES or PLACE_END.search(leveled)
    if (named(leveled) or place) and not (place and whole):
        return noun(owner)
    return whole


def _is_whole(leveled: str) -> bool:
    """Whether a phrase is no mere measure and does not end amid what is said."""
    return bool(leveled) and not _ENDS_OPEN.search(leveled) and not _MEASURED.fullmatch(leveled)


def _end(leveled: str) -> int:
    """Where the noun at the beginning of a phrase ends: behind the last ending of a thing."""
    words = borders(leveled)
    ends = [m for m in THING.finditer(leveled) if m.end() > 1 and m.end() in words]
    if ends:
        rest = leveled[ends[-1].end() :]
        sure = len(ends[-1].group()) > 1 or not rest or _GOES_ON.match(rest)
        if sure:
            return ends[-1].end()
    cut = _TURN.search(leveled)
    leveled = leveled[: cut.start()] if cut else leveled
    doing = _DOING.search(leveled)
    while doing and doing.start() > 1:
        leveled = leveled[: doing.start()]
        doing = _DOING.search(leveled)
    return len(leveled) if telling_words(leveled) else 0
