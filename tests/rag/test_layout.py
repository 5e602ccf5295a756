from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer import Dropped, Hit, Turn
from rag.errors import ModelError, QuestionError
from rag.layout import _OVERHEAD, _TEMPLATE, TURNS, Prompt, lay_out
from rag.llm import AnswerStyle
from rag.prompt import CANNOT_ANSWER
from tests.conftest import ScriptedLLM
from tests.rag.test_support import hit

TEXTS = {
    "a": "甲桥长五百米。甲桥宽二十米。",
    "b": "乙桥去年开通。乙桥不收费。乙桥下有船。",
    "c": "丙桥已拆。",
    "d": "丁桥在建，明年完工。工人三百名。",
}
MAX_TOKENS = 50


def found(names: str) -> list[Hit]:
    """Hits with these ids, best first."""
    hits = []
    for name in names:
        made = hit(TEXTS[name])
        hits.append(replace(made, paragraph=replace(made.paragraph, id=name)))
    return hits


class Counting(ScriptedLLM):
    """Remembers what it was asked to count."""

    def __init__(self, context_size: int = 4096) -> None:
        super().__init__(context_size=context_size)
        self.counted: list[str] = []

    def count_tokens(self, text: str) -> int:
        self.counted.append(text)
        return super().count_tokens(text)


def laid_out(
    names: str,
    *,
    context: int = 4096,
    history: Sequence[Turn] = (),
    style: AnswerStyle = "prose",
    question: str = "几米？",
    llm: ScriptedLLM | None = None,
) -> Prompt:
    return lay_out(
        question,
        found(names),
        llm or ScriptedLLM(context_size=context),
        style=style,
        max_tokens=MAX_TOKENS,
        history=history,
    )


def cost(prompt: Prompt) -> int:
    """The context that a prompt needs, where a character is a token."""
    words = "\n\n".join(message.content for message in prompt.messages)
    return len(words) + _OVERHEAD * len(prompt.messages) + _TEMPLATE + MAX_TOKENS


def contents(prompt: Prompt) -> str:
    return "\0".join(message.content for message in prompt.messages)


def test_messages_hold_rules_passages_and_question() -> None:
    prompt = laid_out("ac")
    assert [m.role for m in prompt.messages] == ["system", "user"]
    assert CANNOT_ANSWER in prompt.messages[0].content
    assert prompt.messages[1].content == (
        "Passages:\n\n[1] T (2022-04-15)\n甲桥长五百米。甲桥宽二十米。\n\n"
        "[2] T (2022-04-15)\n丙桥已拆。\n\nQuestion: 几米？\nAnswer in Chinese."
    )
    assert prompt.passages == (
        "T (2022-04-15)\n甲桥长五百米。甲桥宽二十米。",
        "T (2022-04-15)\n丙桥已拆。",
    )
    assert prompt.ids == ("a", "c")
    assert not prompt.dropped


def test_for_pointers_the_sentences_are_numbered_through_all_passages() -> None:
    prompt = laid_out("cb", style="quote")
    assert "[0]" in prompt.messages[0].content
    assert prompt.messages[1].content == (
        "Passages:\n\nT (2022-04-15)\n[1] 丙桥已拆。\n\n"
        "T (2022-04-15)\n[2] 乙桥去年开通。\n[3] 乙桥不收费。\n[4] 乙桥下有船。\n\n"
        "Question: 几米？"
    )
    assert prompt.passages[0] == "[1] 丙桥已拆。"
    assert [(s.number, s.text) for s in prompt.sentences] == [
        (1, "丙桥已拆。"), (2, "乙桥去年开通。"), (2, "乙桥不收费。"), (2, "乙桥下有船。"),
    ]  # fmt: skip


