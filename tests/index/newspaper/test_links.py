"""Links: a sentence that breaks off is joined to the flow where it goes on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.newspaper.articles import arrange
from index.newspaper.flows import Flow, Paragraph
from index.newspaper.lines import printed_lines
from index.newspaper.links import _assigned, runs_into
from index.newspaper.seams import Seams


def flows_of(*texts: str) -> tuple[list[Flow], Seams]:
    """One flow for every text; its lines are one paragraph."""
    lines = printed_lines("\n\n".join(texts))
    seams = Seams(lines)
    rows = iter(lines)
    flows = []
    for text in texts:
        own = [next(rows) for _ in text.split("\n")]
        flows.append(Flow([Paragraph(own, [1.0] * (len(own) - 1))]))
    return flows, seams


BRIDGE = "石匠们用了三年时间修补这座\n老桥，他们把河里的石头一块\n一块捞起来，编上号码，再用"
BRIDGE_ON = "糯米灰浆砌回原处。老桥的石\n头，石匠们一块也没有丢掉。"
TEA = "今年春天雨水很少，茶农把水\n从山下一桶一桶挑上来，茶树\n才没有枯死，新芽也长出来了。"
CLUB = "球队在最后一分钟踢进一球，\n看台上的球迷全都站了起来，\n教练说，这是最难的一场球。"


def test_a_sentence_goes_on_behind_other_text() -> None:
    flows, seams = flows_of(BRIDGE, TEA, CLUB, BRIDGE_ON)
    arrange(flows, [], seams)
    assert flows[0].next == 3
    assert flows[3].previous == 0
    assert [flow.next for flow in flows[1:]] == [None, None, None]
    assert 0.3 < flows[0].next_confidence <= 1


def test_a_sentence_goes_on_before_itself() -> None:
    flows, seams = flows_of(BRIDGE_ON, TEA, BRIDGE)
    arrange(flows, [], seams)
    assert flows[2].next == 0
    assert flows[0].previous == 2


def test_two_sentences_are_not_confused() -> None:
    tea, tea_on = (
        "今年春天雨水很少，茶农把水\n从山下一桶一桶挑上来，茶树",
        "才没有枯死，新芽也长出来了。",
    )
    flows, seams = flows_of(BRIDGE, tea, BRIDGE_ON, tea_on)
    arrange(flows, [], seams)
    assert (flows[0].next, flows[1].next) == (2, 3)


def test_whole_texts_are_not_linked() -> None:
    flows, seams = flows_of(TEA, CLUB, BRIDGE_ON)
    arrange(flows, [], seams)
    assert [flow.next for flow in flows] == [None, None, None]


def test_a_flow_that_begins_an_article_is_no_continuation() -> None:
    flows, seams = flows_of(BRIDGE, TEA, BRIDGE_ON)
    flows[2].fresh = True
    arrange(flows, [], seams)
    assert flows[2].previous is None


PIECES = [
    BRIDGE,
    BRIDGE_ON,
    TEA,
    CLUB,
    "糯米灰浆",
    "再用",
    "他们把河里的石头",
    "a bridge",
    "——",
    "，他",
]


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_every_flow_is_in_one_article_once_and_no_ring(texts: list[str]) -> None:
    flows, seams = flows_of(*texts)
    drafts, lost = arrange(flows, [], seams)
    assert lost == []
    placed = [id(flow) for draft in drafts for flow in draft.flows]
    assert sorted(placed) == sorted(map(id, flows))
    for i, flow in enumerate(flows):
        assert 0 <= flow.next_confidence <= 1
        if flow.next is not None:
            assert flow.next != i
            assert flows[flow.next].previous == i
        seen, at = set(), flow.next
        while at is not None:
            assert at not in seen
            assert at != i
            seen.add(at)
            at = flows[at].next
    followers = [flow.next for flow in flows if flow.next is not None]
    assert len(followers) == len(set(followers))


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(
            st.lists(st.floats(-20, 20, width=32) | st.just(float("-inf")), min_size=n, max_size=n),
            min_size=1, max_size=6,
        )
    )
)  # fmt: skip
def test_each_end_and_each_beginning_is_used_once(scores: list[list[float]]) -> None:
    table = np.array(scores, dtype=np.float32)
    found = _assigned(table)
    rows, columns = [row for _, row, _ in found], [column for _, _, column in found]
    assert len(rows) == len(set(rows))
    assert len(columns) == len(set(columns))
    for chance, row, column in found:
        assert 0 < chance <= 1 + 1e-6
        assert table[row, column] > -np.inf
    assert [chance for chance, _, _ in found] == sorted((c for c, _, _ in found), reverse=True)


def test_the_chance_of_a_pair() -> None:
    # Worth 3 against none (0) and against a pair worth 1, forth and back by hand.
    ((chance, row, column),) = _assigned(np.array([[3.0, 1.0]], dtype=np.float32))
    forth = np.exp(3) / (np.exp(3) + np.exp(1) + 1)
    back = np.exp(3) / (np.exp(3) + 1)
    assert (row, column) == (0, 0)
    assert chance == pytest.approx(float(np.sqrt(forth * back)), rel=1e-4)


def test_a_weak_pair_is_not_made() -> None:
    assert _assigned(np.array([[-4.0]], dtype=np.float32)) == []


def test_pairs_are_worth_the_most_together() -> None:
    scores = np.array([[6.0, 5.0], [5.5, -9.0]], dtype=np.float32)
    assert sorted((row, column) for _, row, column in _assigned(scores)) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("start", "end", "reached"),
    [(0, 2, True), (0, 0, True), (2, 0, False), (5, 0, False), (1, 3, False)],
)
def test_runs_into(start: int, end: int, reached: bool) -> None:
    assert runs_into({0: 1, 1: 2}, start, end) is reached
