"""What adapters tell of an answer, and the limits of a search as arguments."""

import pytest

from index.article import Article, Paragraph, Piece, Span
from rag.adapters.answers import added, cited, outcome
from rag.adapters.limits import checked, limits, positive
from rag.answer import (
    Answer,
    AnswerFinished,
    Citation,
    Hit,
    Reported,
    Sentence,
    SentenceChecked,
    SourcesFound,
    TextAdded,
    Timings,
)
from rag.errors import QuestionError
from rag.filters import Filters


def hit(name: str) -> Hit:
    text = f"{name} has 3 seats."
    article = Article(f"article-{name}", f"{name}.txt", name, text, Span(0, len(text)))
    pieces = (Piece(0, 0, len(text)),)
    return Hit(Paragraph(name, article.id, 0, text, Span(0, len(text)), pieces), article, 0.5)


BOAT, BUS, TRAM = hit("boat"), hit("bus"), hit("tram")


def citation(number: int, of: Hit) -> Citation:
    return Citation(number, of, Span(0, 5))


def answer(*sentences: Sentence, reported: tuple[Reported, ...] = (), message: str = "") -> Answer:
    return Answer(
        question="How many seats?",
        language="en",
        llm="quote",
        hits=(BOAT, BUS, TRAM),
        sentences=sentences,
        timings=Timings(1.0, 2.0, 3.0),
        message=message,
        reported=reported,
        confidence=0.123456,
    )


def test_what_is_cited_comes_once_in_the_order_of_its_markers() -> None:
    two = Sentence("Two have 3.", (citation(2, BUS), citation(1, BOAT)), "supported")
    again = Sentence("The bus has.", (citation(2, BUS),), "supported")
    reports = (Reported("3", citation(2, BUS)), Reported("3", citation(3, TRAM)))
    assert cited(answer(two, again)) == [BUS, BOAT]
    assert cited(answer(two, again, reported=reports)) == [BUS, BOAT, TRAM]
    assert cited(answer(message="They do not say.")) == []


def test_what_is_told_of_an_answer() -> None:
    sentence = Sentence("It has 3.", (citation(1, BOAT),), "partial", ("3 of what?",))
    assert outcome(answer(sentence)) == {
        "question": "How many seats?",
        "abstained": False,
        "llm": "quote",
        "language": "en",
        "sentences": [
            {
                "text": "It has 3.",
                "support": "partial",
                "reasons": ["3 of what?"],
                "citations": [
                    {
                        "number": 1,
                        "paragraph": "boat",
                        "article": "article-boat",
                        "title": "boat",
                        "source": "boat.txt",
                        "date": None,
                        "quote": {"start": 0, "end": 5, "text": "boat "},
                        "raw": {"start": 0, "end": 5},
                    }
                ],
            }
        ],
        "timings": {"retrieve_ms": 1.0, "first_token_ms": 2.0, "total_ms": 3.0},
        "confidence": 0.1235,
    }


def test_what_an_event_adds_to_a_text() -> None:
    sentence = Sentence("It has 3.", (citation(1, BOAT),), "supported")
    silent = AnswerFinished(answer(message="They do not say."))
    assert added(SourcesFound((BOAT,)), began=False) == ""
    assert added(TextAdded("It has"), began=False) == added(TextAdded("It has"), began=True)
    assert added(TextAdded("It has"), began=True) == "It has"
    assert added(SentenceChecked(sentence), began=True) == ""
    assert added(AnswerFinished(answer(sentence)), began=True) == ""
    assert added(silent, began=False) == "They do not say."
    assert added(silent, began=True) == "\n\nThey do not say."


def test_limits_by_the_names_of_arguments() -> None:
    assert limits(Filters("2031", None, ("a.txt",), ("n1", "n2"))) == {
        "since": "2031",
        "until": None,
        "sources": ("a.txt",),
        "articles": ("n1", "n2"),
    }
    assert checked("2031", None, ["a.txt"], ("n1", "n2")) == limits(
        Filters("2031", None, ("a.txt",), ("n1", "n2"))
    )
    with pytest.raises(QuestionError, match="articles is one text"):
        checked(None, None, (), "n1")
    with pytest.raises(QuestionError, match="'2031-13' is not a date"):
        checked(None, "2031-13", (), ())
    positive(k=1, per_article=2)
    with pytest.raises(QuestionError, match="per_article is 0; ask for at least one"):
        positive(k=1, per_article=0)
