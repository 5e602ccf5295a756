"""The nouns that flow out: Hit, Citation, Sentence, Answer, Turn, and the events of a stream."""

from dataclasses import dataclass, field
from typing import Any, Literal

from index.article import Article, Paragraph, Span
from index.paragraphs import searched_text

Verdict = Literal["supported", "partial", "unsupported", "unknown"]


@dataclass(frozen=True)
class Printing:
    """Another place where the words of a hit stand, all but the same."""

    paragraph: Paragraph
    article: Article = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The place as `--json` prints it."""
        return {
            "paragraph": self.paragraph.id,
            "article": self.article.id,
            "title": self.article.title,
            "source": self.article.source,
            "date": self.article.date,
            "span": _span(self.paragraph.span),
        }


@dataclass(frozen=True)
class Hit:
    """A paragraph that retrieval found; its ranks are its places on each side, from 1 (or None).

    `score` (0 to 1) estimates how likely it is the one that was asked for, among those found.
    `also_in` are other paragraphs that say the same in nearly the same words; they are no hits
    of their own.
    """

    paragraph: Paragraph
    article: Article = field(repr=False)
    score: float
    dense_rank: int | None = None
    lexical_rank: int | None = None
    also_in: tuple[Printing, ...] = ()

    @property
    def context(self) -> str:
        """The words that stand over the paragraph: its article's title and its heading.

        Not the words beside it: what its neighbour says is to be quoted from the neighbour.
        """
        text = self.paragraph.text
        title, source = self.article.title, self.article.source
        searched = searched_text(title, source, self.paragraph.heading, None, text)
        return searched.removesuffix(text)

    def to_json(self) -> dict[str, Any]:
        """The hit as `--json` prints it."""
        return {
            "paragraph": self.paragraph.id,
            "article": self.article.id,
            "title": self.article.title,
            "source": self.article.source,
            "date": self.article.date,
            "score": round(self.score, 4),
            "text": self.paragraph.text,
            "span": _span(self.paragraph.span),
            **({"also_in": [p.to_json() for p in self.also_in]} if self.also_in else {}),
        }


@dataclass(frozen=True)
class Citation:
    """A marker's meaning: passage `number` of this answer, and the words of it that are cited."""

    number: int
    hit: Hit = field(repr=False)
    quote: Span

    @property
    def paragraph_id(self) -> str:
        """Id of the cited paragraph."""
        return self.hit.paragraph.id

    @property
    def quote_text(self) -> str:
        """The quoted words as shown."""
        return self.quote.cut(self.hit.paragraph.text)

    @property
    def raw(self) -> Span:
        """Where the quoted words stand in the file as read; of several places the longest."""
        return self.hit.paragraph.raw_span(self.quote)

    @property
    def raw_parts(self) -> tuple[Span, ...]:
        """All places in the file where the quoted words are printed, in reading order."""
        return self.hit.paragraph.raw_spans(self.quote)

    def to_json(self) -> dict[str, Any]:
        """The citation as `--json` prints it; "raw_parts" only where there are several."""
        article, places = self.hit.article, self.raw_parts
        return {
            "number": self.number,
            "paragraph": self.paragraph_id,
            "article": article.id,
            "title": article.title,
            "source": article.source,
            "date": article.date,
            "quote": {**_span(self.quote), "text": self.quote_text},
            "raw": _span(self.raw),
            **({"raw_parts": [_span(place) for place in places]} if len(places) > 1 else {}),
        }


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer, without its markers, and the verdict on it."""

    text: str
    citations: tuple[Citation, ...]
    support: Verdict
    reasons: tuple[str, ...] = ()

    @property
    def marked(self) -> str:
        """The sentence with its markers: `….[1][3]`."""
        return self.text + "".join(f"[{c.number}]" for c in self.citations)

    def to_json(self) -> dict[str, Any]:
        """The sentence as `--json` prints it."""
        return {
            "text": self.text,
            "support": self.support,
            "reasons": list(self.reasons),
            "citations": [citation.to_json() for citation in self.citations],
        }


@dataclass(frozen=True)
class Reported:
    """What one article gives as the figure or date asked for, where several give one."""

    value: str
    citation: Citation

    def to_json(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        article = self.citation.hit.article
        return {
            "value": self.value,
            "number": self.citation.number,
            "paragraph": self.citation.paragraph_id,
            "article": article.id,
            "title": article.title,
            "date": article.date,
        }


@dataclass(frozen=True)
class Timings:
    """Milliseconds since the question; `first_token_ms` until the first words of the answer."""

    retrieve_ms: float
    first_token_ms: float
    total_ms: float

    def to_json(self) -> dict[str, float]:
        """The timings as `--json` prints them."""
        return {
            "retrieve_ms": round(self.retrieve_ms, 1),
            "first_token_ms": round(self.first_token_ms, 1),
            "total_ms": round(self.total_ms, 1),
        }


@dataclass(frozen=True)
class Dropped:
    """What a language model was not shown, for want of room in its context.

    Attributes:
        shortened: ids of paragraphs of which it saw only some sentences.
        left_out: ids of paragraphs of which it saw nothing.
        turns: how many earlier questions of the conversation it did not see.
    """

    shortened: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    turns: int = 0

    def __bool__(self) -> bool:
        return bool(self.shortened or self.left_out or self.turns)

    def to_json(self) -> dict[str, Any]:
        """What was dropped, as `--json` prints it."""
        return {
            "shortened": list(self.shortened),
            "left_out": list(self.left_out),
            "turns": self.turns,
        }


@dataclass(frozen=True)
class Usage:
    """Tokens that a language model read for an answer, and wrote; hidden thoughts do not count."""

    prompt: int
    reply: int


@dataclass(frozen=True)
class Answer:
    """What came of a question. An abstaining answer has no sentences; `message` says why.

    Attributes:
        raw_text: what the language model wrote; its numbers are those of `passages`.
        removed_markers: how many of its numbers stood for no passage.
        passages: ids of the paragraphs that it was shown, in their order in the prompt.
        dropped: what of the hits and the conversation it was not shown.
        withdrawn: sentences of the model that are not in the answer, for what they cite does not
            support them; with the policy `quote`, a quotation may stand in the place of each.
        reported: the figures or dates that several articles give for what was asked, alike or not.
        asked: the question as it was understood with the conversation in view, where that is not
            how it was typed; else "".
        confidence: estimated probability that the hits answer the question, 0 to 1; what is below
            a threshold is an abstention.
        usage: what the language model read and wrote; None where none was asked.
    """

    question: str
    language: str
    llm: str
    hits: tuple[Hit, ...]
    sentences: tuple[Sentence, ...]
    timings: Timings
    message: str = ""
    raw_text: str = ""
    removed_markers: int = 0
    passages: tuple[str, ...] = ()
    dropped: Dropped = Dropped()
    withdrawn: tuple[Sentence, ...] = ()
    reported: tuple[Reported, ...] = ()
    asked: str = ""
    confidence: float = 0.0
    usage: Usage | None = None

    @property
    def abstained(self) -> bool:
        """Whether the articles do not say (as far as this assistant can tell)."""
        return not self.sentences

    @property
    def text(self) -> str:
        """The answer with its markers, or the message of an abstention."""
        return " ".join(s.marked for s in self.sentences) or self.message

    def to_json(self) -> dict[str, Any]:
        """The answer as `--json` prints it.

        "dropped" and "withdrawn" only where something was, "reported" where several articles do,
        "asked" where the question was understood otherwise than typed.
        """
        return {
            "id": None,
            "question": self.question,
            **({"asked": self.asked} if self.asked else {}),
            "answer": self.text,
            "abstained": self.abstained,
            "llm": self.llm,
            "language": self.language,
            "sentences": [sentence.to_json() for sentence in self.sentences],
            "hits": [hit.to_json() for hit in self.hits],
            "timings": self.timings.to_json(),
            **({"dropped": self.dropped.to_json()} if self.dropped else {}),
            **({"withdrawn": [s.to_json() for s in self.withdrawn]} if self.withdrawn else {}),
            **({"reported": [r.to_json() for r in self.reported]} if self.reported else {}),
        }


@dataclass(frozen=True)
class Turn:
    """An earlier question of the conversation and its answer.

    `question` is the one that was answered: as it was understood (`Answer.asked`), where it was
    not as typed. `passages` are those of the answer, if known: what is shown to the model again
    comes in the same order, so that it need not be read anew. `abstained` says that there was
    no answer, where its words alone may not tell.
    """

    question: str
    answer: str
    passages: tuple[str, ...] = ()
    abstained: bool = False


@dataclass(frozen=True)
class QuestionRewritten:
    """First event of a stream whose question was not understood as typed, but so."""

    question: str


@dataclass(frozen=True)
class SourcesFound:
    """First event of any other stream: the numbered passages (number = place in `hits`, from 1)."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class TextAdded:
    """More text of the answer; its markers resolve to the passages found.

    With the policies `drop` and `quote` it is a whole sentence that has its verdict.
    """

    text: str


@dataclass(frozen=True)
class SentenceChecked:
    """A sentence is complete and has its verdict.

    A judge that has to wait for the end may still better it: `AnswerFinished` has the last word.
    """

    sentence: Sentence


@dataclass(frozen=True)
class AnswerFinished:
    """Last event of a stream."""

    answer: Answer


Event = QuestionRewritten | SourcesFound | TextAdded | SentenceChecked | AnswerFinished


def _span(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}
