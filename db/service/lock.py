"""The service's record: which one holds this database, that no second one does, and its heartbeat.

Plain functions on a connection; those that write belong into the caller's write transaction.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.article import format_instant, parse_instant
from crawler.errors import BiengioiError
from db.crawl import leases
from db.crawl.leases import Owner

MISSED_TICKS = 12
"""A service that misses so many in a row is silent, and nobody watched meanwhile."""


class ServiceRunning(BiengioiError):
    """Another service watches this database."""

    exit_status = 3


@dataclass(frozen=True, slots=True)
class ServiceRecord:
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


def service_record(conn: sqlite3.Connection, now: datetime) -> ServiceRecord | None:
    """Return the service that watches, or the last one that did; None if there never was one."""
    row = conn.execute(
        "SELECT *, strftime('%Y-%m-%dT%H:%M:%SZ', beat_at, ?) AS expires_at FROM service",
        (f"{leases.TERM.total_seconds():+.0f} seconds",),
    ).fetchone()
    if row is None:
        return None
    return ServiceRecord(
        mode=row["mode"],
        owner=leases.owner_of(row),
        version=row["version"],
        started_at=parse_instant(row["started_at"]),
        beat_at=parse_instant(row["beat_at"]),
        tick=timedelta(seconds=row["tick_s"]),
        ended_at=parse_instant(row["ended_at"]) if row["ended_at"] else None,
        is_alive=row["ended_at"] is None and not leases.has_died(row, now),
    )


def acquire(conn: sqlite3.Connection, mode: str, tick_s: float, version: str, now: datetime) -> None:
    """Make the running process the one service of this database.

    Args:
        mode: "service" or "once".

    Raises:
        ServiceRunning: another one is alive.
    """
    other = service_record(conn, now)
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


def heartbeat(conn: sqlite3.Connection, now: datetime) -> None:
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


def release(conn: sqlite3.Connection, now: datetime) -> None:
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
