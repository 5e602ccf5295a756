"""An article whole: what stands over it, its headings, all paragraphs, quoted words marked."""

from collections.abc import Iterator, Sequence

from index.article import Article, Paragraph, Span
from ui.days import day
from ui.inert import inert, inert_words, lang
from ui.reading.marks import Quotes, marked, quoted_ids
from ui.texts import Texts
from ui.texts.reading import READING, ReadingTexts

SHORT = 80  # paragraphs that are shown at once
_BEFORE = 20  # … of them before the one to scroll to
_MORE = 1000  # paragraphs that a press of a button adds, at most


def render_article(
    article: Article,
    paragraphs: Sequence[Paragraph],
    *,
    at: str | None,
    quotes: Quotes,
    texts: Texts,
    window: Span | None = None,
) -> str:
    """The article as HTML.

    Args:
        article: what it is.
        paragraphs: all of them, in reading order.
        at: id of the paragraph to scroll to.
        quotes: what is quoted of its paragraphs; other ones are ignored.
        texts: of the reader's language.
        window: which paragraphs are shown, counted from 0; unless given all, or of a long article
            those around `at`.
    """
    own = READING[texts.code]
    shown = _shown(paragraphs, at, window)
    return (
        f'<article class="whole" data-article="{inert_words(article.id)}" data-view="text" '
        f'data-quoted="{inert_words(quoted_ids([p.id for p in paragraphs], quotes))}">'
        f"{render_head(article, texts)}"
        f"{_more('before', shown.start, Span(max(0, shown.start - _MORE), shown.end), own)}"
        f"{''.join(_flow(paragraphs, shown, at, quotes, own))}"
        f"{_after(shown, len(paragraphs), own)}"
        f"{_tie(article.continued_by, article.continued_on, own.goes_on, own.goes_on_page)}"
        "</article>"
    )


def render_head(article: Article, texts: Texts) -> str:
    """Title and all that is printed around it, and where the words come from."""
    own = READING[texts.code]
    classes = ' class="untitled"' if article.untitled else ""
    authors = own.byline.format(authors=own.between.join(article.authors))
    return (
        f"<header>{_line('kicker', article.kicker)}"
        f'<h2{classes} lang="{lang(article.title)}">{inert_words(article.title)}</h2>'
        f"{_line('subtitle', article.subtitle)}"
        f"{_line('byline', authors) if article.authors else ''}"
        f'<p class="facts">{_facts(article, texts)}</p>'
        f"{_tie(article.continues, article.continued_from, own.continues, own.continues_page)}"
        "</header>"
    )


def _facts(article: Article, texts: Texts) -> str:
    """Date, section, place, page and file."""
    own = READING[texts.code]
    date = day(article.date, texts)
    form = {"issue": own.of_issue, "year of issue": own.year_of_issue}.get(
        article.date_precision or "", "{date}"
    )
    time = f"<time>{inert_words(form.format(date=date))}</time>" if date else ""
    page = "" if article.page is None else own.sheet.format(page=article.page)
    words = (article.section or "", article.place or "", page, article.source)
    return " · ".join(part for part in (time, *map(inert_words, words)) if part)


def _line(name: str, words: str) -> str:
    return f'<p class="{name}" lang="{lang(words)}">{inert_words(words)}</p>' if words else ""


def _tie(other: str | None, page: int | None, words: str, words_page: str) -> str:
    """Where the article comes from, or goes on: a button if that part is among the articles."""
    text = inert(words if page is None else words_page.format(page=page))
    if other is not None:
        return (
            f'<p class="tie"><button type="button" class="button" '
            f'data-reads="{inert_words(other)}">{text}</button></p>'
        )
    return f'<p class="tie facts">{text}</p>' if page is not None else ""


def _shown(paragraphs: Sequence[Paragraph], at: str | None, window: Span | None) -> Span:
    count = len(paragraphs)
    if window is not None and window.start < count:
        return Span(window.start, min(window.end, count))
    if count <= SHORT:
        return Span(0, count)
    place = next((i for i, paragraph in enumerate(paragraphs) if paragraph.id == at), 0)
    start = max(0, min(place - _BEFORE, count - SHORT))
    return Span(start, start + SHORT)


def _flow(
    paragraphs: Sequence[Paragraph],
    shown: Span,
    at: str | None,
    quotes: Quotes,
    own: ReadingTexts,
) -> Iterator[str]:
    heading: str | None = None
    page = paragraphs[shown.start].page if len(shown) else None
    for paragraph in paragraphs[shown.start : shown.end]:
        if paragraph.page is not None and paragraph.page != page:
            page = paragraph.page
            yield f'<p class="page-turn">{inert(own.leaf.format(page=page))}</p>'
        if paragraph.heading and paragraph.heading != heading:
            words = paragraph.heading
            yield f'<h3 lang="{lang(words)}">{inert_words(words)}</h3>'
        heading = paragraph.heading
        yield _paragraph(paragraph, at, quotes.get(paragraph.id, ()))


def _paragraph(paragraph: Paragraph, at: str | None, spans: Sequence[Span]) -> str:
    key = inert_words(paragraph.id)
    names = [name for name, so in (("cited", spans), ("at", paragraph.id == at)) if so]
    classes = f' class="{" ".join(names)}"' if names else ""
    return (
        f'<p id="par-{key}" data-paragraph="{key}"{classes} lang="{lang(paragraph.text)}">'
        f"{marked(paragraph.text, spans)}</p>"
    )


def _after(shown: Span, count: int, own: ReadingTexts) -> str:
    wider = Span(shown.start, min(count, shown.end + _MORE))
    return _more("after", count - shown.end, wider, own)


def _more(side: str, count: int, window: Span, own: ReadingTexts) -> str:
    """A button for the paragraphs that are not shown on one side."""
    if not count:
        return ""
    words = (own.before if side == "before" else own.after).format(count=count)
    return (
        f'<button type="button" class="button more" data-more="{side}" '
        f'data-window="{window.start}-{window.end}">{inert(words)}</button>'
    )
