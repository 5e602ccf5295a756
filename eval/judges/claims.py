"""What a judge is asked: sentences with what they cite, from labels and from a run's answers."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from eval.judges.labels import Label, Labelled
from rag.answer import Verdict
from rag.errors import InputError
from rag.support import Source, support

Origin = Literal["labels", "run"]


@dataclass(frozen=True)
class Claim:
    """A sentence and what it cites; without sources it is unsupported, and no judge is asked.

    Attributes:
        origin: whether it was labelled, or is a run's.
        id: of the labelled sentence; in a run the question's, `#` and the sentence's place from 0.
        sentence: without markers.
        sources: what it cites.
        cluster: claims of one cluster hang together (the same article).
        label: what the sentence is labelled.
        kind: what was done to make a labelled sentence.
        language: of a labelled sentence.
    """

    origin: Origin
    id: str
    sentence: str
    sources: tuple[Source, ...] = field(repr=False)
    cluster: str
    label: Label | None = None
    kind: str = ""
    language: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what a judge is shown: a verdict stays good as long as this is the same."""
        shown = [self.sentence, [[s.text, s.date, s.title] for s in self.sources]]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()

    @cached_property
    def tiers(self) -> Verdict:
        """The verdict of the deterministic check, made anew."""
        return support(self.sentence, self.sources).verdict


def claims_of_labels(labelled: Sequence[Labelled]) -> list[Claim]:
    """The labelled sentences; those over one article make a cluster."""
    return [
        Claim("labels", each.id, each.sentence, each.sources, each.sources[0].title or each.id,
              each.label, each.kind, each.language)
        for each in labelled
    ]  # fmt: skip


def claims_of_rows(
    rows: Mapping[str, Mapping[str, Any]], clusters: Mapping[str, str]
) -> list[Claim]:
    """The sentences of a run's answers, in the order of `rows` (question id → row).

    Failed questions and abstentions have none. A marker that names no passage cites nothing.

    Args:
        rows: answers, as `rows.jsonl` has them.
        clusters: of each question, by its id.

    Raises:
        InputError: a row has no such fields.
    """
    return [claim for id, row in rows.items() for claim in _of_row(id, row, clusters[id])]


def some(claims: Sequence[Claim], limit: int | None) -> list[Claim]:
    """At most `limit` of them, drawn by hash: the same ones each time, and part of any more."""
    if limit is None or limit >= len(claims):
        return list(claims)
    drawn = sorted(claims, key=lambda claim: hashlib.sha256(claim.id.encode()).digest())
    kept = {claim.id for claim in drawn[:limit]}
    return [claim for claim in claims if claim.id in kept]


def _of_row(id: str, row: Mapping[str, Any], cluster: str) -> Iterator[Claim]:
    if "error" in row:
        return
    try:
        passages = {
            hit["paragraph"]: Source(hit["text"], hit["date"], hit["title"]) for hit in row["hits"]
        }
        for place, sentence in enumerate(row["sentences"]):
            cited = dict.fromkeys(citation["paragraph"] for citation in sentence["citations"])
            sources = tuple(passages[paragraph] for paragraph in cited if paragraph in passages)
            yield Claim("run", f"{id}#{place}", str(sentence["text"]), sources, cluster)
    except (KeyError, TypeError) as error:
        raise InputError(f"the row of {id} is no answer ({error!r}); run the set again") from error
