"""An article file that is a printed page → the articles of the page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from index.article import Article, Block, Piece, article_id
from index.newspaper import Page, PageArticle, Part, Role, Signs, read_page, signs_of_print
from index.newspaper.datelines import OPENING
from index.paragraphs import CUT_OFF
from index.readers import date_in_path
from index.readers.plain import first_line_title
from index.sentences import sentences
from index.text import is_cjk

Pages = Literal["auto", "always", "never"]
PAGES: tuple[Pages, ...] = ("auto", "always", "never")
KINDS = (".txt", ".md", ".pdf")  # files in which scans are kept; others tell their paragraphs

_FIRST_WORDS = 30  # characters of a title that is made of them, at most
_LAST_MARKS = "。！？!?.，,、；;：:… "


@dataclass(frozen=True)
class Printed:
    """A page as it was understood, and why it was taken for one."""

    page: Page
    signs: Signs


def printed_page(article: Article, pages: Pages) -> Printed | None:
    """The page that a file holds; None where its text is to stay as it is.

    "auto" decides by signs of print: broken lines, several articles, spaced headlines.
    """
    kind = article.source.lower().endswith(KINDS)
    if pages == "never" or article.lines_are_paragraphs or not kind:
        return None
    body = article.body.cut(article.raw)
    signs = signs_of_print(body)
    if pages == "auto" and not signs.printed:
        return None
    issue = article.date or date_in_path(article.source)
    return Printed(_shifted(read_page(body, issue=issue), article), signs)


def page_articles(file: Article, page: Page) -> list[Article]:
    """The articles of a page that have a paragraph, as articles of the file it was read from.

    An article that is alone on its page has the file's id, as that of a clean file; several are
    told apart by their headline and first paragraph, so that reading again gives the same ids.
    """
    found = [(item, blocks) for item in page.articles if (blocks := _blocks(item))]
    if len(found) == 1:
        item, blocks = found[0]
        return [_article(file, replace(item, title=item.title or _given(file)), blocks, file.id)]
    taken: set[str] = set()
    articles = []
    for item, blocks in found:
        name = f"{item.title}\n{_first(blocks)}"
        key, copy = article_id(file.source, name), 1
        while key in taken:  # printed twice on the page
            copy += 1
            key = article_id(file.source, f"{name}\n{copy}")
        taken.add(key)
        articles.append(_article(file, item, blocks, key))
    return articles


def _blocks(item: PageArticle) -> tuple[Block, ...]:
    """Paragraphs and headings in reading order; none where there is no paragraph."""
    blocks = tuple(
        Block(part.text, part.pieces, heading=part.role is Role.HEADING)
        for part in item.with_role(Role.BODY, Role.HEADING)
    )
    return blocks if any(not block.heading for block in blocks) else ()


def _first(blocks: tuple[Block, ...]) -> str:
    return next(block.text for block in blocks if not block.heading)


def _given(file: Article) -> str:
    """The title that a file's front matter gives to its one article."""
    guesses = (PurePosixPath(file.source).stem, first_line_title(file.body.cut(file.raw)))
    return file.title if file.body.start and file.title not in guesses else ""


def _article(file: Article, item: PageArticle, blocks: tuple[Block, ...], key: str) -> Article:
    return replace(
        file,
        id=key,
        title=item.title or first_words(_first(blocks)),
        untitled=not item.title,
        date=item.date,
        date_precision=item.date_precision,
        section=item.section or file.section,
        authors=item.authors or file.authors,
        kicker=item.kicker,
        subtitle=item.subtitle,
        place=item.place,
        page=item.page,
        continued_on=item.continued_on,
        continued_from=item.continued_from,
        blocks=blocks,
    )


def first_words(text: str) -> str:
    """A title for a text without one: its first sentence behind the dateline, cut short."""
    dateline = OPENING.match(text)
    words = text[dateline.end() :].strip() if dateline else text
    spans = sentences(words or text)
    first = spans[0].cut(words or text) if spans else text
    if len(first) > _FIRST_WORDS:
        cut = first[:_FIRST_WORDS]
        whole, space, _ = cut.rpartition(" ")
        first = whole if space and not is_cjk(cut[-1]) and len(whole) > _FIRST_WORDS // 2 else cut
    return first.rstrip(_LAST_MARKS) + CUT_OFF


def _shifted(page: Page, article: Article) -> Page:
    """A page read from an article's body, its offsets counted in the whole raw text."""
    start = article.body.start
    if not start:
        return replace(page, raw=article.raw)

    def moved(parts: Sequence[Part]) -> tuple[Part, ...]:
        return tuple(replace(part, pieces=_behind(start, part.pieces)) for part in parts)

    articles = tuple(replace(item, parts=moved(item.parts)) for item in page.articles)
    return Page(article.raw, articles, moved(page.left_out))


def _behind(start: int, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    return tuple(replace(piece, raw_start=piece.raw_start + start) for piece in pieces)
