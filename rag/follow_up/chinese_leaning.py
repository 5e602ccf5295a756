"""Chinese: how a question leans on the conversation, if it does.

Patterns are of leveled text (`words.level`): simplified characters, places as in the raw text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Span
from rag.follow_up.chinese_noun import named
from rag.follow_up.chinese_words import ATTRIBUTES, MEASURES, PLACES, THING, VERBS
from rag.follow_up.subjects import person
from rag.follow_up.words import asks, bare, level
from rag.looked_for import telling_words as telling

OPENER = re.compile(
    r"^(?:(?:好的?|嗯|哦|请问|那么|不过|但是?|可是|所以|然后|另外|还有|具体|而)[,，]?"
    r"|那(?=[它他她这为谁什多怎有是后请何几]|在哪|哪[里儿年天些位]|结果))+"
)
_WITH = re.compile(r"^(?:那么?|而|至于|还有|换成|如果是)?(?P<x>[^,，。?!]{1,16}?)呢[?!。\s]*$")
_SHORT_WITH = re.compile(
    r"^(?:那么?|至于)(?P<x>[^,，。?!]{1,10}?)(?:又?(?:怎么样|怎样|如何))?[?!。\s]*$"
)
TIME = re.compile(
    r"(?:\d+年)?(?:\d+月)?(?:\d+[日号])?|[去今明前后]年|[昨今明前后]天|[上下本这]个?(?:月|周|季度|星期)"
)
_LATER = re.compile(
    r"(?:后来|然后|之后|接下来|结果|最后|再后来)(?:怎么样了?|怎样了?|如何|发生了什么|呢|了)*"
)
_WHY = re.compile(
    r"(?:这|那)?(?:是|又)?(?:为什么|为何|为啥|怎么会|什么原因|原因(?:是什么|何在)?)(?:呢|呀|啊|会这样)?"
)
_ALONE = re.compile(
    r"(?:是|在|从|有|由|到|花了?|要|共|一共|总共|又|都)*"
    r"(?:谁|多少|几个|多久|多长时间|什么时候|何时|哪[天年里儿]|哪一[天年]|什么(?:地方|时间)|何[处地]|怎么(?:办|样|做|回事)?|如何|"
    r"多[长大高远重宽深久快厚])(?:[人钱元岁年天次家个名位]|[一每]?[台斤张个次人家年月件]{1,2})?"
    r"(?:的|了|呢|啊|呀|[一每][台斤张个次人家年月件天])*"
)
_TOGETHER = re.compile(
    r"^(?:一共|总共|总计|合计|共有?|其中|同期|其间|期间|此后|随后|此前|之前|届时|到时候?|最终|当时|那时候?|那[年天](?!早)|当[天年]|同[年天])"
)
_CLAUSE_LIKE = re.compile(
    r"^(?:其中|此后|随后|此前|之前|当时|那时候?|那[年天]|当[天年]|同[年天]|届时|同期|期间)"
)
_AMONG = re.compile("^其中(?!国|心|学|医)")
_VERB_FIRST = re.compile(r"^(?:[是由被在有从用花卖买建修开减增涨跌停伤死造拍写](?:了|过|的)?)+")
_ATTRIBUTE = re.compile(rf"^(?:{ATTRIBUTES})(?:[是有为在要叫约]|大概)*$")
_DOES = re.compile(f"(?:{VERBS}|{ATTRIBUTES})+")
_DEFINES = re.compile(r"什么是|何为|何谓|谁是|(?:是|叫)(?:什么|谁)(?:意思)?$")
_PRONOUN = re.compile(
    r"(?P<they>(?<![其吉])[他她它牠]们)|(?P<it>[它牠])"
    r"|(?P<person>(?<![其吉利排维])(?:他(?![们国乡日人杀])|她))"
    r"|(?P<place>[这那](?:里|儿|边)(?![程])|当地(?!时间)|[该此]地(?!区)|(?:^|(?<=[在从到去]))那(?=有什么))"
    rf"|(?P<noun>(?:[这那](?:[一两三几些]?[{MEASURES}]|些|一)|(?<![应活本])[该](?!不该|怎|如何|去|由|做|向|不|是|在|有|当|死)|(?<![因如彼从在至就])此(?![时刻外前后次间地中类而起])|上述))"
    r"|(?P<its>(?:^|(?<=[,，、和与及对]))其(?![他它余次中实间后它]))"
    r"|(?P<this>^(?:这|那)(?=是|会|要|需|对|有|意味|能|让|导致))"
)
_SCENE = re.compile("^(?:在|当|为了|关于|对于|除了)(?!.*的)")  # 在决赛中他进了几个球
_SETTING = re.compile("(?:年|月|日|期间|时代|以来|上|中)[,，]$")  # 2009年5月，它…
_TIMES = re.compile("^(?:次|回|届|年|月|天|周|季|夏|冬|春|秋|段|期|种|类)")


_FEW = 4  # characters beside those that ask, in a question without a subject


@dataclass(frozen=True)
class Lean:
    """How a question leans: by what kind of words, where they are, what it asks with instead."""

    kind: str
    span: Span
    word: str = ""


def lean(question: str) -> Lean | None:
    """How a question leans on what was said before it; None if it can be understood alone."""
    text = level(bare(question))
    opener = OPENER.match(text)
    start = opener.end() if opener else 0
    whole = Span(start, len(text))
    rest = text[start:]
    for kind, pattern in (("later", _LATER), ("why", _WHY), ("alone", _ALONE)):
        if pattern.fullmatch(rest):
            return Lean(kind, whole)
    other = _other(text)
    if other:
        return Lean("other", other, bare(question)[other.start : other.end])
    return _pronoun(text, start) or _bare(rest, whole)


def _other(text: str) -> Span | None:
    """X in 那X呢, if it is only a name of something."""
    for pattern in (_WITH, _SHORT_WITH):
        match = pattern.match(text)
        if match and not asks(match["x"]) and not _PRONOUN.search(match["x"]):
            words = telling(match["x"])
            if 0 < len(words) <= 3 or TIME.fullmatch(match["x"]):
                return Span(*match.span("x"))
    return None


def _pronoun(text: str, start: int) -> Lean | None:
    for match in _PRONOUN.finditer(text):
        kind = match.lastgroup or ""
        before = text[start : match.start()]
        if match.start() < start and kind != "noun":
            continue
        if kind == "noun" and _TIMES.match(text[match.end() - 1 :]):
            return None  # 这次, 这年: it may well stand in a question that is complete
        if kind in ("noun", "this") and _TIMES.match(text[match.end() :]):
            return None
        if kind == "noun" and _full_name(text[match.end() :]):
            return None  # 这个鲤鱼门天后庙
        if not _antecedent(before, kind):
            return Lean(kind, Span(match.start(), match.end()))
        return None
    return None


def _full_name(after: str) -> bool:
    """Whether a text begins with a name of its own, rather than with a mere noun."""
    ending = THING.search(after)
    return ending is not None and ending.start() >= _FEW // 2 and named(after[: ending.end()])


def _antecedent(before: str, kind: str) -> bool:
    """Whether what stands before a pronoun in its question may be what it means."""
    if kind == "it" and _SETTING.search(before) and not named(before):
        return False
    if any(not TIME.fullmatch(word) for word in telling(before)):
        return kind != "person" or not _SCENE.match(before) or bool(person(before))
    return False


def _bare(rest: str, whole: Span) -> Lean | None:
    """A question without a subject of its own."""
    if _DEFINES.search(rest) and not _ATTRIBUTE.match(_before(rest)):
        return None
    if _AMONG.match(rest):
        return Lean("clause", whole)
    together = _TOGETHER.match(rest)
    if together and not named(rest) and _only_does(_before(rest[together.end() :])):
        return Lean("clause" if _CLAUSE_LIKE.match(rest) else "subject", whole)
    found = asks(rest)
    if not found:
        return None
    if _ATTRIBUTE.match(_before(rest)):
        return Lean("attribute", whole)
    words = telling(rest)
    verb = _VERB_FIRST.match(rest)
    asked_first = found[0].span.start == 0 and found[0].kind != "list"
    short = len(rest) - len(found[0].span) - (verb.end() if verb else 0) <= _FEW
    brief = short and len("".join(words)) <= 2 and not _nouns(rest, words)
    if (verb or asked_first) and (brief or (words and _only_does(rest))):
        return Lean("subject", whole)
    return None


def _before(rest: str) -> str:
    found = asks(rest)
    return rest[: found[0].span.start] if found else rest


def _only_does(before: str) -> bool:
    """Whether a text names nothing but what is done, or what belongs to something."""
    return all(_DOES.fullmatch(word) for word in telling(before))


def _nouns(rest: str, words: Sequence[str]) -> bool:
    """Whether a word that is left is a thing rather than what is done."""
    return any(named(word) or word in PLACES or _is_object(rest, word) for word in words)


def _is_object(rest: str, word: str) -> bool:
    return len(word) > 1 and bool(re.search(rf"[了过着]{re.escape(word)}$", rest))
