"""The files that say what the job is: the same paragraphs and questions for every library."""

import json
from collections.abc import Sequence
from pathlib import Path

from eval.bench.grow import asked_of, grown, seed_texts

_QUESTIONS = 100


def write_jobs(
    articles: Path, news: Sequence[Path], sizes: Sequence[int], embedder: Path, folder: Path
) -> dict[int, Path]:
    """A job file for each number of paragraphs.

    Paragraphs without a letter or figure are left out: txtai fails at one without tokens.

    Raises:
        InputError: nothing to read in `articles` or `news`.
    """
    seeds = seed_texts(articles, news, max(sizes))
    jobs = {}
    for size in sizes:
        found = (" ".join(text.splitlines()) for text in grown(seeds, size))
        texts = [text for text in found if any(map(str.isalnum, text))]
        job = {
            "embedder": str(embedder.resolve()),
            "texts": texts,
            "questions": asked_of(texts, _QUESTIONS),
        }
        jobs[size] = folder / f"job-{size}.json"
        jobs[size].write_text(json.dumps(job, ensure_ascii=False), "utf-8")
    return jobs
