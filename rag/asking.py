"""What kind of answer a question wants, told by the words that ask."""

import re
from collections.abc import Iterator
from typing import Literal

from index.text import fold

Kind = Literal["who", "when", "where", "how_many", "why", "what", "yes_no", "list"]

# Words that ask, in zh, en, ja, es and ru, as they stand in a folded question (lower case,
# simplified characters also in Japanese). Of those that begin at one place the first kind counts.
_ASKING: dict[Kind, tuple[str, ...]] = {
    "list": (
        r"哪些|哪几|有哪(?![里儿位年天])|列举|列出|分别(?:是|为|叫|有)?(?:什么|谁|哪|多少)|都有(?:什么|谁)",
        (
            r"\b(?:which of the|(?:what|which) (?:two|three|four|five)"
            r"|what (?:kinds|types|sorts) of"
            r"|(?:what|which) (?:\w+ )?(?:are|were)\b(?! the (?:population|length|height|cost))"
            r"|list (?:all|the)|name (?:all|the|two|three|four|some))\b"
        ),
        r"(?:すべて|全て|全部)(?:挙げ|举げ|あげ|答え)|どれとどれ|何と何|どんなものが|どのようなものが|どんな(?:种类|種類)",
        r"\b(?:cu[aá]les|qué (?:dos|tres|cuatro|cinco|tipos|clases)|enumer\w+)\b",
        r"\bnombr[ae] (?:\w+ )?l[oa]s\b",
        r"\b(?:перечисл\w+|назовите|какие|каких|какими)\b",
    ),
    "why": (
        r"为(?:什么|何|啥)|因何|缘何|何故|怎么会|(?:主要|什么|何种)?(?:原因|理由)(?:是|为)?(?:什么|何)|因为什么",
        (
            r"\b(?:why|how come|for what reason|what (?:(?:was|is|were|are) the )?(?:\w+ )?"
            r"(?:reasons?|causes?|purpose)|what (?:caused|led|made))\b"
        ),
        r"なぜ|どうして|何のため|(?:理由|原因)は何|どんな理由|どのような理由",
        r"\bpor ?qu[eé]\b|\ba qué se deb\w+",
        r"\b(?:cuál|qué) (?:es|fue|era) (?:la|el) (?:causa|razón|motivo)\b",
        r"\b(?:почему|зачем|отчего|из-за чего|по какой причине)\b|\bкакова? (?:была )?причин\w+",
    ),
    "when": (
        (
            r"什么时[候间]|何[时年月日]|哪一?[年天日月]|哪个(?:月|年代|世纪|季节|时期|朝代)|几[月号点时](?!间)|几几年"
            r"|什么(?:年代|日子|时期)|(?:时间|日期|日子)(?:是|为)"
        ),
        r"\b(?:when|(?:what|which) (?:year|date|day|time|month|century|decade|season))\b",
        r"いつ|何(?:世纪|曜日)",
        (
            r"\b(?:cu[aá]ndo|qué (?:año|día|fecha|mes|siglo|época|hora|momento)"
            r"|cuál (?:es|fue) la fecha)\b"
        ),
        r"\bкогда\b|\bкак(?:ом|ой|ого|ая|ую) (?:год|числ|век|месяц|день|дат|врем)\w*",
    ),
    "where": (
        (
            r"哪[里儿]|何[处地]|(?:在|于|到|从|往|去)哪(?!些|几|位|一?[年天日月])[里儿]?|什么(?:地方|地点|位置)|地点(?:是|为)"
            r"|哪一?[个座]?(?:城市|地方|国家|省份?|市|县|区|站|地区|国)"
        ),
        (
            r"\b(?:where|(?:what|which) (?:city|country|place|town|state|location|region|province"
            r"|village|continent|street|river))\b"
        ),
        r"どこ|どちらの(?:国|都市|県)|何(?:県|市|国|州|地方)|どの(?:国|都市|町|県|市|地域|场所|場所)",
        r"\b(?:ad?[oó]nde|d[oó]nde|qué (?:ciudad|país|lugar|sitio|región|provincia|pueblo))\b",
        r"\b(?:где|куда|откуда)\b|\bкак(?:ом|ой|ую) (?:город|стран|мест|област|регион|сел)\w*",
    ),
    "who": (
        r"谁|哪一?[位名]|何人(?![ぁ-ん])|什么人|哪个人",
        r"\b(?:who|whom|whose|(?:what|which) (?:person|man|woman|player|artist|author|actor))\b",
        r"だれ|何者|どなた|どの(?:人|选手)",
        r"\b(?:qui[eé]n(?:es)?|qué (?:persona|hombre|mujer|jugador))\b",
        r"\b(?:кто|кого|кому|кем|чей|чья|чьё|чье|чьи)\b",
    ),
    "how_many": (
        (
            r"多少|(?<![\d隔来这好])几(?![乎何率千百十万部种类])|百分之几|多[长高大远重宽深久快厚]|第几"
            r"|(?:比例|占比|人数|数量|面积|长度|高度|价格|票房)(?:是|为)?什么"
        ),
        (
            r"\b(?:how (?:many|much|long|far|old|big|high|tall|fast|wide|deep|large|often|heavy)"
            r"|(?:what|which) (?:percentage|percent|share|number|proportion|amount|fraction)"
            r"|what (?:is|was) the (?:\w+ )?(?:number|population|percentage|length|height|width"
            r"|depth|area|price|cost))\b"
        ),
        (
            r"何(?:人|本|个|個|件|点|回|校|か所|箇所|台|社|割|パーセント|%|メートル|キロ|歳|岁|名|つ|年间|日间|时间"
            r"|か月|ヶ月|万|百|千|分の|倍|种类|位|度|円|ドル)|いくつ|いくら|どの?くらい|どれ(?:くらい|ほど|だけ)"
        ),
        r"\b(?:cu[aá]nt[oa]s?|qué (?:porcentaje|cantidad|número|proporción)|cada cuánto)\b",
        (
            r"\b(?:сколько|сколькими|насколько|как (?:часто|долго|далеко|много)"
            r"|каков[аы]? (?:доля|численность|длина|высота|площадь|ширина|глубина)"
            r"|какой (?:процент|длины|высоты|ширины|глубины)|какая (?:доля|часть))\b"
        ),
    ),
    "what": (
        r"什么|啥|如何|(?<![任如几])何|哪|怎么?样?",
        r"\b(?:what|which|how)\b",
        r"どの|どんな|どう|どれ|どちら|なん(?=[でとのか])",
        r"\b(?:qué|cuál|cómo)\b",
        r"\b(?:что|чем|чего|чему|чём|как|каков\w*|как(?:ой|ая|ое|ого|ому|им|ую|ом))\b",
    ),
}
_WORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile("|".join(words))) for kind, words in _ASKING.items()
)
_YES_NO = re.compile(
    r"吗|是否|是不是|有没有|能否|能不能|会不会|可否|有无|か[?。]?$|\bли\b|^¿"
    r"|^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may)\b"
)
_VERB_FIRST = re.compile(r"^[a-z]")  # of what _YES_NO finds


def question_kind(question: str) -> Kind:
    """What a question wants, in zh, en, ja, es and ru: the first thing that it asks for.

    A question without a word that asks wants yes or no if it has the form of such a question;
    anything else is a "what". Traditional and simplified characters are alike.
    """
    folded = fold(question)
    first = next(asking(folded), None)
    form = _YES_NO.search(folded)
    if form and (first is None or _VERB_FIRST.match(form.group())):
        return "yes_no"  # did the mayor resign when the bridge fell?
    return first[0] if first else "what"


def asking(folded: str) -> Iterator[tuple[Kind, re.Match[str]]]:
    """The words of a folded question that ask, in its order, none inside another."""
    found = [(kind, m) for kind, pattern in _WORDS for m in pattern.finditer(folded)]
    end = 0
    for kind, match in sorted(found, key=lambda pair: pair[1].start()):  # a stable sort
        if match.start() >= end:
            yield kind, match
            end = match.end()
