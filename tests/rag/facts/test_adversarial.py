"""Pairs made to mislead: what of a sentence must be found in a source, and what must be missed.

pairs/*.tsv: verdict ("there": nothing is missing; "missing": a figure, date, time or quotation is),
what is tried, sentence, source, the date of both, and why it still fails, where it does.
"""

import csv
from pathlib import Path

import pytest

from rag.facts import facts, missing

_PAIRS = Path(__file__).parent / "pairs"
_COLUMNS = ("verdict", "what", "sentence", "source", "date", "open")


def _rows() -> list[object]:
    found: list[object] = []
    for path in sorted(_PAIRS.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", restval="", quoting=csv.QUOTE_NONE):
                verdict, what, sentence, source, date, why = (row[name] for name in _COLUMNS)
                marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
                values = (verdict, sentence, source, date or None)
                found.append(pytest.param(*values, id=f"{path.stem}-{what}", marks=marks))
    return found


@pytest.mark.parametrize(("verdict", "sentence", "source", "date"), _rows())
def test_pairs(verdict: str, sentence: str, source: str, date: str | None) -> None:
    found = missing(facts(sentence, date=date), [facts(source, date=date)])
    lost = [fault.reason for fault in found if fault.hard]
    assert bool(lost) == (verdict == "missing"), lost


def test_the_table_is_whole() -> None:
    lines = [
        line
        for path in _PAIRS.glob("*.tsv")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert {line.split("\t")[0] for line in lines} == {"verdict", "there", "missing"}
    assert all(4 <= len(line.split("\t")) <= 6 for line in lines)
