"""Invented furniture of a newspaper page: names, openings, captions, mastheads, contact lines."""

from datetime import date
from random import Random

_SURNAMES = "沈陆韩顾方程蒋钱邵卫柏丁贺邱梁温纪康聂祝"
_GIVEN = "明远清和立新晓春文博思远海宁佳雪志成可欣一凡雨桐建国素心"
_PLACES = ("澄江", "北岭", "青潭", "柳溪", "岚浦", "丰陵", "西渡口", "白石", "槐荫", "松窝")
_TOPICS = (
    "春灌",
    "老城改造",
    "夜间公交",
    "河道清淤",
    "乡村图书室",
    "秋粮收储",
    "社区养老",
    "冬季供暖",
)
_PAPERS = ("澄江日报", "北岭晚报", "青潭日报", "柳溪晨报", "岚浦日报")
_BANNERS = (
    "同舟共济",
    "春满山乡",
    "风雨同行",
    "走进基层",
    "久久为功 稳步向前",
    "凝心聚力 开创新局",
)
_CROSSHEADS = (
    "早谋划 快行动",
    "一件一件抓落实",
    "难题怎么解",
    "路子越走越宽",
    "把事办到心坎上",
    "数字背后的变化",
    "从有到优",
    "让利于民",
    "守好安全底线",
    "下一步怎么走",
)
_WEEKDAYS = "一二三四五六日"
_NUMERALS = "零一二三四五六七八九十"


def name(rng: Random) -> str:
    """A person's name of two or three characters."""
    return rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2))))


def names(rng: Random, separator: str = " ") -> str:
    """One to three names."""
    return separator.join(name(rng) for _ in range(rng.choice((1, 1, 2, 3))))


def opening(rng: Random, day: date | None) -> str:
    """How a report begins: 本报4月8日讯（记者…）, or without the day when `day` is None."""
    when = f"{day.month}月{day.day}日" if day else ""
    left, right = rng.choice(("（）", "()", "（）"))
    space = rng.choice(("", "", " "))
    who = f"{left}记者{space}{names(rng, '、')}{right}"
    if day and rng.random() < 0.3:
        return f"新华社{rng.choice(_PLACES)}{when}电{who}"
    return f"本报{when}讯{who}"


def end_mark(rng: Random, day: date) -> list[str]:
    """What may stand behind the last paragraph: 新华社记者 …, and （新华社北京4月14日电）."""
    mark = f"（{rng.choice(('', '据'))}新华社{rng.choice(_PLACES)}{day.month}月{day.day}日电）"
    return [f"新华社记者 {names(rng)}", mark] if rng.random() < 0.6 else [mark]


def byline(rng: Random) -> str:
    """本报记者 and names."""
    return f"{rng.choice(('本报记者', '本报记者', '记者', '本报通讯员'))} {names(rng)}"


def kicker(rng: Random) -> str:
    """The smaller line above a title."""
    place, topic = rng.choice(_PLACES), rng.choice(_TOPICS)
    return rng.choice(
        (
            f"{place}市部署{topic}工作时强调",
            f"我省召开{topic}工作现场会",
            f"{place}：{topic}有了新办法",
            f"聚焦{topic}",
        )
    )


def subtitle(rng: Random) -> str:
    """The line below a title, behind a dash."""
    place, topic = rng.choice(_PLACES), rng.choice(_TOPICS)
    return f"——{place}{topic}{rng.choice(('见闻', '纪实', '背后的故事', '的一天'))}"


def crosshead(rng: Random) -> str:
    """A short line between two paragraphs."""
    return rng.choice(_CROSSHEADS)


def caption(rng: Random) -> list[str]:
    """The lines below one picture or several."""
    place, topic = rng.choice(_PLACES), rng.choice(_TOPICS)
    credit = f"{rng.choice(('本报记者', '新华社记者', ''))} {name(rng)} 摄".strip()
    scene = f"{rng.choice(('村民', '工人', '志愿者', '学生们'))}在{place}{topic}现场忙碌"
    draw = rng.random()
    if draw < 0.35:
        return [f"图为{scene}。 {credit}"]
    if draw < 0.55:
        return [f"{rng.choice('上下左右')}图：{scene}。", f"（{credit}）"]
    if draw < 0.8:
        return [f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日，{scene}。{credit}"]
    return [f"①{scene}。", f"②{place}街头一景。", f"（本版图片均为{credit}）"]


def masthead(rng: Random, day: date | None, page: int) -> list[str]:
    """The head of the page: paper, page number and, unless `day` is None, the date of issue."""
    number = f"第{rng.choice((str(page), _NUMERALS[page]))}版"
    parts = [rng.choice(_PAPERS), number]
    if day:
        parts.insert(1, f"{day.year}年{day.month}月{day.day}日")
        parts.insert(2, f"星期{_WEEKDAYS[day.weekday()]}")
    return parts if rng.random() < 0.4 else [rng.choice((" ", "  ", "　")).join(parts)]


def banner(rng: Random) -> str:
    """Words over several articles."""
    return rng.choice(_BANNERS)


def contact(rng: Random) -> str:
    """An e-mail address and a telephone, or the page's editors."""
    if rng.random() < 0.5:
        number = f"0{rng.randint(311, 999)}){rng.randint(1000000, 89999999)}"
        return f"Email:{rng.choice('abcdxyz')}{rng.randint(10, 999)}@126.com 电话:({number}"
    return rng.choice(
        (
            f"责编：{name(rng)} 美编：{name(rng)}",
            f"本版责任编辑 {name(rng)} 电话：{rng.randint(2000000, 8999999)}",
            f"责任编辑：{name(rng)} 版式：{name(rng)} 校对：{name(rng)}",
        )
    )


def continued_on(rng: Random, page: int) -> str:
    """（下转第四版）."""
    return _in_brackets(rng, f"下转第{rng.choice((str(page), _NUMERALS[page]))}版")


def continued_from(rng: Random, page: int) -> str:
    """（上接第一版）."""
    return _in_brackets(rng, f"上接第{rng.choice((str(page), _NUMERALS[page]))}版")


def _in_brackets(rng: Random, text: str) -> str:
    left, right = rng.choice(("（）", "()"))
    return left + text + right
