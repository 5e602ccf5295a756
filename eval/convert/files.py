"""Reading JSON and JSON lines, gzipped or not."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import InputError

Json = dict[str, Any]


def stem(path: Path) -> str:
    """The file's name up to its first full stop, for ids."""
    return path.name.split(".")[0] or path.name


def json_of(path: Path) -> Any:
    """What a .json or .json.gz holds.

    Raises:
        InputError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error})") from error


def records(path: Path) -> Iterator[tuple[int, Json]]:
    """The objects of a .jsonl or .jsonl.gz with the numbers of their lines.

    Raises:
        InputError: it cannot be read, or a line is no JSON object.
    """
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}, not a JSON object ({error})") from error
        if not isinstance(record, dict):
            raise InputError(f"{path}, line {number}, not a JSON object")
        yield number, record


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read ({error}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 ({error}); convert it first") from error
