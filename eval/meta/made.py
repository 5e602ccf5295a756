"""Answers made on purpose, as rows that the metrics read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from eval.sets import Evidence, Question
from index.article import Article, Paragraph, Span
from index.paragraphs import paragraphs
from index.readers import find_files, read_file
from index.sentences import sentences
from index.text import fold
from rag.answer import Citation, Hit, Sentence
from rag.errors import InputError
from rag.support import Source, support

HITS = 8
_SURE = 0.9  # the confidence that a made answer claims

_CLOSING = "”’」』\"'"

Row = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """A sentence of a made answer and the paragraphs that it cites, by their ids."""

    text: str
    cited: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A made answer: what was found, in order, and what is said; nothing said is an abstention."""

    question: Question
    hits: tuple[Hit, ...]
    said: tuple[Said, ...] = ()

    @property
    def cited(self) -> frozenset[str]:
        """Ids of all paragraphs that are cited."""
        return frozenset(name for one in self.said for name in one.cited)

    def with_text(self, place: int, text: str) -> "Made":
        """The answer with other words in one sentence."""
        said = list(self.said)
        said[place] = replace(said[place], text=text)
        return replace(self, said=tuple(said))


class Papers:
    """The paragraphs of some articles."""

    def __init__(self, folder: Path) -> None:
        """Read the articles of a folder.

        Raises:
            InputError: nothing can be read there.
        """
        files, _ = find_files([folder])
        articles = [article for file in files for article in read_file(file)[0]]
        self._all = [(part, article) for article in articles for part in paragraphs(article)]
        if not self._all:
            raise InputError(f"{folder} holds no article with text; check --articles")

    def proving(self, evidence: Evidence) -> list[tuple[Paragraph, Article]]:
        """The paragraphs of the evidence's source that contain its words."""
        wanted = fold(evidence.quote)
        return [
            (part, article)
            for part, article in self._all
            if article.source == evidence.source and wanted in fold(part.text)
        ]

    def beside(self, question: Question, count: int) -> list[tuple[Paragraph, Article]]:
        """Paragraphs of articles that the question is not about, always the same for it."""
        named = {evidence.source for evidence in question.evidence}
        named |= {correction.source for correction in question.corrections}
        named |= {question.about or ""}
        others = [pair for pair in self._all if pair[1].source not in named]
        order = sorted(
            others, key=lambda pair: sha256(f"{question.id}/{pair[0].id}".encode()).digest()
        )
        return [pair for pair in order if len(pair[0].text) > HITS][:count]

    def gold(self, question: Question) -> list[list[str]]:
        """For each evidence the ids of the paragraphs that prove it."""
        return [[part.id for part, _ in self.proving(e)] for e in question.evidence]


def good_answer(question: Question, papers: Papers) -> Made | None:
    """The sentences in which the evidence stands, word for word, each citing its paragraph.

    None where that is no perfect answer: the article is in another language, an evidence is missing
    or goes over a paragraph's end, an answer does not stand in these sentences, or one of them is a
    question, which states nothing.
    """
    if question.cross_lingual is not False:
        return None
    found: dict[str, Hit] = {}
    said: dict[str, Said] = {}
    for evidence in question.evidence:
        proving = papers.proving(evidence)
        if not proving or evidence.quote not in proving[0][0].text:
            return None
        part, article = proving[0]
        found[part.id] = Hit(part, article, _SURE)
        for text in _around(part.text, evidence.quote):
            said[text] = Said(text, (part.id,))
    whole = " ".join(said)
    groups = question.answers
    if not all(any(alternative in whole for alternative in group) for group in groups):
        return None
    others = (Hit(p, a, 0.1) for p, a in papers.beside(question, HITS - len(found)))
    return Made(question, (*found.values(), *others), tuple(said.values()))


def abstention(question: Question, papers: Papers) -> Made:
    """Nothing said; what was found are paragraphs of other articles."""
    return Made(question, tuple(Hit(p, a, 0.1) for p, a in papers.beside(question, HITS)))


def row_of(made: Made, gold: Sequence[Sequence[str]]) -> Row:
    """The row of a made answer, as a run keeps it."""
    numbers = {hit.paragraph.id: number for number, hit in enumerate(made.hits, 1)}
    spoken = [_sentence(one, made.hits, numbers) for one in made.said]
    return {
        "id": made.question.id,
        "question": made.question.text,
        "answer": " ".join(sentence.marked for sentence in spoken),
        "abstained": not spoken,
        "llm": "made",
        "language": made.question.language,
        "sentences": [sentence.to_json() for sentence in spoken],
        "hits": [hit.to_json() for hit in made.hits],
        "gold": [list(ids) for ids in gold],
        "confidence": _SURE if spoken else 1 - _SURE,
    }


def _sentence(one: Said, hits: Sequence[Hit], numbers: dict[str, int]) -> Sentence:
    cited = [hits[numbers[name] - 1] for name in one.cited]
    seen = support(
        one.text, [Source(h.paragraph.text, h.article.date, h.article.title) for h in cited]
    )
    citations = tuple(
        Citation(numbers[hit.paragraph.id], hit, quote)
        for hit, quote in zip(cited, seen.quotes or map(_all_of, cited), strict=True)
    )
    return Sentence(one.text, citations, seen.verdict, seen.reasons)


def _all_of(hit: Hit) -> Span:
    return Span(0, len(hit.paragraph.text))


def _around(text: str, quote: str) -> Iterable[str]:
    """The sentences of a paragraph that a quotation touches."""
    start = text.index(quote)
    end = start + len(quote)
    for span in sentences(text):
        if span.start < end and start < span.end:
            yield span.cut(text)
