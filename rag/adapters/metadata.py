"""What every adapter tells of a hit: plain values that any library can keep, and JSON can hold."""

from typing import Any

from index.article import Span, printed_places
from rag.answer import Hit


def metadata(hit: Hit) -> dict[str, Any]:
    """Where a hit stands and how well it fits, as JSON values.

    "span" is where the paragraph stands in the file as read, "spans" are all places there at which
    it is printed, in reading order; "also_in" (where there are any) other paragraphs that say the
    same, as in `Hit.to_json`.
    """
    fields = hit.to_json()
    del fields["text"]
    article, paragraph = hit.article, hit.paragraph
    return {
        **fields,
        "score": hit.score,
        "spans": [_json(span) for span in printed_places(paragraph.pieces)],
        "section": article.section,
        "authors": list(article.authors),
        "page": paragraph.page,
        "heading": paragraph.heading,
    }


def _json(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}
