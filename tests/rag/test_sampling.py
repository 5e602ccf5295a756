"""Choosing tokens, against brute force over a small vocabulary."""

import re
import signal
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from rag.errors import ModelError
from rag.reply_rules import MarkerRule, PointerRule
from rag.sampling import Choices, Sampler, sure
from rag.thoughts import PAIRS
from tests.rag.test_reply_rules import reading

PIECES = [
    b"", b"", b"<think>", b"</think>",  # two control tokens, of which the first ends, and tags
    b"[", b"]", b"1", b"2", b"3", b"12", b"[1", b"[1]", b"][", b"2]", "【".encode(), "】".encode(),
    b"\xe3", b"\x80", b"\x90", b"\x91", b"a", "港".encode(), b"a[", b"[3", b"]\n", b" [", b"0",
    b"\n",
]  # fmt: skip
END, CONTROL, THINK = 0, 1, 2
CHOICES = Choices(PIECES, [END], frozenset({2, 3}))
LOGITS = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(0, 3, len(PIECES)).astype(np.float32)
)


@pytest.fixture
def soon() -> Iterator[None]:
    """What goes on for seconds goes on forever."""

    def ring(*_: object) -> None:
        raise TimeoutError("it does not end")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 5)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def allowed(text: bytes, token: int, passages: int) -> bool:
    if token == END:
        return reading(text, passages) == "outside"
    if token in CHOICES.tags or token == CONTROL:
        return reading(text, passages) == "outside"
    return reading(text + PIECES[token], passages) is not None


@settings(max_examples=150, deadline=None)
@given(st.lists(LOGITS, min_size=1, max_size=12), st.sampled_from((1, 2, 12)))
def test_greedy_is_the_highest_of_those_allowed(rows: list[np.ndarray], passages: int) -> None:
    sampler, text = Sampler(CHOICES, MarkerRule(passages), 0.0, 0), b""
    for logits in rows:
        expected = max(
            (token for token in range(len(PIECES)) if allowed(text, token, passages)),
            key=lambda token: logits[token],
        )
        before = logits.copy()
        assert sampler.next(logits) == expected, text
        assert (logits == before).all()
        if expected not in CHOICES.tags:
            text += PIECES[expected]


@settings(max_examples=150, deadline=None)
@given(st.lists(LOGITS, min_size=12, max_size=12), st.sampled_from((0.0, 1.0)))
def test_pointers_end_as_a_row(rows: list[np.ndarray], temperature: float) -> None:
    sampler, text = Sampler(CHOICES, PointerRule(12), temperature, 0), b""
    for logits in rows:
        token = sampler.next(logits)
        if token == END:
            assert re.fullmatch(rb"(\[\d+\]){1,3}", text)
            return
        text += PIECES[token]
    pytest.fail(f"it does not end: {text!r}")


@pytest.mark.parametrize("text", [b"", b"a[", b"[1", b"[1]", "【".encode(), b"\xe3\x80"])
def test_a_temperature_draws_from_the_softmax_of_those_allowed(text: bytes) -> None:
    logits = np.random.default_rng(5).normal(0, 1, len(PIECES)).astype(np.float32)
    rule = MarkerRule(12)
    sampler = Sampler(CHOICES, rule, 0.8, seed=3)
    drawn: Counter[int] = Counter()
    for _ in range(3000):
        sampler.state = rule.step(rule.start, text)
        drawn[sampler.next(logits)] += 1
    able = [token for token in range(len(PIECES)) if allowed(text, token, 12)]
    assert set(drawn) <= set(able)
    weights = np.exp(logits[able] / np.float32(0.8)).astype(np.float64)
    expected = 3000 * weights / weights.sum()
    if len(able) > 1:
        assert chisquare([drawn[token] for token in able], expected).pvalue > 0.001


def test_without_a_rule_a_temperature_draws_from_the_softmax() -> None:
    logits = np.array([1.0, 0.0, -1.0, 2.0], np.float32)
    sampler = Sampler(Choices([b"a", b"b", b"c", b"d"], [], frozenset()), None, 1.5, seed=0)
    drawn = Counter(sampler.next(logits) for _ in range(4000))
    weights = np.exp(logits.astype(np.float64) / 1.5)
    expected = 4000 * weights / weights.sum()
    assert chisquare([drawn[token] for token in range(4)], expected).pvalue > 0.001


def run(seed: int, temperature: float, rows: Sequence[np.ndarray]) -> list[int]:
    sampler = Sampler(CHOICES, MarkerRule(3), temperature, seed)
    return [sampler.next(row) for row in rows]


