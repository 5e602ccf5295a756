"""A page as one HTML file: the raw text with its runs marked, the articles understood beside it.

The file loads nothing. Its Content-Security-Policy admits the one style and the one script below
by their hashes, so that even markup which slipped through the escaping could not run.
"""

import base64
import hashlib
import html
from collections.abc import Iterator
from pathlib import Path

from index.inspect.lines import Lines
from index.inspect.marks import SURE, ends, facts, probability, segments, visible
from index.inspect.rawtext import LETTERS, raw_lines, tag, tint
from index.inspect.shares import (
    LEFT_OUT,
    Shares,
    no_part,
    percentage,
    promise,
    shares,
    two_parts,
)
from index.language import language
from index.newspaper.page import Join, Page, PageArticle, Part, Role

_HERE = Path(__file__).parent


def to_html(page: Page, source: str) -> str:
    """The whole HTML file of a page; `source` is its name."""
    style = (_HERE / "page.css").read_text("utf-8")
    script = (_HERE / "page.js").read_text("utf-8")
    lines, count = Lines(page.raw), shares(page)
    name = words(source)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1 dir="auto">{name}</h1>
{_bar(count)}
<details><summary>Legend</summary>{_legend(page)}</details>
</header>
<main>
<section id="raw" class="raw" tabindex="0" aria-label="The text as printed">
<ol lang="{language(page.raw)}">
{raw_lines(page, lines)}
</ol>
</section>
<section id="read" class="read" aria-label="The articles as understood">
{"".join(_sections(page, lines))}
</section>
</main>
<script>{script}</script>
</body>
</html>
"""


def words(text: str) -> str:
    """Foreign text as HTML, also inside a quoted attribute: no markup, nothing hidden."""
    return html.escape(visible(text))


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _bar(count: Shares) -> str:
    """The shares as a bar and, for those who do not see it, in words."""
    if not count.total:
        return "<p>The page is empty.</p>"
    bars, names, at = [], [], 0.0
    for role in (*(r for r in Role if r not in LEFT_OUT), *LEFT_OUT):
        if not count.roles[role]:
            continue
        width = 1000 * count.roles[role] / count.total
        share = percentage(count.roles[role], count.total)
        bars.append(
            f'<rect class="{role}" x="{at:.2f}" width="{width:.2f}" height="12">'
            f"<title>{role} {share}</title></rect>"
        )
        names.append(f'<li><b class="tag {role}">{LETTERS[role]}</b> {role} {share}</li>')
        at += width
    return (
        '<svg class="bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(bars)}</svg>\n"
        f'<ul class="shares">{"".join(names)}'
        f'<li class="{"whole" if count.whole else "broken"}">{promise(count)}</li></ul>'
    )


def _legend(page: Page) -> str:
    roles = "".join(
        f'<li><b class="tag {r}">{LETTERS[r]}</b> <span class="run {r}">{r}</span></li>'
        for r in Role
    )
    articles = "".join(
        f'<li><span class="run {tint(number)}">article {number + 1}</span></li>'
        for number in range(min(len(page.articles), 6))
    )
    return (
        f'<ul class="legend">{roles}</ul><ul class="legend">{articles}'
        '<li><span class="run out">left out</span></li>'
        '<li><span class="lost">in no part</span></li><li><span class="twice">in two</span></li>'
        '<li><span class="join">⁀</span> lines joined</li>'
        '<li><span class="join doubt">⁀.62</span> joined, with this probability</li>'
        '<li><span class="join moved">⤳.71</span> joined across other text</li></ul>'
    )


def _sections(page: Page, lines: Lines) -> Iterator[str]:
    index = 0
    for number, article in enumerate(page.articles):
        yield _article(number, article, index, lines)
        index += len(article.parts)
    if page.left_out:
        rows = [
            (part.role, _part(part, index + place, None, lines))
            for place, part in enumerate(page.left_out)
        ]
        rows.sort(key=lambda row: list(Role).index(row[0]))
        yield f"<section><h2>Left out</h2>{''.join(row for _, row in rows)}</section>\n"
    for title, wrong in (("In no part", no_part(page)), ("In two parts", two_parts(page))):
        if wrong:
            found = "".join(
                f"<li>{_where(lines.printed([piece]), lines.number(piece.raw_start))} "
                f"{words(page.raw[piece.raw_start : piece.raw_start + piece.length])}</li>"
                for piece in wrong
            )
            yield f'<section class="wrong"><h2>{title}</h2><ul>{found}</ul></section>\n'


def _article(number: int, article: PageArticle, index: int, lines: Lines) -> str:
    title = words(article.title) or "(no title)"
    fields = "".join(
        f'<div><dt>{name}</dt><dd dir="auto" lang="{language(value)}">{words(value)}</dd></div>'
        for name, value in facts(article)
    )
    parts = "".join(_part(p, index + i, number, lines) for i, p in enumerate(article.parts))
    return (
        f'<article id="a{number + 1}">'
        f'<h2><span class="number {tint(number)}">{number + 1}</span> '
        f'<span dir="auto" lang="{language(article.title)}">{title}</span></h2>\n'
        f"<dl>{fields}</dl>\n{parts}</article>\n"
    )


def _part(part: Part, index: int, article: int | None, lines: Lines) -> str:
    printed = lines.printed(part.pieces)
    line = lines.number(part.pieces[0].raw_start) if part.pieces else 0
    text = "".join(
        _mark(s, part, lines) if isinstance(s, Join) else words(s) for s in segments(part)
    )
    label = f"{part.role}, {printed}" if printed else str(part.role)
    return (
        f'<div class="part {part.role} {tint(article)}" id="p{index}" data-part="{index}" '
        f'data-line="{line}" tabindex="0" role="group" aria-label="{label}">'
        f'<p class="where"><b class="tag {part.role}">{tag(part.role, article)}</b> {part.role} '
        f"{_where(printed, line)}</p>"
        f'<p class="text" dir="auto" lang="{language(part.text)}">{text}</p></div>\n'
    )


def _where(printed: str, line: int) -> str:
    return f'<a href="#L{line}" tabindex="-1">{printed}</a>' if printed else ""


def _mark(join: Join, part: Part, lines: Lines) -> str:
    """The mark of a join; what it says is in its title, a doubtful one shows its probability."""
    chance = probability(join.confidence)
    where = ends(join, part, lines)
    between = f", from line {where[0]} to {where[1]}" if where else ""
    line = f' data-line="{where[1]}"' if where else ""
    kind, sign, says = "", "⁀", "lines joined"
    if join.moved:
        kind, sign, says = " moved", f"⤳{chance}", "joined across other text"
    elif join.confidence < SURE:
        kind, sign = " doubt", f"⁀{chance}"
    title = f"{says}{between}, probability {chance}"
    return f'<span class="join{kind}"{line} title="{title}">{sign}</span>'
