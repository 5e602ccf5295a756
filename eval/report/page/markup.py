"""Text of strangers inside HTML: escaped, hidden characters shown, its direction its own."""

import html
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from eval.report.words import HIDDEN, code_point, lines_of
from index.language import language
from index.text import fold

Span = tuple[int, int, str]  # from, to, class of the mark

_LONG = 1200  # characters of a text that are shown in full
_HEAD, _AROUND, _MARKED = 300, 250, 600  # of a longer one: its beginning, and about each mark
_ID = re.compile(r"[^A-Za-z0-9_.-]")


def escaped(text: str) -> str:
    """`text` as HTML; a hidden character stands there as its number."""
    safe = html.escape(lines_of(text))
    return HIDDEN.sub(lambda f: f'<span class="hidden">{code_point(f[0])}</span>', safe)


def foreign(text: str, *, tag: str = "bdi", css: str = "") -> str:
    """`text` in an element of its own direction and language."""
    name = f' class="{css}"' if css else ""
    return f'<{tag}{name} dir="auto" lang="{lang(text)}">{escaped(text)}</{tag}>'


def clipped(text: str, most: int) -> str:
    """The beginning of a text, with … where it was longer."""
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def anchor(name: str) -> str:
    """An id for an element and the end of a link to it, one for each name."""
    return _ID.sub(lambda found: f"~{ord(found[0]):x}~", name)


def marked(text: str, spans: Iterable[Span]) -> str:
    """`text` as HTML with spans marked, which may overlap; a long text is cut between them."""
    inside = [(max(0, a), min(len(text), b), css) for a, b, css in spans]
    inside = [(a, b, css) for a, b, css in inside if a < b]
    made, end = [], 0
    for start, stop in _windows(len(text), inside):
        made += [_left_out(start - end), _pieces(text, start, stop, inside)]
        end = stop
    return "".join([*made, _left_out(len(text) - end)])


@lru_cache(maxsize=4096)
def lang(text: str) -> str:
    """BCP 47 tag of a text's language, so that Han characters get the right shapes."""
    start = text[:300]
    code = language(start)
    if code != "zh":
        return html.escape(code)
    han = [character for character in start if "\u4e00" <= character <= "\u9fff"]
    traditional = sum(fold(character) != character for character in han)
    # Some simplified texts keep a character or two that folding would change.
    return "zh-Hant" if traditional * 12 > len(han) else "zh-Hans"


def _windows(length: int, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """The parts of a text that are shown, in order and apart from each other."""
    if length <= _LONG:
        return [(0, length)]
    wanted = [(0, _HEAD)]
    wanted += [(a - _AROUND, min(b, a + _MARKED) + _AROUND) for a, b, _ in spans]
    parts: list[tuple[int, int]] = []
    for start, stop in sorted((max(0, a), min(length, b)) for a, b in wanted):
        if parts and start <= parts[-1][1]:
            parts[-1] = (parts[-1][0], max(stop, parts[-1][1]))
        else:
            parts.append((start, stop))
    return parts


def _pieces(text: str, start: int, stop: int, spans: Sequence[Span]) -> str:
    bounds = {start, stop, *(x for a, b, _ in spans for x in (a, b) if start < x < stop)}
    places = sorted(bounds)
    made = []
    for a, b in zip(places, places[1:], strict=False):
        names = sorted({css for first, last, css in spans if first <= a and b <= last})
        words = escaped(text[a:b])
        made.append(f'<mark class="{" ".join(names)}">{words}</mark>' if names else words)
    return "".join(made)


def _left_out(characters: int) -> str:
    if not characters:
        return ""
    return f'<span class="cut"> … {characters:,} characters left out … </span>'
