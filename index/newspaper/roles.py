"""What a printed line is by its own words: a by-line, a caption, a contact line …"""

import re

from index.newspaper.lines import Line
from index.newspaper.page import Role
from index.text import is_cjk

_NUMBER = "[一二三四五六七八九十百零〇0-9０-９A-D]{1,4}"
_NAME = "[\u4e00-\u9fff·]{2,4}"

CONTINUED_ON = re.compile(
    rf"[（(【]?[▶►→]?\s*(?:下转|转)\s*第?\s*({_NUMBER})\s*版[^。]{{0,8}}[)）】]?$"
)
CONTINUED_FROM = re.compile(
    rf"^[（(【]?[▶►→]?\s*(?:上接|接)\s*第?\s*({_NUMBER})\s*版[^。]{{0,14}}?[)）】]"
)
# Which of the two a notice is; it need not stand in brackets.
COMES_FROM = re.compile(r"^[（(【]?[▶►→]?\s*(?:上?接|continued from)", re.IGNORECASE)
_NOTICE = re.compile(
    rf"^[（(【]?[▶►→]?\s*(?:上接|下转|接|转)\s*第?\s*{_NUMBER}\s*版[^。]{{0,14}}?[)）】]?$"
    r"|^\(?(?:continued (?:on|from) page \d+|see page \d+)\)?$",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+\s?\.\s?[\w.-]+", re.ASCII)
_CONTACT = re.compile(
    r"^(?:E-?mail|电子?邮箱|邮箱|投稿|热线|新闻热线|联系电话|电话|传真|地址|邮编|责编|责任编辑|本版编辑|"
    r"本版责编|编辑|美编|版式|校对|值班|网址|微信|主编|执行主编|検校|编审|组版|电子信箱)\s*[:：/／]"
    r"|^(?:责编|责任编辑|本版编辑|美编|校对|版式设计)\s",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?:电话|热线|传真|Tel)[^，。]{0,6}[\d０-９][\d０-９()（）\- －]{5,}", re.IGNORECASE
)
_ISSUE = re.compile(
    r"(?:国内统一(?:连续出版物|刊)号|^CN\s?\d\d|邮发代号|国外代号|^第\s?\d{3,}\s?[期号]|总第\s?\d+\s?期|"
    r"今日\s?\d+\s?版|主管\s?主办|出版日期)"
)
_DAY = (
    r"(?:1[89]|20)\d\d\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日"
    r"|[二一][〇零○九八][〇零○一二三四五六七八九]{2}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十]{1,3}日"
)
_WEEKDAY_ALONE = re.compile(r"^星期[一二三四五六日天]$")
_WEEKDAY = re.compile(r"星期[一二三四五六日天]|农历|第\s?[0-9A-D一二三四五六七八九十]{1,4}\s?版")
_FULL_DATE = re.compile(_DAY)
_PAGE_LINE = re.compile(
    rf"^(?:第?\s?{_NUMBER}\s?版(?:\s?[\u4e00-\u9fff·]{{2,6}})?|[A-D]?\d{{1,3}}|"
    rf"[\u4e00-\u9fff·]{{2,6}}\s?第?\s?{_NUMBER}\s?版)$"
)
_PAPER = re.compile(r"^[\u4e00-\u9fff]{2,6}(?:日报|晚报|早报|时报|晨报|都市报|商报|周报|周刊)$")

