"""Pages for learning, and the weights that are learnt from them."""

import json
import shutil
from pathlib import Path

import pytest

from eval.bench.pages_clean import CleanArticle, read_clean
from eval.bench.pages_fit import fit_pages, pages_to_learn
from eval.bench.pages_papers import paper_pages
from index.newspaper import bare, borders, evidence, links, weights
from index.newspaper.labels import Label
from index.newspaper.page import Role

SAMPLE = Path(__file__).parents[2] / "index" / "sample"


@pytest.fixture(scope="module")
def clean() -> list[CleanArticle]:
    articles = [article for article in read_clean([SAMPLE]) if not article.latin]
    return articles * (1 + 12 // len(articles))


def test_papers_are_the_same_for_the_same_seed(clean: list[CleanArticle]) -> None:
    first, again, other = ([page.raw for page in paper_pages(clean, 3, seed)] for seed in (1, 1, 2))
    assert first == again != other


def test_papers_have_long_articles_with_crossheads_and_the_same_cues(
    clean: list[CleanArticle],
) -> None:
    pages = list(paper_pages(clean, 12, 3))
    titles = {article.title for article in clean}
    headings = [u for page in pages for u in page.truth.units if u.role is Role.HEADING]
    assert any(any(unit.text in title for title in titles) for unit in headings)
    for page in pages:
        placed = [offset for unit in page.truth.units for offset in unit.offsets]
        printed = [offset for offset, char in enumerate(page.raw) if not char.isspace()]
        assert sorted(placed) == printed


def test_learning_writes_weights_for_the_features_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "weights.json"
    shutil.copy(weights.FILE, out)
    monkeypatch.setattr(weights, "FILE", out)
    weights.forget()
    try:
        pages = pages_to_learn([SAMPLE], pages=6, papers=0, seed=1)
        said = list(fit_pages(pages, out))
    finally:
        monkeypatch.undo()
        weights.forget()
    assert said == [f"{name}: learnt from 6 pages" for name in ("labels", "links", "heads")]
    learnt = json.loads(out.read_text("utf-8"))
    assert learnt.keys() == {"bare", "changes", "heads", "labels", "links"}
    assert tuple(learnt["labels"]["features"]) == evidence.FEATURES
    assert tuple(learnt["links"]["features"]) == links.FEATURES
    assert tuple(learnt["heads"]["features"]) == borders.FEATURES
    assert tuple(learnt["bare"]["features"]) == bare.FEATURES
    # That a line follows an open one speaks for going on: the least that must be learnt.
    going_on = learnt["labels"]["weights"][0][Label.CONTINUE]
    assert going_on[evidence.FEATURES.index("seam open good")] > 0
