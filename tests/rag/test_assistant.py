from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build import build
from rag import Assistant, Retriever, Turn
from rag.answer import AnswerFinished, SentenceChecked, SourcesFound, TextAdded
from rag.llm import Request
from rag.prompt import CANNOT_ANSWER
from rag.written import WrittenAnswer
from tests.conftest import HashEmbedder, ScriptedLLM
from tests.rag.test_support import hit

QUESTION = "新桥有多长，床位有多少张？"


@pytest.fixture
def retriever(tmp_path: Path, embedder: HashEmbedder) -> Retriever:
    (tmp_path / "a.txt").write_text("# 桥\n\n新桥长五百米，床位有23095张。\n\n桥下有船。", "utf-8")
    build([tmp_path / "a.txt"], tmp_path / "store", embedder)
    return Retriever(tmp_path / "store", embedder=embedder)


def test_quotation_streams_sources_first_and_folds_to_the_same_answer(
    retriever: Retriever,
) -> None:
    assistant = Assistant(retriever)
    events = list(assistant.stream(QUESTION))
    assert [type(e) for e in events] == [SourcesFound, TextAdded, SentenceChecked, AnswerFinished]
    answer = events[-1].answer  # type: ignore[union-attr]
    assert answer.text == "新桥长五百米，床位有23095张。[1]" == events[1].text  # type: ignore[union-attr]
    assert assistant.ask(QUESTION).text == answer.text
    (sentence,) = answer.sentences
    (citation,) = sentence.citations
    assert citation.raw.cut(citation.hit.article.raw) == "新桥长五百米，床位有23095张。"
    assert sentence.support == "supported"


def test_json_is_the_contract(retriever: Retriever) -> None:
    fields = Assistant(retriever).ask(QUESTION).to_json()
    assert list(fields) == [
        "id", "question", "answer", "abstained", "llm", "language", "sentences", "hits", "timings",
    ]  # fmt: skip
    assert (fields["llm"], fields["language"], fields["abstained"]) == ("quote", "zh", False)
    citation = fields["sentences"][0]["citations"][0]
    assert list(citation) == [
        "number", "paragraph", "article", "title", "source", "date", "quote", "raw",
    ]  # fmt: skip
    assert citation["quote"] == {"start": 0, "end": 17, "text": "新桥长五百米，床位有23095张。"}
    assert citation["raw"] == {"start": 5, "end": 22}
    assert fields["hits"][0]["span"] == {"start": 5, "end": 22}
    assert set(fields["timings"]) == {"retrieve_ms", "first_token_ms", "total_ms"}


def test_nothing_fitting_abstains_with_the_nearest_paragraphs(retriever: Retriever) -> None:
    llm = ScriptedLLM("never asked")
    for assistant in (Assistant(retriever), Assistant(retriever, llm)):
        answer = assistant.ask("Who won the chess final?")
        assert answer.abstained
        assert answer.text.startswith("The articles do not say")
        assert len(answer.hits) == 2
    assert llm.asked == []  # no evidence, no call to the model


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"since": "2030"}, "since 2030"),
        ({"sources": ["b.txt", "c/*"]}, "source b.txt, source c/*"),
        ({"articles": ["x"], "until": "2020"}, "until 2020, article x"),
    ],
)
def test_limits_that_no_article_passes_are_the_reason(
    retriever: Retriever, limits: dict[str, object], reason: str
) -> None:
    llm = ScriptedLLM("never asked")
    for assistant in (Assistant(retriever), Assistant(retriever, llm)):
        answer = assistant.ask("How long is it?", **limits)  # type: ignore[arg-type]
        assert answer.abstained and answer.hits == ()
        assert answer.text == f"No article passes the filters: {reason}. Widen them and ask again."
    passing = Assistant(retriever).ask(QUESTION, sources=["*.txt"])
    assert not passing.abstained


