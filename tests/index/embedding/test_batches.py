from hypothesis import given
from hypothesis import strategies as st

from index.embedding.batches import BUDGET, MOST, batches


def test_long_texts_come_first_and_few_at_a_time() -> None:
    third = BUDGET // 3
    assert batches([10, third, 11, third, third, third]) == [[1, 3, 4], [5, 2, 0]]
    assert batches([]) == []
    assert [len(batch) for batch in batches([1] * (MOST + 1))] == [MOST, 1]
    assert batches([BUDGET * 2, 1]) == [[0], [1]]  # one that is too long has a batch of its own


@given(st.lists(st.integers(0, BUDGET + 10), max_size=60))
def test_every_text_is_in_one_batch_within_the_budget(lengths: list[int]) -> None:
    found = batches(lengths)
    assert sorted(position for batch in found for position in batch) == list(range(len(lengths)))
    for batch in found:
        longest = max(lengths[position] for position in batch)
        assert len(batch) == 1 or longest * len(batch) <= BUDGET
