"""Putting articles back from our own JSON lines, with their ids, sightings, revisions and copies.

Nothing is decided anew: what an export says of an article is taken over. Only where the collection
knows the text or the address already does it stay one article.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from crawler.decision import Kind
from crawler.errors import UsageError
from crawler.formats.json_lines import Line
from crawler.identity.urls import canonical_url
from crawler.source import IMPORT
from crawler.text.normalize import canonical_text, sketch
from db.articles import keeping, near_duplicates, revisions
from db.articles.keeping import stored
from db.articles.revisions import Wording
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
        older, or newer; what is older is an earlier version now. REJECTED: it was taken down.

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
        same = self._conn.execute(
            "SELECT id FROM articles WHERE content_hash = ?1"
            " UNION ALL SELECT article_id FROM revisions WHERE content_hash = ?1 LIMIT 1",
            (line.columns["content_hash"],),
        ).fetchone()
        row = _row(line)
        known = None
        if row["source_id"] != IMPORT and row.get("url") is not None:
            known = self._conn.execute(
                "SELECT id, fetched_at FROM articles WHERE url = ? AND source_id <> ?", (row["url"], IMPORT)
            ).fetchone()
        if same and (known is None or same["id"] != known["id"]):
            return Kind.DUPLICATE, same["id"]
        if known is None:
            article_id = keeping.insert(self._conn, {**self._free_id(line.id), **row}, _sketch(row))
            revisions.take_over(self._conn, article_id, line.revisions)
            return Kind.NEW, article_id
        kind = self._merge(line, row, known["id"], known["fetched_at"], is_same=same is not None)
        return kind, known["id"]

    def _merge(self, line: Line, row: dict[str, Any], article_id: int, since: str, *, is_same: bool) -> Kind:
        """Bring the versions that a line has of an article's address among those that are here.

        Args:
            since: when the newest one here was first seen.
            is_same: whether the newest one there is here already.
        """
        url = canonical_url(row["url"])
        last_here = keeping.last_seen(self._conn, article_id, url) or since
        first_there = row["fetched_at"]
        last_there = max([first_there, *(one["seen_at"] for one in line.sightings if one["url"] == url)])
        earlier = [(one["seen_at"], _wording(one)) for one in line.revisions]
        kind = Kind.DUPLICATE if is_same else Kind.UNCHANGED
        if is_same or last_there <= last_here:
            earlier.append((first_there, _wording(row)))
        else:
            kind = Kind.REVISED
            has_come_back = first_there < since
            shown = {**row, "fetched_at": last_there} if has_come_back else row
            revisions.revise(self._conn, article_id, shown, _sketch(row))
            if has_come_back:
                earlier.append((first_there, _wording(row)))
            last_here = last_there
        for seen_at, said in sorted(earlier, key=lambda one: one[0]):
            if seen_at < last_here and not frontier.is_forgotten(self._conn, said.content_hash, None):
                revisions.insert_earlier(self._conn, article_id, said, seen_at, last_here)
        return kind

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


def _sketch(row: Mapping[str, Any]) -> bytes:
    return sketch(canonical_text(row["text"]))


def _wording(said: Mapping[str, Any]) -> Wording:
    return Wording(said.get("title"), said.get("lead"), said["text"], said["content_hash"])


def _row(line: Line) -> dict[str, Any]:
    return {"published_at": None, "published_precision": None} | stored(line.columns)
