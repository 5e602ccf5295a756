"""Learning the weights of the page reader (index/newspaper/weights.json) from damaged pages.

Three decisions are learnt, each on what the ones before it make of a page: what every line does
(a linear-chain conditional random field), which flow continues one that breaks off (a
conditional logit), and whether an article begins with a headline, or a text without one
(logistic regressions).
"""

import json
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from eval.bench.damage import DamagedPage
from eval.bench.pages import PageSource, damaged_pages
from eval.bench.pages_clean import read_clean
from eval.bench.pages_papers import paper_pages
from index.newspaper import articles, bare, borders, evidence, links
from index.newspaper.flows import Flow, Topics
from index.newspaper.gather import flows_of
from index.newspaper.labels import Label
from index.newspaper.lines import Line
from index.newspaper.page import Role
from index.newspaper.prepare import Prepared, lines_of, prepare
from index.newspaper.weights import forget

Example = tuple[NDArray[np.float32], bool]

_HEADLINES = {Role.TITLE, Role.KICKER, Role.SUBTITLE, Role.HEADING, Role.MASTHEAD}
_UNKNOWN = -1  # a line whose label the truth does not tell
_DECAY = 1e-4  # of squared weights
_FAR = 1e4  # nats against what the truth rules out


def fit_pages(pages: Sequence[DamagedPage], out: Path) -> Iterator[str]:
    """Learn all weights, write them to `out`; yields a line after each decision.

    Later decisions use the weights of earlier ones, so `out` is the file that the page reader
    reads.
    """
    torch.set_num_threads(1)
    learnt: dict[str, Any] = {}
    for name, learn in (("labels", _labels), ("links", _links), ("heads", _heads)):
        for decision, weights in learn(pages).items():
            learnt[decision] = weights
        _write(learnt, out)
        forget()
        yield f"{name}: learnt from {len(pages)} pages"


def pages_to_learn(files: Sequence[Path], pages: int, papers: int, seed: int) -> list[DamagedPage]:
    """Pages of short items and pages of long articles, from the articles that are not unseen.

    Raises:
        InputError: files cannot be read, or hold no usable article.
    """
    clean = read_clean(files, "dev")
    made = chain(
        damaged_pages(clean, PageSource(files, "dev", pages, seed)),
        paper_pages(clean, papers, seed),
    )
    return list(tqdm(made, total=pages + papers, unit="page", disable=None, leave=False))


def _write(learnt: dict[str, Any], out: Path) -> None:
    before = json.loads(out.read_text("utf-8")) if out.exists() else {}
    rows = sorted({**before, **learnt}.items())
    lines = [f" {json.dumps(name)}: {json.dumps(weights)}" for name, weights in rows]
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _weights(features: Sequence[str], values: Tensor) -> dict[str, Any]:
    rounded = np.round(values.detach().numpy().astype(float), 3)
    return {"features": list(features), "weights": rounded.tolist()}


def _followers(page: DamagedPage) -> dict[int, int]:
    """For each printed character the next one of its paragraph or headline, by raw offset."""
    return {a: b for unit in page.truth.units for a, b in pairwise(unit.offsets)}


def _last(line: Line, raw: str) -> int:
    """Raw offset of the last character of a line."""
    return max(at for at in range(line.start, line.end) if not raw[at].isspace())


# What every line does


