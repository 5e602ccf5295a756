"""What /v1 is asked, in the form of the OpenAI protocol, and what is wrong with it."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import ErrorDetails

from rag.answer import Turn
from rag.filters import Filters
from rag.serve.errors import ApiError
from rag.serve.schemas import MOST_HITS, MOST_NAMES, Date

MODEL = "yinzheng"  # the one model

_STRICT = ConfigDict(strict=True)
_MOST_MESSAGES = 1000
_Name = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
_None = Annotated[list[Any], Field(max_length=0)]  # an empty list

_SEARCHES = "leave it out: this model searches by itself"
_TEXT = "answers are text"
_REMEDIES = {  # of what would change the answer and is not done here
    "n": "ask for one answer",
    "tools": _SEARCHES,
    "functions": _SEARCHES,
    "tool_calls": _SEARCHES,
    "function_call": _SEARCHES,
    "response_format": "answers are text; what they cite is under annotations and yinzheng",
    "modalities": _TEXT,
    "audio": _TEXT,
    "logprobs": "leave it out",
    "top_logprobs": "leave it out",
}
_PLAIN: Any = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "How long is the new bridge?"}],
}
_LIMITED: Any = {**_PLAIN, "stream": True, "yinzheng": {"k": 4, "since": "2031"}}
# What may be repeated of the place of an error: names of fields, and places in lists
_KNOWN = re.compile(r"[A-Za-z_]{1,40}|\d{1,6}")


def _boolean(value: object) -> object:
    """Keep 0 from being taken for false."""
    return value if isinstance(value, bool) else "other"


class Part(BaseModel):
    """A part of a message: text, or in an old answer the words of a refusal."""

    model_config = _STRICT

    type: Literal["text", "refusal"]
    text: str = ""
    refusal: str = ""


class ChatMessage(BaseModel):
    """A message of the conversation; those of the system are no instructions to this server."""

    model_config = _STRICT

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None
    tool_calls: _None | None = None
    function_call: None = None

    @property
    def text(self) -> str:
        """Its words."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(part.text or part.refusal for part in self.content)


class StreamOptions(BaseModel):
    """What else a stream brings."""

    model_config = _STRICT

    include_usage: bool | None = Field(default=None, description="A last chunk has the tokens.")


class TextFormat(BaseModel):
    """The one form of answers."""

    model_config = _STRICT

    type: Literal["text"]


class Options(BaseModel):
    """What can be asked of this server and the protocol has no words for."""

    model_config = ConfigDict(strict=True, extra="forbid")

    k: int = Field(default=8, ge=1, le=MOST_HITS, description="How many paragraphs, at most.")
    since: Date | None = Field(default=None, description="Only articles from this date on.")
    until: Date | None = Field(default=None, description="Only articles up to this date.")
    sources: list[_Name] = Field(default=[], max_length=MOST_NAMES)
    articles: list[_Name] = Field(default=[], max_length=MOST_NAMES)
    verbatim: bool = Field(default=False, description="Ask the question as it is typed.")

    @property
    def filters(self) -> Filters:
        """The limits by date, source and article."""
        return Filters(self.since, self.until, tuple(self.sources), tuple(self.articles))


class ChatRequest(BaseModel):
    """A request for a chat completion.

    Named here is what is read or refused; anything else of the protocol (temperature, max_tokens,
    seed, stop, …) is accepted and changes nothing.
    """

    model_config = ConfigDict(strict=True, json_schema_extra={"examples": [_PLAIN, _LIMITED]})

    model: Literal["yinzheng"]
    messages: list[ChatMessage] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = Field(
        default=None, max_length=1000, description="Those who wait for a model take turns."
    )
    yinzheng: Options = Options()
    n: Annotated[int, Field(ge=1, le=1)] | None = None
    tools: _None | None = None
    functions: _None | None = None
    response_format: TextFormat | None = None
    modalities: list[Literal["text"]] | None = None
    audio: None = None
    logprobs: Annotated[Literal[False], BeforeValidator(_boolean)] | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=0)] | None = None

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with the number of tokens."""
        return bool(self.stream_options and self.stream_options.include_usage)


def no_model() -> ApiError:
    """The refusal of a model that is not there."""
    return ApiError(404, "model_not_found", f"there is one model here, {MODEL}", "model")


def invalid(errors: Sequence[ErrorDetails]) -> ApiError:
    """What is wrong with a request: which field, and what is allowed; never what was sent."""
    deepest = max(errors, key=lambda error: len(error["loc"]))  # of alternatives the likeliest
    if deepest["type"] == "json_invalid":
        return ApiError(400, "json_invalid", "the request is no JSON object")
    place = [str(part) for part in deepest["loc"][1:]]
    if place == ["model"] and deepest["type"] == "literal_error":
        return no_model()
    where = ".".join(part for part in place if _KNOWN.fullmatch(part) and part != "str")
    for name, param in ((place[0], place[0]), (place[-1], where)) if place else ():
        if name in _REMEDIES:
            words = f"{name} is not supported here as it was given; {_REMEDIES[name]}"
            return ApiError(400, "unsupported_parameter", words, param)
    pattern = deepest["type"] == "string_pattern_mismatch"
    words = f"{where or 'the request'}: {'has another form' if pattern else deepest['msg']}"
    return ApiError(400, "invalid_request", words, where or None)


def conversation(
    messages: Sequence[ChatMessage], *, turns: int, longest: int
) -> tuple[str, list[Turn]]:
    """The question, which is the last message, and the answered questions before it.

    Of those the last `turns`, each text cut to `longest` characters: clients send a conversation
    whole, however long it has become, and it is only looked at to understand the question. Messages
    of the system are passed over.

    Raises:
        ApiError: 400; the last message is not the user's.
    """
    spoken = [message for message in messages if message.role not in ("system", "developer")]
    if not spoken or spoken[-1].role != "user":
        words = "the last message is the question: it has to be the user's"
        raise ApiError(400, "no_question", words, "messages")
    history: list[Turn] = []
    asked = ""
    for message in spoken[:-1]:
        if message.role == "user":
            asked = message.text
        elif asked.strip() and message.text.strip():
            history.append(Turn(asked[:longest], message.text[:longest]))
            asked = ""
    return spoken[-1].text, history[-turns:]
