"""Does a token's logits depend on what it was computed together with?

Kernels are chosen by how many rows they get, and sum in different orders. An engine that keeps
part of a prompt, or verifies several drafted tokens at a time, gives the same answer as one that
does not only if that does not change the result, or changes it less than the distance between the
two likeliest tokens.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.bench.llm.kernels import Row
from eval.bench.llm.session import Options, Session, some_tokens

LENGTH = 256  # tokens of the prompt
DRAFT = 5  # tokens verified at a time
_STEPS = 8  # drafts verified, one after the other

Logits = NDArray[np.float32]


def prompts(path: Path, options: Options, batches: Sequence[tuple[int, int]]) -> list[Row]:
    """The same prompt in different batches; each row compares with the first of `batches`.

    Args:
        path: the model.
        options: extra buffers, flash attention, threads.
        batches: tokens given at a time and computed at a time (`batch`, `ubatch`).
    """
    rows: list[Row] = []
    first: Logits | None = None
    for batch, ubatch in batches:
        with Session(path, replace(options, batch=batch, ubatch=ubatch)) as session:
            logits = session.decode(some_tokens(LENGTH, session.size), 0, rows=1)
        first = logits if first is None else first
        rows.append(_about(path, options) | {"batch": batch, "ubatch": ubatch})
        rows[-1] |= compared(first, logits)
    return rows


def drafts(path: Path, options: Options) -> Row:
    """Rows computed in batches of five against the same ones alone, after the same cache."""
    alone, together = [], []
    with Session(path, options) as session:
        tokens = some_tokens(LENGTH + DRAFT * _STEPS, session.size)
        session.decode(tokens[:LENGTH], 0)
        for start in range(LENGTH, len(tokens), DRAFT):
            draft = tokens[start : start + DRAFT]
            together += list(session.decode(draft, start, rows=DRAFT))
            again = []
            for place in reversed(range(DRAFT)):  # the last first: what precedes it stays
                session.keep(start + place)
                again += list(session.decode([draft[place]], start + place))
            alone += again[::-1]
            session.keep(start)
            session.decode(draft, start)
    return _about(path, options) | {"draft": DRAFT} | compared(np.stack(alone), np.stack(together))


def ends(path: Path, options: Options, sizes: Sequence[int]) -> list[Row]:
    """The last row of a prompt when its last few tokens, one row a size, are computed again.

    Says from which number of rows on a kernel's result no longer depends on their number.
    """
    rows: list[Row] = []
    with Session(path, options) as session:
        tokens = some_tokens(LENGTH, session.size)
        whole = session.decode(tokens, 0)
        for size in sizes:
            session.keep(LENGTH - size)
            again = session.decode(tokens[LENGTH - size :], LENGTH - size)
            rows.append(_about(path, options) | {"rows": size} | compared(whole, again))
            session.keep(0)
            session.decode(tokens, 0)
    return rows


def compared(one: Logits, other: Logits) -> Row:
    """How far apart two sets of logits are, and how near the best two of a row are.

    `in sd` is the distance in standard deviations of the logits.

    `changed` counts rows whose likeliest token is another one; `gap` is the median distance of
    the best two, `least gap` the smallest.
    """
    best = np.sort(one, axis=1)[:, -2:]
    gaps = best[:, 1] - best[:, 0]
    return {
        "identical": bool(np.array_equal(one, other)),
        "most apart": float(np.abs(one - other).max()),
        "in sd": float(np.abs(one - other).max() / one.std()),
        "changed": int((one.argmax(axis=1) != other.argmax(axis=1)).sum()),
        "of": len(one),
        "gap": float(np.median(gaps)),
        "least gap": float(gaps.min()),
    }


def _about(path: Path, options: Options) -> Row:
    extra = "on" if options.extra else "off"
    return {"model": path.stem, "extra": extra, "flash": options.flash}
