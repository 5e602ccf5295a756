"""The raw text of a page as HTML: numbered lines, every run marked with its part."""

import html

from index.inspect.lines import Lines
from index.inspect.marks import visible
from index.inspect.shares import Run, runs
from index.newspaper.page import Page, Role

LETTERS = {
    Role.BODY: "B",
    Role.HEADING: "H",
    Role.TITLE: "T",
    Role.KICKER: "K",
    Role.SUBTITLE: "S",
    Role.BYLINE: "Y",
    Role.CAPTION: "C",
    Role.MASTHEAD: "M",
    Role.CONTACT: "@",
    Role.CONTINUATION: "→",
    Role.REPEAT: "=",
    Role.HYPHEN: "-",
}
_TINTS = 6  # colours of page.css that articles take in turn


def tint(article: int | None) -> str:
    """The CSS class of an article's colour (counted from 0), `out` for what is left out."""
    return "out" if article is None else f"tint{article % _TINTS}"


def tag(role: Role, article: int | None) -> str:
    """What marks a part without colour: article number (counted from 1) and role letter."""
    return LETTERS[role] if article is None else f"{article + 1}{LETTERS[role]}"


def raw_lines(page: Page, lines: Lines) -> str:
    """The lines as list items; an item's number is that of its line."""
    painter = _Painter(page)
    cuts = list(runs(page))
    items, first = [], 0
    for number, line in enumerate(lines.spans(), 1):
        while first < len(cuts) and cuts[first].end <= line.start:
            first += 1
        marked, at = "", first
        while at < len(cuts) and cuts[at].start < line.end:
            run = cuts[at]
            marked += painter.span(
                Run(max(run.start, line.start), min(run.end, line.end), run.owners)
            )
            at += 1
        blank = "" if line.cut(page.raw).strip() else ' class="blank"'
        items.append(f'<li id="L{number}"{blank}>{marked}</li>')
    return "\n".join(items)


class _Painter:
    """Marks runs in printed order; where another part begins, its tag stands before it."""

    def __init__(self, page: Page) -> None:
        self._raw = page.raw
        self._parts = page.parts()
        self._articles: list[int | None] = [
            number for number, article in enumerate(page.articles) for _ in article.parts
        ]
        self._articles += [None] * len(page.left_out)
        self._last = -1

    def span(self, run: Run) -> str:
        text = self._raw[run.start : run.end]
        inner = html.escape(visible(text))
        if not text.strip():
            return inner
        if not run.owners:
            self._last = -1
            return f'<span class="lost">{inner}</span>'
        owner = run.owners[0]
        role, article = self._parts[owner].role, self._articles[owner]
        label = f' data-tag="{tag(role, article)}"' if owner != self._last else ""
        self._last = owner
        twice = " twice" if len(run.owners) > 1 else ""
        return (
            f'<span class="run {role} {tint(article)}{twice}" data-part="{owner}"{label}>'
            f"{inner}</span>"
        )
