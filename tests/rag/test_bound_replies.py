"""Replies of the real engine under rules, with drafts, and where they end."""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag.citations import MarkerParser
from rag.llama_settings import Settings
from rag.llamacpp import THOUGHTS, LlamaCpp
from rag.llm import Message, Request
from tests.rag.test_reply_rules import reading
from tests.tiny_gguf import MARKERS, write_tiny_gguf

ONE = Settings(1, 1)
RULES = Message("system", "引用[1]。" * 10)
TWO = ("甲桥长五百米。", "乙桥宽二十米。")
LOOP = list("乙桥去年开通不收费下有船工人三百名")

Chain = Sequence[str]
Make = Callable[..., LlamaCpp]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with contextlib.ExitStack() as stack:

        def made(
            *chains: Chain, strength: float = 60, seed: int = 0, settings: Settings = ONE, **more
        ) -> LlamaCpp:
            """A model in which the pieces of a chain follow each other."""
            path = tmp_path / "model.gguf"
            follows = [pair for chain in chains for pair in pairwise(chain)] or MARKERS
            write_tiny_gguf(path, follows=follows, strength=strength, seed=seed, **more)
            llm = LlamaCpp(path, settings=settings)
            stack.callback(llm.close)
            return llm

        yield made


def asked(max_tokens: int = 60, *, passages: Sequence[str] = TWO, **more) -> Request:
    content = "\n".join(f"[{n}] {text}" for n, text in enumerate(passages, 1))
    messages = (RULES, Message("user", f"{content}\n几米？"))
    return Request(messages, max_tokens, tuple(passages), **more)


def answer(llm: LlamaCpp, request: Request) -> str:
    return "".join(llm.stream(request))


# --- markers ---

WANTS = {
    "a number there is not": ["<0x0A>", "[", "7", "]", "["],
    "a letter": ["<0x0A>", "[", "a", "]", "["],
    "the end": ["<0x0A>", "[", "<|im_end|>"],
    "the other end": ["<0x0A>", "[", "1", "</s>"],
    "another bracket": ["<0x0A>", "[", "[", "]"],
    "a long number": ["<0x0A>", "[", "1", "1"],
    "a tag": ["<0x0A>", "[", "<think>", "]", "["],
    "bytes": ["<0x0A>", "<0xE3>", "<0x80>", "<0x90>", "9", "<0xE3>"],
    "wide bytes": ["<0x0A>", "<0xEF>", "<0xBC>", "<0xBB>", "1", "<0xEF>"],
    "a byte for the bracket": ["<0x0A>", "<0x5B>", "<0x39>", "<0x5D>", "<0x5B>"],
    "a right one": ["<0x0A>", "[", "2", "]", "["],
}


@pytest.mark.parametrize("chain", WANTS.values(), ids=WANTS)
def test_whatever_it_wants_there_are_no_other_markers(make: Make, chain: Chain) -> None:
    llm = make(chain)
    for request in (
        *(asked(count) for count in (1, 2, 3, 5, 40)),
        *(asked(40, temperature=1.0, seed=seed) for seed in range(5)),
    ):
        text = answer(llm, request)
        state = reading(text.encode(), 2)
        assert state == "outside" or (state == "inside" and request.max_tokens < 60), text
        if state == "inside":  # cut by max_tokens: the parser takes it away
            parser = MarkerParser(2)
            left = "".join(str(part) for part in [*parser.feed(text), *parser.close()])
            assert not re.search(r"[\[【［]\d", left)
    assert any(bracket in answer(llm, asked(60)) for bracket in "[【［")


@pytest.mark.parametrize("seed", range(4))
def test_markers_of_many_passages(make: Make, seed: int) -> None:
    llm, texts = make(strength=3, seed=seed), []
    for count in (1, 2, 12):
        passages = tuple(f"第{n}座桥。" for n in range(count))
        texts.append(answer(llm, asked(120, passages=passages)))
        assert reading(texts[-1].encode(), count) in ("outside", "inside")
    assert re.search(r"\[\d+\]", "".join(texts))


def test_without_passages_nothing_is_bound(make: Make) -> None:
    assert "[7]" in answer(make(WANTS["a number there is not"]), asked(20, passages=()))


def test_thoughts_are_not_bound(make: Make) -> None:
    chain = ["<0x0A>", "<think>", "[", "7", "</think>", "答", "<|im_end|>"]
    assert answer(make(chain), asked(60)) == "答"


# --- pointers ---

ROW = re.compile(r"\[0\]|\[([1-9]\d*)\](?:\[([1-9]\d*)\])?(?:\[([1-9]\d*)\])?")
POINTS = WANTS | {
    "to end at once": ["<0x0A>", "<|im_end|>"],
    "to talk": ["<0x0A>", "我", "想", "我"],
    "the same twice": ["<0x0A>", "[", "1", "]", "["],
    "nothing and more": ["<0x0A>", "[", "0", "]", "["],
    "to think": ["<0x0A>", "<think>", "想", "</think>", "["],
}


