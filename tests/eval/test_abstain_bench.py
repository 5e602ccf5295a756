import re
from pathlib import Path

import numpy as np
import pytest

from eval.bench.abstain import auroc, calibration_error
from eval.bench.abstain_curve import Curve, curves_svg, write_report
from eval.bench.twins import cases, without
from index.build import build
from index.store import Store
from rag.retriever import Retriever
from tests.conftest import SAMPLE, HashEmbedder

TEA = "tea-auction.md"


@pytest.fixture
def curve() -> Curve:
    return Curve("a <set>", np.array([0.9, 0.7, 0.7, 0.2]), np.array([1.0, 1.0, 0.0, 0.0]))


def test_auroc_counts_pairs_and_half_of_ties() -> None:
    scores, labels = np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert auroc(scores, labels) == pytest.approx((2 + 1.5) / 4)


def test_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    scores, labels = np.array([0.15, 0.15, 0.95, 1.0]), np.array([0.0, 1.0, 1.0, 1.0])
    assert calibration_error(scores, labels) == pytest.approx(0.5 * 0.35 + 0.5 * 0.025)


def test_a_curve_answers_ties_together(curve: Curve) -> None:
    good, bad = curve.trade()
    assert good.tolist() == [0.0, 0.5, 1.0, 1.0]
    assert bad.tolist() == [0.0, 0.0, 0.5, 1.0]


def test_reliability_has_the_share_of_answerable_ones_by_evidence(curve: Curve) -> None:
    assert curve.reliability() == [
        (pytest.approx(0.2), 0.0, 1),
        (pytest.approx(0.7), 0.5, 2),
        (pytest.approx(0.9), 1.0, 1),
    ]


def test_each_curve_of_the_report_has_a_colour_of_its_own(curve: Curve) -> None:
    # Two public sets, two ways of asking over the samples, and the real pages.
    drawn = curves_svg([curve] * 5)
    used = [re.search(rf"\.c{number} {{ stroke: (#\w+)", drawn) for number in range(5)]
    assert len({colour[1] for colour in used if colour}) == 5
    assert all(drawn.count(f'class="line c{number}"') == 3 for number in range(5))


def test_the_report_names_its_sets_and_figures(curve: Curve, tmp_path: Path) -> None:
    write_report([{"set": "a", "AUROC": 0.5}], [curve], tmp_path / "out")
    page = (tmp_path / "out" / "abstain.md").read_text("utf-8")
    assert "| set | AUROC |" in page
    assert "| a | 0.500 |" in page
    assert "a &lt;set&gt;" in (tmp_path / "out" / "abstain.svg").read_text("utf-8")
    assert curves_svg([curve]).count('class="line c0"') == 3  # two plots and the legend


def test_a_twins_store_is_like_one_built_without_the_article(
    embedder: HashEmbedder, tmp_path: Path
) -> None:
    files = sorted(SAMPLE.glob("*.md"))[:16]  # so few that all of them stand for the store
    build(files, tmp_path / "whole", embedder)
    build(files[1:], tmp_path / "store", embedder)
    whole = Store(tmp_path / "whole").current()
    name = files[0].name
    own = [article.id for article in whole.articles() if article.source == name]
    rebuilt = Retriever(tmp_path / "store", embedder=embedder)
    taken = Retriever(tmp_path / "whole", embedder=embedder)
    question = "桥上一次能过多少人？"
    twin = without(whole, own)
    there = rebuilt.search(question, k=8)
    assert [hit.paragraph.text for hit in taken.search(question, k=8, generation=twin)] == [
        hit.paragraph.text for hit in there
    ]
    words = ["桥", "大", name]
    assert twin.lexical.idf(words) == rebuilt.store.current().lexical.idf(words)


def test_questions_and_their_twins(sample_store: Path, embedder: HashEmbedder) -> None:
    retriever = Retriever(sample_store, embedder=embedder)
    article = retriever.store.current().articles()[0]
    asked = [(article.title, [article.id]), ("火星上有几家面馆？", [])]
    found = list(cases(retriever, asked))
    told = [(case.answerable, case.found, case.twin) for case in found]
    assert told == [(True, True, False), (False, False, True), (False, False, False)]
    assert found[0].held == found[1].held
