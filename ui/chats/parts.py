"""Paragraphs, articles and limits as JSON and back, and the plain values in them.

What reads a value raises TypeError or ValueError where it is none of its kind.
"""

from typing import Any, get_args

from index.article import Article, Paragraph, Piece, Span
from rag.answer import Verdict
from rag.filters import Filters

Json = dict[str, Any]

_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def paragraph_to_json(paragraph: Paragraph) -> Json:
    """A paragraph as JSON."""
    return {
        "id": paragraph.id,
        "article_id": paragraph.article_id,
        "ordinal": paragraph.ordinal,
        "text": paragraph.text,
        "span": [paragraph.span.start, paragraph.span.end],
        "pieces": [[one.text_start, one.raw_start, one.length] for one in paragraph.pieces],
        "page": paragraph.page,
        "heading": paragraph.heading,
        "context": paragraph.context,
    }


def paragraph_from_json(fields: Json) -> Paragraph:
    """The paragraph that `paragraph_to_json` wrote."""
    return Paragraph(
        text(fields["id"]),
        text(fields["article_id"]),
        count(fields["ordinal"]),
        text(fields["text"]),
        Span(*map(count, fields["span"])),
        tuple(Piece(*map(count, piece)) for piece in fields["pieces"]),
        maybe_count(fields["page"]),
        maybe_text(fields["heading"]),
        maybe_text(fields["context"]),
    )


def article_to_json(article: Article) -> Json:
    """An article as JSON, without its raw text and the places in it."""
    return {
        "id": article.id,
        "source": article.source,
        "title": article.title,
        "date": article.date,
        "section": article.section,
        "authors": list(article.authors),
        "lines_are_paragraphs": article.lines_are_paragraphs,
        "page_starts": list(article.page_starts),
        "date_precision": article.date_precision,
        "kicker": article.kicker,
        "subtitle": article.subtitle,
        "place": article.place,
        "page": article.page,
        "continued_on": article.continued_on,
        "continued_from": article.continued_from,
        "untitled": article.untitled,
        "continues": article.continues,
        "continued_by": article.continued_by,
    }


def article_from_json(fields: Json) -> Article:
    """The article that `article_to_json` wrote; its raw text is empty."""
    return Article(
        id=text(fields["id"]),
        source=text(fields["source"]),
        title=text(fields["title"]),
        raw="",
        body=Span(0, 0),
        date=maybe_text(fields["date"]),
        section=maybe_text(fields["section"]),
        authors=texts(fields["authors"]),
        lines_are_paragraphs=flag(fields["lines_are_paragraphs"]),
        page_starts=tuple(map(count, fields["page_starts"])),
        date_precision=maybe_text(fields["date_precision"]),
        kicker=text(fields["kicker"]),
        subtitle=text(fields["subtitle"]),
        place=maybe_text(fields["place"]),
        page=maybe_count(fields["page"]),
        continued_on=maybe_count(fields["continued_on"]),
        continued_from=maybe_count(fields["continued_from"]),
        untitled=flag(fields["untitled"]),
        continues=maybe_text(fields["continues"]),
        continued_by=maybe_text(fields["continued_by"]),
    )


def filters_to_json(filters: Filters) -> Json:
    """Limits of a question as JSON."""
    return {
        "since": filters.since,
        "until": filters.until,
        "sources": list(filters.sources),
        "articles": list(filters.articles),
    }


def filters_from_json(fields: Json) -> Filters:
    """The limits that `filters_to_json` wrote."""
    return Filters(
        maybe_text(fields["since"]),
        maybe_text(fields["until"]),
        texts(fields["sources"]),
        texts(fields["articles"]),
    )


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def texts(values: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(values, list):
        raise TypeError("not a list")
    return tuple(map(text, values))


def maybe_text(value: object) -> str | None:
    """A text or nothing."""
    return None if value is None else text(value)


def count(value: object) -> int:
    """A number that counts something: no part, and not below 0."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    if value < 0:
        raise ValueError("a count below 0")
    return value


def maybe_count(value: object) -> int | None:
    """A count or nothing."""
    return None if value is None else count(value)


def verdict(value: object) -> Verdict:
    """A verdict of the support check."""
    found = next((one for one in _VERDICTS if one == value), None)
    if found is None:
        raise ValueError("no verdict")
    return found


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value
