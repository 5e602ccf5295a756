"""Questions made from sentences, where nobody asked any: what is left of them is the question."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.text import is_cjk


@dataclass(frozen=True)
class Known:
    """A question and the numbers of the paragraphs that answer it."""

    question: str
    paragraphs: tuple[int, ...]


def related(news: Sequence[tuple[list[str], int]], rng: random.Random) -> list[Known]:
    """What is left of a sentence as a question for the other passages of its article.

    Whoever asks for an event wants all that is reported of it, and not one passage alone.
    """
    of_article: dict[int, list[int]] = {}
    for number, (_, article) in enumerate(news):
        of_article.setdefault(article, []).append(number)
    found = []
    for number, (lines, article) in enumerate(news):
        others = tuple(n for n in of_article[article] if n != number)
        if others:
            found.append(Known(thinned(rng.choice(lines), rng), others))
    return [known for known in found if len(known.question) > 5]


def made_of(
    paragraphs: Sequence[Sequence[str]], rng: random.Random, *, whole: float = 0.0
) -> list[Known]:
    """A question for each paragraph, from one of its sentences; a share of sentences `whole`."""
    found = []
    for number, lines in enumerate(paragraphs):
        line = rng.choice(list(lines))
        question = line if rng.random() < whole else thinned(line, rng)
        if len(question) > 5:
            found.append(Known(question, (number,)))
    return found


def thinned(sentence: str, rng: random.Random) -> str:
    """A stretch of a sentence as long as a question, a quarter of its words left out."""
    cjk = sum(map(is_cjk, sentence)) * 2 > len(sentence)
    parts = (
        re.findall(r"[\u3040-\u9fff]{1,2}|[^\W\u3040-\u9fff]+", sentence)
        if cjk
        else sentence.split()
    )
    length = rng.randint(6, 12)
    start = rng.randrange(max(1, len(parts) - length + 1))
    kept = [part for part in parts[start : start + length] if rng.random() > 0.25]
    return ("" if cjk else " ").join(kept)
