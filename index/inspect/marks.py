"""How characters, joins and an article's fields are spelt out, on a terminal and in HTML alike."""

import math
import re
from collections.abc import Iterator

from index.inspect.lines import Lines
from index.newspaper.page import Join, PageArticle, Part

SURE = 0.9  # a join of at least this confidence is shown without it

# Controls but tab and line feed, lone surrogates, and format characters: those that override the
# direction of text, take no room, or hide a message (tags). Joiners and plain direction marks
# stay: Persian, Hindi and emoji are written with them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u070f\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """`text` with every control and hidden character (but tab and line feed) made visible.

    Escape sequences of terminals, direction overrides, zero-width characters and lone surrogates
    are shown as a picture (␛) or a number (⟨U+202E⟩); none is dropped.
    """
    return HIDDEN.sub(lambda found: _picture(found.group()), text)


def probability(value: float) -> str:
    """A probability with two decimals and no leading zero, rounded down: `.62`, `1`."""
    percent = math.floor(value * 100 + 1e-9)
    return "1" if percent >= 100 else f".{percent:02}"


def segments(part: Part) -> Iterator[str | Join]:
    """The text of a part, interrupted by its joins."""
    at = 0
    for join in sorted(part.joins, key=lambda join: join.at):
        yield part.text[at : join.at]
        yield join
        at = join.at
    yield part.text[at:]


def ends(join: Join, part: Part, lines: Lines) -> tuple[int, int] | None:
    """The line before the join and the line behind it, None if no piece stands on either side."""
    before = [p for p in part.pieces if p.text_start < join.at]
    behind = [p for p in part.pieces if p.text_start + p.length > join.at]
    if not before or not behind:
        return None
    last = before[-1].raw_start + min(before[-1].length, join.at - before[-1].text_start) - 1
    first = behind[0].raw_start + max(0, join.at - behind[0].text_start)
    return lines.number(last), lines.number(first)


def facts(article: PageArticle) -> list[tuple[str, str]]:
    """The fields of an article besides its title, as name and value; empty ones are left out."""
    date = article.date or ""
    if article.date_precision:
        date = f"{date} ({article.date_precision})" if date else article.date_precision
    rows = [
        ("kicker", article.kicker),
        ("subtitle", article.subtitle),
        ("authors", ", ".join(article.authors)),
        ("place", article.place),
        ("date", date),
        ("section", article.section),
        ("page", article.page),
        ("continued on", article.continued_on),
        ("continued from", article.continued_from),
        ("confidence", probability(article.confidence)),
    ]
    return [(name, str(value)) for name, value in rows if value not in (None, "")]


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"
