"""The JSON of the API as its description gives it: what is asked, what is answered, what failed.

Answers are made by the `to_json` of `rag.answer`; these classes say what stands in them.
"""

from typing import Annotated, Any, Literal, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rag.answer import Turn
from rag.filters import DATE, Filters
from rag.retriever import LONGEST_QUESTION

MOST_HITS = 50
MOST_TURNS = 50  # of a conversation
LONGEST_TURN = 8000  # characters of each of its texts
MOST_NAMES = 100  # of sources, or articles
_LONGEST_NAME = 1000  # characters

DATE_ALONE = f"^{DATE}$"  # a JSON schema's pattern is searched for
Date = Annotated[
    str, Field(pattern=DATE_ALONE, description="YYYY, YYYY-MM or YYYY-MM-DD", examples=["2022-04"])
]
_SAYS = r"[^\s\x00-\x1f]"  # something that can be seen
Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME, pattern=_SAYS)]


def _whole(given: object) -> object:
    """JSON does not tell 8.0 from 8."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


HowMany = Annotated[
    int,
    BeforeValidator(_whole),
    Field(ge=1, le=MOST_HITS, description="How many paragraphs, at most."),
]
_STRICT = ConfigDict(strict=True, extra="forbid")


class _Limited(BaseModel):
    """A question, and which articles may answer it."""

    model_config = _STRICT

    question: str = Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        pattern=_SAYS,
        description="In any language.",
        examples=["How long is the new bridge?"],
    )
    k: HowMany = 8
    since: Date | None = Field(None, description="Only articles from this date on.")
    until: Date | None = Field(None, description="Only articles up to this date.")
    sources: list[Name] = Field(
        [],
        max_length=MOST_NAMES,
        description='Only these files, folders ("2022/april") or patterns ("*.pdf").',
    )
    articles: list[Name] = Field(
        [], max_length=MOST_NAMES, description="Only the articles with these ids."
    )

    @property
    def filters(self) -> Filters:
        """The limits by date, source and article."""
        return Filters(self.since, self.until, tuple(self.sources), tuple(self.articles))


class SearchRequest(_Limited):
    """What to search for."""


class PastTurn(BaseModel):
    """An earlier question of the conversation, and its answer."""

    model_config = _STRICT

    question: str = Field(max_length=LONGEST_TURN)
    answer: str = Field(max_length=LONGEST_TURN)


class AskRequest(_Limited):
    """What to answer."""

    history: list[PastTurn] = Field(
        [],
        max_length=MOST_TURNS,
        description="The conversation before: a question that leans on it is understood with it.",
    )
    verbatim: bool = Field(False, description="Ask the question as it is typed.")
    stream: bool = Field(False, description="Answer by server-sent events.")

    @property
    def turns(self) -> list[Turn]:
        """The conversation before."""
        return [Turn(turn.question, turn.answer) for turn in self.history]


class Span(BaseModel):
    """Half-open range of characters (code points)."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Place(BaseModel):
    """A paragraph's place: its id, its article, and where it stands in the file as read."""

    paragraph: str
    article: str
    title: str
    source: str
    date: str | None
    span: Span


class Hit(Place):
    """A paragraph that was found; `score` (0 to 1) falls from one to the next."""

    score: float
    text: str
    also_in: list[Place] = Field([], description="Others that say the same; absent if none do.")


class SearchResponse(BaseModel):
    """What was found, best first."""

    question: str
    hits: list[Hit]


class Quote(Span):
    """The words that are cited, and where they stand in the paragraph's text."""

    text: str


class Citation(BaseModel):
    """What proves a sentence: passage `number`, its words, and where they stand in the file."""

    number: int
    paragraph: str
    article: str
    title: str
    source: str
    date: str | None
    quote: Quote
    raw: Span
    raw_parts: list[Span] = Field([], description="Where printed in several places: all of them.")


class Sentence(BaseModel):
    """A sentence of the answer, and the verdict on it."""

    text: str
    support: Literal["supported", "partial", "unsupported", "unknown"]
    reasons: list[str]
    citations: list[Citation]


class Timings(BaseModel):
    """Milliseconds since the question."""

    retrieve_ms: float
    first_token_ms: float
    total_ms: float


class Dropped(BaseModel):
    """What a language model was not shown, for want of room."""

    shortened: list[str]
    left_out: list[str]
    turns: int


class Reported(BaseModel):
    """The figure or date that one article gives, where several give one."""

    value: str
    number: int
    paragraph: str
    article: str
    title: str
    date: str | None


class AnswerResponse(BaseModel):
    """The answer; one that abstains has no sentences, and says so in `answer`."""

    id: None
    question: str
    asked: str = Field("", description="As it was understood; absent where it was as typed.")
    answer: str
    abstained: bool
    llm: str = Field(description='What answered: "quote", or a language model\'s name.')
    language: str
    sentences: list[Sentence]
    hits: list[Hit]
    timings: Timings
    dropped: Dropped | None = Field(None, description="Absent if nothing was.")
    withdrawn: list[Sentence] = Field([], description="Absent if none was.")
    reported: list[Reported] = Field([], description="Absent unless several articles report.")


class ListedArticle(BaseModel):
    """An article without its text."""

    id: str
    title: str
    date: str | None
    source: str
    section: str | None
    authors: list[str]


class ArticleList(BaseModel):
    """Articles by source; `next` is the cursor of those that follow, null at the end."""

    articles: list[ListedArticle]
    next: str | None


class ArticleParagraph(BaseModel):
    """A paragraph; `spans` are all places in the file at which it is printed."""

    id: str
    text: str
    span: Span
    spans: list[Span]
    page: int | None
    heading: str | None


class ArticleResponse(ListedArticle):
    """An article with its paragraphs, in reading order."""

    paragraphs: list[ArticleParagraph]


class ParagraphResponse(ArticleParagraph):
    """A paragraph, and the article that it stands in."""

    article: ListedArticle


class Healthy(BaseModel):
    """The server answers."""

    ok: Literal[True]


class Ready(BaseModel):
    """Questions are answered."""

    ready: Literal[True]
    generation: int = Field(description="Number of the store's published state.")


class NotReady(BaseModel):
    """No questions are answered, and why."""

    ready: Literal[False]
    reasons: list[str]


class ErrorDetail(BaseModel):
    """What failed: words for people, and a code for programs."""

    message: str
    type: Literal[
        "invalid_request_error",
        "authentication_error",
        "not_found_error",
        "rate_limit_error",
        "server_error",
    ]
    param: str | None
    code: str
    retry_after: int = Field(0, ge=0, description="Seconds; absent where nothing is known.")


class ErrorResponse(BaseModel):
    """The one form of all errors."""

    error: ErrorDetail


class _Described(TypedDict, total=False):
    model: type[BaseModel]
    description: str
    headers: dict[str, Any]


_ERRORS = {
    400: "The request cannot be understood, or is addressed to another host.",
    401: "The key is missing or wrong.",
    403: "Another site's page sent this.",
    404: "There is no such thing.",
    405: "The method does not exist here.",
    408: "The request did not come in time.",
    413: "The request is too long.",
    415: "The request is not JSON.",
    422: "The request is not as described.",
    429: "Too many requests are under way; Retry-After says when to try again.",
    500: "The server failed.",
    503: "The server cannot answer now.",
}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The description of errors: these, and those that every route may give."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({400, 401, 403, 408, 413, 429, 500, *statuses}):
        described: _Described = {"model": ErrorResponse, "description": _ERRORS[status]}
        if status == 429:
            described["headers"] = _RETRY
        found[status] = dict(described)
    return found
