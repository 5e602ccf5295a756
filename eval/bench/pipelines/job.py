"""The job of a pipeline: search paragraphs, answer questions with numbered sources.

Standard library only: a library's script runs in its own environment, where nothing of this
project but this file and `engine.py` is imported.

The job file is a JSON object (see `Job`). Each question becomes one line of the file of answers,
written as soon as it is known: `id`, `text` (what the library says, markers and all; "" without a
language model), `hits` (ids of the paragraphs found, best first), `shown` (ids by the number under
which the model saw them, one of which may come twice) and `seconds`; or `id`, `error`, `seconds`.
A script that is started again goes on behind the last whole line.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

BATCH = 256  # texts in one call of the embedder
# Words, and CJK characters one by one: the least with which BM25 finds anything in Chinese.
TOKEN = r"[^\W\u3040-\u30ff\u3400-\u9fff]+|[\u3040-\u30ff\u3400-\u9fff]"


@dataclass(frozen=True)
class Document:
    """A paragraph: `content` is what is searched and shown (title, heading and words)."""

    id: str
    content: str
    date: str
    source: str


@dataclass(frozen=True)
class Job:
    """What every library gets.

    Attributes:
        embedder: a sentence-transformers folder.
        documents: the paragraphs.
        questions: pairs of id and text.
        k: paragraphs that a question gets.
        depth: candidates that each search gives to the fusion.
        llm: a .gguf; None for a search alone.
        context: tokens of prompt and answer.
        max_tokens: the longest answer.
        threads: that the model computes with.
        repack: whether its weights may be repacked for the processor (see `engine`).
        models: fingerprints of embedder and model: another file makes another job.
    """

    embedder: str
    documents: tuple[Document, ...] = field(repr=False)
    questions: tuple[tuple[str, str], ...] = field(repr=False)
    k: int
    depth: int
    llm: str | None
    context: int
    max_tokens: int
    threads: int
    repack: bool
    models: str

    @classmethod
    def read(cls, path: Path) -> "Job":
        """The job of a file."""
        values: dict[str, Any] = json.loads(path.read_text("utf-8"))
        values = {one.name: values[one.name] for one in fields(cls)}
        values["documents"] = tuple(Document(**document) for document in values["documents"])
        values["questions"] = tuple((name, text) for name, text in values["questions"])
        return cls(**values)


@dataclass(frozen=True)
class Reply:
    """What a pipeline says: the text with its markers, the paragraphs found, and by number."""

    text: str
    hits: list[str]
    shown: list[str]


def run(load: Callable[[Job], Callable[[str], Reply]]) -> None:
    """Do the job of the first file that the command line names; the second gets the answers.

    Loading is not timed, nor is a question asked before the first, whose answer is not kept.
    """
    job, out = Job.read(Path(sys.argv[1])), Path(sys.argv[2])
    done = _done(out)
    left = [(name, text) for name, text in job.questions if name not in done]
    if not left:
        return
    ask = load(job)
    _asked("", left[0][1], ask)
    with out.open("a", encoding="utf-8") as file:
        for name, text in left:
            file.write(json.dumps(_asked(name, text, ask), ensure_ascii=False) + "\n")
            file.flush()


def _done(out: Path) -> set[str]:
    """Ids that have been answered; half a line at the end is cut off."""
    if not out.exists():
        return set()
    whole, end, _ = out.read_bytes().rpartition(b"\n")
    out.write_bytes(whole + end)
    return {json.loads(line)["id"] for line in whole.splitlines()}


def _asked(name: str, text: str, ask: Callable[[str], Reply]) -> dict[str, Any]:
    start = time.perf_counter()
    found: dict[str, Any]
    try:
        reply = ask(text)
    except Exception as error:  # noqa: BLE001 - whatever a library raises is what its user gets
        found = {"error": f"{type(error).__name__}: {error}"}
    else:
        found = {"text": reply.text, "hits": reply.hits, "shown": reply.shown}
    return {"id": name, **found, "seconds": time.perf_counter() - start}
