"""docs/python.md: what it shows is what comes out, and README begins with the same five lines."""

from rag import AnswerFinished
from tests.docs.snippets import Runner, page

PAGE = page("python")


def test_the_page(run: Runner) -> None:
    ran = run(PAGE)
    names = ran.names
    assert len(names["hits"]) == 3
    assert "£28.6 million" in names["answer"].text
    assert isinstance(names["event"], AnswerFinished)
    assert names["event"].answer.sentences == names["second"].sentences
    assert [hit.article.source for hit in names["own"].search("Which bridge?")] == ["bridge.txt"]
    ran.finish()


def test_readme_has_the_same_five_lines() -> None:
    (five,) = [b.text for b in page("README.md").of("python") if "import Assistant" in b.text]
    assert five == PAGE.of("python")[0].text
    assert sum(bool(line) for line in five.splitlines()) == 5


def test_the_defaults_that_it_names() -> None:
    from inspect import signature

    from rag import Retriever

    rows = [line.split("|") for line in PAGE.path.read_text("utf-8").splitlines() if "| `" in line]
    told = {
        name.strip(" `"): default.strip(" `")
        for _, first, default, *_ in rows
        for name in first.split(",")
    }
    options = signature(Retriever.search).parameters
    assert told == {name: repr(options[name].default) for name in told}
    assert told.keys() == options.keys() - {"self", "question", "generation"}
