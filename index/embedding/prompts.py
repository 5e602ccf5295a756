"""The words that a model wants before a question and before a passage."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.errors import EmbedderError

Kind = Literal["query", "passage"]

# Names of prompts in a model's own config, the first that is there.
_NAMES: dict[Kind, tuple[str, ...]] = {
    "query": ("query",),
    "passage": ("passage", "document", "corpus"),
}


@dataclass(frozen=True)
class Prompts:
    """What is put before a question and before a passage; `told` says that the config tells it."""

    query: str = ""
    passage: str = ""
    told: bool = True

    def of(self, kind: Kind) -> str:
        """The prompt for a kind of text."""
        return self.query if kind == "query" else self.passage


# Families that were trained with prompts which the configs of most of them do not have. The
# texts are those of their model cards: intfloat/multilingual-e5-small ("even for non-English
# texts"), and the table of FlagEmbedding ("no instruction for passages"; bge-m3 has none).
_FAMILIES = (
    (
        re.compile(r"(?:^|[/_-])e5-(?:small|base|large)(?!.*instruct)", re.IGNORECASE),
        Prompts("query: ", "passage: ", told=False),
    ),
    (
        re.compile(r"(?:^|[/_-])bge-(?:small|base|large)-zh", re.IGNORECASE),
        Prompts("为这个句子生成表示以用于检索相关文章：", told=False),
    ),
    (
        re.compile(r"(?:^|[/_-])bge-(?:small|base|large)-en", re.IGNORECASE),
        Prompts("Represent this sentence for searching relevant passages: ", told=False),
    ),
)


def choose_prompts(folder: Path, config: Mapping[str, object], names: tuple[str, ...]) -> Prompts:
    """The prompts of a model: its own, else those of the family that one of its names tells.

    `config` is that of sentence-transformers; its `default_prompt_name` stands in for a prompt
    that it lacks. Prompts that are all empty count as none: they are written by default when a
    model is saved.

    Raises:
        EmbedderError: the config's prompts are no texts, or the default one is not there.
    """
    prompts = config.get("prompts") or {}
    default = config.get("default_prompt_name")
    if not isinstance(prompts, dict) or not all(
        isinstance(text, str | None) for text in prompts.values()
    ):
        raise EmbedderError(f"{folder} has prompts that are no texts; restore its config")
    if default is not None and default not in prompts:
        raise EmbedderError(f"{folder} has no prompt {default!r}, its default; restore its config")
    if any(prompts.values()):
        return Prompts(_own(prompts, "query", default), _own(prompts, "passage", default))
    for family, known in _FAMILIES:
        if any(family.search(name) for name in names):
            return known
    return Prompts()


def _own(prompts: Mapping[str, str | None], kind: Kind, default: object) -> str:
    for name in (*_NAMES[kind], default):
        text = prompts.get(str(name)) if name is not None else None
        if text is not None:
            return text
    return ""
