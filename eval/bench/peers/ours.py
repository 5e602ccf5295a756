"""The job by this project: a store on disk, opened by the retriever."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from eval.bench.peers.job import K, run
from index.build import build
from index.embedder import load_embedder
from rag.retriever import Retriever


class Ours:
    """`index.build.build` and `Retriever.search`; what is timed writes and syncs the store."""

    def __init__(self, embedder: str) -> None:
        self._embedder = load_embedder(embedder)
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")

    def build(self, texts: Sequence[str]) -> None:
        """Write the paragraphs as articles, build the store and open it."""
        folder = Path(self._folder.name)
        with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
            for number, text in enumerate(texts):
                file.write(json.dumps({"id": str(number), "title": "-", "text": text}) + "\n")
        build([folder / "texts.jsonl"], folder / "store", self._embedder)
        self._retriever = Retriever(folder / "store", embedder=self._embedder)
        self._generation = self._retriever.store.current()

    def dense(self, question: str) -> list[int]:
        """The nearest vectors, and their paragraphs."""
        vector = self._embedder.embed([question], kind="query")[0]
        positions, _ = self._generation.vectors.search(vector, K)
        hits = self._generation.paragraphs([int(position) for position in positions])
        return [int(paragraph.article_id) for paragraph in hits]

    def hybrid(self, question: str) -> list[int]:
        """What every user of the retriever gets."""
        return [int(hit.article.id) for hit in self._retriever.search(question, k=K)]


if __name__ == "__main__":
    run(Ours)
