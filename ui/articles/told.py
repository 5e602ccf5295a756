"""Work on the articles in the reader's words: how far it is, how it ended, why it was refused."""

from index.readers import SUFFIXES, Fault
from rag.errors import YinzhengError
from ui.articles.errors import Reason, Refusal, reason_of
from ui.articles.job import Outcome, Status
from ui.articles.uploads import LARGEST_FILE, largest
from ui.inert import inert, inert_words
from ui.texts.articles import ArticlesTexts

FAULTS = 50  # told at most; more are counted
KINDS = " ".join(SUFFIXES)


def refusal_words(error: YinzhengError, texts: ArticlesTexts) -> str:
    """Why something was not done, and what to do."""
    name = error.name if isinstance(error, Refusal) else ""
    return _words(reason_of(error), name, texts)


def stage_words(status: Status, texts: ArticlesTexts) -> str:
    """How far the work is."""
    stage = texts.stages.get(status.stage, texts.stages["write"])
    if status.total < 2:
        return stage
    return texts.of.format(stage=stage, done=min(status.done, status.total), total=status.total)


def render_end(status: Status, texts: ArticlesTexts) -> str:
    """How the work ended, as a fragment of HTML."""
    if status.state == "cancelled":
        return f"<p>{inert(texts.cancelled)}</p>"
    if status.outcome is None:
        words = _words(status.reason or "failed", "", texts)
        why = f"<p>{inert(status.why)}</p>"
        more = f"<details><summary>{inert(texts.details)}</summary>{why}</details>"
        return f'<p class="wrong">{inert(words)}</p>{more if status.why else ""}'
    return _done(status, status.outcome, texts)


def _done(status: Status, outcome: Outcome, texts: ArticlesTexts) -> str:
    if status.kind == "undo":
        words = texts.brought_back.format(articles=f"{outcome.articles:,}")
    elif outcome.files:
        words = texts.added.format(files=len(outcome.files), articles=f"{outcome.articles:,}")
    else:
        words = texts.added_none
    holds = texts.holds.format(total=f"{outcome.total:,}")
    parts = [f"<p>{inert(words)} {inert(holds)}</p>"]
    if outcome.replaced:
        names = texts.between.join(outcome.replaced)
        parts.append(f'<p class="facts">{inert_words(texts.replaced.format(names=names))}</p>')
    if outcome.faults:
        told = "".join(f"<li>{_fault(fault, texts)}</li>" for fault in outcome.faults[:FAULTS])
        more = len(outcome.faults) - FAULTS
        if more > 0:
            told += f"<li>{inert(texts.more_faults.format(count=more))}</li>"
        parts.append(f'<p>{inert(texts.left_out)}</p><ul class="list faults">{told}</ul>')
    return "".join(parts)


def _fault(fault: Fault, texts: ArticlesTexts) -> str:
    reason = texts.reason(fault.reason)
    if fault.line is None:
        return inert_words(texts.fault.format(source=fault.source, reason=reason))
    words = texts.fault_line.format(source=fault.source, line=fault.line, reason=reason)
    return inert_words(words)


def _words(reason: Reason, name: str, texts: ArticlesTexts) -> str:
    return texts.refusals[reason].format(name=name, kinds=KINDS, size=_megabytes(name))


def _megabytes(name: str) -> int:
    """The most that a file of this name may have, in MB."""
    try:
        return largest(name) // 1_000_000
    except Refusal:
        return LARGEST_FILE // 1_000_000
