"""What a printed page is understood to hold: articles, their parts, and what was left out."""

from dataclasses import dataclass, field
from enum import StrEnum

from index.article import Piece


class Role(StrEnum):
    """What a run of characters of a page is. Every non-space character has exactly one role."""

    BODY = "body"  # running text: a paragraph
    HEADING = "heading"  # a crosshead inside an article
    TITLE = "title"
    KICKER = "kicker"  # the smaller line above the title (引题)
    SUBTITLE = "subtitle"  # below the title, often after a dash (副题)
    BYLINE = "byline"  # who wrote it, and end marks such as （新华社北京4月14日电）
    CAPTION = "caption"  # of a picture, and the picture's credit
    MASTHEAD = "masthead"  # the paper's name, date, page number, a banner over several articles
    CONTACT = "contact"  # e-mail, telephone, editors of the page
    CONTINUATION = "continuation"  # (下转第四版), (上接第二版)
    REPEAT = "repeat"  # a fragment printed twice by the scan
    HYPHEN = "hyphen"  # a hyphen that only broke a word at the end of a line


@dataclass(frozen=True)
class Join:
    """Two runs that follow one another inside a part.

    `at` is the offset in the part's text of the first character behind the join; `moved` says
    that other text of the page stands between the two runs; `confidence` is the probability,
    0 to 1, that the second run continues the first.
    """

    at: int
    confidence: float
    moved: bool = False


@dataclass(frozen=True)
class Part:
    """A paragraph, a heading, a caption …: its repaired text and where each run of it is printed.

    Characters of `text` outside the pieces (a space between two joined Latin lines) were not
    printed.
    """

    role: Role
    text: str
    pieces: tuple[Piece, ...]
    joins: tuple[Join, ...] = ()


@dataclass(frozen=True)
class PageArticle:
    """One article of a page; `parts` are in reading order, title and by-line among them.

    `date` is YYYY-MM-DD, or XXXX-MM-DD (ISO 8601-2: year not specified) when neither the text
    nor the paper's own date gives the year. `date_precision` is "day" (printed in full), "year
    of issue" (the year comes from the paper's own date), "issue" (the paper's own date stands
    in for a missing one) or "no year". `continued_on` and `continued_from` are page numbers.
    """

    parts: tuple[Part, ...]
    title: str = ""
    kicker: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    place: str | None = None
    date: str | None = None
    date_precision: str | None = None
    section: str | None = None
    page: int | None = None
    continued_on: int | None = None
    continued_from: int | None = None
    confidence: float = 1.0  # that this is one article, wholly and alone

    def with_role(self, *roles: Role) -> tuple[Part, ...]:
        """The parts of these roles, in reading order."""
        return tuple(part for part in self.parts if part.role in roles)


@dataclass(frozen=True)
class Page:
    """A page as understood: `left_out` holds what belongs to no article."""

    raw: str = field(repr=False)
    articles: tuple[PageArticle, ...]
    left_out: tuple[Part, ...] = ()

    def parts(self) -> tuple[Part, ...]:
        """All parts: those of the articles, then what was left out."""
        return tuple(p for article in self.articles for p in article.parts) + self.left_out
