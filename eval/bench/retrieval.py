"""Retrieval over question sets: each question should find the text it was asked of.

Every set is searched alone and, where there are distractors, with their passages in the same
store: by vectors alone, by words alone (BM25), and by `Retriever.search`, which uses both.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from eval.bench.distractors import read_passages
from eval.bench.pools import Pool, Query, pool_of, read_snippets, same_text
from eval.bench.ranking import DEPTH, ndcg, recall
from eval.bench.squad import QuestionSet, read_sets, sets_in
from eval.statistics import paired_difference
from index.build import build
from index.embedder import Embedder, load_embedder
from rag.errors import InputError
from rag.retriever import Retriever

Row = dict[str, Any]
Search = Callable[[str], list[str]]


def bench(
    folder: Path,
    embedder: str | None,
    limit: int | None,
    distractors: Sequence[Path] = (),
    most: int | None = None,
) -> list[Row]:
    """One row a set, and one for each pair of languages of sets that are translations.

    With `distractors` (files or folders of articles, `most` passages of them) each row comes a
    second time, with their passages beside the set's texts.

    Raises:
        InputError: the folder holds no question set, or a file cannot be read.
    """
    snippets = read_snippets(folder)
    sets = sets_in(folder) if snippets else read_sets(folder)
    pools = {questions.name: pool_of(questions) for questions in sets}
    pools |= {pool.name: pool for pool in snippets}
    others = {q.name: [o.name for o in sets if o is not q and translations(q, o)] for q in sets}
    model = load_embedder(embedder)
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        shelf = _Shelf(Path(work), model, list(pools.values()), distractors, most)
        for beside in (False, True) if distractors else (False,):
            for name, pool in pools.items():
                with shelf.retriever(pool, beside=beside) as retriever:
                    place = {"distractors": shelf.distractors if beside else 0}
                    rows.append(place | _measured(pool, retriever, limit))
                    for other in others.get(name, ()):
                        rows.append(place | _across(pools[other], pool, retriever, limit))
    return [{"set": row["set"], **row} for row in rows]


@contextmanager
def retriever_over(paragraphs: Sequence[str], embedder: Embedder) -> Iterator[Retriever]:
    """A retriever over a store of these paragraphs; paragraph i is the article of id i."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paragraphs.jsonl"
        _write_articles(file, enumerate(paragraphs))
        build([file], Path(folder) / "store", embedder)
        yield Retriever(Path(folder) / "store", embedder=embedder)


def translations(one: QuestionSet, other: QuestionSet) -> bool:
    """Sets `name_xx` and `name_yy` with equal counts hold the same items in the same order."""
    same_name = one.name.rpartition("_")[0] == other.name.rpartition("_")[0] != ""
    shape = (len(one.paragraphs), len(one.questions))
    same_places = [q.paragraph for q in one.questions] == [q.paragraph for q in other.questions]
    return same_name and shape == (len(other.paragraphs), len(other.questions)) and same_places


class _Shelf:
    """Stores for one set after another; what stays from set to set is not embedded again."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        pools: Sequence[Pool],
        distractors: Sequence[Path],
        most: int | None,
    ) -> None:
        self._folder = folder
        self._embedder = embedder
        self._beside = folder / "distractors.jsonl"
        known = {same_text(text) for pool in pools for text in pool.texts}
        strange = (p for p in read_passages(distractors, most) if same_text(p) not in known)
        self.distractors = _write_articles(
            self._beside, ((f"d{number}", text) for number, text in enumerate(strange))
        )

    @contextmanager
    def retriever(self, pool: Pool, *, beside: bool) -> Iterator[Retriever]:
        """A retriever over the pool's texts, and distractors; see `_article_id`."""
        file = self._folder / f"set-{pool.name}.jsonl"
        ids = (_article_id(pool, number) for number in range(len(pool.texts)))
        written = _write_articles(file, zip(ids, pool.texts, strict=True))
        store = self._folder / ("beside" if beside else "alone")
        with tqdm(bar_format="{desc}", leave=False, disable=None) as bar:

            def told(stage: str, done: int, total: int, *, articles: int) -> None:
                bar.set_description_str(f"{pool.name}: {stage} {done:,} / {total:,}")

            paths = [self._beside, file] if beside else [file]
            report = build(paths, store, self._embedder, progress=told)
        wanted = written + (self.distractors if beside else 0)
        if report.articles != wanted:
            raise InputError(
                f"only {report.articles} of {wanted} texts were indexed for {pool.name}; "
                "look for texts without words in its file"
            )
        yield Retriever(store, embedder=self._embedder)


