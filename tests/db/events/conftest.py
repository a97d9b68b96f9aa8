"""A collection of articles whose events are said, not read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from crawler.events.report import Report
from db.events.keeping import Found, keep
from db.file.connection import write_transaction
from db.file.opening import open_database

VERSION = "invented"


def add_articles(conn: sqlite3.Connection, reports: Iterable[Report]) -> None:
    """Make the articles of reports: their day, the sketch of their text and no more."""
    conn.execute("INSERT OR IGNORE INTO sources (id, name) VALUES ('bao-thu', 'Báo Thử')")
    for one in reports:
        day = one.published.isoformat() if one.published else None
        conn.execute(
            "INSERT OR IGNORE INTO articles (id, source_id, url, title, text, published_at,"
            " published_precision, fetched_at, language, content_hash, topic_grade)"
            " VALUES (?, 'bao-thu', ?, ?, 'Một đoạn.', ?, ?, '2026-11-21T02:00:00Z', 'vi', ?, 'core')",
            (
                one.article_id,
                f"https://bao-thu.example/{one.article_id}.html",
                f"Tin số {one.article_id}",
                day,
                day and "day",
                f"hash {one.article_id}",
            ),
        )
        conn.execute(
            "INSERT OR IGNORE INTO near_sketches VALUES (?, ?)", (one.article_id, b"".join(one.keys))
        )


def keep_reports(conn: sqlite3.Connection, reports: Iterable[Report]) -> None:
    """Keep the events of articles, one article after the other, as a crawl does."""
    by_article: dict[int, list[Report]] = {}
    for one in reports:
        by_article.setdefault(one.article_id, []).append(one)
    for article_id, those in by_article.items():
        events = tuple(one.event for one in sorted(those, key=lambda one: one.number))
        with write_transaction(conn):
            keep(conn, [Found(article_id, events, VERSION)])


def grouped(conn: sqlite3.Connection) -> dict[int, frozenset[tuple[int, int]]]:
    """Event → the (article, number) of its reports."""
    found: dict[int, set[tuple[int, int]]] = {}
    for row in conn.execute("SELECT event_id, article_id, number FROM event_reports"):
        found.setdefault(row["event_id"], set()).add((row["article_id"], row["number"]))
    return {event_id: frozenset(reports) for event_id, reports in found.items()}


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "events.db", create=True)) as conn:
        yield conn


def filled(conn: sqlite3.Connection, reports: Sequence[Report]) -> None:
    """Articles and events."""
    with write_transaction(conn):
        add_articles(conn, reports)
    keep_reports(conn, reports)