def check_row(text: str, sentences: int) -> None:
    found = ROW.fullmatch(text)
    assert found, text
    numbers = [int(number) for number in found.groups() if number]
    assert len(set(numbers)) == len(numbers) and max(numbers, default=0) <= sentences, text


@pytest.mark.parametrize("chain", POINTS.values(), ids=POINTS)
def test_pointers_are_always_a_row(make: Make, chain: Chain) -> None:
    llm = make(chain)
    for sentences in (1, 2, 12, 123):
        check_row(answer(llm, asked(40, pointers=sentences)), sentences)


def test_pointers_at_a_temperature(make: Make) -> None:
    llm = make(strength=3)
    texts = [answer(llm, asked(40, pointers=12, temperature=1.0, seed=s)) for s in range(50)]
    for text in texts:
        check_row(text, 12)
    assert len(set(texts)) > 10
    assert texts[:5] == [
        answer(llm, asked(40, pointers=12, temperature=1.0, seed=seed)) for seed in range(5)
    ]


def test_pointers_of_a_byte_level_vocabulary(make: Make) -> None:
    llm = make(["1", "2"], bpe=True, strength=3)
    for seed in range(20):
        check_row(answer(llm, asked(40, pointers=12, temperature=1.0, seed=seed)), 12)
    assert reading(answer(llm, asked(100)).encode(), 2) is not None


# --- drafts ---


def drafting(llm: LlamaCpp) -> LlamaCpp:
    """As on a machine where tokens are computed faster together."""
    llm.tested = replace(llm.tested, together=9.0)
    return llm


def counted(llm: LlamaCpp, request: Request) -> tuple[str, int, int, int]:
    """The answer; how often llama.cpp computed for it, tokens drafted and accepted."""
    calls, made = [0], []
    compute, drafts = llm._context.compute_each, llm._drafts
    with pytest.MonkeyPatch.context() as patch:

        def counting(cells: list[tuple[int, int, int]], rows: int = 0) -> None:
            calls[0] += 1
            compute(cells, rows)

        patch.setattr(llm._context, "compute_each", counting)
        patch.setattr(llm, "_drafts", lambda *args: made.append(drafts(*args)) or made[-1])
        text = answer(llm, request)
    drafted = accepted = 0
    if made[-1] is not None:
        drafted, accepted = made[-1].drafted, made[-1].accepted
    return text, calls[0], drafted, accepted


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("strength", [60, 6])
def test_drafts_change_nothing_but_speed(make: Make, strength: float, seed: int) -> None:
    loop = [*LOOP, LOOP[0]]
    llm = make(["<0x0A>", *loop], strength=strength, seed=seed)
    right, half = "".join(LOOP * 6), "".join(LOOP[:7] + LOOP[3:9] + LOOP[9:] + LOOP[:5] + ["见"])
    for passages in ((right,), (half, "".join(LOOP[5:11]) + "见" + "".join(LOOP[11:]))):
        request = asked(350, passages=passages)
        llm.tested = replace(llm.tested, together=0.0)
        expected, plain_calls, *nothing = counted(llm, request)
        text, calls, drafted, accepted = counted(drafting(llm), request)
        assert text == expected and nothing == [0, 0]
        if passages[0] is right and strength == 60:
            assert accepted > 15 and calls < plain_calls
        assert calls <= plain_calls
        if passages[0] is half and strength == 60:
            assert 0 < accepted < drafted


def test_drafts_that_are_wrong_are_given_up(make: Make) -> None:
    llm = make(["<0x0A>", *LOOP, LOOP[0]])
    # every three pieces are followed by another than in the passage
    passage = "见".join("".join(LOOP[i : i + 3]) for i in range(len(LOOP) - 2))
    request = asked(300, passages=(passage,))
    llm.tested = replace(llm.tested, together=0.0)
    expected = answer(llm, request)
    text, _, drafted, accepted = counted(drafting(llm), request)
    assert text == expected
    assert 0 < drafted < 200 and accepted == 0


def test_drafts_end_where_the_reply_does(make: Make) -> None:
    llm = drafting(make(["<0x0A>", *LOOP, LOOP[0]]))
    passages = ("".join(LOOP * 6),)
    whole = answer(llm, asked(120, passages=passages))
    for count in (1, 4, 5, 11, 12, 13, 50):
        assert answer(llm, asked(count, passages=passages)) == whole[:count]
    text, calls, *_ = counted(llm, asked(60, passages=passages, stop=("船工",)))
    assert text == whole[: whole.index("船工")]
    assert answer(llm, asked(120, passages=passages)) == whole


