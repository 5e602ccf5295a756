"""Beginnings of prompts that are computed already, and conversations set aside."""

import contextlib
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag.conversations import TOKEN_BYTES, Conversations, Saved, common
from rag.llama_context import LIVE, PINNED, SCRATCH
from rag.llama_native import native
from rag.llama_settings import Settings
from rag.llamacpp import GRANULE, LlamaCpp
from rag.llm import Message, Request
from rag.prompt_memory import WORTH_SAVING, PromptMemory
from tests.tiny_gguf import write_tiny_gguf

ONE = Settings(1, 1)
RULES, OTHER_RULES = (Message("system", text * 24) for text in ("引用[1]。", "请只用中文。"))

Talk = tuple[Message, ...]
Open = Callable[..., LlamaCpp]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def opened(model: Path) -> Iterator[Open]:
    with contextlib.ExitStack() as stack:
        yield lambda settings=ONE, **more: stack.enter_context(
            contextlib.closing(LlamaCpp(model, settings=settings, **more))
        )


@pytest.fixture(scope="module")
def fresh(model: Path) -> Callable[..., str]:
    """The answer of an engine that was asked nothing before."""

    @cache
    def text(talk: Talk, max_tokens: int = 20) -> str:
        with contextlib.closing(LlamaCpp(model, settings=ONE)) as llm:
            return answer(llm, talk, max_tokens)

    return text


def answer(llm: LlamaCpp, talk: Talk, max_tokens: int = 20) -> str:
    return "".join(llm.stream(Request(talk, max_tokens)))


def computed(llm: LlamaCpp, asked: Talk | Request) -> tuple[str, int]:
    """The answer, and how many tokens of the prompt were computed for it."""
    counted: list[int] = []
    compute, done = llm._context.compute_each, llm._memory.computed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            llm._context,
            "compute_each",
            lambda cells, rows=0: (counted.append(len(cells)), compute(cells, rows))[1],
        )
        patch.setattr(
            llm._memory,
            "computed",
            lambda prompt, fixed: (counted.append(-1), done(prompt, fixed))[1],
        )
        request = asked if isinstance(asked, Request) else Request(asked, 20)
        text = "".join(llm.stream(request))
    return text, sum(counted[: counted.index(-1)])


def prompt_of(llm: LlamaCpp, talk: Talk) -> list[int]:
    return sum(llm._vocabulary.parts(llm._template.render(talk)), [])


def whole(count: int) -> int:
    return count // GRANULE * GRANULE


def question(topic: str, rules: Message = RULES, times: int = 30) -> Talk:
    return (rules, Message("user", f"{topic}哪一年回归？" * times))


def check(llm: LlamaCpp) -> None:
    """What is set aside is counted right, and within the limit."""
    aside = llm._memory.aside
    assert aside.bytes == sum(
        saved.state.nbytes + TOKEN_BYTES * len(saved.tokens) for saved in aside._saved
    )
    assert 0 <= aside.bytes <= aside.limit


# --- what is set aside ---


def saved(tokens: str, size: int, base: int = 0) -> Saved:
    return Saved(tuple(map(ord, tokens)), base, np.zeros(size, np.uint8))


def test_common() -> None:
    assert common([], [1]) == common([2], [1]) == 0
    assert common([1, 2], [1, 2, 3]) == common([1, 2, 3], [1, 2]) == 2
    assert common((1, 2, 9), [1, 2, 3]) == 2


def test_the_most_of_a_prompt_and_the_newest_of_equals() -> None:
    kept = Conversations(10**6)
    first, second, third = saved("abcX", 1), saved("abY", 1), saved("abcZ", 1, base=3)
    for one in (first, second, third):
        kept.keep(one)
    prompt = list(map(ord, "abcde"))
    assert kept.best(prompt) is None  # what they have in common is but the base of the newest
    kept.drop(third)
    assert kept.best(prompt) is first
    assert kept.best(list(map(ord, "abY"))) is second
    assert kept.best(list(map(ord, "ab"))) is second
    assert kept.best([1]) is None and kept.best([]) is None


@given(st.lists(st.tuples(st.text("ab", min_size=1, max_size=4), st.integers(0, 60)), max_size=12))
def test_within_the_limit(actions: list[tuple[str, int]]) -> None:
    kept, model = Conversations(300), list[Saved]()
    for tokens, size in actions:
        new = saved(tokens, size)
        if size % 7 == 0 and model:  # sometimes one is used
            kept.drop(model.pop(0))
        elif new.bytes <= 300:
            model = [m for m in model if new.tokens[: len(m.tokens)] != m.tokens] + [new]
            while sum(m.bytes for m in model) > 300:
                model.pop(0)
            kept.keep(new)
        else:
            kept.keep(new)
        assert kept._saved == model
        assert kept.bytes == sum(m.bytes for m in model) <= 300
        assert len(kept) == len(model)


