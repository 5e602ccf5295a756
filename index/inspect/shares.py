"""How the characters of a page are shared out among the roles, and whether none is missing."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from index.article import Piece
from index.newspaper.page import Page, Role

LEFT_OUT = (Role.MASTHEAD, Role.CONTACT, Role.CONTINUATION, Role.REPEAT, Role.HYPHEN)


@dataclass(frozen=True)
class Run:
    """Raw characters `[start, end)` that belong to the same parts: indexes into `Page.parts()`."""

    start: int
    end: int
    owners: tuple[int, ...]


@dataclass(frozen=True)
class Shares:
    """Numbers of non-space characters: of each role, altogether, in no part, in two or more.

    A character in two parts counts under the first of them, so that the roles and
    `in_no_part` add up to `total`. Shares of several pages add.
    """

    roles: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(Role, 0))
    total: int = 0
    in_no_part: int = 0
    in_two: int = 0

    def __add__(self, other: "Shares") -> "Shares":
        return Shares(
            {role: self.roles[role] + other.roles[role] for role in Role},
            self.total + other.total,
            self.in_no_part + other.in_no_part,
            self.in_two + other.in_two,
        )

    @property
    def whole(self) -> bool:
        """Whether every character has exactly one part."""
        return not (self.in_no_part or self.in_two)


def runs(page: Page) -> Iterator[Run]:
    """The whole raw text in order, cut wherever the parts that hold it change."""
    changes: dict[int, list[tuple[int, bool]]] = {}
    for index, part in enumerate(page.parts()):
        for piece in part.pieces:
            changes.setdefault(piece.raw_start, []).append((index, True))
            changes.setdefault(piece.raw_start + piece.length, []).append((index, False))
    owners: list[int] = []
    start = 0
    for at in sorted({*changes, len(page.raw)}):
        if start < at <= len(page.raw):
            yield Run(start, at, tuple(sorted(owners)))
            start = at
        for index, begins in changes.get(at, ()):
            (owners.append if begins else owners.remove)(index)


def no_part(page: Page) -> list[Piece]:
    """The raw text that is in no part, without the white space around it."""
    return _trimmed(page, [run for run in runs(page) if not run.owners])


def two_parts(page: Page) -> list[Piece]:
    """The raw text that is in more than one part, without the white space around it."""
    return _trimmed(page, [run for run in runs(page) if len(run.owners) > 1])


def shares(page: Page) -> Shares:
    """The non-space characters (`str.isspace`) of a page by role."""
    parts = page.parts()
    roles = dict.fromkeys(Role, 0)
    nowhere = twice = 0
    for run in runs(page):
        count = sum(map(len, page.raw[run.start : run.end].split()))
        if run.owners:
            roles[parts[run.owners[0]].role] += count
        else:
            nowhere += count
        twice += count if len(run.owners) > 1 else 0
    return Shares(roles, sum(roles.values()) + nowhere, nowhere, twice)


def format_shares(shares: Shares) -> str:
    """Two lines: what share of the characters each role has, and whether any is missing."""
    if not shares.total:
        return "no characters"
    kept = [_percent(shares, role) for role in Role if role not in LEFT_OUT and shares.roles[role]]
    left = [_percent(shares, role) for role in LEFT_OUT if shares.roles[role]]
    if left:
        kept.append("left out: " + ", ".join(left))
    return " · ".join(kept) + ("\n" if kept else "") + promise(shares)


def promise(shares: Shares) -> str:
    """Whether every character is in exactly one part, in words."""
    if shares.whole:
        return f"{shares.total:,} characters, each in exactly one part"
    return (
        f"{shares.total:,} characters: {shares.in_no_part:,} in no part, {shares.in_two:,} in two"
    )


def _trimmed(page: Page, found: list[Run]) -> list[Piece]:
    pieces = []
    for run in found:
        text = page.raw[run.start : run.end]
        lead = len(text) - len(text.lstrip())
        pieces.append(Piece(0, run.start + lead, len(text.strip())))
    return [piece for piece in pieces if piece.length]


def _percent(shares: Shares, role: Role) -> str:
    return f"{role} {percentage(shares.roles[role], shares.total)}"


def percentage(count: int, total: int) -> str:
    """`count` of `total` as a percentage with one decimal; something is never shown as nothing."""
    percent = 100 * count / total
    return "<0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"
