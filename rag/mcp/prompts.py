"""The one prompt that a person can choose: a question, answered with citations."""

from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from rag.retriever import LONGEST_QUESTION

_NAME = "answer_with_citations"
_ASKED = """\
Answer the question below from the newspaper archive alone.

1. Search it (tool search) with the question, and again with other words if that does not answer.
2. Read what you rely on whole (get_paragraph, get_article).
3. Answer in the language of the question, in a few sentences. Put the id of the paragraph in \
square brackets behind each sentence that rests on it.
4. If the articles do not say, say so; where they differ, say which one says what.

The question:

{question}"""
_PROMPT = types.Prompt(
    name=_NAME,
    title="Answer with citations",
    description="A question, answered from the archive; every sentence cites its paragraph.",
    arguments=[
        types.PromptArgument(
            name="question", description="What you want to know, in any language.", required=True
        )
    ],
)


async def list_prompts(
    _: ServerRequestContext[Any, Any], params: types.PaginatedRequestParams | None
) -> types.ListPromptsResult:
    """The prompts."""
    return types.ListPromptsResult(prompts=[_PROMPT])


async def get_prompt(
    _: ServerRequestContext[Any, Any], params: types.GetPromptRequestParams
) -> types.GetPromptResult:
    """A prompt with its question.

    Raises:
        MCPError: there is no such prompt, or the question is missing or too long.
    """
    question = (params.arguments or {}).get("question", "").strip()
    if params.name != _NAME:
        raise MCPError(types.INVALID_PARAMS, f"there is no such prompt, only {_NAME}")
    if not 0 < len(question) <= LONGEST_QUESTION:
        raise MCPError(
            types.INVALID_PARAMS,
            f"question is missing, or has over {LONGEST_QUESTION:,} characters",
        )
    asked = types.TextContent(text=_ASKED.format(question=question))
    return types.GetPromptResult(
        description=_PROMPT.description, messages=[types.PromptMessage(role="user", content=asked)]
    )
