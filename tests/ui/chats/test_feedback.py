"""What readers say of answers is kept, changed, taken back, and becomes a set for `eval`."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from eval.sets import read_set
from rag.filters import Filters
from ui.chats.errors import ChatsError
from ui.chats.feedback import Feedback, Judgement, export_feedback

RIGHT = Judgement(1, 0, "right", "")


@pytest.fixture
def feedback(chats, talks):
    chats.save(talks.reader, talks.talk(talks.answered(1), talks.refused(2), talks.stopped(3)))
    return Feedback(chats)


def lines(feedback: Feedback, kind: str) -> list[dict]:
    return [json.loads(line) for line in feedback.export(kind)]


def test_a_judgement_is_kept_changed_and_taken_back(feedback, talks):
    assert feedback.give(talks.reader, "chat1", RIGHT)
    assert feedback.give(talks.reader, "chat1", Judgement(1, 2, "citation_wrong", " 出处\u202e "))
    assert feedback.give(talks.reader, "chat1", Judgement(1, 0, "wrong", "应为46.8"))
    assert feedback.given(talks.reader, "chat1") == [
        Judgement(1, 0, "wrong", "应为46.8"), Judgement(1, 2, "citation_wrong", "出处"),
    ]  # fmt: skip
    assert feedback.given("another-0123456789abcdef", "chat1") == []
    assert feedback.take_back(talks.reader, "chat1", 1)
    assert not feedback.take_back(talks.reader, "chat1", 1)
    assert [one.sentence for one in feedback.given(talks.reader, "chat1")] == [2]


@pytest.mark.parametrize(
    ("chat", "judgement"),
    [
        ("chat2", RIGHT),
        ("chat1", Judgement(3, 0, "right", "")),  # it has no answer
        ("chat1", Judgement(9, 0, "right", "")),
        ("chat1", Judgement(1, 3, "right", "")),  # it has two sentences
        ("chat1", Judgement(1, -1, "right", "")),
    ],
)
def test_only_answers_and_their_sentences_can_be_judged(feedback, talks, chat, judgement):
    assert not feedback.give(talks.reader, chat, judgement)
    assert feedback.given(talks.reader, chat) == []


def test_a_note_has_its_limit(feedback, talks):
    assert feedback.give(talks.reader, "chat1", Judgement(1, 0, "wrong", "字" * 2000))
    with pytest.raises(ChatsError, match="at most 2000 characters"):
        feedback.give(talks.reader, "chat1", Judgement(1, 0, "wrong", "字" * 2001))


def test_all_that_was_said_is_written_with_question_answer_and_hits(feedback, talks):
    feedback.give(talks.reader, "chat1", Judgement(1, 2, "citation_wrong", "是另一座桥"))
    feedback.give(talks.reader, "chat1", Judgement(2, 0, "wrong", ""))
    first, second = lines(feedback, "all")
    assert first["id"].startswith("fb-")
    assert talks.reader not in json.dumps(first)
    answer = talks.answered().answer.to_json()
    expected = {
        "verdict": "citation_wrong", "sentence": 2, "about": "转移了18,641人，桥也裂了。",
        "note": "是另一座桥", "question": "水位多高？", "asked": "芷河水位多高？", "history": [],
        "generation": 4, "llm": "quote", "language": "zh", "answer": answer,
        "filters": {"since": None, "until": None, "sources": [], "articles": []},
        "answered": "2031-05-18T08:01:00+00:00",
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    assert (second["sentence"], second["about"]) == (None, None)
    assert second["history"] == [["芷河水位多高？", talks.answered().answer.text]]
    assert second["filters"]["since"] == "2030"


def test_right_answers_become_gold_for_eval(chats, talks, file, tmp_path):
    unlimited = replace(talks.refused(2), filters=Filters())
    chats.save(talks.reader, talks.talk(talks.answered(1), unlimited))
    feedback = Feedback(chats)
    for turn in (1, 2):
        feedback.give(talks.reader, "chat1", Judgement(turn, 0, "right", ""))
    out = tmp_path / "gold.jsonl"
    assert export_feedback(file, "gold", out) == 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    questions = {question.text: question for question in read_set(out).questions}
    level = questions["水位多高？"]
    assert (level.answerable, level.language, level.type) == (True, "zh", "feedback")
    assert level.answers == (
        ("水位涨至46.82米。", "水位涨至46.82米"),
        ("转移了18,641人，桥也裂了。", "转移18,640", "Cracks in 17"),
    )
    assert [(one.source, one.quote) for one in level.evidence] == [
        ("flood.md", "水位涨至46.82米"), ("flood.md", "转移18,640"),
        ("Tolle Gazette", "Cracks in 17"),
    ]  # fmt: skip
    assert (level.evidence_language, level.history) == ("zh", ())
    moon = questions["月亮？"]
    assert (moon.answerable, moon.answers, moon.evidence) == (False, (), ())
    assert moon.history == (("芷河水位多高？", talks.answered().answer.text),)


def test_what_is_wrong_limited_or_doubted_in_part_is_no_gold(feedback, chats, talks):
    feedback.give(talks.reader, "chat1", Judgement(1, 0, "wrong", ""))
    feedback.give(talks.reader, "chat1", Judgement(2, 0, "right", ""))  # asked with limits
    assert lines(feedback, "gold") == []
    feedback.give(talks.reader, "chat1", Judgement(1, 0, "right", ""))
    assert len(lines(feedback, "gold")) == 1
    feedback.give(talks.reader, "chat1", Judgement(1, 1, "citation_wrong", ""))
    assert lines(feedback, "gold") == []
    uncited = replace(talks.answered().answer.sentences[0], citations=())
    bare = replace(talks.answered().answer, sentences=(uncited,))
    chats.save(talks.reader, talks.talk(talks.answered(1, answer=bare), chat="chat3"))
    feedback.give(talks.reader, "chat3", RIGHT)
    assert lines(feedback, "gold") == []
    assert len(lines(feedback, "all")) == 4


def test_feedback_outlives_its_chat_and_a_restart(feedback, chats, talks, file, open_chats):
    feedback.give(talks.reader, "chat1", RIGHT)
    chats.clear(talks.reader)
    chats.close()
    assert [one["verdict"] for one in lines(Feedback(open_chats()), "all")] == ["right"]


def test_feedback_of_a_reader_who_keeps_nothing_is_kept(chats, talks, open_chats):
    chats.set_keeps(talks.reader, False)
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert Feedback(chats).give(talks.reader, "chat1", RIGHT)
    assert len(lines(Feedback(open_chats()), "all")) == 1


def test_each_store_has_its_own_feedback(feedback, talks, open_chats, tmp_path, file):
    feedback.give(talks.reader, "chat1", RIGHT)
    other = tmp_path / "elsewhere"
    assert lines(Feedback(open_chats(store=other)), "all") == []
    out = tmp_path / "all.jsonl"
    assert export_feedback(file, "all", out, store=other) == 0
    assert export_feedback(file, "all", out, store=tmp_path / "store") == 1


def test_broken_text_is_written_as_utf_8(chats, talks, tmp_path, file):
    chats.save(talks.reader, talks.talk(talks.answered(question="半个\ud83d字")))
    Feedback(chats).give(talks.reader, "chat1", RIGHT)
    export_feedback(file, "gold", tmp_path / "gold.jsonl")
    assert read_set(tmp_path / "gold.jsonl").questions[0].text == "半个?字"


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path):
    missing = tmp_path / "none.sqlite"
    with pytest.raises(ChatsError, match=r"none\.sqlite is not there"):
        export_feedback(missing, "gold", tmp_path / "gold.jsonl")
    assert not missing.exists()


def test_an_output_that_cannot_be_written_is_named(feedback, file, tmp_path):
    with pytest.raises(ChatsError, match="cannot be written .*; name another file"):
        export_feedback(file, "all", tmp_path)
