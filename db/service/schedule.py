"""The service's tables: who is due when, which service watches, and when nobody did.

The truth about who is due is here, not in the scheduler's jobs. Plain functions on a connection;
those that write belong into the caller's write transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from crawler.article import format_instant, parse_instant
from crawler.errors import BiengioiError
from crawler.report import SourceStatus
from db.crawl import leases
from db.crawl.leases import Owner
from db.file.connection import open_database

MISSED_TICKS = 12
"""A service that misses so many in a row is silent, and nobody watched meanwhile."""


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


class ServiceRunning(BiengioiError):
    """Another service watches this database."""

    exit_status = 3


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


@dataclass(frozen=True, slots=True)
class Watch:
    """The service as its row shows it.

    Args:
        owner: its process.
        is_alive: whether it can be running: it has not ended, and its process is not known to be dead.
    """

    mode: str
    owner: Owner
    version: str
    started_at: datetime
    beat_at: datetime
    tick: timedelta
    ended_at: datetime | None
    is_alive: bool


def open_schedule(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """Return a connection for the service, which writes every few seconds for months.

    Its commits need not wait for the disk: what a power cut takes is a sign of life, or a plan, and
    then a source is crawled once more.
    """
    conn = open_database(path, create=True, busy_timeout_s=busy_timeout_s)
    conn.execute("PRAGMA synchronous = NORMAL")
    return conn


# --- the service ---------------------------------------------------------------------------------


def watch(conn: sqlite3.Connection, now: datetime) -> Watch | None:
    """Return the service that watches, or the last one that did; None if there never was one."""
    row = conn.execute(
        "SELECT *, strftime('%Y-%m-%dT%H:%M:%SZ', beat_at, ?) AS expires_at FROM service",
        (f"{leases.TERM.total_seconds():+.0f} seconds",),
    ).fetchone()
    if row is None:
        return None
    return Watch(
        mode=row["mode"],
        owner=leases.owner_of(row),
        version=row["version"],
        started_at=parse_instant(row["started_at"]),
        beat_at=parse_instant(row["beat_at"]),
        tick=timedelta(seconds=row["tick_s"]),
        ended_at=_instant(row["ended_at"]),
        is_alive=row["ended_at"] is None and not leases.has_died(row, now),
    )


def take_watch(conn: sqlite3.Connection, mode: str, tick_s: float, version: str, now: datetime) -> None:
    """Make the running process the one service of this database.

    Args:
        mode: "service" or "once".

    Raises:
        ServiceRunning: another one is alive.
    """
    other = watch(conn, now)
    owner = Owner.this_process()
    if other is not None and other.is_alive and other.owner != owner:
        raise ServiceRunning(
            f"A service watches this database already: process {other.owner.pid} on"
            f" {other.owner.host.partition('/')[0]}, for {_age(now - other.started_at)};"
            " stop that one first, or use `biengioi crawl` beside it."
        )
    at = format_instant(now)
    conn.execute(
        "INSERT INTO service (id, mode, host, pid, process_started, version, started_at, beat_at, tick_s,"
        " maintained_at) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?6) ON CONFLICT (id) DO UPDATE SET"
        " mode = ?1, host = ?2, pid = ?3, process_started = ?4, version = ?5, started_at = ?6,"
        " beat_at = ?6, tick_s = ?7, ended_at = NULL",
        (mode, owner.host, owner.pid, owner.process_started, version, at, tick_s),
    )


def _age(duration: timedelta) -> str:
    minutes = max(0, int(duration.total_seconds() // 60))
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "d"), (hours, "h"), (minutes % 60, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)[:20] or "less than a minute"


def beat(conn: sqlite3.Connection, now: datetime) -> None:
    """Write down that this process's service is alive.

    Raises:
        ServiceRunning: it stood still for so long that another one took over.
    """
    owner = Owner.this_process()
    count = conn.execute(
        "UPDATE service SET beat_at = ? WHERE host = ? AND pid = ? AND process_started = ?",
        (format_instant(now), owner.host, owner.pid, owner.process_started),
    ).rowcount
    if count == 0:
        raise ServiceRunning("Another service has taken over this database; this one ends.")


def end_watch(conn: sqlite3.Connection, now: datetime) -> None:
    """Write down that this process's service ended in good order."""
    owner = Owner.this_process()
    conn.execute(
        "UPDATE service SET ended_at = ?1, beat_at = ?1"
        " WHERE host = ?2 AND pid = ?3 AND process_started = ?4",
        (format_instant(now), owner.host, owner.pid, owner.process_started),
    )


def last_maintenance(conn: sqlite3.Connection) -> datetime:
    """Return when the daily maintenance was last started, or the first service was."""
    at: str = conn.execute("SELECT maintained_at FROM service").fetchone()["maintained_at"]
    return parse_instant(at)


def note_maintenance(conn: sqlite3.Connection, now: datetime) -> None:
    """Write down that the daily maintenance was started."""
    conn.execute("UPDATE service SET maintained_at = ?", (format_instant(now),))


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
    rows = conn.execute(
        "SELECT * FROM run_sources WHERE run_id = ? AND (pending_count IS NOT NULL OR status = 'skipped')",
        (run_id,),
    ).fetchall()
    return {row["source_id"]: _poll(conn, row) for row in rows if row["source_id"] in source_ids}


def _poll(conn: sqlite3.Connection, part: sqlite3.Row) -> Poll:
    key: Sequence[Any] = (part["run_id"], part["source_id"])
    seeds = conn.execute("SELECT outcome FROM run_seeds WHERE run_id = ? AND source_id = ?", key)
    outcomes = frozenset(row["outcome"] for row in seeds)
    fresh = conn.execute(
        "SELECT count(*) FROM pages WHERE source_id = ? AND discovered_at >= ?",
        (part["source_id"], part["opened_at"]),
    ).fetchone()[0]
    return Poll(SourceStatus(part["status"]), outcomes, fresh, part["known_count"])
