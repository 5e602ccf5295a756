"""Batches that the reader learns from: questions drawn, made windows, and padded."""

from dataclasses import dataclass

import numpy as np
import torch

from eval.bench.ranker_cases import Flags, Integers, Passage
from eval.bench.reader.net import Batch
from eval.bench.reader.sources import Sources
from rag.ranker_pieces import PieceTable
from rag.reader.inputs import PIECE, Window, window, windows

PLACES = 12_288  # of a batch, padding included
STEP = 64  # lengths are rounded up to a multiple
POOL = 1_024  # questions that are sorted by length together


@dataclass(frozen=True)
class Example:
    """A window and what is right in it, at each place."""

    window: Window
    right: Flags
    answers: Flags


def example(asked: Integers, passage: Passage, table: PieceTable) -> Example:
    """One question about one passage, of which the first window counts."""
    first, end = windows(asked, passage.sentences)[0]
    kept = passage.sentences[first:end]
    seen = window(asked, kept, table)
    sentence_right = np.append(passage.right[first:end], np.False_)  # the last is for no sentence
    is_piece = seen.kinds == PIECE
    right = sentence_right[seen.sentence_of] & is_piece
    answers = np.zeros(len(right), np.bool_)
    answers[is_piece] = passage.answers[: int(is_piece.sum())]
    return Example(seen, right, answers)


def batch_of(groups: list[list[Example]], count: int = 0) -> Batch:
    """Examples of some questions, padded to the longest, and with empty ones to `count`."""
    examples = [e for group in groups for e in group]
    longest = _padded(examples)
    count, size = max(count, len(examples)), examples[0].window.rows.shape[1]
    rows = np.zeros((count, longest, size), np.float32)
    kinds = np.full((count, longest), -1, np.int64)
    mark_of = np.zeros((count, longest), np.int64)
    right, answers = (np.zeros((count, longest), np.bool_) for _ in range(2))
    for i, e in enumerate(examples):
        places = len(e.right)
        rows[i, :places], kinds[i, :places] = e.window.rows, e.window.kinds
        right[i, :places], answers[i, :places] = e.right, e.answers
        marks = np.append(e.window.marks, 0)
        mark_of[i, :places] = marks[e.window.sentence_of]
    group = np.full(count, len(groups), np.int64)  # of the empty ones
    group[: len(examples)] = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    others = map(torch.from_numpy, (kinds >= 0, kinds, mark_of, right, answers, group))
    return Batch(torch.from_numpy(rows).bfloat16(), *others)


def batches(sources: Sources, rng: np.random.RandomState, made: float) -> list[Batch]:
    """Some hundred questions in batches of like lengths, in random order."""
    groups = []
    for _ in range(POOL):
        asked, passages = sources.draw(rng, made)
        group = [example(asked, passage, sources.table) for passage in passages]
        if group[0].right.any():
            groups.append(group)
    groups.sort(key=lambda g: max(len(e.right) for e in g))
    found: list[list[list[Example]]] = [[]]
    for group in groups:
        longest = _padded(group)
        if found[-1] and longest * (sum(map(len, found[-1])) + len(group)) > PLACES:
            found.append([])
        found[-1].append(group)
    return [_full(found[i]) for i in rng.permutation(len(found))]


def _full(groups: list[list[Example]]) -> Batch:
    """Batches of one length have one size: each new size costs torch a fresh plan."""
    longest = _padded([e for g in groups for e in g])
    return batch_of(groups, PLACES // longest)


def _padded(examples: list[Example]) -> int:
    """Places of the longest, rounded up to a multiple of STEP."""
    return -(-max(len(e.right) for e in examples) // STEP) * STEP
