"""Whether everything is alive, as one look at the database and its disk shows it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.pause import Pause
from crawler.source import Source
from db.archive import files
from db.crawl import pauses, run_parts
from db.file.connection import database_path, read_transaction
from db.service import lock, schedule
from db.service.findings import Finding, open_findings
from db.service.health import Health, judge
from db.service.lock import ServiceRecord

UNDECLARED: Mapping[str, Source] = {}

SOURCES = (
    "SELECT id, name, next_fetch_at, interval_s, last_crawl_at, last_success_at, failure_count,"
    " last_error FROM sources LEFT JOIN source_schedule ON id = source_id"
    " WHERE homepage IS NOT NULL ORDER BY next_fetch_at IS NULL, next_fetch_at, id"
)


@dataclass(frozen=True, slots=True)
class Status:
    """What there is to know.

    Args:
        service: the service, or the last one; None if there never was one.
        gaps: when nobody watched, newest first.
        sources: every source, those that are watched first, by when they are due.
        findings: what is wrong now, the worst first.
        pauses: which papers are left alone, the first to be asked again first.
        size: of the database with its log, in bytes.
        wal_size: of that log alone.
        free: on its disk, in bytes.
        archive_size: of the pages as they were, in bytes.
        health: the judgement of all this.
    """

    service: ServiceRecord | None
    gaps: Sequence[dict[str, str]]
    sources: Sequence[dict[str, Any]]
    findings: Sequence[Finding]
    pauses: Sequence[Pause]
    path: Path
    size: int
    wal_size: int
    free: int
    archive_size: int
    health: Health


def read_health(
    conn: sqlite3.Connection, now: datetime, declared: Mapping[str, Source] = UNDECLARED
) -> Health:
    """Return the judgement of how everything fares at this moment.

    Args:
        declared: the source files, by id; without them nothing is known of disabled sources, nor of those
            that were never crawled.
    """
    with read_transaction(conn):
        rows = conn.execute(SOURCES).fetchall()
        return judge(lock.service_record(conn, now), rows, open_findings(conn), declared, now)


def read_status(
    conn: sqlite3.Connection, now: datetime, declared: Mapping[str, Source] = UNDECLARED
) -> Status:
    """Return how everything is at this moment; `declared` as for `read_health`."""
    path = database_path(conn)
    size, wal_size = map(_size, (path, path.with_name(f"{path.name}-wal")))
    with read_transaction(conn):
        health = read_health(conn, now, declared)
        return Status(
            service=lock.service_record(conn, now),
            gaps=schedule.gaps(conn),
            sources=_sources(conn, now, health),
            findings=health.findings,
            pauses=pauses.pauses(conn, now),
            path=path,
            size=size + wal_size,
            wal_size=wal_size,
            free=shutil.disk_usage(path.parent).free,
            archive_size=files.byte_count(files.folder_of(path)),
            health=health,
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # the log of the last process that left
        return 0


def _sources(conn: sqlite3.Connection, now: datetime, health: Health) -> list[dict[str, Any]]:
    crawled = run_parts.held(conn, now)
    return [
        {**dict(row), "is_running": row["id"] in crawled, "state": health.sources[row["id"]].value}
        for row in conn.execute(SOURCES)
    ]
