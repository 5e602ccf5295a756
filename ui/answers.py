"""An answer as one line of inert HTML: its sentences, markers as links, doubts beside them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.text import is_cjk
from rag.answer import Citation, Hit, Reported, Sentence
from ui.conversation import Exchange, Placed
from ui.days import day
from ui.inert import inert, inert_prose, inert_words, lang, visible
from ui.texts import Texts

_MARKER = re.compile(r"\s*\[(\d{1,3})\]")
_LONGEST_TIP = 240  # characters of a quotation in a tooltip


@dataclass
class Draft:
    """An answer while it is written: what was checked so far, and the text after it."""

    placed: list[Placed] = field(default_factory=list)
    pending: str = ""

    def add(self, text: str) -> None:
        """More text of the stream."""
        self.pending += text

    def check(self, sentence: Sentence) -> None:
        """A sentence is complete: move it from the pending text to the checked sentences."""
        placed, self.pending = place(sentence, self.pending)
        self.placed.append(placed)

    def finish(self, sentences: Sequence[Sentence]) -> None:
        """The answer is complete: its sentences replace all text that nobody checked.

        Of sentences that are known only the verdicts may be others.
        """
        known = [(item.sentence.text, item.sentence.citations) for item in self.placed]
        if known == [(sentence.text, sentence.citations) for sentence in sentences]:
            pairs = zip(self.placed, sentences, strict=True)
            self.placed = [replace(item, sentence=sentence) for item, sentence in pairs]
        else:
            self.placed = [Placed("", s, _places(s, ())) for s in sentences]
        self.pending = ""


def place(sentence: Sentence, pending: str) -> tuple[Placed, str]:
    """Find a sentence at the start of the pending text; returns it and the text behind it.

    The sentence carries no markers while the text does, and only markers that the sentence cites
    are taken out of the text: `[1]` may also be words of an article.
    """
    text, cited = sentence.text, {citation.number for citation in sentence.citations}
    lead = pending[: len(pending) - len(pending.lstrip())]
    at, offset, places = len(lead), 0, list[tuple[int, int]]()
    while at < len(pending):
        marker = _MARKER.match(pending, at)
        if marker and int(marker[1]) in cited and not text.startswith(marker[0], offset):
            at = marker.end()
            places.append((offset, int(marker[1])))
        elif pending[at] == text[offset : offset + 1]:
            at, offset = at + 1, offset + 1
        elif offset < len(text) and pending[at].isspace():
            at += 1
        else:
            break
    if offset < len(text):  # not what was streamed: the sentence is right, the text goes
        return Placed(lead, sentence, _places(sentence, ())), ""
    return Placed(lead, sentence, _places(sentence, places)), pending[at:]


def _places(sentence: Sentence, found: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The places found, and the end of the sentence for every other citation."""
    seen = {number for _, number in found}
    missing = dict.fromkeys(c.number for c in sentence.citations if c.number not in seen)
    return (*found, *((len(sentence.text), number) for number in missing))


def render(exchange: Exchange, texts: Texts) -> str:
    """The sentences of an answer so far; the ids of one exchange collide with no other's."""
    parts, before = [], ""
    for order, item in enumerate(exchange.placed, 1):
        parts.append(_gap(item.lead, before))
        parts.append(_sentence(item, exchange.number, order, texts))
        before = item.sentence.text
    if exchange.pending.strip():
        parts.append(_gap(exchange.pending, before) + _pending(exchange))
    return "".join(parts)


def side_by_side(reports: Sequence[Reported], *, turn: int, texts: Texts) -> str:
    """The values that several articles give, each with its marker and its article."""
    rows = []
    for report in reports:
        article = report.citation.hit.article
        told = inert_words(" · ".join(filter(None, (article.title, day(article.date, texts)))))
        value = f"<b>{inert_words(report.value)}</b>"
        marker = _link(turn, report.citation.number, "cite", _tip(report.citation, texts))
        rows.append(f'{value} {marker} <bdi lang="{lang(article.title)}">{told}</bdi>')
    label = f'<span lang="{texts.code}">{inert(texts.reported)}</span>'
    return f'<div class="note reported">{"<br>".join([label, *rows])}</div>'


def _gap(lead: str, before: str) -> str:
    """What separates a sentence from the text before it."""
    if not before:
        return ""
    start = lead[: len(lead) - len(lead.lstrip())]
    if "\n" in start:
        return "<br>" * min(2, start.count("\n"))
    return "" if not start and is_cjk(before[-1]) else " "


def _sentence(item: Placed, turn: int, order: int, texts: Texts) -> str:
    sentence = item.sentence
    citations = {citation.number: citation for citation in reversed(sentence.citations)}
    parts, start = [], 0
    for offset, number in item.places:
        parts.append(inert_prose(sentence.text[start:offset]))
        if number in citations:
            tip = _tip(citations[number], texts)
            parts.append(_link(turn, number, f"cite s{order}", tip))
        start = offset
    parts.append(inert_prose(sentence.text[start:]))
    doubted = "" if sentence.support == "supported" else f" {sentence.support}"
    tag = f'<span class="sentence{doubted}" lang="{lang(sentence.text)}">'
    return f"{tag}{''.join(parts)}</span>{_doubt(sentence, texts)}"


def _tip(citation: Citation, texts: Texts) -> str:
    """What a marker stands for: the article on the first line, the words quoted on the next."""
    words = visible(citation.quote_text)
    if len(words) > _LONGEST_TIP:
        words = words[:_LONGEST_TIP] + "…"
    return f"{_named(citation.hit, texts)}\n{texts.quote.format(words=_one_line(words))}"


def _named(hit: Hit, texts: Texts) -> str:
    """An article by its title and date, on one line."""
    article = hit.article
    title = texts.title.format(title=_one_line(visible(article.title)))
    return " · ".join(filter(None, (title, day(article.date, texts))))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _pending(exchange: Exchange) -> str:
    """Text that is not checked yet; its markers know their paragraph but not the words of it."""
    parts, start = [], 0
    text = exchange.pending.lstrip()
    for match in _MARKER.finditer(text):
        number = int(match[1])
        if 1 <= number <= len(exchange.hits):
            parts.append(inert_prose(text[start : match.start()]))
            title = _one_line(visible(exchange.hits[number - 1].article.title))
            parts.append(_link(exchange.number, number, "cite", title))
            start = match.end()
    parts.append(inert_prose(text[start:]))
    return f'<span class="sentence" lang="{lang(text)}">{"".join(parts)}</span>'


def _link(turn: int, number: int, classes: str, tip: str) -> str:
    lines = "&#10;".join(map(inert_words, tip.split("\n")))
    return f'<a class="{classes}" href="#src-{turn}-{number}" title="{lines}">[{number}]</a>'


def _doubt(sentence: Sentence, texts: Texts) -> str:
    """A quiet sign behind a sentence that its source was not found to support, with its reason.

    A partial support is an underline, and its sign is seen only by who comes to it by keyboard.
    """
    if sentence.support == "supported":
        return ""
    label = texts.support[sentence.support]
    reasons = texts.between.join(texts.reason(reason) for reason in sentence.reasons)
    words = texts.doubt.format(label=label, reasons=reasons) if reasons else label
    return (
        f' <a class="doubt {sentence.support}" role="button" href="#why" lang="{texts.code}" '
        f'title="{inert_words(words)}">{inert(label)}</a>'
    )
