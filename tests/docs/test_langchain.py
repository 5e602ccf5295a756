"""docs/langchain.md: what it shows is what comes out."""

from rag.adapters.langchain import YinzhengAssistant, YinzhengRetriever
from tests.docs.snippets import Runner, page

PAGE = page("langchain")


def test_the_page(run: Runner) -> None:
    ran = run(PAGE)
    names = ran.names
    assert {d.metadata["source"] for d in names["documents"]} == {"ferry-harrow-winter.md"}
    assert len(names["documents"]) == 2
    assert any("opened in 1961" in d.page_content for d in names["older"])
    assert all(d.metadata["date"] >= "2033" for d in names["adjusted"])
    (message,) = names["messages"]
    assert message.text.startswith("[1] ")
    assert message.text.endswith("Question: What will replacing the hangers cost?")
    assert "£28.6 million" in names["tool"].invoke({"query": "What will the hangers cost?"})
    assert names["whole"].content == names["model"].invoke(
        "How many people has the ferry carried?", since="2033"
    ).content  # fmt: skip
    assert "every 12 minutes" in names["second"].text
    (block,) = names["message"].content_blocks
    (citation,) = block["annotations"]
    extras = {"number", "paragraph", "article", "source", "date", "quote", "raw", "support"}
    assert set(citation["extras"]) == extras
    assert set(names["message"].response_metadata) >= {"abstained", "hits", "language", "timings"}
    ran.finish()


def test_the_table_names_the_fields_and_their_defaults() -> None:
    rows = [line.split("|") for line in PAGE.path.read_text("utf-8").splitlines() if "| `" in line]
    told = {
        name.strip(" `"): default.strip(" `") for _, names, default, *_ in rows
        for name in names.split(",")
    }  # fmt: skip
    own = {n: f for n, f in YinzhengRetriever.model_fields.items() if n in told}
    assert {name: str(field.default) for name, field in own.items()} == told
    limits = set(YinzhengRetriever.model_fields) - {
        "name",
        "tags",
        "metadata",
        "store",
        "retriever",
    }
    assert limits == set(told)
    assert limits - set(YinzhengAssistant.model_fields) == {"per_article"}
