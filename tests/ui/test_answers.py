"""An answer is one line of HTML whose only links are its markers."""

import re

from rag.answer import Sentence
from ui.answers import Draft, place, render
from ui.conversation import Exchange
from ui.texts import EN, ZH_CN


def shown(draft, texts=ZH_CN, hits=()):
    """What the page shows of a draft that answers the third question."""
    exchange = Exchange(3, "？", hits=hits, placed=tuple(draft.placed), pending=draft.pending)
    return render(exchange, texts)


def test_a_marker_is_a_link_to_its_source_with_title_and_quotation(made):
    hit = made.hit("全长27.5公里。票价6元。", title="二号线通车")
    draft = Draft()
    draft.add("全长27.5公里。[1]")
    draft.check(made.sentence("全长27.5公里。", (1, hit, 0, 9)))
    assert shown(draft) == (
        '<span class="sentence" lang="zh-Hans">全长27.5公里。'
        '<a class="cite s1" href="#src-3-1" title="《二号线通车》 · 2031-05-18&#10;'
        '“全长27.5公里。”">[1]</a></span>'
    )


def test_text_that_is_not_checked_yet_has_links_too(made):
    draft = Draft()
    draft.add("It is long [1] and [7] dear")
    assert shown(draft, hits=(made.hit("x", title='The "Line"'),)) == (
        '<span class="sentence" lang="en">It is long'
        '<a class="cite" href="#src-3-1" title="The &quot;Line&quot;">[1]</a>'
        " and [7] dear</span>"
    )


def test_hostile_text_stays_text(made):
    hit = made.hit('"><script>x</script>', title='"><img src=x onerror=alert(1)>')
    hostile = "<img src=x onerror=alert(1)>![](http://evil)[x](javascript:alert(1))\n\n# h"
    draft = Draft()
    draft.add(hostile + "[1]")
    draft.check(made.sentence(hostile, (1, hit, 0, 20)))
    html = shown(draft, hits=(hit,))
    assert "\n" not in html
    assert re.findall(r"<(\w+)", html) == ["span", "br", "br", "a"]
    assert re.findall(r'href="([^"]*)"', html) == ["#src-3-1"]
    assert "![](http://evil)[x](javascript:alert(1))" in html


def test_words_of_an_article_that_look_like_a_marker_are_no_marker(made):
    hit = made.hit("脚注[1]与[2]。", title="注")
    draft = Draft()
    draft.add("脚注[1]与[2]。[2]")
    draft.check(made.sentence("脚注[1]与[2]。", (2, hit, 0, 10)))
    assert re.findall(r">(\[\d\])</a>", shown(draft)) == ["[2]"]
    assert "脚注[1]与[2]。<a" in shown(draft)


def test_markers_inside_a_sentence_keep_their_places(made):
    one, two = made.hit("412 m", title="A"), made.hit("1961", title="B")
    sentence = made.sentence("It is 412 m and opened in 1961.", (1, one, 0, 5), (2, two, 0, 4))
    placed, rest = place(sentence, "It is 412 m [1] and opened in 1961 [2]. Next")
    assert placed.places == ((11, 1), (30, 2))
    assert rest == " Next"


def test_a_sentence_that_was_never_streamed_replaces_the_pending_text(made):
    hit = made.hit("x")
    placed, rest = place(made.sentence("Other words.", (1, hit, 0, 1)), "\nSome words[1]")
    assert (placed.lead, placed.places, rest) == ("\n", ((12, 1),), "")


def test_line_breaks_and_spaces_between_sentences_are_kept(made):
    draft = Draft()
    for text in ("One.", " Two.", "\n\nThree.", "三。", "四。"):
        draft.add(text)
        draft.check(made.sentence(text.strip()))
    words = re.sub("<span[^>]*>|</span>", "", shown(draft))
    assert words == "One. Two.<br><br>Three. 三。四。"


def test_a_doubt_is_a_sign_whose_reason_is_told_on_demand(made):
    draft = Draft()
    reasons = ("number not in the source: 31",)
    draft.finish([Sentence("It has 31 cars.", (), "unsupported", reasons)])
    assert shown(draft, EN) == (
        '<span class="sentence unsupported" lang="en">It has 31 cars.</span> '
        '<a class="doubt unsupported" role="button" href="#why" lang="en" '
        'title="Not in the source: the number 31">Not in the source</a>'
    )
    assert 'title="原文中没有：数字 31">原文中没有</a>' in shown(draft, ZH_CN)


def test_a_reason_with_markup_is_inert(made):
    draft = Draft()
    sentence = made.sentence("x")
    draft.finish([type(sentence)("x", (), "partial", ("quotation not in the source: <b>",))])
    assert "“&lt;b&gt;”" in shown(draft, EN)


def test_the_finished_sentences_win_over_what_was_streamed(made):
    hit = made.hit("abc")
    draft = Draft()
    draft.add("half a sent")
    draft.finish([made.sentence("Whole.", (1, hit, 0, 3))])
    assert "half" not in shown(draft)
    assert "Whole.<a" in shown(draft)


def test_a_verdict_that_comes_late_keeps_places_and_line_breaks(made):
    hit = made.hit("412 m. 1961.")
    cited = (1, hit, 0, 6)
    draft = Draft()
    draft.add("One.\n\nIt is 412 m [1] long.")
    draft.check(made.sentence("One."))
    draft.check(made.sentence("It is 412 m long.", cited, support="unknown"))
    assert '<a class="doubt unknown"' in shown(draft)
    draft.finish([made.sentence("One."), made.sentence("It is 412 m long.", cited)])
    html = shown(draft)
    assert "doubt" not in html
    assert "<br><br>" in html and re.search(r"412 m<a [^>]*>\[1\]</a> long", html)


def test_a_long_quotation_is_cut_in_the_tooltip(made):
    hit = made.hit("长" * 500)
    draft = Draft()
    draft.finish([made.sentence("短。", (1, hit, 0, 500))])
    assert "长" * 240 + "…”" in shown(draft)
    assert "长" * 241 not in shown(draft)