def test_forgetting_twice_counts_once() -> None:
    kept = Conversations(1000)
    one, two = saved("a", 100), saved("b", 100)
    kept.keep(one)
    kept.keep(two)
    kept.drop(one)
    kept.drop(one)
    assert kept.bytes == two.bytes and len(kept) == 1


# --- the memory of an engine ---


def test_alternating_conversations_compute_only_what_is_new(
    opened: Open, fresh: Callable[..., str]
) -> None:
    llm = opened()
    talks = {topic: question(topic) for topic in ("香港", "澳门", "台湾")}
    held = dict.fromkeys(talks, 0)
    base = whole(len(prompt_of(llm, (RULES, Message("user", "")))) - 8)
    for turn in range(3):
        for n, (topic, talk) in enumerate(talks.items()):
            text, count = computed(llm, talk)
            prompt = prompt_of(llm, talk)
            known = held[topic] if turn else base if n else 0
            assert abs(count - (len(prompt) - known)) <= (GRANULE if not turn else 0), (turn, topic)
            assert text == fresh(talk)
            held[topic] = whole(len(prompt))
            talks[topic] = (*talk, Message("assistant", text), Message("user", f"{turn}为什么？"))
            check(llm)
    assert len(llm._memory.aside) == 2


@pytest.mark.parametrize("share", [0, 0.3, 1, 1.9, 2])
def test_limits(opened: Open, fresh: Callable[..., str], share: float) -> None:
    plenty = opened()
    for topic in ("香港", "澳门"):
        answer(plenty, question(topic))
    one = plenty._memory.aside.bytes
    assert one > 10_000
    llm = opened(replace(ONE, kept=int(one * share)))
    for topic in ("香港", "澳门", "香港", "台湾", "澳门", "香港", "香港", "台湾"):
        assert answer(llm, question(topic)) == fresh(question(topic))
        check(llm)
        assert len(llm._memory.aside) <= int(share)


def test_an_exact_fit(opened: Open) -> None:
    plenty = opened()
    for topic in ("香港", "澳门"):
        answer(plenty, question(topic))
    one = plenty._memory.aside.bytes
    for limit, count in ((one, 1), (one - 1, 0)):
        llm = opened(replace(ONE, kept=limit))
        for topic in ("香港", "澳门"):
            answer(llm, question(topic))
        assert len(llm._memory.aside) == count


def test_what_is_short_is_not_set_aside(opened: Open) -> None:
    llm = opened()
    answer(llm, question("香港", times=1))
    answer(llm, question("澳门", times=1))
    assert len(llm._memory.aside) == 0 and WORTH_SAVING == 128


def test_the_rules_stay_when_others_are_asked(opened: Open, fresh: Callable[..., str]) -> None:
    llm = opened()
    alone = (Message("user", "没有规则的问题？" * 20),)
    answer(llm, question("香港"))
    pinned = llm._memory.pinned
    assert pinned and pinned == tuple(prompt_of(llm, question("香港")))[: len(pinned)]
    assert answer(llm, alone) == fresh(alone)  # has nothing fixed: the rules are still there
    assert llm._memory.pinned == pinned
    text, count = computed(llm, question("台湾"))
    assert text == fresh(question("台湾"))
    assert count <= len(prompt_of(llm, question("台湾"))) - len(pinned)


def test_a_conversation_is_not_lost_to_one_that_begins_alike(opened: Open) -> None:
    llm = opened()
    answer(llm, question("香港"))
    answer(llm, (Message("user", "没有规则的问题？" * 20),))
    answer(llm, question("台湾"))  # the rules, and a few tokens behind them
    follow_up = (*question("香港"), Message("assistant", "答"), Message("user", "为什么？"))
    known = whole(len(prompt_of(llm, question("香港"))))
    assert computed(llm, follow_up)[1] == len(prompt_of(llm, follow_up)) - known


def test_a_conversation_under_rules_that_gave_way(opened: Open, fresh: Callable[..., str]) -> None:
    llm = opened()
    mine, others = question("香港"), question("澳门", OTHER_RULES)
    for talk in (mine, others, mine, others, question("台湾"), others, mine):
        assert answer(llm, talk) == fresh(talk)
        check(llm)


