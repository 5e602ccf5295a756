"""An exchange comes back as it was, without raw text; what is damaged is refused clearly."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article, Block, Paragraph, Piece, Span
from rag.answer import Answer, Citation, Dropped, Hit, Printing, Reported, Sentence, Timings, Usage
from rag.filters import Filters
from ui.chats.errors import ChatsError
from ui.chats.saved import exchange_from_json, exchange_to_json
from ui.conversation import Exchange, Placed

words = st.text(max_size=6)
maybe_words = st.none() | words
small = st.integers(0, 9)
maybe_small = st.none() | small
spans = st.tuples(small, small).map(lambda pair: Span(min(pair), max(pair)))
pieces = st.builds(Piece, small, small, small)
many = {"max_size": 2}


def lists(values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, **many).map(tuple)


articles = st.builds(
    Article, id=words, source=words, title=words, raw=words, body=spans, date=maybe_words,
    section=maybe_words, authors=lists(words), lines_are_paragraphs=st.booleans(),
    page_starts=lists(small), date_precision=maybe_words, kicker=words, subtitle=words,
    place=maybe_words, page=maybe_small, continued_on=maybe_small, continued_from=maybe_small,
    untitled=st.booleans(), continues=maybe_words, continued_by=maybe_words,
    blocks=st.none() | lists(st.builds(Block, words, lists(pieces), st.booleans())),
)  # fmt: skip
paragraphs = st.builds(
    Paragraph, words, words, small, words, spans, lists(pieces), maybe_small, maybe_words,
    maybe_words,
)  # fmt: skip
hits = st.builds(
    Hit, paragraphs, articles, st.floats(0, 1), maybe_small, maybe_small,
    lists(st.builds(Printing, paragraphs, articles)),
)  # fmt: skip
citations = st.builds(Citation, small, hits, spans)
verdicts = st.sampled_from(("supported", "partial", "unsupported", "unknown"))
sentences = st.builds(Sentence, words, lists(citations), verdicts, lists(words))
milliseconds = st.floats(0, 1e6)
answers = st.builds(
    Answer, question=words, language=words, llm=words, hits=lists(hits),
    sentences=lists(sentences), timings=st.builds(Timings, *3 * [milliseconds]), message=words,
    raw_text=words, removed_markers=small, passages=lists(words),
    dropped=st.builds(Dropped, lists(words), lists(words), small), withdrawn=lists(sentences),
    reported=lists(st.builds(Reported, words, citations)), asked=words,
    confidence=st.floats(0, 1), usage=st.none() | st.builds(Usage, small, small),
)  # fmt: skip
filters = st.builds(
    Filters, st.none() | st.just("2031"), st.none() | st.just("2031-05-18"),
    lists(st.text(min_size=1, max_size=4).filter(str.strip)), lists(words),
)  # fmt: skip
placed = st.builds(Placed, words, sentences, lists(st.tuples(small, small)))
exchanges = st.builds(
    Exchange, number=small, question=words, filters=filters, at=words, verbatim=st.booleans(),
    asked=words,
    hits=lists(hits), placed=lists(placed), pending=words, answer=st.none() | answers,
    generation=maybe_small, trouble=words, ahead=small, running=st.booleans(),
)  # fmt: skip

PLAIN = (str, int, float, bool, type(None))


def bare(value: object) -> object:
    """The value, all articles in it without their raw text."""
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Article):
        value = replace(value, raw="", body=Span(0, 0), blocks=None)
    return replace(value, **{one.name: bare(getattr(value, one.name)) for one in fields(value)})


@settings(derandomize=True, deadline=None, max_examples=60)
@given(exchanges)
def test_an_exchange_comes_back_as_it_was_without_raw_text(exchange):
    written = json.loads(json.dumps(exchange_to_json(exchange)))
    assert exchange_from_json(written) == replace(bare(exchange), ahead=0, running=False)


KNOWN = {
    Exchange: "number question filters at verbatim asked hits placed pending answer generation "
    "trouble ahead running",
    Answer: "question language llm hits sentences timings message raw_text removed_markers "
    "passages dropped withdrawn reported asked confidence usage",
    Usage: "prompt reply",
    Hit: "paragraph article score dense_rank lexical_rank also_in",
    Printing: "paragraph article",
    Citation: "number hit quote",
    Sentence: "text citations support reasons",
    Reported: "value citation",
    Placed: "lead sentence places",
    Timings: "retrieve_ms first_token_ms total_ms",
    Dropped: "shortened left_out turns",
    Filters: "since until sources articles",
    Piece: "text_start raw_start length",
    Paragraph: "id article_id ordinal text span pieces page heading context",
    Article: "id source title raw body date section authors lines_are_paragraphs page_starts "
    "date_precision kicker subtitle place page continued_on continued_from untitled continues "
    "continued_by blocks",
}


@pytest.mark.parametrize("kind", KNOWN)
def test_every_field_is_one_that_the_format_knows(kind):
    """A new field has to be written, read, and generated above; then it belongs in this list."""
    assert {one.name for one in fields(kind)} == set(KNOWN[kind].split())


def test_an_answer_of_an_earlier_version_is_read(talks):
    written = exchange_to_json(talks.answered())
    del written["answer"]["confidence"], written["answer"]["usage"]
    answer = exchange_from_json(written).answer
    assert (answer.confidence, answer.usage) == (0.0, None)


def test_a_hit_that_is_cited_often_is_written_once(talks):
    written = exchange_to_json(talks.answered())
    assert [one["paragraph"]["text"] for one in written["all_hits"]] == [
        "水位涨至46.82米，为第二高。", "全县共转移18,640人。", "Cracks in 17 of 96 hangers.",
    ]  # fmt: skip
    assert [one["id"] for one in written["articles"]] == ["a1", "a2"]
    assert written["answer"]["sentences"][1]["citations"] == [[2, 1, 3, 11], [3, 2, 0, 12]]
    assert "原文" not in json.dumps(written, ensure_ascii=False)


def test_another_version_is_named(talks):
    written = exchange_to_json(talks.refused())
    with pytest.raises(ChatsError, match=r"format 2, this program reads 1; use the version"):
        exchange_from_json({**written, "v": 2})
    with pytest.raises(ChatsError, match="format None"):
        exchange_from_json([])


@pytest.mark.parametrize(
    "damage",
    [
        {"number": "1"}, {"number": True}, {"number": -1}, {"question": None}, {"hits": [9]},
        {"hits": [-1]}, {"filters": {}}, {"answer": {}}, {"placed": [{}]}, {"all_hits": [{}]},
        {"articles": []}, {"generation": "4"},
        {"filters": {"since": "yesterday", "until": None, "sources": [], "articles": []}},
    ],
)  # fmt: skip
def test_what_is_damaged_is_refused_with_a_remedy(talks, damage):
    written = {**exchange_to_json(talks.answered()), **damage}
    with pytest.raises(ChatsError, match="damaged .*delete it from the history"):
        exchange_from_json(written)


def test_a_verdict_that_does_not_exist_is_damage(talks):
    written = exchange_to_json(talks.answered())
    written["answer"]["sentences"][0]["support"] = "perhaps"
    with pytest.raises(ChatsError, match="damaged"):
        exchange_from_json(written)
