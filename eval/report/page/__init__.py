"""The report as one HTML file that needs no other: no script, no font, no picture, no network.

It is written to be read: the figures first, then where they fail, then the answers themselves.
Everything that articles, questions and models say is escaped; the page's policy forbids what might
get through all the same.
"""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.report import svg
from eval.report.costs import STAGES, durations
from eval.report.outcomes import OUTCOMES, asked_of
from eval.report.page.answers import answers
from eval.report.page.judges import judges
from eval.report.page.markup import escaped, foreign
from eval.report.page.questions import questions
from eval.report.page.tables import (
    cards,
    cost_tables,
    group_tables,
    header_table,
    metrics_table,
    verdict_table,
)
from eval.report.rerun import command
from eval.report.words import figure, plain, plural
from eval.runner import Run

_STYLE = Path(__file__).with_name("style.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PARTS = {
    "metrics": "All metrics",
    "groups": "By group",
    "reliability": "Reliability",
    "cost": "Time and tokens",
    "judges": "Judges",
    "worst": "To look at first",
    "questions": "All questions",
    "made": "How it was made",
}
_ORDER = (
    "The answers with the gravest faults: failures first, then what harms a reader who trusts the "
    "answer, then what is only wrong or withheld."
)
_LEGEND = (
    "Dot: mean. Bar: 95 % interval, bootstrap over articles. Ticks: what costs nothing to reach, "
)

Made = Mapping[str, Any]


def page(run: Run, made: Made) -> str:
    """The report of a run as a whole HTML document; `made` are its figures."""
    asked = asked_of(run)
    shown = {each.id: each for each in asked}
    parts = {
        "metrics": _legend() + metrics_table(made["metrics"]),
        "groups": _keys() + group_tables(made["groups"]),
        "reliability": _reliability(made),
        "cost": _times(run, made) + cost_tables(made),
        "judges": judges(made["judges"]),
        "worst": f"<p>{_ORDER}</p>{answers(made['worst'], shown)}",
        "questions": questions(asked, [item["id"] for item in made["worst"]]),
        "made": _made(made),
    }
    parts = {name: body for name, body in parts.items() if body}
    links = "".join(f'<li><a href="#{name}">{_PARTS[name]}</a></li>' for name in parts)
    sections = "\n".join(
        f'<section id="{name}"><h2>{_PARTS[name]}</h2>\n{body}</section>'
        for name, body in parts.items()
    )
    title = f"{plain(made['run']['set'])}, answered by {plain(made['run']['llm'])}"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{html.escape(title)} — Yinzheng evaluation</title>
<style>
{_STYLE.read_text("utf-8")}</style>
</head>
<body>
<header class="masthead">
<p class="house"><span lang="zh-Hans">引证</span> Yinzheng · evaluation</p>
{_masthead(made)}
<nav aria-label="contents"><ul>{links}</ul></nav>
</header>
<main>
<section class="cards" aria-label="headline figures">
{cards(made["metrics"])}
</section>
{sections}
</main>
<footer><p>figures digest <code>{made["digest"]}</code></p></footer>
</body>
</html>
"""


def _masthead(made: Made) -> str:
    run, counted = made["run"], made["questions"]
    missing = ", ".join(dict.fromkeys(escaped(i["id"]) for i in counted["evidence_missing"]))
    told = f"{counted['asked']:,} of {plural(counted['in_set'], 'question')}"
    note = f'<p class="note">Evidence missing in this store: {missing}.</p>' if missing else ""
    return f"""<h1>{foreign(run["set"])}, answered by {foreign(run["llm"])}</h1>
<p class="lead">{told} asked, about {plural(counted["articles"], "article")};
{plural(run["paragraphs"], "paragraph")} in the store, {run["k"]} shown to each answer.</p>
{note}<figure class="outcomes">{svg.shares(counted["outcomes"], wide=1000, high=16)}
{_keys(counted["outcomes"])}</figure>"""


def _keys(counts: Mapping[str, int] | None = None) -> str:
    """The colours of the outcomes, with their numbers."""
    names = {name: f"{counts[name]:,} {name}" if counts else name for name in OUTCOMES}
    keys = (f'<li><span class="key {name}"></span>{words}</li>' for name, words in names.items())
    return f'<ul class="keys">{"".join(keys)}</ul>'


def _legend() -> str:
    return (
        f'<p class="legend">{_LEGEND}<span class="base random">random</span> paragraphs and '
        '<span class="base bm25">bm25</span>, words alone. Unknown: the share of what a figure '
        "rests on that no rule could decide. ↑ higher is better, ↓ lower is.</p>"
    )


def _reliability(made: Made) -> str:
    curve, sure = made["risk_coverage"], made["calibration"]
    plots = []
    if curve["points"]:
        plots.append(
            f"<figure>{svg.risk_coverage(curve)}<figcaption>Risk and coverage: of the surest "
            f"answers, how many are wrong. Area {figure(curve['aurc'])}, "
            f"n {curve['n']}.</figcaption></figure>"
        )
    if sure["n"]:
        plots.append(
            f"<figure>{svg.calibration(sure)}<figcaption>Calibration: on the line, answers are as "
            f"often right as they are sure. Expected error {figure(sure['ece'])}, Brier score "
            f"{figure(sure['brier'])}, n {sure['n']}.</figcaption></figure>"
        )
    charts = f'<div class="plots">{"".join(plots)}</div>' if plots else ""
    intro = "<p>What the verdict shown with a sentence says about it.</p>"
    return charts + intro + verdict_table(made["verdicts"])


def _times(run: Run, made: Made) -> str:
    names = {"retrieve": "Paragraphs found", "first_token": "First words", "total": "Complete"}
    plots = []
    for stage in STAGES:
        values, of = durations(run, stage), made["latency"][stage]
        if values:
            marks = {"median": of["p50"], "95 %": of["p95"]}
            plots.append(
                f"<figure>{svg.histogram(values, marks)}"
                f"<figcaption>{names[stage]}</figcaption></figure>"
            )
    return f'<div class="plots">{"".join(plots)}</div>' if plots else ""


def _made(made: Made) -> str:
    run = made["run"]
    return f"""<p>The same figures come of the same set, articles, model and code:</p>
<pre tabindex="0"><code>{html.escape(command(run))}</code></pre>
<p>A rerun that gave the same has the same digest of its figures, whatever the machine:<br>
<code class="digest">{made["digest"]}</code></p>
{header_table(run)}"""
