"""Choosing a model over HTTP."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.errors import ModelError
from ui.models.routes import routes


@pytest.fixture
def choice(bench):
    return bench.choice()


@pytest.fixture
def client(choice) -> Iterator[TestClient]:
    with serve(choice, manage=True) as client:
        yield client


def serve(choice, *, manage: bool) -> TestClient:
    app = FastAPI()
    app.include_router(routes(choice, manage=manage))
    return TestClient(app, headers={"accept-language": "zh-CN"})


QUOTING = {"current": "quote", "title": "摘录原文", "wanted": "", "share": None, "error": ""}


def test_from_quotation_to_a_model_and_back(bench, choice, client, settle) -> None:
    big = bench.file("big")
    assert client.get("/yz/models/status").json() == QUOTING
    assert f'value="{big}"' in client.get("/yz/models").text
    begun = client.post("/yz/models", json={"name": big})
    assert (begun.status_code, begun.json()) == (200, {**QUOTING, "wanted": "big"})
    bench.loader.tell("big", 0.5)
    assert client.get("/yz/models/status").json() == {**QUOTING, "wanted": "big", "share": 0.5}
    bench.loader.let("big")
    settle(choice)
    loaded = {**QUOTING, "current": big, "title": "big"}
    assert client.get("/yz/models/status").json() == loaded
    assert client.post("/yz/models", json={"name": "auto"}).json() == QUOTING


def test_what_went_wrong_is_told(bench, choice, client, settle) -> None:
    client.post("/yz/models", json={"name": bench.file("bad")})
    bench.loader.let("bad", ModelError("bad.gguf does not load; download it again"))
    settle(choice)
    words = "bad 没能加载：文件可能已损坏，请重新下载，或换一个较小的模型。"
    assert client.get("/yz/models/status").json() == {**QUOTING, "error": words}
    assert words in client.get("/yz/models").text


def test_cancelling(bench, choice, client, settle) -> None:
    client.post("/yz/models", json={"name": bench.file("big")})
    assert client.post("/yz/models/cancel").json() == QUOTING
    bench.loader.let("big")
    settle(choice)
    assert client.get("/yz/models/status").json() == QUOTING


def test_only_what_was_found_can_be_chosen(bench, client, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere.gguf"
    elsewhere.write_bytes(b"GGUF\x03\x00\x00\x00")
    for name in (str(elsewhere), "Qwen/Qwen3-0.6B-GGUF:Q8_0", "../models/big.gguf"):
        refused = client.post("/yz/models", json={"name": name})
        assert (refused.status_code, list(refused.json())) == (404, ["error"])
    assert bench.loader.begun == []


def test_a_faulty_model_is_refused_with_its_fault(bench, client) -> None:
    bad = bench.file("bad")
    bench.faults["bad"] = "bad.gguf is empty; delete it and download it again"
    refused = client.post("/yz/models", json={"name": bad})
    assert refused.status_code == 409
    assert refused.json() == {"error": "不能使用：文件是空的，请重新下载"}


def test_a_model_that_went_just_now(bench, client, monkeypatch) -> None:
    big = bench.file("big")
    listed = bench.choice().found()
    monkeypatch.setattr("ui.models.choice.ModelChoice.found", lambda choice: listed)
    (bench.folder / "big.gguf").write_bytes(b"")
    refused = client.post("/yz/models", json={"name": big})
    assert refused.status_code == 409
    assert refused.json() == {"error": "big 没能加载：文件是空的，请重新下载。"}


@pytest.mark.parametrize("body", ["", "[]", "{", '{"name": 5}', '{"name": ""}', "[" * 100_000])
def test_what_is_no_choice(client, body: str) -> None:
    refused = client.post("/yz/models", content=body)
    assert refused.status_code == 422
    assert refused.json() == {"error": "这台电脑上已没有这个模型。请另选一个。"}


def test_choosing_what_answers_gives_up_what_is_loaded(bench, settle) -> None:
    old, new = bench.file("old"), bench.file("new")
    assistant, model = bench.with_model("old")
    choice = bench.choice(assistant, name=old)
    with serve(choice, manage=True) as client:
        client.post("/yz/models", json={"name": new})
        kept = client.post("/yz/models", json={"name": old}).json()
    assert (kept["title"], kept["wanted"]) == ("old", "")
    bench.loader.let("new")
    settle(choice)
    assert model.open


def test_what_answers_can_be_chosen_though_nobody_knows_its_file(bench) -> None:
    assistant, model = bench.with_model("scripted")
    with serve(bench.choice(assistant), manage=True) as client:
        kept = client.post("/yz/models", json={"name": "scripted"})
    assert (kept.status_code, kept.json()["current"]) == (200, "scripted")
    assert model.open


def test_readers_choose_nothing_where_that_is_off(bench, choice) -> None:
    big = bench.file("big")
    with serve(choice, manage=False) as client:
        assert "big" not in client.get("/yz/models").text
        for url in ("/yz/models", "/yz/models/cancel"):
            refused = client.post(url, json={"name": big})
            assert refused.status_code == 403
            assert refused.json() == {"error": "模型由管理这台电脑的人选定。"}
    assert bench.loader.begun == []