def test_passages_stand_before_the_conversation_and_old_markers_are_gone() -> None:
    history = [Turn("早先？", "是的。[3] 不[1]。"), Turn("然后？", "没有。")]
    prompt = laid_out("c", history=history)
    assert [m.role for m in prompt.messages] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert [m.content for m in prompt.messages[1:]] == [
        "Passages:\n\n[1] T (2022-04-15)\n丙桥已拆。\n\nQuestion: 早先？\nAnswer in Chinese.",
        "是的。 不。",
        "Question: 然后？\nAnswer in Chinese.",
        "没有。",
        "Question: 几米？\nAnswer in Chinese.",
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.permutations("abcd"),
    st.permutations("abcd"),
    st.sampled_from(["prose", "quote"]),
    st.lists(st.text(max_size=12), min_size=1, max_size=3),
)
def test_with_the_same_hits_a_prompt_begins_like_the_one_before(
    first: list[str], second: list[str], style: AnswerStyle, questions: list[str]
) -> None:
    history: list[Turn] = []
    before = laid_out("".join(first), style=style, question=questions[0])
    for question in questions[1:]:
        history.append(Turn(questions[len(history)], "答。[1]", before.ids))
        now = laid_out("".join(second), style=style, history=history, question=question)
        assert contents(now).startswith(contents(before) + "\0")
        before = now


@pytest.mark.parametrize(
    ("before", "hits", "order"),
    [
        ("", "cab", "cab"),
        ("abc", "cab", "abc"),
        ("abc", "dcba", "abcd"),  # new ones follow
        ("abc", "cda", "acd"),  # b is missing: behind a all is new, so by rank
        ("abc", "dcb", "dcb"),  # the first is missing
        ("da", "ab", "ab"),
        ("aa", "ba", "ab"),  # made up
    ],
)
def test_the_order_begins_like_the_one_before(before: str, hits: str, order: str) -> None:
    prompt = laid_out(hits, history=[Turn("甲？", "乙。", tuple(before))])
    assert "".join(prompt.ids) == order
    assert [part.number for part in prompt.shown] == [hits.index(name) + 1 for name in order]


def test_an_abstention_in_between_does_not_lose_the_order() -> None:
    history = [Turn("甲？", "乙。", ("c", "b")), Turn("丙？", "不知道。")]
    assert laid_out("abc", history=history).ids == ("c", "b", "a")


@pytest.mark.parametrize("style", ["prose", "quote"])
def test_whole_sentences_are_dropped_those_of_the_best_passage_last(style: AnswerStyle) -> None:
    shown = []
    context = cost(laid_out("bca", style=style))
    assert not laid_out("bca", style=style, context=context).dropped
    while True:
        try:
            prompt = laid_out("bca", style=style, context=context - 1)
        except ModelError:
            break
        context = cost(prompt)
        shown.append([candidate.text for candidate in prompt.sentences])
    sentences = [
        "乙桥去年开通。", "乙桥不收费。", "乙桥下有船。", "丙桥已拆。", "甲桥长五百米。",
    ]  # fmt: skip
    assert shown[:5] == [sentences[:count] for count in range(5, 0, -1)]
    assert shown[5:] == [["丙桥已拆。"]]  # where no sentence of the best one fits


def test_what_was_dropped_is_told() -> None:
    whole = laid_out("bca")
    prompt = laid_out("bca", context=cost(whole) - 1)
    assert prompt.dropped == Dropped(shortened=("a",))
    assert prompt.passages[-1] == "T (2022-04-15)\n甲桥长五百米。"
    prompt = laid_out("bca", context=cost(laid_out("bc")))
    assert prompt.dropped == Dropped(left_out=("a",))
    prompt = laid_out("bca", context=cost(laid_out("bc")) - 1)
    assert prompt.dropped == Dropped(left_out=("c", "a"))
    assert prompt.dropped.to_json() == {"shortened": [], "left_out": ["c", "a"], "turns": 0}


def test_a_passage_without_a_fitting_sentence_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(TEXTS, "b", "乙" * 900 + "。短。")
    context = cost(laid_out("ac"))
    assert laid_out("bac", context=context).dropped == Dropped(left_out=("b",))
    assert laid_out("abc", context=context).ids == ("a", "c")


