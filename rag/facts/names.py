"""Names in a text, by cautious signs: a missing one is a warning, never a verdict.

Latin and Cyrillic: capital letters inside a sentence, or several in a row; letters with digits
(COVID-19, G20). Chinese and Japanese: 《titles》, people beside words that tell, places and
institutions by what their names end with.
"""

import re
from collections.abc import Iterator

from index.language import SMALL_WORDS
from index.text import fold
from rag.facts.days import WEEKDAYS
from rag.facts.fact import Name
from rag.facts.months import MONTHS
from rag.facts.reading import Reading
from rag.facts.view import View

_CODE = re.compile(
    r"[A-Z](?<![A-Za-z0-9].)[A-Za-z]*(?:-[A-Z][A-Za-z]*){0,3}-?\d[A-Za-z0-9]*(?:-\d+)?"
)
_CURRENCIES = ("RMB", "USD", "US", "HK", "EUR", "GBP", "JPY", "CNY")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…。！？：；\n]|[\"“”«„「『'(（])\s*$")
_BETWEEN = re.compile(r"(?: |-|\. | (?:de|del|la|of|van|von|der|di|da|al|bin|el) )")
_CAPITAL_WORDS = (
    # people's languages and peoples, titles, and what else has a capital letter
    "american british english chinese japanese russian spanish french german european african "
    "asian canadian australian italian indian korean mexican irish scottish welsh dutch swedish "
    "turkish brazilian israeli iranian iraqi saudi polish greek swiss catholic christian muslim "
    "jewish islamic western eastern northern southern americans chinese russians europeans "
    "mr mrs ms dr prof sir lord lady president minister prime king queen prince princess sr sra "
    "don doña santo san senator judge captain colonel general professor director god internet "
    "i i'm i've i'll tv ok republican republicans democrat democrats democratic north south "
    "east west "
    "rmb usd eur gbp jpy cny hk us am pm "
    "господин госпожа президент бог"
)
_NO_NAMES = frozenset(_CAPITAL_WORDS.split())
_WORD_LANGUAGES = frozenset({"en", "es", "fr", "it", "pt", "ru", "uk"})  # German nouns are capital
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_TITLES = (
    "记者|主任|院长|校长|局长|市长|省长|县长|镇长|村长|书记|教授|总理|总统|主席|经理|医生|博士|"
    "选手|队长|导演|馆长|"
    "厂长|站长|所长|董事长|负责人|发言人|研究员|工程师|运动员|老师|部长|司长|处长|会长|理事长"
)
_SAYS = "说|表示|介绍|告诉|认为|指出|坦言|强调|透露|回忆"
_NAME = f"(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?)"
_PERSON = re.compile(rf"{_NAME}(?=(?:{_SAYS}))")
_TITLED_PERSON = re.compile(rf"(?:{_TITLES}){_NAME}(?=(?:{_SAYS})|[,，。、:：“(（ 从在获了对]|$)")
_BEFORE_NAME = frozenset(',，。；;:：、”"’ \n')
_JAPANESE = re.compile(
    "(?<![\u3400-\u9fff々])(?P<name>[\u3400-\u9fff々]{2,4}?)(?:さん|氏|选手|监督|社长|首相)"
    "|(?P<full>[ァ-ヴー]+(?:[・=][ァ-ヴー]+)+)"
)
_PLACE = re.compile(
    "([\u4e00-\u9fff]{2})(?:(?<!反)省|(?<![城都高])市(?!民|场|区|值|面|政|委|长|级)|县(?!城|级|"
    "委|长)|自治区|自治州|镇(?!上|长)|(?<![乡农])村(?!民|里|委|庄)|大学(?![生校])|学院|公司|"
    "集团|"
    "医院|银行(?!业)|法院|公园|博物馆|图书馆|机场|车站|体育馆)"
)
_FUNCTION = re.compile(
    "[在该这那本各全我们他她的和与及为有某两几是到从向对于一个大小新老多家此其将把被由以了着过不也就都会能可上下中前后内外间"
    "市省县区镇村等同当地并让给每另首二三四五六七八九十百千万]|有限|责任|股份|上市|子公|总公|"
    "科技|国际|商业|中心|人民|第"
)
_TITLED = re.compile("《([^《》]{2,30})》")


def names(view: View) -> Iterator[Reading]:
    """The names of a text."""
    codes = [m for m in _CODE.finditer(view.visible) if not m[0].startswith(_CURRENCIES)]
    for match in codes:
        yield _reading(*match.span(), (match[0],), "code")
    if view.words and (view.language in _WORD_LANGUAGES or view.language in ("zh", "ja")):
        yield from _capital(view, {match.start() for match in codes})
    if not view.text.isascii():
        yield from _han(view)


def _reading(start: int, end: int, parts: tuple[str, ...], spelling: str) -> Reading:
    return Reading("name", start, end, (Name(tuple(map(fold, parts)), spelling),), True)


def _capital(view: View, codes: set[int]) -> Iterator[Reading]:
    """Runs of words with capital letters."""
    capital = [w for w in view.words if view.capital(w[0]) and w[0] not in codes]
    if view.language not in ("zh", "ja") and 4 * len(capital) > 3 * len(view.words):
        return  # a headline with capitals everywhere
    run: list[tuple[int, int, str]] = []
    for word in capital:
        gap = view.text[run[-1][1] : word[0]] if run else ""
        if run and not _BETWEEN.fullmatch(gap):
            yield from _run(view, run)
            run = []
        run.append(word)
    if run:
        yield from _run(view, run)


def _run(view: View, run: list[tuple[int, int, str]]) -> Iterator[Reading]:
    while run and _is_no_name(run[0][2]):
        run = run[1:]
    told = [w for w in run if not _is_no_name(w[2])]
    if not told or run[-1][1] - run[0][0] < 2:
        return
    start, end, _ = told[0]
    if len(told) == 1:
        acronym = end - start >= 2 and view.visible[start:end].isupper()
        before = view.visible[max(0, start - 3) : start]
        if not acronym and (_SENTENCE_START.search(before) or end - start < 3):
            return
    spelling = "code" if view.language in ("zh", "ja") else view.language
    last = told[-1][1]
    yield _reading(start, last, tuple(_stem(word) for _, _, word in told), spelling)


def _is_no_name(word: str) -> bool:
    return word in _NO_NAMES or word in SMALL_WORDS or word in MONTHS or word in WEEKDAYS


def _stem(word: str) -> str:
    """What of a word stays the same where its ending changes."""
    if word.endswith("'s"):
        word = word[:-2]
    shortest = 3 if word[0] >= "а" else 4  # Анна, Анне
    return word[: max(shortest, len(word) - 2)]


def _han(view: View) -> Iterator[Reading]:
    text = view.text
    for match in _TITLED.finditer(text):
        yield _reading(*match.span(1), (view.visible[slice(*match.span(1))],), "han")
    for match in _TITLED_PERSON.finditer(text):
        yield _reading(*match.span("name"), (match["name"],), "han")
    for match in _PERSON.finditer(text):
        if not match.start() or text[match.start() - 1] in _BEFORE_NAME:
            yield _reading(*match.span("name"), (match["name"],), "han")
    if view.language == "ja":
        for match in _JAPANESE.finditer(text):
            group = "name" if match["name"] else "full"
            yield _reading(match.start(group), match.end(group), (match[group],), "han")
    for match in _PLACE.finditer(text):
        if not _FUNCTION.search(match[1]):
            yield _reading(match.start(), match.end(), (match[1],), "han")
