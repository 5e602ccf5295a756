"""docs/llamaindex.md, as a reader would try it."""

from inspect import signature

from rag.adapters.llamaindex import YinzhengQueryEngine, YinzhengRetriever
from tests.docs.snippets import Runner, page

PAGE = page("llamaindex")


def test_the_page(run: Runner) -> None:
    ran = run(PAGE)
    opened = ran.names["opened"]
    question = "What will replacing the hangers cost?"
    hits = opened.search(question, k=5)
    shown = [n.node.node_id for n in ran.names["retriever"].retrieve(question)]
    assert shown == [hit.paragraph.id for hit in hits]
    answer = ran.names["assistant"].ask(question)
    cited = [c.paragraph_id for sentence in answer.sentences for c in sentence.citations]
    for response in (ran.names["response"], ran.names["streamed"]):
        assert [n.node.node_id for n in response.source_nodes] == cited
        assert response.metadata["sentences"] == [s.to_json() for s in answer.sentences]
    (citation,) = ran.names["response"].metadata["sentences"][0]["citations"]
    raw = citation["raw"]
    article = opened.store.current().article(citation["article"])
    assert article.raw[raw["start"] : raw["end"]] == citation["quote"]["text"]
    assert ran.names["tool"].call(question).content.count("title: ") == 5
    ran.finish()


def test_the_table_names_the_options_and_their_defaults() -> None:
    rows = [line.split("|") for line in PAGE.path.read_text("utf-8").splitlines() if "| `" in line]
    told = {
        name.strip(" `"): default.strip(" `")
        for _, names, default, *_ in rows
        for name in names.split(",")
    }
    options = signature(YinzhengRetriever.__init__).parameters
    own = {n: str(o.default) for n, o in options.items()}
    for name in ("self", "store", "retriever", "callback_manager"):
        del own[name]
    assert told == own
    engine = set(signature(YinzhengQueryEngine.__init__).parameters)
    assert set(told) - engine == {"per_article"}
