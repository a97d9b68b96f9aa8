"""Putting articles back from our own JSON lines, with their ids, sightings, revisions and copies.

Nothing is decided anew: what an export says of an article is taken over. Only where the collection
knows the text or the address already does it stay one article.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from crawler.decision import Kind
from crawler.errors import UsageError
from crawler.formats.json_lines import Line
from crawler.identity.urls import canonical_url
from crawler.source import IMPORT
from crawler.text.normalize import canonical_text, sketch
from db.articles import keeping, near_duplicates, revisions
from db.articles.keeping import stored
from db.crawl import frontier


class Restorer:
    """Takes in the lines of one export, within the caller's write transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        conn.execute("DROP TABLE IF EXISTS temp.restored")
        # In a temporary table, so that a million articles need no more memory than one.
        conn.execute(
            "CREATE TEMP TABLE restored (old_id INTEGER PRIMARY KEY, id INTEGER, duplicate_of INTEGER)"
        )
        used = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'articles'").fetchone()
        self._last_id: int = used["seq"] if used else 0

    def restore(self, line: Line) -> Kind:
        """Take an article in, and return what became of it.

        NEW has its id from the line, if this collection never used it. DUPLICATE: its text is here,
        and has its sightings now. REVISED, UNCHANGED: another text of its address is here, and is
        now an earlier version of it, or is newer and stays. REJECTED: it was taken down.

        Raises:
            UsageError: its id came before.
        """
        url = line.columns.get("url")
        if frontier.is_forgotten(self._conn, line.columns["content_hash"], url and canonical_url(url)):
            return Kind.REJECTED
        for source in line.sources:
            self._conn.execute(
                "INSERT OR IGNORE INTO sources (id, name, homepage) VALUES (:id, :name, :homepage)",
                {"homepage": None, **source},
            )
        kind, article_id = self._keep(line)
        self._keep_sightings(article_id, line)
        try:
            self._conn.execute(
                "INSERT INTO restored VALUES (?, ?, ?)",
                (line.id, article_id, line.duplicate_of if kind is Kind.NEW else None),
            )
        except sqlite3.IntegrityError as error:
            raise UsageError(
                f"has the id {line.id} of an earlier line; import one export at a time."
            ) from error
        return kind

    def link_copies(self) -> None:
        """Point the articles that repeat another one to it, now that all are there.

        One whose original is not in the export stands for itself. Articles may have changed sides
        while the export was read: chains end at their last one, and in a circle the last stands for all.
        """
        copies = self._conn.execute(
            "SELECT copy.id, original.id AS original_id FROM restored AS copy JOIN restored AS original"
            " ON original.old_id = copy.duplicate_of WHERE original.id <> copy.id ORDER BY copy.old_id"
        ).fetchall()
        for row in copies:
            near_duplicates.link(self._conn, row["id"], row["original_id"])
        self._conn.execute("DROP TABLE temp.restored")

    def _keep(self, line: Line) -> tuple[Kind, int]:
        known = self._conn.execute(
            "SELECT id FROM articles WHERE content_hash = ?1"
            " UNION ALL SELECT article_id FROM revisions WHERE content_hash = ?1 LIMIT 1",
            (line.columns["content_hash"],),
        ).fetchone()
        if known:
            return Kind.DUPLICATE, known["id"]
        row = _row(line)
        if row["source_id"] != IMPORT and row.get("url") is not None:
            known = self._conn.execute(
                "SELECT id, fetched_at FROM articles WHERE url = ? AND source_id <> ?", (row["url"], IMPORT)
            ).fetchone()
        text_sketch = sketch(canonical_text(row["text"]))
        if known is None:
            article_id = keeping.insert(self._conn, {**self._free_id(line.id), **row}, text_sketch)
            revisions.take_over(self._conn, article_id, line.revisions)
            return Kind.NEW, article_id
        if known["fetched_at"] >= row["fetched_at"]:
            return Kind.UNCHANGED, known["id"]
        revisions.revise(self._conn, known["id"], row, text_sketch)
        return Kind.REVISED, known["id"]

    def _free_id(self, wanted: int) -> dict[str, int]:
        """Return the id as a column if it was never used here; ids of forgotten articles stay unused."""
        taken = self._conn.execute("SELECT 1 FROM articles WHERE id = ?", (wanted,)).fetchone()
        return {} if taken or wanted <= self._last_id else {"id": wanted}

    def _keep_sightings(self, article_id: int, line: Line) -> None:
        sightings = line.sightings
        if not sightings and (url := line.columns.get("url")):  # as `keep` would have it
            columns = line.columns
            sightings = [{**columns, "url": canonical_url(url), "seen_at": columns["fetched_at"]}]
        self._conn.executemany(
            "INSERT INTO sightings (article_id, url, source_id, title, seen_at)"
            " VALUES (:article_id, :url, :source_id, :title, :seen_at) ON CONFLICT DO UPDATE"
            " SET title = excluded.title, seen_at = excluded.seen_at WHERE excluded.seen_at > seen_at",
            ({"article_id": article_id, "title": None, **one} for one in sightings),
        )


def _row(line: Line) -> dict[str, Any]:
    return {"published_at": None, "published_precision": None} | stored(line.columns)