def _labels(pages: Sequence[DamagedPage]) -> dict[str, Any]:
    examples = [example for page in pages if (example := _labelled(page)) is not None]
    examples.sort(key=lambda example: len(example[1]))
    batches = [_padded(examples[i : i + 64]) for i in range(0, len(examples), 64)]
    seam = torch.zeros(2, len(Label), len(evidence.FEATURES), requires_grad=True)
    change = torch.zeros(len(Label), len(Label), requires_grad=True)

    def loss(batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        value = _field_loss(batch, seam, change) / batch[2].sum()
        return value + _DECAY * ((seam**2).sum() + (change**2).sum())

    _descend([seam, change], batches, loss, epochs=25)
    return {
        "labels": _weights(evidence.FEATURES, seam),
        "changes": _weights([label.name for label in Label], change),
    }


def _labelled(page: DamagedPage) -> tuple[NDArray[np.float32], list[int]] | None:
    """The features and the true labels of the lines of a page."""
    prepared = prepare(lines_of(page.raw))
    if len(prepared.text) < 2:
        return None
    return prepared.features(), list(_true_labels(page, prepared))


def _true_labels(page: DamagedPage, prepared: Prepared) -> Iterator[int]:
    units = {at: unit for unit in page.truth.units for at in unit.offsets}
    before = {b: a for a, b in _followers(page).items()}
    last = None
    for line in prepared.text:
        unit = units.get(line.start)
        previous = before.get(line.start)
        joined = previous is not None and previous == last
        last = _last(line, page.raw)
        if unit is None or (unit.role is not Role.BODY and unit.role not in _HEADLINES):
            yield _UNKNOWN
        elif unit.role in _HEADLINES:
            yield Label.HEAD_ON if joined else Label.HEAD
        elif previous is None:
            yield Label.BEGIN
        else:
            yield Label.CONTINUE if joined else Label.RESUME


def _padded(
    examples: Sequence[tuple[NDArray[np.float32], list[int]]],
) -> tuple[Tensor, Tensor, Tensor]:
    """Features (pages, lines, features), labels, and which lines there are."""
    longest = max(len(own) for _, own in examples)
    features = torch.zeros(len(examples), longest, len(evidence.FEATURES))
    truth = torch.full((len(examples), longest), _UNKNOWN)
    there = torch.zeros(len(examples), longest, dtype=torch.bool)
    for row, (values, own) in enumerate(examples):
        features[row, : len(own)] = torch.from_numpy(values)
        truth[row, : len(own)] = torch.tensor(own)
        there[row, : len(own)] = True
    return features, truth, there


def _field_loss(batch: tuple[Tensor, Tensor, Tensor], seam: Tensor, change: Tensor) -> Tensor:
    """Negative log-likelihood of the true labels, by the forward algorithm."""
    features, truth, there = batch
    scores = torch.einsum("bnf,klf->bnkl", features, seam)
    head = torch.tensor([0, 0, 0, 1, 1])
    steps = scores[:, :, head, :] + change
    names = torch.arange(len(Label))
    allowed = torch.where(
        (truth[:, :, None] < 0) | (names == truth[:, :, None]), torch.zeros(()), -_FAR
    )
    every = scores[:, 0, 0]
    right = every + allowed[:, 0]
    for i in range(1, features.shape[1]):
        here = there[:, i, None]
        every = torch.where(here, torch.logsumexp(every[:, :, None] + steps[:, i], 1), every)
        onward = torch.logsumexp(right[:, :, None] + steps[:, i], 1) + allowed[:, i]
        right = torch.where(here, onward, right)
    return (torch.logsumexp(every, 1) - torch.logsumexp(right, 1)).sum()


# Which flow continues which


def _links(pages: Sequence[DamagedPage]) -> dict[str, Any]:
    examples = [example for page in pages if (example := _linked(page)) is not None]
    weights = torch.zeros(len(links.FEATURES), requires_grad=True)

    def loss(example: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        features, possible, truth = example
        scores = (features @ weights).masked_fill(~possible, -_FAR)
        value = _choice_loss(scores, truth) + _choice_loss(scores.T, truth.T)
        return value / sum(scores.shape) + _DECAY * (weights**2).sum()

    _descend([weights], examples, loss, epochs=30)
    return {"links": _weights(links.FEATURES, weights)}


def _linked(page: DamagedPage) -> tuple[Tensor, Tensor, Tensor] | None:
    """The features of all pairs of ends and beginnings, which are possible, which are true."""
    flows, _, prepared = _flows(page)
    if not flows:
        return None
    ends, starts, features = links.candidates(flows, prepared.seams, _topics(flows))
    if not ends or not starts:
        return None
    following = _followers(page)
    goes_on = [following.get(_last(flows[end].last, page.raw)) for end in ends]
    truth = [[after == flows[start].first.start for start in starts] for after in goes_on]
    possible = ~torch.from_numpy(np.equal.outer(ends, starts))
    return torch.from_numpy(features), possible, torch.tensor(truth) & possible


def _choice_loss(scores: Tensor, truth: Tensor) -> Tensor:
    """Each row chooses one column, or none of them at a score of 0."""
    none = torch.zeros(len(scores), 1)
    every = torch.logsumexp(torch.cat([scores, none], 1), 1)
    right = torch.where(
        truth.any(1), scores.masked_fill(~truth, -_FAR).amax(1), torch.zeros(len(scores))
    )
    return (every - right).sum()


# Whether a headline begins an article


def _heads(pages: Sequence[DamagedPage]) -> dict[str, Any]:
    headed, unheaded = zip(*map(_beginnings, pages), strict=True)
    return {
        "heads": _weights(borders.FEATURES, _regression(list(chain(*headed)))),
        "bare": _weights(bare.FEATURES, _regression(list(chain(*unheaded)))),
    }


def _regression(found: Sequence[Example]) -> Tensor:
    """The weights of a logistic regression."""
    features = torch.from_numpy(np.array([row for row, _ in found]))
    begins = torch.tensor([float(starts) for _, starts in found])
    weights = torch.zeros(features.shape[1], requires_grad=True)

    def loss(example: tuple[Tensor, Tensor]) -> Tensor:
        value = torch.nn.functional.binary_cross_entropy_with_logits(example[0] @ weights, begins)
        return value + 1e-4 * (weights**2).sum()

    _descend([weights], [(features, begins)], loss, epochs=1500)
    return weights


def _beginnings(page: DamagedPage) -> tuple[list[Example], list[Example]]:
    """The features of every text with a headline before it, and whether an article begins there;
    the same of every text without one.
    """
    flows, groups, prepared = _flows(page)
    if not flows:
        return [], []
    topics = _topics(flows)
    links.link(flows, prepared.seams, topics)
    chains = articles.chains_of(flows)
    before = {group.after: group for group in groups if group.after is not None}
    own = topics.merged([chain.flows for chain in chains])
    starts = {
        next(at for unit in units for at in unit.offsets)
        for number in range(len(page.truth.dates))
        if (units := page.truth.of(number, Role.BODY))
    }
    habits = articles.habits_of(chains, before, own)
    headed, features = articles.candidates(chains, before, own, habits)
    unheaded, others = bare.candidates(chains, before, own, habits)
    firsts = [chains[place].flows[0] for place in unheaded]
    return (
        [(row, flows[i].first.start in starts) for i, row in zip(headed, features, strict=True)],
        [(row, flows[i].first.start in starts) for i, row in zip(firsts, others, strict=True)],
    )


def _flows(page: DamagedPage) -> tuple[list[Flow], list[borders.Group], Prepared]:
    prepared = prepare(lines_of(page.raw))
    if not prepared.text:
        return [], [], prepared
    flows, groups, _ = flows_of(prepared)
    return flows, groups, prepared


def _topics(flows: Sequence[Flow]) -> Topics:
    return Topics.of([flow.text for flow in flows])


def _descend(parameters: list[Tensor], examples: Sequence[Any], loss: Any, *, epochs: int) -> None:
    """Adam with a rate that falls to nothing; the order of the examples is drawn by number."""
    rate = 0.05
    optimiser = torch.optim.Adam(parameters, lr=rate)
    for epoch in range(epochs):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - epoch / epochs) + 0.001
        for i in np.random.RandomState(epoch).permutation(len(examples)):
            optimiser.zero_grad()
            loss(examples[i]).backward()
            optimiser.step()
