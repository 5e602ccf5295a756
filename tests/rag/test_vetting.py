from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Span
from index.build import build
from rag import Assistant, Retriever
from rag.answer import (
    Answer,
    AnswerFinished,
    Citation,
    Event,
    Sentence,
    SentenceChecked,
    SourcesFound,
    TextAdded,
    Verdict,
)
from rag.errors import InputError
from rag.features import Candidate
from rag.judge import Judgement
from rag.policy import Unsupported, unsupported_choice
from rag.replacement import replacement
from rag.vetting import MOST_JUDGED, Vetting
from rag.written import Declined, WrittenAnswer
from tests.conftest import HashEmbedder, ScriptedLLM
from tests.rag.test_support import hit

QUESTION = "新桥有多长，床位有多少张？"
TRUE, FALSE, OPEN = "新桥长五百米。[1]", "床位有23096张。[1]", "The bridge is short.[1]"
QUOTED = "新桥长五百米，床位有23095张。"


@pytest.fixture
def retriever(tmp_path: Path, embedder: HashEmbedder) -> Retriever:
    (tmp_path / "a.txt").write_text(f"# 桥\n\n{QUOTED}\n\n桥下有船，船上有灯。", "utf-8")
    build([tmp_path / "a.txt"], tmp_path / "store", embedder)
    return Retriever(tmp_path / "store", embedder=embedder)


class ScriptedJudge:
    """A judge with a verdict for all sentences; knows what it was asked, and when."""

    name = "script"

    def __init__(self, verdict: Verdict, *, waits: bool = False) -> None:
        self.verdict = verdict
        self.waits = waits
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def judge(self, sentence: str, texts: Sequence[str]) -> Judgement:
        self.asked.append((sentence, tuple(texts)))
        return Judgement(self.verdict, "according to script")


def streamed(
    retriever: Retriever, reply: str, policy: Unsupported, judge: ScriptedJudge | None = None
) -> tuple[str, Answer, list[Event]]:
    """The text shown, the answer, and all events but the first and the last."""
    assistant = Assistant(retriever, ScriptedLLM(reply), unsupported=policy, judge=judge)
    first, *events, last = assistant.stream(QUESTION)
    assert isinstance(first, SourcesFound) and isinstance(last, AnswerFinished)
    text = "".join(event.text for event in events if isinstance(event, TextAdded))
    return text, last.answer, events


def test_flag_keeps_everything_and_marks_it(retriever: Retriever) -> None:
    text, answer, _ = streamed(retriever, f"{TRUE}{FALSE}桥很美。", "flag")
    assert text == f"{TRUE}{FALSE}桥很美。"
    assert [s.support for s in answer.sentences] == ["supported", "unsupported", "unsupported"]
    assert answer.withdrawn == () and "withdrawn" not in answer.to_json()


def test_drop_leaves_out_what_is_not_supported(retriever: Retriever) -> None:
    text, answer, events = streamed(retriever, f"{FALSE}{TRUE}桥很美。", "drop")
    assert text == answer.text == TRUE
    assert [type(event) for event in events] == [TextAdded, SentenceChecked]
    assert [s.text for s in answer.withdrawn] == ["床位有23096张。", "桥很美。"]
    assert answer.raw_text == f"{FALSE}{TRUE}桥很美。"
    fields = answer.to_json()
    assert list(fields)[-1] == "withdrawn"
    assert fields["withdrawn"][0]["reasons"][0] == "number not in the source: 23096"


def test_quote_puts_the_sentence_of_the_article_in_its_place(retriever: Retriever) -> None:
    text, answer, _ = streamed(retriever, f"桥下有船。[2]{FALSE}床位有9张。[1]", "quote")
    assert text == answer.text == f"桥下有船。[2] {QUOTED}[1]"  # the same is not quoted twice
    assert [s.support for s in answer.sentences] == ["supported"] * 2
    (citation,) = answer.sentences[1].citations
    assert citation.quote_text == QUOTED and answer.hits[0] is citation.hit
    assert [s.text for s in answer.withdrawn] == ["床位有23096张。", "床位有9张。"]


def test_what_cites_nothing_is_replaced_by_what_says_it(retriever: Retriever) -> None:
    text, answer, _ = streamed(retriever, "桥下有船。市长来自外地，喜欢音乐。", "quote")
    assert text == "桥下有船，船上有灯。[2]"
    assert len(answer.withdrawn) == 2  # nothing shown says where the mayor comes from


@pytest.mark.parametrize("policy", ["drop", "quote"])
def test_an_answer_of_which_nothing_is_left_abstains(
    retriever: Retriever, policy: Unsupported
) -> None:
    text, answer, events = streamed(retriever, "市长来自外地，喜欢音乐。", policy)
    assert (text, events) == ("", [])
    assert answer.abstained and len(answer.withdrawn) == 1
    assert answer.text.startswith("语言模型写的回答没有文章支持")
    assert len(answer.hits) == 2 and answer.raw_text == "市长来自外地，喜欢音乐。"


