"""Prompts put together from passages computed before, in the real engine."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

if "CI" not in os.environ:  # there, a missing llama.cpp is a failure
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not built: make gguf")

from rag.chat_template import with_passages
from rag.conversations import TOKEN_BYTES
from rag.llama_context import FIRST_FREE, LIVE, PINNED, SCRATCH, Aborted
from rag.llama_native import SEQUENCES, native
from rag.llama_settings import Settings
from rag.llamacpp import LlamaCpp
from rag.llm import Message, Request
from rag.passage_states import MOST_WAITING, PassageStates, Segment, segments
from tests.rag.test_conversations import computed
from tests.tiny_gguf import write_tiny_gguf

ON = Settings(1, 1, passage_states=True)
RULES = Message("system", "引用[1]。" * 36)  # with what follows them less than a granule more
LONGER_RULES = Message("system", "引用[1]。" * 37)  # … and more
PASSAGES = tuple(
    f"{name}桥长{n}百米。" * 8 for n, name in enumerate("甲乙丙丁戊己庚辛壬癸子丑寅卯", 1)
)

Open = Callable[..., LlamaCpp]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def opened(model: Path) -> Iterator[Open]:
    with contextlib.ExitStack() as stack:
        yield lambda settings=ON, **more: stack.enter_context(
            contextlib.closing(LlamaCpp(model, settings=settings, **more))
        )


@pytest.fixture
def llm(opened: Open) -> LlamaCpp:
    return opened()


def asked(passages: Sequence[str], question: str = "几米？", rules: Message = RULES) -> Request:
    laid_out = "\n\n".join(f"[{n}] {text}" for n, text in enumerate(passages, 1))
    content = f"Passages:\n\n{laid_out}\n\nQuestion: {question}"
    return Request((rules, Message("user", content)), 20, tuple(passages))


def answer(llm: LlamaCpp, request: Request) -> str:
    return "".join(llm.stream(request))


def never() -> bool:
    return False


def until_idle(llm: LlamaCpp) -> int:
    count = 0
    while llm.idle(unless=never):
        count += 1
        assert count < 100
    return count


def parts_of(llm: LlamaCpp, request: Request) -> tuple[list[list[int]], list[bool]]:
    pieces = with_passages(llm._template.render(request.messages), request.passages)
    return llm._vocabulary.parts(pieces), [bool(piece.passage) for piece in pieces]


def size(llm: LlamaCpp, request: Request) -> int:
    return sum(map(len, parts_of(llm, request)[0]))


def in_passages(llm: LlamaCpp, request: Request) -> int:
    parts, passages = parts_of(llm, request)
    return sum(len(part) for part, passage in zip(parts, passages, strict=True) if passage)


def positions(llm: LlamaCpp, sequence: int) -> list[int]:
    """Where a sequence's cells stand, read from its state."""
    data = llm._context.state(sequence).tobytes()
    _, number, streams, count = np.frombuffer(data[:16], np.int32)
    cells = np.frombuffer(data[16 : 16 + 12 * count], np.int32).reshape(-1, 3)
    assert (number, streams) == (sequence, 1) and (cells[:, 1] == 1).all()
    return sorted(cells[:, 0].tolist())


def check(llm: LlamaCpp) -> None:
    """Bytes are counted right and no cell is left behind."""
    states = llm._states
    assert states is not None
    assert states.bytes == sum(
        state.nbytes + TOKEN_BYTES * (len(base) + len(tokens))
        for (base, tokens), state in states._states.items()
    )
    assert states.bytes <= states.limit
    memory = native.llama_get_memory(llm._context._pointer)
    for sequence in (SCRATCH, *range(FIRST_FREE, SEQUENCES)):
        assert native.llama_memory_seq_pos_max(memory, sequence) == -1, sequence


def logits(llm: LlamaCpp, request: Request) -> np.ndarray:
    """Those behind the prompt."""
    found: list[np.ndarray] = []
    read = llm._context.logits
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            llm._context, "logits", lambda row: (found.append(read(row).copy()), read(row))[1]
        )
        answer(llm, replace(request, max_tokens=1))
    return found[0]


# --- stretches of a prompt ---


