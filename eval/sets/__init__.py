"""Question sets: one question a line, with gold answers and evidence.

A line is a JSON object: `id`, `question`, `language`, `type`, `answerable`, `answers` (groups of
alternatives: every group must be answered, by any of its alternatives), `evidence` (objects with
`source` and `quote`), `evidence_language`, and optionally `history` ([question, answer] pairs),
`forbidden`, `corrections`, `about`, `twin` and `split` (see `Question`). The first line may be a
header: `schema` (2), `name`, `description`, `licence`.
"""

from eval.sets.evidence import missing_corrections, missing_evidence
from eval.sets.question import Correction, Evidence, Question, QuestionSet, SetFile
from eval.sets.reading import SCHEMA, SetFaults, read_set, read_sets
from eval.sets.writing import FILTERS, canonical, chosen, dumped

__all__ = [
    "FILTERS",
    "SCHEMA",
    "Correction",
    "Evidence",
    "Question",
    "QuestionSet",
    "SetFaults",
    "SetFile",
    "canonical",
    "chosen",
    "dumped",
    "missing_corrections",
    "missing_evidence",
    "read_set",
    "read_sets",
]
