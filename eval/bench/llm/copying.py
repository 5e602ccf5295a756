"""Weights by which a made model recites a passage, with the kernels doing their usual work.

A trained model that answers from its prompt repeats spans of it, and so makes prompt lookup worth
its while; random weights do not. The first layer is therefore built, the others stay random but
whisper. Its attention has one head for each of the five tokens before the current one: queries
and keys are constant vectors, so that RoPE alone decides where a head looks, and the phases of
the query put the peak at the wanted distance. Each writes a random projection of that token into
the residual. The feed-forward part is a table: a unit's gate is the state that one place of the
passage leads to, less a threshold that other places do not reach, and its column the embedding of
the token that follows. The embeddings are tied, so that this token wins by far; after the last
one comes the end of the turn. Where nothing matches, the model repeats its last token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.bench.llm.shapes import NORM_EPSILON, ROPE_BASE, Shape
from rag.errors import InputError

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]

BACK = 5  # tokens before the current one that tell the place in the passage
CONSTANT = 4  # one in so many dimensions of every embedding is the same in all of them
UNKNOWN = -1  # the token before the turn ends, which is another in every chat
WHISPER = 0.01  # the other branches' output against that of a random model
_SHARP = 18.0  # how far the attention of the wanted token is above its neighbour's, in nats
_THRESHOLD = 0.92  # cosine above which a place is recognised; five of six in common give .83
_STEEP = 150.0
_LOUD = 4.0  # the next token against the current one in the residual


@dataclass(frozen=True)
class Places:
    """A passage as the table holds it: the tokens up to each place, the current one last."""

    contexts: NDArray[np.int64]
    following: NDArray[np.int64]


def places(starts: Sequence[Sequence[int]], passage: Sequence[int], end: int) -> Places:
    """All places of a passage, reached after each of `starts`.

    Raises:
        InputError: six tokens of it come twice and are followed by different ones.
    """
    table: dict[tuple[int, ...], int] = {}
    for start in starts:
        tokens = [*[UNKNOWN] * BACK, *start, *passage, end]
        for place in range(BACK + len(start), len(tokens)):
            context = tuple(tokens[place - BACK - 1 : place])
            if table.setdefault(context, tokens[place]) != tokens[place]:
                raise InputError(
                    f"the passage goes on in two ways after its token "
                    f"{place - BACK - len(start)}; choose another"
                )
    return Places(np.array(list(table)), np.array(list(table.values())))


def recite(
    tensors: dict[str, Floats], shape: Shape, embedding: Halves, known: Places
) -> dict[str, Floats]:
    """The first layer's random tensors, changed so that they recite the passage.

    Args:
        tensors: by name without the layer; the same arrays come back, changed.
        shape: the model's.
        embedding: the table; the first `hidden // CONSTANT` columns must be constant.
        known: what to recite.

    Raises:
        InputError: the passage has more places than the layer has units.
    """
    if len(known.following) > shape.feed_forward:
        raise InputError(f"a passage may have {shape.feed_forward} tokens in this model at most")
    _look_back(tensors, shape, float(embedding[0, 0]))
    states = _states(tensors, shape, embedding, known.contexts)
    _fill_table(
        tensors, states, shape.hidden // CONSTANT, embedding[known.following].astype(np.float32)
    )
    return tensors


def _look_back(tensors: dict[str, Floats], shape: Shape, spread: float) -> None:
    """Heads that look 1, 2, … tokens back and write what stands there into the residual."""
    width, group = shape.head_dim, shape.heads // shape.kv_heads
    constant = shape.hidden // CONSTANT
    for name in ("attn_q.weight", "attn_k.weight", "attn_output.weight"):
        tensors[name][:] = 0
    tensors["attn_v.weight"][:, :constant] = 0  # the constant would make all tokens alike
    for name in tensors.keys() & {"attn_q.bias", "attn_k.bias", "attn_v.bias"}:
        tensors[name][:] = 0
    for distance in range(1, BACK + 1):
        head = distance - 1
        for name, part, back in (
            ("attn_q", head, distance),
            ("attn_k", head // group, 0),
        ):
            vector = _phases(width, back)
            rows = tensors[f"{name}.weight"][part * width : (part + 1) * width]
            rows[:, :constant] = vector[:, None] / constant
            if f"{name}_norm.weight" in tensors:
                tensors[f"{name}_norm.weight"][:] = np.sqrt(np.mean(vector**2))
        columns = tensors["attn_output.weight"][:, head * width : (head + 1) * width]
        random = np.random.default_rng([7, distance]).standard_normal(columns.shape)
        columns[constant:] = random[constant:] * spread / np.sqrt(width)


def _phases(width: int, back: int) -> Floats:
    """A constant query that, rotated by RoPE, meets a constant key best `back` tokens before.

    Only the fast quarter of the frequencies is used: the slow ones tell no neighbours apart.
    """
    used = width // 8
    angles = ROPE_BASE ** (-2.0 * np.arange(used) / width)
    nearest = np.sum(1 - np.cos(angles))  # what one token of distance costs, at amplitude 1
    amplitude = np.sqrt(_SHARP * np.sqrt(width) / nearest)
    vector = np.zeros(width, np.float32)
    vector[:used] = amplitude * np.cos(back * angles)
    vector[width // 2 : width // 2 + used] = -amplitude * np.sin(back * angles)
    return vector


def _states(
    tensors: Mapping[str, Floats],
    shape: Shape,
    embedding: Halves,
    contexts: NDArray[np.int64],
) -> Floats:
    """What the feed-forward part sees at each place, one row each, but for unknown tokens."""
    width, group = shape.head_dim, shape.heads // shape.kv_heads
    state = embedding[contexts[:, -1]].astype(np.float32)
    for distance in range(1, BACK + 1):
        head, value = distance - 1, (distance - 1) // group
        token = contexts[:, -1 - distance, None]
        before = _normal(embedding[token[:, 0]].astype(np.float32)) * (token != UNKNOWN)
        seen = before @ tensors["attn_v.weight"][value * width : (value + 1) * width].T
        state += seen @ tensors["attn_output.weight"][:, head * width : (head + 1) * width].T
    usual = np.sqrt(np.mean(state**2, axis=1)).max()  # that of a place with no unknown tokens
    normal: Floats = state / usual
    return normal


def _fill_table(
    tensors: dict[str, Floats], states: Floats, constant: int, following: Floats
) -> None:
    """One unit a place; what the others add is quieter than a whisper."""
    count = len(states)
    always = constant * float(states[:, 0].mean())
    gate, up, down = (tensors[f"ffn_{name}.weight"] for name in ("gate", "up", "down"))
    direction = states.copy()
    direction[:, :constant] = 0
    direction /= np.sum(direction**2, axis=1, keepdims=True)
    gate[:count] = _STEEP * direction
    gate[:count, :constant] = -_STEEP * _THRESHOLD / always
    up[:count] = 0
    up[:count, :constant] = 1 / always
    down *= WHISPER
    down[:, :count] = _LOUD * following.T / (_STEEP * (1 - _THRESHOLD))
    down[:constant, :count] = 0


def _normal(rows: Floats) -> Floats:
    """Rows with a root mean square of 1, as a norm with unit weights leaves them."""
    scale: Floats = np.sqrt(np.mean(rows**2, axis=1, keepdims=True) + NORM_EPSILON)
    return rows / scale
