import random
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.bench.llm.markers import ATTACKS, attacked
from rag.answer import Sentence, TextAdded
from rag.prompt import CANNOT_ANSWER
from rag.written import Declined, WrittenAnswer
from tests.rag.test_support import hit


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


def test_markers_are_shown_by_the_numbers_of_the_hits() -> None:
    passages = [hit("甲桥长五百米。"), hit("乙桥宽二十米。")]
    written = WrittenAnswer(passages, [5, 2])
    events = list(written.events(["甲桥长五百米[1]。乙桥宽二十米。[2-", "3] 都是桥。[1, 2]"]))
    text = "".join(event.text for event in events if isinstance(event, TextAdded))
    assert text == "甲桥长五百米[5]。乙桥宽二十米。[2] 都是桥。[5][2]"
    assert [s.marked for s in written.sentences] == [
        "甲桥长五百米。[5]", "乙桥宽二十米。[2]", "都是桥。[5][2]",
    ]  # fmt: skip
    assert [c.hit for s in written.sentences[:2] for c in s.citations] == passages
    assert written.raw_text.endswith("[1, 2]")
    assert written.removed_markers == 1


def read(pieces: Iterable[str]) -> tuple[str, list[Sentence]]:
    """The text shown, and its sentences."""
    written = WrittenAnswer([hit("甲乙。"), hit("1a")])
    text = "".join(e.text for e in written.events(pieces) if isinstance(e, TextAdded))
    return text, written.sentences


@pytest.mark.parametrize(
    "text",
    [
        "One.[1] next. two.[2]",  # white space that comes alone must not hide the marker
        "“甲。[1] \n”乙说。[2]丙。",
        "甲！[1]\r\n\r\nb![9] c. [2",
        "“" + "甲" * 30 + "。”" + "乙" * 19 + "说。[1]丙。",
    ],
)
def test_sentences_do_not_depend_on_the_pieces(text: str) -> None:
    whole = read([text])
    assert read(text) == whole
    assert all(read([text[:at], text[at:]]) == whole for at in range(len(text)))


def test_text_without_markers_holds_none_either() -> None:
    text, sentences = read(["甲[9[1]]。乙[[7]8]。丙[\u200b9]。丁[ 9\n]。"])
    assert text == "甲[1]。乙。丙。丁。"
    assert [s.text for s in sentences] == ["甲。", "乙。", "丙。", "丁。"]


def test_half_a_marker_at_the_end_is_no_sentence() -> None:
    text, sentences = read(["甲。[1] 乙。[2][1"])
    assert text == "甲。[1] 乙。[2]"
    assert [s.marked for s in sentences] == ["甲。[1]", "乙。[2]"]


@pytest.mark.parametrize("before", ["\r\n", "[1] ", "1. ", "\u200b", "「", "> **", "```\n", ""])
@pytest.mark.parametrize("size", [1, 5, 100])
def test_the_phrase_that_declines_may_stand_behind_any_signs(before: str, size: int) -> None:
    text = f"{before}{CANNOT_ANSWER.title()}[1]."
    with pytest.raises(Declined):
        read(text[i : i + size] for i in range(0, len(text), size))


def test_words_before_the_phrase_are_an_answer() -> None:
    text = f"甲。[1] {CANNOT_ANSWER}"
    assert read(text)[0] == text
    assert read("Not in the art")[0] == "Not in the art"
    assert read("1950. [9]")[0] == "1950. "


@pytest.mark.parametrize(
    ("unit", "count"), [(" ", 200_000), ("x[1]", 20_000), ("甲", 30_000), ("(", 100_000)]
)
def test_long_answers_take_time_by_their_length(unit: str, count: int) -> None:
    start = time.process_time()
    text, _ = read(["甲", *[unit * 4] * (count // 4), "乙"])
    assert time.process_time() - start < 15  # minutes, where every piece costs the whole text
    assert text == f"甲{unit * count}乙"


@pytest.mark.parametrize("kind", ATTACKS)
def test_hostile_streams_show_no_marker_that_does_not_resolve(kind: str) -> None:
    row = attacked(kind, 20, random.Random(7))
    counts = ("streams", "bad", "disagreements", "lost", "errors")
    assert [row[count] for count in counts] == [20, 0, 0, 0, 0]
