from pathlib import Path

import pytest

from index.embedding.prompts import Prompts, choose_prompts
from index.errors import EmbedderError

HERE = Path("model")


@pytest.mark.parametrize(
    ("config", "query", "passage"),
    [
        ({"prompts": {"query": "q: ", "passage": "p: "}}, "q: ", "p: "),
        ({"prompts": {"query": "q: ", "document": "d: "}}, "q: ", "d: "),
        ({"prompts": {"query": "q: "}}, "q: ", ""),
        ({"prompts": {"sts": "s: ", "query": "q: "}, "default_prompt_name": "sts"}, "q: ", "s: "),
        ({"prompts": {"sts": "s: "}, "default_prompt_name": "sts"}, "s: ", "s: "),
        ({"prompts": {"sts": "s: "}}, "", ""),
        ({"prompts": {"query": "q: ", "passage": None, "document": "d: "}}, "q: ", "d: "),
        ({"prompts": {"query": "q: ", "document": ""}, "default_prompt_name": "query"}, "q: ", ""),
    ],
)
def test_the_config_tells_the_prompts(config: dict[str, object], query: str, passage: str) -> None:
    named_after_a_family = ("intfloat/e5-small",)  # which does not matter then
    assert choose_prompts(HERE, config, named_after_a_family) == Prompts(query, passage)


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("intfloat/e5-base-v2", "query: ", "passage: "),
        ("e5-large", "query: ", "passage: "),
        ("BAAI/bge-small-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
        (
            "BAAI/bge-base-en-v1.5",
            "Represent this sentence for searching relevant passages: ",
            "",
        ),
    ],
)
@pytest.mark.parametrize("config", [{}, {"prompts": {"query": "", "document": ""}}])
def test_families_without_prompts_in_their_config_are_known(
    config: dict[str, object], name: str, query: str, passage: str
) -> None:
    found = choose_prompts(HERE, config, ("folder", name))
    assert found == Prompts(query, passage, told=False)
    assert (found.of("query"), found.of("passage")) == (query, passage)


@pytest.mark.parametrize(
    "name",
    [
        "BAAI/bge-m3",
        "intfloat/multilingual-e5-large-instruct",
        "someone/note5-small",
        "sentence-transformers/all-MiniLM-L6-v2",
    ],
)
def test_others_have_none(name: str) -> None:
    assert choose_prompts(HERE, {}, (name,)) == Prompts()


@pytest.mark.parametrize(
    "config",
    [
        {"prompts": ["query: "]},
        {"prompts": {"query": 3}},
        {"prompts": {"query": "q"}, "default_prompt_name": "none"},
    ],
)
def test_broken_prompts_are_refused(config: dict[str, object]) -> None:
    with pytest.raises(EmbedderError, match=r"prompt.*restore its config"):
        choose_prompts(HERE, config, ())
