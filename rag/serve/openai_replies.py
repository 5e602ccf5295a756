"""What /v1 tells back, as its description gives it."""

from typing import Literal

from pydantic import BaseModel

from rag.serve.schemas import AnswerResponse


class UrlCitation(BaseModel):
    """A marker `[n]` in the text, in code points, and the article that it stands for."""

    start_index: int
    end_index: int
    url: str
    title: str


class Annotation(BaseModel):
    """A citation, in the protocol's words."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class AnswerMessage(BaseModel):
    """What is answered."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one choice."""

    index: int
    message: AnswerMessage
    finish_reason: Literal["stop"]
    logprobs: None


class TokenUsage(BaseModel):
    """Tokens that a language model read and wrote; none where articles are quoted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """A chat completion; `yinzheng` is the whole answer as POST /ask gives it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: TokenUsage
    yinzheng: AnswerResponse


class ModelCard(BaseModel):
    """A model: `owned_by` says what answers ("quote", or the language model's name)."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(BaseModel):
    """The models."""

    object: Literal["list"]
    data: list[ModelCard]