def test_a_conversation_that_finds_no_room_again(
    opened: Open, fresh: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for talks in (("香港", "澳门", "香港"), ("香港", "澳门", "香港x", "澳门")):
        llm = opened()
        asked = [question(topic) for topic in talks]
        asked[-1] = (*asked[-1], Message("assistant", "答"), Message("user", "为什么？"))
        for talk in asked[:-1]:
            answer(llm, talk)
        monkeypatch.setattr(llm._context, "restore", lambda sequence, data: False)
        assert answer(llm, asked[-1]) == fresh(asked[-1])
        check(llm)


def test_a_branch_of_a_conversation_with_no_room(
    opened: Open, fresh: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = opened()
    long = question("香港", times=60)
    live = (RULES, Message("user", "香港哪一年回归？" * 30 + "澳门呢？" * 40))
    answer(llm, long)
    answer(llm, live)  # shares half of the question: stays in use
    follow_up = (*long, Message("assistant", "答"), Message("user", "为什么？"))
    monkeypatch.setattr(llm._context, "restore", lambda sequence, data: False)
    assert answer(llm, follow_up) == fresh(follow_up)


def test_rules_too_long_for_the_room_beside_a_conversation(
    opened: Open, fresh: Callable[..., str]
) -> None:
    llm = opened(context_size=1024)
    rules = Message("system", "规则。" * 260)
    answer(llm, (rules, Message("user", "问")), 1)
    other = (Message("system", "别"), Message("user", "另" * 950))
    assert answer(llm, other) == fresh(other)


@pytest.mark.parametrize("at", range(8))
def test_stopped_anywhere_and_asked_again(opened: Open, fresh: Callable[..., str], at: int) -> None:
    llm = opened()
    answer(llm, question("澳门"))
    compute, calls = llm._context.compute_each, [0]

    def stopped(cells: list[tuple[int, int, int]], rows: int = 0) -> None:
        calls[0] += 1
        if calls[0] == at:
            llm._context.abort()
        compute(cells, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llm._context, "compute_each", stopped)
        cut = answer(llm, question("香港"))
        assert fresh(question("香港")).startswith(cut) and (
            at == 0 or cut != fresh(question("香港"))
        )
    for topic in ("香港", "澳门"):
        assert answer(llm, question(topic)) == fresh(question(topic))
    check(llm)


@pytest.mark.parametrize("size", [GRANULE * 6, 256])
def test_a_prompt_of_whole_granules(opened: Open, fresh: Callable[..., str], size: int) -> None:
    llm = opened()
    short = len(prompt_of(llm, (RULES, Message("user", "港"))))
    talk = (RULES, Message("user", "港" * (size - short + 1)))
    assert len(prompt_of(llm, talk)) == size
    assert computed(llm, talk) == (fresh(talk), size)
    assert computed(llm, talk) == (fresh(talk), GRANULE)
    longer = (RULES, Message("user", "港" * (size - short + 2)))
    assert answer(llm, longer) == fresh(longer)
    assert computed(llm, talk)[0] == fresh(talk)


def test_a_model_that_can_forget_only_everything(opened: Open, fresh: Callable[..., str]) -> None:
    llm = opened()
    llm._memory = PromptMemory(llm._context, granule=GRANULE, limit=10**9, partial=False, most=512)
    for topic in ("香港", "香港", "澳门", "香港"):
        talk = question(topic)
        assert computed(llm, talk) == (fresh(talk), len(prompt_of(llm, talk)))
        assert (llm._memory.live, llm._memory.pinned, len(llm._memory.aside)) == (0, (), 0)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_gives_what_a_fresh_engine_gives(
    opened: Open, fresh: Callable[..., str], seed: int
) -> None:
    chosen = random.Random(seed)
    llm = opened(replace(ONE, kept=[0, 150_000, 400_000][seed]))
    talks = [question(topic, rules) for topic in ("香港", "澳门") for rules in (RULES, OTHER_RULES)]
    talks += [(*t, Message("assistant", "是。"), Message("user", "再说？" * 5)) for t in talks[:3]]
    talks += [
        question("香港", times=60),
        (Message("user", "问" * 200),),
        talks[0][:1] + talks[1][1:],
    ]
    memory = native.llama_get_memory(llm._context._pointer)
    for _ in range(25):
        talk = chosen.choice(talks)
        assert answer(llm, talk) == fresh(talk)
        check(llm)
        assert native.llama_memory_seq_pos_max(memory, SCRATCH) == -1
        pinned = native.llama_memory_seq_pos_max(memory, PINNED)
        assert pinned == len(llm._memory.pinned) - 1
        assert native.llama_memory_seq_pos_max(memory, LIVE) >= len(prompt_of(llm, talk)) - 1
