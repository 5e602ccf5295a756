"""Printed lines → the lines of running text and headlines, in order; everything else aside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.newspaper.columns import in_columns
from index.newspaper.ends import ends_open
from index.newspaper.evidence import Floats, features_of
from index.newspaper.lines import Line, printed_lines
from index.newspaper.page import Role
from index.newspaper.repeats import without_repeats
from index.newspaper.roles import CONTINUED_FROM, CONTINUED_ON, is_broken_byline, own_role
from index.newspaper.seams import Seams

Marked = tuple[Line, Role]

_PARTING = frozenset((Role.BYLINE, Role.CONTINUATION))  # what stands between two articles


@dataclass(frozen=True)
class Prepared:
    """The lines of a page whose place and kind are known: text, and what stands between it.

    `between[i]` stands before line i of the text, the last one behind all text.
    """

    text: list[Line]
    between: list[list[Marked]]
    others: list[Marked]
    seams: Seams

    def features(self) -> Floats:
        """The evidence on what each line of the text does."""
        barrier = [any(role in _PARTING for _, role in pairs) for pairs in self.between]
        other = [any(role not in _PARTING for _, role in pairs) for pairs in self.between]
        return features_of(self.text, barrier, other, self.seams)


def prepare(lines: list[Line]) -> Prepared:
    """Columns put in order, second copies and everything that is not text taken out."""
    seams = Seams(lines)
    lines = in_columns(lines, seams)
    roles = _roles(lines, seams)
    known = {id(line): role for line, role in zip(lines, roles, strict=True)}
    lines, copies = without_repeats(lines, [role is None for role in roles], seams)
    roles = [known.get(id(line)) for line in lines]
    text = [line for line, role in zip(lines, roles, strict=True) if role is None]
    others = [(line, Role.REPEAT) for line in copies]
    return Prepared(text, _between(lines, roles), others, seams)


def lines_of(raw: str) -> list[Line]:
    """All printed lines of a page, notices of continuation parted from the text."""
    return [part for line in printed_lines(raw) for part in _without_notices(line)]


def _without_notices(line: Line) -> Iterator[Line]:
    """A line parted from the notices （下转第四版） that it ends or begins with."""
    rest: Line | None = line
    while rest is not None and "版" in rest.text:
        start = CONTINUED_FROM.match(rest.text)
        if not start or start.end() >= len(rest.text):
            break
        notice, rest = rest.split(start.end())
        yield notice
    if rest is None:
        return
    end = CONTINUED_ON.search(rest.text) if "版" in rest.text else None
    if end and end.start() > 0:
        text, notice_behind = rest.split(end.start())
        yield text
        if notice_behind is not None:
            yield notice_behind
    else:
        yield rest


def _roles(lines: Sequence[Line], seams: Seams) -> list[Role | None]:
    """The role of each line by its own words and by what stands before it."""
    roles: list[Role | None] = [own_role(line) for line in lines]
    for i, (line, following) in enumerate(pairwise(lines)):
        if roles[i] is None and is_broken_byline(line.text, following.text):
            roles[i] = roles[i + 1] = Role.BYLINE
    for i, role in enumerate(roles):
        before = lines[i - 1] if i else None
        if role in (Role.BYLINE, Role.CONTACT, Role.MASTHEAD) and before is not None:
            running = roles[i - 1] is None and ends_open(before.text) and not lines[i].spaced
            if running and seams.scores([before.text], [lines[i].text])[0] > 1.0:
                roles[i] = None
        if role is None and before is not None and roles[i - 1] is Role.CAPTION:
            cut_off = (
                ends_open(before.text) and len(before.text) < 40 and "摄" not in before.text[-3:]
            )
            if cut_off and seams.scores([before.text], [lines[i].text])[0] > -1.0:
                roles[i] = Role.CAPTION
    return roles


def _between(lines: Sequence[Line], roles: Sequence[Role | None]) -> list[list[Marked]]:
    """What is not text before each line of text, and behind the last one."""
    between: list[list[Marked]] = [[]]
    for line, role in zip(lines, roles, strict=True):
        if role is None:
            between.append([])
        else:
            between[-1].append((line, role))
    return between