_OFFICE = re.compile(
    r"(?:(?:文|图|图文|文图)/)?(?:(?:本报|本刊|本网|新华社|中新社|新华网|人民日报|央视|见习|实习|特约|首席|"
    r"驻[\u4e00-\u9fff]{2,4}?|全媒体|融媒体)\s?){0,3}"
    r"(?:记者|通讯员|特派员|评论员|实习生|撰稿|作者|文字|报道员)"
)
_TASK = re.compile(r"(?:等|文并?[/图]?|图|摄影报道|报道|整理|综合)$")
_COLUMN_NAME = re.compile("(?:手记|观察|述评|感言|札记|来信|连线|调查|视点|走笔|日记)$")
_ONE_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}$")
_BETWEEN = re.compile(r"[\s:：/／、,（）()]+")
_AROUND = " \t\u3000□■●◎○▲△◆◇/（）()[]【】"
_AGENCY_END = re.compile(
    r"^(?:新华社记者[^，。：]{0,30})?[（(]?\s?(?:据|原载)?\s?"
    r"(?:新华社|中新社|新华网|人民日报|中新网|本报|央视|光明日报|经济日报|法新社|路透社|据|"
    r"[\u4e00-\u9fff]{2,6}(?:日报|晚报|社|网))"
    r"[^，。：]{0,14}?(?:\d{1,2}\s?月\s?\d{1,2}\s?日)?(?:专?电|讯|消息|供稿|报道)\s?[)）]$"
)
_SPACED_NAME = re.compile(r"^[□■●◎◆]?\s?[\u4e00-\u9fff]\s[\u4e00-\u9fff]$")
_PLAIN_NAMES = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,3}|[\u4e00-\u9fff] [\u4e00-\u9fff])(?:\s[\u4e00-\u9fff]{2,3})*$"
)
_LATIN_BYLINE = re.compile(
    r"^(?:By|Por|Par|Von)\s+[A-ZÀ-Ý][\w.'’-]+(?:[ ,&]+(?:and|y|et|und|[A-ZÀ-Ý][\w.'’-]+))*$"
)

_CAPTION = re.compile(
    r"^(?:[上下左右中大小]{1,2}[图组]|图[①-⑳\d一二三四五六七八九十]{0,2}|题图|组图|资料图片?|压题照片|本版图片|以上图片)"
    r"(?:片)?(?:为|是|：|:|①|②|③|④|[（(])"
    r"|^[①-⑳▲△▼]|^[（(]?(?:本[版报]|以上|均?)[^。]{0,6}图片"
    r"|^[（(]?(?:资料图片|新华社发|图片来源|受访者供图)"
)
_CREDIT = re.compile(
    r"(?:(?<!拍)摄|供图|摄影报道|摄影|新华社发|制图|资料图片?|(?<![描测])绘)\s?[)）]?$"
)
_CREDIT_START = re.compile(rf"^[（(]?(?:{_OFFICE.pattern}|图/|摄影)")


_CAPTION_START = frozenset("上下左右中大小图题组资压本以新受均①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳▲△▼（(")
_CREDIT_END = frozenset("摄图绘影发片）)")
_CONTACT_START = frozenset("Ee电邮投热新联传地责本编美版校值网微主执検审组")
_NAMED_START = frozenset("本新中人央见实特首驻全融记通评撰作文报图原据光经法路□■●◎○▲△◆◇/（([【BPV")


def own_role(line: Line) -> Role | None:
    """The role that a line's words show by themselves; None for text and headlines.

    Most lines are text, so each kind is tried only where a character of it is there.
    """
    text = line.text
    length = len(text)
    if length > 200:
        return None
    start, last = text[0], text[-1]
    if ("版" in text or "age" in text) and _NOTICE.match(text):
        return Role.CONTINUATION
    if (start in _CAPTION_START or last in _CREDIT_END) and _is_caption(text):
        return Role.CAPTION
    if length > 90:
        return None
    if _is_contact(line):
        return Role.CONTACT
    if length <= 60 and _is_masthead(text):
        return Role.MASTHEAD
    named = start in _NAMED_START or last in "）)" or length <= 4
    return Role.BYLINE if named and _is_byline(line) else None


def is_broken_byline(text: str, following: str) -> bool:
    """Whether two lines are one end mark: （新华社北京 / 4月14日电）."""
    if len(text) > 40 or len(following) > 24 or text[0] not in "（(新据本":
        return False
    if following[-1] not in "）)":
        return False
    return bool(_AGENCY_END.match(text + following)) or _names_reporters(f"{text} {following}")


