"""What the tools take: checked values, their JSON schemas, and short words for what is wrong."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from rag.mcp.faults import ToolFault
from rag.mcp.results import whole
from rag.mcp.schemas import plain_schema
from rag.retriever import LONGEST_QUESTION
from rag.serve.schemas import DATE_ALONE, LONGEST_TURN, MOST_NAMES, MOST_TURNS

LONGEST_ID = 500  # characters

_Date = Annotated[str, Field(pattern=DATE_ALONE)]
_Name = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
_Names = Annotated[list[_Name], Field(max_length=MOST_NAMES)]
_Words = Annotated[str, Field(max_length=LONGEST_QUESTION)]
_Said = Annotated[str, Field(max_length=LONGEST_TURN)]


class Arguments(BaseModel):
    """Arguments of a tool; null and "" mean that one was not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {name: whole(value) for name, value in data.items() if value not in (None, "")}


class _Turn(Arguments):
    question: _Said
    answer: _Said


class _Limits(Arguments):
    # "" is no date, and no default that a client is told of: it stands for what was not given.
    since: _Date = Field(
        default="", description="Only articles from this date on: YYYY, YYYY-MM or YYYY-MM-DD."
    )
    until: _Date = Field(
        default="",
        description="Only articles up to this date, inclusive: YYYY, YYYY-MM or YYYY-MM-DD.",
    )
    sources: _Names = Field(
        default_factory=list,
        description="Only these sources: exact names as results show them, folders of them "
        '("2022/april"), or patterns ("2022/*").',
    )
    articles: _Names = Field(default_factory=list, description="Only the articles with these ids.")


class Search(_Limits):
    """Arguments of `search`."""

    query: _Words = Field(
        description="What to look for: best a whole question or the words of the passage wanted, "
        "in any language. Not a Boolean expression."
    )
    k: int = Field(default=8, ge=1, le=20, description="How many paragraphs to return.")


class GetParagraph(Arguments):
    """Arguments of `get_paragraph`."""

    id: _Name = Field(description='Id of the paragraph, as results show it: "p…".')
    around: int = Field(
        default=0, ge=0, le=3, description="Also this many paragraphs before it and behind it."
    )


class GetArticle(Arguments):
    """Arguments of `get_article`."""

    id: _Name = Field(description="Id of the article, as results show it.")
    from_paragraph: int = Field(
        default=1, ge=1, description="Where to begin: 1, or next_paragraph of the result before."
    )


class Ask(_Limits):
    """Arguments of `ask`."""

    question: _Words = Field(description="The question, in any language.")
    history: Annotated[list[_Turn], Field(max_length=MOST_TURNS)] = Field(
        default_factory=list,
        description="Earlier questions of this conversation and the answers to them, oldest "
        "first: give it where the question leans on them.",
    )
    k: int = Field(
        default=8, ge=1, le=20, description="How many paragraphs may serve for the answer."
    )


_A = TypeVar("_A", bound=Arguments)


def schema(kind: type[Arguments]) -> dict[str, Any]:
    """The JSON schema of a tool's arguments: without references or nulls, which not all read."""
    found = plain_schema(kind.model_json_schema(mode="validation"))
    needed = found["required"]
    found["properties"] = dict(
        sorted(found["properties"].items(), key=lambda p: p[0] not in needed)
    )
    return found


def read(kind: type[_A], given: Mapping[str, Any] | None) -> _A:
    """The arguments as given, checked.

    Raises:
        ToolFault: something is missing, too much, or of another form; the message names what, and
            never repeats a value.
    """
    try:
        return kind.model_validate(dict(given or {}))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True, include_input=False)
        told = dict.fromkeys(_told(kind, one) for one in found[:5])
        raise ToolFault("; ".join(told)) from None


def _told(kind: type[Arguments], error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    place = ".".join(str(part) for part in error["loc"] if part != "")
    match error["type"]:
        case "missing":
            return f"{place} is missing"
        case "extra_forbidden":
            return f"this tool takes {', '.join(schema(kind)['properties'])}, and nothing else"
        case "string_pattern_mismatch":
            return f"{place} is no date: write YYYY, YYYY-MM or YYYY-MM-DD"
        case "greater_than_equal":
            return f"{place} must be at least {context['ge']}"
        case "less_than_equal":
            return f"{place} must be at most {context['le']}"
        case "string_too_long":
            return f"{place} is too long: at most {context['max_length']:,} characters"
        case "too_long":
            return f"{place} has too many entries: at most {context['max_length']}"
    return f"{place} is of another type than the schema says"
