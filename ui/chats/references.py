"""An article as a reference: as GB/T 7714-2015 has it for newspapers, or plainly.

Only what is known is told. The name of a newspaper is an article's source, unless that is a file
or an address: nobody said then which paper it is. Names of authors stand as they are printed, for
which part of a foreign one is the family's cannot be known.
"""

import re
from typing import Literal, get_args

from index.article import Article
from ui.inert import lang, visible
from ui.texts.chats import ChatsTexts

Style = Literal["gbt7714", "plain"]

STYLES: tuple[Style, ...] = get_args(Style)
_AUTHORS = 3  # named before "et al."
_FILE = re.compile(
    r"[/\\]|\.(?:txt|md|markdown|html?|xhtml|pdf|docx?|jsonl?|csv|tsv|xml|rtf|epub)$", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_PAGE = re.compile(r"(?<![0-9])([0-9]{1,3})\s*版")
_NO_YEAR = "XXXX"


def reference(article: Article, style: Style, *, visited: str, texts: ChatsTexts) -> str:
    """The article as a reference without its number; `visited` (YYYY-MM-DD) is for addresses."""
    return _gbt7714(article, visited) if style == "gbt7714" else _plain(article, texts)


def paper(article: Article) -> str:
    """The name of the newspaper; "" if it is not known."""
    source = _words(article.source)
    return "" if _ADDRESS.match(source) or _FILE.search(source) else source


def file_of(article: Article) -> str:
    """The file that the article was read from; "" if its source is a paper or an address."""
    source = _words(article.source)
    return source if _FILE.search(source) and not _ADDRESS.match(source) else ""


def _gbt7714(article: Article, visited: str) -> str:
    """`Authors. Title: subtitle[N]. Paper, date(page).`, and of an address where and when seen."""
    title = _title(article)
    chinese = lang(title).startswith("zh")
    address = _ADDRESS.fullmatch(_words(article.source))
    named = f"{title}[{'N/OL' if address else 'N'}]"
    date, page = _dated(article.date, chinese), _page(article)
    issue = date + (f"({page})" if page else "") + (f"[{visited}]" if address and visited else "")
    printed = ", ".join(filter(None, (paper(article), issue)))
    parts = (_authors(article, chinese), named, printed, address[0] if address else "")
    words = ". ".join(part.rstrip(".") for part in parts if part)
    return words if address else f"{words}."


def _plain(article: Article, texts: ChatsTexts) -> str:
    """`Title · authors · paper · date · section · page`."""
    page = _page(article)
    by = texts.comma.join(map(_words, article.authors))
    date = _dated(article.date, texts.code != "en")
    where = paper(article) or (_words(article.source) if not file_of(article) else "")
    section = _words(article.section or "")
    told = "" if not page or _PAGE.search(section) else texts.page.format(page=page)
    parts = (_title(article), by, where, date, section, told)
    return " · ".join(part for part in parts if part)


def _title(article: Article) -> str:
    return ": ".join(filter(None, (_words(article.title), _words(article.subtitle))))


def _authors(article: Article, chinese: bool) -> str:
    names = [name for name in map(_words, article.authors) if name]
    others = [] if len(names) <= _AUTHORS else ["等" if chinese else "et al."]
    return ", ".join([*names[:_AUTHORS], *others])


def _dated(date: str | None, chinese: bool) -> str:
    """The date; a year that nothing tells is said to be unknown."""
    if not date:
        return ""
    unknown = "[年份不详]" if chinese else "[n.d.]"
    return _words(date).replace(_NO_YEAR, unknown, 1)


def _page(article: Article) -> str:
    """The printed page, from the paper's own number or the name of the section."""
    if article.page is not None:
        return str(article.page)
    found = _PAGE.search(article.section or "")
    return found[1] if found else ""


def _words(text: str) -> str:
    return " ".join(visible(text).split())
