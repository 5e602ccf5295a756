"""A page for a terminal: articles, parts, line numbers, joins, what was left out, shares."""

from collections.abc import Iterator
from typing import TextIO

from index.inspect.columns import wrap
from index.inspect.lines import Lines
from index.inspect.marks import SURE, ends, facts, probability, segments, visible
from index.inspect.shares import format_shares, no_part, shares, two_parts
from index.newspaper.page import Join, Page, PageArticle, Part, Role


def write_text(page: Page, source: str, out: TextIO, *, columns: int | None = None) -> None:
    """Write a page to a stream, in lines of at most `columns` columns (None: not wrapped).

    Control characters are made visible, so that no text of the page can steer the terminal.
    """
    for line in _page(page, source, columns):
        out.write(line + "\n")


def _page(page: Page, source: str, columns: int | None) -> Iterator[str]:
    lines = Lines(page.raw)
    count = len(page.articles)
    yield _one_line(source) + f" · {count} article{'' if count == 1 else 's'}"
    for number, article in enumerate(page.articles, 1):
        yield ""
        yield from _article(number, article, columns)
        for part in article.parts:
            yield from _part(part, lines, columns)
    if page.left_out:
        yield "\nLeft out"
        for role in Role:
            for part in page.left_out:
                if part.role is role:
                    yield from _part(part, lines, columns)
    yield from _nowhere(page, lines, columns)
    yield ""
    for line in format_shares(shares(page)).split("\n"):
        yield wrap(line, columns, "")


def _article(number: int, article: PageArticle, columns: int | None) -> Iterator[str]:
    yield _labelled(str(number), 3, article.title or "(no title)", columns)
    for name, value in facts(article):
        yield _labelled(f"   {name}", 19, value, columns)


def _labelled(label: str, room: int, value: str, columns: int | None) -> str:
    """A value behind its label; its further lines stand below it."""
    block = wrap(_one_line(value), columns, " " * room)
    return label.ljust(room - 1) + " " + block[room:]


def _part(part: Part, lines: Lines, columns: int | None) -> Iterator[str]:
    where = lines.printed(part.pieces)
    yield f"   {part.role} · {where}" if where else f"   {part.role}"
    words = (_mark(s, part, lines) if isinstance(s, Join) else visible(s) for s in segments(part))
    yield wrap("".join(words), columns, " " * 5)


def _mark(join: Join, part: Part, lines: Lines) -> str:
    where = ends(join, part, lines) if join.moved else None
    if where:
        return f"⤳[{probability(join.confidence)} from line {where[0]} to {where[1]}]"
    if join.moved:
        return f"⤳[{probability(join.confidence)}]"
    return "⁀" if join.confidence >= SURE else f"⁀[{probability(join.confidence)}]"


def _nowhere(page: Page, lines: Lines, columns: int | None) -> Iterator[str]:
    """What is in no part, or in two: neither should be."""
    for title, wrong in (("In no part", no_part(page)), ("In two parts", two_parts(page))):
        if wrong:
            yield f"\n{title}"
        for piece in wrong:
            yield f"   {lines.printed([piece])}"
            words = page.raw[piece.raw_start : piece.raw_start + piece.length]
            yield wrap(_one_line(words), columns, " " * 5)


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))
