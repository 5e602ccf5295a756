"""Drafts of articles → a Page: repaired text, printed places, dates and names."""

import re
from collections.abc import Iterable, Sequence
from math import exp

from index.article import Piece
from index.newspaper.articles import Draft
from index.newspaper.borders import Group, Headline
from index.newspaper.datelines import Dateline, authors_of, end_mark, full_date, opening, resolve
from index.newspaper.ends import ends_open
from index.newspaper.flows import Paragraph
from index.newspaper.lines import Line
from index.newspaper.page import Join, Page, PageArticle, Part, Role
from index.newspaper.roles import page_number
from index.text import is_cjk

_UNTITLED = 0.6  # confidence in an article that begins without a headline
_DECIMAL = re.compile(r"\d[.,]$")
_LATIN_HYPHEN = re.compile(r"[^\W\d_]-$")
_SECTION = re.compile(
    r"版\s*[:：]?\s*([\u4e00-\u9fff·]{2,6})$|^([\u4e00-\u9fff·]{2,6})\s*第?\s*[\dA-D]"
)


def page_of(
    raw: str, drafts: Sequence[Draft], lost: Sequence[Group], others: Sequence[tuple[Line, Role]],
    issue: str | None,
) -> Page:  # fmt: skip
    """The page that drafts, lost headlines and other matter make."""
    mastheads = [line.shown for line, role in others if role is Role.MASTHEAD]
    issue = next((day for day in map(full_date, mastheads) if day), issue)
    hyphens: list[Part] = []
    articles = []
    for draft in drafts:
        articles.append(_article(draft, issue, mastheads, hyphens))
    rest = [*_lost(lost, hyphens), *_banners(drafts, hyphens), *_others(others, hyphens)]
    return Page(raw, tuple(articles), (*rest, *hyphens))


def part(role: Role, lines: Sequence[Line], joins: Sequence[float], hyphens: list[Part]) -> Part:
    """One part from its printed lines; a hyphen that broke a word goes to `hyphens`."""
    if len(lines) == 1 and lines[0].text == lines[0].printed:
        line = lines[0]
        return Part(role, line.text, (Piece(0, line.start, len(line.text)),))
    text = ""
    pieces: list[Piece] = []
    found: list[Join] = []
    for number, line in enumerate(lines):
        words = line.text if role is Role.BODY else line.shown
        if number:
            text, pieces = _close(text, pieces, words, hyphens)
            moved = line.start < lines[number - 1].end or line.row > lines[number - 1].row + 2
            found.append(Join(len(text), joins[number - 1], moved))
        if words == line.printed:
            pieces.append(Piece(len(text), line.start, len(words)))
        else:
            pieces += [Piece(len(text) + at, start, long) for at, start, long in line.runs(words)]
        text += words
    return Part(role, text, tuple(pieces), tuple(found))


def _close(
    text: str, pieces: list[Piece], words: str, hyphens: list[Part]
) -> tuple[str, list[Piece]]:
    """`text` made ready for the words of the next line: a space, nothing, or a hyphen less."""
    last, first = text[-1], words[0]
    if is_cjk(last) or is_cjk(first):
        return text, pieces
    if _LATIN_HYPHEN.search(text) and first.islower():
        end = pieces[-1]
        hyphens.append(Part(Role.HYPHEN, last, (Piece(0, end.raw_start + end.length - 1, 1),)))
        shorter = [Piece(end.text_start, end.raw_start, end.length - 1)] if end.length > 1 else []
        return text[:-1], pieces[:-1] + shorter
    if (
        first.isdigit()
        and (last.isdigit() or _DECIMAL.search(text))
        or not (last.isascii() or last.isalpha())
    ):
        return text, pieces
    return text + " ", pieces


