"""What a question asks for, and whether a sentence has that kind of thing."""

import re

from rag.asking import Kind, question_kind
from rag.facts import facts
from rag.parts import parts

__all__ = ["Kind", "kinds_asked", "offers", "parts", "question_kind"]

# What words ask, in zh (both ways of writing), en, ja, es, ru, fr and de.
_ASKED = {
    "number": [
        r"多少|几(?!乎)|幾|百分之几|占比|比例|(?:有多|多)[长長高大远遠重宽寬深快久]",
        r"how (?:many|much|long|far|old|big|high|tall|fast|wide|deep|large|often)",
        r"what (?:percentage|share|number|proportion)",
        r"何(?:人|本|個|件|点|回|校|か所|台|社|割|パーセント|メートル|キロ)",
        r"いくつ|いくら|どのくらい|どれくらい|cuánt|qué porcentaje|сколько|какова доля",
        r"combien|wie ?viel|wie (?:lang|hoch|groß)",
    ],
    "money": [
        r"多少(?:钱|錢|元|经费|經費|资金|投资)|(?:花|耗资|投资|造价|价格|售价|票价|奖金|费用|成本)[^，。？]{0,4}多少",
        r"how much (?:did|does|do|is|was|were|will|money)|\bcost\b|\bfee\b|\bprice\b|いくら|費用は",
        r"cuánto (?:cuesta|costó|costará|dinero|vale)|сколько (?:стоит|стоил|денег)|combien coûte",
        r"wie ?viel kostet",
    ],
    "people": [
        r"多少(?:名|位)?(?:人|员工|員工|名|位|游客|选手|观众|学生|居民|工人)|几(?:名|位|人)|幾(?:名|位|人)",
        r"人[数數](?!的?(?:百分|比例|占比|佔比))",  # not the share of a number of people
        r"how many (?:people|visitors|players|runners|workers|students|men|women|residents)|何人",
        r"cuánt[oa]s (?:personas|visitantes|trabajadores)|сколько (?:человек|людей)",
        r"combien de (?:personnes|visiteurs|coureurs)|wie ?viele (?:menschen|läufer|besucher)",
    ],
    "date": [
        r"什么时候|什麼時候|何时|何時|哪(?:一)?[年天日月]|几月|几号|几点|几时|日期",
        r"\bwhen\b|what (?:year|date|day|time|month)|いつ|何年|何月|何日",
        r"cuándo|qué (?:año|día|fecha|mes)|когда|в каком году|quand|\bwann\b",
    ],
    "person": [
        r"谁|誰|哪位|何人|名字|叫什么|\bwho\b|\bwhom\b|\bwhose\b|だれ",
        r"quién|\bкто\b|кого|\bqui\b|\bwer\b",
    ],
    "place": [
        r"哪里|哪裡|哪儿|何处|何處|在哪|什么地方|哪个(?:城市|地方|国家|省|市|县|站)",
        r"\bwhere\b|どこ|dónde|\bгде\b|куда|\boù\b|\bwo\b|wohin",
    ],
    "reason": [
        r"为什么|為什麼|为何|為何|为啥|原因|怎么会|\bwhy\b|なぜ|どうして|理由",
        r"por qué|почему|зачем|pourquoi|warum",
    ],
}
# Signs of an answer of each kind; numbers and dates are read by rag/facts.
_OFFERED = {
    "money": [
        r"元|円|ユーロ|[€£$¥￥]|\b(?:dollars?|pounds?|euros?|pesos?|yuan|crowns?)\b|рубл|евро",
    ],
    "people": [
        r"[\d一二两三四五六七八九十百千万萬余多]\s?(?:余|多)?(?:名|位|人(?!民))",
        r"\d[\d,.]*\s(?:\w+\s)?(?:people|visitors|players|runners|workers|students|residents|men)",
        r"\d[\d,.]*\s(?:personas|visitantes|trabajadores|человек|людей|personnes|coureurs)",
    ],
    "person": [
        r"[\u4e00-\u9fff]{2,4}(?:说|說|表示|介绍|介紹|认为|認為|告诉|指出)",
        r"记者|主任|院长|馆长|局长|市长|教授|队长|经理|校长|研究员|工程师|负责人|厨师长|博士",
        r"选手|冠军|教练|店主|館長|局長|市長|理事長|監督|さん|[A-Z][a-z]+ [A-Z][a-z]+",
    ],
    "place": [
        r"位于|位於|坐落|在[^，。]{1,12}(?:市|县|縣|区|區|镇|鎮|村|路|街|站|馆|館|岸|山|河|江|湖)",
        r"在[^，。]{1,12}(?:楼|场|校|厂)|にある|で開|において",
        r"\b(?:[Ii]n|[Aa]t|[Nn]ear) [A-Z]|\b[Ee]n (?:el|la|los|las)? ?[A-Z]|\b[Вв] [А-Я]",
    ],
    "reason": [
        r"因|由于|由於|为了|為了|旨在|以便|ため|から|ので|because|due to|owing|since|so that",
        r"in order|porque|debido|a causa|para que|потому|из-за|так как|чтобы",
        r"parce|à cause|weil|wegen",
    ],
}
_ASKED_BY = {k: re.compile("|".join(words), re.IGNORECASE) for k, words in _ASKED.items()}
_OFFERED_BY = {k: re.compile("|".join(words)) for k, words in _OFFERED.items()}
_CLOCK = re.compile(r"\d ?[时時点點]|\d:\d\d")


def kinds_asked(question: str) -> frozenset[str]:
    """Which kinds of thing a question asks for; often none is clear.

    They are number, money, people (how many), date, person (who), place and reason.
    """
    kinds = frozenset(k for k, pattern in _ASKED_BY.items() if pattern.search(question))
    return kinds - {"number"} if kinds & {"money", "people"} else kinds


def offers(sentence: str, kind: str, question: str) -> bool:
    """Whether a sentence has a thing of this kind that the question does not state itself."""
    if kind == "number":
        return bool(facts(sentence).numbers - facts(question).numbers)
    if kind == "date":
        new = facts(sentence).dates - facts(question).dates
        return bool(new) or bool(_CLOCK.search(sentence))
    return bool(_OFFERED_BY[kind].search(sentence))
