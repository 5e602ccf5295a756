from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from rag import Assistant, Retriever, Turn
from rag.abstain import MODEL_THRESHOLD, QUOTE_THRESHOLD
from rag.answer import (
    AnswerFinished,
    QuestionRewritten,
    SentenceChecked,
    SourcesFound,
    TextAdded,
)
from rag.errors import InputError, ModelError
from rag.llm import Request
from rag.prompt import CANNOT_ANSWER
from tests.conftest import HashEmbedder, ScriptedLLM

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
    assert answer.sentences[1].reasons[0] == "number not in the source: 23096"
    assert answer.sentences[2].reasons == ("cites no paragraph",)
    assert answer.removed_markers == 1
    assert answer.raw_text.count("[9]") == 1
    assert answer.llm == "scripted"
    assert llm.closed == 1


def test_an_answer_knows_its_confidence_and_what_the_model_read_and_wrote(
    retriever: Retriever,
) -> None:
    llm = ScriptedLLM("新桥长五百米。[1]")
    answer = Assistant(retriever, llm).ask(QUESTION)
    read = "\n\n".join(message.content for message in llm.asked[0].messages)
    assert answer.usage is not None
    assert answer.usage.prompt - len(read) == 24  # a template around two messages
    assert answer.usage.reply == len("新桥长五百米。[1]")
    by_quotation = Assistant(retriever).ask(QUESTION)
    assert by_quotation.usage is None
    assert answer.confidence == by_quotation.confidence > QUOTE_THRESHOLD
    other = Assistant(retriever).ask("Who won the chess final?")
    assert 0.0 <= other.confidence < MODEL_THRESHOLD


def test_an_answer_stands_where_its_model_ends_right_behind_it(retriever: Retriever) -> None:
    class Ending(ScriptedLLM):
        def count_tokens(self, text: str) -> int:
            if self.closed:
                raise ModelError("it is gone; start it again")
            return super().count_tokens(text)

    answer = Assistant(retriever, Ending("新桥长五百米。[1]")).ask(QUESTION)
    assert answer.text == "新桥长五百米。[1]"
    assert answer.usage is None


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
    Assistant(retriever, llm).ask(QUESTION, history=[Turn("早先？", "是。[2]")], session="s1")
    (request,) = llm.asked
    first, answer, last = [m.content for m in request.messages[1:]]
    assert first.endswith("桥下有船。\n\nQuestion: 早先？\nAnswer in Chinese.")
    assert (answer, last) == ("是。", f"Question: {QUESTION}\nAnswer in Chinese.")
    assert request.passages == (
        "桥 (no date)\n新桥长五百米，床位有23095张。",
        "桥 (no date)\n桥下有船。",
    )
    assert (request.max_tokens, request.pointers, request.session) == (400, None, "s1")


def test_passages_keep_the_order_of_the_turn_before_and_markers_lead_to_the_hits(
    retriever: Retriever,
) -> None:
    llm = ScriptedLLM("新桥长五百米。[1]", "桥下有船[1]。新桥长五百米。[2]")
    assistant = Assistant(retriever, llm)
    first = assistant.ask(QUESTION)
    assert first.passages == tuple(hit.paragraph.id for hit in first.hits)
    turned = Turn(QUESTION, first.text, first.passages[::-1])
    events = list(assistant.stream(QUESTION, history=[turned]))
    answer = events[-1].answer  # type: ignore[union-attr]
    assert answer.hits == first.hits
    assert answer.passages == first.passages[::-1]
    assert llm.asked[1].passages == llm.asked[0].passages[::-1]
    assert answer.text == "桥下有船。[2] 新桥长五百米。[1]"
    assert [s.support for s in answer.sentences] == ["supported"] * 2
    assert answer.raw_text == "桥下有船[1]。新桥长五百米。[2]"
    streamed = "".join(e.text for e in events if isinstance(e, TextAdded))
    assert streamed == "桥下有船[2]。新桥长五百米。[1]"
    for sentence in answer.sentences:
        for citation in sentence.citations:
            assert answer.hits[citation.number - 1] is citation.hit