def test_doubtful_sentences_stay(retriever: Retriever) -> None:
    text, answer, _ = streamed(retriever, OPEN, "drop")
    assert text == OPEN
    assert [s.support for s in answer.sentences] == ["unknown"]


SENTENCES = st.sampled_from(
    [TRUE, FALSE, OPEN, "桥很美。", "桥下有船。[2]", "床位有9张。[1][2]", "文章没有提到造价。[1]",
     "市长来自外地，喜欢音乐。", "根据文章，新桥长九百米。[1]"]
)  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(SENTENCES, min_size=1, max_size=5),
    st.sampled_from(["drop", "quote"]),
    st.sampled_from([None, "supported", "unsupported", "unknown"]),
    st.booleans(),
)
def test_no_word_that_is_withdrawn_was_ever_shown(
    written: list[str], policy: Unsupported, judged: Verdict | None, waits: bool
) -> None:
    found = hit(QUOTED), hit("桥下有船，船上有灯。")
    shown = [Candidate(n, h, Span(0, len(h.paragraph.text))) for n, h in enumerate(found, 1)]
    vetting = Vetting(policy, ScriptedJudge(judged, waits=waits) if judged else None, shown)
    text = ""
    try:
        for event in vetting.events(WrittenAnswer(found).events(written)):
            text += event.text if isinstance(event, TextAdded) else ""
    except Declined:
        assert text == ""
        return
    text += "".join(event.text for event in vetting.ended() if isinstance(event, TextAdded))
    assert text == " ".join(sentence.marked for sentence in vetting.sentences)
    kept = {sentence.text for sentence in vetting.sentences}
    assert all(s.text not in text for s in vetting.withdrawn if s.text not in kept)
    assert not any(s.support == "unsupported" for s in vetting.sentences)
    quoted = [s.text for s in vetting.sentences if s.text in {QUOTED, "桥下有船，船上有灯。"}]
    assert len(quoted) == len(set(quoted))


def test_a_judge_is_asked_what_the_rules_leave_open(retriever: Retriever) -> None:
    judge = ScriptedJudge("supported")
    _, answer, _ = streamed(retriever, f"{TRUE}{FALSE}{OPEN}桥很美。", "flag", judge)
    assert judge.asked == [("The bridge is short.", (QUOTED,))]
    assert [s.support for s in answer.sentences] == [
        "supported", "unsupported", "supported", "unsupported",
    ]  # fmt: skip
    assert answer.sentences[2].reasons[0] == "according to script"


def test_a_judge_that_knows_nothing_leaves_the_verdict(retriever: Retriever) -> None:
    _, answer, _ = streamed(retriever, OPEN, "drop", ScriptedJudge("unknown"))
    (sentence,) = answer.sentences
    assert sentence.support == "unknown"
    assert len(sentence.reasons) == 2 and sentence.reasons[-1] == "according to script"


@pytest.mark.parametrize("waits", [False, True])
def test_what_the_judge_rejects_is_dropped(retriever: Retriever, waits: bool) -> None:
    judge = ScriptedJudge("unsupported", waits=waits)
    text, answer, _ = streamed(retriever, f"{TRUE}{OPEN}", "drop", judge)
    assert text == answer.text == TRUE
    assert [s.text for s in answer.withdrawn] == ["The bridge is short."]


def test_a_judge_that_waits_is_asked_when_the_model_has_ended(retriever: Retriever) -> None:
    judge = ScriptedJudge("supported", waits=True)
    llm = ScriptedLLM(f"{TRUE}{OPEN}桥下有船。[2]")
    shown: list[tuple[str, int, int]] = []
    for event in Assistant(retriever, llm, unsupported="drop", judge=judge).stream(QUESTION):
        if isinstance(event, TextAdded):
            shown.append((event.text.strip(), len(judge.asked), llm.closed))
    assert shown == [(TRUE, 0, 0), (OPEN, 1, 1), ("桥下有船。[2]", 1, 1)]
    # With `flag` the text is there at once, and the last event has the last word.
    text, answer, events = streamed(retriever, OPEN, "flag", judge)
    assert text == OPEN
    verdicts = [event.sentence.support for event in events if isinstance(event, SentenceChecked)]
    assert verdicts == ["unknown"]
    assert [s.support for s in answer.sentences] == ["supported"]


