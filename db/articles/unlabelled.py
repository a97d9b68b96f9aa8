"""Texts that nobody has labelled: articles that are not plainly core, and pages refused for the topic."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterator
from itertools import islice

from crawler.topic.doubt import Kind, Unlabelled
from db.crawl import rejected

READ_COUNT = 1000
"""Articles, and refused pages, that are returned at most: judging one takes some milliseconds."""

PLAINLY_CORE = 95
"""From this score on an article is further above every cut than crawler.topic.doubt.DOUBT_ODDS."""

_ID_DIGITS = 16
"""Hex digits of the SHA-256 of the text (the content hash), or of a page's address."""

_ARTICLES = (
    "SELECT content_hash, source_id, url, title, lead, text, published_at FROM articles"
    " WHERE ifnull(topic_score, 0) < ? AND duplicate_of IS NULL ORDER BY id DESC"
)


def unlabelled(conn: sqlite3.Connection, labelled: Collection[str]) -> tuple[list[Unlabelled], bool]:
    """Return texts without a label, and whether there are more.

    The newest articles, those that are copies left out, and the refused pages with the highest scores.

    Args:
        labelled: ids of those that have a label.
    """
    found: list[Unlabelled] = []
    has_more = False
    for texts in (_articles(conn), _refused(conn)):
        chosen = list(islice((one for one in texts if one.id not in labelled), READ_COUNT + 1))
        has_more = has_more or len(chosen) > READ_COUNT
        found += chosen[:READ_COUNT]
    return found, has_more


def _articles(conn: sqlite3.Connection) -> Iterator[Unlabelled]:
    for row in conn.execute(_ARTICLES, (PLAINLY_CORE,)):
        yield Unlabelled(
            row["content_hash"][:_ID_DIGITS],
            Kind.ARTICLE,
            row["source_id"],
            row["url"],
            row["title"],
            row["lead"],
            row["text"],
            row["published_at"],
        )


def _refused(conn: sqlite3.Connection) -> Iterator[Unlabelled]:
    for row in rejected.refused_titles(conn):
        yield Unlabelled(
            hashlib.sha256(row["url"].encode()).hexdigest()[:_ID_DIGITS],
            Kind.HEADLINE,
            row["source_id"],
            row["url"],
            row["title"],
            published_at=row["published_at"],
            score=row["topic_score"],
        )
