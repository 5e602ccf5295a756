"""Words that make a figure a rough one: about, nearly, 超过, 余."""

import re
from typing import NamedTuple

from rag.facts.fact import Roughly


class _Words(NamedTuple):
    meaning: Roughly
    cjk: tuple[str, ...]
    spaced: tuple[str, ...]


def _words(meaning: Roughly, cjk: str, spaced: str) -> _Words:
    return _Words(meaning, tuple(cjk.split()), tuple(spaced.split("|")))


_BEFORE = (
    _words(
        "over",
        "超过 超 逾 至少 高于 多于 突破 达 达到",
        "over|more than|exceeding|exceeded|exceed|above|at least|upwards of|better than|no "
        "less than|"
        "greater than|más de|al menos|más que|более|свыше|больше|не менее|plus de|au moins|über|"
        "mehr als|mindestens",
    ),
    _words(
        "under",
        "近 将近 不到 不足 低于 少于 接近 高达 多达 最多 至多 ほぼ",
        "nearly|almost|under|less than|fewer than|below|close to|up to|as many as|as much as|casi|"
        "menos de|cerca de|hasta|почти|менее|меньше|до|presque|moins de|fast|knapp|unter",
    ),
    _words(
        "about",
        "约 大约 大概 大致 约为 およそ 约等于",
        "about|around|some|roughly|approximately|an estimated|estimated|circa|ca|unas|unos|"
        "alrededor de|aproximadamente|около|примерно|порядка|environ|etwa|rund|ungefähr",
    ),
)
_AFTER = re.compile(
    r"\+|余り|余|多|以上|超|强|近く|左右|上下|程度|前后|ほど|くらい|ぐらい|以下|未满|弱|"
    r"or so\b|or more\b|plus\b"
)
_AFTER_IS: dict[str, Roughly] = {
    **dict.fromkeys(("近く", "以下", "未满", "弱"), "under"),
    **dict.fromkeys(("左右", "上下", "程度", "前后", "ほど", "くらい", "ぐらい", "or so"), "about"),
}


def roughly_before(before: str) -> Roughly:
    """How rough the words right before a figure make it."""
    before = before.rstrip(" (").removesuffix(" the").removesuffix(" a")
    for words in _BEFORE:
        if before.endswith(words.cjk):
            return words.meaning
        if before.endswith(words.spaced) and _whole(before, words.spaced):
            return words.meaning
    if before.endswith("~") and not before[-2:-1].isdigit():
        return "about"
    return ""


def roughly_after(text: str, at: int) -> tuple[Roughly, int]:
    """How rough the words behind a figure make it, and where they end."""
    match = _AFTER.match(text, at + (text[at : at + 1] == " "))
    if not match:
        return "", at
    return _AFTER_IS.get(match[0], "over"), match.end() if len(match[0]) == 1 else at


def _whole(before: str, endings: tuple[str, ...]) -> bool:
    """Whether one of the endings is no part of a longer word, as ca is of America."""
    return any(before.endswith(e) and not before[: -len(e)][-1:].isalnum() for e in endings)
