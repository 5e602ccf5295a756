"""An optional judge of sentences that are worded otherwise than what they cite.

`rag.support` compares figures, dates, quotations and words; whether a sentence that says it in
words of its own (or in another language) follows from its source, it does not know. A judge is
asked only then: a model for natural language inference (`rag.judge.nli`), or the language model
that answers (`rag.judge.model`), which is no independent check, for it judges its own words.
"""

import os

from rag.errors import ModelError
from rag.judge.judgement import Judge, Judgement
from rag.judge.model import ModelJudge
from rag.judge.nli import InferenceJudge
from rag.llm import LLM

__all__ = ["InferenceJudge", "Judge", "Judgement", "ModelJudge", "load_judge"]


def load_judge(name: str | None, llm: LLM | None) -> Judge | None:
    """The judge called `name`, else by RAG_JUDGE, else none.

    `none` is no judge, `llm` the language model `llm` itself; any other name is a folder or a hub
    name of a sentence-transformers CrossEncoder for natural language inference.

    Raises:
        ModelError: it cannot be found or loaded, or `llm` is asked for and there is none.
    """
    chosen = name or os.environ.get("RAG_JUDGE") or "none"
    if chosen == "none":
        return None
    if chosen != "llm":
        return InferenceJudge(chosen)
    if llm is None or llm.answer_style == "reader":
        raise ModelError(
            "the judge llm is the language model that answers, and none does that writes; choose "
            "one with --llm, or another --judge"
        )
    return ModelJudge(llm)
