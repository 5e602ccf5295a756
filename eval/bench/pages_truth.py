"""How well five real newspaper pages are understood, against the truth made by hand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from eval.bench.real_pages import Lines, TrueArticle, TruePage, real_pages
from index.newspaper.page import Page, PageArticle, Part, Role

LEFT_OUT = frozenset(
    (Role.CAPTION, Role.MASTHEAD, Role.CONTACT, Role.BYLINE, Role.REPEAT, Role.CONTINUATION)
)


@dataclass(frozen=True)
class Tally:
    """How many things are `hits`, how many were `found`, how many there are in `truth`."""

    hits: int = 0
    found: int = 0
    truth: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.hits + other.hits, self.found + other.found, self.truth + other.truth)

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 when nothing was found."""
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the truth that was found; 1 when there is none."""
        return self.hits / self.truth if self.truth else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both (Dice); 1 when there is nothing to find and nothing found."""
        return 2 * self.hits / (self.found + self.truth) if self.found + self.truth else 1.0


@dataclass(frozen=True)
class Score:
    """What was got right on a page: joined lines, first lines of articles, left-out characters;
    headlines and dates are counted over true articles.
    """

    joins: Tally = Tally()
    borders: Tally = Tally()
    left_out: Tally = Tally()
    titles: Tally = Tally()
    dates: Tally = Tally()
    violations: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            *(getattr(self, field.name) + getattr(other, field.name) for field in fields(self))
        )

    def row(self, name: str) -> dict[str, Any]:
        """The figures as a row of a table."""
        row: dict[str, Any] = {"page": name}
        for key, tally in (("joins", self.joins), ("borders", self.borders)):
            row[f"{key} P"] = tally.precision
            row[f"{key} R"] = tally.recall
            row[f"{key} F1"] = tally.f1
        row["titles"] = self.titles.recall
        row["dates"] = self.dates.recall
        row["left out F1"] = self.left_out.f1
        row["violations"] = self.violations
        return row


def score_real(
    folder: Path, read_page: Callable[[str], Page], truth: Sequence[TruePage] | None = None
) -> list[dict[str, Any]]:
    """One row a page and one for all (sums over the pages); none if the folder holds no page.

    Raises:
        InputError: some of the pages are missing, or the truth does not fit them.
    """
    rows, total = [], Score()
    for true, _, lines in real_pages(folder, truth):
        score = score_page(true, lines, read_page(lines.raw))
        rows.append(score.row(true.name))
        total += score
    return [*rows, total.row("all")] if rows else []


def score_page(true: TruePage, lines: Lines, page: Page) -> Score:
    """Compare a page as understood with the truth about it."""
    unsure = {offset for start, end in true.unsure_roles for offset in range(start, end)}
    joined = _joined(page, lines) - true.unsure
    starts = {lines.number(body[0]) for a in page.articles if (body := _offsets(a, Role.BODY))}
    borders = {article.start for article in true.articles}
    pairs = _matched(true, lines, page)
    titles = sum(
        _headline_right(article, found, lines, unsure) for article, found in pairs if found
    )
    dates = sum(found is not None and found.date == article.date for article, found in pairs)
    return Score(
        joins=Tally(len(joined & true.follows), len(joined), len(true.follows)),
        borders=Tally(len(starts & borders), len(starts), len(borders)),
        left_out=_left_out(true.left_out(lines), page, unsure),
        titles=Tally(titles, len(pairs), len(pairs)),
        dates=Tally(dates, len(pairs), len(pairs)),
        violations=violations(page, lines.raw),
    )


def violations(page: Page, raw: str) -> int:
    """How many printed characters stand in no part or in several, or differ from the raw text."""
    seen = [0] * len(raw)
    wrong = 0
    for part in page.parts():
        for offset, character in _characters(part):
            if not 0 <= offset < len(raw) or raw[offset] != character:
                wrong += 1
            else:
                seen[offset] += 1
    return wrong + sum(
        count != 1 for count, character in zip(seen, raw, strict=True) if not character.isspace()
    )


def _characters(part: Part) -> Iterator[tuple[int, str]]:
    for piece in part.pieces:
        for i in range(piece.length):
            yield piece.raw_start + i, part.text[piece.text_start + i : piece.text_start + i + 1]


def _offsets(article: PageArticle, role: Role) -> list[int]:
    return [
        offset
        for part in article.with_role(role)
        for offset, character in _characters(part)
        if not character.isspace()
    ]


def _joined(page: Page, lines: Lines) -> set[tuple[int, int]]:
    """Pairs of lines that follow one another inside one paragraph."""
    found = set()
    for part in page.parts():
        if part.role is Role.BODY:
            numbers = [lines.number(o) for o, character in _characters(part) if character.strip()]
            found |= {(a, b) for a, b in pairwise(numbers) if a != b}
    return found


def _matched(
    true: TruePage, lines: Lines, page: Page
) -> list[tuple[TrueArticle, PageArticle | None]]:
    """Each true article with the found one that shares most of its body; no one is taken twice."""
    bodies = [set(true.body(article, lines)) for article in true.articles]
    found = [set(_offsets(article, Role.BODY)) for article in page.articles]
    shared = [(len(t & f), i, j) for i, t in enumerate(bodies) for j, f in enumerate(found)]
    partner: dict[int, int] = {}
    for size, i, j in sorted(shared, key=lambda s: (-s[0], s[1], s[2])):
        if size and i not in partner and j not in partner.values():
            partner[i] = j
    return [
        (article, page.articles[partner[i]] if i in partner else None)
        for i, article in enumerate(true.articles)
    ]


def _headline_right(
    article: TrueArticle, found: PageArticle, lines: Lines, unsure: set[int]
) -> bool:
    shown = [offset for offset in _offsets(found, Role.TITLE) if offset not in unsure]
    return any(
        shown == [o for line in title for o in lines.printed(line) if o not in unsure]
        for title in article.titles
    )


def _left_out(truth: Mapping[int, frozenset[str]], page: Page, unsure: set[int]) -> Tally:
    shown = {
        offset: part.role
        for part in page.parts()
        if part.role in LEFT_OUT
        for offset, character in _characters(part)
        if not character.isspace() and offset not in unsure
    }
    wanted = {offset: roles for offset, roles in truth.items() if offset not in unsure}
    hits = sum(role in wanted.get(offset, ()) for offset, role in shown.items())
    return Tally(hits, len(shown), len(wanted))