def test_a_model_points_at_sentences(retriever: Retriever) -> None:
    llm = ScriptedLLM("[2][1]", "[0]", "[3] 三张。")
    assistant = Assistant(retriever, llm, answer_style="quote")
    events = list(assistant.stream(QUESTION, session="s2"))
    kinds = [SourcesFound, *[TextAdded, SentenceChecked] * 2, AnswerFinished]
    assert [type(e) for e in events] == kinds
    answer = events[-1].answer  # type: ignore[union-attr]
    assert answer.text == "桥下有船。[2] 新桥长五百米，床位有23095张。[1]"
    assert "".join(e.text for e in events if isinstance(e, TextAdded)) == answer.text
    assert [s.support for s in answer.sentences] == ["supported"] * 2
    assert (answer.llm, answer.raw_text, answer.removed_markers) == ("scripted", "[2][1]", 0)
    request = llm.asked[0]
    assert (request.pointers, request.max_tokens, request.session) == (2, 32, "s2")
    assert request.passages == ("[1] 新桥长五百米，床位有23095张。", "[2] 桥下有船。")
    for reply, removed in (("[0]", 0), ("[3] 三张。", 1)):
        answer = assistant.ask(QUESTION)
        assert answer.abstained and answer.text.startswith("这些文章里找不到")
        assert (answer.raw_text, answer.removed_markers) == (reply, removed)
    assert llm.closed == 3


def test_the_answer_style_is_the_callers_else_the_models(retriever: Retriever) -> None:
    llm = ScriptedLLM()
    assert Assistant(retriever, llm).answer_style == "prose"
    llm.answer_style = "quote"
    assert Assistant(retriever, llm).answer_style == "quote"
    assert Assistant(retriever, llm, answer_style="prose").answer_style == "prose"
    assert Assistant(retriever, answer_style="prose").answer_style == "quote"  # no model
    with pytest.raises(InputError, match="no answer style 'verse'; give auto, prose or quote"):
        Assistant(retriever, llm, answer_style="verse")  # type: ignore[arg-type]


def test_what_the_model_was_not_shown_is_told(retriever: Retriever) -> None:
    whole = ScriptedLLM("新桥长五百米。[1]")
    fields = Assistant(retriever, whole).ask(QUESTION).to_json()
    assert "dropped" not in fields
    words = "\n\n".join(m.content for m in whole.asked[0].messages)
    small = ScriptedLLM("新桥长五百米。[1]", context_size=len(words) + 400 + 96 + 2 * 12 - 1)
    answer = Assistant(retriever, small).ask(QUESTION)
    assert answer.passages == (answer.hits[0].paragraph.id,)
    left_out = [answer.hits[1].paragraph.id]
    assert answer.to_json()["dropped"] == {"shortened": [], "left_out": left_out, "turns": 0}


def test_traditional_questions_are_answered_in_traditional_words(retriever: Retriever) -> None:
    answer = Assistant(retriever).ask("誰贏得了國際象棋決賽冠軍獎盃？")
    assert answer.language == "zh-Hant"
    assert answer.message.startswith("這些文章")


def test_errors_of_the_model_pass_through(retriever: Retriever) -> None:
    from rag.errors import ModelError

    class Broken(ScriptedLLM):
        def stream(self, request: Request) -> Iterator[str]:
            raise ModelError("the model broke; choose another")
            yield ""

    with pytest.raises(ModelError, match="broke"):
        Assistant(retriever, Broken()).ask(QUESTION)


BRIDGE = Turn("新桥什么时候通车？", "不知道。")


def test_a_follow_up_is_asked_with_the_conversation_in_view(retriever: Retriever) -> None:
    events = list(Assistant(retriever).stream("它有多长？", history=[BRIDGE]))
    assert events[0] == QuestionRewritten("新桥有多长？")
    assert isinstance(events[1], SourcesFound)
    answer = events[-1].answer  # type: ignore[union-attr]
    assert (answer.question, answer.asked) == ("它有多长？", "新桥有多长？")
    alone = Assistant(retriever).ask("新桥有多长？")
    assert answer.sentences == alone.sentences != ()
    assert answer.hits == alone.hits
    fields = answer.to_json()
    assert list(fields)[:3] == ["id", "question", "asked"]
    assert fields["asked"] == "新桥有多长？"


