"""What proves an article: the row, the page that it was read off, and that page's day in the chain."""

from __future__ import annotations

import sqlite3

from crawler.article import Precision, Published
from crawler.errors import NotFoundError
from crawler.formats.citation import Cited, Evidence
from db.archive.chain import link_of
from db.archive.records import current_record
from db.articles import query


def cite(conn: sqlite3.Connection, article_id: int) -> Cited:
    """Return what a citation tells of an article.

    Raises:
        NotFoundError: there is no such article.
    """
    row = query.article(conn, article_id)
    (paper,) = conn.execute("SELECT name FROM sources WHERE id = ?", (row["source_id"],)).fetchone()
    published = row["published_at"]
    return Cited(
        article_id,
        tuple(row["authors"]),
        row["title"],
        paper,
        Published(published, Precision(row["published_precision"])) if published else None,
        row["fetched_at"],
        row["url"],
        row["content_hash"],
        _evidence(conn, article_id),
    )


def _evidence(conn: sqlite3.Connection, article_id: int) -> Evidence | None:
    try:
        record = current_record(conn, article_id)
    except NotFoundError:
        return None
    link = link_of(conn, record.id)
    return Evidence(record.file, record.offset, record.warc_id, record.sha256, link.day, link.sha256)
