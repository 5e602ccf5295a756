"""Reading gzipped files, line by line."""

import gzip
import json
from pathlib import Path
from typing import Any

from rag.errors import InputError


def lines(path: Path) -> list[str]:
    """The lines of a .gz.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read().split("\n")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error})") from error


def records(path: Path) -> list[dict[str, Any]]:
    """The objects of a .jsonl.gz.

    Raises:
        InputError: it cannot be read, or is no JSON.
    """
    try:
        return [json.loads(line) for line in lines(path) if line.strip()]
    except ValueError as error:
        raise InputError(f"{path} is no JSON, line by line ({error})") from error
