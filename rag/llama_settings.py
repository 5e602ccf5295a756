"""How llama.cpp is to compute: defaults that were measured, and what the user says instead."""

import os
from dataclasses import dataclass, replace

from rag.errors import ModelError

VARIABLE = "RAG_LLAMA"
_LEAST = {"batch": 32}  # a row for each sequence of a context, and for a draft


@dataclass(frozen=True)
class Settings:
    """Choices that change speed and memory; answers by rounding, with `passage_states` in earnest.

    Attributes:
        threads: for one token after another.
        prompt_threads: for many tokens at once.
        batch: tokens computed at once; between two batches a prompt can be left.
        flash_attention: another order of computing; see rag/README.md for where it is faster.
        extra_buffers: weights repacked for the processor while loading.
        drafts: guess tokens from the passages.
        passage_states: put prompts together from passages computed earlier.
        kept: bytes of conversations and passages that are kept computed, each.
    """

    threads: int
    prompt_threads: int
    batch: int = 128
    flash_attention: bool = False
    extra_buffers: bool = True
    drafts: bool = True
    passage_states: bool = False
    kept: int = 512 * 2**20


def chosen(defaults: Settings, words: str | None = None) -> Settings:
    """The defaults with what the user says instead: `threads=4 flash_attention=on kept=256`.

    Args:
        defaults: what holds for all that is not named.
        words: RAG_LLAMA unless given; `kept` is in MiB there.

    Raises:
        ModelError: a name or a value that there is not; lists those that there are.
    """
    words = os.environ.get(VARIABLE, "") if words is None else words
    changes: dict[str, int | bool] = {}
    for word in words.split():
        name, _, value = word.partition("=")
        old = getattr(defaults, name, None) if name in Settings.__dataclass_fields__ else None
        if isinstance(old, bool) and value in ("on", "off"):
            changes[name] = value == "on"
        elif old is not None and not isinstance(old, bool) and _fits(name, value):
            changes[name] = int(value) * (2**20 if name == "kept" else 1)
        else:
            raise ModelError(f"{VARIABLE} has {word!r}; write {_usage(defaults)}")
    return replace(defaults, **changes)  # type: ignore[arg-type]


def _fits(name: str, value: str) -> bool:
    return value.isdecimal() and len(value) <= 7 and int(value) >= _LEAST.get(name, 1)


def _usage(defaults: Settings) -> str:
    names = Settings.__dataclass_fields__
    forms = (f"{n}=on|off" if isinstance(getattr(defaults, n), bool) else f"{n}=N" for n in names)
    return " ".join(forms)
