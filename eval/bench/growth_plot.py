"""Log-log plots as SVG, written by hand: readable on light and on dark pages."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

Points = Sequence[tuple[float, float]]

_WIDE, _HIGH = 360, 230  # of one panel, its margins included
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 74, 34, 38
_LABEL_GAP = 13  # between two labels, so that they do not cover each other

_STYLE = """
text { font: 11px system-ui, sans-serif; fill: #44433f; }
.title { font-size: 13px; font-weight: 600; fill: #1b1b19; }
.grid { stroke: #e3e2dc; } .axis { stroke: #8c8b84; }
.line { fill: none; stroke-width: 2; } circle { stroke: none; }
.c0 { stroke: #2a78d6; fill: #2a78d6; } .c1 { stroke: #d9571f; fill: #d9571f; }
.c2 { stroke: #14946a; fill: #14946a; } .line { fill: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #c3c2b7; } .title { fill: #f4f3ee; }
  .grid { stroke: #383835; } .axis { stroke: #7d7c75; }
  .c0 { stroke: #4f97ee; fill: #4f97ee; } .c1 { stroke: #ea7a48; fill: #ea7a48; }
  .c2 { stroke: #2db88a; fill: #2db88a; } .line { fill: none; }
}
"""


@dataclass(frozen=True)
class Panel:
    """A plot with up to three lines: name → points (x, y), all above 0."""

    title: str
    lines: Mapping[str, Points]


def growth_svg(panels: Sequence[Panel], across: str) -> str:
    """Panels two in a row as one SVG; `across` names what the x axes count."""
    rows = math.ceil(len(panels) / 2)
    width, height = 2 * _WIDE, rows * _HIGH
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<style>{_STYLE}</style>",
    ]
    for number, panel in enumerate(panels):
        x, y = number % 2 * _WIDE, number // 2 * _HIGH
        parts.append(f'<g transform="translate({x} {y})">{_panel(panel, across)}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel, across: str) -> str:
    points = [point for line in panel.lines.values() for point in line]
    x = _Scale([p[0] for p in points], _LEFT, _WIDE - _RIGHT)
    y = _Scale([p[1] for p in points], _HIGH - _BOTTOM, _TOP)
    parts = [f'<text class="title" x="{_LEFT}" y="18">{escape(panel.title)}</text>']
    for value in x.ticks:
        at, bottom = x(value), _HIGH - _BOTTOM
        parts.append(f'<path class="grid" d="M{at:.1f} {_TOP}V{bottom}"/>')
        parts.append(_text(at, bottom + 15, _short(value), "middle"))
    for value in y.ticks:
        at = y(value)
        parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{_WIDE - _RIGHT}"/>')
        parts.append(_text(_LEFT - 6, at + 4, _short(value), "end"))
    parts.append(
        f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{_HIGH - _BOTTOM}H{_WIDE - _RIGHT}"/>'
    )
    parts.append(_text((_LEFT + _WIDE - _RIGHT) / 2, _HIGH - 6, across, "middle"))
    return "".join([*parts, *_lines(panel.lines, x, y)])


def _lines(lines: Mapping[str, Points], x: "_Scale", y: "_Scale") -> list[str]:
    parts = []
    places = _apart({name: y(line[-1][1]) for name, line in lines.items() if line})
    for number, (name, line) in enumerate(lines.items()):
        if not line:
            continue
        colour = f"c{number % 3}"
        path = "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in line)
        parts.append(f'<path class="line {colour}" d="M{path}"/>')
        for a, b in line:
            tip = f"<title>{escape(name)}: {b:,.4g} at {a:,.0f}</title>"
            parts.append(
                f'<circle class="{colour}" cx="{x(a):.1f}" cy="{y(b):.1f}" r="3.5">{tip}</circle>'
            )
        parts.append(_text(x(line[-1][0]) + 9, places[name] + 4, name, "start"))
    return parts


class _Scale:
    """From values to places, by powers of ten; the ticks are the powers that enclose the values."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values)) + 1e-9)
        self._high = max(math.ceil(math.log10(max(values)) - 1e-9), self._low + 1)
        self._start, self._end = start, end
        self.ticks = [10.0**power for power in range(self._low, self._high + 1)]

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)


def _apart(places: Mapping[str, float]) -> dict[str, float]:
    """Places of labels from the top down, pushed down where two would overlap."""
    moved: dict[str, float] = {}
    last = -math.inf
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        last = moved[name] = max(place, last + _LABEL_GAP)
    return moved


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(value: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
