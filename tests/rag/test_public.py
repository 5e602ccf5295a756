"""What `from rag import …` offers: small, light, for threads and for event loops."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import rag
from rag import Answer, AnswerFinished, Assistant, Retriever, SourcesFound, Store, open_store
from rag.errors import QuestionError, StoreMissing
from tests.conftest import HashEmbedder, ScriptedLLM

ROOT = Path(__file__).parents[2]
QUESTIONS = ("新桥有多长？", "How long is the new bridge?", "市场几点开门？", "谁设计了图书馆？")


def looped(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, in a loop of a thread of its own: the browser tests leave one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture
def retriever(sample_store: Path) -> Retriever:
    return Retriever(open_store(sample_store), embedder=HashEmbedder())


def test_all_names_are_there_and_are_all() -> None:
    assert rag.__all__ == [
        "Answer", "AnswerFinished", "Article", "Assistant", "Citation", "Event", "Hit",
        "Paragraph", "QuestionRewritten", "Retriever", "Sentence", "SentenceChecked",
        "SourcesFound", "Span", "Store", "TextAdded", "Turn", "YinzhengError", "open_assistant",
        "open_store",
    ]  # fmt: skip
    assert all(getattr(rag, name) is not None for name in rag.__all__)
    assert dir(rag) == sorted(rag.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        rag.nothing  # noqa: B018


def test_importing_rag_loads_nothing_heavy() -> None:
    heavy = "numpy torch faiss gradio llama_cpp fastapi langchain_core llama_index haystack mcp"
    code = f"import sys, rag; print([n for n in {heavy.split()!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_searching_loads_neither_gradio_nor_llama_cpp(sample_store: Path) -> None:
    code = (
        "import sys\nfrom rag import Retriever, Assistant, open_store\n"
        "from tests.conftest import HashEmbedder\n"
        f"found = Retriever(open_store({str(sample_store)!r}), embedder=HashEmbedder())\n"
        "assert Assistant(found).ask('新桥有多长？').hits\n"
        "print([n for n in ('gradio', 'llama_cpp', 'fastapi') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_open_store(sample_store: Path, tmp_path: Path) -> None:
    store = open_store(sample_store)
    assert isinstance(store, Store)
    assert store.current().manifest.articles == 40
    with pytest.raises(StoreMissing, match="python -m index build"):
        open_store(tmp_path / "none")


def test_eight_threads_find_what_one_finds(retriever: Retriever) -> None:
    alone = {question: retriever.search(question, k=5) for question in QUESTIONS}
    start = threading.Barrier(8)

    def ask(number: int) -> list[bool]:
        start.wait()
        order = QUESTIONS[number % 4 :] + QUESTIONS[: number % 4]
        return [retriever.search(q, k=5) == alone[q] for q in order * 3]

    with ThreadPoolExecutor(8) as pool:
        assert all(all(same) for same in pool.map(ask, range(8)))


def test_the_async_twins_give_the_same(retriever: Retriever) -> None:
    assistant = Assistant(retriever)

    async def both() -> tuple[list[Any], list[Answer], list[Any]]:
        hits = await asyncio.gather(*(retriever.asearch(q, k=3) for q in QUESTIONS))
        answers = await asyncio.gather(*(assistant.aask(q, k=3) for q in QUESTIONS))
        return hits, answers, [event async for event in assistant.astream(QUESTIONS[0], k=3)]

    hits, answers, events = looped(both())
    assert hits == [retriever.search(q, k=3) for q in QUESTIONS]
    expected = [assistant.ask(q, k=3) for q in QUESTIONS]
    assert [a.sentences for a in answers] == [a.sentences for a in expected]
    assert [a.hits for a in answers] == [a.hits for a in expected]
    assert isinstance(events[0], SourcesFound)
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].answer.text == expected[0].text


def test_an_async_error_is_the_same_error(retriever: Retriever) -> None:
    for call in (retriever.asearch(" "), Assistant(retriever).aask(" ")):
        with pytest.raises(QuestionError, match="the question is empty"):
            looped(call)


def test_leaving_an_async_stream_stops_the_model(retriever: Retriever) -> None:
    llm = ScriptedLLM("桥长五百米。[1]" * 50, piece=1)
    (paragraph,) = retriever.store.current().paragraphs([3])

    async def leave() -> None:
        events = Assistant(retriever, llm, answer_style="prose").astream(paragraph.text)
        async for event in events:
            if not isinstance(event, SourcesFound):
                break
        await events.aclose()

    looped(leave())
    for _ in range(100):
        if llm.closed:
            break
        threading.Event().wait(0.05)
    assert (len(llm.asked), llm.closed) == (1, 1)


def test_servers_share_the_cores() -> None:
    code = (
        "import numpy; from threadpoolctl import threadpool_info; from rag import opening\n"
        "def blas(): return [p['num_threads'] for p in threadpool_info() if 'blas' in p.values()]\n"
        "before = blas(); opening.share_cores(); print({*before}, {*blas()})"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout == "{2} {1}\n", done.stderr