@pytest.mark.parametrize("options", [{"history": [BRIDGE], "verbatim": True}, {"history": []}, {}])
def test_a_question_is_asked_as_typed_without_history_or_where_that_is_wanted(
    retriever: Retriever, options: dict[str, Any]
) -> None:
    events = list(Assistant(retriever).stream("它有多长？", **options))
    assert isinstance(events[0], SourcesFound)
    answer = events[-1].answer  # type: ignore[union-attr]
    assert answer.asked == "" and "asked" not in answer.to_json()
    assert answer.hits == Assistant(retriever).ask("它有多长？").hits


def test_an_abstention_says_what_was_typed_and_looks_for_what_was_meant(
    retriever: Retriever,
) -> None:
    answer = Assistant(retriever).ask(
        "那老桥的设计师呢？", history=[Turn("新桥的颜色呢？", "红。")]
    )
    assert answer.abstained
    assert "“那老桥的设计师呢？”" in answer.message
    made = Assistant(retriever).ask("它的国际象棋冠军奖杯呢？", history=[BRIDGE])
    assert made.asked == "新桥的国际象棋冠军奖杯呢？"
    assert "“它的国际象棋冠军奖杯呢？”" in made.message
    assert made.message.endswith("没有提到国际、象棋、冠军、奖杯。")
    assert "新桥" in made.message


def test_the_model_rewrites_first_and_then_answers_what_was_meant(retriever: Retriever) -> None:
    llm = ScriptedLLM("新桥到底有多长？", "新桥长五百米。[1]")
    events = list(Assistant(retriever, llm).stream("它有多长？", history=[BRIDGE], session="s1"))
    assert events[0] == QuestionRewritten("新桥到底有多长？")
    rewriting, answering = llm.asked
    assert (rewriting.session, answering.session) == ("s1", "s1")
    assert answering.messages[-1].content == "Question: 新桥到底有多长？\nAnswer in Chinese."
    assert answering.messages[1].content.endswith(
        "Question: 新桥什么时候通车？\nAnswer in Chinese."
    )
    answer = events[-1].answer  # type: ignore[union-attr]
    assert (answer.question, answer.asked) == ("它有多长？", "新桥到底有多长？")
    assert answer.text == "新桥长五百米。[1]"


def test_leaving_after_the_rewriting_asks_the_model_no_more(retriever: Retriever) -> None:
    llm = ScriptedLLM("新桥到底有多长？")
    stream = Assistant(retriever, llm).stream("它有多长？", history=[BRIDGE])
    assert next(stream) == QuestionRewritten("新桥到底有多长？")
    stream.close()  # type: ignore[attr-defined]
    assert (len(llm.asked), llm.closed) == (1, 1)


def test_closing_the_models_reply_ends_the_rewriting(retriever: Retriever) -> None:
    """A thread that stops an answer closes what the model says, as `rag.background` does."""

    class Left(Exception):
        pass

    class Stopped(ScriptedLLM):
        def stream(self, request: Request) -> Iterator[str]:
            pieces = super().stream(request)
            yield next(pieces)
            pieces.close()  # type: ignore[attr-defined]
            raise Left

    llm = Stopped("新桥到底有多长？")
    with pytest.raises(Left):
        next(Assistant(retriever, llm).stream("它有多长？", history=[BRIDGE]))
    assert llm.closed == 1


def test_halves_of_characters_in_a_history_do_not_reach_the_search(retriever: Retriever) -> None:
    answer = Assistant(retriever).ask("那老桥呢？", history=[Turn("新桥\ud800有多长？", "长。")])
    assert answer.asked == "老桥\ufffd有多长？"
