"""Words that may stand for each other: the sentence stays true, and one word is another.

They tell whether a checker weighs what has changed, or doubts every change. Chinese ones are
written in simplified characters.
"""

import re
from collections.abc import Iterator
from functools import cache
from random import Random

from eval.bench.fidelity.changes import put
from index.article import Span

_SYNONYMS = {
    "zh": "因此|所以 许多|很多 ，位于|，坐落于 目前|现在 去世|逝世 著名|知名 "
    "由于|因为 建造|修建 大部分|大多数 常常|经常 尤其|特别 获得|得到 "
    "拥有|具有 首次|第一次 仍然|仍旧 迅速|快速 包括|包含 如今|现今",
    "ja": "しかし|だが 死去した|亡くなった 有名|著名 現在|今日 使用される|使われる "
    "使用された|使われた 開始した|始めた 多くの|数多くの 作られた|つくられた とても|非常に "
    "のちに|その後 さらに|その上 すぐに|ただちに そのため|それゆえ 全て|すべて",
    "en": "large|big many|numerous began|started located|situated often|frequently film|movie "
    "about|approximately also|likewise built|constructed main|principal "
    "usually|normally various|different show|demonstrate "
    "buy|purchase bought|purchased nearly|almost "
    "begin|start allowed|permitted allow|permit",
    "es": "comenzó|empezó también|asimismo famoso|célebre normalmente|habitualmente "
    "aunque|si_bien sólo|solamente construido|edificado debido_a|a_causa_de "
    "utilizado|empleado utilizar|emplear importante|relevante "
    "diferentes|distintas varios|diversos varias|diversas actualmente|hoy_en_día "
    "a_menudo|con_frecuencia",
    "ru": "однако|тем_не_менее часто|нередко очень|весьма сейчас|теперь "
    "обычно|как_правило использовать|применять "
    "использовали|применяли почти|практически например|к_примеру "
    "различные|разные различных|разных особенно|в_особенности "
    "необходимо|нужно",
}  # fmt: skip


def with_synonyms(text: str, language: str, random: Random) -> str | None:
    """The text with one word replaced by another for it, or None where it has none of ours."""
    found = list(_found(text, language))
    if not found:
        return None
    span, word = random.choice(found)
    return put(text, span, word)


def _found(text: str, language: str) -> Iterator[tuple[Span, str]]:
    table = _table(language)
    words = "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
    pattern = words if language in ("zh", "ja") else rf"\b(?:{words})\b"
    for match in re.finditer(pattern, text):
        yield Span(*match.span()), table[match.group()]


@cache
def _table(language: str) -> dict[str, str]:
    pairs = [pair.replace("_", " ").split("|") for pair in _SYNONYMS[language].split()]
    return dict(pairs) | {other: one for one, other in pairs}
