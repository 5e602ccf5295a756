"""An answer as the tool `ask` returns it."""

from rag.answer import Answer, Citation, Sentence
from rag.mcp.results import AskResult, Figure, Quote, Said
from rag.mcp.shown import BUDGET, ENVELOPE, cut, fitting, found_hit, name

_LONGEST_QUOTE = 1000  # characters
_NEAREST = 3  # paragraphs shown in the place of an answer
_FIGURES = 10

_ABSTAINED = (
    "The articles do not answer this question. Say so; what you know from elsewhere is not in them."
)
_DOUBTFUL = "A sentence that is not supported is not proved by what it cites: say so, or leave it."


def answered(answer: Answer) -> AskResult:
    """A cited answer, or that there is none."""
    figures = _figures(answer)
    taken = ENVELOPE + len(answer.asked) + sum(figure.size() for figure in figures)
    sentences, marked = _sentences(answer, BUDGET - taken)
    nearest, _ = fitting(answer.hits[:_NEAREST], found_hit, BUDGET // 2)
    return AskResult(
        answered=not answer.abstained,
        answer=" ".join(marked) or answer.message,
        understood_as=answer.asked or None,
        sentences=sentences,
        figures=figures or None,
        nearest=nearest if answer.abstained else None,
        confidence=round(answer.confidence, 3),
        withdrawn=len(answer.withdrawn),
        left_out=len(answer.sentences) - len(sentences),
        answered_by=answer.llm,
        note=_note(answer),
    )


def _note(answer: Answer) -> str | None:
    if answer.abstained:
        return _ABSTAINED
    doubtful = any(one.support != "supported" for one in answer.sentences)
    return _DOUBTFUL if doubtful else None


def _figures(answer: Answer) -> list[Figure]:
    return [
        Figure(
            value=name(one.value),
            paragraph=one.citation.paragraph_id,
            title=name(one.citation.hit.article.title),
            date=one.citation.hit.article.date,
        )
        for one in answer.reported[:_FIGURES]
    ]


def _sentences(answer: Answer, room: int) -> tuple[list[Said], list[str]]:
    """The sentences that fit, and their texts with markers."""
    sentences: list[Said] = []
    texts: list[str] = []
    for sentence in answer.sentences:
        said, text = _said(sentence), _marked(sentence)
        room -= said.size() + len(text)
        if room < 0:
            break
        sentences.append(said)
        texts.append(text)
    return sentences, texts


def _said(sentence: Sentence) -> Said:
    return Said(
        text=sentence.text,
        support=sentence.support,
        reasons=list(sentence.reasons) or None,
        citations=[_quote(citation) for citation in sentence.citations],
    )


def _quote(citation: Citation) -> Quote:
    article = citation.hit.article
    return Quote(
        paragraph=citation.paragraph_id,
        quote=cut(citation.quote_text, _LONGEST_QUOTE),
        article=article.id,
        title=name(article.title),
        date=article.date,
        source=name(article.source),
    )


def _marked(sentence: Sentence) -> str:
    ids = dict.fromkeys(citation.paragraph_id for citation in sentence.citations)
    return sentence.text + "".join(f"[{id}]" for id in ids)
