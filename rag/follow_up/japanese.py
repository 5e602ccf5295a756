"""Japanese: whether a question leans on the conversation, and the same question without leaning."""

import re
from collections.abc import Sequence

from index.article import Span
from rag.answer import Turn
from rag.follow_up.subjects import person, subject
from rag.follow_up.words import bare, like

_OPENER = re.compile(
    r"^(?:(?:では|じゃあ|それでは|それじゃ|でも|ちなみに|そして|それで)[、,]?|で、)"
)
_OTHER = re.compile(
    r"^(?P<x>[^、。はがをにでの]{1,16})(?:は|の場合は|についてはどう|はどう)(?:ですか|でしょうか)?$"
)
_ALONE = re.compile(
    r"^(?:それは)?(?:なぜ|どうして|いつ|どこ|誰|だれ|いくら|いくつ|何人|何年|何時|どのくらい|どうやって)"
    r"(?:で|に|から)?(?:です|でした|でしょう|だったの|なの|か)*$"
)
_POINTS = re.compile(
    r"(?:^|(?<=[、はがをにでと]))(?:(?P<that>それ(?=[はがをにもでの]))|(?P<there>そこ(?=[はがをにもでの]))"
    r"|(?P<who>彼女|彼ら?|その人|この人)(?=[はがをにもでの])"
    r"|(?P<noun>その(?!他|後|うち|まま|ため|とき|時|ほか|年|日|もの)|この(?!年|夏|冬|春|秋|週|月|たび|ため)|同(?=館|社|校|氏)))"
)
_NOUN = re.compile("[\u3400-\u9fff々]+|[\u30a0-\u30ff]+")


def leans(question: str) -> bool:
    """Whether a question cannot be understood without those before it."""
    text = bare(question)
    rest = _OPENER.sub("", text)
    return bool(_ALONE.match(rest) or _other(rest) or _points(rest))


def carried(question: str, turns: Sequence[Turn]) -> str:
    """The question with what it leans on put in; itself where nothing is there to put in."""
    text = _OPENER.sub("", bare(question))
    about = next(filter(None, (subject(turn.question) for turn in reversed(turns))), "")
    if not about:
        return question
    other = _other(text)
    if other and not _like(other, text, question, turns):
        return f"{_owner(about)}の{text}？"
    if other:
        return _with(other, bare(turns[-1].question), about) + "？"
    points = _points(text)
    if points is None:
        return f"{about}は{text}？"
    before, after = text[: points.start()], text[points.end() :]
    if points.lastgroup == "there":
        return f"{before}{_owner(about)}{after}？"
    if points.lastgroup == "that":
        return f"{before}{about}{after}？"
    if points.lastgroup == "who":
        who = next(
            filter(
                None, (person(turn.question) or person(turn.answer) for turn in reversed(turns))
            ),
            about,
        )
        return f"{before}{who}{after}？"
    noun = _NOUN.match(after)
    owner = _owner(about)
    meant = next((name for name in (about, owner) if noun and name.endswith(noun.group())), "")
    return f"{before}{meant or owner + 'の'}{after[noun.end() :] if noun and meant else after}？"


def _owner(about: str) -> str:
    """Of a topic like 天文台の台長 what it belongs to; any other topic itself."""
    owner, _, part = about.rpartition("の")
    return owner if owner and part[-1:] in "長者名人数費料率量額" else about


def _other(text: str) -> str:
    match = _OTHER.match(text)
    return match["x"] if match and not _POINTS.match(text) else ""


def _points(text: str) -> re.Match[str] | None:
    return _POINTS.match(text)  # further on they mean what stands before them


def _like(word: str, text: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a word takes the place of another in the last question, rather than adds to it."""
    last = bare(turns[-1].question)
    found = like(word, last, frozenset(range(len(last))))
    return found is not None or bare(question) != text  # では大阪は


def _with(word: str, last: str, about: str) -> str:
    """The last question asked of something else."""
    found = like(word, last, frozenset(range(len(last))))
    if found is None:
        first = about.split("の", maxsplit=1)[0]
        start = last.find(first)
        found = Span(start, start + len(first))
    return last[: found.start] + word + last[found.end :]
