"""Pages that a topic refused: which another topic might want."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from db.crawl.frontier import REJECTED


def rejected_pages(conn: sqlite3.Connection, after: str, topic_digest: str, limit: int) -> list[sqlite3.Row]:
    """Return pages that another topic than this one rejected, by address, from the one after `after` on."""
    return conn.execute(
        "SELECT url, source_id, title, topic_score FROM pages"  # noqa: S608 - our condition
        f" WHERE url > ? AND {REJECTED} AND topic_digest IS NOT ? ORDER BY url LIMIT ?",
        (after, topic_digest, limit),
    ).fetchall()


def refused_titles(conn: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """Yield the pages that a topic refused and that have a title, those with the highest scores first.

    Left out are those of which the prefilter said that no words on them could matter (score 0).
    """
    yield from conn.execute(
        "SELECT url, source_id, title, topic_score, published_at FROM pages"  # noqa: S608 - our condition
        f" WHERE {REJECTED} AND title != '' AND topic_score IS NOT 0"
        " ORDER BY topic_score DESC, discovered_at DESC, url"
    )
