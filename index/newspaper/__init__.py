"""Repair of printed pages: lines, columns, article borders, continuations.

A scanned page comes as lines that are broken at column width, several articles together, their
columns out of order. `read_page` gives its articles with whole paragraphs; every character keeps
its printed place.
"""

from index.newspaper.page import Join, Page, PageArticle, Part, Role
from index.newspaper.read import read_page
from index.newspaper.signs import Signs, signs_of_print

__all__ = [
    "Join",
    "Page",
    "PageArticle",
    "Part",
    "Role",
    "Signs",
    "read_page",
    "signs_of_print",
]