def test_drafts_and_the_end_of_the_context(make: Make) -> None:
    llm = make(["<0x0A>", *LOOP, LOOP[0]], context=256)
    passages = ("".join(LOOP * 4),)
    expected = answer(llm, asked(500, passages=passages))
    assert answer(drafting(llm), asked(500, passages=passages)) == expected
    assert 20 < len(expected) < 250


@pytest.mark.parametrize("batch", [24, 33])
def test_drafts_and_a_small_batch(make: Make, batch: int) -> None:
    llm = make(["<0x0A>", *LOOP, LOOP[0]], settings=Settings(1, 1, batch=batch))
    passages = ("".join(LOOP * 6),)
    expected = answer(llm, asked(120, passages=passages))
    assert answer(drafting(llm), asked(120, passages=passages)) == expected


def test_no_drafts_where_they_do_not_pay(make: Make) -> None:
    llm = drafting(make(["<0x0A>", *LOOP, LOOP[0]]))
    passages = ("".join(LOOP * 6),)
    for request in (
        asked(60, passages=passages, temperature=0.5),
        asked(60, passages=()),
        asked(60, pointers=3),
    ):
        assert counted(llm, request)[2] == 0
    llm.settings = replace(ONE, drafts=False)
    assert counted(llm, asked(60, passages=passages))[2] == 0


# --- where a reply ends, and what it depends on ---


def test_a_seed_says_the_same(make: Make) -> None:
    llm = make(strength=3)
    texts = [answer(llm, asked(30, temperature=1.0, seed=seed)) for seed in (1, 2, 3, 1)]
    assert texts[0] == texts[3] and len(set(texts)) == 3
    greedy = answer(llm, asked(30))
    assert answer(llm, asked(30, seed=5)) == greedy == answer(llm, asked(30, temperature=1e-4))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_stop_texts(make: Make, temperature: float) -> None:
    llm = make(strength=3)
    whole = answer(llm, asked(60, temperature=temperature))
    for at in (1, 10, 30):
        stop = whole[at : at + 3]
        for stops in ((stop,), ("不在里面", stop), ("", stop)):
            pieces = list(llm.stream(asked(60, temperature=temperature, stop=stops)))
            assert "".join(pieces) == whole[: whole.index(stop)] and all(pieces)
    assert answer(llm, asked(60, temperature=temperature, stop=("不在里面",))) == whole
    assert answer(llm, asked(60, temperature=temperature)) == whole


def test_max_seconds(make: Make) -> None:
    llm = make(["<0x0A>", *LOOP, LOOP[0]])
    started = time.monotonic()
    text = answer(llm, asked(3000, max_seconds=0.2))
    assert time.monotonic() - started < 2
    assert 1 <= len(text) < 3000
    assert text == answer(llm, asked(len(text)))
    assert answer(llm, asked(30, max_seconds=1e-9)) == ""
    assert len(answer(llm, asked(30, max_seconds=100))) == 30


def test_thoughts_that_never_end_are_ended(make: Make) -> None:
    template = "{% for m in messages %}{{ m.content }}{% endfor %}<think>"
    llm = make(["<think>", "想", "来", "想"], ["<0x0A>", "答", "案", "答"], template=template)
    calls: list[int] = []
    compute = llm._context.compute_each
    llm._context.compute_each = lambda cells, rows=0: (calls.append(rows), compute(cells, rows))[1]
    text = answer(llm, asked(40))
    assert 35 <= len(text) <= 40 and set(text) == {"答", "案"}
    assert THOUGHTS + 35 <= sum(calls) <= THOUGHTS + 45


def test_thoughts_do_not_count(make: Make) -> None:
    chain = ["<0x0A>", "<think>", "想", "来", "</think>", "答", "案", "<|im_end|>"]
    llm = make(chain)
    assert answer(llm, asked(60)) == "答案"
    for count in (1, 2):
        assert answer(llm, asked(count)) == "答案"[:count]


def test_a_reply_that_ends_in_thoughts_is_still_owed(make: Make) -> None:
    question = Request((Message("user", "x"),), 20)
    template = "{% for m in messages %}{{ m.content }}{% endfor %}<think>"
    llm = make(
        ["<think>", "想", "<|im_end|>"], ["<0x0A>", "答", "案", "<|im_end|>"], template=template
    )
    assert answer(llm, question) == "答案"


def test_the_end_of_thoughts_that_the_prompt_began(make: Make) -> None:
    """A model is told in its own words that it has thought enough."""
    template = "{% for m in messages %}{{ m.content }}{% endfor %}◁think▷"
    llm = make(["◁think▷", "a", "b", "a"], bpe=True, template=template)
    encode, forced = llm._vocabulary.encode, list[str]()

    def heard(text: str, *, special: bool) -> list[int]:
        if special:
            forced.append(text)
        return encode(text, special=special)

    llm._vocabulary.encode = heard  # type: ignore[method-assign]
    answer(llm, asked(5))
    assert forced[-1] == "◁/think▷\n\n"
