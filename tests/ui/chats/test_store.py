"""Chats are kept, found, renamed, deleted and brought back; each reader has only their own."""

import json
import logging
import sqlite3
import stat
import threading
import zlib
from contextlib import closing
from dataclasses import replace

import pytest

from ui.chats.errors import ChatsError
from ui.chats.shelf import Summary
from ui.conversation import SHOWN, Conversation

OTHER = "another-0123456789abcdef"


def written(file) -> list[int]:
    """The numbers of the exchanges in a file."""
    with closing(sqlite3.connect(file)) as db:
        return [row[0] for row in db.execute("SELECT number FROM exchanges ORDER BY number")]


def test_a_chat_comes_back_after_a_restart(talks, open_chats):
    one, two, three = talks.answered(), talks.refused(), talks.stopped()
    first = open_chats()
    for exchanges in ((one,), (one, two), (one, two, three)):
        first.save(talks.reader, talks.talk(*exchanges))
    first.close()
    loaded = open_chats().load(talks.reader, "chat1")
    assert (loaded.id, loaded.count) == ("chat1", 3)
    assert [one.number for one in loaded.exchanges] == [1, 2, 3]
    assert loaded.exchanges[1].answer.message == "文章里没有提到。"
    assert loaded.exchanges[0].answer.sentences[1].citations[0].quote_text == "转移18,640"
    assert loaded.exchanges[0].hits[0].article.raw == ""


def test_readers_and_stores_have_their_own_chats(talks, open_chats, tmp_path):
    chats = open_chats()
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert chats.load(OTHER, "chat1") is None
    assert chats.listed(OTHER) == []
    assert not chats.rename(OTHER, "chat1", "mine")
    assert not chats.delete(OTHER, "chat1")
    assert chats.clear(OTHER) == 0
    assert open_chats(store=tmp_path / "elsewhere").listed(talks.reader) == []
    assert [one.id for one in chats.listed(talks.reader)] == ["chat1"]


def test_nothing_is_kept_without_a_reader_or_a_question(talks, chats, file):
    chats.save("", talks.talk(talks.answered()))
    chats.save(talks.reader, Conversation())
    assert written(file) == []


def test_the_list_has_the_newest_first_with_title_day_and_questions(talks, chats):
    chats.save(talks.reader, talks.talk(talks.stopped(3), chat="b"))
    chats.save(talks.reader, talks.talk(talks.answered(1), talks.refused(2), chat="a"))
    assert chats.listed(talks.reader) == [
        Summary("b", "还有呢？", "2031-05-18T08:03:00+00:00", 1),
        Summary("a", "水位多高？", "2031-05-18T08:02:00+00:00", 2),
    ]
    assert [one.id for one in chats.listed(talks.reader, limit=1)] == ["b"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("水位", ["a"]), ("18,641人", ["a"]), ("月亮 水位", ["a"]), ("還有", ["b"]),
        ("一半", ["b"]), ("没有提到", ["a"]), ("月亮 一半", []), ("%", []), ("  ", ["b", "a"]),
        ("BRIDGE", []),
    ],
)  # fmt: skip
def test_a_search_looks_through_questions_and_answers(talks, chats, words, found):
    chats.save(talks.reader, talks.talk(talks.answered(1), talks.refused(2), chat="a"))
    chats.save(talks.reader, talks.talk(talks.stopped(3), chat="b"))
    assert [one.id for one in chats.listed(talks.reader, words)] == found


def test_only_what_changed_is_written(talks, chats, file):
    first, second = talks.answered(1), talks.refused(2)
    chats.save(talks.reader, talks.talk(first))
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE exchanges SET saved = x'00' WHERE number = 1")
    chats.save(talks.reader, talks.talk(first, second))
    with closing(sqlite3.connect(file)) as db:
        saved = dict(db.execute("SELECT number, saved FROM exchanges"))
    assert saved[1] == b"\x00"
    assert json.loads(zlib.decompress(saved[2]))["question"] == "月亮？"


def test_the_last_exchange_is_written_again(talks, chats):
    chats.save(talks.reader, talks.talk(replace(talks.answered(), answer=None, running=True)))
    loaded = chats.load(talks.reader, "chat1").exchanges[0]
    assert (loaded.answer, loaded.running) == (None, False)
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert chats.load(talks.reader, "chat1").exchanges[0].answer is not None


def test_asking_again_shortens_a_chat(talks, chats, file):
    one, two, three = talks.answered(1), talks.refused(2), talks.stopped(3)
    chats.save(talks.reader, talks.talk(one, two))
    chats.save(talks.reader, talks.talk(one, three))
    assert written(file) == [1, 3]
    chats.save(talks.reader, talks.talk(talks.stopped(4)))  # the first question was edited
    assert written(file) == [4]
    assert chats.title(talks.reader, "chat1") == "还有呢？"