def test_a_model_answer_is_parsed_checked_and_cited(retriever: Retriever) -> None:
    llm = ScriptedLLM("新桥长五百米[1][9]。床位有23096张。[1]\n\n桥很美。")
    events = list(Assistant(retriever, llm).stream(QUESTION))
    text = "".join(e.text for e in events if isinstance(e, TextAdded))
    assert text == "新桥长五百米[1]。床位有23096张。[1]\n\n桥很美。"
    answer = events[-1].answer  # type: ignore[union-attr]
    assert [(s.text, s.support) for s in answer.sentences] == [
        ("新桥长五百米。", "supported"),
        ("床位有23096张。", "unsupported"),
        ("桥很美。", "unsupported"),
    ]
    assert answer.sentences[1].reasons == ("number not in the source: 23096",)
    assert answer.sentences[2].reasons == ("cites no paragraph",)
    assert answer.removed_markers == 1
    assert answer.raw_text.count("[9]") == 1
    assert answer.llm == "scripted"
    assert llm.closed == 1


@pytest.mark.parametrize(
    "reply", [CANNOT_ANSWER, f"“{CANNOT_ANSWER.title()}.”", f" {CANNOT_ANSWER}"]
)
def test_a_model_that_declines_abstains_without_showing_text(
    retriever: Retriever, reply: str
) -> None:
    llm = ScriptedLLM(reply)
    events = list(Assistant(retriever, llm).stream(QUESTION))
    assert [type(e) for e in events] == [SourcesFound, AnswerFinished]
    assert events[-1].answer.abstained  # type: ignore[union-attr]
    assert llm.closed == 1


def test_closing_the_stream_closes_the_model(retriever: Retriever) -> None:
    llm = ScriptedLLM("新桥长五百米。[1] 更多更多更多。")
    stream = Assistant(retriever, llm).stream(QUESTION)
    next(stream), next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert llm.closed == 1


def test_history_reaches_the_model(retriever: Retriever) -> None:
    llm = ScriptedLLM("新桥长五百米。[1]")
    Assistant(retriever, llm).ask(QUESTION, history=[Turn("早先？", "是。[2]")])
    assert [m.content for m in llm.asked[0].messages[1:3]] == ["早先？", "是。"]


def test_traditional_questions_are_answered_in_traditional_words(retriever: Retriever) -> None:
    answer = Assistant(retriever).ask("誰贏得了國際象棋決賽冠軍獎盃？")
    assert answer.language == "zh-Hant"
    assert answer.message.startswith("這些文章")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One.[1] Two [2].", [("One.", [1]), ("Two.", [2])]),
        ("One.[1]Two.[2]", [("One.", [1]), ("Two.", [2])]),
        ("甲。[1][2]乙。", [("甲。", [1, 2]), ("乙。", [])]),
        ("甲[1]，乙[2]。", [("甲，乙。", [1, 2])]),
        ("[1] 甲。", [("甲。", [1])]),
        ("", []),
        ("[1]", []),
    ],
)
def test_markers_belong_to_their_sentences(
    text: str, sentences: list[tuple[str, list[int]]]
) -> None:
    written = WrittenAnswer([hit(), hit()])
    list(written.events([text]))
    assert [(s.text, [c.number for c in s.citations]) for s in written.sentences] == sentences


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("甲乙a1。.! [1][2][7]\n【】“”说"), max_size=80), st.integers(1, 7))
def test_any_stream_gives_resolving_markers_and_keeps_every_word(text: str, size: int) -> None:
    passages = [hit("甲乙。"), hit("1a")]
    written = WrittenAnswer(passages)
    events = list(written.events(text[i : i + size] for i in range(0, len(text), size)))
    whole = WrittenAnswer(passages)
    list(whole.events([text]))
    assert [s.marked for s in written.sentences] == [s.marked for s in whole.sentences]
    for sentence in written.sentences:
        for citation in sentence.citations:
            assert passages[citation.number - 1] is citation.hit
            assert citation.quote_text in citation.hit.paragraph.text
    streamed = "".join(e.text for e in events if isinstance(e, TextAdded))
    kept = "".join(c for c in streamed if c in "甲乙a说")
    assert "".join(c for s in written.sentences for c in s.text if c in "甲乙a说") == kept


def test_errors_of_the_model_pass_through(retriever: Retriever) -> None:
    from rag.errors import ModelError

    class Broken(ScriptedLLM):
        def stream(self, request: Request) -> Iterator[str]:
            raise ModelError("the model broke; choose another")
            yield ""

    with pytest.raises(ModelError, match="broke"):
        Assistant(retriever, Broken()).ask(QUESTION)
