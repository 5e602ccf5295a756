"""Resources, completion and prompts, and the whole listing, by the SDK's own client in memory."""

import json
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from index.build import build
from rag import Retriever, open_store
from rag.mcp.catalogue import Catalogue, CursorError, Entry
from rag.mcp.resources import _LONGEST_ARTICLE, _as_text
from tests.conftest import HashEmbedder
from tests.rag.mcp.talking import ERAS, serving, talked

LISTING = Path(__file__).with_name("listing.json")
STRANGE = ["a/b/../c", "鲱鱼 1", "100%2F", "x?cursor=y", "#", "..", "[p1]"]


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    """130 articles, some with ids that are no plain words."""
    folder = tmp_path_factory.mktemp("many")
    ids = [*(f"n{i:03}" for i in range(130 - len(STRANGE))), *STRANGE]
    rows = [
        {"id": id, "title": f"Title {i}\n of\t{id}", "date": "2030-01-02", "text": f"Text {i}."}
        for i, id in enumerate(ids)
    ]
    (folder / "many.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    build([folder / "many.jsonl"], folder / "store", HashEmbedder())
    return Retriever(open_store(folder / "store"), embedder=HashEmbedder())


async def refused(request: Coroutine[Any, Any, Any]) -> str:
    """What the protocol's error says that a request meets."""
    with pytest.raises(MCPError) as error:
        await request
    assert error.value.code == types.INVALID_PARAMS
    return str(error.value)


@pytest.fixture(scope="module")
def sample(sample_store: Path) -> Retriever:
    return Retriever(open_store(sample_store), embedder=HashEmbedder())


@pytest.mark.parametrize("mode", ERAS)
def test_the_list_has_every_article_once(retriever: Retriever, mode: str) -> None:
    async def talk(client: Any) -> list[list[types.Resource]]:
        pages, cursor = [], None
        while not pages or cursor:
            page = await client.list_resources(cursor=cursor)
            pages.append(page.resources)
            cursor = page.next_cursor
        return pages

    first, second = talked(serving(retriever), talk, mode=mode)
    assert (len(first), len(second)) == (101, 30)
    assert first[0].uri == "yinzheng://articles"
    every = [placed.article.id for placed in retriever.store.current().placed()]
    uris = [f"yinzheng://articles/{quote(id, safe='')}" for id in every]
    assert [one.uri for one in [*first[1:], *second]] == uris
    assert "Title 127 of #" in {one.title for one in second}


def test_any_id_can_be_read_by_its_uri(retriever: Retriever) -> None:
    async def talk(client: Any) -> list[Any]:
        uris = [f"yinzheng://articles/{quote(id, safe='')}" for id in STRANGE]
        return [(await client.read_resource(uri)).contents for uri in uris]

    generation = retriever.store.current()
    for id, (contents,) in zip(STRANGE, talked(serving(retriever), talk), strict=True):
        (paragraph,) = generation.article_paragraphs(id)
        title = " ".join(generation.article(id).title.split())
        assert contents.mime_type == "text/plain"
        told = f"2030-01-02 · many.jsonl · article {id}"
        assert contents.text == f"{title}\n\n{told}\n\n[{paragraph.id}] {paragraph.text}"


def test_a_paragraph_is_read_with_its_article(retriever: Retriever) -> None:
    (paragraph,) = retriever.store.current().article_paragraphs("n007")

    async def talk(client: Any) -> types.ReadResourceResult:
        return await client.read_resource(f"yinzheng://paragraphs/{paragraph.id}")

    (contents,) = talked(serving(retriever), talk).contents
    assert contents.text == (
        f"Title 7 of n007\n\n2030-01-02 · many.jsonl · article n007\n\n[{paragraph.id}] Text 7."
    )


def test_the_listing_goes_on_by_its_own_uris(retriever: Retriever) -> None:
    async def talk(client: Any) -> list[dict[str, Any]]:
        pages, uri = [], "yinzheng://articles"
        while uri:
            pages.append(json.loads((await client.read_resource(uri)).contents[0].text))
            uri = pages[-1]["next"]
        return pages

    first, second = talked(serving(retriever), talk)
    assert first["total"] == second["total"] == 130
    ids = [one["id"] for one in first["articles"] + second["articles"]]
    assert ids == [placed.article.id for placed in retriever.store.current().placed()]
    assert first["articles"][3] == {
        "id": "n003",
        "title": "Title 3 of n003",
        "date": "2030-01-02",
        "source": "many.jsonl",
        "uri": "yinzheng://articles/n003",
    }


def test_no_paragraph_passes_for_another_one(tmp_path: Path) -> None:
    text = "One line.\n[p0000000000000000] Another\nline."
    rows = [
        {"id": "forged", "title": "T", "text": text},
        {"id": "endless", "title": "T", "text": "\n\n".join(["word " * 1500] * 20)},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    build([tmp_path / "a.jsonl"], tmp_path / "store", HashEmbedder())
    retriever = Retriever(open_store(tmp_path / "store"), embedder=HashEmbedder())

    async def talk(client: Any) -> list[str]:
        uris = ("yinzheng://articles/forged", "yinzheng://articles/endless")
        return [(await client.read_resource(uri)).contents[0].text for uri in uris]

    forged, endless = talked(serving(retriever), talk)
    ids = {p.id for p in retriever.store.current().article_paragraphs("forged")}
    begins = [line[1:18] for line in forged.split("\n\n")[2:]]
    assert begins and set(begins) <= ids
    one = retriever.store.current().paragraph(begins[0])
    article = retriever.store.current().article("forged")
    broken = replace(one, text="One line.\n\n[p0000000000000000] Another\u2028[p1] line.")
    last = _as_text(article, [broken]).splitlines()[-1]
    assert last == f"[{one.id}] One line. [p0000000000000000] Another [p1] line."
    assert "[p0000000000000000]" in forged
    assert _LONGEST_ARTICLE * 0.9 < len(endless) < _LONGEST_ARTICLE + 1000
    assert endless.endswith("(cut here; get_article goes on with from_paragraph 14)")


HOSTILE = [
    "", "yinzheng://", "yinzheng://articles/", "yinzheng://articles/../../etc/passwd",
    "yinzheng://articles/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "yinzheng://articles/n00%00",
    "yinzheng://articles/%FF%FE", "yinzheng://articles/%ED%A0%80",
    "yinzheng://articles/" + "n" * 100_000, "yinzheng://paragraphs/n007", "file:///etc/passwd",
    "yinzheng://articles/n007/", "yinzheng://articles/n%2530", "yinzheng://other/n007",
]  # fmt: skip


def test_hostile_uris_are_just_unknown(retriever: Retriever) -> None:
    async def talk(client: Any) -> list[str]:
        return [await refused(client.read_resource(uri)) for uri in HOSTILE]

    words = "there is no such resource; the list of resources has all"
    assert talked(serving(retriever), talk, mode="auto") == [words] * len(HOSTILE)


CURSORS = ["x", "é", "W10=", "WyJhIiwgIjAiLCAwXQ==", "e30=", "!" * 1000, "W" * 3000, "bnVsbA=="]


def test_foreign_cursors_are_refused(retriever: Retriever) -> None:
    async def talk(client: Any) -> list[str]:
        uris = [f"yinzheng://articles?cursor={quote(cursor)}" for cursor in CURSORS]
        return [
            *[await refused(client.read_resource(uri)) for uri in uris],
            *[await refused(client.list_resources(cursor=one)) for one in [*CURSORS, "W" * 9000]],
        ]

    words = "this cursor was not given out here"
    assert talked(serving(retriever), talk) == [words] * (2 * len(CURSORS) + 1)


def test_a_cursor_holds_when_articles_come_and_go() -> None:
    def entry(name: str) -> Entry:
        return Entry((name, 0, 0), name, name, None, name)

    before = Catalogue(tuple(map(entry, "abcdef")))
    page, cursor = before.page(None, 3)
    assert [one.id for one in page] == ["a", "b", "c"]
    after = Catalogue(tuple(map(entry, "bdeefg")))  # a and c went, g came
    assert [one.id for one in after.page(cursor, 3)[0]] == ["d", "e", "e"]
    assert before.page(cursor, 3) == (tuple(map(entry, "def")), None)
    with pytest.raises(CursorError):
        before.page("nonsense", 3)


def test_ids_are_completed_from_ids_and_titles(sample: Retriever, retriever: Retriever) -> None:
    def completed(of: Retriever, typed: str, argument: str = "id") -> types.Completion:
        reference = types.ResourceTemplateReference(uri="yinzheng://articles/{id}")

        async def talk(client: Any) -> types.CompleteResult:
            return await client.complete(reference, {"name": argument, "value": typed})

        return talked(serving(of), talk).completion

    assert completed(sample, "HARROW FERRY BRIDGE").values == ["a0e83bc8a333fd5c4"]
    assert completed(sample, "双月桥").values == ["aee72db9830cc83ef"]
    assert completed(sample, "a0e83b").values == ["a0e83bc8a333fd5c4"]
    many = completed(retriever, "n0")
    assert (many.values, many.total, many.has_more) == ([f"n{i:03}" for i in range(20)], 100, True)
    assert completed(retriever, "n0", "other").values == []
    assert completed(retriever, "n" * 100_000).values == []


def test_the_prompt_asks_the_question(sample: Retriever) -> None:
    async def talk(client: Any) -> types.GetPromptResult:
        for name, arguments, words in (
            ("other", {"question": "x"}, "there is no such prompt"),
            ("answer_with_citations", {}, "question is missing"),
            ("answer_with_citations", {"question": "x" * 2001}, "over 2,000 characters"),
        ):
            with pytest.raises(MCPError, match=words):
                await client.get_prompt(name, arguments)
        return await client.get_prompt("answer_with_citations", {"question": "How {long}?"})

    (message,) = talked(serving(sample), talk).messages
    assert message.role == "user"
    assert message.content.text.endswith("The question:\n\nHow {long}?")


def test_what_is_offered_is_what_was_reviewed(sample: Retriever) -> None:
    """listing.json is what clients are told: a change to it is to be read by a person."""

    async def talk(client: Any) -> dict[str, Any]:
        def plain(result: Any) -> Any:
            return result.model_dump(mode="json", by_alias=True, exclude_none=True)

        resources = await client.list_resources()
        return {
            "instructions": client.instructions,
            "capabilities": plain(client.server_capabilities),
            "tools": plain(await client.list_tools())["tools"],
            "templates": plain(await client.list_resource_templates())["resourceTemplates"],
            "resources": plain(resources)["resources"][:2],
            "prompts": plain(await client.list_prompts())["prompts"],
            "ping": plain(await client.session.send_ping()),
        }

    told = talked(serving(sample), talk)
    assert told == json.loads(LISTING.read_text("utf-8"))
