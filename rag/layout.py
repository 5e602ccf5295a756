"""A question laid out for a language model, within its context, and what did not fit in.

What a conversation has in common from one question to the next stands first, for a model need
not read again what it has read: the rules, then the passages, then the questions and answers,
then the new question. Passages that were shown for the question before come in the order they
had then, up to the first that is not found any more; behind that nothing can be reused anyway,
and the others follow best first. The order is that of the prompt alone: which passages are
shown, and of which only some sentences, goes by their rank.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from index.article import Span
from index.sentences import sentences
from rag.answer import Dropped, Hit, Turn
from rag.errors import ModelError, QuestionError, YinzhengError
from rag.features import Candidate
from rag.llm import LLM, AnswerStyle, Message
from rag.prompt import Shown, asked, blocks, first_question, follow_up, rules

TURNS = 4  # of the conversation, shown to a model at most
_SHARE = 4  # … and at most this part of the room is theirs: the passages matter more
_OVERHEAD = 12  # tokens that a chat template puts around a message
_TEMPLATE = 96  # … and that some begin with: today's date, a system message of their own

_Found = tuple[int, Hit, Sequence[Span]]  # a hit's place, the hit, its sentences


@dataclass(frozen=True)
class Prompt:
    """What a model is shown.

    Attributes:
        messages: the conversation; the last message is the new question.
        shown: the passages in their order in the prompt.
        passages: their texts, as they stand in the messages.
        dropped: what did not fit.
        tokens: about how many its messages take, with the template around them.
    """

    messages: tuple[Message, ...]
    shown: tuple[Shown, ...]
    passages: tuple[str, ...]
    dropped: Dropped
    tokens: int = 0

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the paragraphs, in their order in the prompt."""
        return tuple(part.hit.paragraph.id for part in self.shown)

    @property
    def sentences(self) -> list[Candidate]:
        """The sentences of the passages, in their order in the prompt."""
        return [
            Candidate(part.number, part.hit, span) for part in self.shown for span in part.spans
        ]


def lay_out(
    question: str,
    hits: Sequence[Hit],
    llm: LLM,
    *,
    style: AnswerStyle,
    max_tokens: int,
    history: Sequence[Turn] = (),
) -> Prompt:
    """The messages that ask a question about hits (best first, at least one).

    Of the conversation the last turns are shown, without the markers of old answers, for they
    meant other passages. What does not fit is left out: of the turns the oldest first, of the
    passages whole sentences, those of the best passage last.

    Raises:
        QuestionError: the question alone is too long.
        ModelError: the model's context is too small for any sentence of the hits.
    """
    page = _Page(question, llm, style, rules(style), max_tokens, _order(history))
    recent = history[-TURNS:]
    turns = page.remembered(recent)
    shown = _chosen(hits, partial(page.fits, turns))
    while turns and not shown:
        turns = turns[1:]
        shown = _chosen(hits, partial(page.fits, turns))
    if not shown:
        raise page.refusal()
    prompt = page.prompt(turns, shown, _dropped(hits, shown, len(recent) - len(turns)))
    return replace(prompt, tokens=page.cost(prompt.messages))


