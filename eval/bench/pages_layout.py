"""Arranging the columns of several articles on a page, in order or as a scan reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from eval.bench import pages_phrases as phrases
from eval.bench.pages_compose import Composed
from eval.bench.pages_desk import Desk
from eval.bench.pages_typeset import Cells, Gap, Line, Mode, spread
from index.newspaper.page import Role


class Kind(StrEnum):
    """How the columns of a page were read."""

    NONE = "in order"
    PIECES = "pieces out of order"
    ROWS = "row-wise"


@dataclass
class Chunk:
    """Lines that are read one after another: a headline, a column (`column` >= 0), a caption."""

    lines: list[Line]
    article: int = -1
    column: int = -1


def arranged(composed: Sequence[Composed], kind: Kind, desk: Desk) -> tuple[list[Chunk], Kind]:
    """The chunks of the page as read, and the kind that it came out as."""
    chunks = _in_order(composed, desk)
    if kind is Kind.PIECES and not _moved(chunks, desk):
        kind = Kind.NONE
    if kind is Kind.ROWS and not _row_wise(chunks, composed, desk):
        kind = Kind.NONE
    _furniture(chunks, composed, desk)
    return chunks, kind


def _in_order(composed: Sequence[Composed], desk: Desk) -> list[Chunk]:
    """Article by article; second halves behind a continuation mark stand at the end.

    A headline out of place mostly follows its article; else it stands inside it, or anywhere.
    """
    chunks: list[Chunk] = []
    late: list[Chunk] = []
    strayed: list[Chunk] = []
    for article in composed:
        head = [Chunk(article.head, article.article)] if article.head else []
        columns = [Chunk(c, article.article, n) for n, c in enumerate(article.columns)]
        second = len(columns) if article.second is None else article.second
        first, rest = columns[:second], columns[second:]
        place = desk.rng.random() if desk.happens("headline_moved") else None
        if place is None:
            chunks += head + first
        elif place < 0.2:
            chunks += first
            strayed += head
        else:
            at = len(first) if place < 0.7 else desk.rng.randint(1, len(first))
            chunks += [*first[:at], *head, *first[at:]]
        late += rest
    chunks += late
    for chunk in strayed:
        chunks.insert(desk.rng.randint(1, len(chunks)), chunk)
    return chunks


def _moved(chunks: list[Chunk], desk: Desk) -> bool:
    """Move columns of one article between two columns of another; whether any could be."""
    done = False
    for _ in range(desk.rng.choice((1, 1, 2, 3))):
        movable = [i for i, c in enumerate(chunks) if c.column >= 0]
        desk.rng.shuffle(movable)
        for place in movable:
            gaps = _gaps(chunks, chunks[place].article)
            if gaps:
                target = chunks[desk.rng.choice(gaps)]
                chunk = chunks.pop(place)
                chunks.insert(next(i for i, c in enumerate(chunks) if c is target), chunk)
                done = True
                break
    return done


def _gaps(chunks: Sequence[Chunk], article: int) -> list[int]:
    """Places between two columns of one other article."""
    return [
        i
        for i in range(1, len(chunks))
        if chunks[i].column > 0
        and chunks[i - 1].column >= 0
        and chunks[i - 1].article == chunks[i].article != article
    ]


def _row_wise(chunks: list[Chunk], composed: Sequence[Composed], desk: Desk) -> bool:
    """Read two or three neighbouring columns line by line across; whether any could be."""
    lines = {a.article for a in composed if a.style.mode is Mode.LINES}
    places = [
        i
        for i in range(len(chunks) - 1)
        if all(c.column >= 0 and c.article in lines and len(c.lines) > 2 for c in chunks[i : i + 2])
    ]
    if not places or desk.rng.random() < 0.4:
        places = _neighbours(chunks, lines) or places
    if not places:
        return False
    at = desk.rng.choice(places)
    width = 3 if at + 1 in places and desk.rng.random() < 0.3 else 2
    columns = chunks[at : at + width]
    height = min(len(c.lines) for c in columns)
    height = height if desk.rng.random() < 0.5 else desk.rng.randint(2, height)
    rows = [c.lines[row] for row in range(height) for c in columns]
    rest = [replace(c, lines=c.lines[height:]) for c in columns if len(c.lines) > height]
    chunks[at : at + width] = [Chunk(rows), *rest]
    return True


def _neighbours(chunks: list[Chunk], lines: set[int]) -> list[int]:
    """Bring the first columns of two articles side by side, below their headlines."""
    firsts = [i for i, c in enumerate(chunks) if c.column == 0 and c.article in lines]
    if len(firsts) < 2 or min(len(chunks[i].lines) for i in firsts[:2]) < 3:
        return []
    other = chunks.pop(firsts[1])
    chunks.insert(firsts[0] + 1, other)
    head = next((c for c in chunks if c.column < 0 and c.article == other.article), None)
    if head:
        place = next(i for i, c in enumerate(chunks) if c is head)
        chunks.insert(firsts[0] - (place < firsts[0]), chunks.pop(place))
    column = next(i for i, c in enumerate(chunks) if c is other)
    return [column - 1]


def _furniture(chunks: list[Chunk], composed: Sequence[Composed], desk: Desk) -> None:
    """Captions, contact lines, a banner and the masthead; nothing of them on a foreign page."""
    if all(a.style.latin for a in composed):
        return
    rng = desk.rng
    spaced = any(a.style.gap is Gap.EVERY for a in composed)
    for _ in range(2):
        if desk.happens("caption"):
            lines = _lines(phrases.caption(rng), Role.CAPTION, desk, spaced=spaced)
            _between(chunks, lines, desk)
    if desk.happens("contact"):
        lines = _lines([phrases.contact(rng)], Role.CONTACT, desk, spaced=spaced)
        _between(chunks, lines, desk)
    if desk.happens("banner"):
        line = Line(_spread(phrases.banner(rng), desk), True, True)
        chunks.insert(0 if rng.random() < 0.6 else rng.randint(0, len(chunks)), Chunk([line]))
    if desk.issue.printed or rng.random() < desk.odds.masthead / 5:
        day = desk.issue.day if desk.issue.printed else None
        texts = phrases.masthead(rng, day, desk.issue.page)
        lines = _lines(texts, Role.MASTHEAD, desk, spaced=spaced)
        chunks.insert(0 if rng.random() < 0.85 else len(chunks), Chunk(lines))


def _spread(text: str, desk: Desk) -> Cells:
    cells = desk.units.add(Role.MASTHEAD, -1, text)
    return spread(cells) if desk.rng.random() < 0.6 else cells


def _lines(texts: Sequence[str], role: Role, desk: Desk, *, spaced: bool) -> list[Line]:
    gap = spaced or desk.rng.random() < 0.5
    return [Line(desk.units.add(role, -1, text), True, gap) for text in texts]


def _between(chunks: list[Chunk], lines: list[Line], desk: Desk) -> None:
    """Put lines between two chunks, or into a column: between paragraphs, rarely inside one."""
    rng = desk.rng
    columns = [i for i, c in enumerate(chunks) if c.column >= 0 and len(c.lines) > 2]
    if not columns or rng.random() < 0.6:
        chunks.insert(rng.randint(1, len(chunks)), Chunk(lines))
        return
    at = rng.choice(columns)
    column = chunks[at]
    starts = [i for i, line in enumerate(column.lines) if i and line.starts]
    cut = (
        rng.choice(starts) if starts and rng.random() < 0.7 else rng.randrange(1, len(column.lines))
    )
    chunks[at : at + 1] = [
        replace(column, lines=column.lines[:cut]),
        Chunk(lines),
        replace(column, lines=column.lines[cut:]),
    ]
