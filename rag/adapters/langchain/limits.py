"""What one call of a LangChain object may say otherwise than the object itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic reads this one on every Python

from rag.errors import QuestionError


class AskLimits(TypedDict, total=False):
    """Options of one call of `YinzhengAssistant`; see `rag.Assistant.ask`."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    k: int
    since: str | None
    until: str | None
    sources: Sequence[str]
    articles: Sequence[str]


class SearchLimits(AskLimits, total=False):
    """Options of one call of `YinzhengRetriever`; see `rag.Retriever.search`."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    per_article: int


ASK: TypeAdapter[AskLimits] = TypeAdapter(AskLimits)
SEARCH: TypeAdapter[SearchLimits] = TypeAdapter(SearchLimits)


def overridden(
    usual: Mapping[str, Any], given: Mapping[str, Any], known: TypeAdapter[Any]
) -> dict[str, Any]:
    """The usual limits, with those that one call gives in their place.

    Raises:
        QuestionError: there is no option of this name, or its value is of another kind.
    """
    try:
        return {**usual, **known.validate_python(given)}
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise QuestionError(
            f"{wrong['loc'][0]}: {wrong['msg']}; a call takes {', '.join(usual)}"
        ) from None
