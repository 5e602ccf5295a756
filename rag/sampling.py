"""Choosing the next token of a reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.reply_rules import BEGINNINGS, Rule

Logits = NDArray[np.float32]

# Differences that the company of other rows makes, in standard deviations of the logits; what they
# are is told by `python -m eval bench llm --only rounding` (`in sd`)
ROUNDING = 0.2

_UNABLE = "the model's vocabulary cannot write a marker; choose another model"


class Choices:
    """What a vocabulary offers to choose from."""

    def __init__(self, pieces: Sequence[bytes], ends: Sequence[int], tags: frozenset[int]) -> None:
        """Sort the tokens.

        Args:
            pieces: the bytes of every token.
            ends: tokens that end a reply.
            tags: tokens that no rule reads: the borders of thoughts.
        """
        self.pieces = pieces
        self.ends = frozenset(ends)
        self.tags = tags
        self._ends = np.array(sorted(self.ends), np.int64)
        self._beginning = np.array(
            [i for i, piece in enumerate(pieces) if piece and piece[0] in BEGINNINGS], np.int64
        )

    def bound(self, may_end: bool) -> NDArray[np.int64]:
        """The tokens to look at where a rule is bound."""
        return np.concatenate([self._beginning, self._ends]) if may_end else self._beginning


@dataclass
class Sampler:
    """Takes the likeliest token that a rule allows, or at a temperature another likely one.

    At a temperature, Gumbel noise of that scale is added to the logits and the highest sum is
    taken, which chooses with the probabilities of their softmax (Gumbel 1954; Yellott 1977), also
    among those that a rule leaves.
    """

    choices: Choices
    rule: Rule[Any] | None
    temperature: float
    seed: int

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self.state = self.rule.start if self.rule else None

    @property
    def bound(self) -> bool:
        """Whether the rule leaves so few tokens that `sure` tells nothing."""
        return self.rule is not None and self.rule.bound(self.state)

    def next(self, logits: Logits, *, free: bool = False) -> int:
        """The token to go on with; the state of the rule goes on as well.

        Args:
            logits: (vocabulary,), not changed.
            free: the rule does not hold here, in thoughts.

        Raises:
            ModelError: the logits are not numbers.
        """
        values = logits
        if self.temperature > 0:
            noise = self._random.gumbel(size=len(logits))
            values = (logits + self.temperature * noise).astype(np.float32)
        token = _highest(values)
        if self.rule is None or free:
            return token
        if self.rule.bound(self.state):
            token = self._bound(values, self.rule)
        else:
            token = self._unbound(values, token, self.rule)
        self.state = self._after(token, self.rule)
        return token

    def _unbound(self, values: Logits, token: int, rule: Rule[Any]) -> int:
        if self._allows(token, rule):
            return token
        values = values.copy()
        while not self._allows(token, rule):
            values[token] = -np.inf
            token = _highest(values)
            if values[token] == -np.inf:
                raise ModelError(_UNABLE)
        return token

    def _bound(self, values: Logits, rule: Rule[Any]) -> int:
        offered = self.choices.bound(rule.may_end(self.state))
        order = np.argsort(-values[offered], kind="stable")
        for token in map(int, offered[order]):
            if self._allows(token, rule):
                return token
        raise ModelError(_UNABLE)

    def _allows(self, token: int, rule: Rule[Any]) -> bool:
        if token in self.choices.ends:
            return rule.may_end(self.state)
        return self._after(token, rule) is not None

    def _after(self, token: int, rule: Rule[Any]) -> Any:
        if token in self.choices.ends:
            return self.state
        piece = b"" if token in self.choices.tags else self.choices.pieces[token]
        if not piece and rule.bound(self.state):
            return None  # control tokens would go on forever, and tags would be shown
        return rule.step(self.state, piece)


def sure(logits: Logits) -> bool:
    """Whether the likeliest token stays so however its row was computed.

    A row that is computed together with others is rounded in another way than alone.
    """
    second, first = np.partition(logits, -2)[-2:]
    return bool(first - second > ROUNDING * logits.std())


def _highest(values: Logits) -> int:
    token = int(values.argmax())
    if np.isnan(values[token]):
        raise ModelError("the model computes no numbers: its file is damaged, replace it")
    return token
