"""The figures as a table to read, and as files to keep."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from eval.bench.speed_report import machine
from eval.bench.tools.bench import Plan
from eval.bench.tools.timing import Row

_TITLES = {
    "adapters": "What an adapter adds to a search",
    "serve": "Searching over HTTP under load",
}
_NOTES = {
    "adapters": (
        "Every question goes through all ways before the next one comes. “More” is the paired "
        "difference to the first way: its median is what a call costs more."
    ),
    "serve": (
        "Clients ask again as soon as they are answered. The server, its clients and the search "
        "share the cores of this computer; the bound is the better of the two searches without "
        "a server."
    ),
}


def compact(rows: Sequence[Row]) -> list[Row]:
    """Rows without what is the same in all of them, and without empty counts."""
    return [
        {name: value for name, value in row.items() if name not in ("part", "which")}
        for row in rows
    ]


def write(plan: Plan, rows: Sequence[Row], folder: Path) -> None:
    """`tools.json` and `tools.md` in a folder, made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"machine": machine(), "plan": asdict(plan), "rows": list(rows)}
    text = json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False, default=str)
    (folder / "tools.json").write_text(text + "\n", "utf-8")
    (folder / "tools.md").write_text(markdown(rows), "utf-8")


def markdown(rows: Sequence[Row]) -> str:
    """The figures to read, a table for each part."""
    about = "; ".join(f"{name} {value}" for name, value in machine().items())
    parts = ["# The retriever in other tools", f"{about}."]
    for part in dict.fromkeys(row["part"] for row in rows):
        found = compact([row for row in rows if row["part"] == part])
        parts += [f"## {_TITLES[part]}", _NOTES[part], _table(found)]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Row]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, ["---"] * len(columns)]
    lines += [[_cell(row.get(column)) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return "" if value is None else str(value)
