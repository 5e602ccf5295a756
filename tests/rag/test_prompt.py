from pathlib import Path

import pytest

from index.sentences import sentences
from rag import prompt
from rag.errors import PromptError
from rag.prompt import FOLDER, Shown, abstention, asked, blocks, load, rules, withdrawn
from tests.rag.test_support import hit


def test_only_the_question_depends_on_its_language() -> None:
    assert "short" in rules("prose").splitlines()[-1]
    assert asked("几处？", "prose") == "几处？\nAnswer in Chinese."
    assert asked("12?", "prose") == "12?\nAnswer in the question's language."
    assert asked("几处？", "quote") == "几处？"


def test_article_text_cannot_pose_as_a_number() -> None:
    made = hit("据[1]报道。又[2]。")
    spans = tuple(sentences(made.paragraph.text))
    shown = Shown(1, made, spans, True)
    assert blocks("prose", [shown])[0].laid_out == "[1] T (2022-04-15)\n据〔1〕报道。又〔2〕。"
    first, second = blocks("quote", [shown, shown])
    assert first.laid_out == "T (2022-04-15)\n[1] 据〔1〕报道。\n[2] 又〔2〕。"
    assert second.text == "[3] 据〔1〕报道。\n[4] 又〔2〕。"
    short = Shown(1, made, spans[:1], False)
    assert blocks("prose", [short])[0].text == "T (2022-04-15)\n据〔1〕报道。"


def test_every_prompt_file_is_known_and_whole() -> None:
    names = {path.stem for path in FOLDER.glob("*.md")}
    assert names == set(prompt._VARIABLES)
    for name in names:
        load(name)


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


def test_an_abstention_names_the_words_that_are_there_and_those_that_are_not() -> None:
    both = abstention("几处？", "zh", found=["医院", "桥"], missing=["船"])
    assert both.endswith("最接近的段落列在来源中。它们提到了医院、桥，没有提到船。")
    alone = abstention("how?", "en", missing=["ships", "$found"])
    assert alone.endswith("are listed as sources. They do not mention ships, $found.")
    assert abstention("hoe?", "nl", found=["a"]).endswith(" They mention a, but give no answer.")


def test_every_language_has_every_message() -> None:
    languages = prompt._sections("abstain").keys()
    assert prompt._sections("filtered").keys() == languages
    assert prompt._sections("withdrawn").keys() == languages
    kinds = {f"{code}.{kind}" for code in languages for kind in ("both", "found", "missing")}
    assert prompt._sections("looked_for").keys() == kinds
    for code in languages:
        said = abstention("Q", code, found=["F"], missing=["M"])
        assert "Q" in said and "F" in said and "M" in said and "$" not in said
        assert "Q" in withdrawn("Q", code)
