"""Small charts as inline SVG: no script, colours from the page's style, a label for each."""

import html
from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

from eval.report.words import figure, interval, milliseconds

Made = Mapping[str, Any]

_WIDE, _HIGH = 340, 240  # of a plot, in its own units
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 14, 14, 40  # margins of a plot
_BINS = 28  # of a histogram


def bar(of: Made, *, low: float = 0, wide: int = 168) -> str:
    """Mean and interval of an estimate from `low` to 1, with its baselines as ticks."""

    def x(value: float) -> float:
        return 5 + (wide - 10) * (value - low) / (1 - low)

    label = f"{figure(of['mean'])}, 95 % interval {interval(of['low'], of['high'])}"
    parts = [f'<line class="rail" x1="5" x2="{wide - 5}" y1="9" y2="9"/>']
    parts += [_tick(x(value), "grid", 6, 12) for value in (low, (low + 1) / 2, 1)]
    for name, value in of.get("baselines", {}).items():
        if value is not None:
            label += f"; {name} {figure(value)}"
            parts.append(_tick(x(value), f"base {name}", 2, 16))
    if of["mean"] is not None:
        ends = f'x1="{x(of["low"]):.1f}" x2="{x(of["high"]):.1f}"'
        parts.append(f'<line class="range" {ends} y1="9" y2="9"/>')
        parts.append(f'<circle class="mean" cx="{x(of["mean"]):.1f}" cy="9" r="3.6"/>')
    return _drawn("bar", wide, 18, label, parts)


def shares(counts: Mapping[str, int], *, wide: int = 168, high: int = 10) -> str:
    """How a number is divided, as one bar; the parts have the classes of their names."""
    total = sum(counts.values())
    parts, left = [], 0.0
    for name, number in counts.items():
        part = wide * number / total if total else 0
        if number:
            size = f'x="{left:.1f}" width="{max(part - 1, 0.5):.1f}" height="{high}"'
            parts.append(f'<rect class="{html.escape(name)}" {size}/>')
        left += part
    label = ", ".join(f"{number} {name}" for name, number in counts.items())
    return _drawn("shares", wide, high, label, parts, stretched=True)


def risk_coverage(curve: Made) -> str:
    """Share of answers that are wrong against share of questions answered, surest first."""
    points = [(point["coverage"], point["risk"]) for point in curve["points"]]
    top = _top(max((risk for _, risk in points), default=0))
    parts = _frame("questions answered, the surest first", "answers that are wrong", 1, top)
    line = " ".join(f"{_x(c):.1f},{_y(r, top):.1f}" for c, r in points)
    parts.append(f'<polyline class="curve" points="{line}"/>')
    if points:
        last = points[-1]
        parts.append(
            f'<circle class="mean" cx="{_x(last[0]):.1f}" cy="{_y(last[1], top):.1f}" r="4"/>'
        )
    label = f"Risk-coverage curve, area {figure(curve['aurc'])}"
    return _drawn("plot", _WIDE, _HIGH, label, parts)


def calibration(made: Made) -> str:
    """Share of right answers against confidence; the larger a dot, the more answers."""
    parts = _frame("confidence", "answers that are right", 1, 1)
    ends = f'x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"'
    parts.append(f'<line class="diagonal" {ends}/>')
    most = max((one["n"] for one in made["bins"]), default=0)
    for one in made["bins"]:
        if one["n"]:
            place = f'cx="{_x(one["confidence"]):.1f}" cy="{_y(one["right"]):.1f}"'
            facts = f"confidence {figure(one['confidence'])}, right {figure(one['right'])}"
            told = f"{one['n']} answers: {facts}"
            size = 3 + 9 * (one["n"] / most) ** 0.5
            parts.append(
                f'<circle class="bin" {place} r="{size:.1f}"><title>{told}</title></circle>'
            )
    label = f"Calibration, expected error {figure(made['ece'])}"
    return _drawn("plot", _WIDE, _HIGH, label, parts)


def histogram(values: Sequence[float], marks: Mapping[str, float | None]) -> str:
    """How durations (milliseconds) are spread, on a logarithmic scale, with marks above."""
    wide, high = 340, 96
    logs = [log10(max(value, 0.1)) for value in values]
    first, last = min(logs, default=0), max(logs, default=1)
    span = max(last - first, 0.3)
    counts = [0] * _BINS
    for value in logs:
        counts[min(_BINS - 1, int((value - first) / span * _BINS))] += 1
    most, step = max(counts) or 1, (wide - 20) / _BINS
    parts = [
        f'<rect class="column" x="{10 + i * step:.1f}" y="{74 - 52 * n / most:.1f}" '
        f'width="{step - 1:.1f}" height="{52 * n / most:.1f}"/>'
        for i, n in enumerate(counts)
        if n
    ]
    parts.append(f'<line class="axis" x1="10" x2="{wide - 10}" y1="74.5" y2="74.5"/>')
    for share, side in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        words = milliseconds(10 ** (first + share * span))
        parts.append(_text(10 + share * (wide - 20), 90, words, side))
    for name, mark in marks.items():
        if mark is not None:
            place = 10 + (log10(max(mark, 0.1)) - first) / span * (wide - 20)
            parts += [_tick(place, "limit", 14, 74), _text(place, 10, name, "middle")]
    label = ", ".join(f"{name} {milliseconds(mark)}" for name, mark in marks.items())
    return _drawn("plot spread", wide, high, f"Distribution of {len(values)} times: {label}", parts)


def _frame(across: str, up: str, right: float, top: float) -> list[str]:
    """Axes in per cent, from 0 to `right` and `top`, with what they say."""
    parts = []
    for part in (0, 0.25, 0.5, 0.75, 1):
        x, y = _x(part), _y(part * top, top)
        ends = f'x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        parts.append(f'<line class="{"grid" if part else "axis"}" {ends}/>')
        parts.append(_text(x, _HIGH - _BOTTOM + 15, f"{part * right:.0%}", "middle"))
        parts.append(_text(_LEFT - 6, y + 3.5, f"{part * top * 100:.3g}%", "end"))
    parts.append(_text((_LEFT + _WIDE - _RIGHT) / 2, _HIGH - 8, across, "middle", "name"))
    parts.append(_text(_LEFT, 9, f"↑ {up}", "start", "name"))
    return parts


def _top(value: float) -> float:
    """The end of an axis that reaches a share: a round one."""
    return next((end for end in (0.04, 0.08, 0.2, 0.4, 0.6, 0.8) if value <= end), 1.0)


def _x(share: float) -> float:
    return _LEFT + share * (_WIDE - _LEFT - _RIGHT)


def _y(share: float, top: float = 1) -> float:
    return _HIGH - _BOTTOM - share / top * (_HIGH - _TOP - _BOTTOM - 8)


def _tick(x: float, css: str, top: float, bottom: float) -> str:
    return f'<line class="{css}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'


def _text(x: float, y: float, words: str, side: str, css: str = "scale") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{side}"'
    return f'<text class="{css}" {place}>{html.escape(words)}</text>'


def _drawn(
    css: str, wide: int, high: int, label: str, parts: Sequence[str], *, stretched: bool = False
) -> str:
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    size += ' preserveAspectRatio="none"' if stretched else ""
    head = f'<svg class="{css}" {size} role="img" aria-label="{html.escape(label)}">'
    return f"{head}{''.join(parts)}</svg>"
