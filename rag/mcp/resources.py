"""Articles and paragraphs as resources, which a person can attach to a conversation."""

from collections.abc import Sequence
from urllib.parse import quote, unquote

import mcp_types as types
from mcp.shared.exceptions import MCPError

from index.article import Article, Paragraph
from index.generation import Generation
from rag.mcp.catalogue import Catalogue, CursorError, Entry
from rag.mcp.results import as_text, whole
from rag.mcp.shown import name
from rag.per_generation import PerGeneration

PAGE = 100  # articles listed at a time
_LONGEST_ARTICLE = 100_000  # characters
_LONGEST_URI = 4000  # characters
_COMPLETIONS = 20
_ARTICLES = "yinzheng://articles"
_PARAGRAPHS = "yinzheng://paragraphs"
_ARTICLE_TEMPLATE = f"{_ARTICLES}/{{id}}"
_TEXT, _JSON = "text/plain", "application/json"

TEMPLATES = [
    types.ResourceTemplate(
        name="article",
        title="An article",
        uri_template=_ARTICLE_TEMPLATE,
        description="The text of an article, its paragraphs with the ids that they are cited by.",
        mime_type=_TEXT,
    ),
    types.ResourceTemplate(
        name="paragraph",
        title="A paragraph",
        uri_template=f"{_PARAGRAPHS}/{{id}}",
        description="A paragraph, and which article it stands in.",
        mime_type=_TEXT,
    ),
    types.ResourceTemplate(
        name="more-articles",
        title="More articles",
        uri_template=f"{_ARTICLES}{{?cursor}}",
        description=f"The list of articles, {PAGE} at a time; each page names the next one.",
        mime_type=_JSON,
    ),
]
_LISTING = types.Resource(
    name="articles",
    title="All articles",
    uri=_ARTICLES,
    description=f"The list of articles, {PAGE} at a time: ids, titles, dates, sources.",
    mime_type=_JSON,
)


def listed(catalogue: Catalogue, cursor: str | None) -> types.ListResourcesResult:
    """A page of the list of resources: the listing itself, then every article.

    Raises:
        MCPError: the cursor is none of ours.
    """
    entries, after = _page(catalogue, cursor)
    articles = [
        types.Resource(
            name=whole(entry.title),
            title=whole(entry.title),
            uri=_uri(_ARTICLES, entry.id),
            description=whole(" · ".join(filter(None, (entry.date, name(entry.source))))),
            mime_type=_TEXT,
        )
        for entry in entries
    ]
    first = [_LISTING] if cursor is None else []
    return types.ListResourcesResult(resources=[*first, *articles], next_cursor=after)


def read(
    generation: Generation, catalogues: PerGeneration[Catalogue], uri: str
) -> types.ReadResourceResult:
    """What a URI stands for.

    Raises:
        MCPError: nothing; or its cursor is none of ours.
    """
    text, kind = _found(generation, catalogues, uri)
    contents = types.TextResourceContents(uri=uri, mime_type=kind, text=whole(text))
    return types.ReadResourceResult(contents=[contents])


def completed(
    catalogue: Catalogue, uri_template: str, argument: str, typed: str
) -> types.Completion:
    """Ids of the articles that somebody who begins to type an id or a title may mean."""
    if uri_template != _ARTICLE_TEMPLATE or argument != "id" or len(typed) > _LONGEST_URI:
        return types.Completion(values=[], total=0, has_more=False)
    meant = catalogue.meant(typed)
    values = [whole(entry.id) for entry in meant[:_COMPLETIONS]]
    return types.Completion(values=values, total=len(meant), has_more=len(meant) > len(values))


def _found(
    generation: Generation, catalogues: PerGeneration[Catalogue], uri: str
) -> tuple[str, str]:
    if len(uri) <= _LONGEST_URI:
        if uri == _ARTICLES:
            return _as_list(catalogues.of(generation), None), _JSON
        if uri.startswith(f"{_ARTICLES}?cursor="):
            cursor = unquote(uri.partition("=")[2])
            return _as_list(catalogues.of(generation), cursor), _JSON
        if article := generation.article(_id(uri, _ARTICLES)):
            return _as_text(article, generation.article_paragraphs(article.id)), _TEXT
        if paragraph := generation.paragraph(_id(uri, _PARAGRAPHS)):
            found = generation.article(paragraph.article_id)
            assert found is not None
            return _as_text(found, [paragraph]), _TEXT
    raise MCPError(types.INVALID_PARAMS, "there is no such resource; the list of resources has all")


def _id(uri: str, folder: str) -> str:
    """The id in a URI, decoded once; "" (which nothing has) if it stands for something else."""
    if not uri.startswith(f"{folder}/"):
        return ""
    try:
        found = unquote(uri.removeprefix(f"{folder}/"), errors="strict")
        found.encode()
    except UnicodeError:
        return ""
    return found


def _uri(folder: str, id: str) -> str:
    return f"{folder}/{quote(id, safe='', errors='replace')}"


def _page(catalogue: Catalogue, cursor: str | None) -> tuple[Sequence[Entry], str | None]:
    try:
        return catalogue.page(cursor, PAGE)
    except CursorError:
        raise MCPError(types.INVALID_PARAMS, "this cursor was not given out here") from None


def _as_list(catalogue: Catalogue, cursor: str | None) -> str:
    entries, after = _page(catalogue, cursor)
    fields = [
        {
            "id": entry.id,
            "title": entry.title,
            "date": entry.date,
            "source": entry.source,
            "uri": _uri(_ARTICLES, entry.id),
        }
        for entry in entries
    ]
    following = f"{_ARTICLES}?cursor={quote(after, safe='')}" if after else None
    return as_text({"articles": fields, "total": len(catalogue.entries), "next": following})


def _as_text(article: Article, paragraphs: Sequence[Paragraph]) -> str:
    """Title, date and source, then each paragraph on a line of its own behind its id.

    No paragraph has a line break here, so that none can pass its words off as another one.
    """
    id = f"article {name(article.id)}"
    told = " · ".join(filter(None, (article.date, name(article.source), id)))
    lines, length = [name(article.title), told], 0
    for number, paragraph in enumerate(paragraphs, 1):
        line = f"[{paragraph.id}] {' '.join(paragraph.text.split())}"
        length += len(line)
        if length > _LONGEST_ARTICLE and number > 1:
            lines.append(f"(cut here; get_article goes on with from_paragraph {number})")
            break
        lines.append(line[:_LONGEST_ARTICLE])
    return "\n\n".join(lines)
