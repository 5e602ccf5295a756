from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.metrics import Row
from eval.metrics.alce import (
    citation_precision,
    citation_recall,
    undecided_citations,
    undecided_sentences,
)
from eval.metrics.citations import (
    citation_coverage,
    citation_validity,
    gold_citation_precision,
    gold_citation_recall,
)
from eval.metrics.rows import Hit
from rag.answer import Verdict
from tests.eval.metrics.made import QUESTION, UNANSWERABLE, cite, hit, row, said, sentence


@pytest.mark.parametrize(
    ("citation", "valid"),
    [
        (cite(2, 1), 1.0),
        (cite(1, 1), 0.0),  # the number of another passage
        (cite(4, 1), 0.0),  # a number that no passage has
        (cite(0, 2), 0.0),
        (cite(-1, 1), 0.0),
        (cite(10**400, 1), 0.0),
        (cite(2, 1, text="新桥 "), 0.0),  # folded alike is not verbatim
        (cite(2, 1, start=1, end=4, text="新橋 "), 0.0),  # another place
        (cite(2, 1, start=3, end=3), 0.0),  # no words at all
        (cite(2, 1, start=-3, end=-1), 0.0),
    ],
)
def test_citation_validity(citation: dict[str, Any], valid: float) -> None:
    shown = row(sentence("新橋。", citation))
    assert citation_validity(shown) == valid
    assert citation_coverage(shown) == valid


def test_a_marker_left_in_a_sentence_is_no_valid_citation() -> None:
    assert citation_validity(row(sentence("新橋[2]，[2024年]。", cite(2, 1)))) == 1 / 2
    assert citation_validity(said("新橋【9】。")) == 0.0
    assert citation_validity(said("新橋。")) is None
    assert citation_validity(row()) is None


def test_coverage_is_of_factual_sentences() -> None:
    good, bad = cite(2, 1), cite(4, 1)
    shown = row(
        sentence("新橋長500米。", bad, good),
        sentence("两条车道。", bad),
        sentence("还有别的吗？"),
        sentence("——"),
        sentence("Two lanes.", good),
    )
    assert citation_coverage(shown) == 2 / 3
    assert citation_coverage(said("还有别的吗？", "…")) is None
    assert citation_coverage(row()) is None


def test_gold_citations() -> None:
    shown = row(sentence("新橋。", cite(4, 1), cite(3, 2)))  # an invalid citation proves nothing
    assert gold_citation_recall(QUESTION, shown) == 1 / 2
    assert gold_citation_precision(QUESTION, shown) == 1 / 2
    assert gold_citation_recall(QUESTION, row()) == 0.0
    assert gold_citation_precision(QUESTION, row()) is None
    assert gold_citation_recall(UNANSWERABLE, shown) is None
    assert gold_citation_precision(UNANSWERABLE, shown) is None


class Table:
    """Verdicts by sentence and the paragraphs that are compared with it."""

    def __init__(self, verdicts: dict[tuple[str, frozenset[str]], Verdict]) -> None:
        self._verdicts = verdicts

    def __call__(self, text: str, hits: tuple[Hit, ...]) -> Verdict:
        paragraphs = frozenset(hit.paragraph for hit in hits)
        return self._verdicts.get((text, paragraphs), "unsupported")


def of(**verdicts: Verdict) -> Table:
    """`s_12="supported"`: what paragraphs p1 and p2 together say of sentence s."""
    made: dict[tuple[str, frozenset[str]], Verdict] = {}
    for name, verdict in verdicts.items():
        text, _, numbers = name.partition("_")
        made[text, frozenset(f"p{number}" for number in numbers)] = verdict
    return Table(made)


def test_alce_by_hand() -> None:
    shown = row(
        sentence("a", cite(1, 0), cite(2, 1)),  # both needed
        sentence("b", cite(1, 0), cite(2, 1)),  # the second is irrelevant
        sentence("c", cite(1, 0), cite(9, 1)),  # one invalid
        sentence("d", cite(3, 2)),  # no rule decides
        sentence("e"),
    )
    judge = of(a_01="supported", b_01="supported", b_0="supported", c_0="supported", d_2="unknown")
    assert citation_recall(shown, judge) == 2 / 5
    assert citation_precision(shown, judge) == 3 / 7
    assert undecided_sentences(shown, judge) == 1 / 5
    assert undecided_citations(shown, judge) == 1 / 7


def test_alce_of_answers_without_citations_and_of_abstentions() -> None:
    judge = of(a_="supported")
    assert citation_recall(said("a"), judge) == 0.0
    assert citation_precision(said("a"), judge) == 0.0
    assert undecided_citations(said("a"), judge) == 0.0
    for measure in (citation_recall, citation_precision, undecided_sentences, undecided_citations):
        assert measure(row(), judge) is None


def test_a_passage_cited_twice_is_one_citation() -> None:
    shown = row(sentence("a", cite(1, 0), cite(1, 0, start=2, end=4)), sentence("b", cite(1, 0)))
    assert citation_precision(shown, of(a_0="supported")) == 1 / 2


def test_partial_support_is_none() -> None:
    shown = row(sentence("a", cite(1, 0)))
    assert citation_recall(shown, of(a_0="partial")) == 0.0
    assert undecided_sentences(shown, of(a_0="partial")) == 0.0


def alce(cited: list[list[int]], entails: dict[tuple[int, frozenset[int]], bool]) -> Any:
    """ALCE's computation anew, in the order of its published evaluation: recall, precision.

    `cited` are the numbers of each sentence's references, negative where out of range; `entails`
    says what a set of references supports.
    """
    recalled = precise = total = 0
    for number, references in enumerate(cited):
        total += len(references)
        if not references or min(references) < 0:
            continue
        if not entails[number, frozenset(references)]:
            continue
        recalled += 1
        if len(references) == 1:
            precise += 1
            continue
        for reference in references:
            if entails[number, frozenset([reference])]:
                precise += 1
            else:
                others = frozenset(references) - {reference}
                precise += not entails[number, others]
    return recalled / len(cited), precise / total if total else 0.0


@settings(derandomize=True, deadline=None)
@given(data=st.data())
def test_alce_is_what_a_second_computation_gives(data: st.DataObject) -> None:
    cited = data.draw(
        st.lists(st.lists(st.sampled_from([0, 1, 2, -5]), unique=True), min_size=1, max_size=4)
    )
    subsets = [frozenset(s) for size in (1, 2, 3) for s in combinations(range(3), size)]
    entails = {(n, s): data.draw(st.booleans()) for n in range(len(cited)) for s in subsets}
    shown: Row = row(
        *(
            sentence(f"s{number}", *(cite(r + 1, max(r, 0)) for r in references))
            for number, references in enumerate(cited)
        ),
        hits=[hit(number) for number in range(3)],
    )
    judge = Table(
        {
            (f"s{n}", frozenset(f"p{r}" for r in s)): "supported" if yes else "partial"
            for (n, s), yes in entails.items()
        }
    )
    recall, precision = alce(cited, entails)
    assert citation_recall(shown, judge) == pytest.approx(recall, abs=1e-9)
    assert citation_precision(shown, judge) == pytest.approx(precision, abs=1e-9)
