"""The checked view of a row: what the metrics read of an answer, with every shape made sure of.

A row is the object that `python -m rag --json` prints with what the runner adds (`gold`), or the
row of a question that failed (`error`). Checked once, so that no metric has to doubt what it is
given; what metrics do not read is not looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rag.errors import InputError

Json = Mapping[str, Any]

_DATE = re.compile(r"[1-9]\d{3}(?:-(?:\d\d|XX)){0,2}", re.ASCII)
_LAST_YEAR = "9990"  # days after an article's date are counted, and there is no year 10000


@dataclass(frozen=True)
class Hit:
    """A paragraph that was found; `also_in`: (paragraph id, source) where it is printed again.

    `date` is its article's, YYYY-MM-DD with XX for unknown parts, None where it is no such date.
    """

    paragraph: str
    source: str
    text: str
    title: str = ""
    date: str | None = None
    also_in: tuple[tuple[str, str], ...] = ()

    @property
    def paragraphs(self) -> frozenset[str]:
        """Ids of the paragraph and of those that print it again."""
        return frozenset((self.paragraph, *(again for again, _ in self.also_in)))

    @property
    def sources(self) -> frozenset[str]:
        """Sources of the paragraph and of those that print it again."""
        return frozenset((self.source, *(source for _, source in self.also_in)))


@dataclass(frozen=True)
class Citation:
    """What a marker means: passage `number` (from 1), its paragraph's id, the words quoted."""

    number: int
    paragraph: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Sentence:
    """A sentence of the answer, the verdict recorded with it, and its citations."""

    text: str
    support: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Row:
    """An answer; where the question failed it has nothing to show and `abstained` is None.

    `gold`: for each evidence of the question the ids of the paragraphs that prove it, None where
    the row does not tell.
    """

    abstained: bool | None
    sentences: tuple[Sentence, ...] = ()
    hits: tuple[Hit, ...] = ()
    gold: tuple[tuple[str, ...], ...] | None = None

    @property
    def failed(self) -> bool:
        """Whether the question ended in an error."""
        return self.abstained is None

    @cached_property
    def citations(self) -> tuple[Citation, ...]:
        """All citations of the answer, in order."""
        return tuple(citation for sentence in self.sentences for citation in sentence.citations)

    def cited(self, citation: Citation) -> Hit | None:
        """The hit that a citation means, None where its number or its paragraph is another's."""
        place = citation.number - 1
        hit = self.hits[place] if 0 <= place < len(self.hits) else None
        return hit if hit is not None and hit.paragraph == citation.paragraph else None


def checked(row: object) -> Row:
    """The view of a row as it stands in `rows.jsonl`.

    Raises:
        InputError: it has not the shape of a row; the message names the row and the field.
    """
    if not isinstance(row, Mapping):
        raise InputError(f"a row is a JSON object, not {_kind(row)}; run the set anew")
    reader = _Reader(row, str(row.get("id") or "without id"))
    gold = reader.gold()
    if "error" in row:
        return Row(None, gold=gold)
    sentences, hits = tuple(reader.sentences()), tuple(reader.hits())
    abstained = reader.field(row, "abstained", bool, "")
    if abstained and sentences:
        raise reader.fault("abstained", "true, although there are sentences")
    return Row(bool(abstained), sentences, hits, gold)


class _Reader:
    """Reads the fields of one row; `name` is its id, for messages."""

    def __init__(self, row: Json, name: str) -> None:
        self._row = row
        self._name = name

    def fault(self, where: str, what: str) -> InputError:
        return InputError(f"row {self._name!r}, {where}: {what}; run the set anew")

    def field(self, item: Json, key: str, kind: type, where: str) -> Any:
        value = item.get(key)
        # True is an int for Python, not for JSON.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fault(f"{where}{key}", f"expected {kind.__name__}, found {_kind(value)}")
        return value

    def items(self, item: Json, key: str, where: str = "") -> Iterator[tuple[str, Json]]:
        for number, each in enumerate(self.field(item, key, list, where)):
            place = f"{where}{key}[{number}]"
            if not isinstance(each, Mapping):
                raise self.fault(place, f"expected an object, found {_kind(each)}")
            yield f"{place}.", each

    def sentences(self) -> Iterator[Sentence]:
        for where, item in self.items(self._row, "sentences"):
            citations = [self._citation(c, w) for w, c in self.items(item, "citations", where)]
            yield Sentence(
                self.field(item, "text", str, where),
                self.field(item, "support", str, where),
                tuple(citations),
            )

    def _citation(self, item: Json, where: str) -> Citation:
        quote = self.field(item, "quote", dict, where)
        inside = f"{where}quote."
        return Citation(
            self.field(item, "number", int, where),
            self.field(item, "paragraph", str, where),
            self.field(quote, "start", int, inside),
            self.field(quote, "end", int, inside),
            self.field(quote, "text", str, inside),
        )

    def hits(self) -> Iterator[Hit]:
        for where, item in self.items(self._row, "hits"):
            title = self.field(item, "title", str, where) if "title" in item else ""
            again = self.items(item, "also_in", where) if "also_in" in item else ()
            yield Hit(
                self.field(item, "paragraph", str, where),
                self.field(item, "source", str, where),
                self.field(item, "text", str, where),
                title=title,
                date=_date(item.get("date")),
                also_in=tuple(
                    (self.field(a, "paragraph", str, w), self.field(a, "source", str, w))
                    for w, a in again
                ),
            )

    def gold(self) -> tuple[tuple[str, ...], ...] | None:
        if "gold" not in self._row:
            return None
        groups = self.field(self._row, "gold", list, "")
        for number, group in enumerate(groups):
            if not isinstance(group, list) or not all(isinstance(each, str) for each in group):
                raise self.fault(f"gold[{number}]", "expected a list of paragraph ids")
        return tuple(map(tuple, groups))


def _date(value: object) -> str | None:
    """The date, if it is one that can be counted from."""
    if isinstance(value, str) and _DATE.fullmatch(value) and value < _LAST_YEAR:
        return value
    return None


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number",
             float: "a number", type(None): "nothing"}  # fmt: skip
    return names.get(type(value), type(value).__name__)
