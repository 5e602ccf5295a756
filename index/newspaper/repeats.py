"""Fragments that a scan holds twice: the foot of a column again at the top of the next.

The later copy is dropped from the reading text; it stays on the page as a `repeat`. What stands
behind a copy goes on with the column whose foot was copied.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.newspaper.ends import ends_closed
from index.newspaper.lines import Line
from index.newspaper.seams import Seams

Codes = NDArray[np.uint32]

_LINE = 9  # characters; a shorter line may well stand twice
_LONG = 24  # characters; so long a line does not stand twice by chance
_LEAST = 4  # characters of a copied foot
_MOST = 40  # characters of a foot that are looked for inside a line
_LOOK = 60  # lines
_RUNS_IN = -1.0  # log-odds by which a line goes on with the one before it
_STOP = re.compile("[。！？!?；;]")


def without_repeats(
    lines: Sequence[Line], is_text: Sequence[bool], seams: Seams
) -> tuple[list[Line], list[Line]]:
    """The lines without second copies of text, and those copies.

    A line whose beginning repeats a foot is cut in two; `behind` of the rest is the foot.
    """
    kept: list[Line] = []
    copies: list[Line] = []
    places: dict[str, int] = {}
    feet: dict[str, list[int]] = {}
    echoes = _echoes(lines)
    source: Line | None = None  # the line that the copy just before is a copy of
    for i, line in enumerate(lines):
        if not is_text[i]:
            kept.append(line)
            continue
        earlier = places.get(line.text)
        following = lines[i + 1].text if i + 1 < len(lines) else None
        if earlier is not None and _is_copy(line, kept, earlier, source, following):
            copies.append(line)
            source = kept[earlier]
            continue
        place, cut = _foot(line.text, feet, kept) if echoes[i] else (0, 0)
        if cut and place + 1 < len(kept) and _runs_in(kept[-1].text, line.text, seams):
            cut = 0  # a turn of phrase that stands twice, not a copy
        if not cut and kept:
            place, cut = len(kept) - 1, _noisy_overlap(kept[-1].text, line.text)
        if cut:
            first, rest = line.split(cut)
            copies.append(first)
            source = kept[place]
            if rest is None:
                continue
            line = rest
            line.soft, line.blank = first.soft, first.blank  # as if the copy had not been there
        line.behind = source if source is not None and not ends_closed(source.text) else None
        source = None
        if len(line.text) >= _LINE:
            places[line.text] = len(kept)
        if len(line.text) >= _LEAST:
            feet.setdefault(line.text[-_LEAST:], []).append(len(kept))
        kept.append(line)
    return kept, copies


def _echoes(lines: Sequence[Line]) -> list[bool]:
    """Which lines begin with three characters that stand on the page more than once.

    No other line can begin with the copy of a foot.
    """
    page = "\n".join([line.text for line in lines])
    codes = np.frombuffer(page.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    held = np.sort(_threes(codes[:-2], codes[1:-1], codes[2:]))
    first = np.array([line.text[:3] for line in lines], dtype="<U3").view(np.uint32)
    own = _threes(first[::3], first[1::3], first[2::3])
    twice: list[bool] = (
        np.searchsorted(held, own, "right") - np.searchsorted(held, own) > 1
    ).tolist()
    return twice


def _threes(one: Codes, two: Codes, three: Codes) -> NDArray[np.uint64]:
    """Three code points as one number."""
    bits = np.uint64(21)
    return (one.astype(np.uint64) << bits | two) << bits | three


def _runs_in(before: str, text: str, seams: Seams) -> bool:
    """Whether a line simply goes on with the line before it."""
    return not ends_closed(before) and seams.scores([before], [text])[0] > _RUNS_IN


def _is_copy(
    line: Line, kept: Sequence[Line], earlier: int, source: Line | None, following: str | None
) -> bool:
    """Whether a line is the second copy of an earlier one, not a turn of phrase.

    A long line is; a short one where it follows the earlier one at once, or where its
    neighbour is copied with it.
    """
    if len(line.text) >= _LONG or earlier + 1 == len(kept):
        return True
    with_next = earlier + 1 < len(kept) and following == kept[earlier + 1].text
    with_last = earlier > 0 and source is kept[earlier - 1]
    return len(kept) - earlier <= _LOOK and (with_next or with_last)


def _foot(text: str, feet: dict[str, list[int]], kept: Sequence[Line]) -> tuple[int, int]:
    """A kept line that ends with the beginning of `text`, and how many characters it shares."""
    for length in range(min(len(text), _MOST), _LEAST - 1, -1):
        for place in reversed(feet.get(text[length - _LEAST : length], ())):
            if len(kept) - place > _LOOK:
                break
            if _telling(text, length, next_line=place + 1 == len(kept)) and kept[
                place
            ].text.endswith(text[:length]):
                return place, length
    return _stopped(text, kept)


def _telling(text: str, length: int, *, next_line: bool) -> bool:
    """Whether an overlap of this length is no chance."""
    if length == len(text):
        return next_line or length >= 2 * _LEAST
    return length >= (_LEAST + 1 if next_line else 2 * _LEAST)


def _stopped(text: str, kept: Sequence[Line]) -> tuple[int, int]:
    """A short end of sentence that the line before ends with too: 人员。"""
    stop = _STOP.search(text, 0, _LEAST)
    if stop is not None and stop.end() >= 3 and kept and kept[-1].text.endswith(text[: stop.end()]):
        return len(kept) - 1, stop.end()
    return 0, 0


def _noisy_overlap(before: str, text: str) -> int:
    """The same when the scan misread the first characters of the copy: up to its full stop."""
    stop = _STOP.search(text, 0, 24)
    if stop is None or stop.end() < 6:
        return 0
    fragment = text[: stop.end()]
    if any(len(fragment) - lost >= 5 and before.endswith(fragment[lost:]) for lost in (1, 2)):
        return len(fragment)
    return 0
