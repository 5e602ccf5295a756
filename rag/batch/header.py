"""What makes the answers of a batch, as the first line of its part keeps it."""

import hashlib
import json
import os
from importlib import metadata
from pathlib import Path
from typing import Any

from index.generation import Generation
from rag import prompt
from rag.assistant import Assistant
from rag.batch.asking import Limits
from rag.batch.reading import Batch
from rag.llama_settings import VARIABLE
from rag.model_files import parts
from rag.retriever import Retriever

FORMAT = 1

Header = dict[str, Any]

# What each key is called where two headers differ; those that stay short are shown themselves.
_CALLED = {
    "yinzheng_batch": "format of its part",
    "version": "version of Yinzheng",
    "batch": "content of the batch file",
    "table": "kind of batch file",
    "store": "state of the store",
    "embedder": "embedder",
    "reranker": "--reranker",
    "k": "-k",
    "since": "--since",
    "until": "--until",
    "sources": "--source",
    "answers": "choice between answers and --search",
    "llm": "--llm",
    "llm_files": "file of the language model",
    "llama_settings": f"{VARIABLE} in the environment",
    "answer_style": "--answer-style",
    "unsupported": "--unsupported",
    "judge": "--judge",
    "prompts": "text of the prompts",
}
_LONGEST = 40  # characters of a value that is shown


def header_of(
    batch: Batch,
    retriever: Retriever,
    assistant: Assistant | None,
    limits: Limits,
    *,
    reranker: str | None,
    model_file: Path | None,
) -> Header:
    """The header; a batch goes on only where all of it is the same.

    Args:
        batch: what is asked.
        retriever: searches; its store is in the state that is kept.
        assistant: answers; None where there is only a search.
        limits: of every row.
        reranker: the name of the retriever's.
        model_file: the language model's; its size and time of change stand for what is in it.

    Raises:
        OSError: the model's file cannot be looked at.
    """
    return {
        "yinzheng_batch": FORMAT,
        "version": metadata.version("yinzheng"),
        "batch": batch.sha256,
        "table": batch.table is not None,
        "store": _state(retriever.store.current()),
        "embedder": retriever.embedder.fingerprint,
        "reranker": reranker,
        "k": limits.k,
        "since": limits.since,
        "until": limits.until,
        "sources": list(limits.sources),
        **(_of_answers(assistant, model_file) if assistant else {"answers": False}),
    }


def differences(kept: Header, now: Header) -> str:
    """What differs between two headers, in words; "" where nothing does."""
    names = [name for name in _CALLED if kept.get(name) != now.get(name)]
    if "answers" in names:  # of which the names behind it tell more
        names = names[: names.index("answers") + 1]
    return ", ".join(_difference(name, kept.get(name), now.get(name)) for name in names)


def _difference(name: str, before: Any, now: Any) -> str:
    shown = [json.dumps(value, ensure_ascii=False) for value in (before, now)]
    if name in ("batch", "store", "embedder", "prompts", "answers", "table", "llm_files") or any(
        len(value) > _LONGEST for value in shown
    ):
        return f"another {_CALLED[name]}"
    return f"another {_CALLED[name]} (then {shown[0]}, now {shown[1]})"


def _of_answers(assistant: Assistant, model_file: Path | None) -> Header:
    return {
        "answers": True,
        "llm": assistant.llm_name,
        "llm_files": _files(model_file) if model_file else None,
        "llama_settings": os.environ.get(VARIABLE, "") if model_file else "",
        "answer_style": assistant.answer_style,
        "unsupported": assistant.unsupported,
        "judge": assistant.judge.name if assistant.judge else "none",
        "prompts": _digest(path.read_bytes() for path in sorted(prompt.FOLDER.glob("*.md"))),
    }


def _files(first: Path) -> list[list[str | int]]:
    """Name, size and time of the last change of each file of a model."""
    files = [first.with_name(name) for name in parts(first.name)]
    facts = [(file.name, file.stat()) for file in files]
    return [[name, fact.st_size, fact.st_mtime_ns] for name, fact in facts]


def _state(generation: Generation) -> str:
    """One value for all that readers see: the articles, and how they were made searchable."""
    made = json.dumps(generation.manifest.fingerprint, sort_keys=True)
    return _digest([generation.manifest.state.encode(), made.encode()])


def _digest(contents: Any) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(c).digest() for c in contents)).hexdigest()
