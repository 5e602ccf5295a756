"""Asking all questions of a set, and the folder that keeps what came of it.

`header.json` says what was run and `set.jsonl` is the set. `rows.jsonl` has one answer a line,
written as soon as it is known: a run that was interrupted goes on where it stopped. A finished run
has its rows in the set's order, without anything that a clock said (`timings.jsonl` has that), so
that the same run made again gives the same bytes. `baselines.jsonl` is what costs nothing to
reach, for comparison.
"""

from eval.runner.asking import default_folder, run
from eval.runner.kept import Run, read_run

__all__ = ["Run", "default_folder", "read_run", "run"]
