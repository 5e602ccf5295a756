"""The part of a catalogue that says which articles belong together, and under which title."""

import sqlite3
from collections.abc import Iterable

from index.article import Article
from index.paragraphs import searched_text
from index.rows import TO_SEARCH, Link, article_from_row
from index.text_key import text_key


class Ties:
    """Ties between the articles of an open catalogue; changes belong inside its transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def notices(self) -> list[Article]:
        """Articles with a notice of continuation, under their own titles; without raw text."""
        cursor = self._db.cursor()
        cursor.row_factory = sqlite3.Row
        cursor.execute(
            "SELECT id, path, source, own_title AS title, '' AS raw_text, 0 AS body_start, "
            "0 AS body_end, date, section, authors, lines, more, NULL AS continues, "
            "NULL AS continued_by FROM articles WHERE more LIKE '%\"continued\\_%' ESCAPE '\\' "
            "ORDER BY id"
        )
        return [article_from_row(row) for row in cursor]

    def texts_beside(self, articles: Iterable[str]) -> dict[str, str]:
        """The texts of all articles in the files that hold the given ones, by id."""
        texts: dict[str, list[str]] = {}
        for key in articles:
            if key in texts:
                continue
            rows = self._db.execute(
                "SELECT article, text FROM paragraphs JOIN articles ON articles.id = article "
                "WHERE path = (SELECT path FROM articles WHERE id = ?) ORDER BY article, ordinal",
                (key,),
            )
            for article, words in rows:
                texts.setdefault(article, []).append(words)
        return {article: "\n".join(words) for article, words in texts.items()}

    def links(self) -> dict[str, Link]:
        """The articles that are tied to others, or go under another title than their own."""
        rows = self._db.execute(
            "SELECT id, title, continues, continued_by FROM articles WHERE continues NOT NULL "
            "OR continued_by NOT NULL OR title != own_title"
        )
        return {row[0]: Link(*row[1:]) for row in rows}

    def own_title(self, article: str) -> str:
        """The title that an article has by itself."""
        row = self._db.execute("SELECT own_title FROM articles WHERE id = ?", (article,)).fetchone()
        return str(row[0])

    def set_link(self, article: str, link: Link) -> None:
        """Tie an article to others; under another title other texts of it are searched."""
        old = self._db.execute("SELECT title FROM articles WHERE id = ?", (article,)).fetchone()[0]
        self._db.execute(
            "UPDATE articles SET title = ?, continues = ?, continued_by = ? WHERE id = ?",
            (link.title, link.continues, link.continued_by, article),
        )
        if link.title == old:
            return
        rows = self._db.execute(
            f"SELECT paragraphs.id, title, {TO_SEARCH} FROM articles "
            "JOIN paragraphs ON article = articles.id WHERE articles.id = ?",
            (article,),
        ).fetchall()
        self._db.executemany(
            "UPDATE paragraphs SET searched = ? WHERE id = ?",
            ((text_key(searched_text(*row)), key) for key, *row in rows),
        )
