"""Language evidence on a seam: do these two lines belong together?

The character model knows the language; the page knows its own words: four characters that span
a seam and stand elsewhere on the page in one piece are hardly chance.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.newspaper.contiguity import continues
from index.newspaper.ends import ends_closed
from index.newspaper.lines import Line

_FOUR, _THREE = 2.0, 1.0  # nats for characters of the seam seen elsewhere on the page


class Seams:
    """Scores seams of one page."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """`lines` are all printed lines of the page."""
        self._page = "\n".join([line.text for line in lines])

    def scores(self, befores: Sequence[str], afters: Sequence[str]) -> NDArray[np.float32]:
        """Log-odds that each `after` directly continues its `before`."""
        scores = continues(befores, afters)
        page = self._page
        for i, (before, after) in enumerate(zip(befores, afters, strict=True)):
            if after[0] < "\u0250" and before[-1] < "\u0250":
                scores[i] = _latin(before, after)
            elif before[-1] + after[0] not in page:
                continue
            elif before[-2:] + after[:2] in page:
                scores[i] += _FOUR
            elif before[-1] + after[:2] in page or before[-2:] + after[0] in page:
                scores[i] += _THREE
        return scores


def _latin(before: str, after: str) -> float:
    """In Latin script a small letter goes on with a sentence, a capital mostly begins one."""
    if not (before[-1].isalpha() or after[0].isalpha()):
        return 0.0
    if after[0].islower():
        return 2.0 if not ends_closed(before) else 0.0
    if before[-1] == "-":
        return -1.0
    return 0.5 if not ends_closed(before) else 0.0
