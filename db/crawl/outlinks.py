"""Where pages lead to beyond the papers that are watched, as they were last seen.

Plain functions on a connection, within the caller's write transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from crawler.reach.outlink import Outlink


def keep(
    conn: sqlite3.Connection,
    source_id: str,
    page_url: str,
    found: Sequence[Outlink],
    seen_at: str,
    article_id: int | None = None,
) -> None:
    """Put the links of one page in place of those that it had before.

    Args:
        page_url: of an article, or of a seed.
        seen_at: as stored.
        article_id: the article on it; None for a list page.
    """
    conn.execute("DELETE FROM outlinks WHERE page_url = ?", (page_url,))
    conn.executemany(
        "INSERT INTO outlinks (page_url, host, kind, url, words, source_id, article_id, seen_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(page_url, one.host, one.kind, one.url, one.words, source_id, article_id, seen_at) for one in found],
    )
