"""Answers in threads of their own: who searches when, who is ahead, and how a reader leaves."""

import threading
import time
from itertools import islice

import pytest

from rag.answer import SourcesFound, TextAdded
from rag.background import Background
from rag.filters import Filters
from rag.llm import Message, Request

FOUND = SourcesFound(())
ASKED = Request((Message("user", "?"),), 8)


class Model:
    """A language model that says its words when `speak` is set; `asked` tells that it waits."""

    name = "model"
    context_size = 99
    answer_style = "prose"
    ahead = 0

    def __init__(self, *words):
        self.words = iter(words)
        self.asked, self.speak, self.closed = (threading.Event() for _ in range(3))

    def count_tokens(self, text):
        return len(text)

    def stream(self, request):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        self.asked.set()
        while not self.speak.wait(0.005):
            if self.closed.is_set():
                raise StopIteration
        return next(self.words)

    def close(self):
        self.closed.set()


class Searching:
    """An assistant without a model, whose search takes until `found` is set."""

    def __init__(self):
        self.begun, self.found = threading.Event(), threading.Event()
        self.given = None

    def stream(self, question, **given):
        self.given = (question, given)
        self.begun.set()
        assert self.found.wait(10)
        yield FOUND
        yield TextAdded(question)


class Rewriting:
    """An assistant that asks its model before it searches."""

    def __init__(self, llm):
        self.llm = llm
        self.searches = []

    def stream(self, question, **_given):
        words = "".join(self.llm.stream(ASKED))
        assert self.llm.count_tokens(words) == len(words)
        yield TextAdded(words)  # any event that comes before the sources
        self.searches.append(words)
        yield FOUND


def begun(assistant, question="?", **options):
    return Background(assistant, question, history=(), session="s", **options)


def events(answer):
    return [event for event in answer.events() if event is not None]


def test_everything_that_was_asked_reaches_the_assistant():
    assistant = Searching()
    assistant.found.set()
    filters = Filters("2022", "2023-05", ("a.md",), ("id1",))
    answer = begun(assistant, "问？", filters=filters, verbatim=True)
    assert events(answer) == [FOUND, TextAdded("问？")]
    assert answer.ahead == 0
    assert assistant.given == (
        "问？",
        {
            "history": (),
            "k": 8,
            "since": "2022",
            "until": "2023-05",
            "sources": ("a.md",),
            "articles": ("id1",),
            "session": "s",
            "verbatim": True,
        },
    )


def test_one_searches_at_a_time():
    first, second = Searching(), Searching()
    one = begun(first)
    assert first.begun.wait(5)
    other = begun(second)
    assert not second.begun.wait(0.2)
    first.found.set()
    assert events(one) == [FOUND, TextAdded("?")]
    assert second.begun.wait(5)
    second.found.set()
    assert events(other) == [FOUND, TextAdded("?")]


def test_a_model_that_is_asked_before_the_search_keeps_nobody_from_searching():
    model = Model("whole ", "question")
    slow = Rewriting(model)
    one = begun(slow)
    assert model.asked.wait(5)
    quick = Searching()
    quick.found.set()
    assert events(begun(quick)) == [FOUND, TextAdded("?")]
    assert slow.searches == []
    model.speak.set()
    assert events(one) == [TextAdded("whole question"), FOUND]
    assert slow.searches == ["whole question"]


def test_after_other_events_the_search_is_still_ones_own():
    model = Model()
    model.speak.set()
    rewriting = Rewriting(model)
    reached, on = threading.Event(), threading.Event()

    class Slow(Rewriting):
        def stream(self, question, **given):
            for event in super().stream(question, **given):
                if event is FOUND:
                    reached.set()
                    assert on.wait(10)
                yield event

    rewriting = Slow(model)
    one = begun(rewriting)
    assert reached.wait(5)
    other = Searching()
    other.found.set()
    two = begun(other)
    assert not other.begun.wait(0.2)
    on.set()
    assert events(one) == [TextAdded(""), FOUND]
    assert events(two) == [FOUND, TextAdded("?")]


def test_whoever_leaves_before_the_search_stops_the_model_and_does_not_search():
    model = Model("never")
    assistant = Rewriting(model)
    answer = begun(assistant)
    assert model.asked.wait(5)
    start = time.monotonic()
    answer.close()
    assert time.monotonic() - start < 0.9  # the thread ended by itself
    assert model.closed.is_set()
    assert assistant.searches == []
    quick = Searching()
    quick.found.set()
    assert events(begun(quick)) == [FOUND, TextAdded("?")]  # the turn was given back


def test_whoever_leaves_the_queue_of_searches_never_searches():
    first, second = Searching(), Searching()
    one = begun(first)
    assert first.begun.wait(5)
    other = begun(second)
    closing = threading.Thread(target=other.close)
    closing.start()
    time.sleep(0.1)
    first.found.set()
    closing.join(5)
    assert events(one) == [FOUND, TextAdded("?")]
    assert second.given is None


def test_a_fault_gives_the_turn_back_and_reaches_the_reader():
    class Faulty:
        def stream(self, question, **given):
            raise ValueError(question)
            yield

    with pytest.raises(ValueError, match="broken"):
        events(begun(Faulty(), "broken"))
    quick = Searching()
    quick.found.set()
    assert events(begun(quick)) == [FOUND, TextAdded("?")]


def test_how_many_are_ahead_is_told_while_one_waits():
    model = Model("word")
    model.ahead = 3
    answer = begun(Rewriting(model))
    assert answer.ahead in (0, 3)  # 0 as long as nothing was asked
    assert model.asked.wait(5)
    assert answer.ahead == 3
    assert list(islice(answer.events(), 1)) == [None]  # the page looks now and then
    model.ahead = 0
    assert answer.ahead == 0
    model.speak.set()
    assert events(answer) == [TextAdded("word"), FOUND]


def test_a_model_that_does_not_tell_who_is_ahead():
    class Silent(Model):
        def stream(self, request):
            yield from ("a", "b")

    answer = begun(Rewriting(Silent()))
    assert events(answer) == [TextAdded("ab"), FOUND]
    assert answer.ahead == 0
