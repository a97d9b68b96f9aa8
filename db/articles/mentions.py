"""What is kept that points to other publications: names in texts, links, and where seeds redirect."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from urllib.parse import urlsplit

from crawler.identity.urls import politeness_key
from crawler.reach.origins import OutlinkKind, named_origins
from crawler.reach.suggestions import How, Mention

_HOW = {
    OutlinkKind.STORY: How.LINKED,
    OutlinkKind.CANONICAL: How.CANONICAL,
    OutlinkKind.LIST: How.LISTED,
}

_RELEVANT = "(topic_grade IS NULL OR topic_grade <> 'none')"


def mentions(conn: sqlite3.Connection) -> Iterator[Mention]:
    """Yield what points to a publication: of relevant articles, list pages and redirects."""
    yield from _in_texts(conn)
    yield from _links(conn)
    yield from _redirects(conn)


def article_counts(conn: sqlite3.Connection) -> dict[str, int]:
    """Return source id → its articles, those that repeat another included."""
    return dict(map(tuple, conn.execute("SELECT source_id, count(*) FROM articles GROUP BY source_id")))


def _in_texts(conn: sqlite3.Connection) -> Iterator[Mention]:
    rows = conn.execute(
        "SELECT id, ifnull(duplicate_of, id) AS original, source_id, title, text, captions, authors"  # noqa: S608
        f" FROM articles WHERE {_RELEVANT} ORDER BY id"
    )
    for row in rows:
        lines = [*row["text"].split("\n"), *json.loads(row["captions"])]
        lines += [f"Theo {name}" for name in json.loads(row["authors"])]
        for origin in named_origins(lines):
            host = politeness_key(origin.host) if origin.host else None
            yield Mention(
                How.NAMED,
                row["source_id"],
                row["original"],
                row["title"],
                host,
                None,
                origin.name,
                origin.words,
                origin.is_certain,
            )


def _links(conn: sqlite3.Connection) -> Iterator[Mention]:
    rows = conn.execute(
        "SELECT outlinks.kind, outlinks.source_id, host, outlinks.url, words, title,"  # noqa: S608 - ours
        " ifnull(duplicate_of, articles.id) AS original FROM outlinks LEFT JOIN articles"
        f" ON articles.id = article_id WHERE article_id IS NULL OR {_RELEVANT} ORDER BY page_url, host"
    )
    for row in rows:
        yield Mention(
            _HOW[OutlinkKind(row["kind"])],
            row["source_id"],
            row["original"],
            row["title"],
            row["host"],
            row["url"],
            row["words"],
            row["words"] or row["url"],
        )


def _redirects(conn: sqlite3.Connection) -> Iterator[Mention]:
    rows = conn.execute(
        "SELECT source_id, redirect_url FROM seeds WHERE redirect_url IS NOT NULL ORDER BY 1, 2"
    )
    for row in rows:
        host = urlsplit(row["redirect_url"]).hostname
        if host:
            url = row["redirect_url"]
            yield Mention(How.REDIRECTED, row["source_id"], host=politeness_key(host), url=url, words=url)