def test_segments() -> None:
    parts = [[1, 2], [3, 4, 5], [6], [7], [], [8, 9], [10]]
    passages = [False, False, True, False, False, False, True]
    assert segments(parts, passages, 0) == [
        Segment((1, 2, 3, 4, 5), 0, False), Segment((6,), 5, True),
        Segment((7, 8, 9), 6, False), Segment((10,), 9, True),
    ]  # fmt: skip
    assert segments(parts, passages, 4) == [
        Segment((5,), 4, False), *segments(parts, passages, 0)[1:],
    ]  # fmt: skip
    assert segments(parts, passages, 5) == segments(parts, passages, 0)[1:]
    assert segments(parts, passages, 6) == segments(parts, passages, 0)[2:]
    assert segments(parts, passages, 8) == [Segment((9,), 8, False), Segment((10,), 9, True)]
    assert segments(parts, passages, 10) == segments([], [], 0) == []
    two = segments([[1], [2], [3]], [True, True, True], 0)
    assert [(s.tokens, s.start, s.end) for s in two] == [((1,), 0, 1), ((2,), 1, 2), ((3,), 2, 3)]


@pytest.mark.parametrize("base", range(10))
def test_segments_leave_no_gap(base: int) -> None:
    parts = [[1, 2], [3, 4, 5], [6], [7], [8, 9], [10]]
    found = segments(parts, [False, True, False, True, True, False], base)
    assert [token for segment in found for token in segment.tokens] == list(range(base + 1, 11))
    assert all(a.end == b.start for a, b in zip(found, found[1:], strict=False))
    assert found[0].start == base and found[-1].end == 10


# --- answers ---


@pytest.mark.parametrize("rules", [RULES, LONGER_RULES], ids=["rules", "longer"])
def test_in_another_order_only_numbers_and_question_are_computed(
    llm: LlamaCpp, rules: Message
) -> None:
    first = asked(PASSAGES[:3], rules=rules)
    second = asked((PASSAGES[2], PASSAGES[0], PASSAGES[1]), rules=rules)
    answer(llm, first)
    assert until_idle(llm) == 3
    check(llm)
    base = len(llm._memory.pinned)
    assert base > 200
    text, count = computed(llm, second)
    assert count == size(llm, second) - base - in_passages(llm, second)
    assert text
    check(llm)
    last = size(llm, second) + len(text) - 1  # one character is one token here
    assert positions(llm, LIVE)[: size(llm, second)] == list(range(size(llm, second)))
    assert positions(llm, LIVE) == list(range(len(positions(llm, LIVE))))
    assert abs(len(positions(llm, LIVE)) - last) <= 2
    assert positions(llm, PINNED) == list(range(base))


def test_a_passage_behind_the_rules_alone_is_as_if_computed_there(opened: Open) -> None:
    """With one passage nothing is hidden from it but its number."""
    llm = opened()
    context, states = llm._context, llm._states
    assert states is not None
    answer(llm, asked(PASSAGES[:1]))
    base = llm._memory.pinned
    passage = tuple(llm._vocabulary.untrusted(PASSAGES[0]))
    rest = tuple(llm._vocabulary.untrusted("几米？"))
    found = [Segment(passage, len(base), True), Segment(rest, len(base) + len(passage), False)]
    until_idle(llm)
    assert states.known(base, found[0])
    assert states.compose(base, found)
    context.compute(rest, found[1].start, rows=1)
    composed = context.logits(len(rest) - 1).copy()
    context.trim(LIVE, 0)
    context.copy(PINNED, LIVE, 0, len(base))
    for start in range(0, len(passage), context.batch):
        context.compute(passage[start : start + context.batch], len(base) + start)
    context.compute(rest, found[1].start, rows=1)
    plain = context.logits(len(rest) - 1)  # in other cells: sums are rounded in another order
    assert np.abs(plain - composed).max() < 1e-4 * plain.std()


