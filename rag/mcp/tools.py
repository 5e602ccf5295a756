"""The tools: what each is for, and what it does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from rag.errors import QuestionError, YinzhengError
from rag.mcp import arguments, results, shown
from rag.mcp.answers import answered
from rag.mcp.asking import Progress, answer
from rag.mcp.faults import ToolFault, place_of, words_for
from rag.mcp.late import LateAssistant
from rag.retriever import Retriever

_CALLS = 64  # under way; more are refused

Context = ServerRequestContext[Any, Any]

log = logging.getLogger(__name__)

_SEARCH = """\
Find the paragraphs of the newspaper archive that best fit a question or a description, best \
first. Searches by meaning and by words, in and across languages. Use it before you say anything \
about what the articles report; search again with other words, or with limits of date or source, \
if the results do not answer. Each result has the id to cite it by, [id]. Results may be \
shortened: get_paragraph gives the rest, and what stands around it."""
_GET_PARAGRAPH = """\
Read one paragraph whole, and if wanted up to three before it and behind it. Use it to check the \
exact words before you quote them, and what they refer to."""
_GET_ARTICLE = """\
Read an article from its beginning or from any paragraph on. Long ones come in parts: go on with \
next_paragraph."""
_ASK = """\
Let the archive answer a question itself: each sentence of the answer cites the paragraph that \
proves it, with its exact words, and a verdict on whether these support it. It says so plainly \
when the articles do not answer. Slower than search, and for one question at a time; use search to \
explore."""


class Tools:
    """The tools over one store."""

    def __init__(self, retriever: Retriever, late: LateAssistant) -> None:
        self._retriever = retriever
        self._late = late
        self._under_way = 0
        every = [
            _Tool("search", "Search the archive", _SEARCH, arguments.Search, results.SearchResult,
                  self._search),
            _Tool("get_paragraph", "Read a paragraph", _GET_PARAGRAPH, arguments.GetParagraph,
                  results.ReadResult, self._paragraph),
            _Tool("get_article", "Read an article", _GET_ARTICLE, arguments.GetArticle,
                  results.ReadResult, self._article),
            _Tool("ask", "Ask the archive", _ASK, arguments.Ask, results.AskResult, self._ask),
        ]  # fmt: skip
        self._tools = {tool.name: tool for tool in every}

    def listed(self) -> list[types.Tool]:
        """What clients are told of them."""
        return [tool.listed() for tool in self._tools.values()]

    def schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema of a tool's arguments, if there is such a tool."""
        tool = self._tools.get(name)
        return arguments.schema(tool.arguments) if tool else None

    async def call(
        self, context: Context, name: str, given: Mapping[str, Any] | None
    ) -> types.CallToolResult:
        """What a tool returns; what went wrong is a result, too, so that a model can do better.

        Raises:
            MCPError: there is no such tool.
        """
        tool = self._tools.get(name)
        if tool is None:
            raise MCPError(
                types.INVALID_PARAMS, f"there is no such tool, only {', '.join(self._tools)}"
            )
        if self._under_way >= _CALLS:
            return _failed("too many calls are under way; try again in a few seconds")
        self._under_way += 1
        try:
            result = await tool.run(context, arguments.read(tool.arguments, given))
            fields = result.to_json()
        except (ToolFault, QuestionError) as error:
            return _failed(words_for(error))
        except YinzhengError as error:
            log.warning("the tool %s: %s", name, place_of(error))
            return _failed(words_for(error))
        except Exception as error:  # noqa: BLE001 - the outermost boundary: one call fails
            log.error("the tool %s failed: %s", name, place_of(error))
            return _failed("something went wrong in the server; its log says where")
        finally:
            self._under_way -= 1
        text = types.TextContent(text=results.as_text(fields))
        return types.CallToolResult(content=[text], structured_content=fields)

    async def _search(self, _: Context, asked: arguments.Search) -> results.SearchResult:
        hits = await self._retriever.asearch(
            asked.query,
            k=asked.k,
            since=asked.since or None,
            until=asked.until or None,
            sources=asked.sources,
            articles=asked.articles,
        )
        return shown.found(hits)

    async def _paragraph(self, _: Context, asked: arguments.GetParagraph) -> results.ReadResult:
        id = asked.id.strip().removeprefix("[").removesuffix("]")  # as it is cited

        def read() -> results.ReadResult:
            generation = self._retriever.store.current()
            return shown.paragraph(generation, id, asked.around)

        return await asyncio.to_thread(read)

    async def _article(self, _: Context, asked: arguments.GetArticle) -> results.ReadResult:
        def read() -> results.ReadResult:
            generation = self._retriever.store.current()
            return shown.article(generation, asked.id, asked.from_paragraph)

        return await asyncio.to_thread(read)

    async def _ask(self, context: Context, asked: arguments.Ask) -> results.AskResult:
        progress = Progress(context.session)
        return answered(await answer(self._late, asked, progress, asker=_asker(context)))


@dataclass(frozen=True)
class _Tool:
    name: str
    title: str
    description: str
    arguments: type[arguments.Arguments]
    result: type[results.Result]
    run: Callable[[Context, Any], Awaitable[results.Result]]

    def listed(self) -> types.Tool:
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=arguments.schema(self.arguments),
            output_schema=results.result_schema(self.result),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )


def _failed(why: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=why)], is_error=True)


def _asker(context: Context) -> str:
    """Whose turn it is: over HTTP the session, or the address of those who have none."""
    request = context.request
    if request is None:
        return "mcp"
    client = request.client.host if request.client else ""
    return str(request.headers.get("mcp-session-id", client))
