"""Guessing from the passages, by hand."""

from hypothesis import given
from hypothesis import strategies as st

from rag.drafts import ENOUGH, FIRST, LONGEST_MATCH, MATCH, MOST, PAUSE, RESULTS, SHORTEST, Drafts

TOKENS = st.lists(st.integers(0, 3), max_size=30)


def test_the_constants_the_numbers_here_are_made_for() -> None:
    assert (MATCH, LONGEST_MATCH, SHORTEST, FIRST, MOST) == (3, 12, 3, 7, 15)
    assert (RESULTS, ENOUGH, PAUSE) == (24, 0.4, 48)


def test_what_followed_the_last_three_tokens() -> None:
    drafts = Drafts([list(range(10, 30)), [1, 2, 3]])
    assert drafts.propose([12, 13, 14]) == [15, 16, 17, 18, 19, 20, 21]
    assert drafts.propose([5, 5, 26, 27, 28]) == [29]  # where the passage ends
    assert drafts.propose([27, 28, 29]) == []  # nothing follows
    assert drafts.propose([1, 2, 3]) == []
    assert drafts.propose([13, 14]) == drafts.propose([]) == []
    assert drafts.propose([13, 14, 99]) == drafts.propose([13, 14, 16]) == []


def test_the_longest_match_and_of_equals_the_last() -> None:
    drafts = Drafts([[7, 1, 2, 3, 50], [8, 1, 2, 3, 60, 1, 2, 3, 70], [9, 7, 1, 2, 3, 80]])
    assert drafts.propose([1, 2, 3]) == [80]
    assert drafts.propose([8, 1, 2, 3]) == [60, 1, 2, 3, 70]
    assert drafts.propose([7, 1, 2, 3]) == [80]
    assert drafts.propose([60, 1, 2, 3]) == [70]
    assert drafts.propose([6, 1, 2, 3]) == [80]


def test_twelve_tokens_are_compared() -> None:
    twelve = list(range(100, 112))
    drafts = Drafts([[1, *twelve, 50], [2, *twelve, 60]])
    assert drafts.propose([1, *twelve]) == [60]  # the thirteenth is not looked at
    drafts = Drafts([[1, *twelve[1:], 50], [2, *twelve[1:], 60]])
    assert drafts.propose([1, *twelve[1:]]) == [50]


def test_nothing_to_look_up() -> None:
    for passages in ([], [[]], [[1, 2]], [[1, 2, 3]]):
        assert Drafts(passages).propose([1, 2, 3]) == []


def length(drafts: Drafts, reply: int = 3) -> int:
    return len(drafts.propose(list(range(reply - 3, reply))))


def test_the_length_follows_success() -> None:
    drafts = Drafts([list(range(1000))])
    assert length(drafts) == 7
    drafts.report(7, 7, 10)
    assert length(drafts) == 14
    drafts.report(14, 14, 24)
    assert length(drafts) == 15
    drafts.report(15, 8, 33)  # more than half: as before
    assert length(drafts) == 15
    drafts.report(15, 7, 40)
    assert length(drafts) == 7
    drafts.report(7, 3, 44)
    assert length(drafts) == 3
    drafts.report(3, 1, 46)
    assert length(drafts) == 3
    assert (drafts.drafted, drafts.accepted) == (61, 40)


def test_a_pause_where_drafts_are_seldom_right() -> None:
    drafts = Drafts([list(range(1000))])
    for count in range(1, 8):
        drafts.report(7, 0, count)
        assert length(drafts) == 3
    drafts.report(3, 0, 20)  # the eighth result
    assert drafts.propose(list(range(67))) == []
    assert drafts.propose(list(range(68))) == [68, 69, 70]
    for _ in range(7):  # the count begins anew
        drafts.report(3, 0, 70)
    assert drafts.propose(list(range(68))) == [68, 69, 70]


def test_forty_in_a_hundred_are_enough() -> None:
    drafts = Drafts([list(range(1000))])
    for _ in range(12):  # two right, one tried in vain, and so on: two of three
        drafts.report(7, 2, 5)
    assert drafts.propose(list(range(6)))
    drafts = Drafts([list(range(1000))])
    results = [True] * 4 + [False] * 6
    for right in results:
        drafts.report(1, int(right), 5)
        if sum(results[:8]) / 8 < ENOUGH:
            raise AssertionError
    assert drafts.propose(list(range(6)))  # 4 of 10
    drafts.report(1, 0, 5)
    assert drafts.propose(list(range(6))) == []  # 4 of 11


def test_only_the_last_results_count() -> None:
    drafts = Drafts([list(range(1000))])
    for _ in range(10):
        drafts.report(15, 15, 5)
    for _ in range(14):
        drafts.report(3, 0, 5)
    assert drafts.propose(list(range(6)))  # 10 of the last 24
    drafts.report(3, 0, 5)
    assert drafts.propose(list(range(6))) == []


@given(st.lists(TOKENS, max_size=4), TOKENS)
def test_a_draft_is_a_stretch_of_a_passage_behind_the_longest_match(
    passages: list[list[int]], reply: list[int]
) -> None:
    def match(tokens: list[int], end: int) -> int:
        for n in range(1, min(end, len(reply), LONGEST_MATCH) + 1):
            if tokens[end - n] != reply[-n]:
                return n - 1
        return min(end, len(reply), LONGEST_MATCH)

    best: tuple[int, list[int]] = (0, [])
    for tokens in passages:
        for end in range(1, len(tokens)):
            best = max(best, (match(tokens, end), tokens[end : end + FIRST]), key=lambda b: b[0])
    places = [
        tokens[end : end + FIRST]
        for tokens in passages
        for end in range(1, len(tokens))
        if match(tokens, end) == best[0]
    ]
    expected = places[-1] if best[0] >= MATCH else []
    assert Drafts(passages).propose(reply) == expected