@pytest.mark.parametrize("shift", [0, 1, 7, 300, 2000])
def test_keys_are_turned_to_where_they_stand(llm: LlamaCpp, shift: int) -> None:
    """A passage that was moved is as good as one that was computed there."""
    context = llm._context
    passage, rest = (llm._vocabulary.untrusted(text) for text in (PASSAGES[0], "几米？"))
    end = shift + len(passage)
    context.clear()
    context.compute(passage, 0, sequence=SCRATCH)
    state = context.state(SCRATCH)
    context.trim(SCRATCH, 0)
    assert context.restore(FIRST_FREE, state)
    context.shift(FIRST_FREE, shift)
    context.copy(FIRST_FREE, LIVE, shift, end)
    context.trim(FIRST_FREE, 0)
    context.compute(rest, end, rows=1)
    moved = context.logits(len(rest) - 1).copy()
    assert positions(llm, LIVE) == list(range(shift, end + len(rest)))
    context.clear()
    context.compute(passage, shift)
    context.compute(rest, end, rows=1)
    direct = context.logits(len(rest) - 1)
    assert np.abs(moved - direct).max() < (0.01 if shift else 1e-6) * direct.std()
    context.clear()


def test_the_first_answer_and_the_next_plain_one_are_exact(opened: Open, model: Path) -> None:
    llm = opened()

    def plain(request: Request) -> str:
        with contextlib.closing(LlamaCpp(model, settings=Settings(1, 1))) as other:
            return answer(other, request)

    first = asked(PASSAGES[:3])
    assert answer(llm, first) == plain(first)
    until_idle(llm)
    answer(llm, asked(PASSAGES[2::-1]))
    for following in (
        asked(PASSAGES[5:8]),
        Request((Message("user", "港" * 200),), 20),
        Request((RULES, Message("user", "为什么？")), 20),
        Request((Message("system", "别的。" * 30), Message("user", "为什么？")), 20),
    ):
        assert answer(llm, following) == plain(following)
        check(llm)


def test_composing_twice_gives_the_same(llm: LlamaCpp) -> None:
    request = asked(PASSAGES[2::-1])
    answer(llm, asked(PASSAGES[:3]))
    until_idle(llm)
    texts = [answer(llm, request)]
    for _ in range(2):
        answer(llm, Request((Message("user", "x"),), 3))
        texts.append(answer(llm, request))
    again = logits(llm, request)
    assert texts[1:] == texts[:1] * 2
    assert (logits(llm, request) == again).all()


def test_close_to_the_plain_answer(opened: Open) -> None:
    on, off = opened(), opened(Settings(1, 1))
    answer(on, asked(PASSAGES[:2]))
    until_idle(on)
    for request in (
        asked(PASSAGES[1::-1]),
        asked((PASSAGES[1], PASSAGES[3], PASSAGES[0]), "为何？"),
    ):
        exact, composed = logits(off, request), logits(on, request)
        assert not (exact == composed).all()
        assert np.corrcoef(exact, composed)[0, 1] > 0.9


def test_unknown_passages_between_known_ones(llm: LlamaCpp) -> None:
    answer(llm, asked(PASSAGES[:3]))
    until_idle(llm)
    request = asked((PASSAGES[3], PASSAGES[0], PASSAGES[1], PASSAGES[2]))
    new = len(llm._vocabulary.untrusted(PASSAGES[3]))
    text, count = computed(llm, request)
    base = len(llm._memory.pinned)
    assert count == size(llm, request) - base - in_passages(llm, request) + new and text
    assert positions(llm, LIVE)[: size(llm, request)] == list(range(size(llm, request)))
    check(llm)
    assert until_idle(llm) == 1  # the one that was not known
    mostly_new = asked((PASSAGES[0], *PASSAGES[5:8]))
    assert computed(llm, mostly_new)[1] >= size(llm, mostly_new) - base - 64
    check(llm)


def test_the_same_passage_twice(llm: LlamaCpp) -> None:
    answer(llm, asked(PASSAGES[:2]))
    until_idle(llm)
    request = asked((PASSAGES[1], PASSAGES[1], PASSAGES[0]))
    assert answer(llm, request)
    assert positions(llm, LIVE)[: size(llm, request)] == list(range(size(llm, request)))
    check(llm)


