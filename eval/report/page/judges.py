"""What judges say, after how far they can be believed."""

import html
from collections.abc import Mapping
from typing import Any

from eval.report import svg
from eval.report.page.markup import escaped
from eval.report.words import NONE, figure, interval, plural

Made = Mapping[str, Any]


def judges(made: Made) -> str:
    """The section of the judges; nothing where none was asked."""
    return "\n".join(_judge(summary) for summary in made.values())


def _judge(summary: Made) -> str:
    found = summary["agreement"]
    rows = _agreement("labels", found["labels"])
    rows += _agreement("the check by rules", found["tiers"]) if found["tiers"] else ""
    heads = ("agreement with", "n", "kappa", "95 % interval", "accuracy", "balanced", "no verdict")
    header = "".join(f'<th scope="col">{head}</th>' for head in heads)
    table = f"<thead><tr>{header}</tr></thead><tbody>{rows}</tbody>"
    return (
        f"<h3>{escaped(summary['judge']['name'])}</h3>\n"
        '<div class="wide" role="region" aria-label="agreement" tabindex="0">'
        f'<table class="narrow">{table}</table></div>\n'
        f"{_confusion(found['labels'])}{_score(summary)}{_cost(summary['cost'])}"
    )


def _agreement(other: str, of: Made) -> str:
    cells = (
        str(of["n"]),
        figure(of["kappa"]),
        interval(of["low"], of["high"]),
        figure(of["accuracy"]),
        figure(of["balanced_accuracy"]),
        NONE if of["unknown"] is None else f"{of['unknown']:.1%}",
    )
    return f'<tr><th scope="row">{other}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _confusion(labelled: Made) -> str:
    """What the labels say against what the judge said, sentence by sentence."""
    given = labelled["confusion"]
    names = list(dict.fromkeys(name for counts in given.values() for name in counts))
    if not labelled["n"]:
        return ""
    header = "".join(f'<th scope="col">{escaped(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{escaped(label)}</th>'
        + "".join(f"<td>{counts[name]}</td>" for name in names)
        + "</tr>"
        for label, counts in given.items()
    )
    return (
        '<div class="wide" role="region" aria-label="confusion" tabindex="0">'
        f'<table class="narrow"><thead><tr><th scope="col">label ↓, judge →</th>{header}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>\n"
    )


def _score(summary: Made) -> str:
    found, run = summary["faithfulness"], summary["run"]
    if not found:
        return ""
    lower, upper = found["supported"], found["upper"]
    doubt = (
        '<p class="note">It agrees poorly with the labels: its score says little.</p>\n'
        if summary["poor"]
        else ""
    )
    told = f"{run['judged']} of {plural(run['sentences'], 'sentence')} judged"
    return (
        f"{doubt}<p>Judged faithfulness {figure(lower['mean'])} "
        f"({interval(lower['low'], lower['high'])}), at most {figure(upper['mean'])} if all it "
        f"could not say were true; {told}. {svg.bar(lower)}</p>\n"
    )


def _cost(cost: Made) -> str:
    facts = [plural(cost["calls"], "call"), f"{cost['seconds']:,.0f} s"]
    facts += [f"{cost['failed']} failed"] if cost["failed"] else []
    if cost["prompt_tokens"] is not None:
        facts.append(
            f"{cost['prompt_tokens']:,} tokens read, {cost['reply_tokens'] or 0:,} written"
        )
    return f'<p class="facts">{html.escape(", ".join(facts))}</p>'
