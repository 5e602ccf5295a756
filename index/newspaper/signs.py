"""Is a text a printed page? Measured signs, so that clean articles stay as they are."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.newspaper.contiguity import opens_paragraph
from index.newspaper.datelines import OPENING
from index.newspaper.ends import ends_closed
from index.newspaper.lines import Line, printed_lines
from index.newspaper.page import Role
from index.newspaper.roles import is_end_mark, own_role
from index.newspaper.seams import Seams
from index.text import is_cjk

_MARKUP = re.compile(r"[#*|>-]")
_HYPHEN = re.compile(r"[^\W\d_]-$")
_SPOKEN = re.compile("[\u3041-\u30ff]」$")  # Japanese speech ends without a full stop
_BROKEN = 2  # broken sentences that make a page by themselves
_MARKS = 2  # kinds of other signs that do
_LEAST = 9.0  # width; a shorter open line is a headline or a list item
_PARAGRAPH = 12  # characters; a longer one does not stand twice in an article
_WITHIN = -0.5  # log-odds that a line begins a paragraph, for one that does not
_SURE = 1.0  # nats by which the next line continues a broken one


@dataclass(frozen=True)
class Signs:
    """What speaks for a printed page, each as a count.

    `broken`: lines that stop inside a sentence which the next line continues. `spaced`:
    headlines with spaces between their characters, and lines joined by spaces. `repeated`:
    paragraphs that stand twice. `openings`: datelines and end marks of agencies beyond the first
    of each. `furniture`: page numbers, captions, contact lines, notices of continuation.
    """

    broken: int = 0
    spaced: int = 0
    repeated: int = 0
    openings: int = 0
    furniture: int = 0

    @property
    def printed(self) -> bool:
        """Whether the text is to be read as a printed page."""
        kinds = [self.spaced, self.repeated, self.openings, self.furniture]
        marks = sum(count > 0 for count in kinds)
        return self.broken >= _BROKEN or marks + (self.broken > 0) >= _MARKS


def signs_of_print(raw: str) -> Signs:
    """The signs of print in a text."""
    lines = printed_lines(raw)
    roles = [own_role(line) for line in lines]
    texts = [line.text for line in lines]
    openings = sum(bool(OPENING.match(text)) for text in texts)
    ends = sum(is_end_mark(text) for text in texts)
    furniture = (Role.MASTHEAD, Role.CAPTION, Role.CONTACT, Role.CONTINUATION)
    return Signs(
        broken=_broken(lines, roles),
        spaced=sum(line.spaced for line in lines) + _joined(lines),
        repeated=_repeated(texts),
        openings=max(0, openings - 1) + max(0, ends - 1),
        furniture=sum(role in furniture for role in roles),
    )


def _joined(lines: Sequence[Line]) -> int:
    """Lines of the file in which spaces stand for line breaks; a headline has no commas."""
    rows = Counter(line.row for line in lines if line.soft)
    text = {line.row for line in lines if any(mark in line.text for mark in "，。；")}
    return sum(count > 1 and row in text for row, count in rows.items())


def _broken(lines: Sequence[Line], roles: Sequence[Role | None]) -> int:
    pairs = [
        (a.text, b.text)
        for a, b, role, after in zip(lines, lines[1:], roles, roles[1:], strict=False)
        if role is None
        and after is None
        and not b.soft
        and a.width >= _LEAST
        and _breaks(a.text, b.text)
    ]
    if not pairs:
        return 0
    scores = Seams(lines).scores([a for a, _ in pairs], [b for _, b in pairs])
    within = opens_paragraph([b for _, b in pairs]) < _WITHIN
    return int(((scores > _SURE) & within).sum())


def _breaks(text: str, following: str) -> bool:
    """Whether a line stops where no paragraph of a clean text does.

    Lines of Latin script that are only wrapped are joined without any repair; there, a hyphen
    that breaks a word is a sign.
    """
    if not is_cjk(text[-1]) and not is_cjk(following[0]) and not text[-1].isdigit():
        return bool(_HYPHEN.search(text)) and following[0].islower()
    if ends_closed(text) or text[-1] in "：:；;—" or _SPOKEN.search(text) or _MARKUP.match(text):
        return False
    return not _MARKUP.match(following)


def _repeated(texts: Sequence[str]) -> int:
    """Paragraphs that stand a second time."""
    seen: set[str] = set()
    count = 0
    for text in texts:
        if len(text) >= _PARAGRAPH:
            count += text in seen
            seen.add(text)
    return count
