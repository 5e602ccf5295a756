"""Asking the questions of a set, by several threads if wanted."""

import logging
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eval.baselines import BASELINES, baseline_row
from eval.runner.folder import Journal, finish, opened
from eval.runner.gold import Gold, gold_paragraphs, missing
from eval.runner.header import header_of
from eval.runner.kept import Run, read_run
from eval.runner.rows import answered_row, failed_row, with_metrics
from eval.sets import Question, QuestionSet, canonical
from index.generation import Generation
from rag import Answer, Assistant, Turn
from rag.errors import InputError, YinzhengError
from rag.jobs import in_threads, patiently

_PATIENCE = 2.0  # seconds before progress is shown

log = logging.getLogger(__name__)


def default_folder(questions: QuestionSet, llm: str) -> Path:
    """`runs/SET-LLM-TIME`, the time in UTC."""
    time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return Path("runs") / re.sub(r"[^\w.-]+", "_", f"{questions.name}-{llm}-{time}")


def run(
    questions: QuestionSet,
    assistant: Assistant,
    folder: Path,
    *,
    k: int = 8,
    verbatim: bool = False,
    jobs: int = 1,
    filters: Sequence[tuple[str, str]] = (),
    limit: int | None = None,
    model_file: Path | None = None,
) -> Run:
    """Ask what the run in `folder` has not asked yet, and finish it.

    A question that fails is kept as a row with `error`. After Ctrl-C no question is begun;
    answers under way are waited for and kept, unless it comes again.

    Args:
        questions: all are asked; of `filters` and `limit`, by which they were chosen, the run
            only keeps what they were.
        assistant: is asked.
        folder: of a new run, or of one that was interrupted.
        k: how many paragraphs an answer is made of.
        verbatim: ask a question that leans on its history as typed.
        jobs: threads that ask; what comes of it is the same with any number.
        filters: see `eval.sets.chosen`.
        limit: likewise.
        model_file: the language model's, whose hash the header keeps.

    Raises:
        InputError: the store has no evidence of the set at all or changed meanwhile, the folder
            holds another run or cannot be written, or `jobs` is less than 1.
        KeyboardInterrupt: Ctrl-C, when the answers under way are kept.
    """
    if jobs < 1:
        raise InputError(f"{jobs} jobs ask nothing; give at least one")
    questions = replace(questions, data=canonical(questions.questions))
    generation = assistant.retriever.store.current()
    gold = gold_paragraphs(questions.questions, generation)
    header = header_of(
        questions,
        assistant,
        generation,
        missing=_checked(questions, gold),
        k=k,
        verbatim=verbatim,
        filters=filters,
        limit=limit,
        model_file=model_file,
    )
    with opened(folder, header, questions) as journal:
        asking = _Asking(assistant, generation, gold, k, verbatim, journal, threading.Event())
        kept = read_run(folder)
        left = [question for question in kept.questions if question.id not in kept.rows]
        bar = _bar(len(kept.questions), "questions", done=len(kept.rows))
        with bar:

            def ask(question: Question) -> None:
                asking.ask(question)
                bar.update()

            in_threads(left, ask, jobs=min(jobs, len(left)), stop=asking.stop)
        _finish(read_run(folder), generation, gold)
    return read_run(folder)


@dataclass(frozen=True)
class _Asking:
    assistant: Assistant
    generation: Generation
    gold: Gold
    k: int
    verbatim: bool
    journal: Journal
    stop: threading.Event

    def ask(self, question: Question) -> None:
        """Ask a question and keep what comes of it; nothing if it has to stop before."""
        gold = self.gold[question.id]
        row: dict[str, Any]
        timings = None
        try:
            answer = self._answer(question)
        except YinzhengError as error:
            log.warning("%s: %s", question.id, error)
            row = failed_row(question, error, gold)
        else:
            if answer is None:
                return
            row, timings = answered_row(question, answer, gold)
        if self.assistant.retriever.store.current().number != self.generation.number:
            raise InputError("the store changed during the run; start another run")
        self.journal.add(with_metrics(question, row, k=self.k), timings)

    def _answer(self, question: Question) -> Answer | None:
        """The answer, however long the model is busy with others; None when it is to stop."""
        history = [Turn(asked, answered) for asked, answered in question.history]
        return patiently(
            lambda: self.assistant.ask(
                question.text, history=history, k=self.k, verbatim=self.verbatim
            ),
            self.stop,
        )


def _finish(run: Run, generation: Generation, gold: Gold) -> None:
    """Write a run that is complete once more, in order, with the baselines."""
    k = run.header["k"]
    rows, baselines = [], []
    with _bar(len(run.questions), "questions measured") as bar:
        for question in run.questions:
            rows.append(with_metrics(question, run.rows[question.id], k=k))
            for name in BASELINES:
                row = baseline_row(name, question, generation, k)
                row["gold"] = gold[question.id]
                baselines.append(with_metrics(question, row, k=k))
            bar.update()
    finish(run, rows, baselines)


def _checked(questions: QuestionSet, gold: Gold) -> list[dict[str, str]]:
    """The evidences that the store does not have; it must have some."""
    lacking = missing(questions.questions, gold)
    total = sum(len(question.evidence) for question in questions.questions)
    if total and len(lacking) == total:
        raise InputError(
            f"the store has none of the {total} evidences of {questions.name}; it is the wrong "
            "store: give --store, or index the articles that the set was written for"
        )
    for item in lacking:
        log.warning(
            "evidence missing in this store: %s: %s: %s", item["id"], item["source"], item["quote"]
        )
    return lacking


def _bar(total: int, what: str, *, done: int = 0) -> "tqdm[Any]":
    """Progress on stderr, where that is a terminal and it takes a while."""
    return tqdm(
        total=total, initial=done, unit=f" {what}", delay=_PATIENCE, leave=False, disable=None
    )
