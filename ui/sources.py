"""The panel of sources: each paragraph found, the words that are cited, what stands around it."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.article import Article, Paragraph, Span
from rag.answer import Hit, Sentence
from ui.inert import inert, inert_words, lang
from ui.texts import EN, Texts

AROUND = 3  # paragraphs shown on each side of a found one


class Paragraphs(Protocol):
    """Where the paragraphs of an article come from (an `index.generation.Generation`)."""

    def article_paragraphs(self, article_id: str) -> list[Paragraph]:
        """All paragraphs of an article, in reading order."""
        ...


@dataclass(frozen=True)
class Source:
    """A hit, its number in the answer, and its neighbours in the article."""

    number: int
    hit: Hit
    before: tuple[Paragraph, ...] = ()
    after: tuple[Paragraph, ...] = ()


@dataclass(frozen=True)
class Quoted:
    """Words of a paragraph that sentence number `order` of the answer is cited for."""

    order: int
    span: Span


def with_neighbours(hits: Sequence[Hit], paragraphs: Paragraphs) -> tuple[Source, ...]:
    """The hits as numbered sources, with the paragraphs around each."""
    articles = {
        key: paragraphs.article_paragraphs(key)
        for key in dict.fromkeys(hit.article.id for hit in hits)
    }
    return tuple(_source(n, hit, articles[hit.article.id]) for n, hit in enumerate(hits, 1))


def _source(number: int, hit: Hit, article: Sequence[Paragraph]) -> Source:
    place = next((i for i, p in enumerate(article) if p.id == hit.paragraph.id), None)
    if place is None:  # the store was published anew meanwhile
        return Source(number, hit)
    before = article[max(0, place - AROUND) : place]
    return Source(number, hit, tuple(before), tuple(article[place + 1 : place + 1 + AROUND]))


def quotes_of(sentences: Sequence[Sentence]) -> dict[int, list[Quoted]]:
    """What the sentences cite, by the number of the source."""
    quotes: dict[int, list[Quoted]] = {}
    for order, sentence in enumerate(sentences, 1):
        for citation in sentence.citations:
            quotes.setdefault(citation.number, []).append(Quoted(order, citation.quote))
    return quotes


def render_sources(
    sources: Sequence[Source],
    sentences: Sequence[Sentence],
    *,
    turn: int,
    question: str,
    texts: Texts,
    finished: bool = False,
) -> str:
    """One turn's part of the panel; once finished, paragraphs not cited are folded away."""
    quotes = quotes_of(sentences)
    cited = [source for source in sources if source.number in quotes]
    if finished and cited:
        others = [source for source in sources if source.number not in quotes]
        cards = _cards(cited, quotes, turn, texts) + _folded(others, turn, texts)
    else:
        cards = _cards(sources, quotes, turn, texts)
    heading = texts.nearest if finished and not cited else texts.sources
    return (
        f'<section class="turn" id="turn-{turn}"><h2>{inert(heading)}</h2>'
        f'<p class="asked" lang="{lang(question)}">{inert_words(question)}</p>{cards}</section>'
    )


def mark(text: str, quotes: Sequence[Quoted]) -> str:
    """A paragraph as HTML, its quoted words in `<mark>`; overlapping quotations are split.

    Their classes have the numbers of the sentences that they are cited for.
    """
    cuts = {0, len(text)}
    for quoted in quotes:
        cuts |= {min(quoted.span.start, len(text)), min(quoted.span.end, len(text))}
    edges = sorted(cuts)
    parts = []
    for start, end in zip(edges, edges[1:], strict=False):
        orders = {q.order for q in quotes if q.span.start <= start and end <= q.span.end}
        words = inert(text[start:end])
        if orders:
            classes = " ".join(f"s{order}" for order in sorted(orders))
            words = f'<mark class="{classes}">{words}</mark>'
        parts.append(words)
    return "".join(parts)


def _cards(
    sources: Sequence[Source], quotes: dict[int, list[Quoted]], turn: int, texts: Texts
) -> str:
    return "".join(_card(s, quotes.get(s.number, ()), turn, texts) for s in sources)


def _card(source: Source, quotes: Sequence[Quoted], turn: int, texts: Texts) -> str:
    paragraph, article = source.hit.paragraph, source.hit.article
    classes = "source cited" if quotes else "source"
    return (
        f'<article class="{classes}" id="src-{turn}-{source.number}" tabindex="-1">'
        f'<header><span class="number">{source.number}</span>'
        f'<h3 lang="{lang(article.title)}">{inert_words(article.title)}</h3>'
        f'<p class="facts">{_facts(article, paragraph, texts)}</p>'
        f"{_also(source.hit, texts)}</header>"
        f'<p class="text" lang="{lang(paragraph.text)}">{mark(paragraph.text, quotes)}</p>'
        f"{_around(source, quotes, texts)}"
        f'<button type="button" class="back">{inert(texts.back)}</button></article>'
    )


def _facts(article: Article, paragraph: Paragraph, texts: Texts) -> str:
    """Date, section, file and page: where a reader finds the printed words."""
    date = f"<time>{inert_words(_day(article.date, texts))}</time>" if article.date else ""
    page = "" if paragraph.page is None else texts.page.format(page=paragraph.page)
    words = (article.section or "", article.source, page)
    return " · ".join(part for part in (date, *map(inert_words, words)) if part)


def _also(hit: Hit, texts: Texts) -> str:
    """Where else the same words are printed."""
    if not hit.also_in:
        return ""
    places = []
    for printing in hit.also_in:
        article = printing.article
        date = f" · {_day(article.date, texts)}" if article.date else ""
        places.append(f"{article.title}{date} · {article.source}")
    words = texts.also.format(places="; ".join(places))
    return f'<p class="facts also">{inert_words(words)}</p>'


def _day(date: str, texts: Texts) -> str:
    """A date; of one without a year (XXXX-04-14) the month and the day."""
    if not date.startswith("XXXX-"):
        return date
    month, day = (int(part) for part in date.split("-")[1:])
    name = calendar.month_name[month] if texts is EN else month
    return texts.day.format(month=name, day=day)


def _around(source: Source, quotes: Sequence[Quoted], texts: Texts) -> str:
    """The paragraph in its place; while this is open, the page hides the one above."""
    if not source.before and not source.after:
        return ""
    here = source.hit.paragraph
    parts, heading = [], None
    for paragraph in (*source.before, here, *source.after):
        if paragraph.heading and paragraph.heading != heading:
            parts.append(f"<h4>{inert_words(paragraph.heading)}</h4>")
        heading = paragraph.heading
        place, words = "", inert(paragraph.text)
        if paragraph is here:
            place, words = ' class="here"', mark(paragraph.text, quotes)
        parts.append(f'<p{place} lang="{lang(paragraph.text)}">{words}</p>')
    return (
        f'<details class="around"><summary>{inert(texts.around)}</summary>'
        f"{''.join(parts)}</details>"
    )


def _folded(others: Sequence[Source], turn: int, texts: Texts) -> str:
    if not others:
        return ""
    summary = inert(texts.others.format(count=len(others)))
    cards = _cards(others, {}, turn, texts)
    return f'<details class="others"><summary>{summary}</summary>{cards}</details>'
