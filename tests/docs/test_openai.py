"""docs/openai.md: what it shows is what comes out, and its tables are those of the server."""

import re

import openai
import pytest

from rag.serve.openai_models import ChatRequest, Options
from tests.docs.snippets import Runner, page

PAGE = page("openai")
TEXT = PAGE.path.read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose head begins so."""
    table = TEXT.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]
    ]


def names(cell: str) -> list[str]:
    return re.findall(r"`([\w.]+)`", cell)


def test_the_page(run: Runner) -> None:
    ran = run(PAGE)
    told = ran.names
    message, answer = told["message"], told["answer"]
    assert message.content == answer["answer"] == told["text"]
    assert [{k: a[k] for k in ("type", "url_citation")} for a in told["annotations"]] == [
        a.model_dump() for a in message.annotations
    ]
    assert {hit["source"] for hit in told["hits"]} <= {
        "bridge-harrow-ferry.md", "bridge-double-moon.md",
    }  # fmt: skip
    assert len(told["hits"]) == 4
    assert told["further"].model_extra["yinzheng"]["asked"] != ""
    client, question = told["client"], [{"role": "user", "content": "How long is it?"}]
    # what the page says is accepted, and what it says is refused
    ignored = dict.fromkeys(names(rows("Parameter")[2][0]), 1)
    done = client.chat.completions.create(model="yinzheng", messages=question, extra_body=ignored)
    assert done.choices[0].finish_reason == "stop"
    refused = names(rows("Parameter")[3][0])
    assert len(refused) == 8
    for name in refused:
        given = {"audio": {"voice": "x"}, "response_format": {"type": "json_object"}}.get(name, 2)
        given = ["audio"] if name in ("tools", "functions", "modalities") else given
        with pytest.raises(openai.BadRequestError) as error:
            client.chat.completions.create(
                model="yinzheng", messages=question, extra_body={name: given}
            )
        assert (error.value.code, error.value.param) == ("unsupported_parameter", name)
    ran.finish()


def test_the_table_of_filters() -> None:
    told = {name: default.strip("`") for cell, default, _ in rows("Field") for name in names(cell)}
    own = Options().model_dump(mode="json")
    assert told == {name: str(value).lower().replace("none", "null") for name, value in own.items()}


def test_the_table_of_parameters_has_all_that_is_read_or_refused() -> None:
    told = {name.split(".")[0] for cell, _ in rows("Parameter") for name in names(cell)}
    assert set(ChatRequest.model_fields) <= told


def test_the_table_of_errors_names_the_clients_exceptions() -> None:
    for statuses, exception, _ in rows("Error"):
        kind = getattr(openai, names(exception)[0])
        assert issubclass(kind, openai.APIStatusError)
        told = getattr(kind, "__annotations__", {}).get("status_code")
        assert told is None or statuses in str(told)
