"""The events of an answer become what the page shows, step by step."""

import logging
import threading
import time
from dataclasses import replace
from itertools import groupby

import pytest

from rag.answer import AnswerFinished, Reported, SentenceChecked, SourcesFound, TextAdded
from rag.errors import ModelBusy, QuestionError
from ui.answering import answer_last
from ui.conversation import Conversation
from ui.texts import EN


class Scripted:
    """Answers with given events; knows what it was asked and whether it was closed."""

    def __init__(self, *events, error=None):
        self.events, self.error = events, error
        self.asked, self.history, self.session, self.closed = None, None, None, False

    def stream(self, question, *, history=(), session=""):
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

    def stream(self, question, *, history=(), session=""):
        yield from super().stream(question, history=history, session=session)
        yield from map(TextAdded, self.llm.stream(question))


def steps(assistant, articles, conversation=None, clock=None):
    asked = (conversation or Conversation()).ask(" 多长？ ", EN)
    clock = clock or Clock(1.0)
    found = answer_last(assistant, articles({}), asked, EN, clock=clock)
    return [next(same) for _, same in groupby(found, key=id)]  # on a slow machine one comes again


def test_sources_come_before_the_answer(events, articles):
    first = steps(Scripted(*events), articles)[0].exchanges[-1]
    assert 'id="src-1-1"' in first.panel
    assert "<mark" not in first.panel
    assert first.body == ""
    assert "Reading 1 paragraph" in first.note
    assert first.running


def test_text_grows_and_ends_with_marks_and_a_turn(events, articles):
    found = [step.exchanges[-1] for step in steps(Scripted(*events), articles)]
    bodies = [exchange.body for exchange in found]
    assert "全长</span>" in bodies[1]
    assert bodies[2].count("<a ") == 1
    assert '<mark class="s1">全长27.5公里。</mark>' in found[3].panel
    last = found[-1]
    assert not last.running
    assert last.turn is not None
    assert (last.turn.question, last.turn.answer) == ("多长？", "全长27.5公里。[1]")
    assert 'class="copy"' in last.note


def test_fast_text_is_painted_together(events, articles):
    painted = steps(Scripted(*events), articles, clock=Clock(0.001))
    assert len(painted) == 3  # sources, the checked sentence, the end


def test_follow_up_questions_carry_the_history(events, articles):
    conversation = steps(Scripted(*events), articles)[-1]
    assistant = Scripted(*events)
    last = steps(assistant, articles, conversation)[-1]
    assert [turn.question for turn in assistant.history] == ["多长？"]
    assert assistant.history[0].passages == ("pa10",)
    assert 'id="src-2-1"' in last.panel
    assert 'id="src-1-1"' in last.panel


def test_an_abstention_shows_its_message_and_the_nearest_paragraphs(made, articles):
    hit = made.hit("近")
    answer = made.answer(hits=(hit,), message="The articles <do> not say.")
    last = steps(Scripted(SourcesFound((hit,)), AnswerFinished(answer)), articles)[-1].exchanges[-1]
    assert last.body == ('<div class="abstained" lang="en">The articles &lt;do&gt; not say.</div>')
    assert "Nearest paragraphs" in last.panel
    assert last.note == ""


def test_what_was_taken_out_is_told_below_the_answer(made, events, articles):
    out = made.sentence("It has 31 cars.", support="unsupported")
    answer = replace(events[-1].answer, withdrawn=(out, out))
    last = steps(Scripted(*events[:-1], AnswerFinished(answer)), articles)[-1].exchanges[-1]
    assert "not in the source: 2 of the model’s sentences</div>" in last.note
    assert "31 cars" not in last.body + last.panel + last.note
    assert 'class="copy"' in last.note


def test_values_of_several_articles_are_laid_side_by_side_below(made, events, articles):
    answer = events[-1].answer
    citation = answer.sentences[0].citations[0]
    reports = (Reported("31 <cars>", citation), Reported("32 cars", citation))
    finished = AnswerFinished(replace(answer, reported=reports))
    last = steps(Scripted(*events[:-1], finished), articles)[-1].exchanges[-1]
    title = citation.hit.article.title
    link = f'<a class="cite" href="#src-1-1" title="{title}">[1]</a>'
    assert f"<b>31 &lt;cars&gt;</b> {link}" in last.note
    assert last.note.index("31 &lt;cars") < last.note.index("32 cars") < last.note.index("copy")
    assert "<mark" in last.panel


