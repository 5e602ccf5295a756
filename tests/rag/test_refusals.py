import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.prompt import abstention
from rag.refusals import LONGEST, is_refusal, may_refuse

LISTS = Path(__file__).parent / "refusals"


def replies(name: str) -> Iterator[tuple[bool, str]]:
    """Of a list: whether a reply is a refusal, and its text."""
    for line in (LISTS / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            kind, _, text = line.split(" ", 2)
            yield kind == "R", text


def counted(name: str) -> tuple[int, int, int, int]:
    """Refusals that are recognised, all of them; answers that are, all of them."""
    rows = [(refusal, is_refusal(text)) for refusal, text in replies(name)]
    refusals = [found for refusal, found in rows if refusal]
    answers = [not found for refusal, found in rows if not refusal]
    return sum(refusals), len(refusals), sum(answers), len(answers)


def test_the_replies_that_the_forms_were_made_with() -> None:
    wrong = [text for refusal, text in replies("tuned.txt") if is_refusal(text) != refusal]
    assert wrong == []
    assert counted("tuned.txt")[1] >= 150 and counted("tuned.txt")[3] >= 150


def test_replies_that_were_held_out() -> None:
    found, refusals, kept, answers = counted("held_out.txt")
    assert refusals >= 50 and answers >= 50
    assert found / refusals >= 0.85  # the others are shown, marked
    assert kept / answers >= 0.98  # an answer taken for a refusal is lost


@pytest.mark.parametrize("name", ["tuned.txt", "held_out.txt"])
def test_answers_are_not_held_up_for_long(name: str) -> None:
    answers = [text for refusal, text in replies(name) if not refusal]
    soon = [any(not may_refuse(text[:end]) for end in range(1, 12)) for text in answers]
    assert sum(soon) >= 0.6 * len(answers)  # nearly all others begin like a refusal, on purpose


@pytest.mark.parametrize(
    "text",
    [
        "The passages do not mention the cost.",
        "根据提供的文章，无法回答。",
        "記事には記載がありません。",
    ],
)
def test_what_begins_like_a_refusal_is_held_to_its_end(text: str) -> None:
    assert all(may_refuse(text[:end]) for end in range(len(text) + 1))
    assert may_refuse(text + " They only describe the bridge")
    assert not may_refuse(text + " The bridge is 500 m long [1]. It")


def test_a_refusal_and_something_with_a_citation_is_an_answer() -> None:
    refusal = "The passages do not mention the cost."
    assert is_refusal(refusal) and is_refusal(refusal + "[1]")
    assert is_refusal(refusal + " They are about the bridge.")
    assert is_refusal("Let me see. NOT IN THE ARTICLES")
    assert not is_refusal(refusal + " The bridge is 500 m long.[1]")
    assert not is_refusal("The bridge is 500 m long.[1] " + refusal)
    assert not is_refusal("The bridge is 500 m long.[1] NOT IN THE ARTICLES")


def test_a_long_reply_says_something() -> None:
    refusal = "The passages do not mention the cost."
    assert not is_refusal(refusal + " Sorry." * LONGEST)
    assert not may_refuse(refusal + " Sorry." * LONGEST)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("文章没有提到不根据 the passages do not[1]。.,“”"), max_size=120))
def test_any_text_is_one_or_the_other(text: str) -> None:
    assert is_refusal(text) in (True, False)
    # What is shown at once is never taken back where it began like a refusal.
    if is_refusal(text) and not all(may_refuse(text[:end]) for end in range(len(text) + 1)):
        assert not text.startswith(("the passages do not mention", "文章没有提到"))


@pytest.mark.parametrize(
    "unit", ["文章", "the articles ", "根据文章", "关于", " ", "“", "given ", "a "]
)
def test_hostile_replies_take_no_time(unit: str) -> None:
    text = (unit * LONGEST)[:LONGEST]
    is_refusal(text)
    start = time.process_time()
    is_refusal(text), may_refuse(text)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("code", ["zh", "zh-Hant", "en", "ja", "es", "fr", "de", "ru"])
@pytest.mark.parametrize("question", ["桥有多长？", "How long is it?", "橋の長さは？"])
def test_our_own_abstentions_are_refusals(code: str, question: str) -> None:
    """They come back as the history of a conversation."""
    for found, missing in (((), ()), (("a",), ()), ((), ("b",)), (("a",), ("b",))):
        assert is_refusal(abstention(question, code, found=found, missing=missing))
