"""Chats that are kept: each belongs to one browser and one store of articles.

A reader who wants nothing kept has chats in memory only, among the newest few of all readers.
"""

import threading
from collections import OrderedDict
from pathlib import Path

from index.text import fold
from ui.chats.database import Database
from ui.chats.errors import ChatsError
from ui.chats.shelf import LONGEST, Shelf, Summary, Taken, short_title
from ui.conversation import SHOWN, Conversation
from ui.inert import visible

IN_MEMORY = 64  # chats of all readers that are kept nowhere else
_RESTORABLE = 64  # deleted chats that can be brought back
_WORDS = 8  # of a search


class Chats:
    """The chats of all readers over one store, in a file; in memory only where `path` is None.

    Safe across threads, and across servers that use the same file.

    Attributes:
        store: the folder of the articles, as the file names it.
        database: where feedback is kept too.
        permanent: whether anything is kept beyond this run.

    Raises (all methods):
        ChatsError: the file cannot be opened, read or written, or a newer version made it.
    """

    def __init__(self, path: Path | None, *, store: Path) -> None:
        self.store = str(store.resolve())
        self.permanent = path is not None
        memory = Database(None)
        self.database = memory if path is None else Database(path)
        self._kept = Shelf(self.database, self.store)
        self._memory = Shelf(memory, self.store, LONGEST if path is None else IN_MEMORY)
        # Where chats are; the newer state of a chat comes first.
        self._shelves = (self._memory, self._kept) if self.permanent else (self._memory,)
        self._deleted: OrderedDict[tuple[str, str], list[tuple[Shelf, Taken]]] = OrderedDict()
        self._lock = threading.Lock()

    def save(self, reader: str, conversation: Conversation, title: str = "") -> None:
        """Keep a conversation as it is now; only what is new or last in it is written.

        Exchanges that it has no longer go, but not those that it is too long to show. Its title
        is the one given, else its first question; a title of the reader's own stays. Without a
        reader, or before the first question, nothing is kept.
        """
        if not reader or not conversation.id or not conversation.exchanges:
            return
        if not self.keeps(reader):
            self._memory.save(reader, conversation, title)
            return
        self._kept.save(reader, conversation, title)
        self._memory.take(reader, conversation.id)  # from when nothing was to be kept

    def load(self, reader: str, chat: str, limit: int = SHOWN) -> Conversation | None:
        """A kept chat with its last `limit` exchanges; None where this reader has none of this id.

        Raises:
            ChatsError: it is damaged, or of a version that this program does not read.
        """
        found = (shelf.load(reader, chat, limit) for shelf in self._shelves)
        return next((conversation for conversation in found if conversation), None)

    def title(self, reader: str, chat: str) -> str:
        """The title of a kept chat; "" where there is none."""
        return next(filter(None, (shelf.title(reader, chat) for shelf in self._shelves)), "")

    def listed(self, reader: str, words: str = "", limit: int = LONGEST) -> list[Summary]:
        """The reader's chats, newest first; with `words`, those that have all of them."""
        wanted = [folded for word in words.split()[:_WORDS] if (folded := fold(visible(word)))]
        found: dict[str, Summary] = {}
        for shelf in self._shelves:
            for summary in shelf.listed(reader, wanted, limit):
                found.setdefault(summary.id, summary)
        return sorted(found.values(), key=lambda one: one.at, reverse=True)[:limit]

    def rename(self, reader: str, chat: str, title: str) -> bool:
        """Give a chat a title of the reader's own; False where there is no such chat.

        Raises:
            ChatsError: the title is empty.
        """
        words = short_title(title)
        if not words:
            raise ChatsError("a chat needs a title; write a few words")
        renamed = [shelf.rename(reader, chat, words) for shelf in self._shelves]
        return any(renamed)

    def delete(self, reader: str, chat: str) -> bool:
        """Delete a chat; while this program runs it can be restored. False where there is none."""
        pairs = [(shelf, shelf.take(reader, chat)) for shelf in self._shelves]
        deleted = [(shelf, taken) for shelf, taken in pairs if taken]
        if deleted:
            with self._lock:
                self._deleted[reader, chat] = deleted
                self._deleted.move_to_end((reader, chat))
                while len(self._deleted) > _RESTORABLE:
                    self._deleted.popitem(last=False)
        return bool(deleted)

    def restore(self, reader: str, chat: str) -> bool:
        """Undo the deletion of a chat; False where it cannot be undone any more."""
        with self._lock:
            deleted = self._deleted.pop((reader, chat), [])
        for shelf, taken in deleted:
            shelf.put_back(taken)
        return bool(deleted)

    def clear(self, reader: str) -> int:
        """Delete all chats of a reader for good; returns how many there were."""
        with self._lock:
            for key in [key for key in self._deleted if key[0] == reader]:
                del self._deleted[key]
        return len(set[str]().union(*(shelf.clear(reader) for shelf in self._shelves)))

    def keeps(self, reader: str) -> bool:
        """Whether what this reader asks is kept in the file."""
        if not self.permanent:
            return False
        rows = self.database.rows("SELECT keeps FROM readers WHERE reader = ?", (reader,))
        return not rows or bool(rows[0][0])

    def set_keeps(self, reader: str, keeps: bool) -> None:
        """Keep what this reader asks from now on, or do not; what is kept already stays."""
        self.database.rows(
            "INSERT OR REPLACE INTO readers VALUES (?, ?) RETURNING keeps", (reader, int(keeps))
        )

    def close(self) -> None:
        """Close the file; what was in memory only is gone."""
        for shelf in self._shelves:
            shelf.database.close()
