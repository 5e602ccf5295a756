"""Articles that go on elsewhere: （下转第四版） here, （上接第一版） there, found among all files.

Two parts belong together when nothing printed contradicts it and when the words of the second
are those of the first, clearly more so than of any other; otherwise nothing is tied.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log

from index.article import Article
from index.catalog import Catalog
from index.notices import fits, groups
from index.rows import Link
from index.text import fold, is_cjk

LEAST = 0.05  # share of the second part's telling words that the first must hold
MARGIN = 2.0  # times the share of the next best partner, on both sides

_WORD = re.compile(r"[^\W_]+")


def link_parts(catalog: Catalog) -> None:
    """Tie second parts to first parts; one without a headline takes the first one's title.

    All ties are found anew, so that a part that is gone leaves no trace.
    """
    _tie(catalog, anew=True)


def unlink_parts(catalog: Catalog) -> None:
    """Undo the ties to parts that are gone, without any text that would have to be embedded."""
    _tie(catalog, anew=False)


def _tie(catalog: Catalog, *, anew: bool) -> None:
    before = catalog.ties.links()
    notices = catalog.ties.notices()
    if not notices and not before:
        return
    if anew:
        follows: dict[str, str] = {}
        for group in groups(notices):
            follows |= matches(group, catalog.ties.texts_beside(article.id for article in group))
    else:
        known = {article.id for article in notices}
        follows = {
            key: link.continues
            for key, link in before.items()
            if link.continues in known
        }  # fmt: skip
    titles = titles_of(notices, follows)
    goes_on = {first: second for second, first in follows.items()}
    for key in sorted({*before, *follows, *goes_on}):
        own = catalog.ties.own_title(key)
        link = Link(titles.get(key, own), follows.get(key), goes_on.get(key))
        old = before.get(key, Link(own))
        if not anew and link.title not in (own, old.title):
            link = Link(own, link.continues, link.continued_by)
        if link != old:
            catalog.ties.set_link(key, link)


def matches(notices: Sequence[Article], texts: Mapping[str, str]) -> dict[str, str]:
    """Second part → first part, by id; `texts` are those of the notices and of their neighbours.

    The evidence is `_likeness`; a pair is taken where it is the best for both and beats the next
    best of either by `MARGIN`.
    """
    terms = {key: _terms(text) for key, text in texts.items()}
    holders = Counter(term for found in terms.values() for term in found)
    scores: dict[tuple[str, str], float] = {}
    for second in notices:
        for first in notices:
            if first.id != second.id and fits(first, second):
                pair = (second.id, first.id)
                scores[pair] = _likeness(terms[second.id], terms[first.id], holders, len(terms))
    taken = {
        second: first
        for (second, first), score in scores.items()
        if score >= LEAST and score >= MARGIN * _next_best(scores, second, first)
    }
    return _without_circles(taken)


def _terms(text: str) -> frozenset[str]:
    """Pairs of characters where words are not parted by spaces, and words elsewhere."""
    found: set[str] = set()
    for word in _WORD.findall(fold(text)):
        if any(map(is_cjk, word)):
            found.update(word[i : i + 2] for i in range(len(word) - 1))
        elif len(word) > 3 or word.isdigit():
            found.add(word)
    return frozenset(found)


def _likeness(
    second: Iterable[str], first: frozenset[str], holders: Mapping[str, int], texts: int
) -> float:
    """Share of the second's terms that stand in the first, each weighted by its rarity squared.

    The rarity of a term that n of N texts hold is ln((N + 1) / n).
    """
    both = whole = 0.0
    for term in second:
        weight = log((texts + 1) / holders[term]) ** 2
        whole += weight
        both += weight if term in first else 0.0
    return both / whole if whole else 0.0


def _next_best(scores: Mapping[tuple[str, str], float], second: str, first: str) -> float:
    """The best score of a pair that competes with this one."""
    return max(
        (
            score
            for pair, score in scores.items()
            if pair != (second, first) and (pair[0] == second or pair[1] == first)
        ),
        default=0.0,
    )


def _without_circles(follows: Mapping[str, str]) -> dict[str, str]:
    """Second → first without the pairs that lead back to where they began."""
    kept = {}
    for second, first in follows.items():
        seen = {second}
        at: str | None = first
        while at is not None and at not in seen:
            seen.add(at)
            at = follows.get(at)
        if at is None:
            kept[second] = first
    return kept


def titles_of(notices: Sequence[Article], follows: Mapping[str, str]) -> dict[str, str]:
    """The titles of second parts without a headline: that of the first, marked as continued."""
    known = {article.id: article for article in notices}
    titles = {}
    for second in follows:
        if not known[second].untitled:
            continue
        first = follows[second]
        while known[first].untitled and first in follows:
            first = follows[first]
        own = known[first].title
        titles[second] = own + ("（续）" if any(map(is_cjk, own)) else " (continued)")
    return titles
