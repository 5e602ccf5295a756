"""The language of a file's texts: what most of them are in."""

from collections import Counter
from collections.abc import Iterable

from index.language import language
from index.text import fold


def most_common(texts: Iterable[str]) -> str:
    """The language code of most texts; `zh-Hant` where most have traditional characters."""
    codes = Counter(_code(text) for text in texts)
    codes.pop("und", None)
    return codes.most_common(1)[0][0] if codes else "und"


def _code(text: str) -> str:
    code = language(text)
    traditional = code == "zh" and fold(text, simplify=False) != fold(text)
    return "zh-Hant" if traditional else code
