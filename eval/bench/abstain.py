"""Abstention: is the evidence for answerable questions told from that for unanswerable ones?

Each question is asked twice: of a store that has its paragraph, and of the same store without it
(see `eval.bench.twins`). Half of a set's questions, by the hash of their words, are reported; the
other half gives the threshold at which 85 % of the answerable ones are answered.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bench.abstain_curve import Curve, write_report
from eval.bench.distractors import read_passages
from eval.bench.pages_questions import covers, load_questions
from eval.bench.pools import Pool, pool_of, same_text
from eval.bench.real_pages import real_pages
from eval.bench.retrieval import retriever_over, translations
from eval.bench.squad import QuestionSet, read_sets
from eval.bench.twins import Case, cases
from eval.sets import read_set
from index.article import Span
from index.build import build
from index.embedder import Embedder, load_embedder
from index.generation import Generation
from rag.abstain import MODEL_THRESHOLD, QUOTE_THRESHOLD, evidence
from rag.retriever import Retriever

SAMPLE = Path("eval/sets/sample.jsonl"), Path("index/sample")
ANSWERED = 0.85  # share of the answerable questions that the third column of figures is about
_LIMIT = 500
_FEW = 400  # cases, questions and twins together
PLOTTED = (
    "cmrc2018_dev", "drcd_dev", "pages", "sample, unseen", "sample, unseen, one thing too many",
)  # fmt: skip
_SPLITS = ("tuned", "unseen")

Scores = NDArray[np.float64]
Row = dict[str, Any]
Asked = Sequence[tuple[str, Sequence[str]]]  # questions, with the articles they were asked of


@dataclass(frozen=True)
class Job:
    """What to measure: question sets of a folder, beside passages of news; real pages."""

    data: Path
    embedder: str | None
    limit: int | None
    distractors: Sequence[Path]
    most: int | None
    articles: Path | None
    only: Sequence[str] | None
    out: Path | None


def bench(job: Job) -> list[Row]:
    """A row for each set (and pair of languages), then the project's own questions.

    With `out` a report with curves is written into that folder.

    Raises:
        InputError: there is no question set, or a file cannot be read.
    """
    model = load_embedder(job.embedder)
    groups = [*_public(job, model), *_own(model, job.articles)]
    rows = [_row(group) for group in groups]
    if job.out is not None:
        curves = [Curve(g.name, *scored(g.reported)) for g in groups if _plotted(g.name)]
        write_report(rows, curves, job.out)
    return rows


def _plotted(name: str) -> bool:
    return name in PLOTTED or name.split(",")[0] in PLOTTED


def auroc(scores: Scores, labels: Scores) -> float:
    """Probability that an answerable case scores above an unanswerable one (Mann-Whitney U)."""
    good, bad = np.sort(scores[labels == 1]), scores[labels == 0]
    below = np.searchsorted(good, bad, side="left") + np.searchsorted(good, bad, side="right")
    return float(1 - below.mean() / (2 * len(good)))


def calibration_error(scores: Scores, labels: Scores, bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015): bins of equal width, weighted by size."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [
        abs(scores[place == b].mean() - labels[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def scored(found: Sequence[Case]) -> tuple[Scores, Scores]:
    """Evidence and labels (1 answerable, 0 not) of cases."""
    scores = [evidence(case.signals) if case.signals is not None else 0.0 for case in found]
    return np.array(scores), np.array([float(case.answerable) for case in found])


def _row(group: "_Group") -> Row:
    scores, labels = scored(group.reported)
    good, bad = scores[labels == 1], scores[labels == 0]
    told, told_labels = scored(group.told)
    threshold = float(np.quantile(told[told_labels == 1], 1 - ANSWERED))
    return {
        "set": group.name,
        "answerable": len(good),
        "unanswerable": len(bad),
        "found": float(np.mean([case.found for case in group.reported if case.answerable])),
        "AUROC": auroc(scores, labels),
        f"at {ANSWERED:.0%}: answered": float((good >= threshold).mean()),
        "though not": float((bad >= threshold).mean()),
        "quote: answered": float((good >= QUOTE_THRESHOLD).mean()),
        "quoted though not": float((bad >= QUOTE_THRESHOLD).mean()),
        "model: asked": float((good >= MODEL_THRESHOLD).mean()),
        "asked though not": float((bad >= MODEL_THRESHOLD).mean()),
        "calibration error": calibration_error(scores, labels),
    }


@dataclass(frozen=True)
class _Group:
    """Cases of a set. Of few there are no halves: all are reported, and tell the threshold."""

    name: str
    cases: Sequence[Case]

    @property
    def halves(self) -> bool:
        return len(self.cases) >= _FEW

    @property
    def reported(self) -> list[Case]:
        """Those to report on."""
        return [case for case in self.cases if case.held or not self.halves]

    @property
    def told(self) -> list[Case]:
        """Those that tell a threshold."""
        return [case for case in self.cases if not (case.held and self.halves)]


def _public(job: Job, model: Embedder) -> Iterator[_Group]:
    sets = read_sets(job.data)
    pools = {questions.name: pool_of(questions) for questions in sets}
    known = {same_text(text) for pool in pools.values() for text in pool.texts}
    passages = (p for p in read_passages(job.distractors, job.most) if same_text(p) not in known)
    beside = list(passages) if job.distractors else []
    for questions in sets:
        if job.only and questions.name not in job.only:
            continue
        pool = pools[questions.name]
        with retriever_over([*pool.texts, *beside], model) as retriever:
            for other in sets:
                if other is questions or translations(other, questions):
                    name = _name(other, questions, len(beside))
                    asked = _asked(pools[other.name], pool, job.limit or _LIMIT)
                    yield _Group(name, list(cases(retriever, asked)))


def _name(asked: QuestionSet, found: QuestionSet, beside: int) -> str:
    pair = found.name if asked is found else f"{asked.name} → {found.name}"
    return f"{pair}, {beside:,} others" if beside else pair


def _asked(questions: Pool, texts: Pool, limit: int) -> Asked:
    """Questions drawn from all of a set, and the articles that `retriever_over` makes of texts."""
    drawn = np.random.default_rng(0).permutation(len(questions.queries))[:limit]
    pairs = [(questions.queries[i].question, texts.queries[i].right) for i in drawn.tolist()]
    return [(question, [str(number) for number in right]) for question, right in pairs]


def _own(model: Embedder, articles: Path | None) -> Iterator[_Group]:
    """Our own questions: over the sample articles, and over real pages where there are some."""
    questions, folder = SAMPLE
    with _opened(folder, model) as retriever:
        for split in _SPLITS:
            asked = _sample_questions(questions, split, retriever.store.current())
            found = list(cases(retriever, asked))
            yield _Group(f"sample, {split}", [c for c in found if c.answerable or c.twin])
            too_much = [c for c in found if not c.twin]
            yield _Group(f"sample, {split}, one thing too many", too_much)
    if articles is not None:
        with _opened(articles, model) as retriever:
            asked = _page_questions(articles, retriever.store.current())
            yield _Group("pages", list(cases(retriever, asked)))


@contextmanager
def _opened(folder: Path, model: Embedder) -> Iterator[Retriever]:
    with TemporaryDirectory() as store:
        build([folder], Path(store), model)
        yield Retriever(store, embedder=model)


def _sample_questions(questions: Path, split: str, generation: Generation) -> Asked:
    """Questions of a split without history, with all articles of the sources of their evidence."""
    sources = {article.id: article.source for article in generation.articles()}
    asked = []
    for question in read_set(questions).questions:
        wanted = {evidence.source for evidence in question.evidence}
        if question.split == split and not question.history:
            asked.append((question.text, [id for id, s in sources.items() if s in wanted]))
    return asked


def _page_questions(articles: Path, generation: Generation) -> Asked:
    """Questions over real pages, with the articles that hold some of their answer.

    Questions without such an article (the page was read wrongly) are left out.
    """
    raws = {page.sha256: lines.raw for page, _, lines in real_pages(articles)}
    held = generation.paragraphs(generation.positions)
    by_id = {article.id: article for article in generation.articles()}
    asked = []
    for question in load_questions():
        raw = raws[question.file]
        own = {
            paragraph.article_id
            for paragraph, span in product(held, question.gold)
            if by_id[paragraph.article_id].raw == raw
            and covers(paragraph, Span(0, len(paragraph.text)), [span], raw)
        }
        if own:
            asked.append((question.question, sorted(own)))
    return asked
