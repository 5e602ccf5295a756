"""What is read at one place of a text, before it is told what is asserted and what offered."""

from typing import NamedTuple

from rag.facts.fact import Form, Kind


class Reading(NamedTuple):
    """`forms`: any of them may be meant; `certain`: a sentence that has it asserts it."""

    kind: Kind
    start: int
    end: int
    forms: tuple[Form, ...]
    certain: bool
