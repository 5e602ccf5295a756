"""How the reader is asked, and answers, in the words that pass between processes.

A request has the question as its message and the paragraphs as its passages, a sentence a line;
the reply is one line of JSON.
"""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.llm import Message, Request

_SEPARATOR = "\x1e"  # between sentences, which may have several lines


def request_for(
    question: str, paragraphs: Sequence[Sequence[str]], *, session: str = ""
) -> Request:
    """What the reader is asked about paragraphs, given as their sentences."""
    passages = tuple(
        _SEPARATOR.join(sentence.replace(_SEPARATOR, " ") for sentence in sentences)
        for sentences in paragraphs
    )
    return Request((Message("user", question),), 1, passages=passages, session=session)


def asked_of(request: Request) -> tuple[str, list[list[str]]]:
    """The question and the paragraphs of a request."""
    paragraphs = [passage.split(_SEPARATOR) for passage in request.passages]
    return request.messages[-1].content, paragraphs


def reply_of(scores: NDArray[np.float64], whether: NDArray[np.float64]) -> str:
    """What the reader says, given the scores of sentences and the logits of paragraphs."""
    rounded = (np.round(values, 4).tolist() for values in (scores, whether))
    return json.dumps(dict(zip(("scores", "whether"), rounded, strict=True)))


def told(
    reply: str, sentences: int, paragraphs: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The scores of so many sentences, and the logits of so many paragraphs, out of a reply.

    Raises:
        ModelError: it has others.
    """
    try:
        fields = json.loads(reply)
        scores, whether = (np.array(fields[n], np.float64) for n in ("scores", "whether"))
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("the reader gives no scores; ask again") from error
    if scores.shape != (sentences,) or whether.shape != (paragraphs,):
        raise ModelError("the reader gives scores of something else; ask again")
    return scores, whether
