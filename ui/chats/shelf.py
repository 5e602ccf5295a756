"""The chats of one database, in its tables: written, read, listed, taken out and put back."""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from index.text import fold
from ui.chats.database import Database, Row
from ui.chats.errors import ChatsError
from ui.chats.saved import exchange_from_json, exchange_to_json
from ui.conversation import Conversation, Exchange
from ui.inert import visible

LONGEST = 500  # chats of one reader; the oldest go
LONGEST_TITLE = 120  # characters

_ONE = "store = ? AND reader = ? AND id = ?"
_OLDEST = "ORDER BY changed DESC LIMIT -1 OFFSET"
_WRITE = """
INSERT INTO chats (store, reader, id, title, folded, at, changed, count)
VALUES (?, ?, ?, ?, ?, ?, (SELECT ifnull(max(changed), 0) + 1 FROM chats), ?)
ON CONFLICT DO UPDATE SET
  at = excluded.at, changed = excluded.changed, count = max(count, excluded.count),
  title = CASE WHEN renamed OR NOT ? THEN title ELSE excluded.title END,
  folded = CASE WHEN renamed OR NOT ? THEN folded ELSE excluded.folded END
RETURNING key
"""
_HAS = """
AND (instr(folded, ?) OR EXISTS
  (SELECT 1 FROM exchanges WHERE chat = key AND instr(words, ?)))
"""
_LISTED = """
SELECT id, title, at, (SELECT count(*) FROM exchanges WHERE chat = key)
FROM chats WHERE store = ? AND reader = ? {has} ORDER BY at DESC, changed DESC LIMIT ?
"""


@dataclass(frozen=True)
class Summary:
    """A kept chat in a list; `at` is when it was last asked something (UTC, ISO 8601)."""

    id: str
    title: str
    at: str
    questions: int


@dataclass(frozen=True)
class Taken:
    """The rows of a chat that was taken out."""

    chat: Row
    exchanges: tuple[Row, ...]