def test_what_is_too_long_to_show_stays_in_the_file(talks, chats, file):
    long = [talks.stopped(number) for number in range(1, SHOWN + 2)]
    chats.save(talks.reader, talks.talk(*long[:SHOWN]))
    chats.save(talks.reader, talks.talk(*long[1:]))
    assert written(file) == list(range(1, SHOWN + 2))
    loaded = chats.load(talks.reader, "chat1")
    assert (loaded.exchanges[0].number, loaded.count) == (2, SHOWN + 1)
    assert len(chats.load(talks.reader, "chat1", 1000).exchanges) == SHOWN + 1


def test_a_title_of_the_readers_own_stays(talks, chats):
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert chats.rename(talks.reader, "chat1", "  洪水\u202e \n笔记 ")
    chats.save(talks.reader, talks.talk(talks.stopped(4)), "another")
    assert chats.title(talks.reader, "chat1") == "洪水 笔记"
    assert [one.id for one in chats.listed(talks.reader, "笔记")] == ["chat1"]
    with pytest.raises(ChatsError, match="needs a title"):
        chats.rename(talks.reader, "chat1", " \u200b ")
    chats.rename(talks.reader, "chat1", "x" * 500)
    assert chats.title(talks.reader, "chat1") == "x" * 119 + "…"


def test_a_deleted_chat_is_gone_from_the_file_and_can_be_restored(talks, open_chats, file):
    chats = open_chats()
    chats.save(talks.reader, talks.talk(talks.answered(question="绝密问题")))
    chats.save(talks.reader, talks.talk(talks.stopped(3), chat="newer"))
    assert chats.delete(talks.reader, "chat1")
    assert not chats.delete(talks.reader, "chat1")
    assert chats.load(talks.reader, "chat1") is None
    bytes_left = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert "绝密问题".encode() not in bytes_left
    assert not chats.restore(OTHER, "chat1")
    assert chats.restore(talks.reader, "chat1")
    assert not chats.restore(talks.reader, "chat1")
    assert [one.id for one in chats.listed(talks.reader)] == ["newer", "chat1"]
    assert open_chats().load(talks.reader, "chat1").exchanges[0].question == "绝密问题"


def test_what_was_asked_after_a_deletion_survives_its_undoing(talks, chats):
    chats.save(talks.reader, talks.talk(talks.answered(1)))
    chats.delete(talks.reader, "chat1")
    chats.save(talks.reader, talks.talk(talks.stopped(2)))
    assert chats.restore(talks.reader, "chat1")
    assert [one.number for one in chats.load(talks.reader, "chat1").exchanges] == [1, 2]


def test_clearing_deletes_all_for_good(talks, chats, file):
    for name in ("a", "b", "c"):
        chats.save(talks.reader, talks.talk(talks.answered(), chat=name))
    chats.save(OTHER, talks.talk(talks.stopped(), chat="d"))
    chats.delete(talks.reader, "c")
    assert chats.clear(talks.reader) == 2
    assert not chats.restore(talks.reader, "c")
    assert chats.listed(talks.reader) == []
    assert [one.id for one in chats.listed(OTHER)] == ["d"]
    assert "水位".encode() not in file.read_bytes()


def test_a_reader_who_keeps_nothing_has_chats_until_a_restart(talks, open_chats, file):
    chats = open_chats()
    assert chats.keeps(talks.reader)
    chats.set_keeps(talks.reader, False)
    assert (chats.keeps(talks.reader), chats.keeps(OTHER)) == (False, True)
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert written(file) == []
    assert chats.load(talks.reader, "chat1").exchanges[0].question == "水位多高？"
    assert chats.rename(talks.reader, "chat1", "只在内存")
    assert chats.listed(talks.reader)[0].title == "只在内存"
    again = open_chats()
    assert again.load(talks.reader, "chat1") is None
    assert not again.keeps(talks.reader)


def test_keeping_again_moves_a_chat_into_the_file(talks, chats, file):
    one, two, three = talks.answered(1), talks.refused(2), talks.stopped(3)
    chats.save(talks.reader, talks.talk(one))
    chats.set_keeps(talks.reader, False)
    chats.save(talks.reader, talks.talk(one, two))
    assert written(file) == [1]
    assert len(chats.load(talks.reader, "chat1").exchanges) == 2
    assert [one.questions for one in chats.listed(talks.reader)] == [2]
    chats.set_keeps(talks.reader, True)
    chats.save(talks.reader, talks.talk(one, two, three))
    assert written(file) == [1, 2, 3]
    assert chats.clear(talks.reader) == 1


