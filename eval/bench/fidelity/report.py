"""The tables as files, and a list of failures to read."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from eval.bench.fidelity.outcomes import Outcome
from eval.bench.fidelity.table import Row

FAILURES = 200

Tables = Mapping[str, Sequence[Row]]


def write_report(tables: Tables, outcomes: Sequence[Outcome], about: str, folder: Path) -> None:
    """`fidelity.md`, `fidelity.json` and `failures.md` in `folder`.

    The failures quote the data: they are for reading, not for keeping in a project.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"# Fidelity\n\n{about}\n"]
    parts += [f"## {name}\n\n{markdown(rows)}\n" for name, rows in tables.items() if rows]
    (folder / "fidelity.md").write_text("\n".join(parts), "utf-8")
    content = {"about": about, "tables": tables}
    (folder / "fidelity.json").write_text(
        json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    (folder / "failures.md").write_text(failures(outcomes), "utf-8")


def markdown(rows: Sequence[Row]) -> str:
    """A table; rows may lack columns."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [columns, ["---"] * len(columns)]
    lines += [[_cell(row.get(column)) for column in columns] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")


def failures(outcomes: Sequence[Outcome]) -> str:
    """What failed, true sentences of one language that are doubted, natural ones refused."""
    doubted = [o for o in outcomes if o.doubted]
    failed = [o for o in outcomes if o.failed]
    alarms = Counter(_kind(reason) for o in failed if o.case.true for reason in o.reasons[:1])
    lines = [f"- {kind or 'no reason'}: {count}" for kind, count in alarms.most_common()]
    parts = [f"# Failures: {len(failed)} of {len(outcomes)}\n", "False alarms by first reason:\n"]
    parts += ["\n".join(lines) + "\n", _grouped(failed, outcomes, FAILURES)]
    parts += [f"# True, but not called supported: {len(doubted)}\n"]
    parts.append(_grouped(doubted, outcomes, FAILURES // 2))
    natural = [o for o in outcomes if o.case.true is None and o.verdict == "unsupported"]
    parts.append(f"# Natural pairs called unsupported, right or not: {len(natural)}\n")
    return "\n".join([*parts, _grouped(natural, outcomes, FAILURES // 4)])


def _kind(reason: str) -> str:
    return reason.split(":")[0]


def _grouped(found: Sequence[Outcome], outcomes: Sequence[Outcome], most: int) -> str:
    """Groups by what was done and to which language, with examples from each in turn."""
    asked = Counter(_key(outcome) for outcome in outcomes)
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in found:
        groups.setdefault(_key(outcome), []).append(outcome)
    order = sorted(groups, key=lambda key: (-len(groups[key]), key))
    turns = [o for turn in zip_longest(*(groups[key] for key in order)) for o in turn if o]
    shown = {id(outcome) for outcome in turns[:most]}
    parts = []
    for key in order:
        parts.append(f"## {' · '.join(key)}: {len(groups[key])} of {asked[key]}\n")
        parts += [_failure(outcome) for outcome in groups[key] if id(outcome) in shown]
    return "\n".join(parts)


def _key(outcome: Outcome) -> tuple[str, ...]:
    case = outcome.case
    return case.table, case.row, case.label, case.form


def _failure(outcome: Outcome) -> str:
    case = outcome.case
    lines = [f"- **{outcome.verdict}** {'; '.join(outcome.reasons)}", f"  - says: {case.sentence}"]
    if case.before:
        lines.append(f"  - was: {case.before}")
    return "\n".join([*lines, f"  - paragraph: {' '.join(case.source.text.split())}\n"])
