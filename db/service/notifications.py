"""What was told to whom, and how the channels fare, so that nothing is told twice or forgotten.

A message is written down after the channel has taken it. A kill between the two repeats it once, with
the same key; nothing is lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawler.article import format_instant, parse_instant
from crawler.text.query import parse_query
from db.articles.query import ArticleFilter, decoded
from db.articles.search_match import tiers
from db.file.connection import read_transaction, write_transaction
from db.service.findings import COLUMNS, Finding, finding_of

STARTED, OPENED, REMINDER, RESOLVED, ARTICLES = "started", "opened", "reminder", "resolved", "articles"
"""The events of a notification."""

DIGEST = "digest"

_TOLD_AFTERWARDS = timedelta(days=30)
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, and what a channel was last told of it; `event` is None for nothing yet."""

    finding: Finding
    event: str | None
    at: datetime | None
    reminder_count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the record: `about` what, which event, up to which article."""

    about: str
    event: str
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """How a channel fares. `failing_since` and `next_try_at` are None while it works."""

    name: str
    failure_count: int = 0
    failing_since: datetime | None = None
    next_try_at: datetime | None = None
    last_error: str | None = None


def told_findings(conn: sqlite3.Connection, channel: str, now: datetime) -> list[Told]:
    """Return the open findings, and those resolved lately, with what the channel knows of each."""
    with read_transaction(conn):
        rows = conn.execute(
            f"SELECT {COLUMNS}, event, at, (SELECT count(*) FROM notices WHERE channel = ?1"  # noqa: S608 - ours
            " AND about = 'finding ' || findings.id AND event = 'reminder') AS reminder_count"
            " FROM findings LEFT JOIN notices ON notices.id = (SELECT max(id) FROM notices"
            " WHERE channel = ?1 AND about = 'finding ' || findings.id)"
            " WHERE resolved_at IS NULL OR resolved_at >= ?2 ORDER BY findings.id",
            (channel, format_instant(now - _TOLD_AFTERWARDS)),
        ).fetchall()
    return [
        Told(
            finding_of(row),
            row["event"],
            parse_instant(row["at"]) if row["at"] else None,
            row["reminder_count"],
        )
        for row in rows
    ]


def last_told(conn: sqlite3.Connection, channel: str, about: str) -> tuple[datetime, int] | None:
    """Return when the channel was last told about articles, and up to which one; None for never."""
    row = conn.execute(
        "SELECT at, article_id FROM notices WHERE channel = ? AND about = ? ORDER BY id DESC LIMIT 1",
        (channel, about),
    ).fetchone()
    return (parse_instant(row["at"]), row["article_id"] or 0) if row else None


def last_look(conn: sqlite3.Connection, about: str) -> tuple[datetime, int] | None:
    """Return when any channel was last told about articles, and up to which one; None for never."""
    row = conn.execute(
        "SELECT at, article_id FROM notices WHERE about = ? ORDER BY id DESC LIMIT 1", (about,)
    ).fetchone()
    return (parse_instant(row["at"]), row["article_id"] or 0) if row else None


def forget_told(conn: sqlite3.Connection, abouts: Iterable[str]) -> None:
    """Forget, within a write transaction, that anything was told of some subjects."""
    conn.executemany("DELETE FROM notices WHERE about = ?", [(about,) for about in abouts])


def newest_article(conn: sqlite3.Connection, before: datetime | None = None) -> int:
    """Return the greatest article id so far, or of what was fetched before a moment; 0 for none.

    Ids only grow and are given out within the one write transaction, so nothing is committed later
    below an id that was seen.
    """
    if before is None:
        row = conn.execute("SELECT max(id) FROM articles").fetchone()
    else:
        # In the index alone: looking from the last article back, as SQLite would, reads all that came since.
        row = conn.execute(
            "SELECT max(+id) FROM articles INDEXED BY articles_stored WHERE fetched_at < ?",
            (format_instant(before),),
        ).fetchone()
    return row[0] or 0


def new_articles(
    conn: sqlite3.Connection, wanted: ArticleFilter, query: str, after_id: int, up_to_id: int
) -> list[dict[str, Any]]:
    """Return the articles with ids after one and up to another that a filter and a query want.

    Each has the name of its source as `source_name`.

    Args:
        query: as for `biengioi search`, but its diacritics are meant; empty for any.
    """
    where, values = wanted.where()
    with read_transaction(conn):
        rows = conn.execute(
            "SELECT *, (SELECT name FROM sources WHERE sources.id = source_id) AS source_name"  # noqa: S608 - bound
            f" FROM articles WHERE {where} AND id > ? AND id <= ? ORDER BY id",
            (*values, after_id, up_to_id),
        ).fetchall()
        if query and rows:
            matching = _matching(conn, query, after_id, up_to_id)
            rows = [row for row in rows if row["id"] in matching]
    return [decoded(row) for row in rows]


def _matching(conn: sqlite3.Connection, query: str, after_id: int, up_to_id: int) -> set[int]:
    best = tiers(parse_query(query), phrases_first=False)[0]  # the later ones ignore diacritics
    rows = conn.execute(
        f"SELECT rowid FROM {best.table} WHERE {best.table} MATCH ? AND rowid > ? AND rowid <= ?",  # noqa: S608
        (best.match, after_id, up_to_id),
    )
    return {row["rowid"] for row in rows}


def move_on(conn: sqlite3.Connection, channel: str, about: str, article_id: int) -> None:
    """Write down that nothing up to an article is worth telling."""
    with write_transaction(conn):
        conn.execute(
            "UPDATE notices SET article_id = ?3 WHERE id ="
            " (SELECT max(id) FROM notices WHERE channel = ?1 AND about = ?2)",
            (channel, about, article_id),
        )


def note_told(conn: sqlite3.Connection, channel: str, entries: Iterable[Entry], now: datetime) -> None:
    """Write down that a channel took a message."""
    with write_transaction(conn):
        note(conn, channel, entries, now)
        conn.execute(
            "INSERT INTO alert_channels (name, last_success_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET"
            " last_success_at = excluded.last_success_at, failure_count = 0, failing_since = NULL,"
            " next_try_at = NULL, last_error = NULL",
            (channel, format_instant(now)),
        )


def note(conn: sqlite3.Connection, channel: str, entries: Iterable[Entry], now: datetime) -> None:
    """Write lines of the record, within a write transaction."""
    conn.executemany(
        "INSERT INTO notices (channel, about, event, at, article_id) VALUES (?, ?, ?, ?, ?)",
        [(channel, one.about, one.event, format_instant(now), one.article_id) for one in entries],
    )


def note_started(conn: sqlite3.Connection, channel: str, entry: Entry, now: datetime) -> None:
    """Write down from which article on a channel is told about something new."""
    with write_transaction(conn):
        note(conn, channel, [entry], now)


def note_failed(conn: sqlite3.Connection, channel: str, error: str, now: datetime) -> None:
    """Write down that a channel did not take a message; each time it is left alone for twice as long."""
    with write_transaction(conn):
        row = conn.execute("SELECT failure_count FROM alert_channels WHERE name = ?", (channel,)).fetchone()
        count = row["failure_count"] if row else 0
        pause = min(_FIRST_PAUSE * 2 ** min(count, 16), _LONGEST_PAUSE)
        conn.execute(
            "INSERT INTO alert_channels (name, failure_count, failing_since, next_try_at, last_error)"
            " VALUES (?1, 1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET failure_count = failure_count + 1,"
            " failing_since = coalesce(failing_since, ?2), next_try_at = ?3, last_error = ?4",
            (channel, format_instant(now), format_instant(now + pause), error),
        )


def channel_states(conn: sqlite3.Connection) -> dict[str, Channel]:
    """Return how every channel fares that was ever used, by name."""
    with read_transaction(conn):
        rows = conn.execute("SELECT * FROM alert_channels").fetchall()
    return {
        row["name"]: Channel(
            row["name"],
            row["failure_count"],
            parse_instant(row["failing_since"]) if row["failing_since"] else None,
            parse_instant(row["next_try_at"]) if row["next_try_at"] else None,
            row["last_error"],
        )
        for row in rows
    }