def is_end_mark(text: str) -> bool:
    """Whether a by-line closes an article: （新华社北京4月14日电）."""
    return bool(_AGENCY_END.match(text))


def is_name(line: Line) -> bool:
    """Whether a line may be nothing but an author's name; only its place can tell."""
    return len(line.text) <= 12 and bool(_PLAIN_NAMES.match(line.printed))


def page_number(text: str) -> int | None:
    """The number in words such as 第四版 or A4."""
    digits = re.search(r"\d+", text)
    if digits:
        return int(digits.group())
    found = re.search("[一二三四五六七八九十]+", text)
    return chinese_number(found.group()) if found else None


def chinese_number(text: str) -> int | None:
    """A number below 100 in Chinese figures, or a year figure by figure; None if it is none."""
    values = {figure: value for value, figure in enumerate("〇一二三四五六七八九")} | {
        "零": 0,
        "○": 0,
    }
    if "十" in text:
        tens, _, ones = text.partition("十")
        if len(tens) > 1 or len(ones) > 1 or not set(tens + ones) <= set(values):
            return None
        return (values[tens] if tens else 1) * 10 + (values[ones] if ones else 0)
    return (
        int("".join(str(values[figure]) for figure in text)) if set(text) <= set(values) else None
    )


def _is_caption(text: str) -> bool:
    if _CAPTION.match(text):
        return True
    return bool(_CREDIT.search(text)) and ("。" in text or bool(_CREDIT_START.match(text)))


def _is_contact(line: Line) -> bool:
    text = line.text
    if text[0] in _CONTACT_START and _CONTACT.match(line.printed):
        return True
    if "@" not in text and "话" not in text and "线" not in text and "真" not in text:
        return "Tel" in text and "。" not in text and bool(_PHONE.search(text))
    return len(text) <= 60 and "。" not in text and bool(_MAIL.search(text) or _PHONE.search(text))


def _is_masthead(text: str) -> bool:
    if len(text) <= 16 and _is_paper_or_page(text):
        return True
    marked = "号" in text or "期" in text or "版" in text or "C" in text or "N" in text
    if marked and _ISSUE.search(text):
        return True
    date = _FULL_DATE.search(text) if "年" in text else None
    if not date or text[-1] in "。，、；：！？":
        return False
    return len(text) <= len(date.group()) + 2 or bool(_WEEKDAY.search(text))


def _is_paper_or_page(text: str) -> bool:
    """Whether a line is nothing but the paper's name, the page or the day of the week."""
    last = text[-1]
    if text[0] == "星" and _WEEKDAY_ALONE.match(text):
        return True
    if ("版" in text or last.isdigit()) and _PAGE_LINE.match(text):
        return True
    return last in "报刊" and bool(_PAPER.match(text))


def _is_byline(line: Line) -> bool:
    if len(line.printed) > 80:
        return False
    if _AGENCY_END.match(line.text) or _names_reporters(line.text if line.spaced else line.printed):
        return True
    return bool(_SPACED_NAME.match(line.printed) or _LATIN_BYLINE.match(line.printed))


def _names_reporters(words: str) -> bool:
    """Whether a line is nothing but offices and names: 本报记者 刘泉 李亚东."""
    words = words.strip(_AROUND)
    office = _OFFICE.match(words)
    if office is None or words[-1] in "：:" or _COLUMN_NAME.search(words):
        return False
    single = 0  # characters that stand alone: a name of two, set wide
    for word in _BETWEEN.split(words[office.end() :]):
        if len(word) == 1 and is_cjk(word) and not _TASK.match(word):
            single += 1
        elif word and not (_ONE_NAME.match(word) or _TASK.match(word) or _reporter(word)):
            return False
    return single in (0, 2)


def _reporter(word: str) -> bool:
    """Whether a word is an office, perhaps with a name: 通讯员丁一."""
    office = _OFFICE.match(word)
    return office is not None and (
        office.end() == len(word) or bool(_ONE_NAME.match(word, office.end()))
    )