def test_a_shortened_passage_ends_the_order_of_before() -> None:
    before = [Turn("甲？", "乙。", ("d", "a", "b"))]
    context = cost(laid_out("abd", history=before)) - 1
    prompt = laid_out("abd", history=before, context=context)
    assert prompt.ids == ("d", "a", "b")  # its beginning is still as it was
    assert prompt.dropped == Dropped(shortened=("d",))


def test_the_oldest_turns_are_dropped_first_and_whole() -> None:
    history = [Turn(f"问{n}？", f"{n}" * 300) for n in range(3)]
    prompt = laid_out("ab", history=history, context=3200)
    asked = [m.content.splitlines()[-2][-3:] for m in prompt.messages if m.role == "user"]
    assert asked == ["问1？", "问2？", "几米？"]
    assert prompt.dropped == Dropped(turns=1)
    assert [m.content for m in prompt.messages if m.role == "assistant"] == ["1" * 300, "2" * 300]
    assert laid_out("ab", history=history, context=1300).dropped == Dropped(turns=3)


def test_turns_make_room_for_the_best_passage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TEXTS, "a", "甲" * 1200)
    context = cost(laid_out("a"))
    prompt = laid_out("a", history=[Turn("早先？", "是。")], context=context)
    assert prompt.dropped == Dropped(turns=1)


def test_only_the_last_turns_are_shown() -> None:
    history = [Turn(f"问{n}？", "是。") for n in range(TURNS + 2)]
    prompt = laid_out("a", history=history)
    assert sum(m.role == "assistant" for m in prompt.messages) == TURNS
    assert prompt.messages[1].content.endswith("Question: 问2？\nAnswer in Chinese.")
    assert not prompt.dropped


def test_what_cannot_be_asked_at_all_is_told() -> None:
    rules = len(laid_out("a").messages[0].content)
    with pytest.raises(QuestionError, match=r"too long.* ask a shorter one, or choose a model"):
        laid_out("a", question="长" * 3000, context=3000 + rules)
    for context in (cost(laid_out("a")) - len("甲桥宽二十米。") - 1, rules, 10):
        with pytest.raises(ModelError, match=f"scripted holds {context} tokens: too few"):
            laid_out("a", context=context)


def test_counting_is_rare() -> None:
    llm = Counting()
    laid_out("abcd", llm=llm)
    assert len(llm.counted) == 1
    llm = Counting()
    laid_out("abcd", llm=llm, history=[Turn("早先？", "是。")])
    assert len(llm.counted) == 2
    llm = Counting(context_size=cost(laid_out("abc")) - 1)
    prompt = laid_out("abcd", llm=llm)
    assert prompt.dropped.left_out == ("c", "d")
    assert len(llm.counted) <= 8  # there are eight sentences


@settings(max_examples=200, deadline=None)
@given(
    st.permutations("abcd"),
    st.integers(900, 1600),
    st.lists(
        st.builds(
            Turn,
            st.text("问？", min_size=1, max_size=30),
            st.text("答。[1]", max_size=60),
            st.lists(st.sampled_from("abcdx"), max_size=4).map(tuple),
        ),
        max_size=6,
    ),
    st.sampled_from(["prose", "quote"]),
)
def test_a_prompt_always_fits_and_accounts_for_everything(
    names: list[str], context: int, history: list[Turn], style: AnswerStyle
) -> None:
    try:
        prompt = laid_out("".join(names), context=context, history=history, style=style)
    except (ModelError, QuestionError):
        return
    assert cost(prompt) <= context
    told = prompt.dropped
    assert {*prompt.ids, *told.left_out} == set(names)
    assert set(told.shortened) <= set(prompt.ids)
    assert len(prompt.ids) + len(told.left_out) == len(names)
    assert sum(m.role == "assistant" for m in prompt.messages) == min(4, len(history)) - told.turns
    at, words = 0, contents(prompt)
    for text in prompt.passages:
        at = words.index(text, at) + len(text)
