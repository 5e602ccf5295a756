"""The panel of sources: each paragraph found, and the words of it that are cited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from index.article import Article, Paragraph, Span
from rag.answer import Hit, Sentence
from ui.conversation import Exchange
from ui.days import day
from ui.inert import inert, inert_words, lang
from ui.texts import Texts


@dataclass(frozen=True)
class Quoted:
    """Words of a paragraph that sentence number `order` of the answer is cited for."""

    order: int
    span: Span


@dataclass(frozen=True)
class Source:
    """A hit, its number in the answer, and the words of it that are cited."""

    number: int
    hit: Hit
    quotes: tuple[Quoted, ...] = ()


def sources_of(exchange: Exchange) -> tuple[Source, ...]:
    """What was found for a question, with what the answer so far cites of it."""
    quotes = quotes_of(_sentences(exchange))
    hits = enumerate(exchange.hits, 1)
    return tuple(Source(number, hit, tuple(quotes.get(number, ()))) for number, hit in hits)


def quotes_of(sentences: Sequence[Sentence]) -> dict[int, list[Quoted]]:
    """What the sentences cite, by the number of the source."""
    quotes: dict[int, list[Quoted]] = {}
    for order, sentence in enumerate(sentences, 1):
        for citation in sentence.citations:
            quotes.setdefault(citation.number, []).append(Quoted(order, citation.quote))
    return quotes


def render_sources(exchange: Exchange, texts: Texts) -> str:
    """The sources of one question; once finished, paragraphs not cited are folded away."""
    sources, turn = sources_of(exchange), exchange.number
    cited = [source for source in sources if source.quotes]
    finished = exchange.answer is not None
    if finished and cited:
        others = [source for source in sources if not source.quotes]
        cards = _cards(cited, turn, texts) + _folded(others, turn, texts)
    else:
        cards = _cards(sources, turn, texts)
    heading = texts.nearest if finished and not cited else texts.sources
    return (
        f'<section class="turn" id="turn-{turn}"><h2>{inert(heading)}</h2>'
        f'<p class="asked" lang="{lang(exchange.question)}">'
        f"{inert_words(exchange.question)}</p>{cards}</section>"
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


def _sentences(exchange: Exchange) -> list[Sentence]:
    """The sentences so far, and behind them what several articles report."""
    if exchange.answer is None:
        return [item.sentence for item in exchange.placed]
    reported = [
        Sentence(report.citation.quote_text, (report.citation,), "supported")
        for report in exchange.answer.reported
    ]
    return [*exchange.answer.sentences, *reported]


def _cards(sources: Sequence[Source], turn: int, texts: Texts) -> str:
    return "".join(_card(source, turn, texts) for source in sources)


def _card(source: Source, turn: int, texts: Texts) -> str:
    paragraph, article = source.hit.paragraph, source.hit.article
    classes = "source cited" if source.quotes else "source"
    return (
        f'<article class="{classes}" id="src-{turn}-{source.number}" tabindex="-1">'
        f'<header><span class="number">{source.number}</span>'
        f'<h3 lang="{lang(article.title)}">{inert_words(article.title)}</h3>'
        f'<p class="facts">{_facts(article, paragraph, texts)}</p>'
        f"{_also(source.hit, texts)}</header>"
        f'<p class="text" lang="{lang(paragraph.text)}">{mark(paragraph.text, source.quotes)}</p>'
        f'<a class="open" href="{_place(source)}">{inert(texts.in_article)}</a></article>'
    )


def _place(source: Source) -> str:
    """The paragraph in its article, with the words quoted, as the page takes them apart again."""
    paragraph = source.hit.paragraph
    quotes = [("quote", f"{q.order}:{q.span.start}-{q.span.end}") for q in source.quotes]
    asked: Mapping[str, str] = {"article": paragraph.article_id, "at": paragraph.id}
    return inert_words(f"#read?{urlencode([*asked.items(), *quotes])}")


def _facts(article: Article, paragraph: Paragraph, texts: Texts) -> str:
    """Date, section, authors, file and page: where a reader finds the printed words."""
    when = day(article.date, texts)
    number = paragraph.page if paragraph.page is not None else article.page
    page = "" if number is None else texts.page.format(page=number)
    authors = "、".join(article.authors) if texts.code != "en" else ", ".join(article.authors)
    words = (article.section or "", authors, article.source, page)
    time = f"<time>{inert_words(when)}</time>" if when else ""
    return " · ".join(part for part in (time, *map(_apart, words)) if part)


def _apart(words: str) -> str:
    """Foreign words whose direction of writing does not reach ours."""
    return f"<bdi>{inert_words(words)}</bdi>" if words else ""


def _also(hit: Hit, texts: Texts) -> str:
    """Where else the same words are printed."""
    if not hit.also_in:
        return ""
    places = []
    for printing in hit.also_in:
        article = printing.article
        facts = (article.title, day(article.date, texts), article.source)
        places.append(" · ".join(filter(None, facts)))
    words = texts.also.format(places="; ".join(places))
    return f'<p class="facts also">{inert_words(words)}</p>'


def _folded(others: Sequence[Source], turn: int, texts: Texts) -> str:
    if not others:
        return ""
    summary = inert(texts.others.format(count=len(others)))
    cards = _cards(others, turn, texts)
    return f'<details class="others"><summary>{summary}</summary>{cards}</details>'
