"""Files → the catalogue: what changed is read, printed pages are parted into their articles."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from index.article import Article
from index.catalog import Catalog
from index.errors import InputError
from index.inspect import Shares, shares
from index.paragraphs import paragraphs
from index.printed import Pages, page_articles, printed_page
from index.readers import Fault, SourceFile, read_unless_known
from index.rows import FileRow


class Progress(Protocol):
    """Told how far a build is; `total` counts the unit of the stage."""

    def __call__(self, stage: str, done: int, total: int, *, articles: int) -> None:
        """`stage` is "read" (files), "embed" (paragraphs), or one of `index.draft.Progress`."""
        ...


@dataclass
class Report:
    """What a build, add or remove did."""

    generation: int = 0
    articles: int = 0
    paragraphs: int = 0
    read: int = 0
    unchanged: int = 0
    replaced: int = 0  # files that were in the store and have been read anew
    removed: int = 0
    embedded: int = 0
    printed: int = 0  # files that were read as printed pages
    shares: Shares = field(default_factory=Shares)  # of the characters of those files
    faults: list[Fault] = field(default_factory=list)


def read_all(
    files: Sequence[SourceFile],
    catalog: Catalog,
    report: Report,
    progress: Progress,
    *,
    pages: Pages,
    fresh: bool,
) -> None:
    """Bring the catalogue's text up to date.

    `fresh` reads every file anew, whether or not it changed.
    """
    known = {row.path: row for row in catalog.files()}
    for done, file in enumerate(files):
        progress("read", done, len(files), articles=report.articles)
        path = str(file.path.resolve())
        before = known.get(path)
        if fresh or (before and (before.source, before.pages) != (file.source, pages)):
            before = None
        try:
            found = read_unless_known(file, before.sha256 if before else None)
        except InputError as error:
            report.faults.append(Fault(file.source, str(error)))
            continue
        if found is None:
            assert before is not None
            report.faults.extend(Fault(file.source, *fault) for fault in before.faults)
            report.unchanged += 1
            report.articles += catalog.article_count(path)
            continue
        articles, faults, digest = found
        report.faults.extend(faults)
        if articles:
            report.read += 1
            report.replaced += path in known
            left_out = tuple((fault.reason, fault.line) for fault in faults)
            row = FileRow(path, file.source, digest, pages, left_out)
            _store_file(catalog, row, _parted(articles, pages, report), report)
    progress("read", len(files), len(files), articles=report.articles)


def _parted(articles: Sequence[Article], pages: Pages, report: Report) -> list[Article]:
    """The articles, and in the place of a printed page those that stand on it."""
    found: list[Article] = []
    for article in articles:
        printed = printed_page(article, pages)
        parts = page_articles(article, printed.page) if printed else []
        if printed and parts:
            report.printed += 1
            report.shares += shares(printed.page)
        found += parts or [article]
    return found


def _store_file(
    catalog: Catalog, file: FileRow, articles: Sequence[Article], report: Report
) -> None:
    """Replace a file's articles, but for those whose id another file has.

    Such a file is noted without a hash: it is read anew each time, until its articles are in.
    """
    catalog.remove_file(file.path)
    ids = [article.id for article in articles]
    owners = {key: owner for key in ids if (owner := catalog.owner(key)) is not None}
    catalog.add_file(replace(file, sha256="") if owners else file)
    raws: dict[int, int] = {}
    for place, article in enumerate(articles):
        if article.id in owners:
            reason = f"id {article.id!r} belongs to {owners[article.id]} already"
            report.faults.append(Fault(file.source, reason))
            continue
        raw = raws.get(id(article.raw))  # the articles of a page share one text
        if raw is None:
            raw = raws[id(article.raw)] = catalog.add_raw(file.path, article.raw)
        catalog.add_article(file.path, place, raw, article, paragraphs(article))
        report.articles += 1
