"""A follow-up question rewritten by a language model, and whether the reply can be trusted."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from index.language import language
from index.text import fold, is_cjk
from index.tokens import WORD
from rag.answer import Turn
from rag.errors import ModelBusy, ModelError
from rag.facts import facts, missing
from rag.follow_up.carrying import RECENT, carried, leans
from rag.follow_up.chinese_words import ATTRIBUTES, VERBS
from rag.follow_up.words import asks
from rag.llm import LLM, Message, Request
from rag.looked_for import telling_words
from rag.prompt import conversation, rewrite_rules

MAX_TOKENS = 64
MAX_SECONDS = 20.0
_SHOWN = 300  # characters that are shown of an earlier question, and of its answer
_LONGER, _MORE = 2, 80  # a rewritten question has at most twice the characters and so many more
_SIGNS = re.compile(r"[<>{}\[\]【】［］〔〕`|\\]")
_QUOTES = '"“”„«»「」'
_MARKER = re.compile(r"\[\d+\]")
_ENDS = ("?", "？")
# Chinese words that may be added: they name nothing.
_PLAIN = re.compile(
    f"(?:{VERBS}|{ATTRIBUTES}|到底|究竟|具体|目前|现在|发生|情况|影响|进展|最终|距离|位置|数量|职务)+"
)
_POINTING_WORDS = (
    "it its they them their he him his she her that this these those there then and but so what "
    "about how it's ella ellos ellas él eso elle ils "
    "它 他 她 它们 他们 她们 那里 这里 那边 这个 那个 这些 那些 当地 后来 彼女 それ そこ"
)
_POINTING = frozenset(_POINTING_WORDS.split())


def understood(
    question: str, history: Sequence[Turn], llm: LLM | None, *, session: str = ""
) -> str:
    """The question as it can be understood without the conversation; often as it is.

    Only a question that leans on the conversation costs a model anything.

    Raises:
        ModelBusy: too many questions wait for the language model.
        PromptError: a prompt file is missing or damaged.
    """
    if not leans(question, history):
        return question
    if llm is None:
        return carried(question, history)
    return rewritten(question, history, llm, session=session)


def rewritten(question: str, history: Sequence[Turn], llm: LLM, *, session: str = "") -> str:
    """The question as the model rewrites it; as `carried` does where its reply cannot be used.

    Raises:
        ModelBusy: too many questions wait for the language model.
        PromptError: a prompt file is missing or damaged.
    """
    turns = history[-RECENT:]
    shown = [(t.question[:_SHOWN], _MARKER.sub("", t.answer)[:_SHOWN]) for t in turns]
    messages = (
        Message("system", rewrite_rules()),
        Message("user", conversation(question, shown)),
    )
    request = Request(messages, MAX_TOKENS, session=session, max_seconds=MAX_SECONDS)
    reply = _reply(llm, request, limit=_longest(question) + len(_QUOTES))
    reply = reply.strip().strip(_QUOTES).strip()
    return reply if _usable(reply, question, turns) else carried(question, history)


def _reply(llm: LLM, request: Request, *, limit: int) -> str:
    """The first line of what the model says, no more than can be used; nothing if it fails."""
    said = ""
    try:
        pieces: Iterator[str] = llm.stream(request)
        try:
            for piece in pieces:
                said = (said + piece).lstrip()
                if "\n" in said or len(said) > limit:
                    break  # a question is one line; what follows explains it
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
    except ModelBusy:
        raise
    except ModelError:
        return ""
    return said.partition("\n")[0]


def _longest(question: str) -> int:
    return _LONGER * len(question) + _MORE


def _usable(reply: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a reply is this question, made of nothing but the words of the conversation."""
    said = "\n".join([question, *(f"{turn.question}\n{turn.answer}" for turn in turns)])
    return (
        _is_plain(reply, question)
        and _is_alike(reply, question, said)
        and not _adds(reply, said)
        and _keeps(reply, question)
    )


def _is_plain(reply: str, question: str) -> bool:
    """Whether a reply is one line of text of a fair length, without markers and signs of code."""
    return (
        bool(reply)
        and len(reply) <= _longest(question)
        and not any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in reply)
        and set(_SIGNS.findall(reply)) <= set(_SIGNS.findall(question))
        and (reply.endswith(_ENDS) or not question.strip().endswith(_ENDS))
    )


def _is_alike(reply: str, question: str, said: str) -> bool:
    """Whether a reply is in the language and script of the question, and asks for its kind."""
    if language(reply) != language(question):
        return False
    if language(question) == "zh" and _traditional(question) != _traditional(reply):
        others = {c for c in reply if is_cjk(c)} - set(said)
        if _traditional(question) or any(_traditional(c) for c in others):
            return False
    old, new = asks(question), asks(reply)
    return not old or (bool(new) and old[0].kind == new[0].kind)


def _traditional(text: str) -> bool:
    return fold(text) != fold(text, simplify=False)


def _adds(reply: str, said: str) -> bool:
    """Whether a reply has a figure, name or word of Chinese that nobody said before."""
    folded = fold(said)
    words = set(WORD.findall(folded))
    if missing(facts(reply), [facts(said)]):
        return True
    for i, match in enumerate(WORD.finditer(reply)):
        told = match.group()[0].isupper() and i > 0  # the first word is a capital anyway
        if (told or match.group()[0].isdigit()) and fold(match.group()) not in words:
            return True
    new = (fold(word) for word in telling_words(reply) if is_cjk(word[0]))
    return any(word not in folded and not _PLAIN.fullmatch(word) for word in new)


def _keeps(reply: str, question: str) -> bool:
    """Whether at least half of what the question said itself is still there."""
    folded = fold(reply)
    own = [word for word in map(fold, telling_words(question)) if word not in _POINTING]
    return 2 * sum(word in folded for word in own) >= len(own)
