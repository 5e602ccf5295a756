"""Runs with a real language model, a tiny one, are the same to the byte."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eval.runner import Run, run
from eval.sets import QuestionSet, canonical, read_set
from rag import Assistant, open_assistant
from rag.worker import Worker
from tests.conftest import HashEmbedder
from tests.tiny_gguf import write_tiny_gguf

SETS = Path(__file__).parents[2] / "eval" / "sets"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def few() -> QuestionSet:
    """Four questions, and two that lean on others."""
    plain = read_set(SETS / "sample.jsonl").questions
    leaning = read_set(SETS / "follow_ups.jsonl").questions
    questions = (*[q for q in plain if q.answerable][:4], *leaning[:2])
    return QuestionSet("few", questions, canonical(questions))


@contextlib.contextmanager
def assistant(store: Path, model: Path, style: str) -> Iterator[Assistant]:
    opened = open_assistant(store, llm=str(model), answer_style=style)
    assert isinstance(opened.llm, Worker)
    with contextlib.closing(opened.llm):
        yield opened


def kept_bytes(done: Run) -> list[bytes]:
    return [(done.folder / name).read_bytes() for name in ("header.json", "rows.jsonl")]


@pytest.mark.parametrize("style", ["prose", "quote"])
def test_greedy_reruns_are_the_same_to_the_byte(
    sample_store: Path,
    tmp_path: Path,
    model: Path,
    few: QuestionSet,
    style: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.assistant.load_embedder", lambda name: HashEmbedder())
    with assistant(sample_store, model, style) as first:
        one = run(few, first, tmp_path / "one", model_file=model)
        # Again by the same process, which remembers prompts, and in another order.
        back = replace(few, questions=few.questions[::-1])
        turned = run(back, first, tmp_path / "turned", model_file=model, jobs=2)
    with assistant(sample_store, model, style) as second:
        two = run(few, second, tmp_path / "two", model_file=model, jobs=2)
    assert kept_bytes(two) == kept_bytes(one)
    assert turned.rows == one.rows
    assert list(turned.rows) == list(one.rows)[::-1]
    assert one.header["llm_sha256"] is not None
    wrote = [row["tokens"] for row in one.rows.values() if "tokens" in row]
    assert len(wrote) >= 2
    assert all(tokens["prompt"] > 100 and tokens["reply"] >= 1 for tokens in wrote)
    assert json.loads(json.dumps(one.rows)) == one.rows
