"""A conversation as a value: what was asked, what was found, and what was answered."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from rag.answer import Answer, Hit, Sentence, Turn
from rag.filters import Filters

REMEMBERED = 8  # turns given to the assistant with a question
SHOWN = 50  # exchanges kept on the page


@dataclass(frozen=True)
class Placed:
    """A checked sentence where it stands in the text of an answer.

    `lead` is the white space before it; `places` are its markers: (offset in the text, number).
    """

    lead: str
    sentence: Sentence
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Exchange:
    """One question and what came of it so far.

    Attributes:
        number: its place among all questions of the conversation, from 1; never given twice.
        question: as the reader typed it.
        filters: the limits that it was asked with.
        at: when, in UTC (ISO 8601).
        verbatim: whether it is asked as typed, whatever was asked before.
        asked: the question as it was rewritten with the conversation in view; "" if it was not.
        hits: the paragraphs found; in the end those of the answer.
        placed: the sentences that are checked.
        pending: text that is not checked yet.
        answer: there when it is finished.
        generation: the store's, from which it was answered.
        trouble: why there is no answer, in the reader's words.
        ahead: how many other answers it waits for.
        running: whether more will come.
    """

    number: int
    question: str
    filters: Filters = field(default_factory=Filters)
    at: str = ""
    verbatim: bool = False
    asked: str = ""
    hits: tuple[Hit, ...] = ()
    placed: tuple[Placed, ...] = ()
    pending: str = ""
    answer: Answer | None = None
    generation: int | None = None
    trouble: str = ""
    ahead: int = 0
    running: bool = True

    @property
    def turn(self) -> Turn | None:
        """What a later question may refer to; None where there is no answer."""
        if self.answer is None:
            return None
        answer = self.answer
        asked = self.asked or self.question
        return Turn(asked, answer.text, answer.passages, abstained=answer.abstained)


@dataclass(frozen=True)
class Conversation:
    """The exchanges of one chat, oldest first; `id` is "" until something was asked."""

    id: str = ""
    exchanges: tuple[Exchange, ...] = ()
    count: int = 0  # questions ever asked, so that no number is given twice

    @property
    def running(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self.exchanges) and self.exchanges[-1].running

    @property
    def history(self) -> tuple[Turn, ...]:
        """The finished turns that a follow-up question may refer to."""
        turns = [exchange.turn for exchange in self.exchanges if exchange.turn]
        return tuple(turns[-REMEMBERED:])

    def ask(
        self, question: str, filters: Filters | None = None, *, verbatim: bool = False
    ) -> "Conversation":
        """With a new question, whose answer is still to come."""
        number = self.count + 1
        now = datetime.now(UTC).isoformat(timespec="seconds")
        exchange = Exchange(number, question.strip(), filters or Filters(), now, verbatim)
        chat = self.id or secrets.token_urlsafe(12)
        return Conversation(chat, (*self.exchanges[1 - SHOWN :], exchange), number)

    def before(self, number: int) -> "Conversation":
        """Without the exchange of this number and all that follow it."""
        kept = tuple(exchange for exchange in self.exchanges if exchange.number < number)
        return replace(self, exchanges=kept)

    def exchange(self, number: int) -> Exchange | None:
        """The exchange of this number."""
        return next((one for one in self.exchanges if one.number == number), None)

    def with_last(self, exchange: Exchange) -> "Conversation":
        """With another state of the last exchange."""
        return replace(self, exchanges=(*self.exchanges[:-1], exchange))

    def stopped(self, trouble: str) -> "Conversation":
        """With the running answer cut off where it is; `trouble` says so to the reader."""
        if not self.running:
            return self
        last = self.exchanges[-1]
        return self.with_last(replace(last, trouble=trouble, running=False, ahead=0))
