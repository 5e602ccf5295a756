"""Which figure or date of a sentence answers a question, and whether two reports agree on it."""

import re
from collections.abc import Callable, Mapping, Set

from rag.facts import Fact, facts, missing
from rag.facts.fact import Figure
from rag.facts.units import MONEY
from rag.question import kinds_asked
from rag.support.tokens import Tokens, read

# What asks for a figure; a figure in its place tells the unit that is asked for.
_HOW_MANY = re.compile(
    r"(?:百分之)?多少|(?:百分之)?几(?!乎)|幾|how (?:many|much)|what percentage|いくつ|"
    r"何(?=[人本個件点回校台社])|cuánt[oa]s?|qué porcentaje|сколько|combien(?: de)?|wie ?viele?",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"什么时候|什麼時候|[何几幾][时時月年日号號点點]|哪(?:一)?[年天日月]|いつ|\bwhen\b|cuándo|когда|quand|\bwann\b",
    re.IGNORECASE,
)
_FIGURES = frozenset(("number", "money", "people"))
_UNTOLD = frozenset(
    ("", "count", "item", "turn", "ordinal", "point", "year")
)  # tell no thing apart
_FADES = 6  # characters of a question over which its words lose half their weight
_AROUND = 6  # tokens on each side of a value that tell what it is the value of


def answering_value(question: str, sentence: str) -> Fact | None:
    """The figure or date of a sentence that a question for one asks for; None where unclear.

    It is not in the question itself, has the unit asked for where that is told, and stands
    nearest to the question's words.
    """
    kinds = kinds_asked(question)
    wanted = "figure" if kinds & _FIGURES else "date" if "date" in kinds else None
    if wanted is None:
        return None
    stated = facts(question)
    units = MONEY if "money" in kinds else _units_asked(question)
    values = [
        fact
        for fact in facts(sentence).asserted
        if fact.kind == wanted
        and missing(facts(fact.text), [stated])
        and (not units or units & _units(fact))
    ]
    near = _nearness(_wanted(question), read(sentence))
    return max(values, key=lambda v: (near(v), -v.span.start), default=None)


def agree(one: Fact, other: Fact) -> bool:
    """Whether two values say the same, be it that one of them is rounded."""
    ours, theirs = facts(one.text), facts(other.text)
    return not missing(ours, [theirs]) or not missing(theirs, [ours])


def comparable(one: Fact, other: Fact) -> bool:
    """Whether two values count or date the same kind of thing."""
    return one.kind == other.kind and bool(_units(one) & _units(other) or one.kind == "date")


def _units_asked(question: str) -> Set[str]:
    """The class of unit that a question asks for ("length", "CNY" …); none where none is told."""
    asked = _HOW_MANY.search(question)
    if not asked:
        return frozenset()
    told = facts(f"{question[: asked.start()]}5{question[asked.end() :]}").asserted
    units = [_units(fact) for fact in told if fact.span.start <= asked.start() < fact.span.end]
    return set[str]().union(*units) - _UNTOLD


def _units(fact: Fact) -> set[str]:
    return {form.unit for form in fact.forms if isinstance(form, Figure)}


def _wanted(question: str) -> dict[str, float]:
    """The content of a question, each word the heavier the nearer it is to what asks."""
    asked = _HOW_MANY.search(question) or _WHEN.search(question)
    at, end = asked.span() if asked else (len(question), len(question))
    words = read(question)
    wanted: dict[str, float] = {}
    for key, light, start in zip(words.keys, words.light, words.starts, strict=True):
        if not light and not at <= start < end:
            away = min(abs(start - at), abs(start - end))
            wanted[key] = max(wanted.get(key, 0.0), 1 / (1 + away / _FADES))
    return wanted


def _nearness(wanted: Mapping[str, float], said: Tokens) -> Callable[[Fact], float]:
    """How near the words of a question stand to a value of a sentence, in its clause."""

    def near(value: Fact) -> float:
        inside = [
            i for i, start in enumerate(said.starts) if value.span.start <= start < value.span.end
        ]
        if not inside:
            return 0.0
        found = {said.keys[i]: 1.0 for i in inside}  # its unit
        for side in (
            range(inside[0] - 1, max(-1, inside[0] - 1 - _AROUND), -1),
            range(inside[-1] + 1, min(len(said), inside[-1] + 1 + _AROUND)),
        ):
            for distance, i in enumerate(said.in_clause(side), 1):
                found.setdefault(said.keys[i], 1 / distance)
        return sum(weight * wanted.get(key, 0.0) for key, weight in found.items())

    return near