class Shelf:
    """The chats of one store of articles in one database.

    At most `LONGEST` of a reader are kept, and at most `room` of all readers, if given.

    Raises (all methods):
        ChatsError: the database cannot be read or written.
    """

    def __init__(self, database: Database, store: str, room: int | None = None) -> None:
        self.database = database
        self._store = store
        self._room = room

    def save(self, reader: str, conversation: Conversation, title: str) -> None:
        """Write what is new or last in a conversation, and drop what it has no longer.

        An exchange that comes before its first one is kept: the conversation is too long to have
        it. Unless it has a single one: then it began anew.
        """
        exchanges = conversation.exchanges
        rows = self.database.rows(
            f"SELECT number FROM exchanges JOIN chats ON chat = key WHERE {_ONE}",
            (self._store, reader, conversation.id),
        )
        known = {row[0] for row in rows}
        written = [
            (one.number, _words(one), _packed(one))
            for one in exchanges
            if one is exchanges[-1] or one.number not in known
        ]
        self.database.work(lambda db: self._write(db, reader, conversation, title, written))

    def load(self, reader: str, chat: str, limit: int) -> Conversation | None:
        """A chat with its last `limit` exchanges; None where there is none.

        Raises:
            ChatsError: it is damaged, or of a version that this program does not read.
        """
        rows = self.database.rows(
            f"SELECT saved, count FROM exchanges JOIN chats ON chat = key WHERE {_ONE} "
            "ORDER BY number DESC LIMIT ?",
            (self._store, reader, chat, limit),
        )
        if not rows:
            return None
        exchanges = tuple(_unpacked(row[0]) for row in reversed(rows))
        return Conversation(chat, exchanges, rows[0][1])

    def title(self, reader: str, chat: str) -> str:
        """The title of a chat; "" where there is none."""
        query = f"SELECT title FROM chats WHERE {_ONE}"
        rows = self.database.rows(query, (self._store, reader, chat))
        return str(rows[0][0]) if rows else ""

    def listed(self, reader: str, words: Sequence[str], limit: int) -> list[Summary]:
        """The reader's chats that have all of the (folded) words, newest first."""
        query = _LISTED.format(has=_HAS * len(words))
        twice = [word for word in words for _ in range(2)]
        rows = self.database.rows(query, (self._store, reader, *twice, limit))
        return [Summary(*row) for row in rows]

    def rename(self, reader: str, chat: str, title: str) -> bool:
        """Give a chat a title that stays; False where there is no such chat."""
        query = f"UPDATE chats SET title = ?, folded = ?, renamed = 1 WHERE {_ONE} RETURNING id"
        values = (title, fold(title), self._store, reader, chat)
        return bool(self.database.rows(query, values))

    def take(self, reader: str, chat: str) -> Taken | None:
        """Take a chat out; None where there is none."""
        taken = self.database.work(lambda db: self._take(db, reader, chat))
        if taken:
            self.database.forget()
        return taken

    def put_back(self, taken: Taken) -> None:
        """Put a chat back that was taken out; what was asked in it since stays."""
        self.database.work(lambda db: _put_back(db, taken))

    def clear(self, reader: str) -> set[str]:
        """Delete all chats of a reader; returns their ids."""
        query = "DELETE FROM chats WHERE store = ? AND reader = ? RETURNING id"
        gone = {str(row[0]) for row in self.database.rows(query, (self._store, reader))}
        self.database.forget()
        return gone

    def _write(
        self,
        db: sqlite3.Connection,
        reader: str,
        conversation: Conversation,
        title: str,
        written: Sequence[Row],
    ) -> None:
        exchanges = conversation.exchanges
        alone = len(exchanges) == 1
        words = short_title(title or exchanges[0].question)
        named = (self._store, reader, conversation.id, words, fold(words))
        anew = bool(title) or alone  # a conversation that begins anew has another first question
        values = (*named, exchanges[-1].at, conversation.count, anew, anew)
        key = db.execute(_WRITE, values).fetchone()[0]
        db.executemany(
            "INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?)",
            [(key, *row) for row in written],
        )
        oldest = 0 if alone else exchanges[0].number
        shown = ", ".join(str(one.number) for one in exchanges)
        db.execute(
            f"DELETE FROM exchanges WHERE chat = ? AND number >= ? AND number NOT IN ({shown})",
            (key, oldest),
        )
        self._bound(db, reader)

    def _bound(self, db: sqlite3.Connection, reader: str) -> None:
        """Forget the oldest chats beyond those that are kept."""
        own = f"SELECT key FROM chats WHERE store = ? AND reader = ? {_OLDEST} ?"
        db.execute(f"DELETE FROM chats WHERE key IN ({own})", (self._store, reader, LONGEST))
        if self._room is not None:
            every = f"SELECT key FROM chats {_OLDEST} ?"
            db.execute(f"DELETE FROM chats WHERE key IN ({every})", (self._room,))

    def _take(self, db: sqlite3.Connection, reader: str, chat: str) -> Taken | None:
        named = (self._store, reader, chat)
        row = db.execute(f"SELECT * FROM chats WHERE {_ONE}", named).fetchone()
        if row is None:
            return None
        rows = db.execute("SELECT * FROM exchanges WHERE chat = ?", row[:1]).fetchall()
        db.execute(f"DELETE FROM chats WHERE {_ONE}", named)
        return Taken(row, tuple(rows))


def short_title(title: str) -> str:
    """A title on one line, without what cannot be seen, and not too long to list."""
    words = " ".join(visible(title).split())
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1] + "…"


def _put_back(db: sqlite3.Connection, taken: Taken) -> None:
    named = taken.chat[1:4]  # store, reader, id
    found = db.execute(f"SELECT key FROM chats WHERE {_ONE}", named).fetchone()
    if found:
        key = found[0]
    else:
        marks = ", ".join("?" * (len(taken.chat) - 1))
        row = db.execute(f"INSERT INTO chats VALUES (NULL, {marks}) RETURNING key", taken.chat[1:])
        key = row.fetchone()[0]
    db.executemany(
        "INSERT OR IGNORE INTO exchanges VALUES (?, ?, ?, ?)",
        [(key, *row[1:]) for row in taken.exchanges],
    )


def _words(exchange: Exchange) -> str:
    """What a search looks through: the question, how it was understood, and the answer."""
    said = [placed.sentence.text for placed in exchange.placed]
    if exchange.answer is not None:
        said = [sentence.text for sentence in exchange.answer.sentences]
        said = said or [exchange.answer.message]
    return fold(visible(" ".join((exchange.question, exchange.asked, *said, exchange.pending))))


def _packed(exchange: Exchange) -> bytes:
    text = json.dumps(exchange_to_json(exchange), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def _unpacked(saved: bytes) -> Exchange:
    """The exchange in a row.

    Raises:
        ChatsError: the row is damaged, or of a version that this program does not read.
    """
    try:
        fields = json.loads(zlib.decompress(saved).decode("utf-8", "surrogatepass"))
    except (zlib.error, ValueError, RecursionError, TypeError) as error:
        raise ChatsError("a kept chat is damaged; delete it from the history") from error
    return exchange_from_json(fields)
