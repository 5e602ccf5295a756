"""docs/haystack.md, as a reader would try it."""

import os

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # before another page imports Haystack

from inspect import signature

import yaml
from haystack import Pipeline

from rag.adapters.haystack import YinzhengRetriever
from rag.adapters.haystack.filters import translated
from rag.filters import Filters
from tests.docs.snippets import Runner, page


def test_the_page(run: Runner) -> None:
    ran = run(page("haystack"))
    names, question = ran.names, "What will replacing the hangers cost?"
    documents = names["retriever"].run(question)["documents"]
    prompt = names["done"]["prompt"]["prompt"]
    assert [f"[{i}] {d.content}" in prompt for i, d in enumerate(documents, 1)] == [True] * 5
    assert translated(names["filters"]) == Filters(
        "2033-01", None, ("ferry-harrow-winter.md", "2022/april")
    )
    assert [d.id for d in names["tool"].invoke(query=question)["documents"]][:5] == [
        d.id for d in documents
    ]
    assert isinstance(names["loaded"], Pipeline)
    written = yaml.safe_load(names["text"])["components"]["retriever"]["init_parameters"]
    saved = yaml.safe_load(names["saved"])["components"]["retriever"]["init_parameters"]
    usual = {
        name: option.default
        for name, option in signature(YinzhengRetriever.__init__).parameters.items()
        if name not in ("self", "retriever")
    }
    assert saved == {**usual, **written}
    answer, heard = names["answer"], names["heard"]
    assert (heard.data, heard.documents) == (answer.data, answer.documents)
    (citation,) = answer.meta["sentences"][0]["citations"]
    assert [d.id for d in answer.documents] == [citation["paragraph"]]
    ran.finish()
