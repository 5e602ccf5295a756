"""The job by txtai: one hybrid Embeddings index, in memory, with its texts."""

from collections.abc import Sequence

from txtai import Embeddings

from eval.bench.peers.job import BATCH, TOKEN, K, run


class Txtai:
    """Dense and hybrid search of the same index; the weight of the vectors is 1 or a half."""

    def __init__(self, embedder: str) -> None:
        self._index = Embeddings(
            path=embedder,
            method="sentence-transformers",
            gpu=False,
            encodebatch=BATCH,
            content=True,
            hybrid=True,
            scoring={
                "method": "bm25",
                "terms": True,
                "normalize": True,
                "tokenizer": {"regexp": TOKEN},
            },
        )

    def build(self, texts: Sequence[str]) -> None:
        """Index texts, vectors and words."""
        self._index.index((number, text, None) for number, text in enumerate(texts))

    def dense(self, question: str) -> list[int]:
        """All weight on the vectors."""
        return [int(hit["id"]) for hit in self._index.search(question, K, weights=1.0)]

    def hybrid(self, question: str) -> list[int]:
        """Half of the weight on the words."""
        return [int(hit["id"]) for hit in self._index.search(question, K, weights=0.5)]


if __name__ == "__main__":
    run(Txtai)
