"""The page's tables of figures: headline, all metrics, groups, verdicts, costs, what made it."""

import html
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from eval.metrics import METRICS
from eval.report import svg
from eval.report.figures import BASELINES, HEADLINE
from eval.report.headline import ARROWS, TITLES
from eval.report.page.markup import clipped, escaped
from eval.report.words import NONE, count, figure, interval, milliseconds

Made = Mapping[str, Any]

_LONGEST = 60  # characters of a group's name
_LOWEST = {"net_score": -1.0}  # the smallest value of a metric, where it is not 0
_GROUPS = {
    "type": "By type of question",
    "language": "By language of the question",
    "evidence": "By language of the evidence",
    "split": "By split: looked at while thresholds were chosen, or unseen",
    "set": "By file",
}
_STAGES = {"retrieve": "paragraphs found", "first_token": "first words", "total": "answer complete"}


def cards(metrics: Made) -> str:
    """The figures that should be looked at first."""
    return "\n".join(_card(name, metrics[name]) for name in HEADLINE)


def metrics_table(metrics: Made) -> str:
    """All metrics, a table body for each group."""
    bodies = []
    for group, members in groupby(METRICS.values(), key=lambda metric: metric.group):
        rows = "\n".join(_metric(metric.name, metrics[metric.name]) for metric in members)
        bodies.append(
            f'<tbody><tr class="group"><th colspan="7" scope="rowgroup">{html.escape(group)}</th>'
            f"</tr>\n{rows}</tbody>"
        )
    header = _header("metric", "mean", "95 % interval", "", "n", "unknown", "random · bm25")
    return _wide("all metrics", f'<table class="metrics">{header}{"".join(bodies)}</table>')


def group_tables(groups: Made) -> str:
    """A table for each way of grouping that has groups."""
    return "\n".join(_grouped(title, name, groups[name]) for name, title in _GROUPS.items()
                     if groups[name])  # fmt: skip


def verdict_table(verdicts: Made) -> str:
    """What became of the sentences with each verdict."""
    rows = "\n".join(
        f'<tr><th scope="row"><span class="verdict {escaped(name)}">{escaped(name)}</span></th>'
        f'<td class="n">{of["sentences"]}</td>{_estimate(of["cites_gold"])}{_estimate(of["right"])}'
        "</tr>"
        for name, of in verdicts.items()
    )
    header = _header("verdict", "sentences", "cite gold evidence", "", "answered right", "")
    return _wide("verdicts", f'<table class="narrow">{header}<tbody>{rows}</tbody></table>')


def cost_tables(made: Made) -> str:
    """Times and tokens."""
    rows = "\n".join(
        f'<tr><th scope="row">{_STAGES[name]}</th><td class="n">{of["n"]}</td>'
        + "".join(f"<td>{milliseconds(of[key])}</td>" for key in ("p50", "p95", "max"))
        + "</tr>"
        for name, of in made["latency"].items()
    )
    header = _header("until", "n", "median", "95 %", "longest")
    times = _wide("latency", f'<table class="narrow">{header}<tbody>{rows}</tbody></table>')
    used = {name: of for name, of in made["tokens"].items() if of["n"]}
    if not used:
        return times + "<p>No language model was asked: no tokens were used.</p>"
    rows = "\n".join(
        f'<tr><th scope="row">{name}</th><td class="n">{of["n"]}</td>'
        + "".join(f"<td>{count(of[key])}</td>" for key in ("p50", "p95", "sum"))
        + "</tr>"
        for name, of in used.items()
    )
    header = _header("tokens", "n", "median", "95 %", "sum")
    return times + _wide("tokens", f'<table class="narrow">{header}<tbody>{rows}</tbody></table>')


def header_table(run: Made) -> str:
    """Everything that made the answers, as the run's header keeps it."""
    rows = "\n".join(
        f'<tr><th scope="row">{escaped(key)}</th><td><code>{_shown(value)}</code></td></tr>'
        for key, value in run.items()
    )
    return _wide("what made the run", f'<table class="made"><tbody>{rows}</tbody></table>')


def _card(name: str, of: Made) -> str:
    floor = " · ".join(
        f"{baseline} {_percent(value)}"
        for baseline, value in of["baselines"].items()
        if value is not None
    )
    spread = f"{_percent(of['low'])} to {_percent(of['high'])}" if of["n"] else "not defined here"
    better = f"{METRICS[name].better} is better"
    arrow = f'<span class="better" title="{better}">{ARROWS[name]}</span>'
    return f"""<div class="card"><h3>{html.escape(TITLES[name])}</h3>
<p class="big">{_percent(of["mean"])} {arrow}</p>
{svg.bar(of, wide=200)}
<p class="facts">{spread} · n {of["n"]}</p>
<p class="facts">{floor or "no baseline"}</p>
<p class="what"><code>{name}</code> {html.escape(METRICS[name].what)}</p></div>"""


def _metric(name: str, of: Made) -> str:
    metric = METRICS[name]
    floor = " · ".join(
        f'<span class="base {b}">{figure(of["baselines"][b])}</span>' for b in BASELINES
    )
    bar = svg.bar(of, low=_LOWEST.get(name, 0))
    return (
        f'<tr class="{"" if of["n"] else "empty"}"><th scope="row"><code>{name}</code> '
        f'<span class="better" title="{metric.better} is better">{ARROWS[name]}</span>'
        f'<span class="what">{html.escape(metric.what)}</span></th>'
        f'<td class="mean">{figure(of["mean"])}</td><td>{interval(of["low"], of["high"])}</td>'
        f'<td class="chart">{bar}</td><td class="n">{of["n"]}</td>'
        f"<td>{figure(of['unknown'])}</td><td>{floor}</td></tr>"
    )


def _grouped(title: str, name: str, groups: Made) -> str:
    rows = "\n".join(
        f'<tr><th scope="row"><bdi>{escaped(clipped(value, _LONGEST))}</bdi></th>'
        f'<td class="n">{group["n"]}</td>'
        f'<td class="chart">{svg.shares(group["outcomes"], wide=120)}</td>'
        + "".join(_cell(group["metrics"][metric]) for metric in HEADLINE)
        + "</tr>"
        for value, group in groups.items()
    )
    header = _header(name, "n", "outcomes", *(f"{m} {ARROWS[m]}" for m in HEADLINE))
    return f"<h3>{title}</h3>" + _wide(title, f"<table>{header}<tbody>{rows}</tbody></table>")


def _cell(of: Made) -> str:
    if not of["n"]:
        return f'<td class="chart none">{NONE}</td>'
    told = f"95 % {interval(of['low'], of['high'])}, n {of['n']}"
    return f'<td class="chart" title="{told}">{figure(of["mean"])}{svg.bar(of, wide=84)}</td>'


def _estimate(of: Made) -> str:
    return (
        f'<td class="mean">{figure(of["mean"])}</td><td class="chart">{svg.bar(of, wide=120)}</td>'
    )


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{value:.1%}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "<br>".join(f"{escaped(str(k))}: {_shown(v)}" for k, v in value.items()) or NONE
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "<br>".join(_shown(each) for each in value) or NONE
    return NONE if value is None or value == "" else escaped(str(value))


def _header(*names: str) -> str:
    cells = "".join(f'<th scope="col">{html.escape(n)}</th>' if n else "<td></td>" for n in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _wide(name: str, table: str) -> str:
    """A table that scrolls sideways on its own where the screen is narrow."""
    label = html.escape(name)
    return f'<div class="wide" role="region" aria-label="{label}" tabindex="0">{table}</div>'
