"""Chinese: what a question is about, and the people and things that a text names."""

import re
from collections.abc import Iterator

from rag.follow_up.chinese_noun import BOUNDARY, DONE, LEADING, TITLE, is_person, named, noun
from rag.follow_up.chinese_words import GENERIC, NOT_GIVEN, PERSON, PLACES, THING, WHOLE
from rag.follow_up.words import asks, bare, level
from rag.looked_for import borders, telling_words

_PARTICLE = re.compile("(?:[吗呢吧啊呀]|的呢)$")
_CLAUSES = re.compile("[,，;；。]")
# A clause that tells when, where or why the next one holds: its noun is seldom what is meant.
_CIRCUMSTANCE = re.compile(
    "在|当|据|由于|因|自|从|随着|随著|为|对|除|关于|虽|如果|(?:.{2,}(?:后|时|前|期间|以来)$)"
)


def chinese_subject(question: str) -> str:
    """What a question is about, as it stands there; nothing if that cannot be told."""
    whole, question = question, _PARTICLE.sub("", bare(question))
    title = TITLE.search(question)
    if title:
        return title.group()
    text, found = level(question), asks(question)
    if not found and question == whole.strip() and not named(text):
        return ""  # 谢谢
    first = found[0].span if found else None
    head = question[: first.start] if first else question
    subject = _of_clauses(head)
    if subject or first is None:
        return subject
    tail = text[first.end :]
    done = DONE.match(tail)
    return noun(question[first.end + (done.end() if done else 0) :].split("，")[0])


def _of_clauses(head: str) -> str:
    """What the first clause is about that names something; else the last one."""
    clauses = [part for part in map(str.strip, _CLAUSES.split(head)) if telling_words(part)]
    found = [(part, noun(part)) for part in clauses]
    sure = [(part, name) for part, name in found if named(level(name)) or is_person(level(name))]
    whole = [name for part, name in sure if not _CIRCUMSTANCE.match(level(part))]
    if whole or sure:
        return whole[0] if whole else sure[0][1]
    return next((name for _, name in reversed(found) if name), "")


def statement(question: str) -> str:
    """A Chinese question without the words that ask."""
    question = _PARTICLE.sub("", bare(question))
    parts, at = [], 0
    for ask in asks(question):
        link = _LINK_BEFORE.search(level(question[at : ask.span.start]))
        parts.append(question[at : at + link.start()] if link else question[at : ask.span.start])
        at = ask.span.end
    return "".join([*parts, question[at:]])


_COUNTED = re.compile("[共约近达]|总共|一共")
_LINK_BEFORE = re.compile("[是在由为有]$")


def person(text: str) -> str:
    """The first person that a Chinese text names, as far as signs tell; else nothing."""
    leveled = level(text)
    places = [
        m.span("name")
        for pattern in PERSON
        for m in pattern.finditer(leveled)
        if not NOT_GIVEN.search(m["name"][1:]) and m["name"] not in PLACES
    ]
    if places:
        start, end = min(places)
        return text[start:end]
    alone = chinese_subject(text) if asks(text) else ""
    return alone if is_person(level(alone)) else ""


def pointed(text: str) -> tuple[str, bool]:
    """The noun that a text begins with, behind 这座 or 该, and whether it may mean anything."""
    leveled = level(text)
    thing = THING.match(leveled)
    if thing and thing.end() not in borders(leveled):
        thing = None  # 线路 is no 线
    for size in (2, 1):
        if leveled[:size] in GENERIC | WHOLE and not (thing and thing.end() > size):
            return text[:size], True
    if thing:
        return text[: thing.end()], False
    words = telling_words(leveled[:6])
    first = words[0] if words and leveled.startswith(words[0]) else leveled[:1]
    return text[: len(first)], False


def ending_with(said: str, end: str) -> str:
    """The first name in a text that ends with a noun and is longer than it; else nothing."""
    text, end = level(said), level(end)
    for match in re.finditer(re.escape(end), text):
        begin = max((m.end() for m in BOUNDARY.finditer(text, 0, match.start())), default=0)
        name = text[begin : match.end()]
        lead = LEADING.match(name) or DONE.match(name)
        begin += lead.end() if lead else 0
        if _COUNTED.match(text[begin:]):
            continue  # 共出土竹简
        if match.start() - begin >= 1 and not asks(text[begin : match.start()]):
            return said[begin : match.end()]
    return ""


def starts(text: str) -> frozenset[int]:
    """Where words begin in a leveled text."""
    return frozenset({0, *(place for place, _ in _pieces(text))})


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    for word in telling_words(text):
        at = text.find(word)
        while at >= 0:
            yield at, at + len(word)
            at = text.find(word, at + 1)
