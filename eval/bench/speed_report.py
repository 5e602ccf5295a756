"""The figures of the speed bench as a page: tables, a plot, and what they were measured on."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval.bench.growth_plot import Panel, growth_svg
from eval.bench.speed import TARGET

Row = dict[str, Any]

_TABLES: dict[str, tuple[str, ...]] = {
    "Build": ("build s", "floor s", "build ÷ floor", "embedded a second", "store MB"),
    "Memory, peak of the process": ("before build MB", "build MB", "search MB"),
    "From the start of Python to the first answer": (
        "load embedder s",
        "open store s",
        "first answer s",
    ),
    "A query, in ms": (
        *("dense p50 ms", "dense p95 ms", "BM25 p50 ms", "BM25 p95 ms"),
        *("hybrid p50 ms", "hybrid p95 ms"),
    ),
}


def flat(row: Row) -> Row:
    """A row without the parts of its sums, for a table on a terminal."""
    return {key: value for key, value in row.items() if not isinstance(value, dict)}


def write_report(rows: Sequence[Row], folder: Path) -> None:
    """Write `speed.md`, `speed.svg` and `speed.json` into a folder, made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"machine": machine(), "rows": list(rows)}
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    (folder / "speed.json").write_text(text, "utf-8")
    (folder / "speed.svg").write_text(growth_svg(panels(rows), "paragraphs"), "utf-8")
    (folder / "speed.md").write_text(markdown(rows), "utf-8")


def markdown(rows: Sequence[Row]) -> str:
    """The page."""
    about = "; ".join(f"{name} {value}" for name, value in machine().items())
    parts = [
        "# Speed",
        f"Medians of {rows[0]['runs']} runs, one thread. {about}.",
        "![Growth with the number of paragraphs](speed.svg)",
        f"The floor is the sum below; the target is a build of at most {TARGET} times that.",
    ]
    for title, columns in _TABLES.items():
        parts += [f"## {title}", _table(rows, columns)]
    parts += ["## Stages of the build, in s", _parts_table(rows, "stages s")]
    parts += ["## Parts of the floor, in s", _parts_table(rows, "floors s")]
    return "\n\n".join(parts) + "\n"


def panels(rows: Sequence[Row]) -> list[Panel]:
    """What grows, against the number of paragraphs."""

    def line(key: str) -> list[tuple[float, float]]:
        return [(row["paragraphs"], max(row[key], 1e-3)) for row in rows]

    queries = {side: line(f"{side} p50 ms") for side in ("dense", "BM25", "hybrid")}
    return [
        Panel("Build, s", {"build": line("build s"), "floor": line("floor s")}),
        Panel("A query, median, ms", queries),
        Panel("Peak memory, MB", {"build": line("build MB"), "search": line("search MB")}),
        Panel(
            "From start to first answer, s",
            {"whole": line("first answer s"), "store": line("open store s")},
        ),
    ]


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    packages = ("sentence-transformers", "faiss-cpu", "torch")
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def _table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    lines = [["paragraphs", *columns]]
    lines += [[f"{row['paragraphs']:,.0f}", *(_cell(row[c]) for c in columns)] for row in rows]
    return _markdown_table(lines)


def _parts_table(rows: Sequence[Row], key: str) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row[key]))
    lines = [["paragraphs", *names]]
    for row in rows:
        cells = [_cell(row[key].get(name, 0.0)) for name in names]
        lines.append([f"{row['paragraphs']:,.0f}", *cells])
    return _markdown_table(lines)


def _markdown_table(lines: Sequence[Sequence[str]]) -> str:
    head, *body = ["| " + " | ".join(cells) + " |" for cells in lines]
    return "\n".join([head, "|" + " ---: |" * len(lines[0]), *body])


def _cell(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
