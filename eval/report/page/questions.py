"""The table of all questions, and what became of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from eval.report.outcomes import OUTCOMES, Asked
from eval.report.page.markup import anchor, clipped, escaped, foreign

_LONGEST = 160  # characters of a question or an answer


def questions(asked: Sequence[Asked], shown: Sequence[str]) -> str:
    """A row for each question; those whose answer is `shown` below link to it."""
    known = frozenset(shown)
    rows = "\n".join(_row(each, linked=each.id in known) for each in asked)
    return f"""{_choice(asked)}
<div class="wide" role="region" aria-label="all questions" tabindex="0">
<table class="all"><thead><tr><th scope="col">id</th><th scope="col">outcome</th>
<th scope="col">question</th><th scope="col">answer</th><th scope="col">type</th>
<th scope="col">language</th></tr></thead>
<tbody>
{rows}
</tbody></table></div>"""


def _choice(asked: Sequence[Asked]) -> str:
    """Radio buttons by which the style hides the rows of other outcomes: no script is needed."""
    counts = {name: sum(each.outcome == name for each in asked) for name in OUTCOMES}
    choices = [("all", len(asked)), *((name, n) for name, n in counts.items() if n)]
    made = "".join(
        f'<label><input type="radio" name="only" id="only-{name}"'
        f"{' checked' if name == 'all' else ''}> {name} <span>{number}</span></label>"
        for name, number in choices
    )
    return f'<fieldset class="only"><legend>Show</legend>{made}</fieldset>'


def _row(asked: Asked, *, linked: bool) -> str:
    question, name = asked.question, anchor(asked.id)
    title = f'<a href="#q-{name}">{escaped(asked.id)}</a>' if linked else escaped(asked.id)
    return (
        f'<tr class="{asked.outcome}" id="r-{name}"><th scope="row">{title}</th>'
        f'<td><span class="tag {asked.outcome}">{asked.outcome}</span></td>'
        f"<td>{foreign(clipped(question.text, _LONGEST))}</td>"
        f"<td>{_answer(asked.row)}</td>"
        f"<td>{escaped(clipped(question.type, 60))}</td><td>{escaped(question.language)}</td></tr>"
    )


def _answer(row: Mapping[str, Any]) -> str:
    words = foreign(clipped(str(row.get("answer") or row.get("error") or ""), _LONGEST))
    return words if row.get("sentences") else f'<span class="none">{words}</span>'
