"""python -m index: build, change and look at a store."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import YinzhengError

if TYPE_CHECKING:
    from index.build import Report

_PAGES = ("auto", "always", "never")  # those of index.printed, which is slow to import
_LISTED = 10  # names of files left alone

_EXAMPLES = """examples:
  python -m index build articles/                    index a folder (.txt, .md, .html, .pdf,
                                                     .docx, .jsonl, .csv, .tsv)
  python -m index build articles/ --store ./store    … into a store of your choice
  python -m index add more/page.txt                  add a file, or replace it if it changed
  python -m index remove page.txt                    take a file out
  python -m index list --json                        what the store holds
  python -m index inspect page.txt                   how a scanned page is understood
  python -m index inspect page.txt --html page.html  … as a page to look at in a browser
  python -m index check --repair                     verify every file, mend what can be mended

The store is --store, else RAG_STORE, else a folder of yours. Exit codes: 0 done, 1 failed or
something was left out, 2 wrong usage, 130 interrupted (the store stays as it was).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except YinzhengError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output (head, less) went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("interrupted; the store is as it was before", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m index",
        description="Build, change and look at a store of articles.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, help: str, run: Callable[[argparse.Namespace], int], *, store: bool = True
    ) -> Any:
        sub = commands.add_parser(name, help=help, description=help)
        if store:
            sub.add_argument("--store", type=Path, metavar="DIR", help="folder of the store")
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.set_defaults(command=run)
        return sub

    for name, help in (
        ("build", "make the store hold exactly what the paths hold"),
        ("add", "add files, or replace those that changed"),
    ):
        sub = command(name, help, _build if name == "build" else _add)
        sub.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
        sub.add_argument(
            "--embedder",
            metavar="NAME",
            help="sentence-transformers model: folder or hub name, such as "
            "intfloat/multilingual-e5-small (RAG_EMBEDDER, else the bundled)",
        )
        _offer_pages(sub)
    sub = command("remove", "take files out of the store", _remove)
    sub.add_argument("names", nargs="+", metavar="PATH", help="path, folder or name in `list`")
    command("list", "list the articles", _list)
    command("info", "say what the store is and what made it", _info)
    sub = command("inspect", "show how a file is understood", _inspect, store=False)
    sub.add_argument("file", type=Path, metavar="FILE", help=".txt, .md or .pdf file")
    sub.add_argument(
        "--html",
        nargs="?",
        const=Path("page.html"),
        type=Path,
        metavar="OUT.html",
        help="write one HTML page to look at (page.html)",
    )
    _offer_pages(sub)
    sub = command("check", "verify everything, one line a finding", _check)
    sub.add_argument("--repair", action="store_true", help="mend what is safe to mend")
    return parser


def _offer_pages(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--pages",
        choices=_PAGES,
        default="auto",
        help="read .txt, .md and .pdf files as scanned newspaper pages: broken lines joined, "
        "columns put in order, articles told apart; auto (the default): those that look like one",
    )


def _folder(options: argparse.Namespace) -> Path:
    from index.store import default_folder

    return options.store or default_folder()


def _build(options: argparse.Namespace) -> int:
    from index.build import build

    return _update(options, build)


def _add(options: argparse.Namespace) -> int:
    from index.build import add

    return _update(options, add)


def _update(options: argparse.Namespace, run: Callable[..., "Report"]) -> int:
    from index.bars import Bars
    from index.embedder import load_embedder
    from index.readers import find_files
    from index.text import fold

    find_files(options.paths)  # a wrong path is told before the model loads
    # opencc is loaded before anything is written: while it loads, it hides an interruption.
    fold("繁")
    with Bars() as bars:
        try:
            report = run(
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
    code = _show_report(options, report)
    _tell_left_alone(options.paths)
    return code


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


def _remove(options: argparse.Namespace) -> int:
    from index.build import remove

    return _show_report(options, remove(options.names, _folder(options)))


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


def _list(options: argparse.Namespace) -> int:
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


def _inspect(options: argparse.Namespace) -> int:
    from index.inspect import inspect

    return inspect(
        options.file,
        html=options.html,
        as_json=options.json,
        pages=options.pages,
        out=sys.stdout,
    )


def _info(options: argparse.Namespace) -> int:
    import sqlite3

    from index.store import Store

    store = Store(_folder(options))
    generation = store.current()
    facts = {
        "store": str(store.folder.resolve()),
        "generation": generation.number,
        "articles": generation.manifest.articles,
        "paragraphs": generation.manifest.paragraphs,
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


def _check(options: argparse.Namespace) -> int:
    from index.check import check, repair

    folder = _folder(options)
    findings = check(folder)
    for finding in findings:
        print(finding)
    if options.repair and findings:
        for action in repair(folder):
            print(f"repaired: {action}")
        findings = check(folder)
        for finding in findings:
            print(f"still: {finding}")
    if not findings:
        print(f"{folder}: all checks passed")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