@pytest.mark.parametrize("waits", [False, True])
def test_only_so_many_sentences_are_judged(retriever: Retriever, waits: bool) -> None:
    judge = ScriptedJudge("supported", waits=waits)
    reply = "".join(f"The bridge is short {word}.[1] " for word in "abcdefghij")
    _, answer, _ = streamed(retriever, reply, "flag", judge)
    assert len(judge.asked) == MOST_JUDGED == 8
    left = [s for s in answer.sentences if s.support == "unknown"]
    assert len(left) == 2
    assert all(s.reasons[-1] == "not judged: only 8 sentences of an answer are" for s in left)


REFUSALS = [
    "文章没有提到造价。[1]",
    "The passages do not say.",
    "很抱歉，我无法回答。",
    "NOT IN THE ARTICLES",
]


@pytest.mark.parametrize("policy", ["flag", "drop", "quote"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_never_shown(retriever: Retriever, policy: Unsupported, refusal: str) -> None:
    judge = ScriptedJudge("supported")
    text, answer, events = streamed(retriever, refusal, policy, judge)
    assert (text, events) == ("", [])
    assert answer.abstained and answer.withdrawn == ()
    assert refusal.startswith(answer.raw_text)  # the fixed phrase ends the reading
    assert answer.text.startswith("这些文章里找不到这个问题的答案")


def test_a_refusal_that_begins_like_an_answer_is_taken_back(retriever: Retriever) -> None:
    refusal = "新桥的造价在文章中没有提到。[1]"
    text, answer, _ = streamed(retriever, refusal, "flag")
    assert text.startswith("新桥的造价") and answer.abstained  # nobody can know before its end
    text, answer, events = streamed(retriever, refusal, "quote")
    assert (text, events) == ("", []) and answer.abstained


def test_a_refusal_beside_an_answer_is_part_of_it(retriever: Retriever) -> None:
    text, answer, _ = streamed(retriever, f"文章没有提到造价。{TRUE}", "flag")
    assert text == f"文章没有提到造价。{TRUE}" and len(answer.sentences) == 2
    text, answer, _ = streamed(retriever, f"文章没有提到造价。{TRUE}", "drop")
    assert text == TRUE


@pytest.mark.parametrize("policy", ["drop", "quote"])
def test_where_only_a_refusal_is_left_the_answer_abstains(
    retriever: Retriever, policy: Unsupported
) -> None:
    reply = "文章没有提到新桥的造价。[1] 市长来自很远的外地，从小喜欢音乐和下棋。[1]"
    judge = ScriptedJudge("unknown")
    text, answer, _ = streamed(retriever, reply, "flag", judge)
    assert len(answer.sentences) == 2
    text, answer, events = streamed(retriever, reply, policy, judge)
    if policy == "quote":
        assert text.endswith(f"{QUOTED}[1]")  # of what was cited
    else:
        assert (text, events, answer.sentences) == ("", [], ())
        assert len(answer.withdrawn) == 1 and answer.text.startswith("语言模型写的回答")


def test_pointed_answers_are_their_own_proof(retriever: Retriever) -> None:
    llm = ScriptedLLM("[2][1]")
    assistant = Assistant(
        retriever, llm, answer_style="quote", unsupported="drop", judge=ScriptedJudge("unsupported")
    )
    answer = assistant.ask(QUESTION)
    assert answer.text == f"桥下有船，船上有灯。[2] {QUOTED}[1]"


def test_the_policy_is_the_callers_else_the_environments(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unsupported_choice() == Assistant(retriever).unsupported == "flag"
    monkeypatch.setenv("RAG_UNSUPPORTED", "drop")
    assert (unsupported_choice(), unsupported_choice("quote")) == ("drop", "quote")
    with pytest.raises(InputError, match="'hide'; give flag, drop or quote"):
        Assistant(retriever, unsupported="hide")  # type: ignore[arg-type]


def test_the_replacement_is_the_sentence_that_shares_most() -> None:
    first = hit("馆长是王岚。博物馆的预算为三百万元，由市里支付。门票免费。")
    second = hit("展览持续三个月。")
    texts = first.paragraph.text
    ends = [0, 6, 24, len(texts)]
    shown = [Candidate(1, first, Span(a, b)) for a, b in zip(ends, ends[1:], strict=False)]
    shown.append(Candidate(2, second, Span(0, 8)))
    citation = Citation(1, first, Span(0, 6))
    wrong = Sentence("博物馆的预算为五百万元。", (citation,), "unsupported")
    found = replacement(wrong, shown, set())
    assert found is not None
    assert (found.text, found.support) == ("博物馆的预算为三百万元，由市里支付。", "supported")
    assert found.citations == (Citation(1, first, Span(6, 24)),)
    bare = Sentence("展览持续五个月。", (), "unsupported")
    found = replacement(bare, shown, set())
    assert found is not None and found.marked == "展览持续三个月。[2]"
    assert replacement(bare, shown, {"展览持续三个月。"}) is None
    assert replacement(Sentence("天气晴朗。", (), "unsupported"), shown, set()) is None
