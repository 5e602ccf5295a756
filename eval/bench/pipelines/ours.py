"""The same questions through this project: its answers, or its search alone."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.bench.peers.compare import ROOT
from eval.bench.pipelines.archive import Archive
from eval.runner.rows import answered_row, failed_row
from eval.sets import Question
from index.language import language
from rag.answer import Answer, Timings
from rag.assistant import PER_ARTICLE, Assistant
from rag.errors import YinzhengError

_CODE = ("index/**/*.py", "rag/**/*.py", "rag/**/*.toml", "rag/**/*.json", "prompts/*.md")


def key(job: Path) -> str:
    """What our answers depend on: the job, and all code and words that answers come from."""
    found = hashlib.sha256(job.read_bytes())
    for path in sorted(path for pattern in _CODE for path in ROOT.glob(pattern)):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def rows(
    assistant: Assistant, questions: Sequence[Question], archive: Archive, out: Path, k: int
) -> list[dict[str, Any]]:
    """A line a question: `row` and `seconds`; what `out` has already is not asked again.

    One question goes before those timed. Without a language model the row has hits alone.
    """
    done = _done(out)
    left = [question for question in questions if question.id not in done]
    ask = _ask if assistant.llm else _search
    if left:
        _timed(left[0], archive, lambda question: ask(assistant, question, k))
    bar = tqdm(left, desc="ours", unit=" questions", disable=None, leave=False)
    with out.open("a", encoding="utf-8") as file:
        for question in bar:
            line = _timed(question, archive, lambda question: ask(assistant, question, k))
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            done[question.id] = line
    return [done[question.id] for question in questions]


def _done(out: Path) -> dict[str, dict[str, Any]]:
    if not out.exists():
        return {}
    whole, end, _ = out.read_bytes().rpartition(b"\n")
    out.write_bytes(whole + end)  # half a line at the end is cut off
    lines = [json.loads(line) for line in whole.splitlines()]
    return {line["row"]["id"]: line for line in lines}


def _timed(question: Question, archive: Archive, ask: Callable[[str], Answer]) -> dict[str, Any]:
    gold = archive.gold[question.id]
    start = time.perf_counter()
    try:
        answer = ask(question.text)
    except YinzhengError as error:
        seconds = time.perf_counter() - start
        return {"row": failed_row(question, error, gold), "seconds": seconds}
    seconds = time.perf_counter() - start
    return {"row": answered_row(question, answer, gold)[0], "seconds": seconds}


def _ask(assistant: Assistant, question: str, k: int) -> Answer:
    return assistant.ask(question, k=k)


def _search(assistant: Assistant, question: str, k: int) -> Answer:
    hits = assistant.retriever.search(question, k=k, per_article=PER_ARTICLE)
    nothing = Timings(0.0, 0.0, 0.0)
    return Answer(question, language(question), "none", tuple(hits), (), nothing)
