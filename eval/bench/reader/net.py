"""The reader's network in torch: a llama without causality, as llama.cpp computes it.

RMSNorm (Zhang & Sennrich 2019), rotary positions on neighbouring pairs (Su et al. 2021), SwiGLU
(Shazeer 2020). Its input are rows of `rag.reader.inputs`, its output two numbers a place: how well
what stands there answers, and, at the question's mark, whether anything of the window does.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rag.reader.inputs import PIECE

OUTPUTS = 2  # the score of a place; whether a window has an answer
EPSILON = 1e-5
ROPE_BASE = 10_000.0


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    inputs: int
    embedding: int = 256
    layers: int = 4
    heads: int = 4
    inner: int = 640


class Layer(nn.Module):
    """Attention over all places of a window, then a gated network at each."""

    def __init__(self, shape: Shape, drop: float) -> None:
        super().__init__()
        size, inner = shape.embedding, shape.inner
        self.heads, self.drop = shape.heads, drop
        self.attn_norm, self.ffn_norm = nn.RMSNorm(size, EPSILON), nn.RMSNorm(size, EPSILON)
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (
            nn.Linear(size, size, bias=False) for _ in range(4)
        )
        self.ffn_gate, self.ffn_up = (nn.Linear(size, inner, bias=False) for _ in range(2))
        self.ffn_down = nn.Linear(inner, size, bias=False)
        for last in (self.attn_output, self.ffn_down):
            nn.init.normal_(last.weight, std=0.02 / math.sqrt(2 * shape.layers))

    def forward(self, hidden: Tensor, mask: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """(windows, places, embedding) → the same; `mask` is added to what attention compares."""
        batch, places, size = hidden.shape
        normed = self.attn_norm(hidden)
        wide = (batch, places, self.heads, size // self.heads)
        queries, keys, values = (
            part(normed).view(wide).transpose(1, 2)
            for part in (self.attn_q, self.attn_k, self.attn_v)
        )
        queries, keys = _turned(queries / math.sqrt(wide[-1]), turn), _turned(keys, turn)
        near = queries @ keys.transpose(-1, -2) + mask
        found = torch.softmax(near, -1) @ values
        found = self.attn_output(found.transpose(1, 2).reshape(batch, places, size))
        hidden = hidden + found * self._kept(hidden)
        normed = self.ffn_norm(hidden)
        inner = functional.silu(self.ffn_gate(normed)) * self.ffn_up(normed)
        result: Tensor = hidden + self.ffn_down(inner) * self._kept(hidden)
        return result

    def _kept(self, hidden: Tensor) -> Tensor:
        """Dropout of whole channels, the same at all places of a window."""
        return kept(hidden, self.drop if self.training else 0.0)


def kept(hidden: Tensor, drop: float) -> Tensor:
    """What channels of each window are multiplied by, shape (windows, 1, channels)."""
    if not drop:
        return hidden.new_ones(1, 1, 1)
    share = torch.rand(len(hidden), 1, hidden.shape[2]) > drop
    return (share / (1 - drop)).to(hidden.dtype)


def _turned(values: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Each pair of numbers turned by an angle that grows with the place.

    The second numbers of all pairs stand behind the first ones; llama.cpp wants them side by side.
    """
    cosine, sine = (part.to(values.dtype) for part in turn)
    first, second = values.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


class Net(nn.Module):
    """Rows of windows → `OUTPUTS` numbers a place."""

    def __init__(self, shape: Shape, drop: float = 0.1, drop_inputs: float = 0.1) -> None:
        super().__init__()
        self.shape, self.drop_inputs = shape, drop_inputs
        self.input = nn.Linear(shape.inputs, shape.embedding, bias=False)
        self.blk = nn.ModuleList(Layer(shape, drop) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.embedding, EPSILON)
        self.output = nn.Linear(shape.embedding, OUTPUTS, bias=False)
        nn.init.normal_(self.output.weight, std=0.02)

    def forward(self, rows: Tensor, present: Tensor) -> Tensor:
        """(windows, places, inputs), which places there are → (windows, places, OUTPUTS)."""
        hidden = self.input(rows)
        mask = torch.zeros_like(present, dtype=hidden.dtype).masked_fill(~present, -1e4)
        hidden = hidden * kept(hidden, self.drop_inputs if self.training else 0.0)
        turn = _angles(rows.shape[1], self.shape.embedding // self.shape.heads)
        for layer in self.blk:
            hidden = layer(hidden, mask[:, None, None, :], turn)
        result: Tensor = self.output(self.output_norm(hidden))
        return result.float()


def _angles(places: int, size: int) -> tuple[Tensor, Tensor]:
    rates = ROPE_BASE ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
    angles = torch.arange(places, dtype=torch.float32)[:, None] * rates
    return angles.cos(), angles.sin()


def place_scores(outputs: Tensor, kinds: Tensor, mark_of: Tensor) -> Tensor:
    """The score of each piece, that of its sentence added; very low elsewhere.

    `mark_of` (windows, places) is the place of the mark of each place's sentence.
    """
    scores = outputs[..., 0]
    total = scores + torch.gather(scores, 1, mark_of)
    return total.masked_fill(kinds != PIECE, -1e4)


@dataclass(frozen=True)
class Batch:
    """Windows of equal length, padded; rows of one `group` are about one question."""

    rows: Tensor
    present: Tensor
    kinds: Tensor
    mark_of: Tensor
    right: Tensor  # places of the sentences that hold the answer
    answers: Tensor  # places of its pieces
    group: Tensor


def loss(outputs: Tensor, batch: Batch) -> Tensor:
    """-log of the probability of the right sentences, and of the answer's pieces; and whether.

    Probabilities are a softmax over all pieces of all windows of a question.
    """
    scores = place_scores(outputs, batch.kinds, batch.mark_of)
    total, right, answers = (
        _grouped(scores.masked_fill(~kept, -1e4), batch.group)
        for kept in (batch.kinds == PIECE, batch.right, batch.answers)
    )
    has_words = answers > -1e3  # else it goes on from one sentence to the next
    words = torch.where(has_words, total - answers, torch.zeros_like(total))
    there = batch.right.any(1).float()
    some = batch.present.any(1)  # the last rows may be empty
    whether = functional.binary_cross_entropy_with_logits(outputs[some, 0, 1], there[some])
    count = int(batch.group[some].max()) + 1
    return (total - right)[:count].mean() + words[:count].mean() + 0.3 * whether


def _grouped(scores: Tensor, group: Tensor) -> Tensor:
    """log Σ exp over all places of a group's windows."""
    rows = torch.logsumexp(scores, 1)
    highest = torch.full((int(group[-1]) + 1,), -1e4).scatter_reduce(
        0, group, rows.detach(), "amax"
    )
    sums = torch.zeros_like(highest).index_add(0, group, torch.exp(rows - highest[group]))
    return torch.log(sums) + highest
