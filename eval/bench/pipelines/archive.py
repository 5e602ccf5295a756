"""The paragraphs of a store: as documents for other libraries, as hits, and as gold evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from eval.bench.pipelines.job import Document
from eval.runner.gold import Gold, gold_paragraphs
from eval.sets import Question
from index.article import Article, Paragraph
from index.generation import Generation
from rag.answer import Hit


@dataclass(frozen=True)
class Archive:
    """All paragraphs by id, each with its article, in reading order; `gold` by question."""

    paragraphs: dict[str, tuple[Paragraph, Article]] = field(repr=False)
    gold: Gold = field(repr=False)

    @classmethod
    def of(cls, generation: Generation, questions: Sequence[Question]) -> "Archive":
        """The paragraphs of a generation, and which of them prove the answers."""
        paragraphs = {
            paragraph.id: (paragraph, article)
            for article in generation.articles()
            for paragraph in generation.article_paragraphs(article.id)
        }
        return cls(paragraphs, gold_paragraphs(questions, generation))

    def documents(self) -> tuple[Document, ...]:
        """What other libraries get: each paragraph under its title and heading, as we search it."""
        return tuple(
            Document(
                id=name,
                content=Hit(paragraph, article, 0.0).context + paragraph.text,
                date=article.date or "no date",
                source=article.source,
            )
            for name, (paragraph, article) in self.paragraphs.items()
        )

    def hits(self, ids: Iterable[str]) -> tuple[Hit, ...]:
        """The paragraphs with these ids, in that order; scores of other libraries mean nothing.

        Raises:
            KeyError: there is no such paragraph.
        """
        return tuple(Hit(*self.paragraphs[name], score=0.0) for name in ids)
