"""Text of models, articles and readers made inert: it can be read, and do nothing else.

The chat's Markdown would turn `![](http://…)` and `<img>` into requests that carry words of the
conversation away. So no foreign text reaches Markdown: it is escaped and put inside one line of
HTML, which Markdown passes through unread.
"""

import html
import re
from functools import lru_cache

from index.language import language
from index.text import fold

# Controls, zero-width spaces, and what overrides the direction of text or hides inside it. The
# joiners and plain direction marks stay: Persian, Hindi and emoji are written with them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")  # cannot be sent as UTF-8
_STRONG = re.compile(r"\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*")


def visible(text: str) -> str:
    """`text` without hidden characters; every line break is a plain `\\n`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _HIDDEN.sub("", lines))


def inert(text: str) -> str:
    """`text` as one line of HTML without tags other than `<br>`."""
    return html.escape(visible(text)).replace("\n", "<br>")


def inert_words(text: str) -> str:
    """`text` as words on one line, for attributes and titles."""
    return html.escape(" ".join(visible(text).split()))


def inert_prose(text: str) -> str:
    """As `inert`, and `**strong**` words are strong: small models write them unasked."""
    return _STRONG.sub(r"<strong>\1</strong>", inert(text))


@lru_cache(maxsize=512)
def lang(text: str) -> str:
    """BCP 47 tag of a text's language, so that Han characters get the right shapes."""
    start = text[:300]
    code = language(start)
    if code != "zh":
        return code
    han = [character for character in start if "\u4e00" <= character <= "\u9fff"]
    traditional = sum(fold(character) != character for character in han)
    # Some simplified texts keep a character or two that opencc would change.
    return "zh-Hant" if traditional * 12 > len(han) else "zh-Hans"
