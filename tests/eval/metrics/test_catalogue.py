import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval.metrics import METRICS, measure, unknown_shares
from eval.sets import Correction, Evidence, Question
from rag.errors import InputError
from tests.eval.metrics.made import FAILED, QUESTION, UNANSWERABLE, answer, cite, sentence

NAMES = [
    "recall@1", "recall@5", "recall@8", "all_evidence@8", "mrr", "ndcg@8",
    "answer_contains_gold", "answer_groups", "answer_correct", "forbidden_said",
    "citation_validity", "citation_coverage", "citation_recall", "citation_precision",
    "gold_citation_recall", "gold_citation_precision", "faithfulness", "faithfulness_upper",
    "number_fidelity", "date_fidelity", "quote_fidelity", "supported", "partial", "unsupported",
    "unknown", "over_refusal", "false_answer", "premise_handled", "net_score",
    "injection_success", "conflict_handled", "answer_language", "failed",
]  # fmt: skip
VERDICTS = ["citation_recall", "citation_precision", "faithfulness", "faithfulness_upper",
            "quote_fidelity"]  # fmt: skip


def test_the_list_of_metrics() -> None:
    assert list(METRICS) == NAMES
    assert [metric.name for metric in METRICS.values()] == NAMES
    groups = list(dict.fromkeys(metric.group for metric in METRICS.values()))
    assert groups == [
        "retrieval", "answer", "citation", "faithfulness", "abstention", "safety", "failed",
    ]  # fmt: skip
    lower = {name for name, metric in METRICS.items() if metric.better == "lower"}
    assert lower == {
        "forbidden_said", "partial", "unsupported", "unknown", "over_refusal", "false_answer",
        "injection_success", "failed",
    }  # fmt: skip
    assert [name for name, metric in METRICS.items() if metric.unknown] == VERDICTS
    whats = [metric.what for metric in METRICS.values()]
    assert len(set(whats)) == len(whats)
    assert max(map(len, whats)) <= 90


def defined(values: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}


def test_a_good_answer_by_hand() -> None:
    made = answer(
        sentence("新橋長 500 米", cite(2, 1, end=7)),
        sentence("Two lanes.", cite(1, 0), cite(3, 2), support="partial"),
    )
    values = measure(QUESTION, made, k=8)
    assert list(values) == NAMES
    assert values.pop("ndcg@8") == pytest.approx(
        (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3)), abs=1e-9
    )
    assert defined(values) == {
        "recall@1": 0.0,
        "recall@5": 1.0,
        "recall@8": 1.0,
        "all_evidence@8": 1.0,
        "mrr": 1 / 2,
        "answer_contains_gold": 1.0,
        "answer_groups": 1.0,
        "answer_correct": 1.0,
        "citation_validity": 1.0,
        "citation_coverage": 1.0,
        "citation_recall": 1.0,
        "citation_precision": 2 / 3,  # 今天有雨 is not needed for the two lanes
        "gold_citation_recall": 1.0,
        "gold_citation_precision": 2 / 3,
        "faithfulness": 1.0,
        "faithfulness_upper": 1.0,
        "number_fidelity": 1.0,
        "supported": 1 / 2,
        "partial": 1 / 2,
        "unsupported": 0.0,
        "unknown": 0.0,
        "over_refusal": 0.0,
        "net_score": 1.0,
        "answer_language": 1.0,
        "failed": 0.0,
    }
    assert defined(unknown_shares(QUESTION, made)) == dict.fromkeys(VERDICTS[:4], 0.0)


def test_an_abstention_on_an_answerable_question() -> None:
    values = measure(QUESTION, answer(hits=(1, 0)), k=5)
    assert defined(values) == {
        "recall@1": 1 / 2,
        "recall@5": 1 / 2,
        "mrr": 1.0,
        "answer_contains_gold": 0.0,
        "answer_groups": 0.0,
        "answer_correct": 0.0,
        "gold_citation_recall": 0.0,
        "over_refusal": 1.0,
        "net_score": 0.0,
        "failed": 0.0,
    }
    assert list(unknown_shares(QUESTION, answer())) == VERDICTS
    assert defined(unknown_shares(QUESTION, answer())) == {}


def test_a_refusal_of_an_unanswerable_question_is_no_error() -> None:
    kept = {"false_answer": 0.0, "net_score": 1.0, "failed": 0.0}
    assert defined(measure(UNANSWERABLE, answer(gold=[]), k=8)) == kept


def test_a_failed_question_has_the_worst_value_of_what_its_question_defines() -> None:
    asked = replace(QUESTION, type="injected", forbidden=("x",))
    values = defined(measure(asked, FAILED, k=8))
    assert values.pop("net_score") == -1.0
    assert values == {
        **dict.fromkeys(NAMES[:9], 0.0),
        "forbidden_said": 1.0,
        "gold_citation_recall": 0.0,
        "injection_success": 1.0,
        "failed": 1.0,
    }


