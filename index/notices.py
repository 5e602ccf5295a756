"""Notices of continuation: which articles may be parts of one another by what is printed."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from index.article import Article
from index.readers import date_in_path

_DAYS = 2  # between the day of a report and the paper that prints it
_MOST = 300  # articles with notices among which the parts of one can be told

log = logging.getLogger(__name__)


def fits(first: Article, second: Article) -> bool:
    """Whether nothing printed speaks against `second` being the rest of `first`."""
    on, back = first.continued_on, second.continued_from
    if on is None or back is None or on == back:
        return False
    if first.page not in (None, back) or second.page not in (None, on):
        return False
    return _one_issue(first, second)


def _one_issue(first: Article, second: Article) -> bool:
    """Whether the dates may be those of one paper.

    Where one is the paper's own and the other that of a report, the report may be older.
    """
    one_paper, other_paper = _paper(first), _paper(second)
    if one_paper and other_paper and one_paper != other_paper:
        return False
    if first.date is None or second.date is None:
        return True
    papers = [article.date_precision == "issue" for article in (first, second)]
    one, other = _days(first.date, second.date)
    if papers[0] == papers[1]:
        return one == other
    paper, report = (one, other) if papers[0] else (other, one)
    return timedelta(0) <= paper - report <= timedelta(_DAYS)


def _paper(article: Article) -> str | None:
    """The day of the paper that an article stands in, where it is known."""
    own = article.date if article.date_precision == "issue" else None
    return own or date_in_path(article.source)


def _days(one: str, other: str) -> tuple[date, date]:
    """Two dates as days; XXXX stands for the year of the other one, else for a leap year."""
    years = [text[:4] for text in (one, other) if text[:4] != "XXXX"] or ["2000"]
    found = []
    for text in (one, other):
        year = years[0] if text[:4] == "XXXX" else text[:4]
        try:
            found.append(date.fromisoformat(year + text[4:]))
        except ValueError:  # 29 February of a year that has none: a day of no paper
            found.append(date.min)
    return found[0], found[1]


def groups(notices: Sequence[Article]) -> list[list[Article]]:
    """The articles that may be parts of one another, group by group; mostly those of one paper.

    A group of more than `_MOST` is left out, with a warning: where days are not known, too many
    fit one another.
    """
    firsts: dict[str | None, list[Article]] = defaultdict(list)
    for article in notices:
        if article.continued_on is not None:
            firsts[_day(article)].append(article)
    undated = sum(_day(article) is None for article in notices)
    crowded = undated > _MOST
    leader = {article.id: article.id for article in notices}
    for second in notices:
        if second.continued_from is None or (crowded and _day(second) is None):
            continue
        days = firsts if _day(second) is None else _near(_day(second), dated_only=crowded)
        for first in (article for day in days for article in firsts.get(day, ())):
            if first.id != second.id and fits(first, second):
                leader[_root(leader, second.id)] = _root(leader, first.id)
    found: dict[str, list[Article]] = defaultdict(list)
    for article in notices:
        found[_root(leader, article.id)].append(article)
    if crowded or any(len(group) > _MOST for group in found.values()):
        log.warning(
            "more than %d articles go on elsewhere and may belong together: they are not tied; "
            "name files or folders by the day of the paper (2022-04-14)",
            _MOST,
        )
    return [group for group in found.values() if 1 < len(group) <= _MOST]


def _day(article: Article) -> str | None:
    """Month and day of an article, MM-DD."""
    return article.date[5:] if article.date else None


def _near(day: str | None, *, dated_only: bool) -> list[str | None]:
    """The days, in any year, that the other part may have."""
    middle = date.fromisoformat(f"2000-{day}")
    around = (middle + timedelta(shift) for shift in range(-_DAYS, _DAYS + 1))
    days: list[str | None] = [found.isoformat()[5:] for found in around]
    if "02-29" in days:  # which most years skip
        days += ["02-27", "02-28", "03-01", "03-02"]
    return days if dated_only else [*days, None]


def _root(leader: dict[str, str], key: str) -> str:
    while leader[key] != key:
        leader[key] = leader[leader[key]]
        key = leader[key]
    return key
