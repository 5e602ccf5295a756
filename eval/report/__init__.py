"""What a run amounts to: its figures, and the same for readers, on a page and in a terminal."""

import json
from pathlib import Path
from typing import Any

from eval.report.figures import HEADLINE, report
from eval.report.markdown import render
from eval.report.page import page
from eval.report.table import table
from eval.report.words import HIDDEN, figure, interval
from eval.runner import Run
from rag.errors import InputError

__all__ = ["HEADLINE", "figure", "interval", "page", "render", "report", "table", "write"]


def write(run: Run) -> dict[str, Any]:
    """Make the report and keep it in the run's folder; returns the figures.

    `report.json` has the figures, `report.md` the tables, `report.html` everything with the worst
    answers, in one file that needs no other.

    Raises:
        InputError: the folder cannot be written, or holds what cannot be understood.
    """
    made = report(run)
    figures = json.dumps(made, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    files = {
        "report.json": HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], figures),
        "report.md": render(made),
        "report.html": page(run, made),
    }
    for name, text in files.items():
        _replace(run.folder / name, text)
    return made


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable for whoever may read new files."""
    draft = path.with_name(f".{path.name}")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); check its permissions, and that there "
            "is room on the disk"
        ) from error
