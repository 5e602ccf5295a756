"""How often each kind of damage happens, and what everything on a page is set with."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from eval.bench.pages_typeset import Units


@dataclass(frozen=True)
class Odds:
    """How often each thing happens, 0 to 1: to an article, a page, a column foot, a character."""

    # an article
    opening: float = 0.6
    opening_date: float = 0.6
    end_mark: float = 0.2
    byline: float = 0.3
    kicker: float = 0.2
    subtitle: float = 0.25
    crosshead: float = 0.25
    no_headline: float = 0.05
    spaced_headline: float = 0.3
    two_lines: float = 0.3
    headline_moved: float = 0.12
    continuation: float = 0.12
    other_width: float = 0.2
    half_width: float = 0.15
    repeat_paragraph: float = 0.08
    # a page
    masthead: float = 0.5
    banner: float = 0.25
    contact: float = 0.3
    caption: float = 0.3
    jitter: float = 0.3
    # a column foot
    repeat_foot: float = 0.12
    paragraph_end: float = 0.15  # the column ends with its paragraph
    # a character of the running text
    confusion: float = 0.0025


@dataclass(frozen=True)
class Issue:
    """The paper: the day it appeared, whether the page prints that day, and the page's number."""

    day: date
    printed: bool
    page: int


@dataclass
class Desk:
    """What everything on a page is set with: the units so far, the odds, the dice."""

    units: Units
    odds: Odds
    rng: Random
    issue: Issue
    protected: set[tuple[int, int]] = field(default_factory=set)  # never misread: (unit, place)

    def happens(self, what: str) -> bool:
        """Throw the dice for one of the odds."""
        rate: float = getattr(self.odds, what)
        return self.rng.random() < rate