def _article_id(pool: Pool, number: int) -> str:
    """The id of a text's article: another one for each set, since sets follow in one store."""
    return f"{pool.name}-{number}"


def _write_articles(file: Path, texts: Iterable[tuple[int | str, str]]) -> int:
    """One article of one paragraph for each text; returns how many."""
    count = 0
    with file.open("w", encoding="utf-8") as out:
        for number, text in texts:
            count += 1
            one_line = " ".join(text.splitlines())
            out.write(json.dumps({"id": str(number), "title": "-", "text": one_line}) + "\n")
    return count


def _measured(pool: Pool, retriever: Retriever, limit: int | None) -> Row:
    queries = pool.queries[:limit]
    row: Row = {"set": pool.name, "paragraphs": len(pool.texts), "questions": len(queries)}
    gains = {}
    for side, search in _sides(retriever).items():
        gains[side] = _add_side(row, side, pool, queries, search)
    difference = paired_difference(gains["BM25"], gains["hybrid"])
    row |= {"hybrid − BM25": difference.mean, "low": difference.low, "high": difference.high}
    return row


def _across(asked_in: Pool, found_in: Pool, retriever: Retriever, limit: int | None) -> Row:
    """Questions of one language, texts of the other; words alone cannot do that."""
    pairs = zip(asked_in.queries, found_in.queries, strict=True)
    queries = [Query(asked.question, found.right) for asked, found in pairs][:limit]
    row: Row = {
        "set": f"{asked_in.name} → {found_in.name}",
        "paragraphs": len(found_in.texts),
        "questions": len(queries),
    }
    for side, search in _sides(retriever).items():
        if side != "BM25":
            _add_side(row, side, found_in, queries, search)
    return row


def _add_side(
    row: Row, side: str, pool: Pool, queries: Sequence[Query], search: Search
) -> list[float]:
    """Put a side's means into the row; returns nDCG@10 of each question."""
    gains, first, five = [], [], []
    for query in tqdm(
        queries, desc=f"{row['set']}, {side}", leave=False, mininterval=1, disable=None
    ):
        found = search(query.question)
        right = {_article_id(pool, number) for number in query.right}
        gains.append(ndcg(found, right))
        first.append(recall(found, right, 1))
        five.append(recall(found, right, 5))
    row[f"{side} nDCG@10"] = sum(gains) / len(gains)
    row[f"{side} R@1"] = sum(first) / len(first)
    row[f"{side} R@5"] = sum(five) / len(five)
    return gains


def _sides(retriever: Retriever) -> dict[str, Search]:
    """Searches that return ids of articles, best first, from ten hits each."""
    generation = retriever.store.current()

    def articles(positions: NDArray[np.int64]) -> list[str]:
        hits = generation.paragraphs([int(position) for position in positions])
        return _once(paragraph.article_id for paragraph in hits)

    def dense(question: str) -> list[str]:
        vector = retriever.embedder.embed([question], kind="query")[0]
        return articles(generation.vectors.search(vector, DEPTH)[0])

    def lexical(question: str) -> list[str]:
        return articles(generation.lexical.best(question, DEPTH)[0])

    def hybrid(question: str) -> list[str]:
        hits = retriever.search(question, k=DEPTH)
        # A near-duplicate is shown with its hit, so it stands right behind it.
        shown = (
            article.id
            for hit in hits
            for article in (hit.article, *(again.article for again in hit.also_in))
        )
        return _once(shown)[:DEPTH]

    return {"dense": dense, "BM25": lexical, "hybrid": hybrid}


def _once(ids: Iterable[str]) -> list[str]:
    """A text that was cut into several paragraphs counts once, at its best place."""
    return list(dict.fromkeys(ids))
