"""What is remembered of seeds between runs, and of what a paper's article addresses look like.

Plain functions on a connection, each within the caller's write transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from crawler.article import format_instant, parse_instant
from crawler.decision import Outcome
from crawler.ports import SeedState, SeedVisit


def learned_pattern(conn: sqlite3.Connection, source_id: str) -> str | None:
    """Return the pattern of article addresses that was learned for a source."""
    row = conn.execute("SELECT article_pattern FROM sources WHERE id = ?", (source_id,)).fetchone()
    pattern: str | None = row["article_pattern"] if row else None
    return pattern


def learn_pattern(conn: sqlite3.Connection, source_id: str, pattern: str) -> None:
    """Keep a learned pattern of article addresses."""
    conn.execute("UPDATE sources SET article_pattern = ? WHERE id = ?", (pattern, source_id))


def begin(conn: sqlite3.Connection, source_id: str, url: str) -> SeedState:
    """Return what is remembered of a seed and mark its traversal as begun, which a kill leaves so."""
    row = conn.execute("SELECT * FROM seeds WHERE source_id = ? AND url = ?", (source_id, url)).fetchone()
    conn.execute(
        "INSERT INTO seeds (source_id, url) VALUES (?, ?) ON CONFLICT DO UPDATE SET complete = 0",
        (source_id, url),
    )
    if row is None:
        return SeedState()
    return SeedState(
        row["etag"],
        row["last_modified"],
        parse_instant(row["answered_at"]) if row["answered_at"] else None,
        row["outcome"],
        parse_instant(row["fetched_at"]) if row["fetched_at"] else None,
        bool(row["complete"]),
    )


def record(
    conn: sqlite3.Connection, run_id: int, source_id: str, visit: SeedVisit, *, complete: bool
) -> None:
    """Record how reading a seed ended.

    A full answer replaces the validators, by none if its traversal was cut short: a later 304 must not
    hide what that traversal left unread.
    """
    conn.execute(
        "INSERT INTO seeds (source_id, url, complete, outcome, http_status, fetched_at, detail,"
        " redirect_url, clock_skew_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " complete = excluded.complete, outcome = excluded.outcome,"
        " http_status = excluded.http_status, fetched_at = excluded.fetched_at,"
        " detail = excluded.detail, redirect_url = excluded.redirect_url,"
        " clock_skew_s = excluded.clock_skew_s",
        (
            source_id,
            visit.url,
            complete,
            visit.outcome,
            visit.http_status,
            format_instant(visit.fetched_at),
            visit.detail or None,
            visit.redirect_url,
            visit.clock_skew_s,
        ),
    )
    if visit.outcome == Outcome.OK:
        answer = (visit.etag, visit.last_modified, format_instant(visit.fetched_at))
        conn.execute(
            "UPDATE seeds SET etag = ?, last_modified = ?, answered_at = ? WHERE source_id = ? AND url = ?",
            (*(answer if complete else (None, None, None)), source_id, visit.url),
        )
    conn.execute(
        "INSERT INTO run_seeds (run_id, source_id, url, outcome) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET outcome = excluded.outcome",
        (run_id, source_id, visit.url, visit.outcome),
    )


def parts_read_at(conn: sqlite3.Connection, source_id: str, urls: Sequence[str]) -> dict[str, datetime]:
    """Return when the sitemaps of an index were read last, of those that ever were."""
    rows = conn.execute(
        "SELECT seeds.url, fetched_at FROM json_each(?) AS wanted JOIN seeds ON seeds.url = wanted.value"
        " WHERE source_id = ? AND fetched_at IS NOT NULL",
        (json.dumps(list(urls)), source_id),
    )
    return {row["url"]: parse_instant(row["fetched_at"]) for row in rows}


def record_part(conn: sqlite3.Connection, source_id: str, url: str, read_at: datetime) -> None:
    """Remember that a sitemap of an index was read; without an outcome, which a traversal of its own has."""
    conn.execute(
        "INSERT INTO seeds (source_id, url, fetched_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET fetched_at = excluded.fetched_at",
        (source_id, url, format_instant(read_at)),
    )
