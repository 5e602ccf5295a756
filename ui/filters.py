"""The limits that a reader set on the page: which articles may answer."""

from rag.filters import Filters
from ui.days import day
from ui.texts import Texts


def told(filters: Filters, texts: Texts) -> str:
    """The limits as a reader would give them, on one line; "" where nothing is limited."""
    parts = []
    if filters.since or filters.until:
        since, until = day(filters.since, texts) or "…", day(filters.until, texts) or "…"
        parts.append(f"{since} – {until}")
    parts.extend(filters.sources)
    if filters.articles:
        parts.append(texts.only_articles.format(count=len(filters.articles)))
    return texts.limited.format(limits=" · ".join(parts)) if parts else ""
