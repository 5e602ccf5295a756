"""How a file was understood, to look at: in the terminal, as JSON, or as one HTML page."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from index.errors import InputError
from index.inspect.facts import to_json
from index.inspect.html import to_html
from index.inspect.shares import Shares, format_shares, shares
from index.inspect.text import write_text
from index.inspect.understanding import understand
from index.printed import Pages

__all__ = ["Shares", "format_shares", "inspect", "shares", "to_html", "to_json", "write_text"]


def inspect(
    file: Path, *, html: Path | None = None, as_json: bool = False, pages: Pages, out: TextIO
) -> int:
    """Show on `out` how a file was understood; with `html`, write an HTML file as well as told.

    `pages` says whether the file is read as a printed page: always, never, or auto (if it looks
    like one); a file of other kinds than .txt, .md and .pdf is refused. Returns the exit code, 0.

    Raises:
        InputError: the file cannot be read as one text, or `html` cannot be written.
    """
    if html is not None:
        _check_target(html)
    page, signs = understand(file, pages)
    if html is not None:
        _write(html, to_html(page, file.name))
    if as_json:
        out.write(to_json(page, file.name, asdict(signs)) + "\n")
    elif html is not None:
        out.write(f"{html}\n")
    else:
        write_text(page, file.name, out, columns=_columns(out))
    return 0


def _columns(out: TextIO) -> int | None:
    """Columns of the terminal behind a stream; None where there is none."""
    if not out.isatty():
        return None
    try:
        return os.get_terminal_size(out.fileno()).columns or None
    except OSError:
        return None


def _check_target(path: Path) -> None:
    """Refuse a name that would destroy something else, before the work is done."""
    for name in (path, path.resolve()):  # a link leads to what would be overwritten
        if name.suffix.lower() not in (".html", ".htm"):
            raise InputError(f"{name} is no .html file; give --html a name that ends in .html")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); give --html a name in a folder of yours"
        ) from error
