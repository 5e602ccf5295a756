"""The worst answers in full: what was asked, expected and said, and every paragraph behind it."""

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.metrics.rows import Citation, Hit
from eval.report.outcomes import Asked
from eval.report.page.markup import Span, anchor, clipped, escaped, foreign, lang, marked
from eval.report.words import figure

_FEW = 3  # hits shown of an answer that cites nothing
_LONGEST = 1200  # characters of a sentence, a question or a gold answer

Made = Mapping[str, Any]


def answers(worst: Sequence[Made], asked: Mapping[str, Asked]) -> str:
    """The section of the worst answers."""
    if not worst:
        return "<p>No answer has a fault that a rule could find.</p>"
    return "\n".join(_answer(asked[item["id"]], item["why"]) for item in worst)


def _answer(asked: Asked, why: Sequence[str]) -> str:
    reasons = "".join(f"<li>{html.escape(reason)}</li>" for reason in why)
    return f"""<article class="case" id="q-{anchor(asked.id)}">
<header>{_heading(asked)}</header>
{_history(asked)}{foreign(clipped(asked.question.text, _LONGEST), tag="p", css="question")}
<ul class="why">{reasons}</ul>
<div class="sides">
<section class="expected"><h4>Expected</h4>{_expected(asked)}</section>
<section class="said"><h4>Answered</h4>{_said(asked)}</section>
</div>
{_paragraphs(asked)}</article>"""


def _heading(asked: Asked) -> str:
    question = asked.question
    facts = [escaped(clipped(question.type, 60)), f"asked in {escaped(question.language)}"]
    if question.evidence_language:
        facts.append(f"evidence in {escaped(question.evidence_language)}")
    if asked.confidence is not None:
        facts.append(f"confidence {figure(asked.confidence)}")
    name = anchor(asked.id)
    link = f'<a href="#r-{name}" title="to the table of all questions">{escaped(asked.id)}</a>'
    tag = f'<span class="tag {asked.outcome}">{asked.outcome}</span>'
    return f'<h3>{link}</h3> {tag} <span class="facts">{" · ".join(facts)}</span>'


def _history(asked: Asked) -> str:
    turns = [
        f"<p>{foreign(clipped(q, _LONGEST))}</p><p>{foreign(clipped(a, _LONGEST))}</p>"
        for q, a in asked.question.history
    ]
    understood = asked.row.get("asked")
    if isinstance(understood, str):
        turns.append(f"<p>Understood as: {foreign(clipped(understood, _LONGEST))}</p>")
    return f'<div class="history">{"".join(turns)}</div>\n' if turns else ""


def _expected(asked: Asked) -> str:
    question = asked.question
    parts = []
    if not question.answerable:
        parts.append("<p>No answer: the articles do not say.</p>")
    parts += [f"<p>{_alternatives(group)}</p>" for group in question.answers]
    parts += [f"<p>or, corrected: {_alternatives(c.answers)}</p>" for c in question.corrections]
    if question.forbidden:
        parts.append(f"<p>not: {_alternatives(question.forbidden)}</p>")
    proofs = [(e.source, e.quote) for e in question.evidence]
    proofs += [(c.source, c.quote) for c in question.corrections]
    parts += [
        f'<p class="proof">{foreign(clipped(quote, _LONGEST), tag="q")} '
        f'<span class="facts">{foreign(source)}</span></p>'
        for source, quote in proofs
    ]
    return "".join(parts)


def _alternatives(words: Sequence[str]) -> str:
    return ' <span class="or">or</span> '.join(foreign(clipped(w, _LONGEST)) for w in words)


def _said(asked: Asked) -> str:
    row = asked.row
    if asked.view.failed:
        return f"<p>Failed: {foreign(clipped(str(row['error']), _LONGEST))}</p>"
    parts = [_sentence(sentence, asked.id) for sentence in row["sentences"]]
    if not parts:
        parts.append(f"<p>{foreign(clipped(str(row.get('answer') or 'No answer.'), _LONGEST))}</p>")
    withdrawn = [_sentence(sentence, asked.id) for sentence in row.get("withdrawn", ())]
    if withdrawn:
        parts.append(f'<div class="withdrawn"><p>Withdrawn:</p>{"".join(withdrawn)}</div>')
    return "".join(parts)


def _sentence(sentence: Made, name: str) -> str:
    links = " ".join(
        f'<a class="cite" href="#p-{anchor(name)}-{c["number"]}">{c["number"]}</a>'
        for c in sentence["citations"]
    )
    support = str(sentence["support"])
    reasons = "; ".join(str(reason) for reason in sentence.get("reasons", ()))
    told = f' <span class="facts">{foreign(clipped(reasons, 400))}</span>' if reasons else ""
    words = foreign(clipped(str(sentence["text"]), _LONGEST))
    tag = f'<span class="verdict {escaped(support)}">{escaped(support)}</span>'
    return f"<p>{words} {links} {tag}{told}</p>"


def _paragraphs(asked: Asked) -> str:
    shown = list(_shown(asked))
    if not shown:
        return ""
    cited = {place for place, _ in _cited(asked)}
    gold = sum(bool(hit.paragraphs & asked.gold) for _, hit in shown)
    told = f"{len(cited)} cited, {gold} with the expected evidence, {len(asked.view.hits)} found"
    body = "".join(_paragraph(asked, place, hit) for place, hit in shown)
    return f"<details><summary>Paragraphs <span>({told})</span></summary>{body}</details>\n"


def _shown(asked: Asked) -> Iterator[tuple[int, Hit]]:
    """The hits that tell most, with their places: what is cited and what proves the answer."""
    cited = {place for place, _ in _cited(asked)}
    for place, hit in enumerate(asked.view.hits, 1):
        if place in cited or hit.paragraphs & asked.gold or (not cited and place <= _FEW):
            yield place, hit


def _cited(asked: Asked) -> list[tuple[int, Citation]]:
    return [(c.number, c) for c in asked.view.citations if asked.view.cited(c) is not None]


def _paragraph(asked: Asked, place: int, hit: Hit) -> str:
    spans: list[Span] = [(c.start, c.end, "cited") for n, c in _cited(asked) if n == place]
    tags = ['<span class="tag cited">cited</span>'] if spans else []
    if hit.paragraphs & asked.gold:
        tags.append('<span class="tag gold">expected evidence</span>')
        spans += _found(hit.text, [e.quote for e in asked.question.evidence])
    facts = " · ".join(foreign(text) for text in (hit.source, hit.date or "") if text)
    words = marked(hit.text, spans)
    return f"""<section class="paragraph" id="p-{anchor(asked.id)}-{place}">
<h4><span class="place">{place}</span> {foreign(hit.title or hit.source)} {"".join(tags)}</h4>
<p class="facts">{facts}</p>
<p class="text" dir="auto" lang="{lang(hit.text)}">{words}</p></section>"""


def _found(text: str, quotes: Sequence[str]) -> list[Span]:
    """Where quotes stand word for word; a quote in another script has only its paragraph named."""
    places = ((text.find(quote), len(quote)) for quote in quotes)
    return [(start, start + length, "gold") for start, length in places if start >= 0 and length]
