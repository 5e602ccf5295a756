"""The page as printed: the file as it was read, line for line, with the quoted words marked.

The article's own paragraphs are told apart from whatever else stands on the page. All offsets
count characters (code points) of `Article.raw`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby

from index.article import Article, Paragraph, Piece, Span, clip
from ui.inert import inert, inert_words
from ui.reading.article import render_head
from ui.reading.marks import Quotes, quoted_ids, united
from ui.texts import Texts
from ui.texts.reading import READING, ReadingTexts

WHOLE = 8_000  # characters of a file that is shown at once
_WINDOW = 6_000  # … of a longer one, about
_BEFORE = 2_000  # … of them before the place to scroll to
_MOST = 200_000  # … that are shown at all: a browser has to lay them out
_LINE = 400  # a window begins and ends at line ends, unless they are farther away than this
_GAP = 40  # characters without a word between two runs of one place, at most

_State = tuple[int, int, int]  # page, paragraph and quotation that a character is part of; 0: none


def render_printed(
    article: Article,
    paragraphs: Sequence[Paragraph],
    *,
    at: str | None,
    quotes: Quotes,
    texts: Texts,
    window: Span | None = None,
) -> str:
    """The file as HTML; see `ui.reading.article.render_article`, but `window` counts characters."""
    own = READING[texts.code]
    marks = _marks(article.raw, paragraphs, quotes)
    shown = _shown(article, _place(article, paragraphs, at, marks), window)
    legend = f'<p class="facts">{inert(own.own)}</p>' if paragraphs else ""
    return (
        f'<article class="whole" data-article="{inert_words(article.id)}" data-view="printed" '
        f'data-quoted="{inert_words(quoted_ids([p.id for p in paragraphs], quotes))}">'
        f"{render_head(article, texts)}{legend}"
        f"{_more('before', shown, len(article.raw), own)}"
        f'<div class="printed">{_page(article, paragraphs, marks, shown, own)}</div>'
        f"{_more('after', shown, len(article.raw), own)}</article>"
    )


def places(raw: str, pieces: Sequence[Piece]) -> tuple[Span, ...]:
    """Where pieces stand in the file; lines that follow one another are one place.

    Unlike `index.article.printed_places` nothing of another column that is printed between them
    is taken in.
    """
    found: list[Span] = []
    for piece in pieces:
        span = Span(piece.raw_start, piece.raw_start + piece.length)
        if found and _bare(raw, found[-1].end, span.start):
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return tuple(found)


def _bare(raw: str, start: int, end: int) -> bool:
    """Whether only line ends, hyphens and the like stand between two offsets."""
    return 0 <= end - start <= _GAP and not any(map(str.isalnum, raw[start:end]))


def _marks(
    raw: str, paragraphs: Sequence[Paragraph], quotes: Quotes
) -> list[tuple[str, tuple[Span, ...]]]:
    """Where each quotation is printed, with the id of its paragraph."""
    return [
        (paragraph.id, _printed(raw, paragraph, quote))
        for paragraph in paragraphs
        for quote in united(quotes.get(paragraph.id, ()), len(paragraph.text))
    ]


def _printed(raw: str, paragraph: Paragraph, quote: Span) -> tuple[Span, ...]:
    inside = list(clip(paragraph.pieces, quote))
    return places(raw, inside) if inside else paragraph.raw_spans(quote)


def _place(
    article: Article,
    paragraphs: Sequence[Paragraph],
    at: str | None,
    marks: Sequence[tuple[str, tuple[Span, ...]]],
) -> int:
    """The offset that a reader wants to see."""
    quoted = [spans[0].start for key, spans in marks if key == at]
    if quoted:
        return quoted[0]
    here = [paragraph for paragraph in paragraphs if paragraph.id == at] or list(paragraphs)
    pieces = here[0].pieces if here else ()
    return pieces[0].raw_start if pieces else article.body.start


def _shown(article: Article, place: int, window: Span | None) -> Span:
    raw = article.raw
    if window is not None and window.start < len(raw):
        return Span(window.start, min(window.end, len(raw), window.start + _MOST))
    if len(raw) <= WHOLE:
        return Span(0, len(raw))
    start = max(0, min(place - _BEFORE, len(raw) - _WINDOW))
    return Span(_line_start(raw, start), _line_end(raw, min(len(raw), start + _WINDOW)))


def _line_start(raw: str, at: int) -> int:
    found = raw.rfind("\n", max(0, at - _LINE), at)
    return found + 1 if found >= 0 else at


def _line_end(raw: str, at: int) -> int:
    found = raw.find("\n", at, at + _LINE)
    return found + 1 if found >= 0 else at


def _page(
    article: Article,
    paragraphs: Sequence[Paragraph],
    marks: Sequence[tuple[str, tuple[Span, ...]]],
    shown: Span,
    own: ReadingTexts,
) -> str:
    states = _states(article, paragraphs, marks, shown)
    parts, at, page = [], shown.start, 0
    for state, run in groupby(states):
        end = at + sum(1 for _ in run)
        if state[0] != page:
            page = state[0]
            parts.append(f'<p class="page-start">{inert(own.leaf.format(page=page))}</p>')
        parts.append(_run(article.raw[at:end], state, paragraphs))
        at = end
    return "".join(parts)


def _states(
    article: Article,
    paragraphs: Sequence[Paragraph],
    marks: Sequence[tuple[str, tuple[Span, ...]]],
    shown: Span,
) -> list[_State]:
    """What each character that is shown is part of."""
    owner, quotation = [0] * len(shown), [0] * len(shown)
    for number, paragraph in enumerate(paragraphs, 1):
        _paint(owner, places(article.raw, paragraph.pieces), number, shown)
    for number, (_, spans) in enumerate(marks, 1):
        _paint(quotation, spans, number, shown)
    states = list(zip(_pages(article, shown), owner, quotation, strict=True))
    for before, (first, second) in enumerate(_pairs(shown.cut(article.raw))):
        if first + second == "\r\n":  # one line end, not to be torn in two
            states[before + 1] = states[before]
    return states


def _paint(canvas: list[int], spans: Sequence[Span], number: int, shown: Span) -> None:
    for span in spans:
        start, end = max(span.start, shown.start), min(span.end, shown.end)
        if start < end:
            canvas[start - shown.start : end - shown.start] = [number] * (end - start)


def _pages(article: Article, shown: Span) -> Iterator[int]:
    """The number of the page that each character is on; 0 in files without pages."""
    starts = article.page_starts
    return (bisect_right(starts, at) if starts else 0 for at in range(shown.start, shown.end))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    return zip(text, text[1:], strict=False)


def _run(text: str, state: _State, paragraphs: Sequence[Paragraph]) -> str:
    """Characters that are all part of the same."""
    _, owner, quotation = state
    words = f"<mark>{inert(text)}</mark>" if quotation else inert(text)
    if not owner:
        return words
    key = inert_words(paragraphs[owner - 1].id)
    return f'<span class="own" data-paragraph="{key}">{words}</span>'


def _more(side: str, shown: Span, length: int, own: ReadingTexts) -> str:
    """A button for what is not shown on one side."""
    if side == "before":
        left, words = shown.start, own.earlier
        window = Span(max(0, shown.start - _WINDOW), shown.end)
    else:
        left, words = length - shown.end, own.later
        window = Span(shown.start, min(length, shown.end + _WINDOW))
    if not left:
        return ""
    return (
        f'<button type="button" class="button more" data-more="{side}" '
        f'data-window="{window.start}-{window.end}">{inert(words)}</button>'
    )
