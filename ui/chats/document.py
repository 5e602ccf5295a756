"""A conversation as it is taken along: numbered questions, answers, quotations, references.

Articles are numbered over the whole conversation in the order in which they are first cited, so
that one list of references serves all answers; paragraphs of one article share its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Article, Span
from index.text import is_cjk
from rag.answer import Citation, Sentence
from ui.chats.references import Style, file_of, reference
from ui.conversation import Conversation, Exchange, Placed
from ui.filters import told as limits
from ui.texts import Texts
from ui.texts.chats import CHATS, ChatsTexts


@dataclass(frozen=True)
class Run:
    """Words of an answer and the numbers of the references behind them."""

    words: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Said:
    """A sentence: what stands before it ("", a space or a line break), and a doubt if any."""

    gap: str
    runs: tuple[Run, ...]
    doubt: str = ""


@dataclass(frozen=True)
class Quoted:
    """A cited paragraph, the words of it that are cited, and where it stands."""

    number: int
    title: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Value:
    """What one article gives as the figure or date asked for."""

    value: str
    number: int
    title: str


@dataclass(frozen=True)
class Told:
    """One question and all that is told of it.

    `facts` are when and how it was asked; `unchecked` is text that nobody checked; `notes` are
    why there is no (whole) answer, and what was taken out of it.
    """

    number: int
    question: str
    facts: tuple[str, ...]
    said: tuple[Said, ...]
    unchecked: str
    reported: tuple[Value, ...]
    notes: tuple[str, ...]
    quoted: tuple[Quoted, ...]


@dataclass(frozen=True)
class Reference:
    """An article in the list of references; `file` is the archive's name for it, or ""."""

    number: int
    article: Article
    words: str
    file: str


@dataclass(frozen=True)
class Document:
    """A conversation that is taken along."""

    title: str
    told: tuple[Told, ...]
    references: tuple[Reference, ...]


def document(conversation: Conversation, title: str, style: Style, texts: Texts) -> Document:
    """The document of a conversation, in the reader's language."""
    numbers = _Numbers(style, CHATS[texts.code])
    told = tuple(
        _told(number, exchange, numbers, texts)
        for number, exchange in enumerate(conversation.exchanges, 1)
    )
    return Document(title, told, tuple(numbers.references))


class _Numbers:
    """The references so far."""

    def __init__(self, style: Style, texts: ChatsTexts) -> None:
        self.references: list[Reference] = []
        self.visited = ""
        self._numbers: dict[str, int] = {}
        self._style = style
        self._texts = texts

    def of(self, article: Article) -> int:
        """The number of an article; a new one gets the next."""
        if article.id not in self._numbers:
            number = self._numbers[article.id] = len(self._numbers) + 1
            words = reference(article, self._style, visited=self.visited, texts=self._texts)
            self.references.append(Reference(number, article, words, file_of(article)))
        return self._numbers[article.id]


def placed_of(exchange: Exchange) -> tuple[Placed, ...]:
    """The sentences as they stand; markers whose place is unknown follow their sentence."""
    answer = exchange.answer
    if exchange.placed or answer is None:
        return exchange.placed
    return tuple(
        Placed("", one, tuple((len(one.text), c.number) for c in one.citations))
        for one in answer.sentences
    )


def _told(number: int, exchange: Exchange, numbers: _Numbers, texts: Texts) -> Told:
    own, answer = CHATS[texts.code], exchange.answer
    numbers.visited = exchange.at[:10]
    placed = placed_of(exchange)
    reported = answer.reported if answer else ()
    said, before = list[Said](), ""
    for one in placed:
        said.append(_said(one, before, numbers, texts))
        before = one.sentence.text
    values = tuple(
        Value(one.value, numbers.of(article := one.citation.hit.article), article.title)
        for one in reported
    )
    cited = [c for one in placed for c in one.sentence.citations]
    notes = (
        answer.message if answer and answer.abstained else "",
        exchange.trouble,
        own.withdrawn.format(count=len(answer.withdrawn)) if answer and answer.withdrawn else "",
    )
    return Told(
        number,
        exchange.question,
        _facts(exchange, texts),
        tuple(said),
        exchange.pending.strip(),
        values,
        tuple(filter(None, notes)),
        _quoted([*cited, *(one.citation for one in reported)], numbers),
    )


def _facts(exchange: Exchange, texts: Texts) -> tuple[str, ...]:
    """When it was asked, as what it was understood, and within which limits."""
    own = CHATS[texts.code]
    day = f"{exchange.at[:16].replace('T', ' ')} UTC" if exchange.at else ""
    asked = exchange.asked if exchange.asked != exchange.question else ""
    parts = (
        own.asked_on.format(day=day) if day else "",
        own.understood.format(question=asked) if asked else "",
        limits(exchange.filters, texts),
    )
    return tuple(filter(None, parts))


def _said(placed: Placed, before: str, numbers: _Numbers, texts: Texts) -> Said:
    sentence = placed.sentence
    articles = {c.number: c.hit.article for c in reversed(sentence.citations)}
    behind: dict[int, list[int]] = {}
    for offset, number in sorted(placed.places, key=lambda place: place[0]):
        if number in articles:
            behind.setdefault(offset, []).append(numbers.of(articles[number]))
    runs, start = list[Run](), 0
    for offset, found in behind.items():
        runs.append(Run(sentence.text[start:offset], tuple(dict.fromkeys(found))))
        start = offset
    if start < len(sentence.text):
        runs.append(Run(sentence.text[start:]))
    return Said(_gap(placed.lead, before), tuple(runs), _doubt(sentence, texts))


def _gap(lead: str, before: str) -> str:
    if not before:
        return ""
    if "\n" in lead:
        return "\n"
    return "" if not lead and is_cjk(before[-1]) else " "


def _doubt(sentence: Sentence, texts: Texts) -> str:
    """What is said of a sentence that its source was not found to support."""
    if sentence.support == "supported":
        return ""
    label = texts.support[sentence.support]
    reasons = texts.between.join(texts.reason(reason) for reason in sentence.reasons)
    return texts.doubt.format(label=label, reasons=reasons) if reasons else label


def _quoted(citations: Sequence[Citation], numbers: _Numbers) -> tuple[Quoted, ...]:
    """The cited paragraphs in the order of their first citation."""
    hits = {c.paragraph_id: c.hit for c in reversed(citations)}
    spans: dict[str, list[Span]] = {}
    for citation in citations:
        spans.setdefault(citation.paragraph_id, []).append(citation.quote)
    found = ((hits[key], quotes) for key, quotes in spans.items())
    return tuple(
        Quoted(numbers.of(hit.article), hit.article.title, hit.paragraph.text, tuple(quotes))
        for hit, quotes in found
    )