def test_a_refusal_that_was_shown_gives_way_to_the_message(made, articles):
    hit = made.hit("近")
    answer = made.answer(hits=(hit,), message="The articles do not say.")
    text = TextAdded("The cost is not mentioned in the articles.")
    found = steps(Scripted(SourcesFound((hit,)), text, AnswerFinished(answer)), articles)
    assert "not mentioned" in found[1].exchanges[-1].body
    assert "not mentioned" not in found[-1].exchanges[-1].body


def test_an_error_for_the_reader_is_shown_calmly(articles):
    error = QuestionError("the question is empty; ask <something>")
    last = steps(Scripted(error=error), articles)[-1].exchanges[-1]
    assert "the question is empty; ask &lt;something&gt;" in last.note
    assert not last.running
    assert last.turn is None


def test_any_other_error_is_logged_and_not_shown(events, articles, caplog):
    with caplog.at_level(logging.ERROR):
        last = steps(Scripted(*events[:4], error=ZeroDivisionError("secret")), articles)[-1]
    exchange = last.exchanges[-1]
    assert "secret" not in exchange.note
    assert "Something went wrong" in exchange.note
    assert "全长27.5公里。" in exchange.body  # what was written stays
    assert "secret" in caplog.text


def test_closing_stops_the_assistant(events, articles):
    assistant = Scripted(*events)
    asked = Conversation().ask("多长？", EN)
    stream = answer_last(assistant, articles({}), asked, EN, clock=Clock(1.0))
    next(stream)
    stream.close()
    assert assistant.closed


def test_leaving_while_the_model_says_nothing(events, articles):
    llm = Silent()
    asked = Conversation().ask("多长？", EN)
    stream = answer_last(Asking(llm, events[0]), articles({}), asked, EN)
    found = next(stream)
    assert next(stream) is found  # nothing new, but here one can leave
    assert llm.asked.is_set() and not llm.left.is_set()
    begun = time.monotonic()
    stream.close()
    assert llm.left.is_set()
    assert time.monotonic() - begun < 1


def test_leaving_before_the_model_is_asked(events, articles):
    llm = Silent()
    gate = threading.Event()

    class Slow(Asking):
        def stream(self, question, *, history=(), session=""):
            yield self.events[0]
            assert gate.wait(20)
            yield from map(TextAdded, self.llm.stream(question))

    asked = Conversation().ask("多长？", EN)
    stream = answer_last(Slow(llm, events[0]), articles({}), asked, EN)
    next(stream)
    threading.Timer(0.1, gate.set).start()
    stream.close()
    assert llm.left.is_set()


def test_the_session_is_told(events, articles):
    assistant = Scripted(*events)
    asked = Conversation().ask("多长？", EN)
    list(answer_last(assistant, articles({}), asked, EN, session="tab 1"))
    assert assistant.session == "tab 1"


def test_a_full_queue_is_a_calm_line(articles):
    last = steps(Scripted(error=ModelBusy("tiny is busy", 7)), articles)[-1].exchanges[-1]
    assert "Too many questions are waiting. Try again in 7 s." in last.note
    assert not last.running


def test_stopping_keeps_what_was_written(events, articles):
    half = steps(Scripted(*events), articles)[2]
    stopped = half.stopped(EN).exchanges[-1]
    assert stopped.body == half.exchanges[-1].body
    assert "Stopped." in stopped.note
    assert not stopped.running
    assert half.stopped(EN).history == ()


def test_asking_again_replaces_the_last_exchange_under_a_new_number(events, articles):
    again = steps(Scripted(*events), articles)[-1].ask_again(EN)
    assert [exchange.number for exchange in again.exchanges] == [2]
    assert again.exchanges[0].question == "多长？"
    assert Conversation().ask_again(EN) == Conversation()


def test_questions_are_inert_too():
    asked = Conversation().ask("![](http://evil)<img src=x>\n\n# x", EN)
    assert asked.messages()[0] == {
        "role": "user",
        "content": (
            '<div class="question" lang="en">![](http://evil)&lt;img src=x&gt;<br><br># x</div>'
        ),
    }


def test_nothing_is_answered_when_nothing_was_asked(articles):
    assert list(answer_last(Scripted(), articles({}), Conversation(), EN)) == []


def test_only_so_many_exchanges_stay_on_the_page():
    conversation = Conversation()
    for i in range(60):
        conversation = conversation.ask(str(i), EN)
    assert len(conversation.exchanges) == 50
    assert conversation.exchanges[-1].number == 60
