"""An exchange is two lines of inert HTML."""

import re
from dataclasses import replace

from rag.answer import Reported
from rag.filters import Filters
from ui.conversation import Conversation, Exchange, Placed
from ui.messages import messages, render_answer, render_question
from ui.texts import EN, ZH_CN


def answered(made, **changes):
    hit = made.hit("全长27.5公里。票价6元。", title="二号线")
    sentence = made.sentence("全长27.5公里。", (1, hit, 0, 9))
    answer = replace(made.answer(sentence, hits=(hit,)), **changes)
    placed = (Placed("", sentence, ((9, 1),)),)
    return Exchange(2, "多长？", hits=(hit,), placed=placed, answer=answer, running=False)


def shown(exchange, texts=EN, last=True):
    return render_answer(exchange, texts, chat="c-1", last=last)


def test_questions_are_inert_and_can_be_edited():
    question = Exchange(3, "![](http://evil)<img src=x>\n\n# x")
    assert render_question(question, EN) == (
        '<div class="question" lang="en"><bdi>![](http://evil)&lt;img src=x&gt;<br><br># x</bdi>'
        "</div>"
        '<div class="asking" lang="en"><a class="edit" role="button" href="#edit-3">Edit</a></div>'
    )


def test_a_question_tells_its_limits():
    limits = Filters("2031-05", None, ("<a>.md",), ("a1", "a2"))
    html = render_question(Exchange(1, "多长？", limits), ZH_CN)
    assert "限于：2031-05 – … · &lt;a&gt;.md · 2 篇文章" in html


def test_a_finished_answer_has_its_tools(made):
    html = shown(answered(made), last=False)
    assert html.startswith('<div class="answer" id="answer-c-1-2"><span class="sentence"')
    assert re.findall(r'<a class="(\w+)" role="button" href="#(\w+)-2"', html) == [
        ("copy", "copy"), ("rate", "rate"),
    ]  # fmt: skip
    assert 'class="again"' in shown(answered(made), last=True)
    assert "\n" not in html


def test_how_a_question_was_understood_is_told_with_the_way_back(made):
    html = shown(replace(answered(made), asked="二号线<多长>？"), ZH_CN)
    assert '理解为：<q lang="zh-Hans">二号线&lt;多长&gt;？</q>' in html
    assert 'class="verbatim" role="button" href="#verbatim-2">按原话问</a>' in html
    assert "understood" not in shown(answered(made))
    asking = replace(answered(made), asked="二号线多长？", answer=None, running=True)
    assert "理解为" in shown(asking, ZH_CN) and "verbatim" not in shown(asking, ZH_CN)


def test_what_was_taken_out_is_told_below(made):
    out = made.sentence("It has 31 cars.", support="unsupported")
    html = shown(answered(made, withdrawn=(out, out)))
    assert "not in the source: 2 of the model’s sentences</div>" in html
    assert "31 cars" not in html


def test_values_of_several_articles_are_laid_side_by_side(made):
    exchange = answered(made)
    citation = exchange.answer.sentences[0].citations[0]
    reports = (Reported("31 <cars>", citation), Reported("32 cars", citation))
    html = shown(replace(exchange, answer=replace(exchange.answer, reported=reports)))
    link = (
        '<a class="cite" href="#src-2-1" title="二号线 · 2031-05-18&#10;“全长27.5公里。”">[1]</a>'
    )
    assert f'<b>31 &lt;cars&gt;</b> {link} <bdi lang="zh-Hans">二号线 · 2031-05-18</bdi>' in html
    assert html.index("31 &lt;cars") < html.index("32 cars") < html.index('class="copy"')


def test_an_abstention_has_its_message_and_a_suggestion(made):
    hit = made.hit("近")
    answer = made.answer(hits=(hit,), message="The articles <do> not say.")
    exchange = Exchange(1, "?", hits=(hit,), answer=answer, running=False)
    html = shown(exchange)
    assert '<div class="abstained" lang="en">The articles &lt;do&gt; not say.</div>' in html
    assert EN.try_other_words in html
    limited = replace(exchange, filters=Filters("2031"))
    assert EN.try_wider in shown(limited) and EN.try_other_words not in shown(limited)
    assert EN.try_more_articles in shown(replace(exchange, hits=()))


def test_the_question_in_an_abstention_cannot_turn_our_words_around(made):
    question = "מה <b>?"
    answer = made.answer(hits=(), message=f"The articles do not say: “{question}”.")
    html = shown(Exchange(1, question, answer=answer, running=False))
    assert "do not say: “<bdi>מה &lt;b&gt;?</bdi>”." in html


def test_what_goes_on_is_told_until_there_are_words(made):
    exchange = Exchange(1, "?")
    assert EN.searching in shown(exchange)
    found = replace(exchange, hits=(made.hit("近"),))
    assert "Reading 1 paragraph" in shown(found)
    assert "Questions before yours: 3…" in shown(replace(found, ahead=3))
    writing = replace(found, pending="It is")
    assert "Reading" not in shown(writing) and "note" not in shown(writing)


def test_trouble_is_told_calmly_and_can_be_asked_again(made):
    exchange = Exchange(1, "?", trouble="the file <x> is gone", running=False)
    html = shown(exchange)
    assert '<div class="note" lang="en">the file &lt;x&gt; is gone</div>' in html
    assert re.findall(r'href="#(\w+)-1"', html) == ["again"]


def test_a_conversation_is_its_exchanges_in_turn(made):
    asked = Conversation().ask("一").stopped("Stopped.").ask("二")
    found = messages(asked, EN)
    assert [message["role"] for message in found] == ["user", "assistant"] * 2
    assert [m["content"].count('class="again"') for m in found] == [0, 0, 0, 0]
    ended = messages(asked.stopped("Stopped."), EN)
    assert [m["content"].count('class="again"') for m in ended] == [0, 0, 0, 1]
    assert f'id="answer-{asked.id}-2"' in found[3]["content"]
