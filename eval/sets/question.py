"""What a question set is made of."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Evidence:
    """Words that prove the answer, and the source (as in the store) whose paragraph has them."""

    source: str
    quote: str


@dataclass(frozen=True)
class Correction:
    """What an article says instead of a false premise, and the words that say it."""

    answers: tuple[str, ...]
    source: str
    quote: str


@dataclass(frozen=True)
class Question:
    """One question of a set; an unanswerable one has neither answers nor evidence.

    `answers` are groups of alternatives: every group must be answered, by any of its
    alternatives. Of a question of type `conflict`, `evidence[i]` proves `answers[i]`.
    `forbidden` are words that no right answer says. `corrections` (type `false_premise`) are what
    the articles say instead. `about` is the source that an unanswerable question seems to ask of,
    `twin` the id of the answerable question that it resembles. `split` is "tuned" where
    thresholds were chosen with the question in view, "unseen" where not.
    """

    id: str
    text: str
    language: str
    type: str
    answerable: bool
    answers: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    evidence_language: str | None = None
    history: tuple[tuple[str, str], ...] = ()
    forbidden: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    about: str | None = None
    twin: str | None = None
    split: str | None = None

    @property
    def cross_lingual(self) -> bool | None:
        """Whether the evidence is in another language (not: script); None without evidence."""
        if self.evidence_language is None:
            return None
        return self.language.partition("-")[0] != self.evidence_language.partition("-")[0]

    @property
    def article(self) -> str | None:
        """The source that the question is mainly about, as far as its own fields tell."""
        if self.evidence:
            return self.evidence[0].source
        return self.corrections[0].source if self.corrections else self.about


@dataclass(frozen=True)
class SetFile:
    """A file that questions came from: its name, the SHA-256 of its bytes, all its questions."""

    name: str
    sha256: str
    questions: int


@dataclass(frozen=True)
class QuestionSet:
    """All questions of a set, in order; `data` are its bytes, `files` where it came from."""

    name: str
    questions: tuple[Question, ...]
    data: bytes = field(repr=False)
    files: tuple[SetFile, ...] = ()

    @property
    def sha256(self) -> str:
        """SHA-256 of `data`."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def clusters(self) -> dict[str, str]:
        """The cluster of every question, by its id: questions about one article go together.

        The article is the source of the first evidence, else of the first correction, else
        `about`, else that of the twin; a question with none of these is a cluster of its own.
        """
        articles = {question.id: question.article for question in self.questions}
        return {
            question.id: articles[question.id]
            or (articles.get(question.twin) if question.twin else None)
            or question.id
            for question in self.questions
        }
