from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer import SentenceChecked, TextAdded
from rag.features import Candidate, candidates
from rag.pointers import PointedAnswer
from rag.reply_rules import MOST_POINTERS
from rag.written import Declined
from tests.rag.test_support import hit

TEXTS = ("甲桥长五百米。甲桥宽\n二十米！", "乙桥“很美。”他说。乙桥据[1]报道。", "标题")


def shown() -> list[Candidate]:
    """Six sentences of three hits, which stand in another order than they were found."""
    found = [replace(one, number=4 - one.number) for one in candidates([hit(t) for t in TEXTS])]
    assert [one.text for one in found] == [
        "甲桥长五百米。", "甲桥宽", "二十米！", "乙桥“很美。”他说。", "乙桥据[1]报道。", "标题",
    ]  # fmt: skip
    return found


def read(reply: str, size: int = 3) -> tuple[PointedAnswer, list[TextAdded | SentenceChecked]]:
    answer = PointedAnswer(shown())
    events = []
    try:
        for event in answer.events(reply[i : i + size] for i in range(0, len(reply), size)):
            events.append(event)
    except Declined:
        assert answer.sentences == []
    return answer, events


@pytest.mark.parametrize(
    ("reply", "marked", "removed"),
    [
        ("[1]", ["甲桥长五百米。[3]"], 0),
        ("[4][1]", ["乙桥“很美。”他说。[2]", "甲桥长五百米。[3]"], 0),  # as the model orders them
        ("[5]", ["乙桥据[1]报道。[2]"], 0),
        ("[6] ", ["标题[1]"], 0),
        ("[1][1][2]", ["甲桥长五百米。[3]", "甲桥宽[3]"], 0),
        ("[1][2][3][4]", ["甲桥长五百米。[3]", "甲桥宽[3]", "二十米！[3]"], 0),
        ("[0]", [], 0),
        ("\n[0]\n", [], 0),
        ("", [], 0),
        ("[7]", [], 1),
        ("[99][2]", ["甲桥宽[3]"], 1),
        ("[2][0]", ["甲桥宽[3]"], 1),
        ("The answer is 2.", [], 0),
        ("Sentences [2, 9] say so: 甲桥长八百米。", ["甲桥宽[3]"], 1),
        ("[2", [], 1),
        ("2][3", [], 1),
    ],
)
def test_replies(reply: str, marked: list[str], removed: int) -> None:
    answer, events = read(reply)
    assert [sentence.marked for sentence in answer.sentences] == marked
    assert answer.removed_markers == removed
    assert "".join(e.text for e in events if isinstance(e, TextAdded)) == " ".join(marked)


def test_a_sentence_is_its_own_proof() -> None:
    answer, events = read("[3]")
    (sentence,) = answer.sentences
    assert (sentence.text, sentence.support) == ("二十米！", "supported")
    (citation,) = sentence.citations
    assert citation.number == 3
    assert citation.quote_text == "二十米！"
    assert events == [TextAdded("二十米！[3]"), SentenceChecked(sentence)]


def test_sentences_come_as_soon_as_their_number_is_complete() -> None:
    answer = PointedAnswer(shown())
    given: list[str] = []

    def pieces():  # type: ignore[no-untyped-def]
        for piece in ("[", "1", "]", "[3]", "[2", "]", "[4]"):
            given.append(piece)
            yield piece

    said = []
    for event in answer.events(pieces()):
        if isinstance(event, TextAdded):
            said.append((event.text, len(given)))
    assert said == [("甲桥长五百米。[3]", 3), (" 二十米！[3]", 4), (" 甲桥宽[3]", 6)]
    assert answer.raw_text == "[1][3][2]"  # three are enough, the rest is not waited for


_REPLIES = st.lists(
    st.one_of(
        st.integers(0, 8).map("[{}]".format),
        st.sampled_from(["[", "]", "【2】", "1", "[1-3]", " ", "甲桥长八百米。", "[00", "\n"]),
        st.text(max_size=4),
    ),
    max_size=8,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(_REPLIES, st.integers(1, 7))
def test_whatever_a_model_replies_only_sentences_that_it_was_shown_come_out(
    reply: str, size: int
) -> None:
    answer, events = read(reply, size)
    whole, _ = read(reply, max(1, len(reply)))
    assert answer.sentences == whole.sentences
    assert answer.removed_markers == whole.removed_markers
    assert reply.startswith(answer.raw_text)
    assert len(answer.sentences) <= MOST_POINTERS
    known = {one.quoted() for one in shown()}
    assert set(answer.sentences) <= known
    for sentence in answer.sentences:
        (citation,) = sentence.citations
        assert sentence.text == citation.quote.cut(citation.hit.paragraph.text)
        assert sentence.text in TEXTS[3 - citation.number]
    text = "".join(event.text for event in events if isinstance(event, TextAdded))
    assert text == " ".join(sentence.marked for sentence in answer.sentences)
