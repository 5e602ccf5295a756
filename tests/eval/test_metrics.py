from typing import Any

import pytest

from eval.metrics import (
    METRICS,
    citation_precision,
    citation_recall,
    citation_validity,
    contains,
    first_sentence_contains_gold,
    measure,
    recall,
    reciprocal_rank,
    support_share,
)
from eval.sets import Evidence, Question
from eval.statistics import RESAMPLES, Estimate, estimate, paired_difference, percentile

TEXTS = ["今天有雨。水位上涨。", "新橋 長500米，2,860萬元。", "Two lanes are open. Tolls stay."]
QUESTION = Question(
    id="q1",
    text="桥多长？几条车道？",
    language="zh",
    type="multi",
    answerable=True,
    answers=(("500米", "半公里"), ("two lanes",)),
    evidence=(Evidence("b.txt", "新桥长500米"), Evidence("c.txt", "two lanes are open")),
    evidence_language="zh",
)
UNANSWERABLE = Question(id="q2", text="谁设计的？", language="zh", type="none", answerable=False)


def hit(number: int) -> dict[str, Any]:
    return {"paragraph": f"p{number}", "source": f"{'abc'[number]}.txt", "text": TEXTS[number]}


def cite(number: int, paragraph: int, start: int = 0, end: int = 3, **quote: Any) -> dict[str, Any]:
    words = {"start": start, "end": end, "text": TEXTS[paragraph][start:end], **quote}
    return {"number": number, "paragraph": f"p{paragraph}", "quote": words}


def sentence(text: str, *citations: Any, support: str = "supported") -> dict[str, Any]:
    return {"text": text, "citations": list(citations), "support": support}


def answer(*sentences: Any, hits: tuple[int, ...] = (0, 1, 2)) -> dict[str, Any]:
    return {
        "abstained": not sentences,
        "sentences": list(sentences),
        "hits": [hit(number) for number in hits],
    }


def test_a_good_answer_by_hand() -> None:
    given = answer(
        sentence("新橋長 500 米", cite(2, 1, end=7)),
        sentence("Two lanes.", cite(1, 0), cite(3, 2), support="partial"),
    )
    assert measure(QUESTION, given, k=8) == {
        "recall@1": 0.0,
        "recall@5": 1.0,
        "recall@8": 1.0,
        "mrr": 1 / 2,
        "answer_contains_gold": 1.0,
        "citation_validity": 1.0,
        "citation_recall": 1.0,
        "citation_precision": 2 / 3,
        "supported": 1 / 2,
        "partial": 1 / 2,
        "unsupported": 0.0,
        "unknown": 0.0,
        "over_refusal": 0.0,
        "false_answer": None,
        "failed": 0.0,
    }


def test_an_abstention_on_an_answerable_question() -> None:
    values = measure(QUESTION, answer(hits=(1, 0)), k=5)
    assert {name: value for name, value in values.items() if value is not None} == {
        "recall@1": 1 / 2,
        "recall@5": 1 / 2,
        "mrr": 1.0,
        "answer_contains_gold": 0.0,
        "citation_recall": 0.0,
        "over_refusal": 1.0,
        "failed": 0.0,
    }


def test_an_unanswerable_question() -> None:
    kept = {"false_answer": 0.0, "failed": 0.0}
    values = measure(UNANSWERABLE, answer(), k=8)
    assert {name: value for name, value in values.items() if value is not None} == kept
    values = measure(UNANSWERABLE, answer(sentence("某人。", cite(1, 0))), k=8)
    assert values["false_answer"] == 1.0
    assert values["citation_validity"] == 1.0
    assert values["citation_precision"] is None
    assert values["over_refusal"] is None


def test_a_failed_question_counts_as_nothing_found_and_nothing_answered() -> None:
    values = measure(QUESTION, {"question": "…", "error": "the model stopped"}, k=8)
    assert list(values) == list(METRICS)
    assert {name: value for name, value in values.items() if value is not None} == {
        "recall@1": 0.0,
        "recall@5": 0.0,
        "recall@8": 0.0,
        "mrr": 0.0,
        "answer_contains_gold": 0.0,
        "citation_recall": 0.0,
        "failed": 1.0,
    }


def test_the_source_of_a_hit_must_agree() -> None:
    given = answer()
    given["hits"][1]["source"] = "z.txt"
    assert recall(QUESTION, given, 8) == 1 / 2
    assert reciprocal_rank(QUESTION, given) == 1 / 3


@pytest.mark.parametrize(
    ("citation", "valid"),
    [
        (cite(2, 1), 1.0),
        (cite(1, 1), 0.0),  # the number of another passage
        (cite(4, 1), 0.0),  # a number that no passage has
        (cite(0, 2), 0.0),
        (cite(2, 1, text="新桥 "), 0.0),  # folded alike is not verbatim
        (cite(2, 1, start=1, end=4, text="新橋 "), 0.0),  # another place
        (cite(2, 1, start=3, end=3), 0.0),  # no words at all
        (cite(2, 1, start=-3, end=-1), 0.0),
    ],
)
def test_citation_validity(citation: dict[str, Any], valid: float) -> None:
    assert citation_validity(answer(sentence("新橋。", citation))) == valid


