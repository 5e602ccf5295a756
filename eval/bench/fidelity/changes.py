"""A change made to a true sentence, and what it is made from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from eval.bench.fidelity.pairs import Pair
from index.article import Span

T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """A sentence after one change; `true`: it may be right by chance, and is not counted."""

    sentence: str
    true: bool = False


# What changes the sentence of a pair in one way: every change possible, in an order drawn.
Corruption = Callable[[Pair, Random], Iterator[Change]]


def put(text: str, span: Span, new: str) -> str:
    """`text` with `new` in the place of a span."""
    return text[: span.start] + new + text[span.end :]


def exchanged(text: str, one: Span, other: Span) -> str:
    """`text` with two spans in each other's place."""
    first, second = sorted((one, other), key=lambda span: span.start)
    middle = text[first.end : second.start]
    return text[: first.start] + second.cut(text) + middle + first.cut(text) + text[second.end :]


def shuffled(items: Sequence[T], random: Random) -> list[T]:
    """The items in an order drawn."""
    return random.sample(items, len(items))
