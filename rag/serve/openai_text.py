"""The text of an answer as it grows, and where the markers in it stand."""

import re
from collections.abc import Callable
from typing import Any

from rag.answer import Answer, Hit, Sentence

_MARKER = re.compile(r"\[(\d+)\]")


class Written:
    """Folds the texts and sentences of a stream into one text and its citations.

    Attributes:
        annotations: the citations so far; `start_index` and `end_index` count code points.
    """

    def __init__(self, url: Callable[[Hit], str]) -> None:
        """`url` is the address of a cited paragraph."""
        self._url = url
        self._parts: list[str] = []
        self._length = 0
        self._inked = 0  # characters so far, without white space and markers
        self._checked = 0  # of those, how many belong to sentences with a verdict
        self._markers: list[tuple[int, int, int]] = []  # (where, number, inked characters before)
        self.annotations: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._parts)

    def add(self, text: str) -> str:
        """Take more text, a whole marker or none of it or whole sentences; returns what is new."""
        text = text if self._parts else text.lstrip()
        if not text:
            return ""
        marker = _MARKER.fullmatch(text)
        if marker:
            self._markers.append((self._length, int(marker[1]), self._inked))
        else:
            self._inked += _inked(text)
        self._parts.append(text)
        self._length += len(text)
        return text

    def check(self, sentence: Sentence) -> list[dict[str, Any]]:
        """Take a sentence that is complete; returns the citations that are new."""
        known = len(self.annotations)
        cited = {citation.number: citation.hit for citation in sentence.citations}
        if cited and self._parts and self._parts[-1].lstrip() == sentence.marked:
            # A sentence that came whole ends with its markers. What looks like one inside of it
            # is the article's own.
            at = self._length - len(sentence.marked) + len(sentence.text)
            for citation in sentence.citations:
                at = self._cite(at, citation.number, citation.hit)
            self._checked = self._inked
        else:
            self._checked += _inked(sentence.text)
            for at, number, before in self._markers:
                if before <= self._checked and number in cited:
                    self._cite(at, number, cited[number])
            self._markers = [marker for marker in self._markers if marker[2] > self._checked]
        return self.annotations[known:]

    def finish(self, answer: Answer) -> str:
        """What is still to be said at the end: why there is no answer.

        Rarely text was shown already, of a model that takes back in the end what it began to say.
        Then this stands below it.
        """
        if not answer.abstained:
            return ""
        return self.add(("\n\n" if self._parts else "") + answer.message)

    def _cite(self, at: int, number: int, hit: Hit) -> int:
        """Note the marker that stands at a place; returns its end."""
        end = at + len(f"[{number}]")
        place = {"start_index": at, "end_index": end, "url": self._url(hit)}
        self.annotations.append(
            {"type": "url_citation", "url_citation": {**place, "title": hit.article.title}}
        )
        return end


def _inked(text: str) -> int:
    """How many characters are no white space: of that, a sentence's own text may have less."""
    return len("".join(text.split()))