def test_a_marker_left_in_a_sentence_is_no_valid_citation() -> None:
    assert citation_validity(answer(sentence("新橋[2]，[2024年]。", cite(2, 1)))) == 1 / 2
    assert citation_validity(answer(sentence("新橋【9】。"))) == 0.0
    assert citation_validity(answer(sentence("新橋。"))) is None


def test_a_paragraph_printed_again_is_found_under_either_source() -> None:
    shown = {**hit(1), "source": "evening.txt"}
    morning = {"paragraph": "p9", "article": "a9", "source": "b.txt"}
    other = {**morning, "source": "a.txt"}
    given = answer(hits=())
    for also_in, found in ([morning], 0.5), ([other, morning], 0.5), ([other], 0.0), ([], 0.0):
        given["hits"] = [{**shown, "also_in": also_in}]
        assert recall(QUESTION, given, 1) == found
        assert reciprocal_rank(QUESTION, given) == (1.0 if found else 0.0)
    # the words have to be those that are shown
    given["hits"] = [{**shown, "text": "新橋長600米。", "also_in": [morning]}]
    assert recall(QUESTION, given, 1) == 0.0


def test_an_invalid_citation_proves_nothing() -> None:
    given = answer(sentence("新橋。", cite(4, 1), cite(3, 2)))
    assert citation_recall(QUESTION, given) == 1 / 2
    assert citation_precision(QUESTION, given) == 1 / 2


def test_support_shares() -> None:
    given = answer(*(sentence("x", support=s) for s in ("unknown", "unsupported", "unknown", "a")))
    assert support_share(given, "unknown") == 1 / 2
    assert support_share(given, "unsupported") == 1 / 4
    assert support_share(answer(), "unknown") is None


@pytest.mark.parametrize(
    ("text", "alternative", "found"),
    [
        ("改造廚房共花費2,860萬元", "2860万元", True),
        ("共 2860 万元", "2,860万元", True),
        ("１４台机器人", "14台", True),
        ("114台机器人", "14台", False),
        ("11月2日", "1月2日", False),
        ("longueur 1 860 m", "1,860 m", True),
        ("In 2031 400 came", "400", True),
        ("27.5公里", "27", False),
        ("27.5公里", "5公里", False),
        ("It was 27.", "27", True),
        ("The MAIN  cables are sound.", "main cables", True),
        ("The maincables", "main cables", True),
        ("Nothing", "main cables", False),
    ],
)
def test_contains(text: str, alternative: str, found: bool) -> None:
    assert contains(text, alternative) is found


def test_an_answer_is_not_put_together_from_two_sentences() -> None:
    given = answer(sentence("Two"), sentence("lanes; 500米"))
    assert measure(QUESTION, given, k=8)["answer_contains_gold"] == 0.0


def test_the_floor_takes_only_the_first_sentence_of_the_first_hit() -> None:
    question = Question("q", "?", "zh", "x", True, answers=(("有雨",),))
    assert first_sentence_contains_gold(question, answer()) == 1.0
    assert first_sentence_contains_gold(question, answer(hits=(1, 0))) == 0.0
    question = Question("q", "?", "zh", "x", True, answers=(("水位上涨",),))
    assert first_sentence_contains_gold(question, answer()) == 0.0
    assert first_sentence_contains_gold(question, {"error": "…"}) == 0.0
    assert first_sentence_contains_gold(UNANSWERABLE, answer()) is None


def test_estimates_leave_out_what_is_undefined_and_count_the_rest() -> None:
    assert estimate([]) == estimate([None, None]) == Estimate(0)
    assert estimate([1.0, None, 1.0]) == Estimate(2, 1.0, 1.0, 1.0)
    made = estimate([0.0, 1.0, None] * 50)
    assert (made.n, made.mean) == (100, 0.5)
    # the binomial's 2.5 % and 97.5 % points at n = 100, p = 1/2
    assert made.low == pytest.approx(0.40, abs=0.011)
    assert made.high == pytest.approx(0.60, abs=0.011)
    assert made == estimate([0.0, 1.0, None] * 50)


def test_large_samples_are_resampled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [0.0, 1.0] * 10
    whole = estimate(values)
    monkeypatch.setattr("eval.statistics._AT_ONCE", RESAMPLES // 3 * len(values))
    parts = estimate(values)
    assert parts.low == pytest.approx(whole.low, abs=0.051)
    assert parts.high == pytest.approx(whole.high, abs=0.051)


def test_paired_difference_and_percentile() -> None:
    made = paired_difference([0.0, 1.0, None, 1.0], [1.0, 1.0, 1.0, None])
    assert (made.n, made.mean, made.low, made.high) == (2, 0.5, 0.0, 1.0)
    assert percentile([], 0.5) is None
    assert percentile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([0.0, 100.0], 0.95) == pytest.approx(95.0)
