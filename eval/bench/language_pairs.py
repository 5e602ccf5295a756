"""Tables of question language × text language, from the rows of retrieval over translations."""

from collections.abc import Iterable
from itertools import product
from typing import Any

Row = dict[str, Any]

_MEASURES = ("dense nDCG@10", "hybrid nDCG@10", "dense R@5", "hybrid R@5")


def language_tables(rows: Iterable[Row]) -> list[list[Row]]:
    """A table for each family of translated sets, measure and number of distractors.

    A family are sets `name_xx` and `name_yy` of which a row `name_xx → name_yy` exists. A row of
    a table is a language of questions, its columns are the languages of the texts.
    """
    cells = {(row["distractors"], *_pair(row["set"])): row for row in rows}
    across = [key for key in cells if key[1] != key[2]]
    families = dict.fromkeys((count, found.rpartition("_")[0]) for count, _, found in across)
    return [
        _table(cells, family, count, measure)
        for (count, family), measure in product(families, _MEASURES)
    ]


def _table(
    cells: dict[tuple[int, str, str], Row], family: str, count: int, measure: str
) -> list[Row]:
    members = {found for _, asked, found in cells if asked != found}
    names = sorted(name for name in members if name.rpartition("_")[0] == family)
    corner = f"{family}, {measure}, {count:,} distractors"
    return [
        {corner: f"questions {_language(asked)}"}
        | {
            f"texts {_language(found)}": cells[count, asked, found][measure]
            for found in names
            if (count, asked, found) in cells
        }
        for asked in names
    ]


def _pair(name: str) -> tuple[str, str]:
    """The sets of the questions and of the texts, from a row's name."""
    asked, arrow, found = name.partition(" → ")
    return asked, found if arrow else asked


def _language(name: str) -> str:
    return name.rpartition("_")[2]
