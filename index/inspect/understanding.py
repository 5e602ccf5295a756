"""A file → the Page it is understood to be, as a printed page or as plain paragraphs."""

from pathlib import Path

from index.article import Article
from index.errors import InputError
from index.newspaper import Join, Page, PageArticle, Part, Role, Signs, signs_of_print
from index.paragraphs import paragraphs
from index.printed import KINDS, Pages, printed_page
from index.readers import SourceFile, read_file


def understand(file: Path, pages: Pages) -> tuple[Page, Signs]:
    """What a .txt, .md or .pdf file is understood to hold, and the signs of a printed page.

    `pages`: read it as a printed page "always", "never", or, "auto", if the signs say so.

    Raises:
        InputError: the file is of another kind, or cannot be read.
    """
    if file.suffix.lower() not in KINDS:
        kinds = ", ".join(KINDS[:-1]) + " or " + KINDS[-1]
        raise InputError(f"{file} is not one text; name a {kinds} file")
    try:
        # By its whole path, so that a folder's name may give the day of the paper.
        (article, *_), _, _ = read_file(SourceFile(file, file.as_posix()))
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    printed = printed_page(article, pages)
    if printed is None:
        return plain_page(article), signs_of_print(article.body.cut(article.raw))
    return printed.page, printed.signs


def plain_page(article: Article) -> Page:
    """An article that is no printed page, in the terms of one: its paragraphs are the body.

    Front matter and Markdown headings are no paragraphs: they are in no part.
    """
    parts = tuple(
        Part(
            Role.BODY,
            paragraph.text,
            paragraph.pieces,
            tuple(Join(piece.text_start, 1.0) for piece in paragraph.pieces[1:]),
        )
        for paragraph in paragraphs(article)
    )
    found = PageArticle(
        parts=parts,
        title=article.title,
        authors=article.authors,
        date=article.date,
        section=article.section,
    )
    return Page(article.raw, (found,))
