from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.lexical import Lexical, tokens
from rag.answer import SourcesFound, Turn
from rag.assistant import Assistant
from rag.errors import ModelError
from rag.features import FEATURES, READER_SHARE, candidates, features, read_again
from rag.judge import load_judge
from rag.reader import Reading
from rag.retriever import Retriever
from tests.conftest import HashEmbedder, ScriptedLLM, ScriptedReader
from tests.rag.test_support import hit

TEXTS = ["江上有桥。新桥长五百米。", "湖水清。湖水深三十米。"]


def read_shares(question: str, reader: ScriptedReader | None) -> np.ndarray:  # type: ignore[type-arg]
    lexical = Lexical.build([tokens(text) for text in TEXTS])
    found = candidates([hit(text) for text in TEXTS])
    values = features(question, found, lexical, HashEmbedder())
    if reader is not None:
        values = read_again(values, question, found, Reading(reader))
    return np.asarray(values[:, FEATURES.index("read")])


def test_the_reader_has_its_share_in_what_is_read() -> None:
    alone = read_shares("新桥有多长？", None)
    reader = np.array([0.0, 0.0, 0.0, 8.0])
    mixed = (1 - READER_SHARE) * alone + READER_SHARE * (reader - np.logaddexp.reduce(reader))
    expected = mixed - np.logaddexp.reduce(mixed)
    assert read_shares("新桥有多长？", ScriptedReader("三十米")) == pytest.approx(expected)


def test_nothing_is_read_twice_for_an_answer() -> None:
    reader = ScriptedReader("甲")
    reading = Reading(reader, "someone")
    for _ in range(3):
        assert reading.scores("问？", [["甲", "乙"], ["丙"]]).tolist() == [8.0, 0.0, 0.0]
    assert reading.whether("问？", [["甲", "乙"], ["丙"]]).tolist() == [3.0, 3.0]
    assert reading.scores("问？", [["丙"]]).tolist() == [0.0]
    assert len(reader.asked) == reader.closed == 2
    assert reader.asked[0].session == "someone"


class Broken(ScriptedReader):
    def __init__(self, reply: str) -> None:
        super().__init__()
        self._reply = reply

    def stream(self, request: object) -> Sequence[str]:  # type: ignore[override]
        return [self._reply]


def test_a_reader_that_gives_no_scores_is_told() -> None:
    with pytest.raises(ModelError, match="the reader gives no scores"):
        Reading(Broken("⟨3⟩")).scores("问？", [["甲"]])


def test_the_reader_decides_between_sentences(sample_store: Path) -> None:
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    question = "二号线全长多少公里？"
    plain = Assistant(retriever).ask(question)
    assert "西渡口" not in plain.sentences[0].text
    reader = ScriptedReader("西渡口", high=40.0)
    assistant = Assistant(retriever, reader)
    assert assistant.llm_name == "reader"
    assert assistant.answer_style == "quote"
    answer = assistant.ask(question)
    assert answer.llm == "reader"
    assert "西渡口" in answer.sentences[0].text
    assert answer.sentences[0].support == "supported"
    assert len(reader.asked) == 1


def test_sources_come_before_the_answer(sample_store: Path) -> None:
    events = list(
        Assistant(Retriever(sample_store, embedder=HashEmbedder()), ScriptedReader("公里")).stream(
            "二号线？"
        )
    )
    assert isinstance(events[0], SourcesFound)


def test_a_reader_rewrites_no_questions(sample_store: Path) -> None:
    reader = ScriptedReader("公里")
    history = [Turn("二号线有多少站？", "二号线有22座车站。[1]")]
    answer = Assistant(Retriever(sample_store, embedder=HashEmbedder()), reader).ask(
        "全长多少公里？", history=history
    )
    assert all(request.pointers is None and request.passages for request in reader.asked)
    assert not answer.abstained


def test_a_reader_is_no_judge() -> None:
    with pytest.raises(ModelError, match="none does that writes"):
        load_judge("llm", ScriptedReader())
    assert load_judge("llm", ScriptedLLM()) is not None
