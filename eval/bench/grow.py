"""As many paragraphs as a measurement of speed asks for, grown from a few real ones."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from sys import intern

from eval.bench.distractors import read_passages
from index.errors import InputError
from index.paragraphs import paragraphs
from index.readers import find_files, read_file
from index.sentences import sentences

_CHANGED = 0.1  # share of the units that differ from the paragraph a copy was made of
_UNIT = re.compile(r"\d|[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+|.", re.S)


def paragraphs_of(articles: Path) -> list[str]:
    """The paragraphs of the articles in a file or folder, longer than a headline.

    Raises:
        InputError: nothing can be read.
    """
    files, faults = find_files([articles])
    found = [a for file in files for a in read_file(file)[0]]
    texts = [p.text for article in found for p in paragraphs(article) if len(p.text) > 40]
    if not texts:
        reasons = "; ".join(map(str, faults[:3]))
        raise InputError(f"{articles} holds no article with text; check --articles {reasons}")
    return texts


def seed_texts(articles: Path, news: Sequence[Path], most: int) -> list[str]:
    """What to grow from: at most `most` passages of `news` where given, else the articles.

    Raises:
        InputError: nothing can be read.
    """
    if not news:
        return paragraphs_of(articles)
    found = list(read_passages(news, most))
    if not found:
        raise InputError(f"no passage in {', '.join(map(str, news))}; check --distractors")
    return found


def grown(texts: Sequence[str], size: int, seed: int = 1) -> Iterator[str]:
    """`size` paragraphs: `texts` as they are, then changed copies of them, round after round.

    In a copy every digit, and one in ten of its characters (of CJK) or words, is another one,
    drawn from where such units stand in `texts`: so that the copies differ, and their words are
    as frequent as in real text. New words do not come, which a real archive has.
    """
    random = Random(seed)
    units = [[intern(unit) for unit in _UNIT.findall(text)] for text in texts]
    pools: dict[str, list[str]] = {}
    for text in units:
        for unit in text:
            pools.setdefault(_kind(unit), []).append(unit)
    for number in range(size):
        source = number % len(texts)
        yield texts[source] if number < len(texts) else _changed(units[source], pools, random)


def asked_of(texts: Sequence[str], count: int, seed: int = 1) -> list[tuple[str, int]]:
    """Questions of a kind: beginnings of sentences, at most 30 characters, and their texts."""
    random = Random(seed)
    found = []
    for number in random.choices(range(len(texts)), k=count):
        span = random.choice(sentences(texts[number]))
        found.append((span.cut(texts[number])[:30], number))
    return found


def _changed(units: Sequence[str], pools: dict[str, list[str]], random: Random) -> str:
    return "".join(
        random.choice(pools[kind])
        if (kind := _kind(unit)) == "digit" or (kind != "mark" and random.random() < _CHANGED)
        else unit
        for unit in units
    )


def _kind(unit: str) -> str:
    """Units take each other's places within a kind: letters of one script, digits; never marks."""
    first = unit[0]
    if first.isdecimal():
        return "digit"
    if not first.isalpha():
        return "mark"
    if "\u3040" <= first <= "\u30ff":
        return "kana"
    return "character" if "\u3400" <= first <= "\u9fff" else "word"
