"""docs/batch.md: what it shows is what comes out."""

import json
from pathlib import Path

from tests.docs.snippets import Runner, page

PAGE = page("batch")


def test_the_page(run: Runner, place: Path) -> None:
    ran = run(PAGE)

    def rows(name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in (place / name).read_text("utf-8").splitlines()]

    answers, hits, kept = rows("answers.jsonl"), rows("hits.jsonl"), rows("kept.jsonl")
    assert [row["id"] for row in answers] == [row["id"] for row in hits] == [
        "bridge", "cost", "ferry",
    ]  # fmt: skip
    for answered, of_table in zip(answers, kept, strict=False):
        for fields in (answered, of_table):
            fields.pop("timings")
        assert answered == of_table
    assert len(kept) == 2
    assert all(len(row["hits"]) == 5 for row in hits)  # type: ignore[arg-type]
    assert not list(place.glob("*.part"))
    ran.finish()