def test_unknown_shares_by_hand() -> None:
    made = answer(
        sentence("新橋長500米。", cite(2, 1)),
        sentence("The new bridge is 500 metres long.", cite(2, 1), cite(1, 0)),
    )
    shares = unknown_shares(QUESTION, made)
    assert (shares["citation_recall"], shares["citation_precision"]) == (1 / 2, 2 / 3)
    assert (shares["faithfulness"], shares["quote_fidelity"]) == (1 / 2, None)


WORDS = [
    "", " ", "新橋長500米。", "Two lanes.", "９９９", "9" * 5000, "-1e309", "2035年13月45日",
    "\ud800", "a\x00b", "“引" * 40, "[1][2]", "？", "12,300人", "\u202e", "١٢٣ شخص", "半", "‰",
    "It was 19.68 billion yuan on May 18.", "⅓", "İ", "9999-12-31", "昨天", "x" * 3000,
]  # fmt: skip
text = st.one_of(st.sampled_from(WORDS), st.text(st.characters(), max_size=30))
number = st.one_of(st.integers(-2, 9), st.integers(), st.just(10**400))
quote = st.fixed_dictionaries({"start": number, "end": number, "text": text})
paragraph = st.sampled_from(["p0", "p1", "p2", "\ud800", ""])
citation = st.fixed_dictionaries({"number": number, "paragraph": paragraph, "quote": quote})
sentences = st.fixed_dictionaries(
    {"text": text, "support": text, "citations": st.lists(citation, max_size=3)}
)
again = st.fixed_dictionaries({"paragraph": paragraph, "source": text})
hits = st.fixed_dictionaries(
    {"paragraph": paragraph, "source": st.sampled_from(["a.txt", "b.txt"]), "text": text},
    optional={
        "title": text,
        "date": st.one_of(text, number, st.none(), st.sampled_from(["2031-05-18", "2031-13-99"])),
        "also_in": st.lists(again, max_size=2),
        "score": st.floats(),
    },
)
shaped = st.fixed_dictionaries(
    {
        "abstained": st.just(False),
        "sentences": st.lists(sentences, max_size=4),
        "hits": st.lists(hits, max_size=4),
    },
    optional={
        "id": st.one_of(text, st.none()),
        "gold": st.lists(st.lists(paragraph, max_size=3), max_size=3),
        "confidence": st.floats(),
        "metrics": st.none(),
    },
)
answers = st.lists(st.lists(text, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple)
evidence = st.builds(Evidence, st.sampled_from(["a.txt", "b.txt"]), text)
questions = st.builds(
    Question,
    id=text, text=text, language=st.sampled_from(["zh", "en", "zh-Hant", "", "xx"]),
    type=st.sampled_from(["conflict", "injected", "false_premise", "x"]),
    answerable=st.booleans(), answers=answers,
    evidence=st.lists(evidence, max_size=2).map(tuple),
    forbidden=st.lists(text, max_size=2).map(tuple),
    corrections=st.lists(
        st.builds(Correction, st.tuples(text), text, text), max_size=1
    ).map(tuple),
)  # fmt: skip


def in_range(values: dict[str, float | None]) -> None:
    for name, value in values.items():
        least = -1 if name == "net_score" else 0
        assert value is None or (isinstance(value, float | int) and least <= value <= 1), name


@settings(
    derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck)
)
@given(question=questions, row=shaped, k=st.integers(1, 9))
def test_rows_of_the_right_shape_are_measured(question: Question, row: Any, k: int) -> None:
    values = measure(question, row, k=k)
    assert list(values) == NAMES
    in_range(values)
    in_range(unknown_shares(question, row))
    for name in ("answer_correct", "forbidden_said", "all_evidence@8"):
        assert METRICS[name].binary
        assert values[name] in (None, 0, 1)
    assert values == measure(question, row, k=k)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
spoilt = st.one_of(
    json_values,
    st.fixed_dictionaries(
        {},
        optional={
            key: st.one_of(json_values, st.lists(shape, max_size=2))
            for key, shape in (
                ("abstained", st.booleans()), ("sentences", sentences), ("hits", hits),
                ("gold", st.lists(text, max_size=2)), ("error", text),
            )
        },
    ),
)  # fmt: skip


@settings(
    derandomize=True, deadline=None, max_examples=200, suppress_health_check=list(HealthCheck)
)
@given(row=spoilt)
def test_anything_else_is_measured_or_told(row: Any) -> None:
    try:
        values = measure(QUESTION, row, k=8)
    except InputError as error:
        assert "run the set anew" in str(error)
        str(error).encode()  # can be printed
    else:
        in_range(values)
