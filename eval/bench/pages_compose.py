"""One article as printed: its headline, its paragraphs with what is put around them."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from eval.bench import pages_phrases as phrases
from eval.bench.pages_clean import CleanArticle
from eval.bench.pages_columns import columns_of
from eval.bench.pages_desk import Desk, Issue
from eval.bench.pages_typeset import SPACE, Cells, Gap, Line, Style, set_lines, spread
from index.newspaper.page import Role

_OWN_OPENING = re.compile(r".{0,20}(?:本报|新华社|讯[（(]|电[（(]|電|＝)")
_CLAUSE = re.compile(r"(?<=[，。；：])[^，。；：、“”‘’（）《》0-9A-Za-z]{5,13}(?=[，。；])")


@dataclass
class Composed:
    """An article ready for the page.

    `columns` are in reading order; those from `second` on stand behind a continuation mark
    (None without one). `date` is the one that a careful reader gives the article.
    """

    article: int
    head: list[Line]
    columns: list[list[Line]]
    style: Style
    second: int | None
    date: str | None


def compose(article: CleanArticle, number: int, style: Style, columns: int, desk: Desk) -> Composed:
    """Set article `number` of a page in about so many columns."""
    kind = ""
    if not style.latin and desk.happens("continuation"):
        kind = desk.rng.choice(("tail", "head", "within"))
    headless = kind == "tail" or desk.happens("no_headline")
    head = [] if headless else _head(article, number, style, desk)
    flows, dated = _flows(article, number, kind, desk)
    halves = _continued(flows, number, kind, desk)
    done: list[list[Line]] = []
    second = None
    for half in halves:
        second = len(done) if done else None
        printed = set_lines(half, style, desk.units, desk.rng)
        done += columns_of(printed, max(1, columns // len(halves)), number, style, desk)
    return Composed(number, head, done, style, second, dated)


def _head(article: CleanArticle, number: int, style: Style, desk: Desk) -> list[Line]:
    """Kicker, title, subtitle and by-line, each on its own lines."""
    lines, rng = [], desk.rng
    if not style.latin and desk.happens("kicker"):
        lines.append(desk.units.add(Role.KICKER, number, phrases.kicker(rng)))
    lines += _title(article.title, number, style, desk)
    if not style.latin and desk.happens("subtitle"):
        lines.append(desk.units.add(Role.SUBTITLE, number, phrases.subtitle(rng)))
    if not style.latin and desk.happens("byline"):
        lines.append(desk.units.add(Role.BYLINE, number, phrases.byline(rng)))
    return [Line(cells, True, style.gap is Gap.EVERY) for cells in lines]


def _title(title: str, number: int, style: Style, desk: Desk) -> list[Cells]:
    cells = desk.units.add(Role.TITLE, number, title)
    places = _breaks(cells, style)
    halves = [cells]
    if places and desk.happens("two_lines"):
        cut = min(places, key=lambda i: abs(i - len(cells) // 2))
        halves = [cells[:cut], cells[cut + (cells[cut].unit < 0) :]]
    if not style.latin and desk.happens("spaced_headline"):
        return [spread(half) for half in halves]
    return halves


def _breaks(cells: Cells, style: Style) -> list[int]:
    """Where a headline may be broken: at its spaces; without one, where no word is broken."""
    inner = range(4, len(cells) - 3)
    spaces = [i for i in inner if cells[i].unit < 0]
    if spaces or style.latin:
        return spaces
    letters = [cell.char.isalnum() for cell in cells]
    foreign = [cell.char.isascii() for cell in cells]
    return [i for i in inner if letters[i] and not (foreign[i - 1] and foreign[i])]


def _flows(
    article: CleanArticle, number: int, kind: str, desk: Desk
) -> tuple[list[Cells], str | None]:
    """The paragraphs with opening, crossheads and end marks; and the date they give."""
    blocks = _cut(list(article.blocks), kind, desk.rng)
    day = desk.issue.day - timedelta(days=desk.rng.choice((0, 0, 1)))
    own = kind != "tail" and bool(_OWN_OPENING.match(blocks[0][1]))
    dated, opening = None, ""
    if kind != "tail" and not own and not article.latin and desk.happens("opening"):
        dated = day if desk.happens("opening_date") else None
        opening = phrases.opening(desk.rng, dated)
        blocks[0] = (Role.BODY, opening + blocks[0][1])
    flows = []
    with_crossheads = not article.latin and desk.happens("crosshead")
    for place, (role, text) in enumerate(blocks):
        if with_crossheads and place and role is Role.BODY and desk.rng.random() < 0.4:
            flows.append(desk.units.add(Role.HEADING, number, _crosshead(text, desk.rng)))
        flows.append(desk.units.add(role, number, text))
    shown = len("".join(opening.split()))
    desk.protected |= {(cell.unit, cell.place) for cell in flows[0] if cell.place < shown}
    if not (article.latin or opening or own or kind == "head") and desk.happens("end_mark"):
        dated = day
        _mark_end(flows, number, day, desk)
    return flows, None if own else _expected(dated, desk.issue)


def _expected(dated: date | None, issue: Issue) -> str | None:
    if dated:
        return dated.isoformat() if issue.printed else f"XXXX-{dated:%m-%d}"
    return issue.day.isoformat() if issue.printed else None


def _cut(blocks: list[tuple[Role, str]], kind: str, rng: Random) -> list[tuple[Role, str]]:
    """The part of an article that stands on this page: its tail, its head, or all of it."""
    if kind not in ("tail", "head"):
        return blocks
    middle = len(blocks) // 2
    role, text = blocks[middle]
    at = rng.randint(len(text) // 3, 2 * len(text) // 3) if role is Role.BODY else 0
    at = 0 if rng.random() < 0.5 else at
    if kind == "tail":
        return [(role, text[at:].lstrip()), *blocks[middle + 1 :]]
    cut = [*blocks[:middle], *([(role, text[:at].rstrip())] if at else [])]
    return cut or blocks


def _crosshead(text: str, rng: Random) -> str:
    """A clause of the paragraph that follows, or any short line."""
    clauses = _CLAUSE.findall(text)
    line = rng.choice(clauses) if clauses and rng.random() < 0.5 else phrases.crosshead(rng)
    return line + ("——" if rng.random() < 0.1 else "")


def _mark_end(flows: list[Cells], number: int, day: date, desk: Desk) -> None:
    marks = [desk.units.add(Role.BYLINE, number, m) for m in phrases.end_mark(desk.rng, day)]
    if len(marks) == 1 and desk.rng.random() < 0.4:
        flows[-1] += marks[0]  # on the last line of the text
    elif len(marks) == 2 and desk.rng.random() < 0.3:
        flows.append((*marks[0], SPACE, *marks[1]))
    else:
        flows += marks


def _continued(flows: list[Cells], number: int, kind: str, desk: Desk) -> list[list[Cells]]:
    """Put continuation marks: one list of paragraphs, two when both halves stand on the page."""
    if not kind:
        return [flows]
    rng, page = desk.rng, desk.issue.page
    texts = phrases.continued_from(rng, max(1, page - 1)), phrases.continued_on(rng, page + 1)
    # A unit that is not printed is no part of the truth.
    back, onward = (desk.units.add(Role.CONTINUATION, number, text) for text in texts)
    if kind == "tail":
        return [[back, *flows]]
    if kind == "head":
        return [_with_mark(flows, onward, rng)]
    middle = max(1, len(flows) // 2)
    first, second = flows[:middle], flows[middle:]
    if len(first[-1]) > 30 and rng.random() < 0.5:
        at = rng.randint(10, len(first[-1]) - 10)
        first, second = [*first[:-1], first[-1][:at]], [first[-1][at:], *second]
    return [_with_mark(first, onward, rng), [back, *second]]


def _with_mark(flows: list[Cells], mark: Cells, rng: Random) -> list[Cells]:
    if rng.random() < 0.5:
        return [*flows, mark]
    return [*flows[:-1], (*flows[-1], SPACE, *mark)]
