import numpy as np
import pytest

from index.lexical import Lexical, tokens
from rag.features import FEATURES, Values, candidates, features, scores
from tests.conftest import HashEmbedder
from tests.rag.test_support import hit


def looked_at(question: str, texts: list[str]) -> Values:
    lexical = Lexical.build([tokens(text) for text in texts])
    return features(question, candidates([hit(text) for text in texts]), lexical, HashEmbedder())


def column(values: Values, name: str) -> list[float]:
    found: list[float] = values[:, FEATURES.index(name)].tolist()
    return found


def test_no_candidates() -> None:
    lexical = Lexical.build([tokens("桥")])
    assert features("桥？", [], lexical, HashEmbedder()).shape == (0, len(FEATURES))


def test_a_foreign_sentence_is_found_by_its_translated_words() -> None:
    texts = ["江上有桥，湖水清。", "医院有床位若干张。", "农民在田里耕种。"]
    shares = column(looked_at("How many hospital beds are there?", texts), "translated_abroad")
    assert shares[1] > 0.6 > 2 * max(shares[0], shares[2])
    assert not any(column(looked_at("医院有多少床位？", texts), "translated_abroad"))


def test_what_the_ranker_reads_are_shares_of_all_sentences() -> None:
    values = looked_at("新桥有多长？", ["江上有桥。新桥长五百米。", "湖水清。湖水深三十米。"])
    shares = np.exp(column(values, "read"))
    assert shares.sum() == pytest.approx(1.0)
    assert np.argmax(shares) == np.argmax(scores(values)) == 1


def test_each_part_of_a_question_gives_its_share() -> None:
    texts = ["江上有桥。新桥长五百米。", "湖水清。湖水深三十米。"]
    both = np.exp(column(looked_at("新桥有多长？湖水有多深？", texts), "read"))
    one, other = (
        np.exp(column(looked_at(q, texts), "read")) for q in ("新桥有多长？", "湖水有多深？")
    )
    assert both == pytest.approx((one + other) / 2)