@dataclass(frozen=True)
class _Page:
    """How one question is laid out, and how much fits."""

    question: str
    llm: LLM
    style: AnswerStyle
    rules: str
    max_tokens: int
    order: Sequence[str]  # ids of the passages shown for the question before
    counted: dict[str, int] = field(default_factory=dict)  # texts, and their tokens

    @property
    def room(self) -> int:
        """Tokens for all messages, and what the template puts around each."""
        return self.llm.context_size - self.max_tokens - _TEMPLATE

    def prompt(self, turns: Sequence[Turn], shown: Sequence[Shown], dropped: Dropped) -> Prompt:
        """The passages in their order, with the turns."""
        shown = _ordered(shown, self.order)
        laid_out = blocks(self.style, shown)
        first, *later = [
            asked(question, self.style)
            for question in (*(turn.question for turn in turns), self.question)
        ]
        questions = [first_question(first, laid_out), *map(follow_up, later)]
        messages = [Message("system", self.rules), Message("user", questions[0])]
        for turn, following in zip(turns, questions[1:], strict=True):
            messages.append(Message("assistant", _unmarked(turn.answer)))
            messages.append(Message("user", following))
        texts = tuple(block.text for block in laid_out)
        return Prompt(tuple(messages), tuple(shown), texts, dropped)

    def fits(self, turns: Sequence[Turn], shown: Sequence[Shown]) -> bool:
        """Whether passages and turns fit the model's context together."""
        return self.cost(self.prompt(turns, shown, Dropped()).messages) <= self.room

    def remembered(self, turns: Sequence[Turn]) -> Sequence[Turn]:
        """The last of the turns: as many as fit their share of the room."""
        while turns and self.cost(_spoken(turns)) > self.room // _SHARE:
            turns = turns[1:]
        return turns

    def refusal(self) -> YinzhengError:
        """Why not even one sentence can be shown."""
        alone = self.cost(self.prompt((), (), Dropped()).messages)
        if alone <= self.room or alone - self.llm.count_tokens(self.question) > self.room:
            return ModelError(
                f"{self.llm.name} holds {self.llm.context_size} tokens: too few for the question, "
                "the rules for the answer and a sentence of the articles; choose a model with a "
                "larger context"
            )
        return QuestionError(
            f"the question is too long: with the rules for the answer it takes {alone} tokens, and "
            f"{self.llm.name} has room for {self.room}; ask a shorter one, or choose a model with "
            "a larger context"
        )

    def cost(self, messages: Sequence[Message]) -> int:
        """Tokens of messages, and what the template puts around each."""
        # Counted together: each count may be a round trip to another process.
        words = "\n\n".join(message.content for message in messages)
        if words not in self.counted:
            self.counted[words] = self.llm.count_tokens(words)
        return self.counted[words] + _OVERHEAD * len(messages)


def _order(history: Sequence[Turn]) -> tuple[str, ...]:
    return next((turn.passages for turn in reversed(history) if turn.passages), ())


def _ordered(shown: Sequence[Shown], order: Sequence[str]) -> list[Shown]:
    """The passages in the order they are shown, which begins like an earlier one."""
    left = {part.hit.paragraph.id: part for part in shown}
    first: list[Shown] = []
    for name in order:
        # Behind a passage that is missing, or that ends earlier, all has to be read anew.
        if name not in left or (first and not first[-1].whole):
            break
        first.append(left.pop(name))
    return [*first, *left.values()]


def _chosen(hits: Sequence[Hit], fits: Callable[[Sequence[Shown]], bool]) -> list[Shown]:
    """What is shown of the hits, by rank; one without a sentence that fits is passed over."""
    shown: list[Shown] = []
    rest = [(n, hit, sentences(hit.paragraph.text)) for n, hit in enumerate(hits, 1)]
    while rest:
        more = _most(shown, rest, fits)
        shown += more
        if more and not more[-1].whole:
            break
        rest = rest[len(more) + 1 :]
    return shown


def _most(
    shown: Sequence[Shown], rest: Sequence[_Found], fits: Callable[[Sequence[Shown]], bool]
) -> list[Shown]:
    """The most sentences, from the first on, that fit behind what is shown already."""

    def too_many(count: int) -> bool:
        return not fits([*shown, *_first(rest, count)])

    total = sum(len(spans) for _, _, spans in rest)
    if not too_many(total):
        return _first(rest, total)
    if too_many(1):
        return []
    return _first(rest, 1 + bisect_left(range(2, total), True, key=too_many))


def _first(rest: Sequence[_Found], count: int) -> list[Shown]:
    taken = []
    for number, hit, spans in rest:
        if count <= 0:
            break
        taken.append(Shown(number, hit, tuple(spans[:count]), count >= len(spans)))
        count -= len(spans)
    return taken


def _dropped(hits: Sequence[Hit], shown: Sequence[Shown], turns: int) -> Dropped:
    seen = {part.number for part in shown}
    return Dropped(
        tuple(part.hit.paragraph.id for part in shown if not part.whole),
        tuple(hit.paragraph.id for number, hit in enumerate(hits, 1) if number not in seen),
        turns,
    )


def _spoken(turns: Sequence[Turn]) -> list[Message]:
    return [
        message
        for turn in turns
        for message in (
            Message("user", follow_up(turn.question)),
            Message("assistant", _unmarked(turn.answer)),
        )
    ]


def _unmarked(answer: str) -> str:
    return re.sub(r"\[\d+\]", "", answer)
