"""GET /articles, /articles/{id} and /paragraphs/{id}: what the store holds."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from index.article import Article, Paragraph, Span, printed_places
from index.columns import day_number, day_range
from index.generation import Generation
from rag.filters import Filters, named
from rag.per_generation import PerGeneration
from rag.serve.errors import ApiError
from rag.serve.schemas import (
    MOST_NAMES,
    ArticleList,
    ArticleResponse,
    Date,
    ParagraphResponse,
    errors,
)
from rag.serve.service import Service

_PAGE, _LONGEST_PAGE = 50, 200  # articles
_LONGEST_CURSOR = 9000  # characters

_Place = tuple[str, int]  # source name of the file, place in the file

_PATH = Path(description="May hold slashes.")
_Limit = Annotated[int, Query(ge=1, le=_LONGEST_PAGE, description="Articles, at most.")]
_Cursor = Annotated[
    str | None,
    Query(
        max_length=_LONGEST_CURSOR,
        pattern=r"^[0-9]{1,12}\.([0-9a-f]{2})*$",
        description="`next` of the page before, as it was given.",
    ),
]
_Sources = Annotated[
    list[str],
    Query(max_length=MOST_NAMES, description="Only these files, folders or patterns."),
]


def routes(service: Service) -> APIRouter:
    """The three routes."""
    router = APIRouter(tags=["articles"])
    listings = PerGeneration(_list)

    @router.get(
        "/articles",
        operation_id="list_articles",
        summary="The articles of the store, page by page",
        response_model=ArticleList,
        responses=errors(422, 503),
    )
    def articles(
        limit: _Limit = _PAGE,
        cursor: _Cursor = None,
        since: Date | None = None,
        until: Date | None = None,
        source: _Sources = [],  # noqa: B006 - FastAPI takes a copy
    ) -> JSONResponse:
        """In the order of their files; give the same limits with every cursor."""
        generation = service.generation()
        after = _read(cursor) if cursor else None
        filters = Filters(since, until, tuple(source))
        ids, last = listings.of(generation).page(after, limit, filters, generation.sources)
        found = generation.articles_named(ids)
        return JSONResponse(
            {"articles": [_listed(found[id_]) for id_ in ids], "next": last and _cursor(last)}
        )

    @router.get(
        "/articles/{id:path}",
        operation_id="get_article",
        summary="An article with its paragraphs",
        response_model=ArticleResponse,
        responses=errors(404, 422, 503),
    )
    def article(id: Annotated[str, _PATH]) -> JSONResponse:  # noqa: A002
        """By its id, as hits and citations give it."""
        generation = service.generation()
        found = generation.article(id)
        if found is None:
            raise ApiError(404, "article_not_found", "there is no article with this id", "id")
        paragraphs = generation.article_paragraphs(id)
        return JSONResponse({**_listed(found), "paragraphs": [_told(one) for one in paragraphs]})

    @router.get(
        "/paragraphs/{id:path}",
        operation_id="get_paragraph",
        summary="A paragraph and its article",
        response_model=ParagraphResponse,
        responses=errors(404, 422, 503),
    )
    def paragraph(id: Annotated[str, _PATH]) -> JSONResponse:  # noqa: A002
        """By its id, as hits and citations give it."""
        generation = service.generation()
        found = generation.paragraph(id)
        of = generation.article(found.article_id) if found is not None else None
        if found is None or of is None:
            raise ApiError(404, "paragraph_not_found", "there is no paragraph with this id", "id")
        return JSONResponse({**_told(found), "article": _listed(of)})

    return router


@dataclass(frozen=True)
class _Listing:
    """All articles of a generation, in order: what a page is chosen by, and no more."""

    places: list[_Place]
    ids: list[str]
    days: list[int]
    sources: list[str]

    def page(
        self, after: _Place | None, size: int, filters: Filters, known: tuple[str, ...]
    ) -> tuple[list[str], _Place | None]:
        """Ids of the next articles that pass, and the last one's place if more follow."""
        start = bisect_right(self.places, after) if after else 0
        found: list[int] = []
        for number in self._passing(start, filters, known):
            if len(found) == size:
                return [self.ids[n] for n in found], self.places[found[-1]]
            found.append(number)
        return [self.ids[n] for n in found], None

    def _passing(self, start: int, filters: Filters, known: tuple[str, ...]) -> Iterator[int]:
        sources = set(named(filters.sources, known)) if filters.sources else None
        # Without limits of date those pass, too, that have none.
        limited = filters.since or filters.until
        first, last = day_range(filters.since, filters.until)
        for number in range(start, len(self.ids)):
            if (sources is None or self.sources[number] in sources) and (
                not limited or first <= self.days[number] <= last
            ):
                yield number


def _list(generation: Generation) -> _Listing:
    listing = _Listing([], [], [], [])
    names: dict[str, str] = {}  # the same name is kept once
    for placed in generation.placed(texts=False):
        file, place, _ = placed.place
        listing.places.append((names.setdefault(file, file), place))
        listing.ids.append(placed.article.id)
        listing.days.append(day_number(placed.article.date))
        source = placed.article.source
        listing.sources.append(names.setdefault(source, source))
    return listing


def _cursor(place: _Place) -> str:
    """The place of the last article that was given: it means something in any generation."""
    file, number = place
    return f"{number}.{file.encode('utf-8', 'surrogatepass').hex()}"


def _read(cursor: str) -> _Place:
    """The place that a cursor of its form stands for; there need be nothing there."""
    number, _, file = cursor.partition(".")
    return bytes.fromhex(file).decode("utf-8", "replace"), int(number)


def _listed(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "date": article.date,
        "source": article.source,
        "section": article.section,
        "authors": list(article.authors),
    }


def _told(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "id": paragraph.id,
        "text": paragraph.text,
        "span": _span(paragraph.span),
        "spans": [_span(place) for place in printed_places(paragraph.pieces)],
        "page": paragraph.page,
        "heading": paragraph.heading,
    }


def _span(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}
