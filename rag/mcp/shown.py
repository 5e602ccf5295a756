"""Articles cut to a size that a model has room for."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from index.article import Article, Paragraph
from index.generation import Generation
from rag.answer import Hit
from rag.mcp.faults import ToolFault
from rag.mcp.results import Again, Found, Head, Read, ReadResult, Result, SearchResult

BUDGET = 12_000  # characters of a result
LONGEST = 1500  # characters of a paragraph that a search found
_SHORTER = (LONGEST, 1000, 700, 500, 350)  # if all of them are too much together
ENVELOPE = 400  # characters for what stands around the parts of a result
_LONGEST_NAME = 200  # characters of a title, a source and the like
_AGAIN = 3  # other places named of a paragraph
_AUTHORS = 5

_NOTHING = "Nothing was found. Leave out limits of date, source or article, or use other words."

_T = TypeVar("_T")
_R = TypeVar("_R", bound=Result)


def cut(text: str, longest: int) -> str:
    """A text, or its beginning with "…", `longest` characters at most; words stay whole."""
    if len(text) <= longest:
        return text
    begin = text[: longest - 1]
    space = begin.rfind(" ", longest - 41)
    return (begin[:space] if space > 0 else begin).rstrip() + "…"


def found(hits: Sequence[Hit]) -> SearchResult:
    """What a search found."""
    results, left_out = fitting(hits, found_hit, BUDGET - ENVELOPE)
    return SearchResult(results=results, left_out=left_out, note=None if results else _NOTHING)


def paragraph(generation: Generation, id: str, around: int) -> ReadResult:
    """A paragraph as a whole, and neighbours of it as far as there is room.

    Raises:
        ToolFault: there is none with this id.
    """
    wanted = generation.paragraph(id)
    article = generation.article(wanted.article_id) if wanted else None
    if wanted is None or article is None:
        raise ToolFault("there is no paragraph with this id; take ids from what search returns")
    every = generation.article_paragraphs(article.id)
    place = next(i for i, one in enumerate(every) if one.id == wanted.id)
    head = _head(article, len(every))
    chosen = {place: _read(wanted, place)}
    room = BUDGET - ENVELOPE - head.size() - chosen[place].size()
    for step in range(1, around + 1):
        for near in (place - step, place + step):
            if 0 <= near < len(every):
                read = _read(every[near], near, LONGEST)
                room -= read.size()
                if room < 0:
                    break
                chosen[near] = read
    return ReadResult(article=head, paragraphs=[chosen[i] for i in sorted(chosen)])


def article(generation: Generation, id: str, from_paragraph: int) -> ReadResult:
    """The paragraphs of an article, from one on, as many as there is room for.

    Raises:
        ToolFault: there is none with this id, or it has fewer paragraphs.
    """
    wanted = generation.article(id)
    if wanted is None:
        raise ToolFault("there is no article with this id; take ids from what search returns")
    every = generation.article_paragraphs(id)
    if from_paragraph > max(len(every), 1):
        raise ToolFault(f"from_paragraph is too large: the article has {len(every)} paragraphs")
    head = _head(wanted, len(every))
    room = BUDGET - ENVELOPE - head.size()
    read: list[Read] = []
    for place, one in enumerate(every[from_paragraph - 1 :], from_paragraph - 1):
        whole = _read(one, place)
        room -= whole.size()
        if read and room < 0:
            break
        read.append(whole)
    after = from_paragraph + len(read)
    return ReadResult(
        article=head, paragraphs=read, next_paragraph=after if after <= len(every) else None
    )


def fitting(parts: Sequence[_T], show: Callable[[_T, int], _R], room: int) -> tuple[list[_R], int]:
    """All parts, their texts as long as fits; else the first ones, and how many are left out."""
    shown: list[_R] = []
    for longest in _SHORTER:
        shown = [show(part, longest) for part in parts]
        if sum(part.size() for part in shown) <= room:
            return shown, 0
    return first(shown, room)


def first(shown: Sequence[_R], room: int) -> tuple[list[_R], int]:
    """The first parts that fit, and how many do not."""
    fitting: list[_R] = []
    for part in shown:
        room -= part.size()
        if room < 0:
            break
        fitting.append(part)
    return fitting, len(shown) - len(fitting)


def found_hit(hit: Hit, longest: int) -> Found:
    """A hit, with `longest` characters of its text at most."""
    paragraph, article = hit.paragraph, hit.article
    text = cut(paragraph.text, longest)
    return Found(
        id=paragraph.id,
        text=text,
        shortened=True if text != paragraph.text else None,
        title=name(article.title),
        date=article.date,
        source=name(article.source),
        section=named(article.section),
        heading=named(paragraph.heading),
        page=paragraph.page,
        article=article.id,
        score=round(hit.score, 3),
        also_in=[
            Again(
                paragraph=other.paragraph.id,
                title=name(other.article.title),
                date=other.article.date,
            )
            for other in hit.also_in[:_AGAIN]
        ]
        or None,
    )


def _head(article: Article, paragraphs: int) -> Head:
    return Head(
        id=article.id,
        title=name(article.title),
        date=article.date,
        source=name(article.source),
        section=named(article.section),
        authors=[name(author) for author in article.authors[:_AUTHORS]] or None,
        paragraphs=paragraphs,
    )


def _read(paragraph: Paragraph, place: int, longest: int | None = None) -> Read:
    """A paragraph as a whole (the index makes none longer than it has to be), or its beginning."""
    text = paragraph.text if longest is None else cut(paragraph.text, longest)
    return Read(
        id=paragraph.id,
        number=place + 1,
        heading=named(paragraph.heading),
        page=paragraph.page,
        text=text,
        shortened=True if text != paragraph.text else None,
    )


def named(text: str | None) -> str | None:
    """`name`, where there is one."""
    return name(text) if text else None


def name(text: str) -> str:
    """A title, a source or the like on one line, not too long."""
    return cut(" ".join(text.split()), _LONGEST_NAME)
