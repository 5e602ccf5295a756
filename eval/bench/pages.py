"""Understanding printed pages: measured on damaged pages whose truth is known, and on real ones."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tqdm import tqdm

from eval.bench.damage import DamagedPage, damaged_page
from eval.bench.pages_clean import CleanArticle, Part, read_clean
from eval.bench.pages_layout import Kind
from eval.bench.pages_scores import Score, row, score_page
from index.newspaper.page import Page, Role

Rows = list[dict[str, Any]]

_FOREIGN = 0.08  # share of pages with articles in Latin script, where there are such articles


@dataclass(frozen=True)
class PageSource:
    """Which clean articles are damaged, and how many pages are made of them."""

    files: Sequence[Path]
    part: Part = "unseen"
    pages: int = 500
    seed: int = 1


def bench(source: PageSource, real: Path | None = None) -> list[Rows]:
    """Tables: one row a kind of page and one for all; clean articles and speed; real pages.

    `real` is a folder with the pages of the hand-made truth.

    Raises:
        InputError: files cannot be read, or hold no usable article.
    """
    from index.newspaper import read_page, signs_of_print

    articles = read_clean(source.files, source.part)
    pages = damaged_pages(articles, source)
    scores, seconds, size = scored(tqdm(pages, total=source.pages, unit="page"), read_page)
    clean = {
        "clean articles": len(articles),
        "changed": taken_for_print(articles, lambda raw: signs_of_print(raw).printed),
        "MB/s (one timing)": size / 1e6 / seconds,
    }
    tables = [kind_rows(scores), [clean]]
    if real is not None:
        from eval.bench.pages_truth import score_real

        tables.append(score_real(real, read_page))
    return tables


def damaged_pages(articles: Sequence[CleanArticle], source: PageSource) -> Iterator[DamagedPage]:
    """So many pages of 2 to 6 articles, the same for the same articles and seed."""
    foreign = [article for article in articles if article.latin]
    own = [article for article in articles if not article.latin]
    for number in range(source.pages):
        rng = Random(f"{source.seed}:{number}")
        chosen: list[CleanArticle] = []
        if foreign and (not own or rng.random() < _FOREIGN):
            chosen = rng.sample(foreign, min(len(foreign), rng.randint(1, 3)))
        if own and (not chosen or rng.random() < 0.3):
            chosen += rng.sample(own, min(len(own), rng.randint(2, 6 - len(chosen))))
        rng.shuffle(chosen)
        yield damaged_page(chosen, f"{source.seed}:{number}")


def scored(
    pages: Iterable[DamagedPage], read_page: Callable[[str], Page]
) -> tuple[dict[Kind, Score], float, int]:
    """Scores by kind (`pages` counts them), seconds spent reading, and bytes read (UTF-8)."""
    scores: dict[Kind, Score] = {kind: Score() for kind in Kind}
    seconds, size = 0.0, 0
    for damaged in pages:
        started = time.perf_counter()
        page = read_page(damaged.raw)
        seconds += time.perf_counter() - started
        size += len(damaged.raw.encode("utf-8"))
        score = scores[damaged.truth.kind]
        score.update(score_page(page, damaged))
        score["pages"] += 1
    return scores, seconds, size


def kind_rows(scores: dict[Kind, Score]) -> Rows:
    """A row for every kind that occurred, and one for all pages."""
    total = Score()
    for score in scores.values():
        total.update(score)
    named = [*((kind.value, score) for kind, score in scores.items()), ("all", total)]
    return [
        {"columns read": name, "pages": score["pages"], **row(score)}
        for name, score in named
        if score["pages"]
    ]


def taken_for_print(articles: Iterable[CleanArticle], looks_printed: Callable[[str], bool]) -> int:
    """How many clean articles would be repaired although nothing is wrong with them."""
    return sum(looks_printed(as_text(article)) for article in articles)


def as_text(article: CleanArticle) -> str:
    """A clean article as a text file: its title and its paragraphs, empty lines between them."""
    blocks = [("## " if role is Role.HEADING else "") + text for role, text in article.blocks]
    return "\n\n".join([article.title, *blocks]) + "\n"


def write_pages(source: PageSource, folder: Path) -> int:
    """Write every page as NUMBER.txt and its truth as NUMBER.json; how many there are.

    Raises:
        InputError: files cannot be read, or hold no usable article.
    """
    articles = read_clean(source.files, source.part)
    folder.mkdir(parents=True, exist_ok=True)
    for number, damaged in enumerate(damaged_pages(articles, source)):
        name = f"{number:04d}"
        (folder / f"{name}.txt").write_text(damaged.raw, "utf-8", newline="\n")
        truth = json.dumps(truth_record(damaged), ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(truth, "utf-8")
    return source.pages


def truth_record(damaged: DamagedPage) -> dict[str, Any]:
    """The truth of a page as JSON: spans are pairs of raw offsets."""
    truth = damaged.truth
    return {
        "kind": truth.kind.value,
        "dates": truth.dates,
        "misread": {str(offset): char for offset, char in truth.misread.items()},
        "units": [
            {
                "role": unit.role.value,
                "article": unit.article,
                "text": unit.text,
                "spans": [[span.start, span.end] for span in unit.spans],
            }
            for unit in truth.units
        ],
    }
