"""How much of a damaged page was understood: a page as read against its truth, by raw offsets."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from eval.bench.damage import DamagedPage, Truth, sentence_ends
from eval.bench.pages_truth import LEFT_OUT, Tally, violations
from eval.bench.real_pages import Lines
from index.newspaper.page import Page, PageArticle, Part, Role

Score = Counter[str]  # "hits NAME", "found NAME", "truth NAME" of each measure, and "violations"

ROLES = tuple(role for role in Role if role in LEFT_OUT)


@dataclass(frozen=True)
class _Read:
    """An article as read: raw offsets of its running text and of its title, in their order."""

    body: list[int]
    title: list[int]
    date: str | None


def score_page(page: Page, damaged: DamagedPage) -> Score:
    """Count everything on one page; the scores of several pages are added.

    - joins: pairs of raw lines that follow one another inside one paragraph of running text.
    - borders: raw lines on which the running text of an article begins.
    - titles: of the true articles, those whose found article (the one that shares most of the
      running text) has exactly this title; kicker and subtitle may be in it or not.
    - dates: the same, for articles to which the page gives a date.
    - order: of the true sentences with a next one in their article, those behind whose last
      character the found text goes on with the first of the next.
    - caption, masthead …: characters.
    - violations: printed characters that stand in no piece or in several, and characters of
      pieces that differ from the raw text.
    """
    raw, truth, lines = damaged.raw, damaged.truth, Lines(damaged.raw)
    read = [_read(article, raw) for article in page.articles]
    bodies = [_body(truth, number) for number in range(len(truth.dates))]
    score = Score(violations=violations(page, raw))
    _add(score, "joins", _joined(page, lines), _true_joins(truth, lines))
    starts = {lines.number(article.body[0]) for article in read if article.body}
    _add(score, "borders", starts, {lines.number(body[0]) for body in bodies if body})
    for number, body in enumerate(bodies):
        _article(score, truth, number, _most_shared(read, body))
    _order(score, truth, read)
    _left_out(score, page, damaged)
    return score


def tally(score: Score, name: str) -> Tally:
    """The counts of one measure."""
    return Tally(score[f"hits {name}"], score[f"found {name}"], score[f"truth {name}"])


def row(score: Score) -> dict[str, Any]:
    """The figures as columns of a table; None where there was nothing to measure."""
    figures: dict[str, Any] = {}
    for name in ("joins", "borders"):
        counts = tally(score, name)
        figures[f"{name} P"] = counts.precision if counts.found else None
        figures[f"{name} R"] = counts.recall if counts.truth else None
        figures[f"{name} F1"] = counts.f1 if counts.truth else None
    for name in ("titles", "dates", "order"):
        counts = tally(score, name)
        figures[name] = counts.recall if counts.truth else None
    for role in ROLES:
        counts = tally(score, role)
        figures[role.value] = counts.f1 if counts.truth or counts.found else None
    figures["violations"] = score["violations"]
    return figures


def _add(score: Score, name: str, found: Iterable[Hashable], truth: Iterable[Hashable]) -> None:
    found, truth = set(found), set(truth)
    score[f"hits {name}"] += len(found & truth)
    score[f"found {name}"] += len(found)
    score[f"truth {name}"] += len(truth)


def _share(score: Score, name: str, *, right: bool) -> None:
    score[f"hits {name}"] += right
    score[f"found {name}"] += 1
    score[f"truth {name}"] += 1


def _offsets(parts: Iterable[Part], raw: str) -> list[int]:
    """Raw offsets of the printed characters of parts, in their order."""
    return [
        offset
        for part in parts
        for piece in part.pieces
        for offset in range(piece.raw_start, piece.raw_start + piece.length)
        if not raw[offset : offset + 1].isspace()
    ]


def _read(article: PageArticle, raw: str) -> _Read:
    body, title = (_offsets(article.with_role(role), raw) for role in (Role.BODY, Role.TITLE))
    return _Read(body, title, article.date)


def _body(truth: Truth, article: int) -> list[int]:
    return [offset for unit in truth.of(article, Role.BODY) for offset in unit.offsets]


def _joined(page: Page, lines: Lines) -> set[tuple[int, int]]:
    return {
        pair
        for part in page.parts()
        if part.role is Role.BODY
        for pair in _line_pairs(_offsets([part], lines.raw), lines)
    }


def _true_joins(truth: Truth, lines: Lines) -> set[tuple[int, int]]:
    units = (unit for unit in truth.units if unit.role is Role.BODY)
    return {pair for unit in units for pair in _line_pairs(unit.offsets, lines)}


def _line_pairs(offsets: Iterable[int], lines: Lines) -> set[tuple[int, int]]:
    return {(a, b) for a, b in pairwise(map(lines.number, offsets)) if a != b}


def _most_shared(read: list[_Read], body: list[int]) -> _Read | None:
    wanted = set(body)
    shared = [len(wanted.intersection(article.body)) for article in read]
    return read[shared.index(max(shared))] if any(shared) else None


def _article(score: Score, truth: Truth, number: int, found: _Read | None) -> None:
    """Title and date of one true article."""
    title = [offset for unit in truth.of(number, Role.TITLE) for offset in unit.offsets]
    beside = {o for u in truth.of(number, Role.KICKER, Role.SUBTITLE) for o in u.offsets}
    right = found is not None and [o for o in found.title if o not in beside] == title
    _share(score, "titles", right=right)
    if truth.dates[number] is not None:
        right = found is not None and found.date == truth.dates[number]
        _share(score, "dates", right=right)


def _order(score: Score, truth: Truth, read: list[_Read]) -> None:
    following = {a: b for article in read for a, b in pairwise(article.body)}
    for number in range(len(truth.dates)):
        ends = [ends for unit in truth.of(number, Role.BODY) for ends in sentence_ends(unit)]
        for (_, last), (first, _) in pairwise(ends):
            _share(score, "order", right=following.get(last) == first)


def _left_out(score: Score, page: Page, damaged: DamagedPage) -> None:
    for role in ROLES:
        found = _offsets((part for part in page.parts() if part.role is role), damaged.raw)
        units = (unit for unit in damaged.truth.units if unit.role is role)
        _add(score, role, found, (offset for unit in units for offset in unit.offsets))
