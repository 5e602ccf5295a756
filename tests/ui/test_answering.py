"""The events of an answer become what the page shows, step by step."""

import logging
import threading
import time
from dataclasses import replace
from itertools import groupby

import pytest

from rag.answer import (
    AnswerFinished,
    QuestionRewritten,
    SentenceChecked,
    SourcesFound,
    TextAdded,
)
from rag.errors import ModelBusy, QuestionError
from rag.filters import Filters
from ui.answering import answer_last
from ui.conversation import Conversation
from ui.texts import EN


class Scripted:
    """Answers with given events; knows what it was asked and whether it was closed."""

    def __init__(self, *events, error=None):
        self.events, self.error = events, error
        self.asked, self.history, self.session, self.closed = None, None, None, False

    def stream(self, question, *, history=(), session="", verbatim=False, **limits):
        self.verbatim, self.limits = verbatim, limits
        self.asked, self.history, self.session = question, history, session
        try:
            yield from self.events
            if self.error:
                raise self.error
        finally:
            self.closed = True


class Clock:
    """A clock that moves `step` seconds whenever someone looks."""

    def __init__(self, step):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.fixture
def events(made):
    hit = made.hit("全长27.5公里。票价6元。")
    sentence = made.sentence("全长27.5公里。", (1, hit, 0, 9))
    answer = replace(made.answer(sentence, hits=(hit,)), passages=(hit.paragraph.id,))
    return (
        SourcesFound((hit,)),
        TextAdded("全长"),
        TextAdded("27.5公里。[1]"),
        SentenceChecked(sentence),
        AnswerFinished(answer),
    )


class Silent:
    """A language model that says nothing until it is closed."""

    name, context_size, answer_style = "silent", 4096, "prose"

    def __init__(self):
        self.asked, self.left = threading.Event(), threading.Event()

    def stream(self, request):
        self.asked.set()
        return self

    def __iter__(self):
        return self

    def __next__(self):
        assert self.left.wait(20)
        raise StopIteration

    def close(self):
        self.left.set()


class Asking(Scripted):
    """Asks its language model after the scripted events."""

    def __init__(self, llm, *events):
        super().__init__(*events)
        self.llm = llm

    def stream(self, question, *, history=(), session="", **more):
        yield from super().stream(question, history=history, session=session)
        yield from map(TextAdded, self.llm.stream(question))


def steps(assistant, conversation=None, clock=None):
    asked = (conversation or Conversation()).ask(" 多长？ ")
    clock = clock or Clock(1.0)
    found = answer_last(assistant, asked, EN, clock=clock)
    return [next(same) for _, same in groupby(found, key=id)]  # on a slow machine one comes again


def test_sources_come_before_the_answer(events):
    first = steps(Scripted(*events))[0].exchanges[-1]
    assert first.hits == events[0].hits
    assert (first.placed, first.pending) == ((), "")
    assert first.running


def test_text_grows_and_ends_with_sentences_and_a_turn(events):
    found = [step.exchanges[-1] for step in steps(Scripted(*events))]
    assert [exchange.pending for exchange in found] == ["", "全长", "全长27.5公里。[1]", "", ""]
    assert found[3].placed[0].sentence == events[3].sentence
    assert found[3].placed[0].places == ((9, 1),)
    last = found[-1]
    assert not last.running
    assert last.turn is not None
    assert (last.turn.question, last.turn.answer) == ("多长？", "全长27.5公里。[1]")


def test_a_rewritten_question_is_kept_and_referred_to_later(events):
    last = steps(Scripted(QuestionRewritten("二号线多长？"), *events))[-1]
    assert last.exchanges[-1].question == "多长？"
    assert last.exchanges[-1].asked == "二号线多长？"
    assert last.history[0].question == "二号线多长？"


def test_a_question_may_be_asked_as_typed_within_limits(events):
    assistant = Scripted(*events)
    limits = Filters("2031", None, ("a.md",), ("a1",))
    asked = Conversation().ask("多长？", limits, verbatim=True)
    list(answer_last(assistant, asked, EN))
    assert assistant.verbatim is True
    assert assistant.limits == {
        "k": 8, "since": "2031", "until": None, "sources": ("a.md",), "articles": ("a1",),
    }  # fmt: skip


def test_fast_text_is_painted_together(events):
    painted = steps(Scripted(*events), clock=Clock(0.001))
    assert len(painted) == 3  # sources, the checked sentence, the end


