"""Curves of abstention as SVG, written by hand, and a page with them and the figures.

On the left: of the unanswerable questions answered, the share, at each share of the answerable
ones. On the right: how often answers are right to be given, by the evidence for them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

_SIDE, _LEFT, _TOP, _BOTTOM, _GAP = 260, 46, 34, 44, 70
_BINS = 10
_COLOURS = 6  # in _STYLE
_STYLE = """
text { font: 11px system-ui, sans-serif; fill: #44433f; }
.title { font-size: 13px; font-weight: 600; fill: #1b1b19; }
.grid { stroke: #e3e2dc; } .axis { stroke: #8c8b84; fill: none; }
.line { fill: none; stroke-width: 2; } .even { stroke: #8c8b84; stroke-dasharray: 3 4; }
.c0 { stroke: #2a78d6; } .c1 { stroke: #d9571f; } .c2 { stroke: #14946a; } .c3 { stroke: #8a4fc4; }
.c4 { stroke: #b08a00; } .c5 { stroke: #c03a6b; }
@media (prefers-color-scheme: dark) {
  text { fill: #c3c2b7; } .title { fill: #f4f3ee; }
  .grid { stroke: #383835; } .axis { stroke: #7d7c75; } .even { stroke: #7d7c75; }
  .c0 { stroke: #4f97ee; } .c1 { stroke: #ea7a48; } .c2 { stroke: #2db88a; }
  .c3 { stroke: #b184e6; } .c4 { stroke: #d6b53c; } .c5 { stroke: #e8729c; }
}
"""


@dataclass(frozen=True)
class Curve:
    """The evidence for questions of a set, and 1 for those that can be answered, else 0."""

    name: str
    scores: Scores
    labels: Scores

    def trade(self) -> tuple[Scores, Scores]:
        """Shares of answerable and of unanswerable questions answered, at falling thresholds."""
        order = np.argsort(-self.scores, kind="stable")
        good = np.cumsum(self.labels[order]) / max(self.labels.sum(), 1)
        bad = np.cumsum(1 - self.labels[order]) / max((1 - self.labels).sum(), 1)
        last = np.append(np.diff(self.scores[order]) != 0, True)  # ties are answered together
        return np.append(0.0, good[last]), np.append(0.0, bad[last])

    def reliability(self) -> list[tuple[float, float, int]]:
        """Of each tenth of the evidence: its mean, the share of answerable ones, how many."""
        place = np.minimum((self.scores * _BINS).astype(int), _BINS - 1)
        return [
            (float(self.scores[here].mean()), float(self.labels[here].mean()), int(here.sum()))
            for here in (place == number for number in range(_BINS))
            if here.any()
        ]


def write_report(rows: Sequence[dict[str, Any]], curves: Sequence[Curve], out: Path) -> None:
    """Write `abstain.svg` and `abstain.md` into the folder, which is made."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "abstain.svg").write_text(curves_svg(curves), "utf-8")
    (out / "abstain.md").write_text("\n".join(_page(rows, curves)) + "\n", "utf-8")


def curves_svg(curves: Sequence[Curve]) -> str:
    """Both plots side by side."""
    width, height = 2 * (_LEFT + _SIDE) + _GAP, _TOP + _SIDE + _BOTTOM + 18 * len(curves)
    trades = [list(zip(bad, good, strict=True)) for good, bad in (c.trade() for c in curves)]
    reliable = [[(x, y) for x, y, _ in curve.reliability()] for curve in curves]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<style>{_STYLE}</style>",
            _plot("Answered", "of the unanswerable", "of the answerable", trades, 0),
            _plot("Right to answer", "evidence", "answerable", reliable, _LEFT + _SIDE + _GAP),
            *_legend([curve.name for curve in curves]),
            "</svg>\n",
        ]
    )


def _plot(
    title: str, across: str, up: str, lines: Sequence[Sequence[tuple[float, float]]], shift: int
) -> str:
    """A square of both shares from 0 to 1, with its lines."""
    left, bottom = _LEFT, _TOP + _SIDE
    parts = [f'<g transform="translate({shift} 0)">']
    parts.append(f'<text class="title" x="{left}" y="16">{escape(title)}</text>')
    parts.append(f'<text x="{left}" y="30">{escape(up)}</text>')
    for tick in range(0, 11, 2):
        x, y = left + tick / 10 * _SIDE, bottom - tick / 10 * _SIDE
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{bottom}M{left} {y:.1f}h{_SIDE}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{tick / 10:g}</text>'
        )
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{tick / 10:g}</text>')
    parts.append(f'<path class="axis" d="M{left} {_TOP}V{bottom}h{_SIDE}"/>')
    parts.append(f'<path class="even" d="M{left} {bottom}L{left + _SIDE} {_TOP}"/>')
    middle = left + _SIDE / 2
    parts.append(
        f'<text x="{middle}" y="{bottom + 32}" text-anchor="middle">{escape(across)}</text>'
    )
    for number, line in enumerate(lines):
        path = "L".join(f"{left + x * _SIDE:.1f} {bottom - y * _SIDE:.1f}" for x, y in line)
        parts.append(f'<path class="line c{number % _COLOURS}" d="M{path}"/>')
    return "".join([*parts, "</g>"])


def _legend(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        y = _TOP + _SIDE + _BOTTOM + 6 + 18 * number
        yield f'<path class="line c{number % _COLOURS}" d="M{_LEFT} {y - 4}h24"/>'
        yield f'<text x="{_LEFT + 32}" y="{y}">{escape(name)}</text>'


def _page(rows: Sequence[dict[str, Any]], curves: Sequence[Curve]) -> Iterator[str]:
    yield "# Knowing when the articles do not say\n\n![curves](abstain.svg)\n"
    yield from _table(rows)
    yield "\n## Is the evidence a probability?\n"
    yield from _table(
        [
            {"set": curve.name, "evidence": mean, "answerable": share, "questions": count}
            for curve in curves
            for mean, share, count in curve.reliability()
        ]
    )


def _table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield "| " + " | ".join(_cell(row.get(column, "")) for column in columns) + " |"


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
