"""Results cut to size: rules that hold for any text."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import Assistant, Retriever, open_store
from rag.answer import SourcesFound
from rag.errors import ModelError
from rag.mcp.answers import answered
from rag.mcp.arguments import Ask
from rag.mcp.asking import Progress, answer
from rag.mcp.catalogue import _cursor, _place
from rag.mcp.faults import place_of
from rag.mcp.http import _security
from rag.mcp.late import LateAssistant
from rag.mcp.results import as_text
from rag.mcp.shown import BUDGET, cut, found, name
from rag.serve.address import allowed_hosts
from tests.conftest import HashEmbedder
from tests.rag.mcp.talking import looped

QUOTED = "Inspectors found cracks in 17 of the 96 steel hangers of the bridge."


@given(text=st.text(max_size=60), longest=st.integers(1, 50))
@settings(derandomize=True)
def test_a_text_is_cut_to_length_and_is_a_beginning(text: str, longest: int) -> None:
    shown = cut(text, longest)
    assert len(shown) <= longest
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))
    assert shown == text or len(text) > longest


@given(place=st.tuples(st.text(), st.integers(0), st.integers(0)))
@settings(derandomize=True)
def test_a_cursor_is_the_place_that_it_was_made_of(place: tuple[str, int, int]) -> None:
    assert _place(_cursor(place)) == place


def test_a_name_stands_on_one_line() -> None:
    assert name(" A\n title\twith\u2028breaks ") == "A title with breaks"
    assert len(name("x" * 1000)) == 200


def test_whatever_stands_in_an_archive_a_result_keeps_its_size(sample_store: Path) -> None:
    retriever = Retriever(open_store(sample_store), embedder=HashEmbedder())
    (hit,) = retriever.search("bridge", k=1)
    for mark in ('"', "\\", "\n", "字", "\ud800"):
        article = replace(hit.article, title=mark * 5000, source=mark * 5000, section=mark * 99)
        large = replace(
            hit, article=article, paragraph=replace(hit.paragraph, text=mark * 8000, heading=mark)
        )
        result = found([large] * 20)
        text = as_text(result.to_json())
        assert len(text) <= BUDGET and text.encode()
        assert result.left_out + len(result.results) == 20
        assert len(result.results) >= 6


def test_an_answer_of_many_sentences_keeps_its_size(sample_store: Path) -> None:
    retriever = Retriever(open_store(sample_store), embedder=HashEmbedder())
    one = Assistant(retriever).ask(QUOTED)
    many = replace(one, sentences=one.sentences[:1] * 100, asked="x" * 2000)
    result = answered(many)
    assert len(as_text(result.to_json())) <= BUDGET
    assert 0 < len(result.sentences) < 100
    assert result.left_out == 100 - len(result.sentences)
    assert result.answer.count(one.sentences[0].text) == len(result.sentences)


def test_the_log_has_our_own_words_alone() -> None:
    assert place_of(ModelError("m.gguf is broken")) == "ModelError: m.gguf is broken"
    assert place_of(ValueError("what was asked")) == "ValueError"
    try:
        int("what was asked")
    except ValueError as error:
        assert place_of(error).startswith("ValueError in test_shown.py, line ")


def test_who_leaves_while_the_model_loads_does_not_stop_it_for_the_others() -> None:
    loads: list[asyncio.Event] = []

    async def three() -> list[object]:
        loop, gate = asyncio.get_running_loop(), asyncio.Event()

        def opening() -> object:
            loads.append(gate)
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
            if len(loads) == 1:
                raise ModelError("it does not load")
            return "an assistant"

        late = LateAssistant(opening)  # type: ignore[arg-type]
        leaving = asyncio.create_task(late.get())
        await asyncio.sleep(0)
        leaving.cancel()
        gate.set()
        while not late._failed:
            await asyncio.sleep(0.01)
        assert not late.ready
        both = await asyncio.gather(late.get(), late.get())
        assert late.ready
        return [leaving.cancelled(), *both]

    assert looped(three()) == [True, "an assistant", "an assistant"]
    assert len(loads) == 2


class _Deaf:
    """A client that does not take what it is told of the progress."""

    async def report_progress(self, progress: float, message: str) -> None:
        if message.startswith("reading"):
            await asyncio.Event().wait()


def test_a_model_is_stopped_at_once_by_who_leaves_between_two_events() -> None:
    closed: list[bool] = []

    async def events(*_: object, **__: object) -> AsyncIterator[SourcesFound]:
        try:
            while True:
                yield SourcesFound(())
        finally:
            closed.append(True)

    async def leave() -> tuple[bool, list[bool]]:
        stream = events()  # held here, so that nothing is collected meanwhile
        assistant = SimpleNamespace(astream=lambda *_, **__: stream)
        late = LateAssistant(lambda: assistant)  # type: ignore[arg-type,return-value]
        progress = Progress(_Deaf())  # type: ignore[arg-type]
        asking = asyncio.create_task(answer(late, Ask(question="x"), progress, asker=""))
        while progress._doing != "reading 0 paragraphs":
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.wait([asking])
        return asking.cancelled(), list(closed)  # the end of the loop would close it, too

    assert looped(leave()) == (True, [True])


@pytest.mark.parametrize(
    ("host", "checked", "name", "origin"),
    [
        ("127.0.0.1", True, "localhost:*", "http://127.0.0.1:*"),
        ("archive.lan", True, "archive.lan", "https://archive.lan"),
        ("0.0.0.0", False, None, None),
    ],
)
def test_the_sdk_checks_the_same_names(
    host: str, checked: bool, name: str | None, origin: str | None
) -> None:
    told = _security(allowed_hosts(host))
    assert told.enable_dns_rebinding_protection is checked
    assert (name is None) == (not told.allowed_hosts) and (name or "") in [*told.allowed_hosts, ""]
    assert (origin or "") in [*told.allowed_origins, ""] and "*" not in told.allowed_origins
