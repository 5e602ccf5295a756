from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import postings
from index.postings import count_texts, count_tokens, key
from index.tokens import tokens

# Han of all planes, kana, iteration marks, letters, figures, traditional and full-width forms.
TEXT = st.text(alphabet="方艙床々〇カか\U00020001ab한é, 4２月年日万.%\n\u0301\ud800", max_size=30)


@settings(deadline=None)  # the first example loads the text view
@given(st.lists(TEXT, max_size=12), st.integers(1, 60))
def test_texts_are_counted_as_lists_of_their_tokens_are(texts: list[str], chunk: int) -> None:
    day = "2022-04-14"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_CHUNK", chunk)
        fast = count_texts((text, day) for text in texts)
        slow = count_tokens(tokens(text, date=day) for text in texts)
    counted = [Counter(map(key, tokens(text, date=day))) for text in texts]
    assert fast.lengths.tolist() == [count.total() for count in counted]
    assert fast.keys.tolist() == sorted(set().union(*counted))
    for number, name in enumerate(fast.keys.tolist()):
        column = slice(fast.starts[number], fast.starts[number + 1])
        expected = [(i, count[name]) for i, count in enumerate(counted) if count[name]]
        found = zip(fast.documents[column].tolist(), fast.counts[column].tolist(), strict=True)
        assert list(found) == expected
    for part in ("keys", "starts", "documents", "counts", "lengths"):
        assert np.array_equal(getattr(fast, part), getattr(slow, part))


def test_keys_of_characters_and_words_never_meet() -> None:
    assert key("桥") == ord("桥") << 21
    assert key("桥长") == ord("桥") << 21 | ord("长")
    assert key("ab") >= 1 << 63 <= key("23") != key("32")
