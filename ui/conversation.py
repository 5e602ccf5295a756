"""A conversation as a value: what was asked, and what the page shows for it."""

from dataclasses import dataclass, replace

from rag.answer import Turn
from ui.inert import inert, inert_words, lang
from ui.texts import Texts

REMEMBERED = 8  # turns given to the assistant with a question
SHOWN = 50  # exchanges kept on the page


@dataclass(frozen=True)
class Exchange:
    """One question and what the page shows for it.

    `body`, `note` and `panel` are HTML: the answer, a line on its state, its sources. `turn` is
    there once the answer is finished.
    """

    number: int
    question: str
    body: str = ""
    note: str = ""
    panel: str = ""
    turn: Turn | None = None
    running: bool = True

    def messages(self) -> list[dict[str, str]]:
        """Question and answer as the chat component takes them; each is one line of HTML."""
        asked = inert(self.question)
        said = self.body + self.note
        return [
            {
                "role": "user",
                "content": f'<div class="question" lang="{lang(self.question)}">{asked}</div>',
            },
            {"role": "assistant", "content": f'<div class="answer">{said}</div>'},
        ]


@dataclass(frozen=True)
class Conversation:
    """The exchanges of one page, oldest first."""

    exchanges: tuple[Exchange, ...] = ()
    asked: int = 0  # ever, so that no number is used twice on one page

    @property
    def running(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self.exchanges) and self.exchanges[-1].running

    @property
    def panel(self) -> str:
        """The sources of all exchanges; the page shows those of one at a time."""
        return "".join(exchange.panel for exchange in self.exchanges)

    @property
    def history(self) -> tuple[Turn, ...]:
        """The finished turns that a follow-up question may refer to."""
        turns = [exchange.turn for exchange in self.exchanges if exchange.turn]
        return tuple(turns[-REMEMBERED:])

    def messages(self) -> list[dict[str, str]]:
        """The whole conversation as the chat component takes it."""
        return [message for exchange in self.exchanges for message in exchange.messages()]

    def ask(self, question: str, texts: Texts) -> "Conversation":
        """With a new question, whose answer is still to come."""
        number = self.asked + 1
        exchange = Exchange(number, question.strip(), note=note(texts.searching, texts))
        return Conversation((*self.exchanges[1 - SHOWN :], exchange), number)

    def ask_again(self, texts: Texts) -> "Conversation":
        """With the last question asked anew."""
        if not self.exchanges:
            return self
        rest = replace(self, exchanges=self.exchanges[:-1])
        return rest.ask(self.exchanges[-1].question, texts)

    def with_last(self, exchange: Exchange) -> "Conversation":
        """With another state of the last exchange."""
        return replace(self, exchanges=(*self.exchanges[:-1], exchange))

    def stopped(self, texts: Texts) -> "Conversation":
        """With the running answer cut off where it is."""
        if not self.running:
            return self
        last = self.exchanges[-1]
        return self.with_last(replace(last, note=note(texts.stopped, texts), running=False))


def note(words: str, texts: Texts) -> str:
    """A quiet line below an answer, on its state."""
    return f'<div class="note" lang="{texts.code}">{inert(words)}</div>'


def copy_link(number: int, texts: Texts) -> str:
    """The link below a finished answer that copies it together with its sources."""
    return (
        f'<div class="tools" lang="{texts.code}"><a class="copy" href="#copy-{number}" '
        f'title="{inert_words(texts.copied)}">{inert(texts.copy)}</a></div>'
    )