def _article(
    draft: Draft, issue: str | None, mastheads: Sequence[str], hyphens: list[Part]
) -> PageArticle:
    parts: list[Part] = []
    heads = draft.heads
    group = draft.group
    for headline in heads.kickers:
        parts.append(_headline(Role.KICKER, headline, hyphens))
    if heads.title:
        parts.append(_headline(Role.TITLE, heads.title, hyphens))
    for headline in heads.subtitles:
        parts.append(_headline(Role.SUBTITLE, headline, hyphens))
    bylines = list(group.bylines) if group else []
    parts.extend(part(Role.BYLINE, [line], [], hyphens) for line in bylines)
    for place, flow in enumerate(draft.flows):
        crosshead = draft.crossheads.get(place)
        if crosshead:
            parts.extend(_headline(Role.HEADING, h, hyphens) for h in crosshead.headlines)
            parts.extend(part(Role.BYLINE, [line], [], hyphens) for line in crosshead.bylines)
        parts.extend(_paragraphs(draft, place, hyphens))
        bylines.extend(flow.closing)
        parts.extend(part(Role.BYLINE, [line], [], hyphens) for line in flow.closing)
    dateline = _dateline(draft, bylines)
    date, precision = resolve(dateline, issue)
    page = next((page_number(words) for words in mastheads if "版" in words), None)
    return PageArticle(
        tuple(parts),
        title=heads.title.text if heads.title else "",
        kicker=" ".join(headline.text for headline in heads.kickers),
        subtitle=" ".join(headline.text for headline in heads.subtitles),
        authors=_authors(bylines, dateline),
        place=dateline.place if dateline else None,
        date=date,
        date_precision=precision,
        section=_section(mastheads),
        page=page,
        continued_on=next((f.continued_on for f in draft.flows if f.continued_on), None),
        continued_from=draft.continued_from,
        confidence=_confidence(draft),
    )


def _headline(role: Role, headline: Headline, hyphens: list[Part]) -> Part:
    return part(role, headline.lines, [1.0] * len(headline.lines), hyphens)


def _paragraphs(draft: Draft, place: int, hyphens: list[Part]) -> Iterable[Part]:
    """The paragraphs of one flow; the first may go on from the flow before it."""
    flow = draft.flows[place]
    own = list(flow.paragraphs)
    if place and draft.flows[place - 1].runs_on:
        own = own[1:]  # it was joined to the last paragraph of the flow before
    for number, paragraph in enumerate(own):
        lines = list(paragraph.lines)
        joins = list(paragraph.joins)
        at = place
        last = number + 1 == len(own)
        while last and draft.flows[at].runs_on and at + 1 < len(draft.flows):
            follower = draft.flows[at + 1].paragraphs[0]
            joins += [draft.flows[at].next_confidence, *follower.joins]
            lines += follower.lines
            at += 1
            last = len(draft.flows[at].paragraphs) == 1
        yield part(Role.BODY, lines, joins, hyphens)


def _probability(log_odds: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, log_odds))))


def _confidence(draft: Draft) -> float:
    """That the article begins here and that its flows belong together: its weakest point."""
    begins = _probability(draft.sure) if draft.group else _UNTITLED
    return min([begins, *(flow.next_confidence for flow in draft.flows[:-1])])


def _dateline(draft: Draft, bylines: Sequence[Line]) -> Dateline | None:
    paragraphs: list[Paragraph] = draft.flows[0].paragraphs
    found = opening(paragraphs[0].text)
    if found is not None:
        return found
    for line in bylines:
        found = end_mark(line.text)
        if found is not None:
            return found
    return end_mark(draft.flows[-1].paragraphs[-1].text[-60:])


def _authors(bylines: Sequence[Line], dateline: Dateline | None) -> tuple[str, ...]:
    names = [name for line in bylines for name in authors_of(line.shown)]
    return tuple(dict.fromkeys([*names, *(dateline.authors if dateline else ())]))


def _section(mastheads: Sequence[str]) -> str | None:
    for words in mastheads:
        match = _SECTION.search(words)
        if match and "版" in words:
            return match.group(1) or match.group(2)
    return None


def _lost(groups: Sequence[Group], hyphens: list[Part]) -> Iterable[Part]:
    for group in groups:
        for headline in group.headlines:
            yield _headline(Role.TITLE, headline, hyphens)
        for line in group.bylines:
            yield part(Role.BYLINE, [line], [], hyphens)


def _banners(drafts: Sequence[Draft], hyphens: list[Part]) -> Iterable[Part]:
    for draft in drafts:
        for headline in draft.heads.banners:
            yield _headline(Role.MASTHEAD, headline, hyphens)


def _others(others: Sequence[tuple[Line, Role]], hyphens: list[Part]) -> Iterable[Part]:
    """Other matter in the order of the file; the lines of one caption together."""
    waiting: list[Line] = []
    for line, role in sorted(others, key=lambda pair: pair[0].start):
        if waiting and not (role is Role.CAPTION and ends_open(waiting[-1].text)):
            yield part(Role.CAPTION, waiting, [1.0] * len(waiting), hyphens)
            waiting = []
        if role is Role.CAPTION:
            waiting.append(line)
        else:
            yield part(role, [line], [], hyphens)
    if waiting:
        yield part(Role.CAPTION, waiting, [1.0] * len(waiting), hyphens)
