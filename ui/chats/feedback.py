"""What readers say of answers: right, wrong, or with a source that does not prove them.

It is kept beside the chats, with all that was asked, found and answered, and stays when the chat
is deleted: the reader gave it to whoever runs the program. It can be taken back.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from ui.chats import judged
from ui.chats.database import Database
from ui.chats.errors import ChatsError
from ui.chats.parts import filters_to_json
from ui.chats.store import Chats
from ui.conversation import REMEMBERED, Conversation, Exchange
from ui.inert import visible

Kind = Literal["gold", "all"]
Opinion = Literal["right", "wrong", "citation_wrong"]

KINDS: tuple[Kind, ...] = get_args(Kind)
OPINIONS: tuple[Opinion, ...] = get_args(Opinion)
LONGEST_NOTE = 2000  # characters

_ONE = "store = ? AND reader = ? AND chat = ? AND turn = ? AND sentence = ?"


@dataclass(frozen=True)
class Judgement:
    """What a reader said of an answer, or of sentence number `sentence` of it (0: of all)."""

    turn: int
    sentence: int
    verdict: Opinion
    note: str


class Feedback:
    """The judgements on the answers in some chats.

    Raises (all methods):
        ChatsError: the file cannot be read or written.
    """

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    def give(self, reader: str, chat: str, judgement: Judgement) -> bool:
        """Keep a judgement in the place of an earlier one; False where there is no such answer.

        Raises:
            ChatsError: the note is longer than `LONGEST_NOTE`.
        """
        if len(judgement.note) > LONGEST_NOTE:
            raise ChatsError(f"a note has at most {LONGEST_NOTE} characters; shorten it")
        conversation = self._chats.load(reader, chat)
        exchange = conversation.exchange(judgement.turn) if conversation else None
        if conversation is None or exchange is None or exchange.answer is None:
            return False
        if not 0 <= judgement.sentence <= len(exchange.answer.sentences):
            return False
        given = json.dumps(_given(conversation, exchange))
        place = (self._chats.store, reader, chat, judgement.turn, judgement.sentence)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._chats.database.rows(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING turn",
            (*place, judgement.verdict, visible(judgement.note).strip(), now, given),
        )
        return True

    def take_back(self, reader: str, chat: str, turn: int, sentence: int = 0) -> bool:
        """Delete a judgement; False where there is none."""
        place = (self._chats.store, reader, chat, turn, sentence)
        gone = self._chats.database.rows(f"DELETE FROM feedback WHERE {_ONE} RETURNING turn", place)
        return bool(gone)

    def given(self, reader: str, chat: str) -> list[Judgement]:
        """The reader's judgements on a chat, in the order of its answers and sentences."""
        rows = self._chats.database.rows(
            "SELECT turn, sentence, verdict, note FROM feedback "
            "WHERE store = ? AND reader = ? AND chat = ? ORDER BY turn, sentence",
            (self._chats.store, reader, chat),
        )
        return [Judgement(*row) for row in rows]

    def export(self, kind: Kind = "gold") -> Iterator[str]:
        """The judgements of all readers, a JSON object a line; see `export_feedback`."""
        yield from _lines(self._chats.database, kind, self._chats.store)


def export_feedback(path: Path, kind: Kind, out: Path, *, store: Path | None = None) -> int:
    """Write the judgements in the file of chats `path` to `out`; returns how many lines.

    "gold" are questions for `python -m eval run`: whole answers that a reader called right, asked
    without limits of date or source. "all" is everything that was said, for reading. With `store`
    only what was asked of these articles is taken.

    Raises:
        ChatsError: there is no such file, it cannot be read, or `out` cannot be written.
    """
    if not path.is_file():
        raise ChatsError(f"{path} is not there; feedback is kept once a reader has given some")
    database = Database(path)
    try:
        lines = list(_lines(database, kind, str(store.resolve()) if store else None))
    finally:
        database.close()
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(line.encode() for line in lines)
    except OSError as error:
        reason = error.strerror or error
        raise ChatsError(f"{out} cannot be written ({reason}); name another file") from error
    return len(lines)


def _lines(database: Database, kind: Kind, store: str | None) -> Iterator[str]:
    rows = database.rows(
        "SELECT store, reader, chat, turn, sentence, verdict, note, at, given FROM feedback "
        "WHERE ifnull(store = ?, 1) ORDER BY at, store, reader, chat, turn, sentence",
        (store,),
    )
    found = [judged.Judged(*(*row[:-1], json.loads(row[-1]))) for row in rows]
    written = judged.gold(found) if kind == "gold" else map(judged.everything, found)
    for fields in written:
        text = json.dumps(fields, ensure_ascii=False)
        yield text.encode("utf-8", "replace").decode() + "\n"  # a lone surrogate is no UTF-8


def _given(conversation: Conversation, exchange: Exchange) -> dict[str, Any]:
    """What was asked and answered, as far as a judgement rests on it."""
    answer = exchange.answer
    if answer is None:
        raise ValueError("there is no answer")
    before = [turn for one in conversation.before(exchange.number).exchanges if (turn := one.turn)]
    return {
        "question": exchange.question,
        "asked": exchange.asked,
        "history": [[turn.question, turn.answer] for turn in before[-REMEMBERED:]],
        "filters": filters_to_json(exchange.filters),
        "generation": exchange.generation,
        "llm": answer.llm,
        "language": answer.language,
        "answered": exchange.at,
        "answer": answer.to_json(),
    }
