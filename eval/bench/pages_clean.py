"""Clean articles for the damaged pages: read from .jsonl files or from a folder of .md articles."""

import datetime
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index.errors import InputError
from index.language import language
from index.newspaper.page import Role

Part = Literal["dev", "unseen", "all"]

_PARAGRAPH = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_LEAD = re.compile(r"^央视网消息\s*（新闻联播）\s*[：:]\s*")
_LABEL = re.compile(r"^【[^】]*】\s*")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_ENDED = re.compile("[。！？!?.…][”’」』）)】\"'*]*$|”$")
_MIN_CHARACTERS = 120


@dataclass(frozen=True)
class CleanArticle:
    """An article as written: `blocks` are its paragraphs (BODY) and crossheads (HEADING)."""

    title: str
    blocks: tuple[tuple[Role, str], ...]
    date: datetime.date | None = None

    @property
    def latin(self) -> bool:
        """Whether its lines break between words."""
        return language(self.blocks[0][1]) not in {"zh", "ja"}


def read_clean(paths: Iterable[Path], part: Part = "all") -> list[CleanArticle]:
    """Articles of all files, each title once; of `part` "dev" (8 in 10) or "unseen" alone.

    Short ones are left out, and bulletins: where a paragraph is no sentence, nobody can say
    whether it is a crosshead.

    Raises:
        InputError: a file cannot be read, or no article is left.
    """
    found: dict[str, CleanArticle] = {}
    for path in paths:
        for article in _articles(path):
            if part in ("all", part_of(article.title)) and _usable(article):
                found.setdefault(article.title, article)
    if not found:
        raise InputError(f"no clean article in --clean for --part {part}; check the files")
    return list(found.values())


def part_of(title: str) -> Literal["dev", "unseen"]:
    """Which part an article belongs to, the same on every machine."""
    number = int(hashlib.sha256(title.encode("utf-8")).hexdigest()[:8], 16)
    return "unseen" if number % 10 >= 8 else "dev"


def from_record(record: dict[str, Any]) -> CleanArticle:
    """An article from `{"date": "20300415", "title": …, "body": HTML or plain lines}`."""
    body = str(record["body"])
    raw = _PARAGRAPH.findall(body) or body.splitlines()
    texts = [_LEAD.sub("", html.unescape(_TAG.sub("", text)).strip()).strip() for text in raw]
    day = re.sub(r"\D", "", str(record.get("date") or ""))
    return CleanArticle(
        _LABEL.sub("", html.unescape(str(record["title"])).strip()),
        tuple((Role.BODY, " ".join(text.split())) for text in texts if text),
        datetime.date(int(day[:4]), int(day[4:6]), int(day[6:8])) if len(day) == 8 else None,
    )


def from_markdown(text: str) -> CleanArticle:
    """An article with front matter (`title`, `date`) and `## ` crossheads."""
    front = _FRONT.match(text)
    head = dict(line.split(": ", 1) for line in (front[1] if front else "").splitlines())
    blocks = []
    for block in re.split(r"\n\s*\n", text[front.end() if front else 0 :]):
        line = " ".join(block.split())
        if line:
            heading = line.startswith("#")
            blocks.append((Role.HEADING if heading else Role.BODY, line.lstrip("# ")))
    day = head.get("date")
    return CleanArticle(
        head.get("title", "").strip('"'),
        tuple(blocks),
        datetime.date.fromisoformat(day) if day else None,
    )


def _articles(path: Path) -> Iterator[CleanArticle]:
    try:
        if path.is_dir():
            for file in sorted(path.glob("*.md")):
                yield from_markdown(file.read_text("utf-8"))
        else:
            with (
                gzip.open(path, "rt", encoding="utf-8")
                if path.suffix == ".gz"
                else path.open(encoding="utf-8") as lines
            ):
                yield from (from_record(json.loads(line)) for line in lines if line.strip())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as clean articles ({error}); give .jsonl or .jsonl.gz files "
            "with date, title and body, or a folder of .md articles"
        ) from error


def _usable(article: CleanArticle) -> bool:
    texts = [text for role, text in article.blocks if role is Role.BODY]
    return (
        sum(map(len, texts)) >= _MIN_CHARACTERS
        and article.blocks[0][0] is Role.BODY
        and 0 < len(article.title) <= 60 * (1 + article.latin)
        and all(_ENDED.search(text) for text in texts)
    )