@pytest.mark.parametrize("count", [10, 11, 14])
def test_many_passages(opened: Open, count: int) -> None:
    llm = opened(context_size=4096)
    answer(llm, asked(PASSAGES[:count]))
    assert until_idle(llm) == count
    request = asked(PASSAGES[:count][::-1])
    text, counted = computed(llm, request)
    base = len(llm._memory.pinned)
    fresh = size(llm, request) - base - in_passages(llm, request)
    assert text and (counted == fresh) == (2 * count + 1 + FIRST_FREE <= SEQUENCES)
    assert positions(llm, LIVE)[: size(llm, request)] == list(range(size(llm, request)))
    check(llm)


def test_no_passages(llm: LlamaCpp) -> None:
    request = Request((RULES, Message("user", "几米？")), 20)
    assert answer(llm, request) == answer(llm, request)
    assert until_idle(llm) == 0 and len(llm._states) == 0


def test_without_rules_there_is_nothing_to_compute_ahead(llm: LlamaCpp) -> None:
    text = PASSAGES[0]
    answer(llm, Request((Message("user", text),), 5, (text,)))
    assert until_idle(llm) == 0


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_no_room_for_a_passage(opened: Open, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    llm, plain = opened(), opened(Settings(1, 1))
    answer(llm, asked(PASSAGES[:3]))
    until_idle(llm)
    restore, calls = llm._context.restore, [0]

    def sometimes(sequence: int, data: np.ndarray) -> bool:
        calls[0] += 1
        return calls[0] != failing and restore(sequence, data)

    monkeypatch.setattr(llm._context, "restore", sometimes)
    request = asked(PASSAGES[2::-1])
    assert answer(llm, request) == answer(plain, request)
    assert calls[0] == failing
    check(llm)


@pytest.mark.parametrize("at", range(1, 5))
def test_stopped_while_composing(opened: Open, at: int) -> None:
    llm, other = opened(), opened()
    for engine in (llm, other):
        answer(engine, asked(PASSAGES[:3]))
        until_idle(engine)
    request = asked(PASSAGES[2::-1])
    compute, calls = llm._context.compute_each, [0]

    def stopped(cells: list[tuple[int, int, int]], rows: int = 0) -> None:
        calls[0] += 1
        if calls[0] == at:
            llm._context.abort()
        compute(cells, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llm._context, "compute_each", stopped)
        answer(llm, request)
    check(llm)
    assert answer(llm, request) == answer(other, request)
    assert answer(llm, asked(PASSAGES[:3])) == answer(other, asked(PASSAGES[:3]))
    check(llm)


# --- while nobody asks ---


def test_off_unless_asked_for(opened: Open) -> None:
    llm = opened(Settings(1, 1))
    assert llm._states is None
    answer(llm, asked(PASSAGES[:3]))
    assert until_idle(llm) == 0
    llm.leave_idle()


def test_bytes_stay_within_the_limit(opened: Open) -> None:
    plenty = opened()
    answer(plenty, asked(PASSAGES[:1]))
    until_idle(plenty)
    one = plenty._states.bytes
    for share in (0, 0.9, 1.1, 2.3):
        llm = opened(replace(ON, kept=int(one * share)))
        for at in range(4):
            answer(llm, asked(PASSAGES[at : at + 3]))
            until_idle(llm)
            check(llm)
            assert len(llm._states) == int(share)
        assert answer(llm, asked(PASSAGES[4:1:-1]))
        check(llm)


def test_those_used_last_are_kept(opened: Open) -> None:
    plenty = opened()
    answer(plenty, asked(PASSAGES[:2]))
    until_idle(plenty)
    llm = opened(replace(ON, kept=plenty._states.bytes + 100))
    answer(llm, asked(PASSAGES[:2]))
    until_idle(llm)
    answer(llm, asked(PASSAGES[:1]))  # the second is the older one now
    answer(llm, asked(PASSAGES[2:3]))
    until_idle(llm)
    kept = {tokens for _, tokens in llm._states._states}
    assert kept == {tuple(llm._vocabulary.untrusted(PASSAGES[at])) for at in (0, 2)}


def test_only_so_many_wait(opened: Open) -> None:
    states = opened()._states
    for n in range(MOST_WAITING + 10):
        states.known((1,), Segment((n,), 0, True))
    assert len(states._missing) == MOST_WAITING
    assert ((1,), (10,)) in states._missing and ((1,), (9,)) not in states._missing


def test_passages_of_other_rules_are_forgotten(llm: LlamaCpp) -> None:
    answer(llm, asked(PASSAGES[:3]))
    other = Message("system", "只用中文。" * 40)
    answer(llm, Request((other, asked(PASSAGES[:2]).messages[1]), 5, PASSAGES[:2]))
    assert until_idle(llm) == 2
    assert {base for base, _ in llm._states._states} == {llm._memory.pinned}


def test_stopped_while_idle(opened: Open) -> None:
    llm, other = opened(), opened()
    answer(llm, asked(PASSAGES[:2]))
    answer(other, asked(PASSAGES[:2]))
    compute = llm._context.compute_each

    def stopped(cells: list[tuple[int, int, int]], rows: int = 0) -> None:
        llm.leave_idle()
        compute(cells, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llm._context, "compute_each", stopped)
        assert not llm.idle(unless=never)
    check(llm)
    assert len(llm._states) == 0
    assert not llm.idle(unless=lambda: True)
    assert until_idle(llm) == until_idle(other) == 2  # nothing was lost
    assert answer(llm, asked(PASSAGES[1::-1])) == answer(other, asked(PASSAGES[1::-1]))


def test_a_question_while_idle_is_served_at_once(opened: Open) -> None:
    llm = opened()
    answer(llm, asked(PASSAGES[:2]))
    expected = answer(llm, asked(PASSAGES[:2]))
    compute, begun, asks = llm._context.compute_each, threading.Event(), threading.Event()
    found: list[str] = []
    main = threading.current_thread()

    def slow(cells: list[tuple[int, int, int]], rows: int = 0) -> None:
        if threading.current_thread() is not main:
            begun.set()
            assert asks.wait(5)
            while not llm._context._flag.raw[0]:  # until it is told to stop
                pass
        compute(cells, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llm._context, "compute_each", slow)
        thread = threading.Thread(target=lambda: found.append(str(llm.idle(unless=never))))
        thread.start()
        assert begun.wait(5)
        asks.set()
        assert answer(llm, asked(PASSAGES[:2])) == expected
        thread.join(5)
    assert found == ["False"]
    assert until_idle(llm) == 2
    check(llm)


def test_not_idle_while_answering(llm: LlamaCpp) -> None:
    stream = llm.stream(asked(PASSAGES[:2]))
    next(stream)
    assert not llm.idle(unless=never)
    llm.leave_idle()  # does not stop an answer
    assert len("".join(stream)) > 5
    assert llm.idle(unless=never)


def test_closed_while_idle(opened: Open) -> None:
    llm = opened()
    answer(llm, asked(PASSAGES[:2]))
    compute = llm._context.compute_each

    def closing(cells: list[tuple[int, int, int]], rows: int = 0) -> None:
        llm.close()
        compute(cells, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llm._context, "compute_each", closing)
        assert not llm.idle(unless=never)
    assert not llm._free.alive
    assert not llm.idle(unless=never)


def test_llama_cpp_fails_while_idle(llm: LlamaCpp, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag import llama_context

    answer(llm, asked(PASSAGES[:2]))
    expected = answer(llm, asked(PASSAGES[:2]))
    monkeypatch.setattr(llama_context.native, "llama_decode", lambda context, batch: 1)
    assert not llm.idle(unless=never)
    monkeypatch.undo()
    check(llm)
    assert answer(llm, asked(PASSAGES[:2])) == expected
    assert until_idle(llm) == 2


def test_a_passage_longer_than_a_batch(llm: LlamaCpp) -> None:
    long = "".join(PASSAGES[:6])
    assert len(llm._vocabulary.untrusted(long)) > 2 * llm.settings.batch
    answer(llm, asked((long, PASSAGES[8])))
    assert until_idle(llm) == 2
    request = asked((PASSAGES[8], long))
    text, count = computed(llm, request)
    assert text and count == size(llm, request) - len(llm._memory.pinned) - in_passages(
        llm, request
    )
    check(llm)


def test_states_need_a_base_that_is_pinned(opened: Open) -> None:
    states = PassageStates(opened()._context, 10**6)
    assert not states.encode_one() and not states.worthwhile((1, 2), [])
    with contextlib.suppress(Aborted):
        states.forget_missing(())
