"""A page's raw text → its articles."""

from collections.abc import Iterator

from index.newspaper.articles import Draft, arrange
from index.newspaper.borders import Group
from index.newspaper.ends import ends_closed
from index.newspaper.gather import flows_of
from index.newspaper.lines import Line
from index.newspaper.page import Page
from index.newspaper.parts import page_of
from index.newspaper.prepare import Marked, lines_of, prepare

_LONGEST = 1500  # lines that are looked at together: more than any page of a paper holds


def read_page(raw: str, *, issue: str | None = None) -> Page:
    """The articles of a printed page, with whole paragraphs in reading order.

    `issue` is the day of the paper (YYYY-MM-DD) where it is known from elsewhere; the page's own
    masthead goes before it.
    """
    drafts: list[Draft] = []
    lost: list[Group] = []
    others: list[Marked] = []
    for block in _blocks(lines_of(raw)):
        found, left, rest = _read_block(block)
        if drafts and found and found[0].goes_on:
            drafts[-1].append(found.pop(0))
        drafts += found
        lost += left
        others += rest
    return page_of(raw, drafts, lost, others, issue)


def _blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """The lines of a page; of a file of many pages, parts that are cut where a text ends."""
    while len(lines) > _LONGEST:
        ends = range(_LONGEST // 2, _LONGEST)
        cut = max(ends, key=lambda i: (ends_closed(lines[i - 1].text), lines[i].blank, i))
        yield lines[:cut]
        lines = lines[cut:]
    yield lines


def _read_block(lines: list[Line]) -> tuple[list[Draft], list[Group], list[Marked]]:
    """Articles, headlines without one, and what is neither."""
    prepared = prepare(lines)
    if not prepared.text:
        rest = [pair for pairs in prepared.between for pair in pairs]
        return [], [], prepared.others + rest
    flows, groups, loose = flows_of(prepared)
    drafts, lost = arrange(flows, groups, prepared.seams)
    return drafts, lost, prepared.others + loose
