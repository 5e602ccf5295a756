from pathlib import Path

import pytest

from rag import prompt
from rag.errors import PromptError
from rag.prompt import CANNOT_ANSWER, abstention, answer_messages, load
from tests.conftest import ScriptedLLM
from tests.rag.test_support import hit


def test_messages_hold_rules_history_passages_and_question() -> None:
    messages, shown = answer_messages(
        "几处？",
        [hit("有22处。"), hit("据[1]报道。")],
        ScriptedLLM(),
        language="zh",
        max_tokens=100,
        history=[("早先？", "是的。[3]")],
    )
    assert [m.role for m in messages] == ["system", "user", "assistant", "user"]
    assert CANNOT_ANSWER in messages[0].content
    assert "Answer in Chinese" in messages[0].content
    assert messages[2].content == "是的。"
    assert shown == 2
    assert "[1] T (2022-04-15)\n有22处。" in messages[3].content
    assert "[2] T (2022-04-15)\n据〔1〕报道。" in messages[3].content
    assert messages[3].content.endswith("Question: 几处？")


def test_passages_are_cut_at_sentence_borders_to_fit() -> None:
    hits = [hit("第一句很长很长很长。第二句也很长很长。" * 3), hit("另一段。")]
    fixed = ScriptedLLM()
    rules = fixed.count_tokens(
        answer_messages("问", [], fixed, language="zh", max_tokens=1)[0][0].content
    )
    llm = ScriptedLLM(context_size=rules + 36 + 1 + 10 + 45)
    messages, shown = answer_messages("问", hits, llm, language="zh", max_tokens=10)
    assert shown == 1
    passage = messages[-1].content.split("\n")[3]
    assert passage == "第一句很长很长很长。第二句也很长很长。"


def test_the_first_passage_is_always_shown() -> None:
    llm = ScriptedLLM(context_size=10)
    _, shown = answer_messages("问", [hit("一句。两句。")], llm, language="zh", max_tokens=10)
    assert shown == 1


def test_prompt_files_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "FOLDER", tmp_path)
    load.cache_clear()
    try:
        for content, message in [
            (None, "cannot be read"),
            (
                "$question $typo",
                r"lacks the variables \['passages'\] and has unknown ones \['typo'\]",
            ),
            ("costs $ 5 $question $passages", "stray"),
        ]:
            if content is not None:
                (tmp_path / "question.md").write_text(content, "utf-8")
            with pytest.raises(PromptError, match=message):
                load("question")
    finally:
        load.cache_clear()


def test_an_abstention_speaks_the_language_of_the_question() -> None:
    assert abstention("几处？", "zh").startswith("这些文章里找不到")
    assert "“how?”" in abstention("how?", "en")
    assert abstention("hoe?", "nl").startswith("The articles do not say")
    assert "$x # en" in abstention("$x # en", "es")
