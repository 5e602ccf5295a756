"""Damaged newspaper pages with known truth: clean articles, set and read as scans of a daily are.

What the real pages show is drawn for each page: narrow lines, columns read out of order or row
by row, fragments read twice, headlines out of place, captions and mastheads between the text, a
few misread characters. The truth holds raw offsets only, so any reader of pages can be scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from random import Random

from eval.bench.pages_clean import CleanArticle
from eval.bench.pages_compose import Composed, compose
from eval.bench.pages_desk import Desk, Issue, Odds
from eval.bench.pages_layout import Chunk, Kind, arranged
from eval.bench.pages_typeset import Cell, Gap, Mode, Style, Unit, Units
from index.article import Span
from index.newspaper.page import Role
from index.sentences import sentences


@dataclass(frozen=True)
class TrueUnit:
    """A paragraph, title, caption line …: its clean text, and its raw spans in reading order.

    `article` is -1 for what belongs to no article.
    """

    role: Role
    article: int
    text: str
    spans: tuple[Span, ...]

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Raw offset of each non-space character of the text."""
        return tuple(o for span in self.spans for o in range(span.start, span.end))


@dataclass(frozen=True)
class Truth:
    """What a page holds. Units of an article are in reading order.

    `dates` has one entry an article: YYYY-MM-DD, XXXX-MM-DD, or None when the page gives none.
    `misread` maps raw offsets to the characters that were printed there.
    """

    kind: Kind
    units: tuple[TrueUnit, ...]
    dates: tuple[str | None, ...]
    misread: dict[int, str]

    def of(self, article: int, *roles: Role) -> list[TrueUnit]:
        """The units of an article with these roles."""
        return [u for u in self.units if u.article == article and u.role in roles]


@dataclass(frozen=True)
class DamagedPage:
    """A page as OCR gives it, and what it should be understood as."""

    raw: str
    truth: Truth


def sentence_ends(unit: TrueUnit) -> list[tuple[int, int]]:
    """Raw offsets of the first and the last character of each sentence of a unit."""
    places = [i for i, char in enumerate(unit.text) if not char.isspace()]
    offset = dict(zip(places, unit.offsets, strict=True))
    return [(offset[s.start], offset[s.end - 1]) for s in sentences(unit.text)]


_SEVERITIES = (0.3, 1.0, 1.0, 1.6)
_KINDS = (Kind.NONE,) * 3 + (Kind.PIECES,) * 3 + (Kind.ROWS,) * 2
_LOOK_ALIKES = dict(
    zip(
        "末未己已人入日目土士天夫大太千干刀力鸟乌午牛0O1l",
        "未末已己入人目日士土夫天太大干千力刀乌鸟牛午O0l1",
        strict=True,
    )
)
_HALF_WIDTH = dict(zip("，；：？！（）", ",;:?!()", strict=True))


def damaged_page(
    articles: Sequence[CleanArticle],
    seed: int | str,
    kind: Kind | None = None,
    odds: Odds | None = None,
) -> DamagedPage:
    """Set 1 to 6 articles on one page and damage it; the same page for the same arguments.

    Without `kind` and `odds` the page draws its own. A page whose articles are too short to be
    read out of order is of kind NONE, whatever was asked for.

    Raises:
        ValueError: there is no article.
    """
    if not articles:
        raise ValueError("a page needs an article")
    rng = Random(str(seed))
    kind = kind or rng.choice(_KINDS)
    odds = odds or _drawn_odds(rng)
    desk = Desk(Units(), odds, rng, _issue(articles, odds, rng))
    composed = _composed(articles, kind, desk)
    chunks, kind = arranged(composed, kind, desk)
    return _printed(chunks, kind, composed, desk)


def _drawn_odds(rng: Random) -> Odds:
    """Some pages are little damaged, some much."""
    severity, usual = rng.choice(_SEVERITIES), Odds()
    return Odds(**{name: min(1.0, value * severity) for name, value in vars(usual).items()})


def _issue(articles: Sequence[CleanArticle], odds: Odds, rng: Random) -> Issue:
    foreign = all(article.latin for article in articles)
    days = [article.date for article in articles if article.date]
    day = days[0] if days else date(2030, 1, 1) + timedelta(days=rng.randrange(1500))
    printed = not foreign and rng.random() < odds.masthead
    return Issue(day + timedelta(days=1), printed, page=rng.randint(1, 8))


