"""The comparison: one archive and one question set, by ours and by each library."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.bench.pipelines import ours
from eval.bench.pipelines.archive import Archive
from eval.bench.pipelines.job import Job
from eval.bench.pipelines.libraries import answers, command, key, pins, python_of
from eval.bench.pipelines.rows import row_of
from eval.metrics import measure
from eval.runner.gold import missing
from eval.sets import Question, QuestionSet, canonical, chosen
from index.build import build
from index.embedder import BUNDLED, load_embedder
from index.files import sha256
from rag import Assistant
from rag.assistant import MAX_TOKENS
from rag.errors import InputError
from rag.llm import load, resolve
from rag.loading import loading_bar
from rag.retriever import DEPTH, Retriever

OURS = "ours"

Measured = dict[str, dict[str, float | None]]  # question → metric → value


@dataclass(frozen=True)
class Plan:
    """What is compared.

    Attributes:
        questions: the set; questions that lean on a conversation are left out, since none of the
            libraries' recipes has one.
        articles: files or folders to index.
        llm: as `rag.llm.resolve` reads it; None or "quote" compares the search alone.
        work: folder for environments, store and answers.
        peers: names of `libraries.PEERS`.
        limit: the first so many questions.
        k: paragraphs that a question gets.
    """

    questions: QuestionSet
    articles: Sequence[Path]
    llm: str | None
    work: Path
    peers: Sequence[str]
    limit: int | None = None
    k: int = 8


@dataclass(frozen=True)
class Comparison:
    """What came of it: facts for the head of a report, and rows and metrics of each library."""

    about: dict[str, Any]
    clusters: dict[str, str] = field(repr=False)
    rows: dict[str, list[dict[str, Any]]] = field(repr=False)
    measured: dict[str, Measured] = field(repr=False)


def compare(plan: Plan) -> Comparison:
    """Ask everybody; the libraries one after the other, so that none disturbs another's times.

    Raises:
        YinzhengError: nothing to ask or to index, a model that does not load, a library that
            cannot be installed or fails.
    """
    model = resolve(plan.llm or "quote")
    asked = _asked(plan, llm=model is not None)
    plan.work.mkdir(parents=True, exist_ok=True)
    assistant = _assistant(plan)
    archive = Archive.of(assistant.retriever.store.current(), asked.questions)
    about = _about(plan, asked, archive, assistant, model)
    job = _write_job(plan, asked, archive, assistant, model)
    # Behind all that may be wrong with the question: making them takes long.
    pythons = {name: python_of(name, plan.work, llm=model is not None) for name in plan.peers}
    folder = plan.work / "answers"
    folder.mkdir(exist_ok=True)
    lines = ours.rows(
        assistant, asked.questions, archive, folder / f"{OURS}-{ours.key(job)}.jsonl", plan.k
    )
    _close(assistant)
    rows = {OURS: [line["row"] for line in lines]}
    seconds = {OURS: [line["seconds"] for line in lines]}
    for name, python in pythons.items():
        out = folder / f"{name}-{key(name, job, llm=model is not None)}.jsonl"
        said = answers(name, command(name, python), job, out, len(asked.questions))
        by_id = {line["id"]: line for line in said}
        rows[name] = [row_of(q, by_id[q.id], archive, name) for q in asked.questions]
        seconds[name] = [by_id[q.id]["seconds"] for q in asked.questions]
    measured = {
        name: measured_rows(asked.questions, rows[name], seconds[name], plan.k) for name in rows
    }
    return Comparison(about, plan.questions.clusters, rows, measured)


def measured_rows(
    questions: Sequence[Question],
    rows: Sequence[Mapping[str, Any]],
    seconds: Sequence[float],
    k: int,
) -> Measured:
    """The metrics of `eval.metrics` of every question, and `seconds`."""
    return {
        question.id: {**measure(question, row, k=k), "seconds": spent}
        for question, row, spent in zip(questions, rows, seconds, strict=True)
    }


def _asked(plan: Plan, *, llm: bool) -> QuestionSet:
    """The questions to ask; for a search alone only those with evidence to be found."""
    kept = tuple(q for q in plan.questions.questions if not q.history and (llm or q.evidence))
    if not kept:
        raise InputError(
            f"{plan.questions.name} has no question to compare by: those that lean on a "
            "conversation are left out, and without --llm those without evidence"
        )
    asked = replace(plan.questions, questions=kept, data=canonical(kept))
    return chosen(asked, (), plan.limit)


def _assistant(plan: Plan) -> Assistant:
    embedder = load_embedder(str(BUNDLED))
    store = plan.work / "store"
    build(plan.articles, store, embedder)
    retriever = Retriever(store, embedder=embedder)
    return Assistant(retriever, load(plan.llm or "quote", progress=loading_bar()))


def _close(assistant: Assistant) -> None:
    """Free the model's memory: the libraries load it again."""
    from rag.worker import Worker

    if isinstance(assistant.llm, Worker):
        assistant.llm.close()


def _write_job(
    plan: Plan, asked: QuestionSet, archive: Archive, assistant: Assistant, model: Path | None
) -> Path:
    job = Job(
        embedder=str(BUNDLED.resolve()),
        documents=archive.documents(),
        questions=tuple((question.id, question.text) for question in asked.questions),
        k=plan.k,
        depth=DEPTH,
        llm=str(model.resolve()) if model else None,
        context=assistant.llm.context_size if assistant.llm else 0,
        max_tokens=MAX_TOKENS["prose"],
        models=f"{assistant.retriever.embedder.fingerprint} {_sha256(model)}",
        **_computing(model),
    )
    data = json.dumps(asdict(job), ensure_ascii=False).encode() + b"\n"
    # Named by its content: another comparison may be going on in the same folder.
    path = plan.work / f"job-{hashlib.sha256(data).hexdigest()[:12]}.json"
    path.write_bytes(data)
    return path


def _sha256(model: Path | None) -> str | None:
    return sha256(model) if model else None


def _computing(model: Path | None) -> dict[str, Any]:
    """How the model is to compute: as ours does."""
    if model is None:
        return {"threads": 1, "repack": True}
    from rag.self_test import defaults

    settings = defaults()
    return {"threads": settings.threads, "repack": settings.extra_buffers}


def _about(
    plan: Plan, asked: QuestionSet, archive: Archive, assistant: Assistant, model: Path | None
) -> dict[str, Any]:
    """Facts for the head of a report.

    Raises:
        InputError: the articles have no evidence of the set at all.
    """
    lacking = missing(asked.questions, archive.gold)
    total = sum(len(question.evidence) for question in asked.questions)
    if total and len(lacking) == total:
        raise InputError(
            f"the articles have none of the {total} evidences of {asked.name}; give --articles "
            "that the set was written for"
        )
    conversations = sum(bool(question.history) for question in plan.questions.questions)
    return {
        "set": asked.name,
        "set_sha256": asked.sha256,
        "questions": len(asked.questions),
        "conversations_left_out": conversations,
        "evidence_missing": len(lacking),
        "articles": len({article.id for _, article in archive.paragraphs.values()}),
        "paragraphs": len(archive.paragraphs),
        "k": plan.k,
        "embedder": assistant.retriever.embedder.fingerprint,
        "llm": model.name if model else None,
        "llm_sha256": _sha256(model),
        "context": assistant.llm.context_size if assistant.llm else None,
        "max_tokens": MAX_TOKENS["prose"] if model else None,
        "our_answer_style": assistant.answer_style if model else None,
        "libraries": {name: pins(name, llm=model is not None) for name in plan.peers},
    }
