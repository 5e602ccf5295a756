"""A conversation is a value: asking, stopping and going back make new ones."""

from dataclasses import replace

from rag.filters import Filters
from ui.conversation import Conversation, Placed


def test_the_first_question_gives_the_chat_its_id():
    asked = Conversation().ask(" 多长？ ", Filters("2031"))
    assert asked.id and len(asked.id) >= 12
    (exchange,) = asked.exchanges
    assert (exchange.number, exchange.question) == (1, "多长？")
    assert exchange.filters == Filters("2031")
    assert exchange.at.endswith("+00:00")
    assert asked.running
    again = asked.ask("何时？")
    assert again.id == asked.id
    assert [one.number for one in again.exchanges] == [1, 2]


def test_stopping_keeps_what_was_written(made):
    asked = Conversation().ask("多长？")
    placed = (Placed("", made.sentence("长。"), ()),)
    half = asked.with_last(replace(asked.exchanges[-1], placed=placed, pending="很", ahead=2))
    stopped = half.stopped("Stopped.").exchanges[-1]
    assert (stopped.placed, stopped.pending) == (placed, "很")
    assert (stopped.trouble, stopped.running, stopped.ahead) == ("Stopped.", False, 0)
    assert half.stopped("Stopped.").history == ()
    assert half.stopped("x").stopped("y") == half.stopped("x")


def test_numbers_are_never_given_twice():
    asked = Conversation().ask("一").ask("二").ask("三")
    back = asked.before(2)
    assert [one.question for one in back.exchanges] == ["一"]
    assert [one.number for one in back.ask("四").exchanges] == [1, 4]
    assert asked.exchange(2).question == "二"
    assert back.exchange(2) is None


def test_only_so_many_exchanges_stay_on_the_page():
    conversation = Conversation()
    for i in range(60):
        conversation = conversation.ask(str(i))
    assert len(conversation.exchanges) == 50
    assert conversation.exchanges[-1].number == 60
