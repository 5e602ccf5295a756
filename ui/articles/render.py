"""The list of articles, what it can be narrowed by, and what was removed: HTML fragments."""

from collections.abc import Sequence

from ui.articles.holdings import PAGE, Holding, Holdings, Page
from ui.articles.trash import Entry
from ui.days import day
from ui.inert import inert, inert_words, lang
from ui.texts.articles import ArticlesTexts

NAMES = 500  # sources and folders proposed; what else there is can be typed


def render_list(page: Page, holdings: Holdings, texts: ArticlesTexts, *, manage: bool) -> str:
    """Some of the articles found; before the first of them how many there are."""
    rows = "".join(_row(one, holdings, texts, manage=manage) for one in page.holdings)
    listed = f'<ul class="list holdings">{rows}</ul>' if rows else ""
    more = ""
    if page.after is not None:
        words = texts.more.format(count=min(PAGE, page.total - page.after))
        more = f'<button type="button" class="button more" data-after="{page.after}">'
        more += f"{inert(words)}</button>"
    return (_count(page, holdings, texts) if not page.before else "") + listed + more


def render_facets(holdings: Holdings, texts: ArticlesTexts) -> str:
    """Years and months as buttons, and the names that can stand in the field of sources."""
    years = "".join(_year(year, count, holdings) for year, count in holdings.years)
    names = [(f"{name}/", count) for name, count in holdings.folders]
    names = [*names, *holdings.sources][:NAMES]
    options = "".join(
        f'<option value="{inert_words(name)}">{inert_words(name)} ({count})</option>'
        for name, count in names
    )
    closed = f"<summary>{inert(texts.by_month)}</summary>"
    months = f'<details class="months">{closed}{years}</details>' if years else ""
    return f'{months}<datalist id="articles-sources">{options}</datalist>'


def render_removed(entries: Sequence[Entry], texts: ArticlesTexts) -> str:
    """What was removed lately, each with a way back."""
    if not entries:
        return ""
    rows = "".join(
        f'<li><span class="name">{inert_words(entry.source)}</span> '
        f'<span class="facts">{inert(texts.all_of.format(count=f"{entry.articles:,}"))}</span>'
        f'<button type="button" class="button quiet undo" data-undo="{inert_words(entry.key)}" '
        f'aria-label="{inert_words(texts.undo_of.format(file=entry.source))}">'
        f"{inert(texts.undo)}</button></li>"
        for entry in entries
    )
    return (
        f'<details><summary>{inert(texts.lately)}</summary><ul class="list">{rows}</ul></details>'
    )


def _count(page: Page, holdings: Holdings, texts: ArticlesTexts) -> str:
    if not holdings.size:
        words = texts.nothing_held
    elif not page.total:
        words = texts.none
    elif page.total == holdings.size:
        words = texts.all_of.format(count=f"{page.total:,}")
    else:
        words = texts.found.format(count=f"{page.total:,}", all=f"{holdings.size:,}")
    return f'<p class="facts count" data-total="{page.total}">{inert(words)}</p>'


def _row(one: Holding, holdings: Holdings, texts: ArticlesTexts, *, manage: bool) -> str:
    title = inert_words(one.title)
    only = inert_words(texts.only_of.format(title=one.title))
    tools = f'<button type="button" class="button quiet only" aria-label="{only}">'
    tools += f"{inert(texts.only)}</button>"
    if manage:
        label = inert_words(texts.remove_of.format(title=one.title))
        asked = inert_words(_asked(one, holdings, texts))
        tools += f'<button type="button" class="button quiet remove" aria-label="{label}" '
        tools += f'data-asked="{asked}">{inert(texts.remove)}</button>'
    return (
        f'<li class="holding" data-article="{inert_words(one.id)}" data-title="{title}">'
        f'<button type="button" class="open{" untitled" if one.untitled else ""}" '
        f'lang="{lang(one.title)}">{title}</button>'
        f'<p class="facts">{_facts(one, texts)}</p><div class="tools">{tools}</div></li>'
    )


def _asked(one: Holding, holdings: Holdings, texts: ArticlesTexts) -> str:
    """What is asked before an article is removed."""
    count = holdings.in_file(one.file)
    if count == 1:
        return texts.removing.format(title=one.title)
    return texts.removing_all.format(title=one.title, file=one.file, count=count)


def _facts(one: Holding, texts: ArticlesTexts) -> str:
    """Date, source, section, authors and page, as far as they are known."""
    date = f"<time>{inert_words(day(one.date, texts))}</time>" if one.date else ""
    authors = texts.between.join(one.authors)
    page = "" if one.page is None else texts.page.format(page=one.page)
    words = (one.source, one.section or "", authors, page)
    return " · ".join(part for part in (date, *map(inert_words, words)) if part)


def _year(year: str, count: int, holdings: Holdings) -> str:
    months = [(month, n) for month, n in holdings.months if month.startswith(year)]
    buttons = "".join(_span(month, n) for month, n in reversed(months))
    return f'<p class="year">{_span(year, count)}{buttons}</p>'


def _span(date: str, count: int) -> str:
    value = inert_words(date)
    return (
        f'<button type="button" class="button quiet span" data-span="{value}">'
        f'{value} <span class="facts">{count}</span></button>'
    )
