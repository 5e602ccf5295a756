"""python -m index: build, change and look at a store."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from index import commands
from index.errors import YinzhengError

_PAGES = ("auto", "always", "never")  # those of index.printed, which is slow to import

_EXAMPLES = """examples:
  python -m index build articles/                    index a folder (.txt, .md, .html, .pdf,
                                                     .docx, .jsonl, .csv, .tsv)
  python -m index build articles/ --store ./store    … into a store of your choice
  python -m index add more/page.txt                  add a file, or replace it if it changed
  python -m index add articles/ --prune              … and take out what is there no more
  python -m index update --dry-run                   what has changed in the files of the store
  python -m index watch articles/                    keep up with a folder until Ctrl-C
  python -m index remove page.txt                    take a file out
  python -m index list --json                        what the store holds
  python -m index inspect page.txt                   how a scanned page is understood
  python -m index inspect page.txt --html page.html  … as a page to look at in a browser
  python -m index check --repair                     verify every file, mend what can be mended
  python -m index migrate                            bring the store of an earlier version to this

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
    offered = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, help: str, run: Callable[[argparse.Namespace], int], *, store: bool = True
    ) -> Any:
        sub = offered.add_parser(name, help=help, description=help)
        if store:
            sub.add_argument("--store", type=Path, metavar="DIR", help="folder of the store")
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.set_defaults(command=run)
        return sub

    for name, help, run in (
        ("build", "make the store hold exactly what the paths hold", commands.build),
        ("add", "add files, or replace those that changed", commands.add),
        (
            "update",
            "replace what changed: of the paths, else of all the store",
            commands.update,
        ),
        ("watch", "add, with --prune, whenever a file changes", commands.watch),
    ):
        sub = command(name, help, run)
        count = "*" if name == "update" else "+"
        sub.add_argument("paths", nargs=count, type=Path, metavar="PATH", help="file or folder")
        _offer_embedder(sub, "sentence-transformers model")
        _offer_pages(sub)
        if name in ("add", "update"):
            sub.add_argument("--prune", action="store_true", help="take out files that are gone")
        if name != "watch":
            _offer_dry_run(sub)
    sub = command("remove", "take files out of the store", commands.remove)
    sub.add_argument("names", nargs="+", metavar="PATH", help="path, folder or name in `list`")
    _offer_dry_run(sub)
    command("list", "list the articles", commands.list_articles)
    command("info", "say what the store is and what made it", commands.info)
    sub = command("inspect", "show how a file is understood", commands.inspect, store=False)
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
    sub = command("check", "verify everything, one line a finding", commands.check)
    sub.add_argument("--repair", action="store_true", help="mend what is safe to mend")
    _offer_embedder(sub, "the model that made the store")
    command("migrate", "bring the store of an earlier version to this one", commands.migrate)
    return parser


def _offer_embedder(sub: argparse.ArgumentParser, what: str) -> None:
    sub.add_argument(
        "--embedder",
        metavar="NAME",
        help=f"{what}: folder or hub name, such as "
        "intfloat/multilingual-e5-small (RAG_EMBEDDER, else the bundled)",
    )


def _offer_dry_run(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")


def _offer_pages(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--pages",
        choices=_PAGES,
        default="auto",
        help="read .txt, .md and .pdf files as scanned newspaper pages: broken lines joined, "
        "columns put in order, articles told apart; auto (the default): those that look like one",
    )


if __name__ == "__main__":
    commands.give_way()  # not in `main`, which others may call in their own process
    sys.exit(main())
