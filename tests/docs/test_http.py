"""docs/http.md: what it shows is what comes out, and its table is that of the server."""

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
    _, asked, streamed, found, listed = ran.printed("sh")[0], *_pieces(ran.printed("sh"))
    assert asked["answer"] == answer["answer"]
    assert [line for line in streamed.splitlines() if line.startswith("event: ")][0::99] == [
        "event: sources"
    ]
    assert {hit["source"][:6] for hit in found["hits"]} == {"ferry-"} and len(found["hits"]) == 3
    assert len(listed["articles"]) == 5 and listed["next"]
    (error,) = ran.take("json")
    api = create_api(Service(Retriever("my-store"), Assistant), hosts=("testserver",))
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
        names, default, _ = (
            line.strip("| ").split(" | ")[:3]
            if line.count(" | ") > 1
            else (*line.strip("|").split("|")[:2], "")
        )
        for name in re.findall(r"`(\w+)`", names):
            told[name] = default.strip().strip("`")
    told = {name: json.loads(value) if value else None for name, value in told.items()}
    fields = AskRequest.model_fields
    assert set(told) == set(fields)
    for name in set(told) - {"question"}:
        assert told[name] == fields[name].default, name
