"""docs/http.md: what it shows is what comes out, and its table is that of the server."""

import contextlib
import json
import re

from starlette.testclient import TestClient

from rag import Assistant, Retriever
from rag.serve.app import create_api
from rag.serve.schemas import AskRequest
from rag.serve.service import Service
from tests.docs.snippets import Runner, page

PAGE = page("http")
TEXT = PAGE.path.read_text("utf-8")


def test_the_page(run: Runner) -> None:
    ran = run(PAGE)
    answer = ran.names["answer"]
    assert not answer["abstained"] and "£28.6 million" in answer["answer"]
    asked, streamed, found, listed = _pieces(ran.printed("sh"))
    assert asked["answer"] == answer["answer"]
    names = re.findall(r"^event: (\w+)$", streamed, re.M)
    assert (names[0], names[-1]) == ("sources", "answer") and "sentence" in names
    assert {hit["source"][:6] for hit in found["hits"]} == {"ferry-"} and len(found["hits"]) == 3
    assert len(listed["articles"]) == 5 and listed["next"]
    (error,) = ran.take("json")
    retriever = Retriever("my-store")
    service = Service(retriever, lambda: contextlib.nullcontext(Assistant(retriever)))
    api = create_api(service, hosts=("testserver",))
    refused = TestClient(api).post("/search", json={"question": "x" * 2001})
    assert refused.json() == error
    ran.finish()


def _pieces(printed: list[str]) -> tuple[dict, str, dict, dict]:
    """What the page's commands print: an answer, its events, what was found, a page of articles."""
    decode = json.JSONDecoder().raw_decode
    hits, end = decode(printed[3])
    return json.loads(printed[1]), printed[2], hits, decode(printed[3][end:].strip())[0]


def test_the_table_names_every_field_and_its_default() -> None:
    table = TEXT.split("\n| Field |", 1)[1].split("\n\n", 1)[0]
    told = {}
    for line in table.splitlines()[2:]:
        names, default = [cell.strip() for cell in line.strip("|").split("|")][:2]
        for name in re.findall(r"`(\w+)`", names):
            told[name] = json.loads(default.strip("`")) if default else None
    fields = AskRequest.model_fields
    assert set(told) == set(fields)
    for name in set(told) - {"question"}:
        assert told[name] == fields[name].default, name