def _composed(articles: Sequence[CleanArticle], kind: Kind, desk: Desk) -> list[Composed]:
    usual = _style(desk)
    done = []
    for number, article in enumerate(articles):
        style = usual if desk.rng.random() < 0.7 else _style(desk)
        if kind is Kind.ROWS:
            style = replace(style, mode=Mode.LINES, width=min(style.width, 24))
        columns = desk.rng.choice((2, 2, 3, 4, 5) if kind is not Kind.NONE else (1, 2, 3, 4))
        style = replace(style, latin=article.latin)
        if article.latin:
            style = replace(style, width=style.width + 4, spaced_digits=False)
        done.append(compose(article, number, style, columns, desk))
    return done


def _style(desk: Desk) -> Style:
    rng = desk.rng
    narrow = rng.random() < 0.6
    mode = rng.choice((Mode.LINES,) * 5 + (Mode.PARAGRAPHS,) * 3 + (Mode.SPACES,) * 2)
    return Style(
        width=rng.randint(12, 24) if narrow else rng.randint(28, 45),
        mode=mode,
        gap=rng.choice(tuple(Gap) if mode is Mode.LINES else (Gap.EVERY, Gap.EVERY, Gap.NONE)),
        indent=rng.random() < 0.15,
        jitter=desk.happens("jitter"),
        spaced_digits=mode is Mode.LINES and rng.random() < 0.2,
    )


def _printed(
    chunks: Sequence[Chunk], kind: Kind, composed: Sequence[Composed], desk: Desk
) -> DamagedPage:
    """The raw text, misread here and there, and where everything stands in it."""
    half = {a.article for a in composed if not a.style.latin and desk.happens("half_width")}
    raw: list[str] = []
    placed: list[dict[int, int]] = [{} for _ in desk.units.all]
    misread: dict[int, str] = {}
    for cell in _cells(chunks, desk.rng):
        if cell.unit >= 0:
            placed[cell.unit][cell.place] = len(raw)
            shown = _read(cell, desk, half)
            if shown != cell.char:
                misread[len(raw)] = cell.char
            raw.append(shown)
        else:
            raw.append(cell.char)
    units = [_true(unit, place) for unit, place in zip(desk.units.all, placed, strict=True)]
    order = sorted((u for u in units if u.spans), key=lambda unit: unit.article)
    truth = Truth(kind, tuple(order), tuple(a.date for a in composed), misread)
    return DamagedPage("".join(raw), truth)


def _cells(chunks: Sequence[Chunk], rng: Random) -> list[Cell]:
    """All characters of the page, line ends among them."""
    end = Cell("\n", -1, -1)
    cells = [end] * rng.choice((0, 0, 2))
    for number, chunk in enumerate(chunks):
        for place, line in enumerate(chunk.lines):
            gap = line.gap or (place == 0 and number > 0 and rng.random() < 0.6)
            cells += [end] * (gap + (place == 0 and rng.random() < 0.05)) if cells else []
            cells += [*line.cells, end]
    return cells


def _read(cell: Cell, desk: Desk, half: set[int]) -> str:
    """The character as OCR reads it: now and then one that looks alike."""
    unit = desk.units.all[cell.unit]
    if unit.article in half and cell.char in _HALF_WIDTH:
        return _HALF_WIDTH[cell.char]
    if unit.role is not Role.BODY or (cell.unit, cell.place) in desk.protected:
        return cell.char
    alike = _LOOK_ALIKES.get(cell.char)
    # Few characters have a look-alike, so each of them is misread the more often.
    return alike if alike and desk.rng.random() < desk.odds.confusion * 24 else cell.char


def _true(unit: Unit, placed: dict[int, int]) -> TrueUnit:
    spans: list[Span] = []
    for _, offset in sorted(placed.items()):
        if spans and spans[-1].end == offset:
            spans[-1] = Span(spans[-1].start, offset + 1)
        else:
            spans.append(Span(offset, offset + 1))
    return TrueUnit(unit.role, unit.article, unit.text, tuple(spans))
