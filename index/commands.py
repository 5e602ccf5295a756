"""What the commands of `python -m index` do; each returns its exit code.

They print: data on stdout, talk on stderr. What they need is imported when they run.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.build import Report
    from index.embedder import Embedder
    from index.plan import Scope

_NICE = 10  # steps down from the usual priority
_LISTED = 10  # names of files left alone


def _folder(options: argparse.Namespace) -> Path:
    from index.store import default_folder

    return options.store or default_folder()


def build(options: argparse.Namespace) -> int:
    """Make the store hold exactly what the paths hold."""
    from index.build import build
    from index.plan import Scope

    return _bring_up(options, build, Scope(tuple(options.paths), "all else"))


def add(options: argparse.Namespace) -> int:
    """Add files, or replace those that changed."""
    from index.build import add
    from index.plan import Scope

    scope = Scope(tuple(options.paths), "what is gone" if options.prune else "nothing")
    return _bring_up(options, partial(add, prune=options.prune), scope)


def update(options: argparse.Namespace) -> int:
    """Replace files that changed, without paths all of the store."""
    from index.build import make_sure_there_is_one, update
    from index.plan import Scope

    make_sure_there_is_one(_folder(options))
    scope = Scope(tuple(options.paths), "what is gone" if options.prune else "nothing")
    return _bring_up(options, partial(update, prune=options.prune), scope)


def watch(options: argparse.Namespace) -> int:
    """Keep the store in step with files and folders until it is interrupted."""
    from index.build import add
    from index.errors import InputError, StoreBusy
    from index.watch import changes

    run = partial(add, prune=True)
    for changed in changes(options.paths, _folder(options)):
        try:
            report = _run(options, run)
        except (InputError, StoreBusy) as error:  # a folder still empty; another process
            print(f"{error}; watching on", file=sys.stderr)
            continue
        if not changed or report.read or report.removed:
            _show_report(options, report)
    return 0


def _bring_up(options: argparse.Namespace, run: Callable[..., "Report"], scope: "Scope") -> int:
    if scope.paths:
        scope.look()  # a wrong path is told before the model loads
    if options.dry_run:
        return _show_preview(options, scope)
    code = _show_report(options, _run(options, run))
    _tell_left_alone([path for path in options.paths if path.exists()])
    return code


def _run(options: argparse.Namespace, run: Callable[..., "Report"]) -> "Report":
    from index.bars import Bars
    from index.embedder import load_embedder
    from index.text import fold

    # opencc is loaded before anything is written: while it loads, it hides an interruption.
    fold("繁")
    with Bars() as bars:
        try:
            return run(
                options.paths,
                _folder(options),
                load_embedder(options.embedder),
                pages=options.pages,
                progress=bars.report,
            )
        except KeyboardInterrupt:
            if bars.stage == "embed":
                print("what was embedded is kept: the same command goes on there", file=sys.stderr)
            raise


def give_way() -> None:
    """Let processes that answer questions go first on a busy machine."""
    os.nice(_NICE)


def _show_preview(options: argparse.Namespace, scope: "Scope") -> int:
    """What would change, a line a file: + new, ~ changed, - gone."""
    from index.build import would_change
    from index.embedder import load_embedder

    folder = _folder(options)
    found = would_change(scope, folder, load_embedder(options.embedder), pages=options.pages)
    if options.json:
        print(json.dumps(found.facts(), ensure_ascii=False))
    else:
        for mark, names in (("+", found.new), ("~", found.changed), ("-", found.gone)):
            for name in names:
                print(f"{mark} {name}")
        print(
            f"{len(found.new)} new, {len(found.changed)} changed, {len(found.gone)} gone, "
            f"{len(found.unchanged)} unchanged; nothing was changed in {folder}",
            file=sys.stderr,
        )
    if found.anew:
        print("another embedder or version made the store: all is read anew", file=sys.stderr)
    for fault in found.faults:
        print(f"left out: {fault}", file=sys.stderr)
    return 1 if found.faults else 0


def _tell_left_alone(paths: Sequence[Path]) -> None:
    """Name what the folders hold besides: no faults, but nobody should miss a file unawares."""
    from index.inspect.marks import visible
    from index.readers import left_alone

    found = left_alone(paths)
    count = len(found.skipped)
    told = []
    if count:
        names = ", ".join(map(visible, found.skipped[:_LISTED]))
        more = ", …" if count > _LISTED else ""
        told.append(f"{count} file{'' if count == 1 else 's'} of other kinds ({names}{more})")
    if found.hidden:
        told.append(f"{found.hidden} hidden")
    if told:
        print(f"left alone: {', '.join(told)}", file=sys.stderr)


def remove(options: argparse.Namespace) -> int:
    """Take files out of the store."""
    from index.build import remove, would_remove

    folder = _folder(options)
    if not options.dry_run:
        return _show_report(options, remove(options.names, folder))
    names = would_remove(options.names, folder)
    if options.json:
        print(json.dumps({"gone": names}, ensure_ascii=False))
    else:
        for name in names:
            print(f"- {name}")
        print(f"{len(names)} gone; nothing was changed in {folder}", file=sys.stderr)
    return 0


def _show_report(options: argparse.Namespace, report: "Report") -> int:
    from index.inspect import format_shares

    facts = {
        "store": str(_folder(options)),
        "generation": report.generation,
        "articles": report.articles,
        "paragraphs": report.paragraphs,
        "files_read": report.read,
        "files_unchanged": report.unchanged,
        "files_removed": report.removed,
        "paragraphs_embedded": report.embedded,
        "printed": report.printed,
        "shares": {str(role): count for role, count in report.shares.roles.items()},
        "left_out": [str(fault) for fault in report.faults],
    }
    for fault in report.faults:
        print(f"left out: {fault}", file=sys.stderr)
    if options.json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        print(
            f"{report.articles} articles, {report.paragraphs} paragraphs "
            f"({report.embedded} embedded, {report.unchanged} files unchanged, "
            f"{report.removed} removed, {len(report.faults)} left out) → "
            f"{facts['store']}, generation {report.generation}"
        )
        if report.printed:
            files = "file" if report.printed == 1 else "files"
            print(f"{report.printed} {files} read as printed pages:")
            print(format_shares(report.shares))
    return 1 if report.faults else 0


# What `list --json` says of an article of a printed page, where it is known.
_OF_PAGES = (
    "kicker", "subtitle", "place", "date_precision", "page", "continued_on", "continued_from",
    "continues", "continued_by",
)  # fmt: skip


def list_articles(options: argparse.Namespace) -> int:
    """List the articles."""
    from index.store import Store

    generation = Store(_folder(options)).current()
    for article in generation.articles():
        count = len(generation.article_paragraphs(article.id))
        if options.json:
            row = {
                "article": article.id,
                "source": article.source,
                "title": article.title,
                "date": article.date,
                "section": article.section,
                "authors": article.authors,
                "paragraphs": count,
                **{name: value for name in _OF_PAGES if (value := getattr(article, name))},
            }
            print(json.dumps(row, ensure_ascii=False))
        else:
            print(f"{article.date or '—':10}  {count:4}  {article.source}  {article.title}")
    return 0


def inspect(options: argparse.Namespace) -> int:
    """Show how a file is understood."""
    from index.inspect import inspect

    return inspect(
        options.file,
        html=options.html,
        as_json=options.json,
        pages=options.pages,
        out=sys.stdout,
    )


def info(options: argparse.Namespace) -> int:
    """Say what the store is and what made it."""
    import sqlite3

    from index.publish import QUARANTINE
    from index.rows import SCHEMA
    from index.store import Store

    store = Store(_folder(options))
    generation = store.current()
    facts = {
        "store": str(store.folder.resolve()),
        "schema": SCHEMA,
        "generation": generation.number,
        "articles": generation.manifest.articles,
        "paragraphs": generation.manifest.paragraphs,
        "paragraphs_written_whole": generation.manifest.base_paragraphs,
        "in_quarantine": len(list((store.folder / QUARANTINE).glob("*"))),
        "bytes": sum(p.stat().st_size for p in store.folder.rglob("*") if p.is_file()),
        **generation.manifest.fingerprint,
        **{f"vectors_{name}": value for name, value in generation.manifest.vectors.items()},
        "sqlite": sqlite3.sqlite_version,
    }
    if options.json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        width = max(map(len, facts))
        for key, value in facts.items():
            print(f"{key:{width}} {value}")
    return 0


def check(options: argparse.Namespace) -> int:
    """Verify everything, one line a finding, and mend it if asked."""
    from index.check import check, repair

    folder = _folder(options)
    embedder = _maker(options, folder)
    findings = check(folder, embedder)
    done: list[str] = []
    left = findings
    if options.repair and findings:
        done = repair(folder)
        left = check(folder, embedder)
    if options.json:
        facts = {"store": str(folder), "findings": findings, "repaired": done, "left": left}
        print(json.dumps(facts, ensure_ascii=False))
        return 1 if left else 0
    for finding in findings:
        print(finding)
    for action in done:
        print(f"repaired: {action}")
    for finding in left if done else []:
        print(f"still: {finding}")
    if not left:
        print(f"{folder}: all checks passed")
    return 1 if left else 0


def _maker(options: argparse.Namespace, folder: Path) -> "Embedder | None":
    """The embedder whose vectors are compared: the one that made the store, if it is at hand."""
    from index.check import made_by
    from index.embedder import load_embedder
    from index.errors import EmbedderError

    try:
        embedder = load_embedder(options.embedder)
    except EmbedderError as error:
        print(f"its fixed texts were not embedded again: {error}", file=sys.stderr)
        return None
    maker = made_by(folder)
    if options.embedder is None and maker not in (None, embedder.fingerprint):
        print(
            "its fixed texts were not embedded again: another embedder made the store; give it "
            "with --embedder",
            file=sys.stderr,
        )
        return None
    return embedder


def migrate(options: argparse.Namespace) -> int:
    """Bring the store of an earlier version to this one."""
    from index.bars import Bars
    from index.migrate import migrate
    from index.rows import SCHEMA

    folder = _folder(options)
    with Bars() as bars:
        number = migrate(folder, partial(bars.report, articles=0))
    if options.json:
        print(json.dumps({"store": str(folder), "schema": SCHEMA, "generation": number}))
    elif number is None:
        print(f"{folder} is of schema {SCHEMA} already")
    else:
        print(f"{folder} is of schema {SCHEMA} now, generation {number}")
    return 0