def test_a_seed_chooses_the_same() -> None:
    rows = list(np.random.default_rng(1).normal(0, 2, (40, len(PIECES))).astype(np.float32))
    assert run(7, 1.0, rows) == run(7, 1.0, rows)
    assert len({tuple(run(seed, 1.0, rows)) for seed in range(8)}) == 8
    assert len({tuple(run(seed, 0.0, rows)) for seed in range(8)}) == 1
    assert run(7, 1e-3, rows) == run(0, 0.0, rows)  # as good as none


@pytest.mark.parametrize("temperature", [1e-30, 1e-42, 1e-50])
def test_a_temperature_next_to_none(temperature: float) -> None:
    rows = list(np.random.default_rng(1).normal(0, 2, (20, len(PIECES))).astype(np.float32))
    assert run(7, temperature, rows) == run(0, 0.0, rows)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("text", [b"", b"["])
def test_what_is_no_number(temperature: float, text: bytes) -> None:
    for place in (0, 5, len(PIECES) - 1):
        logits = np.zeros(len(PIECES), np.float32)
        logits[place] = np.nan
        rule = MarkerRule(3)
        sampler = Sampler(CHOICES, rule, temperature, 0)
        sampler.state = rule.step(rule.start, text)
        with pytest.raises(ModelError, match="no numbers"):
            sampler.next(logits)
    with pytest.raises(ModelError, match="no numbers"):
        Sampler(CHOICES, None, temperature, 0).next(logits)


# --- tokens without text ---


def test_no_end_and_no_control_token_in_a_marker() -> None:
    rule = MarkerRule(12)
    logits = np.zeros(len(PIECES), np.float32)
    logits[[END, CONTROL, THINK, 3]] = 30.0, 29.0, 28.0, 27.0
    for text in (
        b"[",
        b"[1",
        "【1".encode(),
        "【1".encode() + b"\xe3",
        "【1".encode() + b"\xe3\x80",
    ):
        sampler = Sampler(CHOICES, rule, 0.0, 0)
        sampler.state = rule.step(rule.start, text)
        assert PIECES[sampler.next(logits)], text


@pytest.mark.parametrize("tag", [tag for pair in PAIRS for tag in pair if tag[0] in "[<"])
@pytest.mark.parametrize("rule", [MarkerRule(2), PointerRule(2)], ids=["markers", "pointers"])
def test_no_tag_in_a_marker(tag: str, rule: MarkerRule | PointerRule) -> None:
    pieces = [b"", tag.encode(), b"[", b"]", b"1", b"2"]
    sampler = Sampler(Choices(pieces, [0], frozenset({1})), rule, 0.0, 0)
    logits = np.array([5, 9, 4, 3, 2, 1], np.float32)
    sampler.state = rule.step(rule.start, b"[1")
    assert [sampler.next(logits) for _ in range(2)] == [
        3,
        0 if isinstance(rule, PointerRule) else 1,
    ]


def test_a_free_choice_leaves_the_rule_where_it_is() -> None:
    sampler = Sampler(CHOICES, MarkerRule(1), 0.0, 0)
    logits = np.zeros(len(PIECES), np.float32)
    logits[PIECES.index(b"[3")] = 9.0
    before = sampler.state
    assert sampler.next(logits, free=True) == PIECES.index(b"[3")
    assert sampler.state == before
    assert sampler.next(logits) != PIECES.index(b"[3")


# --- it always ends ---


def test_a_vocabulary_that_cannot_write_a_marker() -> None:
    choices = Choices([b"", b"[", b"x"], [0], frozenset())
    sampler = Sampler(choices, MarkerRule(2), 0.0, 0)
    logits = np.array([0, 2, 1], np.float32)
    assert sampler.next(logits) == 1
    with pytest.raises(ModelError, match="cannot write a marker"):
        sampler.next(logits)


@pytest.mark.usefixtures("soon")
def test_nothing_is_likely_but_what_is_not_allowed() -> None:
    never = -np.inf
    choices = Choices([b"[x", b"[y", b"a"], [], frozenset())
    assert Sampler(choices, MarkerRule(2), 0.0, 0).next(np.array([1, 2, 0], np.float32)) == 2
    with pytest.raises(ModelError):
        Sampler(choices, MarkerRule(2), 0.0, 0).next(np.array([never, 2, never], np.float32))
    none = Choices([b"[x", b"[y"], [], frozenset())
    with pytest.raises(ModelError):
        Sampler(none, MarkerRule(2), 0.0, 0).next(np.array([1, 2], np.float32))


def test_sure_is_a_matter_of_the_spread() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, 5000).astype(np.float32)
    top = float(logits.max())
    for distance, expected in ((0.0, False), (0.3, False), (0.5, True), (5.0, True)):
        row = np.append(logits, np.float32(top + distance))
        assert sure(row) == expected, distance
        assert sure(row[::-1]) == expected
