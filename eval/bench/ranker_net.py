"""The network of `rag/ranker.py` in torch, to be trained; function by function the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eval.bench.ranker_cases import Passage
from rag.ranker import DILATIONS, LONGEST_SENTENCE, SHARPNESS
from rag.ranker_pieces import Laid, Match, PieceTable, laid_pieces, matched

SIGNS, ASKED_SIGNS, COVERED = 15, 2, 18  # columns; see `Match` and `rag.ranker._covered`
WIDTH = 5  # of a convolution


@dataclass(frozen=True)
class Example:
    """A question and some paragraphs, ready for the network, with what is right."""

    texts: Laid
    match: Match
    right: Tensor  # sentences, bool
    answers: Tensor  # pieces without the gaps, bool


def example(
    asked: np.ndarray[tuple[int], np.dtype[np.int64]],
    passages: Sequence[Passage],
    table: PieceTable,
) -> Example:
    """One question about one or more passages."""
    texts = laid_pieces(asked, [passage.sentences for passage in passages])
    right = np.concatenate([passage.right for passage in passages])
    answers = np.concatenate([passage.answers for passage in passages])
    return Example(texts, matched(texts, table), torch.from_numpy(right), torch.from_numpy(answers))


class Net(nn.Module):
    """Scores pieces and sentences; the names of its weights are those that `rag.ranker` reads."""

    def __init__(self, dimensions: int, projected: int, hidden: int, drop: float) -> None:
        super().__init__()
        self.drop = drop
        self.proj = nn.Linear(dimensions, projected)
        self.qconv = nn.Conv1d(projected + 1, projected, 3, padding=1)
        self.qatt = nn.Linear(projected, 1)
        self.alpha = nn.Linear(projected + ASKED_SIGNS, 1)
        self.inp = nn.Linear(2 * projected + SIGNS + COVERED, hidden)
        self.film = nn.Linear(2 * projected, hidden)
        self.convs = nn.ModuleList(
            nn.Conv1d(hidden, hidden, WIDTH, padding=d * (WIDTH // 2), dilation=d)
            for d in DILATIONS
        )
        self.v = nn.Linear(hidden, 1)
        self.w = nn.Linear(2 * projected, hidden)
        self.sent = nn.Sequential(nn.Linear(COVERED, 24), nn.ReLU(), nn.Linear(24, 1))
        self.kappa = nn.Parameter(torch.tensor(8.0))

    def forward(self, examples: Sequence[Example]) -> list[Tensor]:
        """The score of each piece, that of its sentence added, for each example."""
        read = [self._question(e.texts, e.match) for e in examples]
        keep = torch.cat([torch.from_numpy(e.texts.is_piece) for e in examples])[:, None]
        hidden = functional.relu(torch.cat([one for one, _, _ in read])) * keep
        sizes = [len(e.texts.is_piece) for e in examples]
        hidden = self._dropped(hidden, sizes)
        for convolution in self.convs:
            step = convolution(hidden.T[None])[0].T
            hidden = (hidden + functional.relu(step)) * keep
        hidden = self._dropped(hidden, sizes)
        scores = []
        for (_, by_sentence, whole), part, e in zip(
            read, torch.split(hidden, sizes), examples, strict=True
        ):
            by_piece = part @ (self.v.weight[0] + self.w(whole) / SHARPNESS) + self.v.bias
            pieces = torch.from_numpy(np.flatnonzero(e.texts.is_piece))
            owners = torch.from_numpy(e.texts.sentence_of)
            scores.append((by_piece + by_sentence.index_select(0, owners)).index_select(0, pieces))
        return scores

    def _question(self, texts: Laid, match: Match) -> tuple[Tensor, Tensor, Tensor]:
        """What goes into the convolutions, the scores of sentences, the question as a whole."""
        projected = functional.relu(self.proj(torch.from_numpy(match.vectors)))
        projected = projected * self._mask(projected.shape[1])
        keep = torch.from_numpy(texts.is_piece)[:, None]
        words = projected.index_select(0, torch.from_numpy(texts.places)) * keep
        asked = projected.index_select(0, torch.from_numpy(texts.asked_places))
        inside = torch.cat([asked, torch.ones(len(asked), 1)], dim=1)
        asked = asked + functional.relu(self.qconv(inside.T[None])[0].T)
        attention = torch.softmax(self.qatt(asked)[:, 0], 0)
        whole = torch.cat([attention @ asked, asked.mean(0)])
        covered = self._covered(texts, match, asked)
        closest = torch.from_numpy(match.closest).clamp(min=0)[:, None]
        alike = torch.softmax(self.kappa * torch.from_numpy(match.similarity), 1)
        seen = torch.cat([words, alike * closest @ asked, torch.from_numpy(match.signs)], dim=1)
        own = seen.shape[1]
        sentences = (covered @ self.inp.weight[:, own:].T).index_select(
            0, torch.from_numpy(texts.sentence_of)
        )
        into = seen @ self.inp.weight[:, :own].T + self.inp.bias + sentences + self.film(whole)
        return into, self.sent(covered)[:, 0], whole

    def _covered(self, texts: Laid, match: Match, asked: Tensor) -> Tensor:
        signs = torch.from_numpy(match.asked_signs)
        learnt = torch.sigmoid(self.alpha(torch.cat([asked, signs], dim=1)))[:, 0]
        shares = torch.stack([signs[:, 0], learnt], dim=1)
        shares = shares / shares.sum(0).clamp(min=1e-6)
        owners = torch.from_numpy(texts.paragraph_of)
        columns: list[Tensor] = []
        for having in (match.same, match.alike):
            before, after = texts.beside(having)
            alone = torch.from_numpy(having) @ shares
            best = torch.stack(
                [alone[owners == p].amax(0) for p in range(len(texts.first_sentences))]
            )[owners]
            columns += [alone, torch.from_numpy(np.maximum(having, before)) @ shares]
            columns += [torch.from_numpy(np.maximum(having, after)) @ shares, alone - best]
        lengths = np.log1p(texts.lengths) / LONGEST_SENTENCE
        fixed = np.stack([lengths, texts.is_first], axis=1).astype(np.float32)
        return torch.cat([*columns, torch.from_numpy(fixed)], dim=1)

    def _mask(self, size: int) -> Tensor:
        """Dropout of whole channels, the same for all pieces of a question."""
        if not self.training:
            return torch.ones(1, size)
        return (torch.rand(1, size) > self.drop).float() / (1 - self.drop)

    def _dropped(self, hidden: Tensor, sizes: Sequence[int]) -> Tensor:
        if not self.training:
            return hidden
        masks = torch.cat([self._mask(hidden.shape[1]) for _ in sizes])
        return hidden * masks.repeat_interleave(torch.tensor(sizes), dim=0)


def loss(scores: Tensor, case: Example) -> Tensor:
    """-log of the probability of the sentences that hold the answer, and of its pieces.

    The probabilities are a softmax over all pieces of all paragraphs of the question.
    """
    total = torch.logsumexp(scores, 0)
    owners = torch.from_numpy(case.texts.sentence_of[case.texts.is_piece > 0])
    sentence = total - torch.logsumexp(scores[case.right[owners]], 0)
    if not case.answers.any():  # the answer goes on from one sentence to the next
        return sentence
    return sentence + total - torch.logsumexp(scores[case.answers], 0)
