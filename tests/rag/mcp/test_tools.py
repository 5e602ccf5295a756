"""The tools, by the SDK's own client in memory."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from rag import Assistant, Retriever, open_store
from rag.errors import ModelBusy, ModelError, StoreDamaged
from rag.mcp.server import create_server
from rag.mcp.shown import BUDGET, LONGEST, cut
from tests.conftest import HashEmbedder, ScriptedLLM
from tests.rag.mcp.talking import (
    ASKED,
    BRIDGE,
    ERAS,
    FIRST,
    Endless,
    called,
    fault,
    fields,
    serving,
    talked,
)

SECOND = "p523bea7126ba32dc"  # the paragraph behind FIRST


@pytest.fixture(scope="module")
def retriever(sample_store: Path) -> Retriever:
    return Retriever(open_store(sample_store), embedder=HashEmbedder())


@pytest.fixture(scope="module")
def long_store(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    """Articles longer than any result: many paragraphs, long ones, one that is longer than all."""
    folder = tmp_path_factory.mktemp("long")
    endless = "word " * 16_000
    many = "\n\n".join(f"Paragraph {i} on herring. " + "Nets and boats. " * 120 for i in range(30))
    rows = [
        {"id": "many/鲱鱼", "title": "Herring", "date": "2030-01-02", "text": many},
        {"id": "endless", "title": "Endless", "date": "2031-01-02", "text": endless},
    ]
    (folder / "long.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    build([folder / "long.jsonl"], folder / "store", HashEmbedder())
    return Retriever(open_store(folder / "store"), embedder=HashEmbedder())


@pytest.mark.parametrize("mode", ERAS)
def test_search_finds_what_the_retriever_finds(retriever: Retriever, mode: str) -> None:
    limits: dict[str, Any] = {"since": "2032", "until": "2033-12", "sources": ["*.md"]}
    hits = retriever.search(ASKED, k=5, **limits)
    found = fields(called(serving(retriever), "search", mode, query=ASKED, k=5, **limits))
    assert [one["id"] for one in found["results"]] == [hit.paragraph.id for hit in hits]
    assert [one["text"] for one in found["results"]] == [hit.paragraph.text for hit in hits]
    assert [one["score"] for one in found["results"]] == [round(hit.score, 3) for hit in hits]
    assert found["results"][0] == {
        "id": FIRST,
        "text": hits[0].paragraph.text,
        "title": "Harrow Ferry bridge shut until spring after cracked hangers found",
        "date": "2032-11-14",
        "source": "bridge-harrow-ferry.md",
        "section": "Local",
        "article": BRIDGE,
        "score": round(hits[0].score, 3),
    }
    assert found["left_out"] == 0


def test_limits_of_articles_reach_the_search(retriever: Retriever) -> None:
    found = fields(called(serving(retriever), "search", query="月", articles=[BRIDGE], k=20))
    assert {one["article"] for one in found["results"]} == {BRIDGE}
    nothing = fields(called(serving(retriever), "search", query="月", since="2050"))
    assert nothing["results"] == []
    assert nothing["note"].startswith("Nothing was found. Leave out limits")


def test_null_and_empty_mean_not_given(retriever: Retriever) -> None:
    plain = called(serving(retriever), "search", query=ASKED)
    spoken = called(
        serving(retriever), "search", query=ASKED, since=None, until="", sources=[], k=None
    )
    assert fields(spoken) == fields(plain)


def test_a_search_is_cut_to_its_budget(long_store: Retriever) -> None:
    result = called(serving(long_store), "search", query="herring nets", k=20)
    found = fields(result)
    assert len(found["results"]) + found["left_out"] == len(long_store.search("herring nets", k=20))
    assert BUDGET * 0.6 < len(result.content[0].text) <= BUDGET
    texts = {
        hit.paragraph.id: hit.paragraph.text for hit in long_store.search("herring nets", k=20)
    }
    for one in found["results"]:
        assert one["shortened"] is True
        assert one["text"].endswith("…") and len(one["text"]) <= LONGEST
        assert texts[one["id"]].startswith(one["text"][:-1])


def test_words_stay_whole_where_a_text_is_cut() -> None:
    assert cut("a heron eats herring", 20) == "a heron eats herring"
    assert cut("a heron eats herring", 15) == "a heron eats…"
    assert cut("蘭" * 30, 10) == "蘭" * 9 + "…"


def test_a_paragraph_and_its_neighbours(retriever: Retriever) -> None:
    every = retriever.store.current().article_paragraphs(BRIDGE)
    alone = fields(called(serving(retriever), "get_paragraph", id=FIRST))
    assert alone["article"] == {
        "id": BRIDGE,
        "title": "Harrow Ferry bridge shut until spring after cracked hangers found",
        "date": "2032-11-14",
        "source": "bridge-harrow-ferry.md",
        "section": "Local",
        "authors": ["Idris Calloway", "Nell Pashley"],
        "paragraphs": 11,
    }
    assert alone["paragraphs"] == [{"id": FIRST, "number": 1, "text": every[0].text}]
    cited = fields(called(serving(retriever), "get_paragraph", id=f"[{SECOND}]", around=3))
    assert [one["number"] for one in cited["paragraphs"]] == [1, 2, 3, 4, 5]
    assert [one["text"] for one in cited["paragraphs"]] == [one.text for one in every[:5]]


def test_a_paragraph_is_never_cut_and_its_neighbours_take_what_is_left(
    long_store: Retriever,
) -> None:
    every = long_store.store.current().article_paragraphs("endless")
    assert [len(one.text) for one in every[:3]] == [8000] * 3
    result = called(serving(long_store), "get_paragraph", id=every[4].id, around=3)
    assert len(result.content[0].text) <= BUDGET
    read = fields(result)["paragraphs"]
    assert [one["number"] for one in read] == [4, 5, 6]
    assert read[1]["text"] == every[4].text and "shortened" not in read[1]
    for one, whole in ((read[0], every[3]), (read[2], every[5])):
        assert one["shortened"] is True and len(one["text"]) <= LONGEST
        assert whole.text.startswith(one["text"][:-1])


def test_an_article_is_read_in_pages(long_store: Retriever) -> None:
    every = long_store.store.current().article_paragraphs("many/鲱鱼")
    texts, begin, pages = [], 1, 0
    while begin:
        result = called(serving(long_store), "get_article", id="many/鲱鱼", from_paragraph=begin)
        assert len(result.content[0].text) <= BUDGET
        page = fields(result)
        assert [one["number"] for one in page["paragraphs"]][0] == begin
        texts += [one["text"] for one in page["paragraphs"]]
        begin = page.get("next_paragraph", 0)
        pages += 1
    assert texts == [one.text for one in every]
    assert pages == 6  # six of 1,944 characters each to a page, of 30


@pytest.mark.parametrize("mode", ERAS)
def test_an_answer_cites_paragraphs_by_their_ids(retriever: Retriever, mode: str) -> None:
    first = retriever.store.current().paragraph(FIRST)
    llm = ScriptedLLM("Inspectors found cracks in 17 of its 96 steel hangers.[1]")
    told: list[str] = []

    async def talk(client: Any) -> Any:
        async def hear(progress: float, total: float | None, message: str | None) -> None:
            assert (progress, total) == (len(told) + 1, None)
            told.append(message or "")

        return await client.call_tool(
            "ask", {"question": ASKED, "articles": [BRIDGE]}, progress_callback=hear
        )

    result = fields(talked(serving(retriever, llm, answer_style="prose"), talk, mode=mode))
    assert result["answered"] is True
    assert result["answer"] == (f"Inspectors found cracks in 17 of its 96 steel hangers.[{FIRST}]")
    (sentence,) = result["sentences"]
    (citation,) = sentence["citations"]
    assert sentence["support"] == "supported" and "note" not in result
    assert citation["quote"] in first.text and "17 of its 96" in citation["quote"]
    assert citation["paragraph"] == FIRST and citation["article"] == BRIDGE
    assert citation["date"] == "2032-11-14"
    assert result["answered_by"] == "scripted"
    assert 0.0 < result["confidence"] <= 1.0
    assert told == [
        "loading what answers",
        "searching",
        "reading 8 paragraphs",
        "writing the answer",
        "sentences written and checked: 1",
    ]


def test_a_doubtful_sentence_is_told_as_such(retriever: Retriever) -> None:
    llm = ScriptedLLM("Inspectors found cracks in 71 of its 96 steel hangers.[1]")
    server = serving(retriever, llm, answer_style="prose")
    result = fields(called(server, "ask", question=ASKED, articles=[BRIDGE]))
    (sentence,) = result["sentences"]
    assert sentence["support"] == "unsupported" and "71" in "".join(sentence["reasons"])
    assert result["note"].startswith("A sentence that is not supported is not proved")


def test_an_abstention_says_so_and_shows_what_is_nearest(retriever: Retriever) -> None:
    result = fields(called(serving(retriever), "ask", question="zzz qqq", until="2030-06"))
    assert (result["answered"], result["sentences"]) == (False, [])
    assert result["note"].startswith("The articles do not answer this question. Say so")
    assert result["answer"] == Assistant(retriever).ask("zzz qqq", until="2030-06").message
    nearest = retriever.search("zzz qqq", until="2030-06", k=8, per_article=5)
    assert len(result["nearest"]) == 3
    assert {one["id"] for one in result["nearest"]} <= {hit.paragraph.id for hit in nearest}


def test_a_question_that_leans_on_the_history_is_understood(retriever: Retriever) -> None:
    llm = ScriptedLLM("How long is the Harrow Ferry bridge?", "It is a 412-metre bridge.[1]")
    result = fields(
        called(
            serving(retriever, llm, answer_style="prose"),
            "ask",
            question="And how long is it?",
            history=[{"question": ASKED, "answer": "17 of 96."}],
            articles=[BRIDGE],
        )
    )
    assert result["understood_as"] == "How long is the Harrow Ferry bridge?"


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("search", {}, "query is missing"),
    ("search", {"query": "  \0"}, "the question is empty; ask something"),
    ("search", {"query": "x" * 2001}, "query is too long: at most 2,000 characters"),
    ("search", {"query": "x", "k": 21}, "k must be at most 20"),
    ("search", {"query": "x", "k": 0}, "k must be at least 1"),
    ("search", {"query": "x", "k": "many"}, "k is of another type than the schema says"),
    ("search", {"query": ["x"]}, "query is of another type than the schema says"),
    ("search", {"query": "x", "since": "2022-13"},
     "since is no date: write YYYY, YYYY-MM or YYYY-MM-DD"),
    ("search", {"query": "x", "sources": ["a"] * 101},
     "sources has too many entries: at most 100"),
    ("search", {"query": "x", "articles": ["a" * 501]},
     "articles.0 is too long: at most 500 characters"),
    ("search", {"query": "x", "secret": 1},
     "this tool takes query, since, until, sources, articles, k, and nothing else"),
    ("ask", {"question": "x", "history": [{"question": "y"}]}, "history.0.answer is missing"),
    ("get_paragraph", {"id": "p0"},
     "there is no paragraph with this id; take ids from what search returns"),
    ("get_article", {"id": BRIDGE, "from_paragraph": 12},
     "from_paragraph is too large: the article has 11 paragraphs"),
]  # fmt: skip


def test_what_is_wrong_is_said_in_few_words(retriever: Retriever) -> None:
    async def talk(client: Any) -> list[str]:
        return [fault(await client.call_tool(tool, arguments)) for tool, arguments, _ in WRONG]

    assert talked(serving(retriever), talk) == [words for _, _, words in WRONG]


HOSTILE = [
    "../../etc/passwd", "%2e%2e%2fetc%2fpasswd", "p\0", "a\0b", "p" * 100_000, "' OR 1=1 --",
    "\ud800", "𝕡" * 400, "[]", "[[p]]", "yinzheng://paragraphs/x", "p\n" * 100,
]  # fmt: skip


@pytest.mark.parametrize("kind", ["paragraph", "article"])
def test_hostile_ids_are_just_unknown(retriever: Retriever, kind: str) -> None:
    async def talk(client: Any) -> list[str]:
        return [fault(await client.call_tool(f"get_{kind}", {"id": id})) for id in HOSTILE]

    unknown = f"there is no {kind} with this id; take ids from what search returns"
    long = "id is too long: at most 500 characters"
    told = talked(serving(retriever), talk, mode="auto")
    assert told == [unknown if len(id) <= 500 else long for id in HOSTILE]


@pytest.mark.parametrize("limit", ["sources", "articles"])
def test_hostile_limits_find_nothing(retriever: Retriever, limit: str) -> None:
    names = [id for id in HOSTILE if len(id) <= 500]

    async def talk(client: Any) -> list[Any]:
        return [
            fields(await client.call_tool("search", {"query": "x", limit: [name]}))["results"]
            for name in names
        ]

    assert talked(serving(retriever), talk, mode="auto") == [[] for _ in names]


class _Failing:
    """A retriever that fails as told."""

    def __init__(self, error: Exception) -> None:
        self.store = None
        self._error = error

    async def asearch(self, *_: Any, **__: Any) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModelBusy("m is busy", 7), "the language model is busy; try again in 7 s"),
        (ModelError("/home/me/m.gguf is broken"),
         "the language model cannot answer now; search and read the articles instead"),
        (StoreDamaged("/home/me/store is damaged"),
         "the store of articles cannot be read now; try again later"),
        (RuntimeError("secret in /home/me"),
         "something went wrong in the server; its log says where"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ERAS)
def test_details_of_errors_stay_in_the_log(
    error: Exception, words: str, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        server = create_server(_Failing(error), lambda: None)  # type: ignore[arg-type]
        assert fault(called(server, "search", mode, query="where is it")) == words
    (record,) = caplog.records
    assert record.getMessage().startswith("the tool search")
    assert type(error).__name__ in record.getMessage()
    assert "where is it" not in caplog.text and "secret" not in caplog.text


def test_too_many_calls_are_sent_away(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.mcp.tools._CALLS", 0)
    words = fault(called(serving(retriever), "search", query="x"))
    assert words == "too many calls are under way; try again in a few seconds"


@pytest.mark.parametrize("mode", ERAS)
def test_leaving_an_answer_stops_the_model_and_nothing_waits_meanwhile(
    retriever: Retriever, mode: str
) -> None:
    import anyio

    llm = Endless()

    async def talk(client: Any) -> None:
        async with anyio.create_task_group() as tasks:
            arguments = {"question": ASKED, "articles": [BRIDGE]}
            tasks.start_soon(client.call_tool, "ask", arguments)
            assert await anyio.to_thread.run_sync(llm.began.wait, 10)
            found = fields(await client.call_tool("search", {"query": ASKED}))
            assert found["results"][0]["id"] == FIRST
            tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            assert await anyio.to_thread.run_sync(llm.ended.wait, 5.0)

    talked(serving(retriever, llm, answer_style="prose"), talk, mode=mode)


def test_the_model_is_loaded_once_and_only_when_asked_for(retriever: Retriever) -> None:
    import asyncio

    opened: list[int] = []

    def opening() -> Assistant:
        opened.append(len(opened))
        if len(opened) == 1:
            raise ModelError("m.gguf does not load")
        return Assistant(retriever)

    async def talk(client: Any) -> list[Any]:
        await client.call_tool("search", {"query": ASKED})
        assert opened == []
        ask = {"question": ASKED, "articles": [BRIDGE]}
        failed = await client.call_tool("ask", ask)
        return [failed, *await asyncio.gather(*(client.call_tool("ask", ask) for _ in range(3)))]

    failed, *answers = talked(create_server(retriever, opening), talk)
    assert fault(failed).startswith("the language model cannot answer now")
    assert [fields(answer)["answered"] for answer in answers] == [True] * 3
    assert opened == [0, 1]
