"""The schedule: who is due when, when nobody watched, and what came of the crawls.

The truth about who is due is here, not in the scheduler's jobs. Plain functions on a connection;
those that write belong into the caller's write transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from crawler.article import format_instant, parse_instant
from crawler.report import SourceStatus
from db.crawl import run_parts
from db.crawl.leases import Owner
from db.file.opening import open_database


class GapReason(StrEnum):
    """Why nobody watched for a while (column ``gaps.reason``)."""

    STOPPED = "stopped"
    """The service was stopped in good order, and started again later."""
    DIED = "died"
    """It was killed, it crashed, or the power went."""
    ASLEEP = "asleep"
    """The process was there but stood still: the machine slept, or it was stopped with SIGSTOP."""
    CLOCK = "clock"
    """The clock was set forward or back."""


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """How a source stands in the schedule: a row of `source_schedule`."""

    source_id: str
    declared: str
    next_fetch_at: datetime
    interval: timedelta
    started_at: datetime | None = None
    ended_at: datetime | None = None
    fresh_count: int | None = None
    known_count: int | None = None
    failure_weight: float = 0.0
    lost_count: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """What one crawl of one source came to, as far as the schedule cares.

    Args:
        outcomes: how its seeds answered, `Outcome` and `Rejection` values.
        fresh_count: addresses that it found and nobody knew before.
        known_count: addresses on offer that were known and not due.
    """

    status: SourceStatus
    outcomes: frozenset[str] = frozenset()
    fresh_count: int = 0
    known_count: int = 0


def open_schedule(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """Return a connection for the service, which writes every few seconds for months.

    Its commits need not wait for the disk: what a power cut takes is a sign of life, or a plan, and
    then a source is crawled once more.
    """
    conn = open_database(path, create=True, busy_timeout_s=busy_timeout_s)
    conn.execute("PRAGMA synchronous = NORMAL")
    return conn


# --- when nobody watched -------------------------------------------------------------------------


def record_gap(conn: sqlite3.Connection, start: datetime, end: datetime, reason: GapReason) -> None:
    """Write down that nobody watched between two moments."""
    conn.execute(
        "INSERT INTO gaps (from_at, to_at, reason) VALUES (?, ?, ?)",
        (format_instant(start), format_instant(end), reason),
    )


def gaps(conn: sqlite3.Connection, limit: int = 10) -> list[dict[str, str]]:
    """Return the last gaps, newest first."""
    rows = conn.execute("SELECT from_at, to_at, reason FROM gaps ORDER BY id DESC LIMIT ?", (limit,))
    return [dict(row) for row in rows]


# --- the sources -----------------------------------------------------------------------------------


def entries(conn: sqlite3.Connection) -> dict[str, ScheduleEntry]:
    """Return how every watched source stands, by id."""
    return {row["source_id"]: _entry(row) for row in conn.execute("SELECT * FROM source_schedule")}


def _entry(row: sqlite3.Row) -> ScheduleEntry:
    return ScheduleEntry(
        source_id=row["source_id"],
        declared=row["declared"],
        next_fetch_at=parse_instant(row["next_fetch_at"]),
        interval=timedelta(seconds=row["interval_s"]),
        started_at=_instant(row["started_at"]),
        ended_at=_instant(row["ended_at"]),
        fresh_count=row["fresh_count"],
        known_count=row["known_count"],
        failure_weight=row["failure_weight"],
        lost_count=row["lost_count"],
    )


def save(conn: sqlite3.Connection, changed: Iterable[ScheduleEntry]) -> None:
    """Write entries down; their sources have rows already."""
    conn.executemany(
        "INSERT OR REPLACE INTO source_schedule (source_id, declared, next_fetch_at, interval_s, started_at,"
        " ended_at, fresh_count, known_count, failure_weight, lost_count)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.source_id,
                one.declared,
                format_instant(one.next_fetch_at),
                round(one.interval.total_seconds()),
                _stored(one.started_at),
                _stored(one.ended_at),
                one.fresh_count,
                one.known_count,
                one.failure_weight,
                one.lost_count,
            )
            for one in changed
        ],
    )


def drop(conn: sqlite3.Connection, source_ids: Iterable[str]) -> None:
    """Forget the entry of sources that are no longer watched."""
    conn.executemany("DELETE FROM source_schedule WHERE source_id = ?", [(id_,) for id_ in source_ids])


def _instant(stored: str | None) -> datetime | None:
    return parse_instant(stored) if stored else None


def _stored(moment: datetime | None) -> str | None:
    return format_instant(moment) if moment else None


# --- what crawls did -------------------------------------------------------------------------------


def run_of(conn: sqlite3.Connection, owner: Owner) -> int | None:
    """Return the run that a process started; None if it has not, or not yet."""
    row = conn.execute(
        "SELECT id FROM runs WHERE host = ? AND pid = ? AND process_started = ? ORDER BY id DESC LIMIT 1",
        (owner.host, owner.pid, owner.process_started),
    ).fetchone()
    return row["id"] if row else None


def polls(conn: sqlite3.Connection, run_id: int, source_ids: Collection[str]) -> dict[str, Poll]:
    """Return what a run, which may be going on, came to for those sources whose part has ended."""
    parts = run_parts.ended(conn, run_id)
    return {part["source_id"]: _poll(conn, part) for part in parts if part["source_id"] in source_ids}


def _poll(conn: sqlite3.Connection, part: sqlite3.Row) -> Poll:
    outcomes = frozenset(run_parts.seed_outcomes(conn, part["run_id"], part["source_id"]).values())
    fresh = conn.execute(
        "SELECT count(*) FROM pages WHERE source_id = ? AND discovered_at >= ?",
        (part["source_id"], part["opened_at"]),
    ).fetchone()[0]
    return Poll(SourceStatus(part["status"]), outcomes, fresh, part["known_count"])
