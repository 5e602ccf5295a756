import numpy as np
import pytest

from index.sentences import sentences
from rag.ranker import Ranker, bundled_ranker
from rag.ranker_pieces import GAP, Match, bundled_pieces, laid, laid_pieces, matched

TOWN = (
    "丰陵镇的新桥去年动工。工程由建筑师沈岚主持设计。新桥长五百二十米，宽二十米。"
    "大桥于今年五月一日通车，当天有三千人步行过桥。镇长说，旧渡口将改成公园，因为渡船已经停航。"
)
TOWN_EN = (
    "Work on the new bridge of Fengling began last year. It was designed by Lan Shen, an architect."
    " The bridge is 520 metres long and 20 metres wide. It opened on 1 May, and three thousand "
    "people walked across that day. The old ferry landing becomes a park because the boats stopped."
)


def cut(text: str) -> list[str]:
    return [span.cut(text) for span in sentences(text)]


def best(question: str, text: str) -> int:
    return int(np.argmax(bundled_ranker().scores(question, [cut(text)])))


@pytest.mark.parametrize(
    ("question", "text", "number"),
    [
        ("新桥是谁设计的？", TOWN, 1),
        ("新橋有多長？", TOWN, 2),
        ("大桥什么时候通车？", TOWN, 3),
        ("通车当天多少人走过大桥？", TOWN, 3),
        ("为什么旧渡口要改成公园？", TOWN, 4),
        ("Who designed the bridge?", TOWN_EN, 1),
        ("How long is the bridge?", TOWN_EN, 2),
        ("Why does the landing become a park?", TOWN_EN, 4),
    ],
)
def test_the_sentence_that_answers_is_found(question: str, text: str, number: int) -> None:
    assert best(question, text) == number


def test_scores_are_comparable_among_paragraphs_and_independent_of_them() -> None:
    other = "湖水很清。湖里有鱼，岸边有一座茶馆。"
    ranker, question = bundled_ranker(), "新桥是谁设计的？"
    alone = ranker.scores(question, [cut(TOWN)])
    both = ranker.scores(question, [cut(other), cut(TOWN)])
    assert np.allclose(both[2:], alone, atol=1e-4)
    assert np.allclose(both[:2], ranker.scores(question, [cut(other)]), atol=1e-4)
    assert np.argmax(both) == 3


def test_what_has_no_words_gets_the_lowest_score_and_fails_nothing() -> None:
    ranker = bundled_ranker()
    assert ranker.scores("谁？", []).shape == (0,)
    scores = ranker.scores("……", [["？！", "新桥通车。"], ["—"]])
    assert scores.shape == (3,) and np.isfinite(scores).all()
    assert np.argmax(scores) == 1


def test_pieces_are_laid_with_gaps() -> None:
    asked, two, three = np.array([7, 9]), np.array([5, 7]), np.array([9, 9, 5])
    texts = laid_pieces(asked, [[two, np.array([], np.int64)], [], [three]])
    places = np.flatnonzero(texts.is_piece).tolist()
    assert places == [GAP, GAP + 1, 2 * GAP + 2, 2 * GAP + 3, 2 * GAP + 4]
    assert texts.unique[texts.places[places]].tolist() == [5, 7, 9, 9, 5]
    assert texts.unique[texts.asked_places].tolist() == [7, 9]
    assert texts.lengths.tolist() == [2, 0, 3]
    assert texts.paragraph_of.tolist() == [0, 0, 1]
    assert texts.is_first.tolist() == [1, 0, 1]
    assert np.flatnonzero(texts.is_edge[:, 0]).tolist() == [GAP, 2 * GAP + 2]
    assert np.flatnonzero(texts.is_edge[:, 1]).tolist() == [GAP + 1, 2 * GAP + 4]


def match(question: str, text: str) -> Match:
    return matched(laid(question, [cut(text)], bundled_pieces()), bundled_pieces())


def test_signs_of_a_match() -> None:
    found = match("bridge", "The bridge. A landing.")
    assert found.same.tolist() == [[1.0], [0.0]]
    assert found.alike[0, 0] == pytest.approx(1.0, abs=1e-5)
    assert 0 <= found.alike[1, 0] < 0.9
    known = found.signs[:, 0]
    assert known.sum() == 1
    place = int(np.argmax(known))
    rarity = found.signs[place, 3]
    # The windows of 5 and 15 pieces around it hold no other match.
    assert found.signs[place, 5] == pytest.approx(rarity / 5)
    assert found.signs[place, 6] == pytest.approx(rarity / 15)
    assert found.signs[place, 1] == 1.0  # all its letters are asked for


def hand_made() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """A network that only counts: a piece scores 3 × the cosine of its closest match."""
    projected, hidden, size = 2, 1, bundled_pieces().dimensions
    shapes = {
        "proj": (projected, size), "qconv": (projected, projected + 1, 3), "qatt": (1, projected),
        "alpha": (1, projected + 2), "inp": (hidden, 2 * projected + 15 + 18),
        "film": (hidden, 2 * projected), "convs.0": (hidden, hidden, 5),
        "convs.1": (hidden, hidden, 5), "convs.2": (hidden, hidden, 5), "v": (1, hidden),
        "w": (hidden, 2 * projected), "sent.0": (24, 18), "sent.2": (1, 24),
    }  # fmt: skip
    weights = {f"0.{n}.weight": np.zeros(shape, np.float32) for n, shape in shapes.items()}
    weights |= {f"0.{n}.bias": np.zeros(shape[0], np.float32) for n, shape in shapes.items()}
    weights["0.kappa"] = np.array(8, np.float32)
    weights["0.inp.weight"][0, 2 * projected + 2] = 3.0  # the third sign
    weights["0.v.weight"][0, 0] = 1.0
    return weights


def test_a_sentence_scores_the_log_of_the_sum_over_its_pieces() -> None:
    text = "The bridge. A landing."
    closest = match("bridge", text).signs[:, 2]
    texts = laid("bridge", [cut(text)], bundled_pieces())
    expected = [
        np.log(np.exp(np.maximum(3 * closest[at], 0)).sum())
        for at in (texts.is_piece.astype(bool) & (texts.sentence_of == s) for s in (0, 1))
    ]
    scores = Ranker(hand_made(), bundled_pieces()).scores("bridge", [cut(text)])
    assert scores == pytest.approx(expected, abs=1e-5)


def test_the_mean_of_several_networks_counts() -> None:
    one = hand_made()
    half = {n.replace("0.", "1.", 1): v * (0.5 if "v.w" in n else 1) for n, v in one.items()}
    pieces, text = bundled_pieces(), [cut("The bridge. A landing.")]
    single = Ranker(one, pieces).scores("bridge", text)
    second = Ranker({n.replace("1.", "0.", 1): v for n, v in half.items()}, pieces)
    expected = (single + second.scores("bridge", text)) / 2
    assert Ranker(one | half, pieces).scores("bridge", text) == pytest.approx(expected)
