"""Five real newspaper pages as a careful reader understands them: the truth, made by hand.

The pages are not part of the project: the truth (`pages_truth.json`) holds line numbers, offsets
and hashes only, and knows the files by their SHA-256. Lines count from 1 and are split at line
feeds; offsets count characters of the file decoded as UTF-8, newlines as they are.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from index.errors import InputError

TRUTH = Path(__file__).with_name("pages_truth.json")


class Lines:
    """The lines of a raw text: from a line's number to its characters and back."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self._starts = [0]
        for line in raw.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def number(self, offset: int) -> int:
        """The line, from 1, that holds the character at `offset`."""
        return bisect_right(self._starts, offset)

    def printed(self, line: int) -> list[int]:
        """Offsets of the characters of a line that are no space."""
        ends = range(self._starts[line - 1], self._starts[line] - 1)
        return [offset for offset in ends if not self.raw[offset].isspace()]


@dataclass(frozen=True)
class TrueArticle:
    """One article: its body lines in reading order, and what stands around them.

    `titles` are the acceptable headlines, each a run of lines; an empty run means that none is
    printed. `date` is XXXX-MM-DD, or None when no dateline gives it. `sha256` is that of the
    body's characters without white space.
    """

    start: int
    lines: tuple[int, ...]
    titles: tuple[tuple[int, ...], ...]
    date: str | None
    sha256: str


@dataclass(frozen=True)
class TruePage:
    """The truth about one page; pairs are (line, the line that continues its paragraph).

    `roles` are (acceptable roles, line, and the range of it where it is not the whole line);
    `unsure` pairs and ranges are scored neither way.
    """

    name: str
    sha256: str
    lines: int
    follows: frozenset[tuple[int, int]]
    unsure: frozenset[tuple[int, int]]
    articles: tuple[TrueArticle, ...]
    roles: tuple[tuple[frozenset[str], int, tuple[int, int] | None], ...]
    unsure_roles: tuple[tuple[int, int], ...]

    def left_out(self, lines: Lines) -> dict[int, frozenset[str]]:
        """The acceptable roles of each character that is no running text or heading."""
        found = {}
        for roles, line, part in self.roles:
            for offset in lines.printed(line):
                if part is None or part[0] <= offset < part[1]:
                    found[offset] = roles
        return found

    def body(self, article: TrueArticle, lines: Lines) -> list[int]:
        """Offsets of the article's running text, in reading order."""
        other = self.left_out(lines)
        return [o for line in article.lines for o in lines.printed(line) if o not in other]

    def check(self, lines: Lines) -> None:
        """Whether the truth fits this text.

        Raises:
            InputError: it does not.
        """
        for number, article in enumerate(self.articles, 1):
            body = "".join(lines.raw[offset] for offset in self.body(article, lines))
            if hashlib.sha256(body.encode()).hexdigest() != article.sha256:
                raise InputError(
                    f"{TRUTH.name}: article {number} of page {self.name} does not fit the page; "
                    "restore the file from the repository"
                )
        if len(lines) != self.lines:
            raise InputError(
                f"{TRUTH.name}: page {self.name} should have {self.lines} lines, not {len(lines)}; "
                "restore the file from the repository"
            )


def load_truth(path: Path = TRUTH) -> tuple[TruePage, ...]:
    """The truth about every page."""
    return tuple(_page(record) for record in json.loads(path.read_text("utf-8"))["pages"])


def real_pages(
    folder: Path, truth: Sequence[TruePage] | None = None
) -> Iterator[tuple[TruePage, Path, Lines]]:
    """The pages of the truth, found in a folder by their SHA-256; nothing if it holds none.

    Raises:
        InputError: some of the pages are there and some are not, or the truth does not fit.
    """
    pages = load_truth() if truth is None else truth
    files = {hashlib.sha256(p.read_bytes()).hexdigest(): p for p in sorted(folder.rglob("*.txt"))}
    missing = [page for page in pages if page.sha256 not in files]
    if len(missing) == len(pages):
        return
    if missing:
        names = "; ".join(f"page {page.name} (SHA-256 {page.sha256[:16]}…)" for page in missing)
        raise InputError(f"{folder} lacks {names}; put the unchanged files there, or none of them")
    for page in pages:
        lines = Lines(files[page.sha256].read_bytes().decode("utf-8"))
        page.check(lines)
        yield page, files[page.sha256], lines


def _page(record: dict[str, Any]) -> TruePage:
    return TruePage(
        name=record["name"],
        sha256=record["sha256"],
        lines=record["lines"],
        follows=frozenset(pair for run in record["follows"] for pair in pairwise(run)),
        unsure=frozenset((first, second) for first, second in record["unsure"]),
        articles=tuple(_article(article) for article in record["articles"]),
        roles=tuple(
            (
                frozenset(entry["role"]),
                entry["line"],
                (entry["start"], entry["end"]) if "start" in entry else None,
            )
            for entry in record["roles"]
        ),
        unsure_roles=tuple((entry["start"], entry["end"]) for entry in record["unsure_roles"]),
    )


def _article(record: dict[str, Any]) -> TrueArticle:
    return TrueArticle(
        start=record["start"],
        lines=tuple(n for first, last in record["lines"] for n in range(first, last + 1)),
        titles=tuple(tuple(title) for title in record["title"]),
        date=record["date"],
        sha256=record["sha256"],
    )