def test_memory_holds_the_newest_64_chats_of_those_who_keep_nothing(talks, chats):
    for reader in (talks.reader, OTHER):
        chats.set_keeps(reader, False)
    chats.save(OTHER, talks.talk(talks.stopped(), chat="oldest"))
    for number in range(64):
        chats.save(talks.reader, talks.talk(talks.stopped(), chat=f"c{number}"))
    assert chats.load(OTHER, "oldest") is None
    assert chats.load(talks.reader, "c0") is not None


def test_a_reader_keeps_500_chats(talks, open_chats):
    chats = open_chats(None)  # in memory, which is quick
    for number in range(501):
        chats.save(talks.reader, talks.talk(talks.stopped(), chat=f"c{number}"))
    found = chats.listed(talks.reader, limit=1000)
    assert (len(found), found[0].id, found[-1].id) == (500, "c500", "c1")


def test_without_a_file_all_is_in_memory(talks, open_chats, file):
    chats = open_chats(None)
    assert not chats.permanent
    chats.set_keeps(talks.reader, True)
    assert not chats.keeps(talks.reader)
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert chats.load(talks.reader, "chat1").exchanges[0].question == "水位多高？"
    assert not file.parent.exists()


def test_file_and_folder_are_the_readers_alone(talks, chats, file):
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for part in file.parent.iterdir():
        assert stat.S_IMODE(part.stat().st_mode) == 0o600, part


def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(talks, open_chats, file, caplog):
    file.parent.mkdir()
    file.write_bytes(b"this is no database" * 400)
    with caplog.at_level(logging.WARNING):
        chats = open_chats()
    chats.save(talks.reader, talks.talk(talks.answered()))
    assert written(file) == [1]
    (aside,) = file.parent.glob("chats.sqlite.damaged-*")
    assert aside.read_bytes() == b"this is no database" * 400
    assert "is damaged" in caplog.text and aside.name in caplog.text


def test_a_file_that_is_damaged_while_it_is_open_is_moved_aside(talks, open_chats, file):
    chats = open_chats()
    for number in range(40):
        chats.save(talks.reader, talks.talk(talks.answered(), chat=f"c{number}"))
    chats.database.forget()
    size = file.stat().st_size
    with file.open("r+b") as opened:  # all pages but the first
        opened.seek(4096)
        opened.write(b"\xa5" * (size - 4096))
    again = open_chats()
    again.save(talks.reader, talks.talk(talks.refused(1)))
    assert again.load(talks.reader, "chat1").exchanges[0].question == "月亮？"
    (aside,) = (p for p in file.parent.glob("*.damaged-*") if p.name[-4:] not in ("-wal", "-shm"))
    assert aside.stat().st_size == size


def test_a_newer_file_is_left_alone_and_named(open_chats, file):
    open_chats().close()
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version = 2")
    before = file.read_bytes()
    with pytest.raises(ChatsError, match=rf"{file} was made by a newer Yinzheng \(format 2"):
        open_chats()
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(open_chats, tmp_path):
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(ChatsError, match=r"chats\.sqlite cannot be used .* can be written"):
        open_chats()


def test_a_damaged_exchange_is_told_and_can_be_deleted(talks, chats, file):
    chats.save(talks.reader, talks.talk(talks.answered()))
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE exchanges SET saved = ?", (zlib.compress(b'{"v": 1'),))
    with pytest.raises(ChatsError, match="a kept chat is damaged; delete it"):
        chats.load(talks.reader, "chat1")
    assert chats.delete(talks.reader, "chat1")


def test_two_servers_and_many_threads_share_a_file(talks, open_chats):
    servers = [open_chats(), open_chats()]
    failed: list[BaseException] = []

    def ask(number: int) -> None:
        try:
            for turn in range(5):
                talk = talks.talk(talks.stopped(turn + 1), chat=f"c{number}-{turn}")
                servers[number % 2].save(talks.reader, talk)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    names = {f"c{number}-{turn}" for number in range(6) for turn in range(5)}
    assert {one.id for one in servers[0].listed(talks.reader)} == names


def test_words_that_no_file_can_hold_are_kept(talks, chats):
    broken = talks.answered(question="半个\ud83d字\x00")
    chats.save(talks.reader, talks.talk(broken))
    assert chats.load(talks.reader, "chat1").exchanges[0].question == "半个\ud83d字\x00"
    assert chats.title(talks.reader, "chat1") == "半个\ufffd字"