def test_text_that_was_held_back_is_painted_when_the_model_pauses(events):
    gate = threading.Event()

    class Pausing(Scripted):
        def stream(self, question, **more):
            yield from self.events[:2]
            assert gate.wait(20)
            yield from self.events[2:]

    asked = Conversation().ask("多长？")
    stream = answer_last(Pausing(*events), asked, EN, clock=Clock(0.001))
    assert next(stream).exchanges[-1].pending == ""
    assert next(stream).exchanges[-1].pending == "全长"
    gate.set()
    stream.close()


def test_follow_up_questions_carry_the_history(events):
    conversation = steps(Scripted(*events))[-1]
    assistant = Scripted(*events)
    last = steps(assistant, conversation)[-1]
    assert [turn.question for turn in assistant.history] == ["多长？"]
    assert assistant.history[0].passages == ("pa10",)
    assert [exchange.number for exchange in last.exchanges] == [1, 2]


def test_an_abstention_may_show_other_paragraphs_in_the_end(made):
    hit, other = made.hit("近"), made.hit("远", ordinal=1)
    answer = made.answer(hits=(other,), message="The articles do not say.")
    last = steps(Scripted(SourcesFound((hit,)), AnswerFinished(answer)))[-1].exchanges[-1]
    assert last.hits == (other,)
    assert last.answer.abstained


def test_a_refusal_that_was_shown_gives_way_to_the_message(made):
    hit = made.hit("近")
    answer = made.answer(hits=(hit,), message="The articles do not say.")
    text = TextAdded("The cost is not mentioned in the articles.")
    found = steps(Scripted(SourcesFound((hit,)), text, AnswerFinished(answer)))
    assert "not mentioned" in found[1].exchanges[-1].pending
    assert (found[-1].exchanges[-1].pending, found[-1].exchanges[-1].placed) == ("", ())


def test_an_error_for_the_reader_is_shown_calmly():
    error = QuestionError("the question is empty; ask <something>")
    last = steps(Scripted(error=error))[-1].exchanges[-1]
    assert last.trouble == "the question is empty; ask <something>"
    assert not last.running
    assert last.turn is None


def test_any_other_error_is_logged_and_not_shown(events, caplog):
    with caplog.at_level(logging.ERROR):
        last = steps(Scripted(*events[:4], error=ZeroDivisionError("secret")))[-1]
    exchange = last.exchanges[-1]
    assert exchange.trouble == EN.failed
    assert exchange.placed[0].sentence.text == "全长27.5公里。"  # what was written stays
    assert "secret" in caplog.text


def test_closing_stops_the_assistant(events):
    assistant = Scripted(*events)
    asked = Conversation().ask("多长？")
    stream = answer_last(assistant, asked, EN, clock=Clock(1.0))
    next(stream)
    stream.close()
    assert assistant.closed


def test_leaving_while_the_model_says_nothing(events):
    llm = Silent()
    asked = Conversation().ask("多长？")
    stream = answer_last(Asking(llm, events[0]), asked, EN)
    found = next(stream)
    assert next(stream) is found  # nothing new, but here one can leave
    assert llm.asked.is_set() and not llm.left.is_set()
    begun = time.monotonic()
    stream.close()
    assert llm.left.is_set()
    assert time.monotonic() - begun < 1


def test_leaving_before_the_model_is_asked(events):
    llm = Silent()
    gate = threading.Event()

    class Slow(Asking):
        def stream(self, question, *, history=(), session="", **more):
            yield self.events[0]
            assert gate.wait(20)
            yield from map(TextAdded, self.llm.stream(question))

    asked = Conversation().ask("多长？")
    stream = answer_last(Slow(llm, events[0]), asked, EN)
    next(stream)
    threading.Timer(0.1, gate.set).start()
    stream.close()
    assert llm.left.is_set()


def test_the_session_is_told(events):
    assistant = Scripted(*events)
    asked = Conversation().ask("多长？")
    list(answer_last(assistant, asked, EN, session="tab 1"))
    assert assistant.session == "tab 1"


def test_a_full_queue_is_a_calm_line():
    last = steps(Scripted(error=ModelBusy("tiny is busy", 7)))[-1].exchanges[-1]
    assert last.trouble == "Too many questions are waiting. Try again in 7 s."
    assert not last.running


def test_nothing_is_answered_when_nothing_was_asked():
    assert list(answer_last(Scripted(), Conversation(), EN)) == []
