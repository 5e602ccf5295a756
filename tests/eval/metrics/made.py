"""Rows made by hand, over three paragraphs."""

from typing import Any

from eval.metrics import Row, checked
from eval.sets import Evidence, Question

TEXTS = (
    "今天有雨。水位上涨。",
    "新橋 長500米，2,860萬元。",
    "Two lanes are open. Tolls stay.",
)
QUESTION = Question(
    id="q1",
    text="桥多长？几条车道？",
    language="zh",
    type="multi",
    answerable=True,
    answers=(("500米", "半公里"), ("two lanes",)),
    evidence=(Evidence("b.txt", "新桥长500米"), Evidence("c.txt", "two lanes are open")),
    evidence_language="zh",
)
UNANSWERABLE = Question(id="q2", text="谁设计的？", language="zh", type="none", answerable=False)
FAILED = {"id": "q1", "question": "…", "error": "the model stopped", "gold": [["p1"], ["p2"]]}


def hit(number: int, text: str | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "paragraph": f"p{number}",
        "source": f"{'abcdefgh'[number]}.txt",
        "text": TEXTS[number] if text is None else text,
        **fields,
    }


def cite(number: int, paragraph: int, start: int = 0, end: int = 3, **quote: Any) -> dict[str, Any]:
    text = TEXTS[paragraph][start:end] if paragraph < len(TEXTS) else "x"
    words = {"start": start, "end": end, "text": text, **quote}
    return {"number": number, "paragraph": f"p{paragraph}", "quote": words}


def sentence(text: str, *citations: Any, support: str = "supported") -> dict[str, Any]:
    return {"text": text, "citations": list(citations), "support": support}


def answer(*sentences: Any, hits: Any = (0, 1, 2), **fields: Any) -> dict[str, Any]:
    """An answer whose hits are the numbers of paragraphs, or hits made elsewhere."""
    return {
        "id": "q1",
        "abstained": not sentences,
        "sentences": list(sentences),
        "hits": [hit(each) if isinstance(each, int) else each for each in hits],
        "gold": [["p1"], ["p2"]],
        **fields,
    }


def row(*sentences: Any, hits: Any = (0, 1, 2), **fields: Any) -> Row:
    return checked(answer(*sentences, hits=hits, **fields))


def said(*texts: str) -> Row:
    """An answer of these sentences, which cite nothing."""
    return row(*map(sentence, texts))
