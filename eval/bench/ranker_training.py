"""Training the ranker: one network, or several whose scores are averaged."""

import math
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from eval.bench.ranker_cases import Case, clipped, read_cases, switched
from eval.bench.ranker_net import Example, Net, example, loss
from rag.ranker import Ranker
from rag.ranker_pieces import PieceTable, bundled_pieces

SEEDS = (1, 2)  # one network each
DRAWN = 28_000  # questions of each set, some twice where it has fewer
PROJECTED, HIDDEN, DROP = 48, 48, 0.2
BATCH = 32  # questions
RATE, DECAY = 2.5e-3, 1e-3
WARM = 2_000  # questions until the full rate is reached
OTHERS = 0.25  # share of the questions that see a paragraph without the answer, too
SWITCHED = 0.2  # … that are asked in another language, word by word
CLIP = 1.0  # of the gradient
_TOLD = 10_000  # questions between two lines


def train(
    files: Sequence[Path], out: Path, drawn: int = DRAWN, seeds: Sequence[int] = SEEDS
) -> Iterator[str]:
    """Train on SQuAD-style files and write the weights (float16); lines on the way.

    `drawn` questions of each set are learnt from; parts of a set (`name_0000`, `name_0001` …) are
    one. One paragraph in twelve is held out to measure on. The same files give the same weights
    on one machine with one thread (OMP_NUM_THREADS=1).

    Raises:
        InputError: a file cannot be read.
    """
    sets, held = read_cases(files, drawn)
    pool = [case for cases in sets for case in islice(cycle(cases), drawn)]
    table = bundled_pieces()
    weights: dict[str, NDArray[np.floating[Any]]] = {}
    for number, seed in enumerate(seeds):
        net = Net(table.dimensions, PROJECTED, HIDDEN, DROP)
        yield from _learn(net, pool, table, seed)
        state = net.state_dict().items()
        weights |= {f"{number}.{name}": v.numpy().astype(np.float16) for name, v in state}
    ranker = Ranker(weights, table)
    right = [_is_right(ranker, case) for case in held]
    yield f"# {len(pool)} questions learnt from, right on {len(held)} others: {np.mean(right):.3f}"
    save_file(weights, out)


def _learn(net: Net, pool: Sequence[Case], table: PieceTable, seed: int) -> Iterator[str]:
    rng = np.random.RandomState(seed)
    torch.manual_seed(seed)
    for module in net.modules():  # the weights that it was made with came before the seed
        if isinstance(module, torch.nn.Linear | torch.nn.Conv1d):
            module.reset_parameters()
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    order = rng.permutation(len(pool))
    losses: list[float] = []
    net.train()
    for start in range(0, len(order), BATCH):
        share = 0.5 + 0.5 * math.cos(math.pi * start / len(order))
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, start / WARM) * share
        batch = [_varied(pool[i], table, rng) for i in order[start : start + BATCH]]
        scores = net(batch)
        value = torch.stack([loss(s, case) for s, case in zip(scores, batch, strict=True)]).mean()
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), CLIP)
        optimiser.step()
        losses.append(value.item())
        if start // _TOLD != (start + BATCH) // _TOLD:
            yield f"# {start + BATCH} questions, loss {np.mean(losses[-_TOLD // BATCH :]):.3f}"


def _varied(case: Case, table: PieceTable, rng: np.random.RandomState) -> Example:
    """A case as the network sees it this time."""
    passages = [clipped(case.passage, rng)]
    if case.others and rng.rand() < OTHERS:
        passages.append(clipped(case.others[rng.randint(len(case.others))], rng))
    asked = switched(case.asked, rng) if rng.rand() < SWITCHED else case.asked
    return example(asked, passages, table)


def _is_right(ranker: Ranker, case: Case) -> bool:
    scores = ranker.scores_of_pieces(case.asked, [case.passage.sentences])
    return bool(case.passage.right[np.argmax(scores)])
